/* The machine's inside, by file:
 *
 *     machine.c    events, heights, time            proposal.c   what a proposal must have (R2), and making one (R1, R7)
 *     rules.c      the rules as guards (R1 to R7)   record.c     the safety record
 *     votes.c      who said what, evidence          future.c     what came early, for the next height
 *     say.c        signing and sending */
#ifndef NODE_QBFT_QBFT_INTERNAL_H
#define NODE_QBFT_QBFT_INTERNAL_H

#include "node/qbft/qbft.h"

/* Kinds of votes, as places in arrays. */
enum vote_kind { VOTE_PROPOSAL, VOTE_PREPARE, VOTE_COMMIT, VOTE_KINDS };
static inline enum qbft_code vote_code(enum vote_kind kind)
{
    return (enum qbft_code)(QBFT_PROPOSAL + (unsigned)kind);
}
_Static_assert(QBFT_PREPARE == QBFT_PROPOSAL + 1 && QBFT_COMMIT == QBFT_PROPOSAL + 2,
               "codes of votes follow each other");

enum { ROUNDS_KEPT = QBFT_ROUNDS_AHEAD + 1 };

/* The first vote of a validator in a round. */
struct vote_slot {
    bool is_there;
    bool is_reported; /* another one came too */
    struct qbft_vote vote;
};

/* What this node signed last of each kind in this height. */
struct own {
    bool has_vote[VOTE_KINDS];
    struct qbft_vote votes[VOTE_KINDS];
    bool has_change;
    struct qbft_message change;   /* with the block that it claims */
    struct qbft_message proposal; /* whole, when has_vote[VOTE_PROPOSAL] */
};

/* A quorum prepared this block in this height. */
struct prepared {
    struct qbft_block *block; /* a reference; NULL: none */
    uint64_t round;
    struct qbft_votes prepares;
};

/* Messages for the next height, by the place of their signer in this height's set. */
struct future {
    struct qbft_message *proposals[MM_VALIDATORS_MAX]; /* owned; the first */
    struct qbft_message *changes[MM_VALIDATORS_MAX];   /* owned; the one of the highest round */
    bool is_reported[MM_VALIDATORS_MAX];               /* for two ROUND-CHANGEs */
    struct vote_slot votes[2][ROUNDS_KEPT][MM_VALIDATORS_MAX]; /* PREPARE, COMMIT, rounds from 0 */
};

enum { EVIDENCE_MAX = 8 }; /* of a step; what is beyond comes again with the next resending */

struct send_place {
    unsigned code;
    size_t at, len;
};
enum { SENDS_MAX = 16 };

struct qbft {
    struct qbft_options options;

    /* The height. */
    bool
        has_head; /* the chain is where `at` begins: not before the first head, nor between a commit and its head */
    struct qbft_height at;
    size_t self; /* own place in the set; its count or more: none */
    uint64_t started_ms;
    uint64_t sign_from; /* no signature for a height below */
    bool is_forgetful;  /* sign_from comes with the first head */
    bool is_lagging;
    bool has_pending;

    /* The round. */
    uint64_t round;
    bool is_due;
    bool is_idle; /* there was nothing to build from in this round */
    bool is_mute; /* a signature was refused in this round: nothing more is said in it */
    bool
        is_waiting; /* it changed to this round, and its time begins when a quorum has come as far */
    uint64_t round_deadline_ms; /* when is_due and not waiting */
    uint64_t resend_ms;         /* next time */
    bool is_accepted;
    struct qbft_message accepted; /* of this round */

    /* What is known of the height. */
    struct prepared prepared;
    struct own own;
    struct vote_slot votes[VOTE_KINDS][ROUNDS_KEPT][MM_VALIDATORS_MAX]; /* by round % ROUNDS_KEPT */
    struct qbft_message *changes[MM_VALIDATORS_MAX]; /* owned; the one of the highest round */
    bool is_reported[MM_VALIDATORS_MAX];             /* for two ROUND-CHANGEs */
    bool has_refused;       /* a proposal whose block was executed and is not valid */
    uint64_t refused_round; /* the latest */
    struct future future;

