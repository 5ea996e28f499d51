/* Limits that more than one module must agree on, each with its reason. A limit of one module stands in its own header. */
#ifndef STATE_BASE_LIMITS_H
#define STATE_BASE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

enum {
    /* Consensus rules: what one message of a peer, one synced write and one answer must be able to carry. */
    MM_BLOCK_BYTES_MAX = 2 << 20, /* RLP of a block: header, transactions, ommers, withdrawals */
    MM_TX_BYTES_MAX =
        128
        << 10, /* RLP or typed envelope of a transaction; go-ethereum's pool has the same limit */
    MM_VALIDATORS_MAX = 16, /* seals in a certificate; quorum(16) = 11 recoveries a block */
    MM_EXTRA_BYTES = 32,    /* header.extraData: the commitment to the next validator set */
    MM_CALL_DEPTH_MAX =
        64, /* native calls in native calls; the EVM's 1024 would outgrow the C stack */

    /* Requests. */
    MM_JSON_DEPTH_MAX = 64, /* nesting of outside JSON */
};

/* A block that is as large as it may be, its certificate and the frame around both fit into one message of 4 MiB. */
_Static_assert(MM_BLOCK_BYTES_MAX + MM_VALIDATORS_MAX * 70 + 1024 < (4 << 20),
               "a block must fit a frame");
_Static_assert(MM_TX_BYTES_MAX < MM_BLOCK_BYTES_MAX, "a transaction must fit a block");

#endif
