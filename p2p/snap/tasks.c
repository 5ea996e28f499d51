/* The ranges of the state that are left, and who is asked for them. */
#include "p2p/snap/snap_internal.h"
#include "state/base/assert.h"

/* ---- keys ---- */

/* All keys that begin with the nibble. */
static void set_bounds(struct task *task, uint8_t nibble)
{
    memset(task->from.b, 0x00, sizeof task->from.b);
    memset(task->to.b, 0xff, sizeof task->to.b);
    task->from.b[0] = (uint8_t)(nibble << 4);
    task->to.b[0] = (uint8_t)(nibble << 4 | 0x0f);
}

/* The key after it. False: it is the last one. */
static bool next_key(mm_hash32 *key)
{
    size_t at = sizeof key->b;
    while (at > 0 && ++key->b[at - 1] == 0)
        at--;
    return at > 0;
}

static int compare(const mm_hash32 *a, const mm_hash32 *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

/* ---- the list ---- */

static struct task *add(struct snap *s)
{
    MM_ASSERT(s->task_count < SNAP_TASKS_MAX);
    struct task *task = s->tasks;
    while (task->state != TASK_FREE)
        task++;
    *task = (struct task){ .state = TASK_OPEN };
    s->task_count++;
    return task;
}

size_t snap_room(const struct snap *s)
{
    const size_t most = SNAP_TASKS_MAX - SNAP_SEGMENTS; /* the rest is for splitting */
    return s->task_count < most ? most - s->task_count : 0;
}

void snap_add_storage(struct snap *s, const mm_hash32 *addr_key, const mm_hash32 *root)
{
    struct task *task = add(s);
    task->is_storage = true;
    task->addr_key = *addr_key;
    task->root = *root;
    memset(task->to.b, 0xff, sizeof task->to.b);
}

void snap_task_done(struct snap *s, size_t task)
{
    MM_ASSERT(s->tasks[task].state != TASK_FREE);
    s->tasks[task].state = TASK_FREE;
    s->task_count--;
}

/* What is left of a large storage in parts by the first nibble of their keys, so that several peers can be asked. */
static void split(struct snap *s, struct task *task)
{
    const uint8_t first = task->from.b[0] >> 4;
    const struct task whole = *task;
    task->is_begun = true;
    if (SNAP_TASKS_MAX - s->task_count < SNAP_SEGMENTS)
        return;
    set_bounds(task, first);
    task->from = whole.from;
    for (uint8_t nibble = first + 1; nibble < 16; nibble++) {
        struct task *part = add(s);
        *part = whole;
        part->is_begun = true;
        set_bounds(part, nibble);
    }
}

void snap_task_done_to(struct snap *s, size_t index, const mm_hash32 *key)
{
    struct task *task = &s->tasks[index];
    mm_hash32 next = *key;
    MM_ASSERT(task->state != TASK_FREE && compare(key, &task->from) >= 0);
    if (compare(key, &task->to) >= 0 || !next_key(&next)) {
        snap_task_done(s, index);
        return;
    }
    task->from = next;
    task->state = TASK_OPEN;
    if (task->is_storage && !task->is_begun)
        split(s, task);
}

unsigned snap_permille(const struct snap *s)
{
    uint64_t left = 0; /* of 2^16 */
    if (s->phase == SNAP_HEADERS)
        return 0;
    for (size_t i = 0; i < SNAP_TASKS_MAX; i++) {
        const struct task *task = &s->tasks[i];
        if (task->state != TASK_FREE && !task->is_storage)
            left += (uint64_t)(task->to.b[0] << 8 | task->to.b[1]) + 1 -
                    (uint64_t)(task->from.b[0] << 8 | task->from.b[1]);
    }
    return (unsigned)((65536 - left) * 1000 / 65536);
}

/* ---- beginning, and beginning again ---- */

void snap_begin_state(struct snap *s)
{
    MM_ASSERT(s->task_count == 0);
    snap_give_down_to(s, s->depth);
    if (s->phase == SNAP_FAILED)
        return;
    MM_ASSERT(s->p_height > 0);
    s->phase = SNAP_STATE;
    s->begun++;
    s->progress_ms = s->now_ms;
    s->accounts = s->slots = 0;
    for (uint8_t i = 0; i < SNAP_SEGMENTS; i++) {
        struct task *task = add(s);
        task->root = s->p_root;
        set_bounds(task, i);
    }
    _Static_assert(SNAP_SEGMENTS == 16, "a nibble each");
}

void snap_move_on(struct snap *s)
{
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        for (size_t i = 0; i < SNAP_REQUESTS_OF_PEER; i++)
            s->peers[slot].requests[i].is_void = true;
    }
    for (size_t i = 0; i < SNAP_TASKS_MAX; i++)
        s->tasks[i].state = TASK_FREE;
    s->task_count = 0;
    s->phase = SNAP_HEADERS;
    s->state_not_before_ms = s->now_ms + SNAP_REST_MS;
    if (!s->options.host.drop_state(s->options.host.ctx))
        snap_fail(s);
}

/* In halves, and not to the head at once: who denies the state while no other peer is here would have us begin without the last
 * blocks, and honest peers that came a moment later could well serve an earlier one. */
void snap_go_nearer(struct snap *s)
{
    s->depth /= 2;
    snap_move_on(s);
}

/* There are peers that have P behind them, and none of them can serve it. */
bool snap_is_forsaken(const struct snap *s)
{
    bool has_peer = false;
    for (size_t slot = 0; slot < SNAP_PEERS_MAX; slot++) {
        const struct peer *peer = &s->peers[slot];
        if (!peer->is_up || peer->claimed < s->p_height)
            continue;
        if (peer->gone_height != s->p_height)
            return false;
        has_peer = true;
    }
    return has_peer;
}

/* ---- asking ---- */

/* Storages first: they make room. */
static size_t next_task(struct snap *s)
{
    size_t accounts = TASK_NONE;
    for (size_t i = 0; i < SNAP_TASKS_MAX; i++) {
        const size_t at = (s->task_next + i) % SNAP_TASKS_MAX;
        if (s->tasks[at].state != TASK_OPEN)
            continue;
        if (s->tasks[at].is_storage) {
            s->task_next = at + 1;
            return at;
        }
        if (accounts == TASK_NONE)
            accounts = at;
    }
    return snap_room(s) >= SNAP_ROOM_MIN ? accounts : TASK_NONE;
}

static void ask(struct snap *s, size_t slot, size_t index)
{
    struct task *task = &s->tasks[index];
    struct request *request = snap_free_request(&s->peers[slot]);
    snap_open(s, slot, request, FRAME_GET_STATE);
    request->task = index;
    task->state = TASK_ASKED;
    mm_buf_reset(&s->payload);
    payload_get_state_encode(&s->payload,
                             &(struct payload_get_state){ .id = request->id,
                                                          .height = s->p_height,
                                                          .is_account = task->is_storage,
                                                          .account_hash = task->addr_key,
                                                          .from_key = task->from,
                                                          .to_key = task->to,
                                                          .limit_bytes = SNAP_RANGE_BYTES });
    snap_send(s, slot, FRAME_GET_STATE);
}

void snap_ask_state(struct snap *s)
{
    for (;;) {
        const size_t slot = snap_choose(s, s->p_height, true);
        const size_t task = slot == SLOT_NONE ? TASK_NONE : next_task(s);
        if (task == TASK_NONE)
            return;
        ask(s, slot, task);
    }
}
