/* The way from a trusted block to a later one, asked of a node that is not believed (state/light).
 *
 *     follow_trust ── header of the trusted hash; chain id, genesis hash and head, as the node says ──► light_trust
 *     follow_to ───── headers, a batch of them with the last one's certificate ──► light_follow …, light_certify
 *                     where a header changes the set: its certificate, and before it the set, when the hash of the one that
 *                     is known is not the one that is due
 *
 * The last header of each batch is certified, so that somebody who makes up headers is found out within one and cannot make up
 * more for ever. Every function gives CLI_OK; CLI_UNVERIFIED with a line in `reason`, when the node's answers do not hold; or the
 * status of a node that does not answer (printed).
 * Memory: a batch at a time in the run's arena, rewound behind it. */
#ifndef NODE_CLI_FOLLOW_H
#define NODE_CLI_FOLLOW_H

#include "node/cli/remote.h"
#include "state/light/light.h"

enum {
    FOLLOW_HEADERS_MAX =
        500, /* of a batch; twice that with their certificates, and JSONRPC_BATCH_MAX is what nodes take */
};

#define CLI_OPTION_TRUST                                                                           \
    {                                                                                              \
        "trust", 0, CLI_HASH, "HASH",                                                              \
            "the hash of a block that you trust, genesis or later; else that of the node's "       \
            "newest block",                                                                        \
            NULL                                                                                   \
    }

struct follow {
    struct remote *remote;
    struct light light;
    struct validator_set set; /* the last that was asked for */
    uint64_t head;            /* the node's, as it says */
    uint64_t took_ms;
    bool every_seal; /* certificates of all headers, not only of those that must have one */
    struct mm_reason reason;
};

MM_MUST_USE int follow_trust(struct follow *follow, struct remote *remote, const mm_hash32 *hash);
/* Up to this block, whose certificate is checked. */
MM_MUST_USE int follow_to(struct follow *follow, uint64_t block_num);

#endif
