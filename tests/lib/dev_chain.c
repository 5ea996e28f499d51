#include "tests/lib/dev_chain.h"
#include "tests/lib/seal_alone.h"

#include <stdio.h>

#include "contracts-native/natives/natives.h"
#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

const mm_addr DEV_COLLECTION = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0,
                                   0,    0,    0,    0,    0,    0,    0,    0,    7, 0x21 } };
const mm_addr DEV_FACTORY = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0,    0,
                                0,    0,    0,    0,    0,    0,    0,    0,    0xf7, 0x21 } };

const mm_addr DEV_VALIDATORS_ACCOUNT = {
    { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xf7 }
};

/* ---- life ---- */

void dev_read_genesis(struct mm_buf *text)
{
    FILE *file = fopen(MINTMARK_SOURCE "/genesis.json", "rb");
    MM_ASSERT(file != NULL);
    mm_buf_init(text, 1 << 20);
    uint8_t piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        mm_buf_add(text, mm_bytes_from(piece, got));
    (void)fclose(file);
    MM_ASSERT(mm_buf_err(text) == MM_OK && text->len > 0);
}

static struct secp_secret *validator_key(const struct hdwallet *master, size_t number)
{
    struct hdwallet *place = NULL;
    char path[40];
    (void)snprintf(path, sizeof path, "m/44'/60'/1'/0/%zu", number);
    MM_ASSERT(hdwallet_descend(&place, master, mm_bytes_str(path)) == HDWALLET_OK);
    struct secp_secret *key = secp_secret_new(secp_secret_bytes(hdwallet_secret(place)));
    MM_ASSERT(key != NULL);
    hdwallet_free(place);
    return key;
}

static void make_keys(struct dev_chain *dev, size_t self)
{
    struct hdwallet *master = NULL;
    MM_ASSERT(hdwallet_from_mnemonic(&master, mm_bytes_str(HDWALLET_DEV_MNEMONIC),
                                     (mm_bytes){ NULL, 0 }, NULL) == HDWALLET_OK);
    MM_ASSERT(hdwallet_accounts(dev->people, DEV_PEOPLE, 0, master) == HDWALLET_OK);
    for (size_t i = 0; i < DEV_VALIDATORS; i++)
        dev->people[DEV_PEOPLE + i] = validator_key(master, i);
    for (size_t i = 0; i < DEV_SENDERS; i++)
        dev->addrs[i] = secp_secret_addr(dev->people[i]);
    dev->validator = dev->people[DEV_PEOPLE + self];
    hdwallet_free(master);
}

static void open_first(struct dev_chain *dev, enum dev_store store)
{
    mm_arena_init(&dev->arena, SIZE_MAX);
    if (store == DEV_ROCKSDB)
        folder_make(dev->path, "chain");
    struct mm_reason reason = { "" };
    const mm_err err = dev_chain_open(dev, &reason);
    if (err != MM_OK)
        (void)fprintf(stderr, "%s\n", reason.text);
    MM_ASSERT(err == MM_OK);
}

void dev_chain_init(struct dev_chain *dev, enum dev_store store, uint64_t proof_window)
{
    *dev = (struct dev_chain){ .proof_window = proof_window };
    dev_read_genesis(&dev->genesis_text);
    make_keys(dev, 0);
    open_first(dev, store);
}

static void add_text(struct mm_buf *buf, const char *text)
{
    mm_buf_add(buf, mm_bytes_str(text));
}

static void add_addr(struct mm_buf *buf, const mm_addr *addr)
{
    char digits[40];
    hex_encode(digits, mm_bytes_addr(addr));
    add_text(buf, "\"0x");
    mm_buf_add(buf, mm_bytes_from((const uint8_t *)digits, sizeof digits));
    add_text(buf, "\"");
}

