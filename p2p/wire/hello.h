/* HELLO: what a node says of itself at the end of a handshake.
 *
 *     [version, chain id, genesis hash, listen port, capabilities, client]
 *
 * Strict RLP. Version, chain and genesis are known to both sides by then and must be the same; who says otherwise is refused.
 * Memory: a value. Threads: pure functions. */
#ifndef P2P_WIRE_HELLO_H
#define P2P_WIRE_HELLO_H

#include "state/codec/rlp.h"

enum {
    WIRE_VERSION = 1,
    HELLO_CLIENT_BYTES_MAX = 64, /* a name and a version */
};

/* Which chain a node is on; links join nodes of one chain. */
struct wire_domain {
    uint64_t chain_id;
    mm_hash32 genesis_hash;
};

struct hello {
    uint64_t version;
    struct wire_domain domain;
    uint16_t listen_port;  /* where it can be dialed; 0: nowhere */
    uint64_t capabilities; /* bits, none given out yet: those that are not known say nothing */
    char client[HELLO_CLIENT_BYTES_MAX + 1]; /* printable ASCII, as it goes to logs */
};

void hello_encode(struct mm_buf *buf, const struct hello *hello);
/* The next item of the cursor, which has the verdict. */
void hello_read(struct rlp *r, struct hello *hello);

#endif
