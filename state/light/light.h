/* What headers and certificates prove to somebody who has none of the chain's state: a light client.
 *
 *     trusted hash ──keccak256──► header T ──parent hash──► T+1 ── … ──► C ── … ──► N ──► state root of N ──► account, slots
 *                                   │                            │              │
 *                                   └ extraData: set of T+1      │              └ certificate: quorum of the set that N-1 names
 *                                                                └ certificate: C changes the set (its extraData is not C-1's)
 *
 * One hash is believed, that of block T. From it headers are followed one by one, each by the hash of the one before and by the
 * rules that need no state. A certificate must be there for two kinds of headers: those that change the validator set, before
 * anything follows them, and the one whose state is to be believed. Others may have theirs checked and need not:
 * a seal is for a block hash, a block hash is for all blocks before it, and a validator commits to a block only on a chain that it
 * has executed itself; so a quorum that has sealed N has agreed to every block between T and N. Without the certificate of C
 * anybody could invent a header that names a set of its own.
 *
 * The set itself comes from anywhere: its hash stands in extraData of the block before.
 *
 * What is proven: N is a descendant of T, and a quorum of each set on the way has agreed to what lies between. What is still
 * trusted: T; and of each of those sets that no more than faulty(n) members lie or have lost their keys, then or since: keys that a
 * set had long ago still make seals, so T should be recent. That N is the newest block nobody can prove; its timestamp tells.
 * What execution decides (roots, gas used) is the quorum's word. Base fee, gas limit and prevRandao may be what dev control said
 * (docs/decisions/0007-edits-record.md), so they are not looked at.
 *
 * The seal domain. A seal names chain id and genesis hash. When T is block 0, its hash is the genesis hash. When it is a later
 * block both may come from the node that is not believed: for another domain the same seals recover other keys, so a wrong one makes
 * every certificate fail; and seals that the same validators made on another chain are for other blocks, none of which descends
 * from T.
 *
 * Memory: a value of some 3 KiB, which borrows nothing. Threads: one. Limits: none; a header costs a hash of its 600 bytes, a
 * certificate a recovery a seal (43 µs). Fed by whoever fetches headers: node/cli/follow.h, one from a node. */
#ifndef STATE_LIGHT_LIGHT_H
#define STATE_LIGHT_LIGHT_H

#include "state/base/err.h"
#include "state/chain/certificate.h"
#include "state/chain/header.h"

enum light_verdict {
    LIGHT_OK = 0,
    LIGHT_ENCODING,     /* not the RLP of one header */
    LIGHT_TRUSTED_HASH, /* the header does not hash to the trusted hash */
    LIGHT_LINK,         /* the header does not name the one before as its parent */
    LIGHT_RULES,        /* a rule of header.h, which light.rule names */
    LIGHT_UNCERTIFIED,  /* the header before changes the set, and has no certificate yet */
    LIGHT_CERTIFICATE,  /* not the RLP of one certificate */
    LIGHT_SET,          /* the set is not the one that the header before commits to */
    LIGHT_TOO_FEW,      /* fewer seals than the quorum */
    LIGHT_SEAL,         /* a seal that recovers no key, or with a high s */
    LIGHT_STRANGER, /* a signer outside the set; or a seal for another chain id, genesis or block */
    LIGHT_ORDER,    /* signers not ascending, or one twice */
};
/* Never NULL: a few words, which fit behind "block 7: ". */
const char *light_verdict_text(enum light_verdict verdict);

struct light_counts {
    uint64_t headers;      /* behind the trusted one */
    uint64_t certificates; /* that were checked, */
    uint64_t seals;        /* and what they held */
    uint64_t set_changes;
};

struct light {
    struct seal_domain domain;
    struct header head; /* the last header that was followed to; its hash: */
    mm_hash32 hash;
    mm_hash32 sealed_by;      /* what the header before commits to: the set that seals the head */
    bool changes_set;         /* the head commits to another set than the header before */
    bool is_certified;        /* a quorum has sealed the head, or it is the trusted block */
    enum header_verdict rule; /* beside LIGHT_RULES */
    struct light_counts counts;
};

/* Begins with the trusted block. domain->genesis_hash counts for nothing when that is block 0. Refused: *light is empty. */
MM_MUST_USE enum light_verdict light_trust(struct light *light, const mm_hash32 *hash,
                                           mm_bytes header, const struct seal_domain *domain);
/* The next header, as RLP. Refused: nothing has changed but light->rule. */
MM_MUST_USE enum light_verdict light_follow(struct light *light, mm_bytes header);
/* The head's certificate, as RLP, and the set that sealed it. Refused: nothing has changed. Not for the trusted block. */
MM_MUST_USE enum light_verdict light_certify(struct light *light, const struct validator_set *set,
                                             mm_bytes certificate);
/* Whether a certificate must come before the next header. */
bool light_must_certify(const struct light *light);

#endif