/* genesis.json with other validators, which have balances. */
static void write_council(struct dev_chain *dev, size_t validators)
{
    static const char alloc[] = "\"alloc\": {";
    static const char list[] = "\"validators\": [";
    struct mm_buf whole;
    dev_read_genesis(&whole);
    mm_buf_add(&whole, MM_BYTES_LIT("\0"));
    const char *text = (const char *)mm_buf_bytes(&whole).ptr;
    const char *funds = strstr(text, alloc) + strlen(alloc);
    const char *set = strstr(text, list) + strlen(list);
    struct mm_buf *out = &dev->genesis_text;
    mm_buf_init(out, 1 << 20);
    mm_buf_add(out, mm_bytes_from((const uint8_t *)text, (size_t)(funds - text)));
    for (size_t i = 0; i < DEV_VALIDATORS; i++) {
        add_addr(out, &dev->addrs[DEV_PEOPLE + i]);
        add_text(out, ": { \"balance\": \"0x21e19e0c9bab2400000\" },");
    }
    mm_buf_add(out, mm_bytes_from((const uint8_t *)funds, (size_t)(set - funds)));
    for (size_t i = 0; i < validators; i++) {
        add_text(out, i == 0 ? "" : ",");
        add_addr(out, &dev->addrs[DEV_PEOPLE + i]);
    }
    add_text(out, strchr(set, ']'));
    MM_ASSERT(mm_buf_err(out) == MM_OK);
    mm_buf_fini(&whole);
}

void dev_chain_init_council(struct dev_chain *dev, enum dev_store store, size_t validators,
                            size_t self)
{
    *dev = (struct dev_chain){ .proof_window = 16 };
    make_keys(dev, self);
    write_council(dev, validators);
    open_first(dev, store);
}

void dev_chain_init_member(struct dev_chain *dev, const struct dev_chain *council, size_t self)
{
    *dev = (struct dev_chain){ .proof_window = council->proof_window,
                               .genesis_text = council->genesis_text,
                               .is_member = true };
    memcpy(dev->people, council->people, sizeof dev->people);
    memcpy(dev->addrs, council->addrs, sizeof dev->addrs);
    dev->validator = dev->people[DEV_PEOPLE + self];
    mm_arena_init(&dev->arena, SIZE_MAX);
}

void dev_chain_fini(struct dev_chain *dev)
{
    dev_chain_close(dev);
    if (dev->path[0] != '\0')
        folder_remove(dev->path);
    mm_arena_fini(&dev->arena);
    if (dev->is_member)
        return;
    for (size_t i = 0; i < DEV_SENDERS; i++)
        secp_secret_free(dev->people[i]);
    mm_buf_fini(&dev->genesis_text);
}

struct kv *dev_chain_open_store(struct dev_chain *dev)
{
    const struct kv_options options = {
        .families = LEDGER_FAMILIES,
        .family_count = LEDGER_FAMILY_COUNT,
        .create = true,
        .unsynced = !dev->synced, /* the process is never killed here */
    };
    struct kv *kv = NULL;
    struct mm_reason reason = { "" };
    if (dev->opens != NULL)
        return dev->opens(dev->opens_ctx, &options);
    const mm_err err = dev->path[0] == '\0' ? kv_open_memory(&kv, &options)
                                            : kv_open_rocksdb(&kv, dev->path, &options, &reason);
    if (err != MM_OK)
        (void)fprintf(stderr, "%s\n", reason.text);
    MM_ASSERT(err == MM_OK);
    return kv;
}

/* What the chain says of the nonces that the people have. */
void dev_chain_read_nonces(struct dev_chain *dev)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_latest(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    for (size_t i = 0; i < DEV_SENDERS; i++) {
        const mm_hash32 key = keccak256(mm_bytes_addr(&dev->addrs[i]));
        struct account account;
        const mm_err err = exec_view.account(exec_view.ctx, &account, &key);
        dev->nonces[i] = err == MM_OK ? account.nonce : 0;
    }
    ledger_state_fini(&state);
    ledger_release(view);
}

mm_err dev_chain_open(struct dev_chain *dev, struct mm_reason *reason)
{
    MM_ASSERT(dev->chain == NULL);
    struct kv *kv = dev_chain_open_store(dev);
    const struct chain_options options = {
        .natives = natives_all(),
        .genesis_text = mm_buf_bytes(&dev->genesis_text),
        .sealer = dev->validator,
        .ledger = { .proof_window = dev->proof_window,
                    .tail_bytes_max = dev->tail_bytes_max,
                    .nodes_bytes_max = dev->nodes_bytes_max },
    };
    MM_TRY(chain_open(&dev->chain, kv, &options, &dev->opened, reason));
    dev->kv = kv;
    dev_chain_read_nonces(dev);
    return MM_OK;
}

static void forget(struct dev_chain *dev)
{
    dev->chain = NULL;
    dev->kv = NULL;
    dev->pending_count = 0;
    mm_arena_reset(&dev->arena);
}

