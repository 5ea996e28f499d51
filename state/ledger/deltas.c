/* Deltas of trie nodes in packs: sorted by node and block, so that the versions of a node stand side by side and the beginning of a key,
 * which neighbours share, is written once a run.
 *
 *     pack     be32 count · be32 start of each run of 16 entries, in what follows · entries
 *     entry    shared(1) rest(1) rest of the node key · low byte of the block · age · length · delta
 *
 * shared: so many bytes of the key before; 0 at the beginning of a run. age: how many blocks the version before had lasted, 0 where there
 * was none. Numbers without a size have seven bits a byte, the lowest first, and are written as shortly as they can be. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/history_internal.h"
#include "state/trie/node_delta.h"

/* ---- making one ---- */

void deltas_init(struct delta_pack *pack)
{
    *pack = (struct delta_pack){ .count = 0 };
    mm_buf_init(&pack->data, DELTAS_BYTES_MAX);
    mm_buf_init(&pack->starts, DELTAS_BYTES_MAX);
}

void deltas_fini(struct delta_pack *pack)
{
    mm_buf_fini(&pack->data);
    mm_buf_fini(&pack->starts);
}

void deltas_reset(struct delta_pack *pack)
{
    mm_buf_reset(&pack->data);
    mm_buf_reset(&pack->starts);
    pack->count = 0;
}

static void add_number(struct mm_buf *buf, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        mm_buf_add_byte(buf, (uint8_t)(number | 0x80));
    mm_buf_add_byte(buf, (uint8_t)number);
}

static size_t shared_len(mm_bytes a, mm_bytes b)
{
    const size_t most = a.len < b.len ? a.len : b.len;
    size_t len = 0;
    while (len < most && a.ptr[len] == b.ptr[len])
        len++;
    return len;
}

void deltas_add(struct delta_pack *pack, const struct delta_entry *entry)
{
    const bool is_start = pack->count % DELTAS_RUN == 0;
    const size_t shared = is_start ? 0 : shared_len(key_bytes(&pack->last), entry->node_key);
    MM_ASSERT(entry->node_key.len <= LEDGER_KEY_MAX);
    if (is_start) {
        uint8_t start[4];
        mm_put_be32(start, (uint32_t)mm_buf_bytes(&pack->data).len);
        mm_buf_add(&pack->starts, MM_BYTES_OF(start));
    }
    memcpy(pack->last.b, entry->node_key.ptr, entry->node_key.len);
    pack->last.len = entry->node_key.len;
    if (pack->count++ == 0) {
        pack->first = pack->last;
        pack->first_block = entry->block_num;
    }
    mm_buf_add_byte(&pack->data, (uint8_t)shared);
    mm_buf_add_byte(&pack->data, (uint8_t)(entry->node_key.len - shared));
    mm_buf_add(&pack->data,
               mm_bytes_from(entry->node_key.ptr + shared, entry->node_key.len - shared));
    mm_buf_add_byte(&pack->data, (uint8_t)entry->block_num);
    add_number(&pack->data,
               trie_delta_is_first(entry->delta) ? 0 : entry->block_num - entry->since);
    add_number(&pack->data, entry->delta.len);
    mm_buf_add(&pack->data, entry->delta);
}

void deltas_encode(const struct delta_pack *pack, struct mm_buf *out)
{
    uint8_t count[4];
    mm_put_be32(count, (uint32_t)pack->count);
    mm_buf_add(out, MM_BYTES_OF(count));
    mm_buf_add(out, mm_buf_bytes(&pack->starts));
    mm_buf_add(out, mm_buf_bytes(&pack->data));
}

/* ---- reading one ---- */

static size_t run_count(const struct delta_cursor *cursor)
{
    return (cursor->count + DELTAS_RUN - 1) / DELTAS_RUN;
}

static size_t run_start(const struct delta_cursor *cursor, size_t run)
{
    return mm_get_be32(cursor->starts.ptr + 4 * run);
}