    /* The record of an earlier run, until its height is there. */
    bool is_restored;
    uint64_t restored_height;
    uint64_t restored_round;

    /* The step. */
    uint64_t now_ms;
    mm_err err;
    bool is_dirty; /* what the record says has changed */
    struct qbft_commit commit;
    struct qbft_block *committed; /* a reference */
    struct mm_buf out;
    struct mm_buf record;
    struct send_place places[SENDS_MAX];
    struct qbft_send sends[SENDS_MAX];
    size_t send_count;
    struct qbft_evidence evidence[EVIDENCE_MAX];
    size_t evidence_count;
};

static inline size_t qbft_quorum(const struct qbft *m)
{
    return validators_quorum(m->at.set.count);
}
static inline bool qbft_can_sign(const struct qbft *m)
{
    return m->self < m->at.set.count && m->at.height >= m->sign_from && !m->is_lagging;
}
static inline bool qbft_is_proposer(const struct qbft *m)
{
    return m->self < m->at.set.count &&
           mm_addr_equal(qbft_proposer(&m->at, m->round), &m->options.self);
}

/* ---- machine.c ---- */
void qbft_become_due(struct qbft *m);
/* Later rounds only: what was accepted in the last one counts no more. */
void qbft_enter_round(struct qbft *m, uint64_t round);
void qbft_receive(struct qbft *m, const struct qbft_message *message);
/* The time of a round that it waited for begins now. */
void qbft_wait_no_more(struct qbft *m);
/* The height is over: its block goes to the chain, and nothing happens until that is the head. */
void qbft_decide(struct qbft *m, struct qbft_block *block, const struct certificate *certificate);

/* ---- rules.c ---- */
/* Until no rule's condition holds any more. */
void qbft_advance(struct qbft *m);

/* ---- votes.c ---- */
void qbft_keep_vote(struct qbft *m, const struct qbft_vote *vote, enum vote_kind kind,
                    size_t place);
/* Of this round and digest, in the order of the set. */
void qbft_collect_votes(const struct qbft *m, struct qbft_votes *votes, enum vote_kind kind,
                        const mm_hash32 *digest);
size_t qbft_count_votes(const struct qbft *m, enum vote_kind kind, const mm_hash32 *digest);
/* Takes the message's parts when it is the validator's highest round; false when it is not. */
void qbft_keep_change(struct qbft *m, struct qbft_message **kept, bool *is_reported,
                      const struct qbft_message *message);
void qbft_drop_changes(struct qbft_message *changes[MM_VALIDATORS_MAX]);

/* ---- proposal.c ---- */
/* R2, but for whether the block is valid on the chain. */
bool qbft_is_justified(const struct qbft *m, const struct qbft_message *proposal);
/* A ROUND-CHANGE with what its claim needs. */
bool qbft_is_sound_change(const struct qbft *m, const struct qbft_message *message);
/* The proposal is this round's from here on. */
void qbft_accept(struct qbft *m, const struct qbft_message *proposal);
void qbft_propose(struct qbft *m);

/* ---- say.c ---- */
void qbft_say_vote(struct qbft *m, enum vote_kind kind, const mm_hash32 *digest);
void qbft_say_change(struct qbft *m);
/* Signs and takes the proposal as its own: it is sent, and received as from anyone. */
void qbft_say_proposal(struct qbft *m, struct qbft_message *proposal);
/* The newest of this round again. */
void qbft_say_again(struct qbft *m);
bool qbft_has_said(const struct qbft *m, enum vote_kind kind);
void qbft_forget_own(struct qbft *m);

/* ---- future.c ---- */
void qbft_keep_for_later(struct qbft *m, const struct qbft_message *message);
/* As if they came now. */
void qbft_receive_kept(struct qbft *m);
void qbft_drop_kept(struct qbft *m);

/* ---- record.c ---- */
void qbft_write_record(struct qbft *m, struct qbft_result *result);

#endif