void dev_chain_close(struct dev_chain *dev)
{
    if (dev->chain != NULL)
        MM_ASSERT(chain_close(dev->chain) == MM_OK);
    forget(dev);
}

void dev_chain_crash(struct dev_chain *dev)
{
    chain_abandon(dev->chain);
    forget(dev);
}

void dev_chain_come_back(struct dev_chain *dev)
{
    struct mm_reason reason = { "" };
    dev_chain_crash(dev);
    const mm_err err = dev_chain_open(dev, &reason);
    if (err != MM_OK)
        (void)fprintf(stderr, "%s\n", reason.text);
    MM_ASSERT(err == MM_OK);
}

/* ---- transactions ---- */

mm_bytes dev_calldata(struct dev_chain *dev, const char *signature, const mm_u256 *words,
                      size_t count)
{
    uint8_t *data = mm_arena_alloc(&dev->arena, 4 + 32 * count);
    const mm_hash32 hash = keccak256(mm_bytes_str(signature));
    memcpy(data, hash.b, 4);
    for (size_t i = 0; i < count; i++)
        u256_to_be32(data + 4 + 32 * i, &words[i]);
    return mm_bytes_from(data, 4 + 32 * count);
}

/* mint(address,string), createCollection(string,string,bool): a short text of `len` letters that begins with a number. */
static void put_text(uint8_t *at, size_t len, uint64_t number)
{
    char text[128];
    (void)snprintf(text, sizeof text, "ipfs://bafy%08llu-and-so-on-and-so-on-and-so-on-and-so-on",
                   (unsigned long long)number);
    const mm_u256 word = u256_from_u64(len);
    u256_to_be32(at, &word);
    memcpy(at + 32, text, len);
}

struct tx dev_chain_tx(struct dev_chain *dev, size_t from, uint64_t nonce, const mm_addr *to,
                       uint64_t value, mm_bytes data)
{
    struct tx tx = {
        .type = (enum tx_type)(nonce % 3), /* all three that the chain admits */
        .has_chain_id = true,
        .chain_id = u256_from_u64(ledger_chain_id(chain_ledger(dev->chain))),
        .nonce = nonce,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(nonce % 3 == TX_DYNAMIC_FEE ? 1000000000 : 100000000000),
        .gas_limit = dev->tx_gas != 0 ? dev->tx_gas : 1000000,
        .to = *to,
        .value = u256_from_u64(value),
        .data = data,
    };
    MM_ASSERT(tx_sign(&dev->arena, &tx, dev->people[from]));
    struct tx decoded;
    MM_ASSERT(tx_decode(&dev->arena, &decoded, tx.raw, NULL) == TX_OK);
    decoded.sender = dev->addrs[from];
    return decoded;
}

void dev_chain_send(struct dev_chain *dev, size_t from, const mm_addr *to, uint64_t value,
                    mm_bytes data)
{
    MM_ASSERT(dev->pending_count < DEV_PENDING_MAX);
    dev->pending[dev->pending_count++] =
        dev_chain_tx(dev, from, dev->nonces[from]++, to, value, data);
}

void dev_chain_pay(struct dev_chain *dev, size_t from, size_t to, uint64_t value)
{
    dev_chain_send(dev, from, &dev->addrs[to], value, (mm_bytes){ NULL, 0 });
}

void dev_chain_mint(struct dev_chain *dev, size_t from, size_t to)
{
    uint8_t data[4 + 32 * 6] = { 0 };
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("mint(address,string)"));
    memcpy(data, hash.b, 4);
    memcpy(data + 4 + 12, dev->addrs[to].b, 20);
    data[4 + 63] = 64;
    put_text(data + 4 + 64, 20 + dev->minted % 30, dev->minted);
    dev->minted++;
    dev_chain_send(dev, from, &DEV_COLLECTION, 0, MM_BYTES_OF(data));
}

void dev_chain_mint_uri_at(struct dev_chain *dev, const mm_addr *collection, size_t from, size_t to,
                           mm_bytes uri)
{
    uint8_t data[4 + 32 * 3 + 1024] = { 0 };
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("mint(address,string)"));
    MM_ASSERT(uri.len <= 1024);
    memcpy(data, hash.b, 4);
    memcpy(data + 4 + 12, dev->addrs[to].b, 20);
    data[4 + 63] = 64;
    mm_put_be64(data + 4 + 64 + 24, uri.len);
    if (uri.len > 0)
        memcpy(data + 4 + 96, uri.ptr, uri.len);
    dev_chain_send(dev, from, collection, 0,
                   mm_bytes_from(data, 4 + 96 + (uri.len + 31) / 32 * 32));
}

