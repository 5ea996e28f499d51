/* Why a block is no block of this chain: one value a rule (docs/CONSENSUS.md has the rules), and what the part that looked closer
 * said of it.
 * Memory: values. Threads: pure functions. */
#ifndef NODE_IMPORT_VERDICT_H
#define NODE_IMPORT_VERDICT_H

#include "state/base/err.h"
#include "state/chain/block.h"
#include "state/chain/certificate.h"

/* In the order of looking. */
enum block_verdict {
    BLOCK_OK = 0,
    BLOCK_EDITED, /* dev control has changed something since the head: no block from outside can follow */
    BLOCK_ENCODING, /* not the canonical RLP of a block, or too large: `rlp` */
    BLOCK_TX, /* a transaction that the codec, this chain or the state refuses: `tx`, `tx_index` */
    BLOCK_HEADER,      /* a rule between it and its parent, which is the head: `header` */
    BLOCK_BODY,        /* ommers or withdrawals that are not empty */
    BLOCK_COINBASE,    /* built by none of the validators */
    BLOCK_CERTIFICATE, /* not sealed by the validators: `certificate` */
    BLOCK_TX_ROOT,     /* the body is another block's */
    BLOCK_GAS_USED,    /* what follows: execution gives another value than the header has */
    BLOCK_RECEIPTS_ROOT,
    BLOCK_BLOOM,
    BLOCK_STATE_ROOT,
    BLOCK_VALIDATORS, /* extraData does not commit to the validator set after it */
};

struct block_refusal {
    enum block_verdict verdict;
    enum rlp_verdict rlp;
    enum tx_verdict tx;
    size_t tx_index;
    enum header_verdict header;
    enum certificate_verdict certificate;
    bool
        is_executed; /* the body is the header's, and the block is not valid however often it comes */
};

/* What the block is or does, to stand behind its name: "gives another state root than its header says". Never NULL. */
const char *block_verdict_text(enum block_verdict verdict);
/* The same with what the part that looked closer said: "has transaction 3, which is refused: nonce too low". */
void block_refusal_describe(struct mm_reason *reason, const struct block_refusal *refusal);

#endif
