#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "p2p/content/gc.h"
#include "state/base/endian.h"
#include "state/crypto/keccak.h"
#include "tests/unit/node/content/followed.h"

static const mm_addr FACTORY = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72,
                                   0x6b, [18] = 0xa1, [19] = 0xf7 } };

/* What a person asks of a contract. */
static void send(struct followed *f, size_t from, const mm_addr *to, const char *signature,
                 const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, signature);
    cr_assert_eq(abi_encode(&f->dev.arena, &input, abi_selector(&function), function.types,
                            function.count, args),
                 MM_OK);
    dev_chain_send(&f->dev, from, to, 0, input);
}

static struct abi_value named(const char *name)
{
    const mm_hash32 hash = keccak256(mm_bytes_str(name));
    const mm_u256 word = u256_from_hash(&hash);
    return abi_word(&word);
}

/* A URI by its number, living as long as the block that is pending. */
static struct abi_value uri(struct followed *f, uint32_t number)
{
    char *text = mm_arena_alloc(&f->dev.arena, 128);
    return abi_bytes(followed_uri(text, number));
}

static struct abi_value text(const char *words)
{
    return abi_bytes(mm_bytes_str(words));
}

static mm_addr ask_addr(struct followed *f, const mm_addr *contract, const char *signature)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(f->dev.chain));
    const struct follow_question question = { *contract, signature, 0 };
    mm_u256 word;
    bool has;
    cr_assert_eq(follow_ask_word(f->follow, &has, &word, view, &question), MM_OK);
    ledger_release(view);
    cr_assert(has, "%s", signature);
    return u256_to_addr(&word);
}

enum { OF_CONTRACT = 100, OF_TOKEN = 200, OF_SPECIFICATION = 300 }; /* numbers of URIs */

/* A chain with a collection, and token 1 of person 1, with a specification; entries may be of every form. */
static mm_addr init(struct followed *f)
{
    followed_init(f);
    f->dev.tx_gas = 15000000;
    const struct abi_value creator = abi_addr(&f->dev.addrs[0]);
    send(f, 0, &FACTORY,
         "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
         "uint256,uint8,uint48,address,uint64))",
         ABI_VALUES({ .bytes = { NULL, 0 } }, text("Muses"), text("MUSE"), uri(f, OF_CONTRACT),
                    creator, text("Credit"), text("MCR"), abi_u64(1000), abi_u64(1), abi_u64(100),
                    abi_u64(1), abi_u64(4), abi_u64(3600), creator, abi_u64(2000000000)));
    (void)dev_chain_block(&f->dev);
    const mm_addr collection = ask_addr(f, &FACTORY, "collectionAt(uint256)");
    f->dev.tx_gas = 0;
    send(f, 0, &collection, "defineHistoryKind(string,uint8,uint16,uint32)",
         ABI_VALUES(text("note"), abi_u64(7), abi_u64(1024), abi_u64(1)));
    send(f, 0, &collection, "setRule(string,string)",
         ABI_VALUES(text("history:note"), text("true")));
    send(f, 0, &collection, "mint(address,string,string,bytes32)",
         ABI_VALUES(abi_addr(&f->dev.addrs[1]), uri(f, OF_TOKEN), uri(f, OF_SPECIFICATION),
                    abi_u64(1)));
    (void)dev_chain_block(&f->dev);
    return collection;
}

static void specify(struct followed *f, const mm_addr *collection, struct abi_value uri)
{
    send(f, 1, collection, "setSpecification(uint256,string,bytes32)",
         ABI_VALUES(abi_u64(1), uri, abi_u64(2)));
    (void)dev_chain_block(&f->dev);
}

static struct cid cid_of(uint8_t number)
{
    return (struct cid){ .version = 1,
                         .codec = CID_RAW,
                         .hash = { .code = MULTIHASH_SHA2_256, .len = 32, .digest = { number } } };
}

/* Entries of form 1, by a number that their CIDs have. */
static void append(struct followed *f, const mm_addr *collection, uint8_t number)
{
    const struct cid cid = cid_of(number);
    uint8_t bytes[CID_BYTES_MAX];
    const mm_bytes content = mm_bytes_from(bytes, cid_encode(bytes, &cid));
    send(f, 0, collection, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
         ABI_VALUES(abi_u64(1), named("note"), abi_u64(1), abi_u64(1), abi_bytes(content)));
    (void)dev_chain_block(&f->dev);
}

