#include "node/import/verdict.h"

#define GIVES_ANOTHER(what) "gives another " what " than its header says"

const char *block_verdict_text(enum block_verdict verdict)
{
    switch (verdict) {
    case BLOCK_OK:
        return "ok";
    case BLOCK_EDITED:
        return "follows a state that dev control has changed";
    case BLOCK_ENCODING:
        return "is not encoded as a block";
    case BLOCK_TX:
        return "has a transaction that is refused";
    case BLOCK_HEADER:
        return "does not follow from its parent";
    case BLOCK_BODY:
        return "has ommers or withdrawals";
    case BLOCK_COINBASE:
        return "was built by none of the validators";
    case BLOCK_CERTIFICATE:
        return "is not sealed by the validators";
    case BLOCK_TX_ROOT:
        return GIVES_ANOTHER("transactions root");
    case BLOCK_GAS_USED:
        return GIVES_ANOTHER("gas used");
    case BLOCK_RECEIPTS_ROOT:
        return GIVES_ANOTHER("receipts root");
    case BLOCK_BLOOM:
        return GIVES_ANOTHER("bloom");
    case BLOCK_STATE_ROOT:
        return GIVES_ANOTHER("state root");
    case BLOCK_VALIDATORS:
        return GIVES_ANOTHER("validator set");
    }
    return "unknown block verdict";
}

void block_refusal_describe(struct mm_reason *reason, const struct block_refusal *refusal)
{
    const char *text = block_verdict_text(refusal->verdict);
    const char *why = NULL;
    if (refusal->verdict == BLOCK_ENCODING)
        why = rlp_verdict_text(refusal->rlp);
    else if (refusal->verdict == BLOCK_HEADER)
        why = header_verdict_text(refusal->header);
    else if (refusal->verdict == BLOCK_CERTIFICATE)
        why = certificate_verdict_text(refusal->certificate);
    if (refusal->verdict == BLOCK_TX)
        (void)mm_fail(reason, MM_OK, "has transaction %zu, which is refused: %s", refusal->tx_index,
                      tx_verdict_text(refusal->tx));
    else
        (void)mm_fail(reason, MM_OK, "%s%s%s", text, why == NULL ? "" : ": ",
                      why == NULL ? "" : why);
}
