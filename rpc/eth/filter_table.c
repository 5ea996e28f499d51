#include "rpc/eth/filter_table.h"

#include <sys/random.h>
#include <time.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

struct eth_filters {
    pthread_mutex_t lock;
    struct filter *newest; /* list; the table's reference to each */
    size_t count;
    size_t bytes;
};

mm_err eth_filters_new(struct eth_filters **filters)
{
    *filters = mm_heap_zeroed(1, sizeof **filters);
    if (*filters == NULL)
        return MM_ERR_NO_MEMORY;
    (void)pthread_mutex_init(&(*filters)->lock, NULL);
    return MM_OK;
}

void eth_filters_free(struct eth_filters *filters)
{
    if (filters == NULL)
        return;
    while (filters->newest != NULL) {
        struct filter *next = filters->newest->next;
        MM_ASSERT(filters->newest->users == 1); /* no request is at work any more */
        filter_free(filters->newest);
        filters->newest = next;
    }
    (void)pthread_mutex_destroy(&filters->lock);
    mm_heap_free(filters);
}

struct filter *filter_new(enum filter_kind kind, const struct ledger_view *view)
{
    struct filter *filter = mm_heap_zeroed(1, sizeof *filter);
    if (filter == NULL)
        return NULL;
    filter->kind = kind;
    filter->next_block = ledger_head(view) + 1;
    filter->era = ledger_era(view);
    filter->users = 1;
    mm_arena_init(&filter->arena, FILTER_BYTES_MAX);
    (void)pthread_mutex_init(&filter->lock, NULL);
    return filter;
}

void filter_free(struct filter *filter)
{
    mm_arena_fini(&filter->arena);
    mm_heap_free(filter->told.hashes);
    (void)pthread_mutex_destroy(&filter->lock);
    mm_heap_free(filter);
}

static uint64_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

/* Takes it out of the list; whoever holds the last reference frees it. */
static void unlink_locked(struct eth_filters *filters, struct filter **place)
{
    struct filter *filter = *place;
    *place = filter->next;
    filters->count--;
    filters->bytes -= filter->arena.total_bytes;
    if (--filter->users == 0)
        filter_free(filter);
}

static void drop_idle_locked(struct eth_filters *filters, uint64_t now)
{
    struct filter **place = &filters->newest;
    while (*place != NULL) {
        if (now - (*place)->polled_at > FILTER_IDLE_S)
            unlink_locked(filters, place);
        else
            place = &(*place)->next;
    }
}

static struct filter **find_locked(struct eth_filters *filters, uint64_t id)
{
    struct filter **place = &filters->newest;
    while (*place != NULL && (*place)->id != id)
        place = &(*place)->next;
    return place;
}

bool filters_install(struct eth_filters *filters, struct filter *filter)
{
    uint64_t id = 0;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id || id == 0)
        return false; /* the kernel gives 8 bytes whole; zero comes once in 2^64 */
    (void)pthread_mutex_lock(&filters->lock);
    filter->polled_at = now_s();
    drop_idle_locked(filters, filter->polled_at);
    const bool has_room = filters->count < FILTERS_MAX &&
                          filters->bytes + filter->arena.total_bytes <= FILTERS_BYTES_MAX &&
                          *find_locked(filters, id) == NULL;
    if (has_room) {
        filter->id = id;
        filter->next = filters->newest;
        filters->newest = filter;
        filters->count++;
        filters->bytes += filter->arena.total_bytes;
    }
    (void)pthread_mutex_unlock(&filters->lock);
    return has_room;
}

struct filter *filters_take(struct eth_filters *filters, uint64_t id)
{
    (void)pthread_mutex_lock(&filters->lock);
    const uint64_t now = now_s();
    drop_idle_locked(filters, now);
    struct filter *filter = *find_locked(filters, id);
    if (filter != NULL) {
        filter->users++;
        filter->polled_at = now;
    }
    (void)pthread_mutex_unlock(&filters->lock);
    return filter;
}

void filters_give(struct eth_filters *filters, struct filter *filter)
{
    (void)pthread_mutex_lock(&filters->lock);
    if (--filter->users == 0)
        filter_free(filter);
    (void)pthread_mutex_unlock(&filters->lock);
}

bool filters_remove(struct eth_filters *filters, uint64_t id)
{
    (void)pthread_mutex_lock(&filters->lock);
    struct filter **place = find_locked(filters, id);
    const bool found = *place != NULL;
    if (found)
        unlink_locked(filters, place);
    (void)pthread_mutex_unlock(&filters->lock);
    return found;
}
