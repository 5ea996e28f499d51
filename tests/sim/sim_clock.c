/* Events in the order of time and, at one time, of their making; and what a node thinks the time is. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

/* ---- events ---- */

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

/* A heap of four children has half the levels, each of which moves an event. */
enum { CHILDREN = 4 };

static size_t first_child(const struct sim_heap *heap, size_t at)
{
    size_t best = CHILDREN * at + 1;
    for (size_t i = best + 1; i <= CHILDREN * (at + 1) && i < heap->count; i++) {
        if (is_before(&heap->items[i], &heap->items[best]))
            best = i;
    }
    return best;
}

void sim_heap_push(struct sim_heap *heap, const struct sim_event *event)
{
    if (heap->count == heap->capacity) {
        heap->items = mm_heap_grow(heap->items, &heap->capacity, 256, sizeof *heap->items);
        MM_ASSERT(heap->items != NULL);
    }
    struct sim_event new = *event;
    new.order = heap->order++;
    size_t at = heap->count++;
    for (; at > 0 && is_before(&new, &heap->items[(at - 1) / CHILDREN]); at = (at - 1) / CHILDREN)
        heap->items[at] = heap->items[(at - 1) / CHILDREN];
    heap->items[at] = new;
}

bool sim_heap_pop(struct sim_heap *heap, struct sim_event *event, uint64_t until_us)
{
    if (heap->count == 0 || heap->items[0].at_us > until_us)
        return false;
    *event = heap->items[0];
    const struct sim_event last = heap->items[--heap->count];
    size_t at = 0;
    while (CHILDREN * at + 1 < heap->count) {
        const size_t child = first_child(heap, at);
        if (!is_before(&heap->items[child], &last))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    if (heap->count > 0)
        heap->items[at] = last;
    return true;
}

void sim_heap_fini(struct sim_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        sim_letter_unref(heap->items[i].letter);
    mm_heap_free(heap->items);
}

/* ---- clocks ---- */

enum { MILLION = 1000000, WALL_EPOCH_S = 1700000000 };

static uint64_t local_us(const struct sim_clock *clock, uint64_t now_us)
{
    const uint64_t passed = now_us - clock->since_us;
    return clock->local_us + passed * (uint64_t)(MILLION + clock->drift_ppm) / MILLION;
}

uint64_t sim_clock_ms(const struct sim_clock *clock, uint64_t now_us)
{
    return local_us(clock, now_us) / 1000;
}

uint64_t sim_clock_wall_s(const struct sim_clock *clock, uint64_t now_us)
{
    return WALL_EPOCH_S + (uint64_t)((int64_t)now_us + clock->skew_us + 3600ll * MILLION) / MILLION;
}

uint64_t sim_clock_when_us(const struct sim_clock *clock, uint64_t now_us, uint64_t local_ms)
{
    const uint64_t now = local_us(clock, now_us);
    if (local_ms > UINT64_MAX / 2000 || now_us > UINT64_MAX / 4)
        return SIM_NEVER;
    if (local_ms * 1000 <= now)
        return now_us;
    /* Rounded up and one more: when it is there the clock shows no less. */
    return now_us + (local_ms * 1000 - now) * MILLION / (uint64_t)(MILLION + clock->drift_ppm) + 2;
}

void sim_clock_set(struct sim_clock *clock, uint64_t now_us, int64_t drift_ppm, uint64_t jump_us)
{
    clock->local_us = local_us(clock, now_us) + jump_us;
    clock->since_us = now_us;
    clock->drift_ppm = drift_ppm;
}