mm_err deltas_open(struct delta_cursor *cursor, mm_bytes packed, uint64_t epoch)
{
    *cursor = (struct delta_cursor){ .epoch = epoch };
    if (packed.len < 4)
        return MM_ERR_CORRUPT;
    cursor->count = mm_get_be32(packed.ptr);
    const size_t starts_len = 4 * run_count(cursor);
    if (cursor->count == 0 || starts_len > packed.len - 4)
        return MM_ERR_CORRUPT;
    cursor->starts = mm_bytes_from(packed.ptr + 4, starts_len);
    cursor->data = mm_bytes_from(packed.ptr + 4 + starts_len, packed.len - 4 - starts_len);
    return MM_OK;
}

static bool read_number(struct delta_cursor *cursor, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        if (cursor->at == cursor->data.len)
            return false;
        const uint8_t byte = cursor->data.ptr[cursor->at++];
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return byte > 0 || shift == 0; /* as short as it can be */
    }
    return false;
}

/* The key of the next entry, after that of the last. Invariant: at <= data.len. */
static bool read_key(struct delta_cursor *cursor)
{
    if (cursor->data.len - cursor->at < 2)
        return false;
    const size_t shared = cursor->data.ptr[cursor->at];
    const size_t rest = cursor->data.ptr[cursor->at + 1];
    cursor->at += 2;
    if (shared > cursor->key.len || shared + rest > LEDGER_KEY_MAX ||
        rest > cursor->data.len - cursor->at ||
        (cursor->index % DELTAS_RUN == 0 &&
         (shared > 0 || run_start(cursor, cursor->index / DELTAS_RUN) != cursor->at - 2)))
        return false;
    memcpy(cursor->key.b + shared, cursor->data.ptr + cursor->at, rest);
    cursor->key.len = shared + rest;
    cursor->at += rest;
    return cursor->at < cursor->data.len;
}

static bool read_entry(struct delta_cursor *cursor)
{
    struct delta_entry *entry = &cursor->entry;
    uint64_t age;
    uint64_t len;
    if (!read_key(cursor))
        return false;
    entry->node_key = key_bytes(&cursor->key);
    entry->block_num = cursor->epoch * EPOCH_BLOCKS + cursor->data.ptr[cursor->at++];
    if (!read_number(cursor, &age) || age > entry->block_num || !read_number(cursor, &len) ||
        len > cursor->data.len - cursor->at)
        return false;
    entry->delta = mm_bytes_from(cursor->data.ptr + cursor->at, len);
    entry->since = age == 0 ? 0 : entry->block_num - age;
    cursor->at += len;
    cursor->index++;
    /* Nothing behind the last one. */
    return trie_delta_is_first(entry->delta) == (age == 0) &&
           (cursor->index < cursor->count || cursor->at == cursor->data.len);
}

mm_err deltas_next(struct delta_cursor *cursor)
{
    if (cursor->index == cursor->count)
        return MM_ERR_NOT_FOUND;
    return read_entry(cursor) ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err go_to_run(struct delta_cursor *cursor, size_t run)
{
    cursor->index = run * DELTAS_RUN;
    cursor->at = run_start(cursor, run);
    cursor->key.len = 0;
    return cursor->at <= cursor->data.len ? deltas_next(cursor) : MM_ERR_CORRUPT;
}

static int compare(const struct delta_entry *entry, mm_bytes node_key, uint64_t block_num)
{
    const int order = mm_bytes_compare(entry->node_key, node_key);
    if (order != 0)
        return order;
    return entry->block_num < block_num ? -1 : entry->block_num > block_num;
}

mm_err deltas_find(struct delta_cursor *cursor, mm_bytes node_key, uint64_t block_num)
{
    /* The last run that does not begin behind it. */
    size_t low = 0;
    size_t high = run_count(cursor);
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        MM_TRY(go_to_run(cursor, middle));
        if (compare(&cursor->entry, node_key, block_num) <= 0)
            low = middle;
        else
            high = middle;
    }
    mm_err err = go_to_run(cursor, low);
    for (size_t i = 1; err == MM_OK; i++) {
        const int order = compare(&cursor->entry, node_key, block_num);
        if (order == 0)
            return MM_OK;
        if (order > 0 || i == DELTAS_RUN)
            return MM_ERR_NOT_FOUND;
        err = deltas_next(cursor);
    }
    return err;
}
