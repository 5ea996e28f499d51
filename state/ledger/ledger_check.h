/* Checking what a ledger has on disk: every row of every family is one that it should have, says what it should say, and none is
 * missing.
 *
 *     block ───► ledger_check_block: decodes; bodies and results in whole packs; lookup and index rows
 *                       └─► the caller checks the rules between blocks (node/import/check.c)
 *     rest ────► ledger_check_rows:    no other rows than those of the blocks; named values
 *                ledger_check_state:   storage roots and state root from the flat state, code, every trie node
 *                ledger_check_history: well-formed, of blocks that are flushed
 *                ledger_check_compare: row by row with a ledger that executed the same blocks again
 *
 * How strangers are found without a second copy of everything: rows that are expected are looked up and counted; a family that
 * has more rows than that is walked once more, now with the hashes of the expected keys in memory.
 * Everything that is wrong is one line to the sink; an mm_err says only that the check itself could not go on.
 * Memory: one block, one key path, and on damage 8 bytes a row of one family. Threads: the writer's, with nothing unflushed. */
#ifndef STATE_LEDGER_LEDGER_CHECK_H
#define STATE_LEDGER_LEDGER_CHECK_H

#include "state/ledger/ledger.h"

struct ledger_check;

struct ledger_check_sink {
    void *ctx;
    void (*problem)(void *ctx, const char *text);
    /* total 0: not known. */
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
};

/* Of a view whose head is flushed; it is kept until ledger_check_free. */
MM_MUST_USE mm_err ledger_check_new(struct ledger_check **check, struct ledger_view *view,
                                    const struct ledger_check_sink *sink);
void ledger_check_free(struct ledger_check *check);
uint64_t ledger_check_problems(const struct ledger_check *check);
/* A finding of the caller's. */
void ledger_check_report(struct ledger_check *check, const char *format, ...) MM_PRINTF(2, 3);
void ledger_check_progress(struct ledger_check *check, const char *what, uint64_t done,
                           uint64_t total);

/* What could be read of a block. */
struct ledger_checked {
    bool has_header;
    bool has_txs;
    bool has_results; /* of each transaction; senders and all */
    bool has_certificate;
    struct header header;
    mm_hash32 hash;
    const struct tx *txs; /* senders not filled */
    size_t tx_count;
    const struct ledger_tx *results; /* their `tx` is not filled but for the stored sender */
    struct certificate certificate;
    const struct edit *edits;
    size_t edit_count;
};

/* Reads and checks the rows of one block; in the arena. */
MM_MUST_USE mm_err ledger_check_block(struct ledger_check *check, struct mm_arena *arena,
                                      struct ledger_checked *block, uint64_t block_num);
/* After every block. */
MM_MUST_USE mm_err ledger_check_rows(struct ledger_check *check);
MM_MUST_USE mm_err ledger_check_state(struct ledger_check *check);
MM_MUST_USE mm_err ledger_check_history(struct ledger_check *check);
/* `again` executed the same blocks, with a proof window of ledger_check_window at least, and is flushed. */
uint64_t ledger_check_window(const struct ledger_check *check);
MM_MUST_USE mm_err ledger_check_compare(struct ledger_check *check, struct ledger *again);

#endif
