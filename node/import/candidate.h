/* Blocks that may become the next one: executed on top of the head, and nothing of them in the database before one is committed.
 *
 *     transactions ──► chain_build ───┐
 *     someone's block ► chain_verify ─┴─► candidate ──► chain_commit, with a certificate ──► the new head, and no candidates
 *                                             └──► chain_drop
 *
 * Consensus holds several at one height, proposals of different rounds, and finds them by hash, so that no block is executed twice.
 * A candidate goes when it or another is committed, when its parent stops to be the head in another way (dev control edits the
 * state or takes the chain back), and as the oldest of more than CHAIN_CANDIDATES_MAX. So who keeps one across other calls of
 * this header or of chain.h keeps its hash.
 *
 * chain_import is the way of blocks that are decided already: certificate and execution are checked, then they are committed,
 * many with one sync.
 * Memory: a candidate owns everything of it in an arena of its own. Threads: the writer's alone. */
#ifndef NODE_IMPORT_CANDIDATE_H
#define NODE_IMPORT_CANDIDATE_H

#include "node/import/chain.h"
#include "node/import/verdict.h"

/* The proposal of the round, what was prepared in an earlier one, an own block that waits for its turn, and one more. */
enum { CHAIN_CANDIDATES_MAX = 4 };

struct chain_candidate;

/* number, coinbase, timestamp and the rest */
const struct header *chain_candidate_header(const struct chain_candidate *candidate);
const mm_hash32 *chain_candidate_hash(const struct chain_candidate *candidate);
size_t chain_candidate_tx_count(const struct chain_candidate *candidate);
/* The set in the state after it, which would seal the block after it. */
const struct validator_set *chain_candidate_validators(const struct chain_candidate *candidate);
/* As it travels (state/chain/block.h). Made when first asked for, borrowed from the candidate. */
MM_MUST_USE mm_err chain_candidate_encoded(struct chain_candidate *candidate, mm_bytes *encoded);

/* The next block from these transactions; its note is not looked at. MM_ERR_NOT_FOUND: skip_empty, and none got in. The transactions
 * may go when this returns. */
MM_MUST_USE mm_err chain_build(struct chain *chain, struct chain_candidate **candidate,
                               const struct chain_proposal *proposal);
/* A block from outside, by every rule but those of time and of rounds, which are consensus'. Refused: refusal->verdict, and
 * *candidate is NULL. A candidate that is there already is found, not executed again. Blocks that dev control had a say in are
 * refused by the rule that they break without their record. */
MM_MUST_USE mm_err chain_verify(struct chain *chain, struct chain_candidate **candidate,
                                struct block_refusal *refusal, mm_bytes encoded);

/* NULL: there is none of this hash (any more). */
struct chain_candidate *chain_find_candidate(struct chain *chain, const mm_hash32 *hash);
void chain_drop(struct chain *chain, struct chain_candidate *candidate);

/* Makes it the head: it, its certificate, which must be valid, and the notes are synced in one write; then it is visible, and all
 * candidates are gone. Any error is fatal for the writer: what the disk has is then unknown. That its parent is the head is asserted. */
MM_MUST_USE mm_err chain_commit(struct chain *chain, struct chain_candidate *taken_candidate,
                                const struct certificate *certificate,
                                const struct ledger_note *notes, size_t note_count);

/* ---- blocks that others decided ---- */

struct chain_decided {
    mm_bytes block; /* as chain_candidate_encoded gives it */
    struct certificate certificate;
};

/* Blocks after the head, in order. *imported: how many of them are the chain's now, synced together and then visible. When these
 * are not all, the next one is refused (refusal->verdict), or the ledger wants a flush before it. An error is fatal for the
 * writer. */
MM_MUST_USE mm_err chain_import(struct chain *chain, size_t *imported,
                                struct block_refusal *refusal, const struct chain_decided *blocks,
                                size_t count);

#endif
