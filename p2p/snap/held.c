/* Headers that are certified and not the host's yet: the last ones, so that P is behind them whatever peers claim. */
#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

mm_err snap_held_init(struct snap *s)
{
    s->held = mm_heap_zeroed(SNAP_HELD_MAX, sizeof *s->held);
    if (s->held == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < SNAP_HELD_MAX; i++) {
        mm_buf_init(&s->held[i].header, FRAME_PAYLOAD_BYTES_MAX);
        mm_buf_init(&s->held[i].certificate, FRAME_PAYLOAD_BYTES_MAX);
    }
    return MM_OK;
}

void snap_held_fini(struct snap *s)
{
    for (size_t i = 0; s->held != NULL && i < SNAP_HELD_MAX; i++) {
        mm_buf_fini(&s->held[i].header);
        mm_buf_fini(&s->held[i].certificate);
    }
    mm_heap_free(s->held);
}

static struct held *held_at(struct snap *s, size_t index)
{
    return &s->held[(s->held_first + index) % SNAP_HELD_MAX];
}

static bool give(const struct snap_host *host, const struct held *held)
{
    const struct snap_header header = { held->height, held->hash, mm_buf_bytes(&held->header),
                                        mm_buf_bytes(&held->certificate) };
    return host->header(host->ctx, &header) &&
           (!held->has_set || host->validators(host->ctx, held->height, &held->set));
}

void snap_give_down_to(struct snap *s, size_t most)
{
    while (s->held_count > most && s->phase != SNAP_FAILED) {
        const struct held *oldest = held_at(s, 0);
        s->p_height = oldest->height;
        s->p_root = oldest->state_root;
        if (!give(&s->options.host, oldest))
            snap_fail(s);
        s->held_first = (s->held_first + 1) % SNAP_HELD_MAX;
        s->held_count--;
    }
}

void snap_hold(struct snap *s, const struct payload_header *item, const mm_hash32 *state_root)
{
    snap_give_down_to(s, SNAP_HELD_MAX - 1);
    if (s->phase == SNAP_FAILED)
        return;
    struct held *held = held_at(s, s->held_count++);
    held->height = s->last.height;
    held->hash = s->last.hash;
    held->state_root = *state_root;
    held->has_set = false;
    mm_buf_reset(&held->header);
    mm_buf_reset(&held->certificate);
    mm_buf_add(&held->header, item->header);
    mm_buf_add(&held->certificate, item->certificate);
    if (mm_buf_err(&held->header) != MM_OK || mm_buf_err(&held->certificate) != MM_OK)
        snap_fail(s);
}

void snap_hold_set(struct snap *s, const struct validator_set *set)
{
    MM_ASSERT(s->held_count > 0); /* nothing is taken behind the header that names it */
    struct held *newest = held_at(s, s->held_count - 1);
    MM_ASSERT(newest->height == s->last.height);
    newest->has_set = true;
    newest->set = *set;
}