uint64_t dev_chain_mint_uri(struct dev_chain *dev, size_t from, size_t to, mm_bytes uri)
{
    dev_chain_mint_uri_at(dev, &DEV_COLLECTION, from, to, uri);
    return ++dev->minted; /* the first is 1 */
}

void dev_chain_burn(struct dev_chain *dev, size_t from, uint64_t token)
{
    const mm_u256 words[] = { u256_from_u64(token) };
    dev_chain_send(dev, from, &DEV_COLLECTION, 0, dev_calldata(dev, "burn(uint256)", words, 1));
}

void dev_chain_transfer(struct dev_chain *dev, size_t from, size_t to, uint64_t token)
{
    const mm_u256 words[] = { u256_from_addr(&dev->addrs[from]), u256_from_addr(&dev->addrs[to]),
                              u256_from_u64(token) };
    dev_chain_send(dev, from, &DEV_COLLECTION, 0,
                   dev_calldata(dev, "transferFrom(address,address,uint256)", words, 3));
}

void dev_chain_vote(struct dev_chain *dev, size_t validator, const mm_addr *candidate, bool add)
{
    const mm_u256 words[] = { u256_from_addr(candidate), u256_from_u64(add) };
    dev_chain_send(dev, DEV_PEOPLE + validator, &DEV_VALIDATORS_ACCOUNT, 0,
                   dev_calldata(dev, "propose(address,bool)", words, 2));
}

void dev_chain_edit(struct dev_chain *dev, enum edit_kind kind, const mm_addr *addr, uint64_t slot,
                    uint64_t value)
{
    const struct edit edit = {
        .kind = kind, .addr = *addr, .slot = u256_from_u64(slot), .value = u256_from_u64(value)
    };
    MM_ASSERT(chain_edit(dev->chain, &edit, 1) == MM_OK);
    if (kind == EDIT_NONCE)
        dev_chain_read_nonces(dev);
}

/* ---- blocks ---- */

static const struct tx *source_next(void *ctx)
{
    struct dev_chain *dev = ctx;
    return dev->offered < dev->pending_count ? &dev->pending[dev->offered] : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    (void)tx;
    if (verdict != TX_OK)
        (void)fprintf(stderr, "%s\n", tx_verdict_text(verdict));
    MM_ASSERT(verdict == TX_OK);
    ((struct dev_chain *)ctx)->offered++;
}

struct chain_source dev_chain_source(struct dev_chain *dev)
{
    dev->offered = 0;
    return (struct chain_source){ dev, source_next, source_tried };
}

void dev_chain_sent(struct dev_chain *dev)
{
    dev->pending_count = 0;
    mm_arena_reset(&dev->arena);
}

static const struct secp_secret *key_of(const struct dev_chain *dev, const mm_addr *addr)
{
    for (size_t i = DEV_PEOPLE; i < DEV_SENDERS; i++) {
        if (mm_addr_equal(&dev->addrs[i], addr))
            return dev->people[i];
    }
    MM_UNREACHABLE();
}

struct certificate dev_chain_certificate(const struct dev_chain *dev, const struct header *header)
{
    const struct validator_set *set = chain_validators(dev->chain);
    const struct seal_domain domain = chain_seal_domain(dev->chain);
    const mm_hash32 hash = header_hash(header);
    const mm_hash32 digest = seal_commit_digest(&domain, header->number, 0, &hash);
    struct certificate certificate = { .round = 0 };
    for (size_t i = 0; i < validators_quorum(set->count); i++)
        certificate.seals[certificate.seal_count++] =
            secp_sign(key_of(dev, &set->addrs[i]), &digest);
    return certificate;
}

uint64_t dev_chain_block(struct dev_chain *dev)
{
    struct chain_block block;
    const struct chain_proposal proposal = { .timestamp = 1800000000,
                                             .source = dev_chain_source(dev) };
    MM_ASSERT(seal_alone(dev->chain, &block, &proposal) == MM_OK);
    MM_ASSERT(block.tx_count == dev->pending_count);
    dev_chain_sent(dev);
    return block.number;
}

