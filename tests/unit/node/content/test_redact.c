/* Redacted entries: what was saved for them is let go, and nothing else. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/natives/natives.h"
#include "node/content/follow_internal.h"
#include "rpc/transcript/pin.h"
#include "state/crypto/keccak.h"
#include "tests/lib/dev_chain.h"

enum { CREATOR = 0, OTHER = 1, GAS = 10000000 };

static const mm_addr factory = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72,
                                   0x6b, [18] = 0xa1, [19] = 0xf7 } };

static struct dev_chain dev;
static struct content *content;
static struct follow *follow;
static mm_addr collection;

/* ---- the chain ---- */

static void send(size_t from, const mm_addr *to, const char *text, const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes data;
    abi_signature_init(&function, text);
    cr_assert_eq(abi_encode(&dev.arena, &data, abi_selector(&function), function.types,
                            function.count, args),
                 MM_OK);
    struct tx tx = dev_chain_tx(&dev, from, dev.nonces[from]++, to, 0, data);
    tx.gas_limit = GAS; /* making a collection takes more than the usual */
    cr_assert(tx_sign(&dev.arena, &tx, dev.people[from]));
    cr_assert_eq(tx_decode(&dev.arena, &dev.pending[dev.pending_count], tx.raw, NULL), TX_OK);
    dev.pending[dev.pending_count++].sender = dev.addrs[from];
}

static struct abi_value text(const char *content_text)
{
    return abi_bytes(mm_bytes_str(content_text));
}

static struct abi_value kind(void)
{
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("note"));
    const mm_u256 word = u256_from_hash(&hash);
    return abi_word(&word);
}

static mm_addr made(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct follow_question question = { factory, "collectionAt(uint256)", 0 };
    mm_u256 word;
    bool has;
    cr_assert_eq(follow_ask_word(follow, &has, &word, view, &question), MM_OK);
    cr_assert(has);
    ledger_release(view);
    return u256_to_addr(&word);
}

static void begin(void)
{
    const struct follow_options options = { .ledger = chain_ledger(dev.chain),
                                            .natives = natives_all(),
                                            .content = content,
                                            .genesis = chain_genesis(dev.chain) };
    follow = follow_new(&options);
    cr_assert_not_null(follow);
}

/* A collection in which everybody writes notes that are CIDs; token 1 is the creator's, token 2 the other one's. */
static void init(void)
{
    const struct content_options options = { .path = NULL };
    const struct abi_value none = abi_bytes((mm_bytes){ NULL, 0 });
    dev_chain_init(&dev, DEV_MEMORY, UINT64_MAX);
    cr_assert_eq(content_open(&content, &options, NULL), MM_OK);
    begin();
    send(CREATOR, &factory,
         "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
         "uint256,uint8,uint48,address,uint64))",
         ABI_VALUES(none, none, none, none, abi_addr(&dev.addrs[CREATOR]), none, none,
                    abi_u64(1000), abi_u64(0), abi_u64(100), abi_u64(0), abi_u64(0), abi_u64(0),
                    abi_u64(0), abi_u64(0)));
    (void)dev_chain_block(&dev);
    collection = made();
    send(CREATOR, &collection, "defineHistoryKind(string,uint8,uint16,uint32)",
         ABI_VALUES(text("note"), abi_u64(1u << AINFT_CID), abi_u64(64), abi_u64(1)));
    send(CREATOR, &collection, "setRule(string,string)",
         ABI_VALUES(text("history:note"), text("true")));
    const size_t owners[] = { CREATOR, OTHER };
    for (size_t i = 0; i < 2; i++)
        send(CREATOR, &collection, "mint(address,string,string,bytes32)",
             ABI_VALUES(abi_addr(&dev.addrs[owners[i]]), none, none, abi_u64(0)));
    (void)dev_chain_block(&dev);
}

static void fini(void)
{
    follow_free(follow);
    content_close(content);
    dev_chain_fini(&dev);
}

TestSuite(redact, .init = init, .fini = fini);

static void catch_up(void)
{
    for (bool is_over = false; !is_over;)
        cr_assert_eq(follow_step(follow, 1000, &is_over), MM_OK);
}

/* A transcript, told apart by a number. */
static struct cid cid_of(uint8_t number)
{
    struct cid cid = { .version = 1,
                       .codec = CID_RAW,
                       .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    cid.hash.digest[0] = number;
    return cid;
}

static void append(size_t from, uint64_t token, uint8_t number)
{
    uint8_t bytes[CID_BYTES_MAX];
    const struct cid cid = cid_of(number);
    const size_t len = cid_encode(bytes, &cid);
    send(from, &collection, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
         ABI_VALUES(abi_u64(token), kind(), abi_u64(AINFT_CID), abi_u64(1),
                    abi_bytes(mm_bytes_from(bytes, len))));
}

static void redact(size_t from, uint64_t token, uint64_t index)
{
    send(from, &collection, "redactHistory(uint256,uint256,bytes32)",
         ABI_VALUES(abi_u64(token), abi_u64(index), abi_u64(0)));
}

static bool is_redacted(uint64_t token, uint64_t index)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct ask_question question = { collection, "historyEntry(uint256,uint256)",
                                           "bytes32,bool",
                                           ABI_VALUES(abi_u64(token), abi_u64(index)) };
    struct abi_value values[2];
    bool has;
    cr_assert_eq(follow_ask(follow, &has, values, view, &question), MM_OK);
    cr_assert(has);
    ledger_release(view);
    return !u256_is_zero(&values[1].word);
}

