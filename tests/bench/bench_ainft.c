/* How long the writer takes for an entry of a history and for an action, beside a plain mint: pre-signed transactions through
 * seal_alone into RocksDB, synced, in blocks of 200. Recovery of the sender is not in it (the doors do that), that of a signature
 * which the contract checks is.
 * Usage: bench-ainft FOLDER [TRANSACTIONS] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/natives/natives.h"
#include "node/import/chain.h"
#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "state/store/kv.h"
#include "tests/lib/seal_alone.h"

enum { SENDERS = 10, PER_BLOCK = 200, GAS = 4000000 };

static const mm_addr mints = { "mintmark\0\0\0\0\0\0\0\0\0\0\x07\x21" };
static const mm_addr factory = { "mintmark\0\0\0\0\0\0\0\0\0\0\xa1\xf7" };

struct bench {
    struct mm_arena arena;
    struct chain *chain;
    struct secp_secret *secrets[SENDERS];
    uint64_t nonces[SENDERS];
    uint64_t chain_id;
    struct tx *txs;
    size_t count;
    size_t next;
    size_t stop;
};

static double now_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static const struct tx *load_next(void *ctx)
{
    struct bench *b = ctx;
    return b->next < b->stop ? &b->txs[b->next] : NULL;
}

static void load_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct bench *b = ctx;
    (void)tx;
    MM_ASSERT(verdict == TX_OK);
    b->next++;
}

static mm_bytes calldata(struct bench *b, const char *text, const struct abi_value *args)
{
    struct abi_signature function;
    mm_bytes input;
    abi_signature_init(&function, text);
    MM_ASSERT(abi_encode(&b->arena, &input, abi_selector(&function), function.types, function.count,
                         args) == MM_OK);
    return input;
}

static struct abi_value text_of(const char *text)
{
    return abi_bytes(mm_bytes_str(text));
}

static struct abi_value id_of(const char *name)
{
    const mm_hash32 hash = keccak256(mm_bytes_str(name));
    const mm_u256 word = u256_from_hash(&hash);
    return abi_word(&word);
}

static void sign(struct bench *b, struct tx *tx, size_t sender, const mm_addr *to, mm_bytes data)
{
    *tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(b->chain_id),
        .nonce = b->nonces[sender]++,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = GAS,
        .to = *to,
        .data = data,
    };
    MM_ASSERT(tx_sign(&b->arena, tx, b->secrets[sender]));
}

/* All that is signed, in blocks. Gives the seconds without flushing; *gas, what it used. */
static double seal_all(struct bench *b, uint64_t *gas)
{
    double flush_s = 0;
    const double start = now_s();
    *gas = 0;
    for (b->next = 0; b->next < b->count;) {
        struct chain_block block;
        b->stop = b->next + PER_BLOCK < b->count ? b->next + PER_BLOCK : b->count;
        const struct chain_proposal proposal = { .timestamp = 1800000000,
                                                 .source = { b, load_next, load_tried } };
        MM_ASSERT(seal_alone(b->chain, &block, &proposal) == MM_OK);
        struct ledger_view *view = ledger_acquire(chain_ledger(b->chain));
        *gas += ledger_head_header(view)->gas_used;
        ledger_release(view);
        if (ledger_wants_flush(chain_ledger(b->chain))) {
            const double before = now_s();
            MM_ASSERT(ledger_flush_all(chain_ledger(b->chain)) == MM_OK);
            flush_s += now_s() - before;
        }
    }
    return now_s() - start - flush_s;
}

static void once(struct bench *b, const mm_addr *to, mm_bytes data)
{
    uint64_t gas;
    const size_t count = b->count;
    b->count = 1;
    sign(b, &b->txs[0], 0, to, data);
    (void)seal_all(b, &gas);
    b->count = count;
}

static void phase(struct bench *b, const char *name, const mm_addr *to, mm_bytes data)
{
    uint64_t gas;
    for (size_t i = 0; i < b->count; i++)
        sign(b, &b->txs[i], i % SENDERS, to, data);
    const double seconds = seal_all(b, &gas);
    printf("%-14s %zu: %.1f us on the writer, %.0f a second, %llu gas\n", name, b->count,
           seconds / (double)b->count * 1e6, (double)b->count / seconds,
           (unsigned long long)(gas / b->count));
}

