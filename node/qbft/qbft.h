/* QBFT: how up to 16 validators agree on each block, tolerating floor((n-1)/3) that fail or lie (docs/CONSENSUS.md, rules R1 to R8).
 *
 *          event ──►  qbft_step  ──►  result:  record      on disk before anything else of it is done
 *     message, time,     │                     commit      a block and its certificate
 *     head, restart      │                     sends       to every validator
 *                        ▼                     evidence    of a validator that signed two different things
 *             build, look, sign                deadline    when to call again
 *
 * The machine is a function of its events: it reads no clock, has no thread, touches no disk and no socket, and goes through
 * validators in the order of the set. The chain is asked through a small table during a step (struct qbft_host). Rules are guards
 * over what is known (`advance`): an event stores facts, and then every rule whose condition holds fires, until none does. Timers
 * are one deadline that is a part of the state, so that none can be left over from a height that is gone.
 *
 * The time of a round that a validator changed to begins when a quorum has changed to it or a later one: nobody is more than a
 * round ahead of where a quorum was. Timeouts have a cap, and validators that went on alone, a round a timeout, could stay apart
 * for ever when all of them are needed and too few are ahead to be followed.
 *
 * What the owner must do: carry out a result in the order record, commit, sends, before the next event; write the record with a
 * sync, in the block's own batch when there is a commit; then give the new head as QBFT_HEAD. While it has not, the machine keeps
 * what arrives for the next height and does nothing.
 *
 * Safety across restarts: nothing is signed that is not in the record first, and with a record restored nothing is signed that
 * differs from it for the same height, round and kind, nor for a round before it.
 *
 * Memory: the machine owns copies of messages that count and references to their blocks, at most
 * a proposal and a ROUND-CHANGE of each validator for this height and the next. A result lives until the next step.
 * Threads: one at a time. Errors: MM_ERR_NO_MEMORY alone, after which the machine is of no more use. */
#ifndef NODE_QBFT_QBFT_H
#define NODE_QBFT_QBFT_H

#include "node/qbft/message.h"
#include "state/base/arena.h"

enum {
    QBFT_ROUNDS_AHEAD = 8, /* votes are kept for so many rounds after the own */
    QBFT_BASE_TIMEOUT_MS = 1000,
    QBFT_CAP_TIMEOUT_MS = 30000,
    QBFT_RESEND_MS = 1000,
    QBFT_RECORD_BLOCKS_MAX = 3, /* proposed, prepared, claimed by a ROUND-CHANGE */
};

/* What decides a height before anything is said about it. */
struct qbft_height {
    uint64_t height;
    struct validator_set set; /* seals it */
    mm_addr parent_builder;   /* coinbase of the block before */
};

/* The validator whose turn it is: places go round from the one after the parent's builder, a place a round. */
const mm_addr *qbft_proposer(const struct qbft_height *height, uint64_t round);
/* min(base * 2^round, cap), without overflow. */
uint64_t qbft_timeout_ms(uint64_t base_ms, uint64_t cap_ms, uint64_t round);

/* What the chain makes of a block. */
enum qbft_look {
    QBFT_BLOCK_VALID,
    QBFT_BLOCK_INVALID, /* it was executed, and no copy of it is ever valid */
    QBFT_BLOCK_UNUSABLE, /* it was not: another body than its hash is for, or before its time. The next copy may be valid */
};

/* The chain, as far as the machine needs it. Called during a step, on top of the head that QBFT_HEAD gave. */
struct qbft_host {
    void *ctx;
    /* A new block, or NULL: there is nothing to make one of, and the height is not due any more (a single validator's alone: of
     * several, others may wait for it). The caller gets a reference. */
    struct qbft_block *(*build)(void *ctx);
    /* Looks at the block on the head; executing it leaves no trace. */
    enum qbft_look (*look)(void *ctx, struct qbft_block *block);
    /* Only when options.has_key. */
    struct secp_signature (*sign)(void *ctx, const mm_hash32 *digest);
};

struct qbft_options {
    struct qbft_host host;
    struct qbft_crypto crypto; /* for signers of a record's parts */
    struct seal_domain domain;
    bool has_key; /* else an observer: it follows and says nothing */
    mm_addr self;
    uint64_t base_timeout_ms;
    uint64_t cap_timeout_ms;
    uint64_t min_period_ms;   /* between a head and the next proposal */
    uint64_t empty_period_ms; /* a block without transactions after so long; 0: never */
    uint64_t resend_ms;       /* own newest messages again: links lose things */
};

