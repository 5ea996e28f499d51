#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/history_internal.h"

/* ---- life of a view ---- */

struct pin *pin_new(struct ledger *ledger, uint64_t flushed, uint64_t turn)
{
    struct pin *pin = mm_heap_zeroed(1, sizeof *pin);
    if (pin == NULL)
        return NULL;
    pin->snapshot = kv_snapshot_new(ledger->kv);
    if (pin->snapshot == NULL) {
        mm_heap_free(pin);
        return NULL;
    }
    atomic_init(&pin->users, 1);
    pin->kv = ledger->kv;
    pin->flushed = flushed;
    pin->proofs_from = ledger->proofs_from;
    pin->cache = ledger->cache;
    pin->nodes = ledger->nodes;
    pin->turn = turn;
    return pin;
}

void pin_release(struct pin *pin)
{
    if (pin == NULL || atomic_fetch_sub_explicit(&pin->users, 1, memory_order_acq_rel) != 1)
        return;
    kv_snapshot_free(pin->kv, pin->snapshot);
    mm_heap_free(pin);
}

static struct tail *use(struct tail *tail)
{
    if (tail != NULL)
        tail_acquire(tail);
    return tail;
}

struct ledger_view *ledger_view_new(struct ledger *ledger, const struct view_parts *parts)
{
    struct ledger_view *view = mm_heap_zeroed(1, sizeof *view);
    if (view == NULL)
        return NULL;
    atomic_init(&view->users, 1);
    view->ledger = ledger;
    view->era = ledger->era;
    atomic_fetch_add_explicit(&view->era->users, 1, memory_order_relaxed);
    view->head = parts->header->number;
    view->head_hash = *parts->hash;
    view->header = *parts->header;
    view->tails[0] = use(parts->newest);
    view->tails[1] = use(parts->older);
    view->edits = use(parts->edits);
    view->pin = parts->pin;
    if (parts->next != NULL)
        view->next = *parts->next;
    atomic_fetch_add_explicit(&view->pin->users, 1, memory_order_relaxed);
    return view;
}

struct ledger_view *ledger_acquire(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
    struct ledger_view *view = ledger->current;
    if (view != NULL)
        atomic_fetch_add_explicit(&view->users, 1, memory_order_relaxed);
    (void)pthread_mutex_unlock(&ledger->lock);
    return view;
}

struct ledger_view *ledger_share(struct ledger_view *view)
{
    atomic_fetch_add_explicit(&view->users, 1, memory_order_relaxed);
    return view;
}

void ledger_release(struct ledger_view *view)
{
    if (view == NULL || atomic_fetch_sub_explicit(&view->users, 1, memory_order_acq_rel) != 1)
        return;
    tail_release(view->tails[0]);
    tail_release(view->tails[1]);
    tail_release(view->edits);
    pin_release(view->pin);
    era_release(view->era);
    mm_heap_free(view);
}

uint64_t ledger_head(const struct ledger_view *view)
{
    return view->head;
}

uint64_t ledger_latest(const struct ledger_view *view)
{
    return view->head + (view->edits != NULL);
}

const struct header *ledger_head_header(const struct ledger_view *view)
{
    return &view->header;
}

const mm_hash32 *ledger_head_hash(const struct ledger_view *view)
{
    return &view->head_hash;
}

struct ledger *ledger_of(const struct ledger_view *view)
{
    return view->ledger;
}

struct ledger_next ledger_next(const struct ledger_view *view)
{
    const struct header_overrides *next = &view->next;
    return (struct ledger_next){
        .base_fee = next->has_base_fee ? next->base_fee : header_next_base_fee(&view->header),
        .gas_limit = next->has_gas_limit ? next->gas_limit : view->header.gas_limit,
        .prev_randao =
            next->has_prev_randao ? next->prev_randao : keccak256(mm_bytes_hash(&view->head_hash)),
    };
}

/* ---- reading ---- */

enum { SCRATCH_MAX = LEDGER_VALUE_MAX };

