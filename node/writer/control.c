/* Dev control: what is asked for is checked at once, obeyed in the writer's turn in the order in which it came, and on disk before
 * the turn is over. */
#include <string.h>

#include "node/writer/writer_internal.h"
#include "state/base/heap.h"

enum { SECONDS_MAX = 1 << 30 /* of a jump in time: about 34 years */ };
/* Of a timestamp that is asked for: what JavaScript can count to. Sums with the clock stay far from 2^63. */
#define TIMESTAMP_MAX ((UINT64_C(1) << 53) - 1)

mm_err writer_plan_snapshot(struct planned *planned, uint64_t id)
{
    if (planned->count == planned->capacity) {
        uint64_t *ids = mm_heap_grow(planned->ids, &planned->capacity, 16, sizeof *ids);
        if (ids == NULL)
            return MM_ERR_NO_MEMORY;
        planned->ids = ids;
    }
    planned->ids[planned->count++] = id;
    planned->last = id;
    return MM_OK;
}

static mm_err check_edits(const struct control *control, struct mm_reason *reason)
{
    for (size_t i = 0; i < control->edit_count; i++) {
        if (chain_may_edit(&control->edits[i]))
            continue;
        if (control->edits[i].kind == EDIT_GAS_LIMIT)
            return mm_fail(reason, MM_ERR_INVALID, "a gas limit is %d at least and below 2^63",
                           HEADER_GAS_LIMIT_MIN);
        return mm_fail(reason, MM_ERR_INVALID,
                       "the storage of the validators account is the chain's own");
    }
    return MM_OK;
}

static mm_err check_next_time(struct writer *writer, const struct control *control,
                              struct mm_reason *reason)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    const uint64_t head = ledger_head_header(view)->timestamp;
    ledger_release(view);
    if (control->seconds < head)
        return mm_fail(reason, MM_ERR_INVALID, "timestamp %llu is before the head's, %llu",
                       (unsigned long long)control->seconds, (unsigned long long)head);
    return MM_OK;
}

static mm_err check_control(struct writer *writer, const struct control *control,
                            struct mm_reason *reason)
{
    switch (control->kind) {
    case CONTROL_EDIT:
        return check_edits(control, reason);
    case CONTROL_MINE:
        if (control->count > BACKEND_MINE_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "at most %d blocks at once", BACKEND_MINE_MAX);
        break;
    case CONTROL_NEXT_TIME:
        MM_TRY(check_next_time(writer, control, reason));
        break;
    case CONTROL_INTERVAL:
        if (control->count / 1000 > SECONDS_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "at most %d seconds", SECONDS_MAX);
        break;
    case CONTROL_CHAIN_ID:
        if (control->count == 0 || control->count > GENESIS_CHAIN_ID_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "a chain id is 1 at least and %llu at most",
                           (unsigned long long)GENESIS_CHAIN_ID_MAX);
        break;
    case CONTROL_IMPERSONATE: {
        (void)pthread_mutex_lock(&writer->lock);
        const size_t count = writer->settings.impersonated_count;
        (void)pthread_mutex_unlock(&writer->lock);
        if (control->on && count >= SETTINGS_IMPERSONATED_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "at most %d impersonated accounts",
                           SETTINGS_IMPERSONATED_MAX);
        break;
    }
    case CONTROL_SET_TIME:
    case CONTROL_INCREASE_TIME:
    case CONTROL_TIME_STEP:
    case CONTROL_AUTOMINE:
    case CONTROL_COINBASE:
    case CONTROL_IMPERSONATE_ALL:
    case CONTROL_SNAPSHOT:
    case CONTROL_REVERT:
    case CONTROL_RESET:
        break;
    }
    const bool is_moment = control->kind == CONTROL_NEXT_TIME || control->kind == CONTROL_SET_TIME;
    if (is_moment && control->seconds > TIMESTAMP_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "timestamp %llu is above 2^53 - 1",
                       (unsigned long long)control->seconds);
    if (!is_moment && control->seconds > SECONDS_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "at most %d seconds", SECONDS_MAX);
    return MM_OK;
}

/* What is known at once; under the lock, in the order of the orders. *does: there is something to obey. */
static mm_err plan(struct planned *planned, struct control *control, bool *does)
{
    *does = true;
    if (control->kind == CONTROL_RESET) {
        planned->count = 0;
    } else if (control->kind == CONTROL_SNAPSHOT) {
        MM_TRY(writer_plan_snapshot(planned, planned->last + 1));
        control->count = planned->last;
        *control->snapshot = planned->last;
    } else if (control->kind == CONTROL_REVERT) {
        size_t place = 0;
        while (place < planned->count && planned->ids[place] != control->count)
            place++;
        *does = place < planned->count;
        *control->is_known = *does;
        planned->count = place;
    }
    return MM_OK;
}

mm_err writer_control(struct writer *writer, const struct control *control, uint64_t *ticket,
                      struct mm_reason *reason)
{
    *ticket = 0;
    MM_TRY(check_control(writer, control, reason));
    const size_t edit_bytes = control->edit_count * sizeof *control->edits;
    struct order *order = mm_heap_alloc(sizeof *order + edit_bytes);
    if (order == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    struct edit *edits = (void *)(order + 1);
    if (edit_bytes > 0)
        memcpy(edits, control->edits, edit_bytes);
    order->control = *control;
    order->control.edits = edits;
    bool does = false;
    (void)pthread_mutex_lock(&writer->lock);
    mm_err err =
        writer->is_stopping ? MM_ERR_STOPPED : plan(&writer->planned, &order->control, &does);
    if (err == MM_OK && does) {
        order->next = writer->orders;
        writer->orders = order;
        *ticket = writer->started + 1;
        (void)pthread_cond_signal(&writer->wake);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    if (err != MM_OK || !does)
        mm_heap_free(order);
    if (err == MM_ERR_STOPPED)
        return mm_fail(reason, err, "the node is shutting down");
    return err == MM_OK ? MM_OK : mm_fail(reason, err, "%s", mm_err_text(err));
}

void writer_settings(struct writer *writer, struct backend_settings *settings,
                     const mm_addr *coinbase)
{
    (void)pthread_mutex_lock(&writer->lock);
    const struct settings *now = &writer->settings;
    *settings = (struct backend_settings){
        .is_automine = now->is_automine,
        .block_time_ms = now->block_time_ms,
        .coinbase = now->has_coinbase ? now->coinbase : *coinbase,
        .snapshot_count = writer->planned.count,
    };
    (void)pthread_mutex_unlock(&writer->lock);
}

bool writer_impersonates(struct writer *writer, const mm_addr *addr)
{
    (void)pthread_mutex_lock(&writer->lock);
    const bool does = settings_impersonates(&writer->settings, addr);
    (void)pthread_mutex_unlock(&writer->lock);
    return does;
}