void dev_chain_flush(struct dev_chain *dev)
{
    MM_ASSERT(ledger_flush_all(chain_ledger(dev->chain)) == MM_OK);
}

static void print_problem(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "db check: %s\n", text);
}

static void no_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx, (void)what, (void)done, (void)total;
}

uint64_t dev_chain_check(struct dev_chain *dev, enum chain_check_depth depth)
{
    const struct chain_problem_sink sink = { NULL, print_problem, no_progress };
    uint64_t problems = 0;
    MM_ASSERT(chain_check(dev->chain, &problems, depth, &sink) == MM_OK);
    return problems;
}

mm_err dev_chain_rewind_ledger(struct dev_chain *dev, uint64_t block_num)
{
    const struct ledger_target target = { .block_num = block_num };
    MM_TRY(ledger_rewind(chain_ledger(dev->chain), &target));
    dev->pending_count = 0;
    mm_arena_reset(&dev->arena);
    dev_chain_read_nonces(dev);
    return MM_OK;
}

static void create_collection(struct dev_chain *dev, size_t from)
{
    uint8_t data[4 + 32 * 7] = { 0 };
    const mm_hash32 hash = keccak256(MM_BYTES_LIT("createCollection(string,string,bool)"));
    memcpy(data, hash.b, 4);
    data[4 + 31] = 96;
    data[4 + 63] = 160;
    data[4 + 95] = 1;
    put_text(data + 4 + 96, 20, dev->minted);
    put_text(data + 4 + 160, 4, 0);
    dev_chain_send(dev, from, &DEV_FACTORY, 0, MM_BYTES_OF(data));
}

static void random_call(struct dev_chain *dev, struct test_random *random, size_t from)
{
    static const struct {
        const char *signature;
        size_t words;
    } calls[] = {
        { "burn(uint256)", 1 },
        { "approve(address,uint256)", 2 },
        { "setApprovalForAll(address,bool)", 2 },
        { "setTokenRoyalty(uint256,address,uint96)", 3 },
        { "nothing()", 0 },
    };
    const size_t which = test_random_below(random, MM_COUNT_OF(calls));
    const mm_u256 token = u256_from_u64(1 + test_random_below(random, dev->minted + 1));
    const mm_u256 person = u256_from_addr(&dev->addrs[test_random_below(random, DEV_PEOPLE)]);
    const mm_u256 some = u256_from_u64(test_random_below(random, 2));
    const mm_u256 words[][3] = {
        { token }, { person, token }, { person, some }, { token, person, some }, { some }
    };
    dev_chain_send(dev, from, &DEV_COLLECTION, 0,
                   dev_calldata(dev, calls[which].signature, words[which], calls[which].words));
}

static void random_edit(struct dev_chain *dev, struct test_random *random)
{
    mm_addr stranger = { { 0xed, (uint8_t)test_random_below(random, 4) } };
    const uint64_t value = test_random_below(random, 3);
    if (test_random_below(random, 2) == 0)
        dev_chain_edit(dev, EDIT_SLOT, &stranger, test_random_below(random, 3), value);
    else
        dev_chain_edit(dev, EDIT_BALANCE, &stranger, 0, value);
}

uint64_t dev_chain_random_block(struct dev_chain *dev, struct test_random *random)
{
    if (test_random_below(random, 8) == 0)
        random_edit(dev, random);
    const size_t count = test_random_below(random, 16) == 0 ? 70 : test_random_below(random, 6);
    for (size_t i = 0; i < count; i++) {
        const size_t from = test_random_below(random, DEV_PEOPLE);
        const size_t to = test_random_below(random, DEV_PEOPLE);
        switch (test_random_below(random, 8)) {
        case 0:
            dev_chain_pay(dev, from, to, test_random_below(random, 1000));
            break;
        case 1:
            dev_chain_transfer(dev, from, to, 1 + test_random_below(random, dev->minted + 1));
            break;
        case 2:
        case 3:
            random_call(dev, random, from);
            break;
        case 4:
            if (test_random_below(random, 4) == 0) {
                create_collection(dev, from);
                break;
            }
            dev_chain_mint(dev, from, to);
            break;
        default:
            dev_chain_mint(dev, from, to);
            break;
        }
    }
    return dev_chain_block(dev);
}
