#include "state/ledger/ledger.h"

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"

enum {
    REWIND_BYTES_DEFAULT = 8 << 20,
    /* 65 536 values: five for a token with a URI of 66 characters, or all tokens of a collection of 13 000. */
    CACHE_BYTES = 8 << 20,
};

const struct kv_family LEDGER_FAMILIES[] = {
    [LEDGER_META] = { .name = "meta", .use = KV_USE_POINT },
    [LEDGER_BLOCK] = { .name = "block", .use = KV_USE_RANGE },
    [LEDGER_RECEIPT] = { .name = "receipt", .use = KV_USE_RANGE },
    [LEDGER_LOOKUP] = { .name = "lookup", .use = KV_USE_POINT },
    [LEDGER_STATE] = { .name = "state", .use = KV_USE_POINT, .is_sorted = true },
    [LEDGER_TRIE] = { .name = "trie", .use = KV_USE_POINT, .is_sorted = true, .is_cached = true },
    [LEDGER_HISTORY] = { .name = "history", .use = KV_USE_RANGE, .is_sorted = true },
    [LEDGER_INDEX] = { .name = "index", .use = KV_USE_RANGE },
};
const size_t LEDGER_FAMILY_COUNT = MM_COUNT_OF(LEDGER_FAMILIES);
_Static_assert(MM_COUNT_OF(LEDGER_FAMILIES) <= KV_FAMILIES_MAX,
               "opening more families takes longer than starting may");

