/* Dev control is obeyed: in the writer's turn, and on disk before the turn is over. */
#include "node/log/log.h"
#include "node/writer/writer_internal.h"
#include "state/base/assert.h"

static mm_err plan_all(struct writer *writer)
{
    const struct chain_snapshots *snapshots = chain_snapshots(writer->chain);
    for (size_t i = 0; i < snapshots->count; i++)
        MM_TRY(writer_plan_snapshot(&writer->planned, snapshots->items[i].id));
    if (writer->planned.last < writer->settings.last_snapshot)
        writer->planned.last = writer->settings.last_snapshot;
    return MM_OK;
}

/* What waits was signed for the chain id that was. */
static void set_chain_id(struct writer *writer)
{
    const uint64_t own = ledger_chain_id(chain_ledger(writer->chain));
    const uint64_t chain_id = writer->settings.chain_id == 0 ? own : writer->settings.chain_id;
    if (chain_id == chain_tx_chain_id(writer->chain))
        return;
    chain_set_tx_chain_id(writer->chain, chain_id);
    pool_drop_all(writer->pool);
}

mm_err writer_load_settings(struct writer *writer, uint64_t block_time_ms)
{
    struct mm_arena arena;
    mm_bytes note;
    const struct settings fresh = settings_default(block_time_ms);
    struct settings *settings = &writer->settings;
    mm_arena_init(&arena, SETTINGS_BYTES_MAX + 4096);
    mm_err err = ledger_note(chain_ledger(writer->chain), &arena, &note, SETTINGS_NOTE);
    *settings = fresh;
    if (err == MM_OK && note.len > 0)
        err = settings_decode(settings, note);
    mm_arena_fini(&arena);
    MM_TRY(err);
    if (!settings->has_mining || block_time_ms > 0) {
        settings->has_mining = false;
        settings->is_automine = fresh.is_automine;
        settings->block_time_ms = fresh.block_time_ms;
    } else if (!settings->is_automine) {
        log_event(LOG_INFO, "automine is off, as dev control set it", "block_time_ms=%llu",
                  (unsigned long long)settings->block_time_ms);
    }
    set_chain_id(writer);
    return plan_all(writer);
}

void writer_adopt(struct writer *writer, struct settings *taken_settings)
{
    (void)pthread_mutex_lock(&writer->lock);
    struct settings old = writer->settings;
    writer->settings = *taken_settings;
    (void)pthread_mutex_unlock(&writer->lock);
    settings_fini(&old);
    set_chain_id(writer);
}

/* Writes the note by `write`, and then everyone sees the settings. */
static mm_err replace(struct writer *writer, struct settings *taken_settings,
                      mm_err (*write)(struct writer *writer, const struct ledger_note *note,
                                      void *arg),
                      void *arg)
{
    struct mm_buf encoded;
    mm_buf_init(&encoded, SETTINGS_BYTES_MAX);
    settings_encode(&encoded, taken_settings);
    mm_err err = mm_buf_err(&encoded);
    const struct ledger_note note = { SETTINGS_NOTE, mm_buf_bytes(&encoded) };
    if (err == MM_OK)
        err = write(writer, &note, arg);
    mm_buf_fini(&encoded);
    if (err == MM_OK)
        writer_adopt(writer, taken_settings);
    else
        settings_fini(taken_settings);
    return err;
}

static mm_err write_note(struct writer *writer, const struct ledger_note *note, void *arg)
{
    (void)arg;
    return ledger_set_notes(chain_ledger(writer->chain), note, 1);
}

static mm_err change(struct writer *writer, struct settings *next, const struct control *control)
{
    (void)writer;
    switch (control->kind) {
    case CONTROL_INCREASE_TIME:
        next->clock_offset_s += (int64_t)control->seconds;
        break;
    case CONTROL_SET_TIME:
        next->clock_offset_s = (int64_t)control->seconds - (int64_t)writer_wall_clock_s();
        break;
    case CONTROL_NEXT_TIME:
        next->next_timestamp = control->seconds;
        break;
    case CONTROL_TIME_STEP:
        next->step_s = control->on ? control->seconds : UINT64_MAX;
        break;
    case CONTROL_AUTOMINE:
        next->has_mining = true;
        next->is_automine = control->on;
        break;
    case CONTROL_INTERVAL:
        next->has_mining = true;
        next->block_time_ms = control->count;
        break;
    case CONTROL_COINBASE:
        next->has_coinbase = true;
        next->coinbase = control->addr;
        break;
    case CONTROL_CHAIN_ID:
        next->chain_id = control->count;
        break;
    case CONTROL_IMPERSONATE:
        return settings_impersonate(next, &control->addr, control->on);
    case CONTROL_IMPERSONATE_ALL:
        next->impersonates_all = control->on;
        break;
    case CONTROL_EDIT:
    case CONTROL_MINE:
    case CONTROL_SNAPSHOT:
    case CONTROL_REVERT:
    case CONTROL_RESET:
        MM_UNREACHABLE();
    }
    return MM_OK;
}

static mm_err obey_setting(struct writer *writer, const struct control *control)
{
    struct settings next;
    MM_TRY(settings_copy(&next, &writer->settings));
    const mm_err err = change(writer, &next, control);
    if (err != MM_OK) {
        settings_fini(&next);
        return err == MM_ERR_LIMIT ? MM_OK
                                   : err; /* it was said when it was asked for, but for a race */
    }
    MM_TRY(replace(writer, &next, write_note, NULL));
    if (control->kind == CONTROL_INTERVAL) {
        writer->next_block = clock_now();
        clock_add_ms(&writer->next_block, writer->settings.block_time_ms);
    }
    return MM_OK;
}