void ledger_state_init(struct ledger_state *state, struct ledger_view *view, uint64_t block_num)
{
    MM_ASSERT(block_num <= ledger_latest(view));
    *state = (struct ledger_state){ .view = view, .block_num = block_num };
    mm_buf_init(&state->scratch, SCRATCH_MAX);
}

void ledger_state_fini(struct ledger_state *state)
{
    if (state->past != NULL)
        past_fini(state->past);
    mm_heap_free(state->past);
    mm_buf_fini(&state->scratch);
    *state = (struct ledger_state){ 0 };
}

/* A key and its hash, for tails and cache alike. */
struct wanted {
    enum ledger_family family;
    mm_bytes key;
    uint64_t hash;
};

/* What a read gives. */
struct read {
    mm_bytes value;
    uint64_t since; /* of what is dated */
};

/* Whether this tail decides what the key has as of the state's block. */
static bool read_tail(const struct ledger_state *state, struct tail *tail,
                      const struct wanted *wanted, struct read *read, mm_err *err)
{
    if (tail == NULL || state->block_num < tail->first_block)
        return false;
    const struct tail_entry *entry =
        tail_find_hashed(tail, wanted->hash, wanted->family, wanted->key, state->block_num);
    if (entry == NULL)
        return false;
    *read = (struct read){ tail_value(entry), entry->block_num };
    *err = entry->is_present ? MM_OK : MM_ERR_NOT_FOUND;
    return true;
}

static mm_err read_store(struct ledger_state *state, const struct wanted *wanted, struct read *read)
{
    const struct pin *pin = state->view->pin;
    MM_TRY(kv_get(pin->kv, pin->snapshot, (size_t)wanted->family, wanted->key, &state->scratch));
    read->value = mm_buf_bytes(&state->scratch);
    return record_is_dated(wanted->family, wanted->key)
               ? record_open(read->value, &read->value, &read->since)
               : MM_OK;
}

/* A node as the snapshot has it. */
static mm_err read_stored_node(struct ledger_state *state, const struct wanted *wanted,
                               struct read *read)
{
    const struct pin *pin = state->view->pin;
    switch (node_cache_find(pin->nodes, &state->scratch, pin->turn, wanted->hash, wanted->key)) {
    case NODE_PRESENT:
        return record_open(mm_buf_bytes(&state->scratch), &read->value, &read->since);
    case NODE_ABSENT:
        return MM_ERR_NOT_FOUND;
    case NODE_UNKNOWN:
        break;
    }
    MM_TRY(read_store(state, wanted, read));
    const mm_bytes record = mm_buf_bytes(&state->scratch);
    node_cache_add(pin->nodes, pin->turn, wanted->hash, wanted->key, &record);
    return MM_OK;
}

/* What the snapshot has. The flat cache knows values of the flat state and not since when they are so, which is asked of nodes alone. */
static mm_err read_current(struct ledger_state *state, const struct wanted *wanted,
                           struct read *read)
{
    const struct pin *pin = state->view->pin;
    if (wanted->family == LEDGER_TRIE)
        return read_stored_node(state, wanted, read);
    if (wanted->family != LEDGER_STATE)
        return read_store(state, wanted, read);
    if (flat_cache_find(pin->cache, &state->known, pin->turn, wanted->hash, wanted->key)) {
        read->value = mm_bytes_from(state->known.b, state->known.len);
        return state->known.is_present ? MM_OK : MM_ERR_NOT_FOUND;
    }
    const mm_err err = read_store(state, wanted, read);
    if (err == MM_OK || err == MM_ERR_NOT_FOUND)
        flat_cache_add(pin->cache, pin->turn, wanted->hash, wanted->key,
                       err == MM_OK ? &read->value : NULL);
    return err;
}

mm_err view_need_past(struct ledger_state *state)
{
    const struct pin *pin = state->view->pin;
    if (state->past != NULL)
        return MM_OK;
    state->past = mm_heap_alloc(sizeof *state->past);
    if (state->past == NULL)
        return MM_ERR_NO_MEMORY;
    past_init(state->past, pin->kv, pin->snapshot, pin->flushed);
    return MM_OK;
}