static mm_err read_meta(struct ledger *ledger, const char *name, struct mm_buf *value, size_t len)
{
    const struct ledger_key key = key_meta(name);
    MM_TRY(kv_get(ledger->kv, NULL, LEDGER_META, key_bytes(&key), value));
    return mm_buf_bytes(value).len == len ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err read_meta_u64(struct ledger *ledger, const char *name, uint64_t *number,
                            struct mm_buf *scratch)
{
    *number = 0;
    MM_TRY(read_meta(ledger, name, scratch, 8));
    *number = mm_get_be64(mm_buf_bytes(scratch).ptr);
    return MM_OK;
}

/* A value that every database has: its absence is damage, not emptiness. */
static mm_err must_have(mm_err err, struct mm_reason *reason, const char *name)
{
    if (err == MM_OK)
        return MM_OK;
    return mm_fail(reason, err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err,
                   "the database has no readable '%s': %s", name, mm_err_text(err));
}

static mm_err load_meta(struct ledger *ledger, struct mm_buf *scratch, struct mm_reason *reason)
{
    uint64_t version = 0;
    const mm_err err = read_meta_u64(ledger, "version", &version, scratch);
    if (err == MM_ERR_NOT_FOUND) {
        /* Without a head as well: nothing was written yet. Otherwise a new genesis would go over what is there. */
        ledger->is_empty =
            read_meta_u64(ledger, "head", &ledger->stored, scratch) == MM_ERR_NOT_FOUND;
        if (ledger->is_empty)
            return ledger_is_half_restored(ledger, &ledger->is_half_restored);
    }
    MM_TRY(must_have(err, reason, "version"));
    if (version != LEDGER_VERSION)
        return mm_fail(
            reason, MM_ERR_VERSION,
            "the database has layout version %llu, this program reads and writes version %d",
            (unsigned long long)version, LEDGER_VERSION);
    MM_TRY(ledger_finish_rewind(ledger, reason));
    MM_TRY(must_have(read_meta_u64(ledger, "chain-id", &ledger->chain_id, scratch), reason,
                     "chain-id"));
    MM_TRY(must_have(read_meta_u64(ledger, "head", &ledger->stored, scratch), reason, "head"));
    MM_TRY(
        must_have(read_meta_u64(ledger, "flushed", &ledger->flushed, scratch), reason, "flushed"));
    MM_TRY(
        must_have(read_meta_u64(ledger, "epoch", &ledger->first_epoch, scratch), reason, "epoch"));
    MM_TRY(must_have(read_meta_u64(ledger, "proofs-from", &ledger->proofs_from, scratch), reason,
                     "proofs-from"));
    MM_TRY(must_have(read_meta_u64(ledger, "begins", &ledger->begins, scratch), reason, "begins"));
    MM_TRY(must_have(read_meta(ledger, "genesis", scratch, 32), reason, "genesis"));
    memcpy(ledger->genesis_hash.b, mm_buf_bytes(scratch).ptr, 32);
    if (ledger->begins > ledger->flushed)
        return mm_fail(reason, MM_ERR_CORRUPT,
                       "the database says that it begins at block %llu, after what is flushed",
                       (unsigned long long)ledger->begins);
    if (ledger->flushed > ledger->stored)
        return mm_fail(
            reason, MM_ERR_CORRUPT,
            "the database says that block %llu is flushed, but the last one stored is %llu",
            (unsigned long long)ledger->flushed, (unsigned long long)ledger->stored);
    return MM_OK;
}

mm_err ledger_start_views(struct ledger *ledger)
{
    struct header header;
    struct mm_buf scratch;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    const mm_err err = block_read_header(ledger, NULL, &scratch, &header, ledger->flushed);
    mm_buf_fini(&scratch);
    MM_TRY(err);
    const mm_hash32 hash = header_hash(&header);
    struct tail *tail = tail_new(ledger->flushed + 1);
    const uint64_t turn = flat_cache_restart(ledger->cache);
    node_cache_restart(ledger->nodes, turn);
    struct pin *pin = pin_new(ledger, ledger->flushed, turn);
    struct ledger_view *view = NULL;
    if (tail != NULL && pin != NULL)
        view = ledger_view_new(ledger, &(struct view_parts){
                                           .header = &header,
                                           .hash = &hash,
                                           .newest = tail,
                                           .pin = pin,
                                       });
    tail_release(tail);
    pin_release(pin);
    if (view == NULL)
        return MM_ERR_NO_MEMORY;
    ledger_publish(ledger, view);
    return MM_OK;
}

mm_err ledger_load(struct ledger *ledger, struct mm_reason *reason)
{
    struct mm_buf scratch;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    mm_err err = load_meta(ledger, &scratch, reason);
    if (err == MM_OK && !ledger->is_empty) {
        err = ledger_start_views(ledger);
        if (err != MM_OK)
            (void)mm_fail(reason, err, "block %llu cannot be read: %s",
                          (unsigned long long)ledger->flushed, mm_err_text(err));
    }
    mm_buf_fini(&scratch);
    return err;
}

mm_err ledger_open(struct ledger **out, struct kv *kv, const struct ledger_options *options,
                   struct mm_reason *reason)
{
    *out = NULL;
    struct ledger *ledger = mm_heap_zeroed(1, sizeof *ledger);
    if (ledger == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    ledger->kv = kv;
    ledger->proof_window = options->proof_window;
    ledger->memory_bytes_max = options->memory_bytes_max;
    ledger->has_fixed_memory = options->tail_bytes_max != 0 || options->nodes_bytes_max != 0;
    const struct ledger_memory memory = ledger_memory_for(0, options->memory_bytes_max);
    atomic_init(&ledger->tail_bytes_max,
                options->tail_bytes_max == 0 ? memory.tail_bytes : options->tail_bytes_max);
    ledger->nodes_bytes =
        options->nodes_bytes_max == 0 ? memory.nodes_bytes : options->nodes_bytes_max;
    ledger->store_batch = kv_batch_new(kv);
    ledger->flush_batch = kv_batch_new(kv);
    ledger->era = era_new(kv, NULL, 0);
    ledger->cache = flat_cache_new(CACHE_BYTES);
    ledger->nodes = node_cache_new(ledger->nodes_bytes);
    atomic_init(&ledger->keep_from, UINT64_MAX);
    ledger->rewind_bytes_max = REWIND_BYTES_DEFAULT;
    (void)pthread_mutex_init(&ledger->lock, NULL);
    const mm_err err = ledger->store_batch == NULL || ledger->flush_batch == NULL ||
                               ledger->era == NULL || ledger->cache == NULL || ledger->nodes == NULL
                           ? mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory")
                           : ledger_load(ledger, reason);
    if (err == MM_OK)
        ledger_memory_follow(ledger);
    if (err != MM_OK) {
        ledger->kv = NULL; /* still the caller's */
        ledger_close(ledger);
        return err;
    }
    *out = ledger;
    return MM_OK;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_release(ledger->current);
    era_release(ledger->era);
    flat_cache_free(ledger->cache);
    node_cache_free(ledger->nodes);
    if (ledger->store_batch != NULL)
        kv_batch_free(ledger->store_batch);
    if (ledger->flush_batch != NULL)
        kv_batch_free(ledger->flush_batch);
    (void)pthread_mutex_destroy(&ledger->lock);
    if (ledger->kv != NULL)
        kv_close(ledger->kv);
    mm_heap_free(ledger);
}

bool ledger_is_empty(const struct ledger *ledger)
{
    return ledger->is_empty;
}

bool ledger_was_half_restored(const struct ledger *ledger)
{
    return ledger->is_half_restored;
}

uint64_t ledger_begins(const struct ledger *ledger)
{
    return ledger->begins;
}

bool ledger_is_pruned(const struct ledger *ledger, const struct header *header)
{
    return header->number <= ledger->begins && !mm_hash_equal(&header->tx_root, &KECCAK_EMPTY_TRIE);
}

mm_hash32 ledger_genesis_hash(const struct ledger *ledger)
{
    return ledger->genesis_hash;
}

uint64_t ledger_size_bytes(const struct ledger *ledger)
{
    return kv_size_bytes(ledger->kv);
}

uint64_t ledger_chain_id(const struct ledger *ledger)
{
    return ledger->chain_id;
}

uint64_t ledger_flushed(struct ledger *ledger)
{
    (void)pthread_mutex_lock(&ledger->lock);
    const uint64_t flushed = ledger->flushed;
    (void)pthread_mutex_unlock(&ledger->lock);
    return flushed;
}

uint64_t ledger_stored(const struct ledger *ledger)
{
    return ledger->stored;
}

void ledger_publish(struct ledger *ledger, struct ledger_view *view)
{
    (void)pthread_mutex_lock(&ledger->lock);
    struct ledger_view *old = ledger->current;
    ledger->current = view;
    (void)pthread_mutex_unlock(&ledger->lock);
    ledger_release(old);
}
