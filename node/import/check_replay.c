/* The deep half of `db check`: every block executed again from genesis into a ledger in memory, and that compared row by row. */
#include "node/import/chain_internal.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_check.h"
#include "state/ledger/restore.h"

enum { PROGRESS_BLOCKS = 64, ARENA_MAX = 1 << 30 };

/* What the chain has before its first body: headers with their certificates, the sets that sealed them, the state at the end. */
static mm_err copy_beginning(struct ledger_restore *restore, struct ledger_view *view)
{
    struct mm_arena arena;
    mm_err err = MM_OK;
    struct validator_set before = { .count = 0 };
    const uint64_t begins = ledger_begins(ledger_of(view));
    mm_arena_init(&arena, ARENA_MAX);
    for (uint64_t block_num = 0; err == MM_OK && block_num <= begins; block_num++) {
        mm_arena_reset(&arena);
        err = chain_restore_header_of(restore, &arena, view, &before, block_num);
    }
    mm_arena_fini(&arena);
    return err == MM_OK ? ledger_restore_state_of(restore, view, begins) : err;
}

static mm_err begin_later(struct chain *chain, struct ledger *again)
{
    struct ledger_restore *restore;
    struct ledger_view *view = ledger_acquire(chain->ledger);
    mm_err err = ledger_restore_new(&restore, again);
    if (err == MM_OK)
        err = copy_beginning(restore, view);
    if (err == MM_OK)
        err = ledger_restore_finish(restore, chain->genesis.chain_id, NULL);
    ledger_restore_free(restore);
    ledger_release(view);
    return err;
}

static mm_err open_again(struct chain *chain, struct mm_arena *arena, struct ledger **again,
                         uint64_t proof_window)
{
    struct kv *kv = NULL;
    struct header header;
    struct exec_changes changes;
    const struct kv_options options = { .families = LEDGER_FAMILIES,
                                        .family_count = LEDGER_FAMILY_COUNT,
                                        .create = true };
    const struct ledger_options ledger_options = { .proof_window = proof_window };
    MM_TRY(chain_make_genesis(arena, &header, &changes, &chain->genesis, chain->natives, NULL));
    MM_TRY(kv_open_memory(&kv, &options));
    const mm_err err = ledger_open(again, kv, &ledger_options, NULL);
    if (err != MM_OK) {
        kv_close(kv);
        return err;
    }
    if (ledger_begins(chain->ledger) > 0)
        return begin_later(chain, *again);
    return ledger_create(*again, chain->genesis.chain_id, &header, &changes);
}

/* *is_whole: all blocks could be executed, and gave what their headers say. */
static mm_err replay(struct chain *chain, struct mm_arena *arena, struct ledger *again,
                     struct ledger_check *check, bool *is_whole)
{
    const uint64_t head = ledger_stored(chain->ledger);
    for (uint64_t block_num = ledger_begins(chain->ledger) + 1; block_num <= head; block_num++) {
        struct block block;
        struct certificate certificate;
        mm_bytes edits;
        struct mm_reason reason = { "" };
        if (block_num % PROGRESS_BLOCKS == 1)
            ledger_check_progress(check, "replay", block_num - 1, head);
        mm_arena_reset(arena);
        mm_err err =
            ledger_stored_block(chain->ledger, arena, &block, &certificate, &edits, block_num);
        if (err == MM_OK)
            err = chain_replay_block(again, chain->natives, arena, &block, &certificate, edits,
                                     &reason);
        if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
            ledger_check_report(check, "replay: %s; it ends at block %llu",
                                reason.text[0] != '\0' ? reason.text : "a block cannot be read",
                                (unsigned long long)block_num);
            *is_whole = false;
            return MM_OK;
        }
        MM_TRY(err);
        if (ledger_wants_flush(again))
            MM_TRY(ledger_flush_all(again));
    }
    ledger_check_progress(check, "replay", head, head);
    *is_whole = true;
    return ledger_flush_all(again);
}

mm_err chain_check_replay(struct chain *chain, struct ledger_check *check)
{
    struct ledger *again = NULL;
    struct mm_arena arena;
    bool is_whole = false;
    mm_arena_init(&arena, ARENA_MAX);
    mm_err err = open_again(chain, &arena, &again, ledger_check_window(check));
    if (err == MM_OK)
        err = replay(chain, &arena, again, check, &is_whole);
    if (err == MM_OK && is_whole)
        err = ledger_check_compare(check, again);
    ledger_close(again);
    mm_arena_fini(&arena);
    return err;
}