static struct content_token part_of(const mm_addr *collection, enum content_part part,
                                    uint64_t number)
{
    return (struct content_token){ .contract = *collection,
                                   .token_id = { { [31] = part == CONTENT_PART_CONTRACT ? 0 : 1 } },
                                   .part = part,
                                   .number = number };
}

/* Whether a part needs what this URI names. */
static bool needs(struct followed *f, const mm_addr *collection, enum content_part part,
                  uint64_t number, uint32_t uri_number)
{
    char memory[128];
    struct content_token_record record;
    const struct content_token key = part_of(collection, part, number);
    return content_token_get(f->content, &record, &key) == MM_OK &&
           mm_bytes_equal(mm_bytes_from(record.uri, record.uri_len),
                          followed_uri(memory, uri_number));
}

static bool needs_entry(struct followed *f, const mm_addr *collection, uint64_t index,
                        uint8_t number)
{
    const struct content_token key = part_of(collection, CONTENT_PART_ENTRY, index);
    const struct cid cid = cid_of(number);
    struct content_token_record record;
    return content_token_get(f->content, &record, &key) == MM_OK && record.count == 1 &&
           cid_equal(&record.roots[0], &cid);
}

/* Roots that a collection of garbage would keep for the chain, after the days of grace. */
static uint64_t held(struct followed *f)
{
    struct needs_counts counts;
    cr_assert_eq(content_gc_run(f->content, NULL,
                                &(struct content_gc_options){ .now_ms = NOW_MS + NEEDS_GRACE_MS }),
                 MM_OK);
    cr_assert_eq(needs_count(f->content, &counts), MM_OK);
    return counts.pins[CONTENT_PIN_CHAIN];
}

Test(follow_ainft, every_version_of_a_specification_is_needed)
{
    struct followed f;
    const mm_addr collection = init(&f);
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 1));
    specify(&f, &collection, text("https://example.org/spec.json"));
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 3));
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, &collection, CONTENT_PART_METADATA, 0, OF_TOKEN));
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 1, OF_SPECIFICATION));
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 2, OF_SPECIFICATION + 1));
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 4, OF_SPECIFICATION + 3));
    const struct content_token third = part_of(&collection, CONTENT_PART_SPECIFICATION, 3);
    struct content_token_record record;
    cr_assert_eq(content_token_get(f.content, &record, &third), MM_ERR_NOT_FOUND);
    cr_assert_eq(held(&f), 3 + 1 + 1); /* the token's metadata, and the contract's */
    followed_fini(&f);
}

Test(follow_ainft, a_contract_needs_what_its_uri_names_and_lets_the_last_one_go)
{
    struct followed f;
    const mm_addr collection = init(&f);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, &collection, CONTENT_PART_CONTRACT, 0, OF_CONTRACT));
    send(&f, 0, &collection, "setContractURI(string)", ABI_VALUES(uri(&f, OF_CONTRACT + 1)));
    send(&f, 0, &DEV_COLLECTION, "setContractURI(string)", ABI_VALUES(uri(&f, OF_CONTRACT + 2)));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, &collection, CONTENT_PART_CONTRACT, 0, OF_CONTRACT + 1));
    cr_assert(needs(&f, &DEV_COLLECTION, CONTENT_PART_CONTRACT, 0, OF_CONTRACT + 2));
    cr_assert_eq(held(&f), 2 + 1 + 1);
    followed_fini(&f);
}

Test(follow_ainft, an_entry_that_is_a_cid_is_needed_until_it_is_redacted)
{
    struct followed f;
    const mm_addr collection = init(&f);
    append(&f, &collection, 1);
    append(&f, &collection, 2);
    send(&f, 0, &collection, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
         ABI_VALUES(abi_u64(1), named("note"), abi_u64(0), abi_u64(1), text("inline")));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs_entry(&f, &collection, 0, 1));
    cr_assert(needs_entry(&f, &collection, 1, 2));
    const uint64_t before = held(&f);
    send(&f, 1, &collection, "redactHistory(uint256,uint256,bytes32)",
         ABI_VALUES(abi_u64(1), abi_u64(0), abi_u64(0)));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert_not(needs_entry(&f, &collection, 0, 1));
    cr_assert(needs_entry(&f, &collection, 1, 2));
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], before - 1); /* at once */
    followed_fini(&f);
}