static mm_err read_past(struct ledger_state *state, const struct wanted *wanted, struct read *read)
{
    MM_TRY(view_need_past(state));
    return wanted->family == LEDGER_TRIE
               ? past_node(state->past, wanted->key, state->block_num, &read->value, &read->since)
               : past_state(state->past, wanted->key, state->block_num, &read->value, &read->since);
}

static mm_err read_as_of(struct ledger_state *state, enum ledger_family family, mm_bytes key,
                         struct read *read)
{
    const struct ledger_view *view = state->view;
    const struct wanted wanted = { family, key, tail_hash(family, key) };
    mm_err err = MM_OK;
    if (state->block_num < view->ledger->begins)
        return MM_ERR_PRUNED;
    if (read_tail(state, view->edits, &wanted, read, &err) ||
        read_tail(state, view->tails[0], &wanted, read, &err) ||
        read_tail(state, view->tails[1], &wanted, read, &err))
        return err;
    return state->block_num >= view->pin->flushed || !record_is_dated(family, key)
               ? read_current(state, &wanted, read)
               : read_past(state, &wanted, read);
}

mm_err view_read(struct ledger_state *state, enum ledger_family family, mm_bytes key,
                 mm_bytes *value)
{
    struct read read = { .since = 0 };
    const mm_err err = read_as_of(state, family, key, &read);
    *value = err == MM_OK ? read.value : (mm_bytes){ NULL, 0 };
    return err;
}

mm_err view_read_node(struct ledger_state *state, mm_bytes key, mm_bytes *node, uint64_t *since)
{
    struct read read = { .since = 0 };
    const mm_err err = read_as_of(state, LEDGER_TRIE, key, &read);
    *node = err == MM_OK ? read.value : (mm_bytes){ NULL, 0 };
    *since = err == MM_OK ? read.since : 0;
    return err;
}

mm_err view_look(struct ledger_view *view, enum ledger_family family, mm_bytes key,
                 kv_seen_fn *seen, void *ctx)
{
    MM_ASSERT(family != LEDGER_STATE && family != LEDGER_TRIE);
    const struct pin *pin = view->pin;
    const uint64_t hash = tail_hash(family, key);
    for (size_t i = 0; i < MM_COUNT_OF(view->tails); i++) {
        struct tail *tail = view->tails[i];
        const struct tail_entry *entry =
            tail == NULL ? NULL : tail_find_hashed(tail, hash, family, key, view->head);
        if (entry != NULL)
            return entry->is_present ? seen(ctx, tail_value(entry)) : MM_ERR_NOT_FOUND;
    }
    return kv_look(pin->kv, pin->snapshot, (size_t)family, key, seen, ctx);
}

/* ---- the view that execution reads ---- */

static mm_err read_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    const struct ledger_key key = key_account(addr_key);
    mm_bytes value;
    *account = account_none();
    MM_TRY(view_read(ctx, LEDGER_STATE, key_bytes(&key), &value));
    return account_decode(account, value) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err read_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                        const mm_hash32 *slot_key)
{
    const struct ledger_key key = key_slot(addr_key, slot_key);
    mm_bytes bytes;
    *value = (mm_u256){ { 0 } };
    const mm_err err = view_read(ctx, LEDGER_STATE, key_bytes(&key), &bytes);
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_OK : err;
    return u256_from_be(value, bytes) ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err read_code(void *ctx, struct mm_arena *arena, mm_bytes *code,
                        const mm_hash32 *code_hash)
{
    const struct ledger_key key = key_code(code_hash);
    mm_bytes value;
    *code = (mm_bytes){ NULL, 0 };
    MM_TRY(view_read(ctx, LEDGER_STATE, key_bytes(&key), &value));
    return mm_arena_copy(arena, code, value);
}

struct exec_view ledger_exec_view(struct ledger_state *state)
{
    return (struct exec_view){ state, read_account, read_slot, read_code, NULL };
}