static mm_addr make_collection(struct bench *b)
{
    const mm_addr creator = secp_secret_addr(b->secrets[0]);
    const mm_addr collection = address_of_create(&factory, 1);
    const struct abi_value empty = abi_bytes((mm_bytes){ 0 });
    struct abi_signature type;
    struct abi_value effects;
    once(b, &factory,
         calldata(b,
                  "createCollection((string,string,string,address,string,string,uint256,uint48,"
                  "uint32,uint256,uint8,uint48,address,uint64))",
                  ABI_VALUES(empty, empty, empty, empty, abi_addr(&creator), empty, empty,
                             abi_u64(UINT64_MAX), abi_u64(0), abi_u64(100), abi_u64(0), abi_u64(0),
                             abi_u64(0), abi_u64(0), abi_u64(0))));
    once(b, &collection,
         calldata(b, "mint(address,string,string,bytes32)",
                  ABI_VALUES(abi_addr(&creator), empty, empty, abi_u64(0))));
    once(b, &collection,
         calldata(b, "setRule(string,string)",
                  ABI_VALUES(text_of("history:chat"),
                             text_of("author == caller && weight < 10u && form == 0u"))));
    once(b, &collection,
         calldata(b, "defineTrait(string,uint8,bytes32,bytes32)",
                  ABI_VALUES(text_of("level"), abi_u64(1), abi_u64(0), abi_u64(1000000000))));
    abi_signature_init(&type, "(uint8,bytes32,string)[]");
    MM_ASSERT(
        abi_encode_tuples(&b->arena, &effects, type.types, 2,
                          ABI_VALUES(abi_u64(1), id_of("level"), text_of("trait('level') + 1u"),
                                     abi_u64(2), abi_u64(0), text_of("trait('level')"))) == MM_OK);
    once(
        b, &collection,
        calldata(b, "defineAction(string,string,string,(uint8,bytes32,string)[])",
                 ABI_VALUES(text_of("levelup"),
                            text_of("history.count('chat') >= 10u && trait('level') < 1000000000u"),
                            text_of("trait('level') / 2u"), effects)));
    return collection;
}

static void open_chain(struct bench *b, const char *folder)
{
    static uint8_t genesis[1 << 20];
    struct hdwallet *master = NULL;
    struct hdwallet *place = NULL;
    struct mm_reason reason = { "" };
    struct kv *kv = NULL;
    struct chain_opened opened;
    MM_ASSERT(hdwallet_from_mnemonic(
                  &master,
                  MM_BYTES_LIT("test test test test test test test test test test test junk"),
                  (mm_bytes){ NULL, 0 }, NULL) == HDWALLET_OK);
    MM_ASSERT(hdwallet_accounts(b->secrets, SENDERS, 0, master) == HDWALLET_OK);
    MM_ASSERT(hdwallet_descend(&place, master, MM_BYTES_LIT("m/44'/60'/1'/0/0")) == HDWALLET_OK);
    FILE *file = fopen(MINTMARK_SOURCE "/genesis.json", "rb");
    MM_ASSERT(file != NULL);
    const size_t genesis_len = fread(genesis, 1, sizeof genesis, file);
    (void)fclose(file);
    const struct kv_options kv_options = { .families = LEDGER_FAMILIES,
                                           .family_count = LEDGER_FAMILY_COUNT,
                                           .cache_bytes = 16 << 20,
                                           .write_buffer_bytes = 32 << 20,
                                           .create = true };
    MM_ASSERT(kv_open_rocksdb(&kv, folder, &kv_options, &reason) == MM_OK);
    const struct chain_options options = { .natives = natives_all(),
                                           .genesis_text = mm_bytes_from(genesis, genesis_len),
                                           .sealer = hdwallet_secret(place),
                                           .ledger = { .proof_window = 1024 } };
    MM_ASSERT(chain_open(&b->chain, kv, &options, &opened, &reason) == MM_OK && opened.is_new);
    b->chain_id = ledger_chain_id(chain_ledger(b->chain));
}

int main(int argc, char **argv)
{
    struct bench b = { .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000 };
    mm_arena_init(&b.arena, SIZE_MAX);
    open_chain(&b, argc > 1 ? argv[1] : "/tmp/bench-ainft");
    b.txs = calloc(b.count, sizeof *b.txs);
    MM_ASSERT(b.txs != NULL && b.count > PER_BLOCK);
    const mm_addr collection = make_collection(&b);
    const mm_addr owner = secp_secret_addr(b.secrets[0]);
    const char *content = "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
    phase(&b, "mint", &mints,
          calldata(&b, "mint(address,string)", ABI_VALUES(abi_addr(&owner), text_of(content))));
    phase(
        &b, "appendHistory", &collection,
        calldata(&b, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
                 ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text_of(content))));
    phase(&b, "perform", &collection,
          calldata(&b, "perform(uint256,bytes32,uint256[],uint256)",
                   ABI_VALUES(abi_u64(1), id_of("levelup"), abi_bytes((mm_bytes){ 0 }),
                              abi_u64(UINT64_MAX))));
    return 0;
}
