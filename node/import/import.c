/* Blocks that others decided: certificate and execution are checked, one after the other on views that nobody sees yet, and one sync
 * makes all of them durable before they are shown. */
#include "node/import/candidate.h"
#include "node/import/chain_internal.h"

/* Out: *next, when it is not refused. */
static mm_err import_on(struct chain *chain, struct ledger_view *view, struct ledger_view **next,
                        struct block_refusal *refusal, const struct chain_decided *decided)
{
    struct chain_candidate *candidate;
    *next = NULL;
    MM_TRY(
        chain_verify_on(chain, view, &candidate, refusal, decided->block, &decided->certificate));
    if (refusal->verdict != BLOCK_OK)
        return MM_OK;
    const struct ledger_block block = chain_ledger_block(candidate, &decided->certificate);
    MM_TRY(ledger_append(view, next, &block));
    chain_committed(chain, candidate);
    return MM_OK;
}

static mm_err import_all(struct chain *chain, struct ledger_view **view, size_t *imported,
                         struct block_refusal *refusal, const struct chain_decided *blocks,
                         size_t count)
{
    while (*imported < count && !ledger_wants_flush(chain->ledger)) {
        struct ledger_view *next;
        MM_TRY(import_on(chain, *view, &next, refusal, &blocks[*imported]));
        if (next == NULL)
            break;
        ledger_release(*view);
        *view = next;
        ++*imported;
    }
    return *imported > 0 ? ledger_show(*view) : MM_OK;
}

mm_err chain_import(struct chain *chain, size_t *imported, struct block_refusal *refusal,
                    const struct chain_decided *blocks, size_t count)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    *imported = 0;
    *refusal = (struct block_refusal){ .verdict = BLOCK_OK };
    const mm_err err = import_all(chain, &view, imported, refusal, blocks, count);
    ledger_release(view);
    return err;
}