Test(follow_ainft, who_follows_late_never_needs_what_was_redacted_since)
{
    struct followed f;
    const mm_addr collection = init(&f);
    append(&f, &collection, 1);
    append(&f, &collection, 2);
    send(&f, 1, &collection, "redactHistory(uint256,uint256,bytes32)",
         ABI_VALUES(abi_u64(1), abi_u64(0), abi_u64(0)));
    for (size_t i = 0; i <= FOLLOW_BLOCKS_A_STEP; i++) /* the redaction comes in a later step */
        (void)dev_chain_block(&f.dev);
    bool is_over = false;
    struct content_root root;
    const struct cid redacted = cid_of(1);
    while (!is_over) {
        cr_assert_eq(follow_step(f.follow, NOW_MS, &is_over), MM_OK);
        cr_assert_eq(content_root_get(f.content, &root, &redacted), MM_ERR_NOT_FOUND);
    }
    cr_assert(needs_entry(&f, &collection, 1, 2));
    followed_fini(&f);
}

Test(follow_ainft, a_burned_token_needs_neither_specifications_nor_history)
{
    struct followed f;
    const mm_addr collection = init(&f);
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 1));
    append(&f, &collection, 1);
    send(&f, 0, &collection, "mint(address,string,string,bytes32)",
         ABI_VALUES(abi_addr(&f.dev.addrs[1]), uri(&f, OF_TOKEN + 1), uri(&f, OF_SPECIFICATION + 9),
                    abi_u64(1)));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 1 + 4 + 2);
    send(&f, 1, &collection, "burn(uint256)", ABI_VALUES(abi_u64(1)));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert_not(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 1, OF_SPECIFICATION));
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 1 + 4 + 2); /* for its day */
    cr_assert_eq(held(&f), 1 + 2); /* the contract's, and those of the other token */
    cr_assert(needs(&f, &collection, CONTENT_PART_CONTRACT, 0, OF_CONTRACT));
    followed_fini(&f);
}

Test(follow_ainft, a_chain_that_was_taken_back_needs_what_its_new_blocks_say)
{
    struct followed f;
    const mm_addr collection = init(&f);
    append(&f, &collection, 1);
    const uint64_t back = dev_chain_block(&f.dev);
    dev_chain_flush(&f.dev);
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 1));
    append(&f, &collection, 2);
    (void)followed_catch_up(&f);
    cr_assert(needs_entry(&f, &collection, 1, 2));

    cr_assert_eq(dev_chain_rewind_ledger(&f.dev, back), MM_OK);
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 2));
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 1, OF_SPECIFICATION));
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 2, OF_SPECIFICATION + 2));
    cr_assert(needs_entry(&f, &collection, 0, 1));
    cr_assert_not(needs_entry(&f, &collection, 1, 2));
    followed_fini(&f);
}

Test(follow_ainft, a_state_without_logs_has_tokens_specifications_and_contracts)
{
    struct followed f;
    const mm_addr collection = init(&f);
    specify(&f, &collection, uri(&f, OF_SPECIFICATION + 1));
    for (uint32_t i = 0; i < 2; i++)
        send(&f, 0, &collection, "mint(address,string,string,bytes32)",
             ABI_VALUES(abi_addr(&f.dev.addrs[1]), uri(&f, OF_TOKEN + 1 + i),
                        uri(&f, OF_SPECIFICATION + 10 + i), abi_u64(1)));
    (void)dev_chain_block(&f.dev);
    send(&f, 1, &collection, "burn(uint256)", ABI_VALUES(abi_u64(2)));
    send(&f, 0, &DEV_COLLECTION, "setContractURI(string)", ABI_VALUES(uri(&f, OF_CONTRACT + 2)));
    (void)dev_chain_block(&f.dev);

    struct follow_round round = { .follow = f.follow,
                                  .view = ledger_acquire(chain_ledger(f.dev.chain)),
                                  .now_ms = NOW_MS };
    for (bool is_over = false; !is_over;)
        cr_assert_eq(follow_read_state(&round, &is_over), MM_OK);
    ledger_release(round.view);
    cr_assert(needs(&f, &collection, CONTENT_PART_METADATA, 0, OF_TOKEN));
    cr_assert(needs(&f, &collection, CONTENT_PART_SPECIFICATION, 2, OF_SPECIFICATION + 1));
    cr_assert(needs(&f, &collection, CONTENT_PART_CONTRACT, 0, OF_CONTRACT));
    cr_assert(needs(&f, &DEV_COLLECTION, CONTENT_PART_CONTRACT, 0, OF_CONTRACT + 2));
    cr_assert_eq(held(&f), 2 + 2 + 2); /* of tokens 1 and 3, of two contracts */
    followed_fini(&f);
}
