/* How fast a node takes over blocks that others decided: a chain of one validator is made in memory, then imported into RocksDB,
 * synced, in batches of a given size.
 * Usage: bench-import [BLOCKS [MINTS_PER_BLOCK]] */
#include <stdio.h>
#include <stdlib.h>

#include "node/import/candidate.h"
#include "state/base/assert.h"
#include "tests/bench/lib/gauge.h"
#include "tests/lib/dev_chain.h"

static void make(struct dev_chain *source, struct mm_arena *arena, struct chain_decided *decided,
                 size_t mints)
{
    struct chain_candidate *candidate;
    mm_bytes encoded;
    for (size_t i = 0; i < mints; i++)
        dev_chain_mint(source, i % DEV_PEOPLE, 0);
    const struct chain_proposal proposal = { .timestamp = 1800000000,
                                             .source = dev_chain_source(source) };
    MM_ASSERT(chain_build(source->chain, &candidate, &proposal) == MM_OK);
    MM_ASSERT(chain_candidate_encoded(candidate, &encoded) == MM_OK);
    MM_ASSERT(mm_arena_copy(arena, &decided->block, encoded) == MM_OK);
    decided->certificate = dev_chain_certificate(source, chain_candidate_header(candidate));
    MM_ASSERT(chain_commit(source->chain, candidate, &decided->certificate, NULL, 0) == MM_OK);
    dev_chain_sent(source);
}

static void import(const struct chain_decided *decided, size_t count, size_t batch)
{
    static struct dev_chain sink;
    dev_chain_init_council(&sink, DEV_ROCKSDB, 1, 0);
    dev_chain_close(&sink);
    sink.synced = true;
    MM_ASSERT(dev_chain_open(&sink, NULL) == MM_OK);
    double flushing = 0;
    const double start = gauge_now_ms() / 1e3;
    for (size_t at = 0; at < count;) {
        struct block_refusal refusal;
        size_t imported;
        const size_t wanted = count - at < batch ? count - at : batch;
        MM_ASSERT(chain_import(sink.chain, &imported, &refusal, decided + at, wanted) == MM_OK);
        MM_ASSERT(refusal.verdict == BLOCK_OK);
        at += imported;
        if (ledger_wants_flush(chain_ledger(sink.chain))) {
            const double before = gauge_now_ms() / 1e3;
            dev_chain_flush(&sink);
            flushing += gauge_now_ms() / 1e3 - before;
        }
    }
    const double total = gauge_now_ms() / 1e3 - start - flushing;
    printf("import in batches of %zu: %.0f us a block, %.2f us a block of flushing\n", batch,
           total / (double)count * 1e6, flushing / (double)count * 1e6);
    dev_chain_fini(&sink);
}

int main(int argc, char **argv)
{
    static struct dev_chain source;
    const size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    const size_t mints = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    struct chain_decided *decided = calloc(count, sizeof *decided);
    struct mm_arena arena;
    MM_ASSERT(decided != NULL);
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init_council(&source, DEV_MEMORY, 1, 0);
    for (size_t i = 0; i < count; i++)
        make(&source, &arena, &decided[i], mints);
    printf("%zu blocks of %zu mints, one seal each\n", count, mints);
    import(decided, count, 1);
    import(decided, count, 256);
    dev_chain_fini(&source);
    mm_arena_fini(&arena);
    free(decided);
    return 0;
}
