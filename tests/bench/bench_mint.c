/* How long the writer takes for a mint: pre-signed mints through seal_alone into RocksDB, synced, in blocks of a given size.
 * Recovery is not in it (the doors do that), and is printed beside it as the limit that it is.
 * Usage: bench-mint FOLDER [MINTS [PER_BLOCK]] */
#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "node/import/chain.h"
#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/store/kv.h"
#include "tests/bench/lib/gauge.h"
#include "tests/bench/lib/mint.h"
#include "tests/lib/seal_alone.h"

enum { SENDERS = 10 };

struct load {
    struct tx *txs;
    size_t count;
    size_t next;
    size_t stop;
};

static const struct tx *load_next(void *ctx)
{
    struct load *load = ctx;
    return load->next < load->stop ? &load->txs[load->next] : NULL;
}

static void load_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct load *load = ctx;
    (void)tx;
    MM_ASSERT(verdict == TX_OK);
    load->next++;
}

static void sign_all(struct mm_arena *arena, struct load *load, struct secp_secret *const *secrets,
                     uint64_t chain_id)
{
    for (size_t i = 0; i < load->count; i++) {
        const struct secp_secret *secret = secrets[i % SENDERS];
        const mm_addr to = secp_secret_addr(secret);
        uint8_t *data = mm_arena_alloc(arena, MINT_DATA_BYTES);
        MM_ASSERT(data != NULL);
        load->txs[i] = mint_tx(chain_id, i / SENDERS, mint_data(data, &to, i));
        MM_ASSERT(tx_sign(arena, &load->txs[i], secret));
    }
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp/bench-mint";
    struct load load = { .count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000 };
    const size_t per_block = argc > 3 ? strtoul(argv[3], NULL, 10) : 200;
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    struct hdwallet *master = NULL;
    struct hdwallet *place = NULL;
    struct secp_secret *secrets[SENDERS];
    MM_ASSERT(hdwallet_from_mnemonic(
                  &master,
                  MM_BYTES_LIT("test test test test test test test test test test test junk"),
                  (mm_bytes){ NULL, 0 }, NULL) == HDWALLET_OK);
    MM_ASSERT(hdwallet_accounts(secrets, SENDERS, 0, master) == HDWALLET_OK);
    MM_ASSERT(hdwallet_descend(&place, master, MM_BYTES_LIT("m/44'/60'/1'/0/0")) == HDWALLET_OK);

    static uint8_t genesis[1 << 20];
    FILE *file = fopen(MINTMARK_SOURCE "/genesis.json", "rb");
    MM_ASSERT(file != NULL);
    const size_t genesis_len = fread(genesis, 1, sizeof genesis, file);
    (void)fclose(file);

    struct mm_reason reason = { "" };
    struct kv *kv = NULL;
    const struct kv_options kv_options = { .families = LEDGER_FAMILIES,
                                           .family_count = LEDGER_FAMILY_COUNT,
                                           .cache_bytes = 16 << 20,
                                           .write_buffer_bytes = 32 << 20,
                                           .create = true };
    if (kv_open_rocksdb(&kv, folder, &kv_options, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        return 1;
    }
    struct chain *chain = NULL;
    struct chain_opened opened;
    const struct chain_options options = { .natives = natives_all(),
                                           .genesis_text = mm_bytes_from(genesis, genesis_len),
                                           .sealer = hdwallet_secret(place),
                                           .ledger = { .proof_window = 1024 } };
    if (chain_open(&chain, kv, &options, &opened, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        return 1;
    }
    if (!opened.is_new) {
        (void)fprintf(stderr, "%s is not empty\n", folder);
        return 1;
    }
    load.txs = calloc(load.count, sizeof *load.txs);
    sign_all(&arena, &load, secrets, ledger_chain_id(chain_ledger(chain)));

    double start = gauge_now_ms() / 1e3;
    const size_t recoveries = load.count < 2000 ? load.count : 2000;
    for (size_t i = 0; i < recoveries; i++)
        MM_ASSERT(tx_recover(&load.txs[i], SECP_LOW_S) == TX_OK);
    const double recovery_us = (gauge_now_ms() / 1e3 - start) / (double)recoveries * 1e6;

    double flush_s = 0;
    size_t blocks = 0;
    start = gauge_now_ms() / 1e3;
    while (load.next < load.count) {
        struct chain_block block;
        load.stop = load.next + per_block < load.count ? load.next + per_block : load.count;
        const struct chain_proposal proposal = { .timestamp = 1800000000,
                                                 .source = { &load, load_next, load_tried } };
        MM_ASSERT(seal_alone(chain, &block, &proposal) == MM_OK);
        blocks++;
        if (ledger_wants_flush(chain_ledger(chain))) {
            const double before = gauge_now_ms() / 1e3;
            MM_ASSERT(ledger_flush_all(chain_ledger(chain)) == MM_OK);
            flush_s += gauge_now_ms() / 1e3 - before;
        }
    }
    const double total = gauge_now_ms() / 1e3 - start;
    const double before = gauge_now_ms() / 1e3;
    MM_ASSERT(ledger_flush_all(chain_ledger(chain)) == MM_OK);
    flush_s += gauge_now_ms() / 1e3 - before;
    printf("mints %zu in %zu blocks: %.1f us a mint on the writer, %.1f us a mint of flushing, "
           "recovery %.1f us (the limit)\n",
           load.count, blocks, (total - flush_s) / (double)load.count * 1e6,
           flush_s / (double)load.count * 1e6, recovery_us);
    MM_ASSERT(chain_close(chain) == MM_OK);
    for (size_t i = 0; i < SENDERS; i++)
        secp_secret_free(secrets[i]);
    hdwallet_free(place);
    hdwallet_free(master);
    free(load.txs);
    mm_arena_fini(&arena);
    return 0;
}
