/* What can be said of a header before it is executed: it follows its parent, and a quorum of the set that the parent names sealed it.
 *
 * Threads: pure functions. Cost: a recovery a seal, 43 µs each. */
#ifndef P2P_SYNC_CERTIFIED_H
#define P2P_SYNC_CERTIFIED_H

#include "p2p/wire/payload.h"
#include "state/chain/certificate.h"
#include "state/chain/header.h"

struct certified_parent {
    uint64_t height;
    mm_hash32 hash;
    mm_hash32 extra; /* commits to the set that seals the next block */
};

/* certificate_check, or what stands in for it where signatures are made up. */
typedef enum certificate_verdict
certified_check_fn(void *ctx, const struct certificate *certificate,
                   const struct seal_domain *domain, const struct validator_set *set,
                   const mm_hash32 *commitment, uint64_t height, const mm_hash32 *hash);

struct certified_rules {
    const struct seal_domain *domain;
    const struct validator_set *set;
    certified_check_fn *check; /* NULL: certificate_check */
    void *ctx;
};

enum certified_verdict {
    CERTIFIED_OK = 0,
    CERTIFIED_HEADER, /* not a header of this chain: fields, extraData */
    CERTIFIED_NUMBER, /* not the one after its parent */
    CERTIFIED_LINK,   /* another parent */
    CERTIFIED_SEALS,  /* not sealed by a quorum of the set that its parent names */
};

/* Decodes. False: CERTIFIED_HEADER. */
bool certified_read(struct header *header, mm_bytes item);
/* Sealed by a quorum of the rules' set, which the commitment names. */
bool certified_is_sealed(const struct certified_rules *rules, mm_bytes certificate,
                         const mm_hash32 *commitment, uint64_t height, const mm_hash32 *hash);
/* Out: *header, *hash. */
MM_MUST_USE enum certified_verdict certified_check(struct header *header, mm_hash32 *hash,
                                                   const struct certified_rules *rules,
                                                   const struct certified_parent *parent,
                                                   const struct payload_header *item);

#endif