/* ---- the chain ---- */

static mm_err obey_edit(struct writer *writer, const struct control *control)
{
    MM_TRY(chain_edit(writer->chain, control->edits, control->edit_count));
    for (size_t i = 0; i < control->edit_count; i++) {
        if (control->edits[i].kind == EDIT_NONCE)
            pool_reset_nonce(writer->pool, &control->edits[i].addr,
                             control->edits[i].value.limb[0]);
    }
    return MM_OK;
}

static mm_err obey_mine(struct writer *writer, const struct control *control)
{
    for (uint64_t i = 0; i < control->count; i++) {
        (void)pthread_mutex_lock(&writer->lock);
        const bool is_stopping = writer->is_stopping;
        (void)pthread_mutex_unlock(&writer->lock);
        if (is_stopping) /* many blocks take long, and a node that is told to end must */
            return MM_OK;
        size_t included;
        MM_TRY(writer_make_block(writer, false, i > 0 ? control->seconds : 0, &included));
    }
    return MM_OK;
}

struct taking {
    uint64_t id;
    struct mm_buf moment;
};

static mm_err take_snapshot(struct writer *writer, const struct ledger_note *note, void *arg)
{
    const struct taking *taking = arg;
    return chain_take_snapshot(writer->chain, taking->id, mm_buf_bytes(&taking->moment), note);
}

static mm_err obey_snapshot(struct writer *writer, uint64_t id)
{
    struct settings next;
    struct taking taking = { .id = id };
    MM_TRY(settings_copy(&next, &writer->settings));
    next.last_snapshot = id;
    mm_buf_init(&taking.moment, 4096);
    settings_encode_moment(&taking.moment, &next, writer_clock_s(&next));
    mm_err err = mm_buf_err(&taking.moment);
    if (err == MM_OK)
        err = replace(writer, &next, take_snapshot, &taking);
    else
        settings_fini(&next);
    mm_buf_fini(&taking.moment);
    return err;
}

/* The pool is emptied: what is in it was sent to a chain that is gone. */
static mm_err chain_went_back(struct writer *writer)
{
    MM_TRY(consensus_restart(writer->consensus));
    pool_drop_all(writer->pool);
    if (writer->head_moved != NULL)
        writer->head_moved(writer->ctx);
    log_event(LOG_INFO, "the chain was taken back", "head=%llu",
              (unsigned long long)ledger_stored(chain_ledger(writer->chain)));
    return MM_OK;
}

static void say_going_back(struct writer *writer, uint64_t block_num)
{
    if (writer->going_back != NULL)
        writer->going_back(writer->ctx, block_num);
}

static mm_err go_back(struct writer *writer, const struct ledger_note *note, void *arg)
{
    const struct chain_snapshots *snapshots = chain_snapshots(writer->chain);
    const uint64_t id = *(const uint64_t *)arg;
    for (size_t i = 0; i < snapshots->count; i++) {
        if (snapshots->items[i].id == id)
            say_going_back(writer, snapshots->items[i].block_num);
    }
    return chain_revert(writer->chain, id, note);
}

static mm_err obey_revert(struct writer *writer, uint64_t id)
{
    struct settings next;
    struct mm_arena arena;
    mm_bytes moment;
    MM_TRY(writer_drain(writer));
    MM_TRY(settings_copy(&next, &writer->settings));
    mm_arena_init(&arena, UINT32_MAX);
    mm_err err = chain_read_snapshot(writer->chain, &arena, &moment, id);
    if (err == MM_OK)
        err = settings_restore_moment(&next, moment, writer_wall_clock_s());
    if (err == MM_OK)
        err = replace(writer, &next, go_back, &id);
    else
        settings_fini(&next);
    mm_arena_fini(&arena);
    MM_TRY(err);
    return chain_went_back(writer);
}

static mm_err begin_again(struct writer *writer, const struct ledger_note *note, void *arg)
{
    (void)arg;
    say_going_back(writer, 0);
    return chain_reset(writer->chain, note);
}

/* Everything as at the first start, but for when blocks are made, and ids of snapshots are never given twice. */
static mm_err obey_reset(struct writer *writer)
{
    const struct settings *now = &writer->settings;
    struct settings next = settings_default(now->block_time_ms);
    next.has_mining = now->has_mining;
    next.is_automine = now->is_automine;
    next.last_snapshot = now->last_snapshot;
    MM_TRY(writer_drain(writer));
    MM_TRY(replace(writer, &next, begin_again, NULL));
    return chain_went_back(writer);
}

mm_err writer_obey(struct writer *writer, const struct control *control)
{
    switch (control->kind) {
    case CONTROL_EDIT:
        return obey_edit(writer, control);
    case CONTROL_MINE:
        return obey_mine(writer, control);
    case CONTROL_SNAPSHOT:
        return obey_snapshot(writer, control->count);
    case CONTROL_REVERT:
        return obey_revert(writer, control->count);
    case CONTROL_RESET:
        return obey_reset(writer);
    case CONTROL_INCREASE_TIME:
    case CONTROL_NEXT_TIME:
    case CONTROL_SET_TIME:
    case CONTROL_TIME_STEP:
    case CONTROL_AUTOMINE:
    case CONTROL_INTERVAL:
    case CONTROL_COINBASE:
    case CONTROL_CHAIN_ID:
    case CONTROL_IMPERSONATE:
    case CONTROL_IMPERSONATE_ALL:
        return obey_setting(writer, control);
    }
    MM_UNREACHABLE();
}