enum qbft_event_kind {
    QBFT_TICK,    /* time has passed */
    QBFT_MESSAGE, /* authenticated; from anyone */
    QBFT_PENDING, /* transactions wait, or none do any more */
    QBFT_HEAD,    /* the chain has this head, committed by a step or imported */
    QBFT_LAGGING, /* the chain is more than a block behind others, or caught up: a validator that lags signs nothing */
};

struct qbft_event {
    enum qbft_event_kind kind;
    uint64_t now_ms; /* of a clock that never goes back */
    const struct qbft_message *message;
    const struct qbft_height *head; /* QBFT_HEAD: the height after the head */
    bool flag;                      /* QBFT_PENDING, QBFT_LAGGING */
    /* QBFT_HEAD: `flag` is what QBFT_PENDING would say, now that there is this head. Told apart, the machine would act on it with the
     * chain at another height than its own. */
    bool has_pending_flag;
};

struct qbft_send {
    unsigned code;
    mm_bytes bytes; /* the message's encoding */
};

struct qbft_commit {
    struct qbft_block *block; /* borrowed */
    struct certificate certificate;
    bool is_counted; /* from COMMITs that came; else the certificate came as a whole */
};

/* Two payloads of one validator for one height, round and code. */
struct qbft_evidence {
    enum qbft_code code;
    struct qbft_vote votes[2];     /* of PROPOSAL, PREPARE, COMMIT */
    struct qbft_change changes[2]; /* of ROUND-CHANGE */
};

/* As it is kept: rlp([code, first, second]). */
void qbft_evidence_encode(struct mm_buf *buf, const struct qbft_evidence *evidence);
/* Recovers the signers. False: it is damaged, or not two payloads of one signer. */
MM_MUST_USE bool qbft_evidence_decode(struct qbft_evidence *evidence, mm_bytes encoded,
                                      const struct seal_domain *domain,
                                      const struct qbft_crypto *crypto);

struct qbft_result {
    bool has_record;
    mm_bytes record;
    struct qbft_block *record_blocks[QBFT_RECORD_BLOCKS_MAX]; /* borrowed: what it names by hash */
    size_t record_block_count;
    const struct qbft_commit *commit; /* or NULL */
    const struct qbft_send *sends;
    size_t send_count;
    const struct qbft_evidence *evidence;
    size_t evidence_count;
    uint64_t deadline_ms; /* call with QBFT_TICK then, at the latest; UINT64_MAX: no need */
};

struct qbft;

/* It waits for QBFT_HEAD. */
MM_MUST_USE mm_err qbft_new(struct qbft **machine, const struct qbft_options *options);
void qbft_free(struct qbft *machine);

/* Before the first QBFT_HEAD: what the record of an earlier run says. Its blocks are looked up by hash; the finder gives a
 * reference or NULL. False: the record is damaged; then qbft_forget is the only way on. Written on a chain that has not come to
 * its height, it counts as damaged when that height is above the first head's. */
MM_MUST_USE bool qbft_restore(struct qbft *machine, mm_bytes record,
                              struct qbft_block *(*find)(void *ctx, const mm_hash32 *hash),
                              void *ctx);
/* What was signed at the height of the next QBFT_HEAD is not known (there should be a record and is none): signs nothing until that
 * height was decided without it. */
void qbft_forget(struct qbft *machine);

MM_MUST_USE mm_err qbft_step(struct qbft *machine, struct qbft_result *result,
                             const struct qbft_event *event);

/* Whether a message for this height and round can matter now or soon, here or to those that it is passed on to: asked before
 * signatures are recovered. */
bool qbft_wants(const struct qbft *machine, unsigned code, uint64_t height, uint64_t round);

/* What it is about, for qbft_status and traces. */
struct qbft_status {
    uint64_t height;
    uint64_t round;
    bool is_due;
    bool is_proposed; /* a proposal of this round is accepted */
    bool is_prepared; /* in some round of this height */
    bool can_sign;
    mm_addr proposer;
    size_t prepares, commits; /* of this round */
    size_t changes;           /* ROUND-CHANGEs for later rounds */
};
void qbft_read_status(const struct qbft *machine, struct qbft_status *status);
/* Whether a message can matter to a machine that stood so a moment ago, or to others that it reaches by way of this node: votes of
 * heights that are over, or far, cannot. Those of rounds that are over here can: who is still in them may have no links but with nodes
 * that are ahead, and would not learn that it has company. Asked before anything is recovered. */
bool qbft_status_wants(const struct qbft_status *status, const struct qbft_message *message);

#endif
