#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"

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
    if (state->history != NULL)
        kv_iter_free(state->history);
    mm_buf_fini(&state->scratch);
    *state = (struct ledger_state){ 0 };
}

/* A key and its hash, for tails and cache alike. */
struct wanted {
    enum ledger_family family;
    mm_bytes key;
    uint64_t hash;
};

/* Whether this tail decides what the key has as of the state's block. */
static bool read_tail(const struct ledger_state *state, struct tail *tail,
                      const struct wanted *wanted, mm_bytes *value, mm_err *err)
{
    if (tail == NULL || state->block_num < tail->first_block)
        return false;
    const struct tail_entry *entry =
        tail_find_hashed(tail, wanted->hash, wanted->family, wanted->key, state->block_num);
    if (entry == NULL)
        return false;
    *value = entry->value;
    *err = entry->is_present ? MM_OK : MM_ERR_NOT_FOUND;
    return true;
}

static mm_err read_store(struct ledger_state *state, const struct wanted *wanted, mm_bytes *value)
{
    const struct pin *pin = state->view->pin;
    MM_TRY(kv_get(pin->kv, pin->snapshot, (size_t)wanted->family, wanted->key, &state->scratch));
    *value = mm_buf_bytes(&state->scratch);
    return MM_OK;
}

/* What the snapshot has. */
static mm_err read_current(struct ledger_state *state, const struct wanted *wanted, mm_bytes *value)
{
    const struct pin *pin = state->view->pin;
    if (wanted->family != LEDGER_STATE)
        return read_store(state, wanted, value);
    if (flat_cache_find(pin->cache, &state->known, pin->turn, wanted->hash, wanted->key)) {
        *value = mm_bytes_from(state->known.b, state->known.len);
        return state->known.is_present ? MM_OK : MM_ERR_NOT_FOUND;
    }
    const mm_err err = read_store(state, wanted, value);
    if (err == MM_OK || err == MM_ERR_NOT_FOUND)
        flat_cache_add(pin->cache, pin->turn, wanted->hash, wanted->key,
                       err == MM_OK ? value : NULL);
    return err;
}

/* The first history record at or after `from` whose key is `prefix` and a block number. MM_ERR_NOT_FOUND: there is none. */
static mm_err seek_history(struct ledger_state *state, const struct ledger_key *from,
                           mm_bytes *record)
{
    if (state->history == NULL) {
        state->history =
            kv_iter_new(state->view->pin->kv, state->view->pin->snapshot, LEDGER_HISTORY);
        if (state->history == NULL)
            return MM_ERR_NO_MEMORY;
    }
    kv_iter_seek(state->history, key_bytes(from));
    MM_TRY(kv_iter_err(state->history));
    if (!kv_iter_valid(state->history))
        return MM_ERR_NOT_FOUND;
    const mm_bytes key = kv_iter_key(state->history);
    if (key.len != from->len || memcmp(key.ptr, from->b, from->len - 8) != 0)
        return MM_ERR_NOT_FOUND;
    /* Versions above the flushed point are not in the snapshot, but be sure: they would belong to another future. */
    if (mm_get_be64(key.ptr + key.len - 8) > state->view->pin->flushed)
        return MM_ERR_CORRUPT;
    *record = kv_iter_value(state->history);
    return record->len == 0 ? MM_ERR_CORRUPT : MM_OK;
}

/* A history record: 0 for "was not there", or 1 and the value. */
static mm_err open_record(mm_bytes record, mm_bytes *value)
{
    *value = mm_bytes_from(record.ptr + 1, record.len - 1);
    return record.ptr[0] == 0 ? MM_ERR_NOT_FOUND : MM_OK;
}

static mm_err read_past(struct ledger_state *state, const struct wanted *wanted, mm_bytes *value)
{
    const mm_bytes key = wanted->key;
    mm_bytes record = { NULL, 0 };
    if (wanted->family == LEDGER_STATE) {
        const struct ledger_key from = key_state_history(key, state->block_num + 1);
        const mm_err err = seek_history(state, &from, &record);
        if (err != MM_ERR_NOT_FOUND)
            return err == MM_OK ? open_record(record, value) : err;
        return read_current(state, wanted, value);
    }
    MM_ASSERT(wanted->family == LEDGER_TRIE);
    const uint64_t last = state->view->pin->flushed / TRIE_EPOCH_BLOCKS;
    for (uint64_t block_num = state->block_num + 1; block_num / TRIE_EPOCH_BLOCKS <= last;
         block_num = (block_num / TRIE_EPOCH_BLOCKS + 1) * TRIE_EPOCH_BLOCKS) {
        const struct ledger_key from = key_trie_history(key, block_num);
        const mm_err err = seek_history(state, &from, &record);
        if (err != MM_ERR_NOT_FOUND)
            return err == MM_OK ? open_record(record, value) : err;
    }
    return read_current(state, wanted, value);
}

mm_err view_read(struct ledger_state *state, enum ledger_family family, mm_bytes key,
                 mm_bytes *value)
{
    *value = (mm_bytes){ NULL, 0 };
    const struct ledger_view *view = state->view;
    const struct wanted wanted = { family, key, tail_hash(family, key) };
    mm_err err = MM_OK;
    if (state->block_num < view->ledger->begins)
        return MM_ERR_PRUNED;
    if (read_tail(state, view->edits, &wanted, value, &err) ||
        read_tail(state, view->tails[0], &wanted, value, &err) ||
        read_tail(state, view->tails[1], &wanted, value, &err))
        return err;
    if (state->block_num >= view->pin->flushed || (family != LEDGER_STATE && family != LEDGER_TRIE))
        return read_current(state, &wanted, value);
    return read_past(state, &wanted, value);
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
            return entry->is_present ? seen(ctx, entry->value) : MM_ERR_NOT_FOUND;
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
