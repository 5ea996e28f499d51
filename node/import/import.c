/* Blocks that others decided. */
#include "node/import/candidate.h"
#include "node/import/chain_internal.h"

mm_err chain_import(struct chain *chain, size_t *imported, struct block_refusal *refusal,
                    const struct chain_decided *blocks, size_t count)
{
    *refusal = (struct block_refusal){ .verdict = BLOCK_OK };
    for (*imported = 0; *imported < count; ++*imported) {
        const struct chain_decided *decided = &blocks[*imported];
        struct chain_candidate *candidate = NULL;
        struct ledger_view *view = ledger_acquire(chain->ledger);
        const mm_err err = chain_verify_on(chain, view, &candidate, refusal, decided->block,
                                           &decided->certificate);
        ledger_release(view);
        MM_TRY(err);
        if (refusal->verdict != BLOCK_OK)
            return MM_OK;
        MM_TRY(chain_commit(chain, candidate, &decided->certificate, NULL, 0));
    }
    return MM_OK;
}