/* ---- the store ---- */

static void owner_of(char out[TRANSCRIPT_PIN_OWNER_MAX + 1], uint64_t token)
{
    const mm_u256 id = u256_from_u64(token);
    cr_assert_gt(transcript_pin_owner(out, &collection, &id), 0);
}

static void pin(uint8_t number, const char *owner)
{
    const struct content_pin wanted = { .root = cid_of(number),
                                        .kind = CONTENT_PIN_USER,
                                        .depth = CONTENT_PIN_RECURSIVE,
                                        .owner = mm_bytes_str(owner) };
    cr_assert_eq(content_pin_put(content, &wanted), MM_OK);
}

static bool is_pinned(uint8_t number, const char *owner)
{
    const struct cid cid = cid_of(number);
    struct content_pins *pins = content_pins_new(content, &cid);
    struct content_pin found;
    bool is = false;
    cr_assert_not_null(pins);
    while (content_pins_next(pins, &found) == MM_OK)
        is = is || mm_bytes_equal(found.owner, mm_bytes_str(owner));
    content_pins_free(pins);
    return is;
}

/* As the chat's door does. */
static void save(uint64_t token, uint8_t number)
{
    char owner[TRANSCRIPT_PIN_OWNER_MAX + 1];
    owner_of(owner, token);
    pin(number, owner);
}

static bool is_saved(uint64_t token, uint8_t number)
{
    char owner[TRANSCRIPT_PIN_OWNER_MAX + 1];
    owner_of(owner, token);
    return is_pinned(number, owner);
}

/* ---- */

Test(redact, lets_go_of_what_was_saved_for_the_entry_and_of_nothing_else)
{
    save(1, 7);
    save(1, 8);
    pin(7, "by hand");
    append(OTHER, 1, 7);
    append(OTHER, 1, 8);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert(is_saved(1, 7) && is_saved(1, 8));
    redact(OTHER, 1, 0);
    cr_assert(is_saved(1, 7), "what is not in a block changes nothing");
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert(is_redacted(1, 0));
    cr_assert_not(is_saved(1, 7));
    cr_assert(is_saved(1, 8));
    cr_assert(is_pinned(7, "by hand"), "what the operator pinned is his");
}

Test(redact, of_another_history_takes_nothing_away)
{
    save(1, 7);
    append(OTHER, 1, 7);
    append(OTHER, 2, 7); /* somebody else's words in a history of his own */
    redact(OTHER, 2, 0);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert(is_redacted(2, 0));
    cr_assert(is_saved(1, 7));
}

Test(redact, waits_for_the_last_entry_that_names_it)
{
    save(1, 7);
    append(CREATOR, 1, 7);
    append(OTHER, 1, 7); /* the same again, by another one */
    redact(OTHER, 1, 1);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert(is_redacted(1, 1));
    cr_assert(is_saved(1, 7), "entry 0 stands");
    redact(CREATOR, 1, 0);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert_not(is_saved(1, 7));
}

Test(redact, is_heard_by_a_node_that_was_not_running)
{
    save(1, 7);
    append(OTHER, 1, 7);
    (void)dev_chain_block(&dev);
    catch_up();
    follow_free(follow);
    redact(OTHER, 1, 0);
    (void)dev_chain_block(&dev);
    begin();
    cr_assert(is_saved(1, 7));
    catch_up();
    cr_assert_not(is_saved(1, 7));
}

Test(redact, said_again_changes_nothing)
{
    struct content_follow place;
    save(1, 7);
    append(OTHER, 1, 7);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert_eq(content_follow_get(content, &place), MM_OK);
    redact(OTHER, 1, 0);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert_not(is_saved(1, 7));
    /* The process ended before the place was on disk. */
    cr_assert_eq(content_follow_put(content, &place), MM_OK);
    catch_up();
    cr_assert_not(is_saved(1, 7));
}

Test(redact, that_was_taken_back_holds_what_is_saved_from_then_on)
{
    save(1, 7);
    append(OTHER, 1, 7);
    const uint64_t back = dev_chain_block(&dev);
    dev_chain_flush(&dev);
    redact(OTHER, 1, 0);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert_not(is_saved(1, 7));

    cr_assert_eq(dev_chain_rewind_ledger(&dev, back), MM_OK);
    catch_up();
    cr_assert_not(is_redacted(1, 0));
    cr_assert_not(is_saved(1, 7), "what was let go is not held by itself");
    save(1, 7);
    append(CREATOR, 1, 8);
    (void)dev_chain_block(&dev);
    catch_up();
    cr_assert(is_saved(1, 7));
}
