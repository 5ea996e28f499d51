#include "p2p/content/import.h"

#include <stdlib.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/hamt.h"
#include "p2p/content/import_internal.h"
#include "p2p/content/unixfs.h"
#include "state/base/arena.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    HAMT_LEVELS = 8, /* a byte of the 64-bit hash a level */
    NAMES_BYTES_MAX = 512 << 20,
    DATA_BYTES_MAX = 64, /* UnixFS part of a directory or shard */
};

struct entry {
    mm_bytes name; /* in names */
    mm_bytes cid;  /* binary, in names */
    uint64_t dag_bytes;
    uint64_t hash; /* of the name, when a HAMT is made */
};

/* A shard in work: entries[at..end) are still to be placed. */
struct shard {
    size_t at;
    size_t end;
    struct mm_buf links;
    bool slots[HAMT_FANOUT_WRITTEN];
    uint64_t dag_bytes;  /* of what is below */
    uint64_t own_blocks; /* shards below */
};

struct import_dir {
    struct import_out out;
    struct mm_arena names;
    struct entry *entries; /* owned */
    size_t count;
    size_t capacity;
    uint64_t links_bytes;     /* names and CIDs */
    uint64_t block_bytes;     /* link records */
    struct import_result sum; /* of the entries */
    struct mm_buf block;
    struct mm_buf data;
    struct shard *shards; /* owned array of HAMT_LEVELS, NULL until needed */
};

struct import_dir *import_dir_new(const struct content_profile *profile,
                                  const struct block_sink *sink)
{
    struct import_dir *dir = mm_heap_zeroed(1, sizeof *dir);
    if (dir == NULL)
        return NULL;
    mm_arena_init(&dir->names, NAMES_BYTES_MAX);
    mm_buf_init(&dir->block, BLOCK_BYTES_MAX);
    mm_buf_init(&dir->data, DATA_BYTES_MAX);
    if (!import_out_init(&dir->out, profile, sink)) {
        import_dir_free(dir);
        return NULL;
    }
    return dir;
}

void import_dir_free(struct import_dir *dir)
{
    if (dir == NULL)
        return;
    for (size_t i = 0; dir->shards != NULL && i < HAMT_LEVELS; i++)
        mm_buf_fini(&dir->shards[i].links);
    mm_heap_free(dir->shards);
    mm_heap_free(dir->entries);
    mm_arena_fini(&dir->names);
    mm_buf_fini(&dir->block);
    mm_buf_fini(&dir->data);
    import_out_fini(&dir->out);
    mm_heap_free(dir);
}

void import_dir_reset(struct import_dir *dir)
{
    mm_arena_reset(&dir->names);
    dir->count = 0;
    dir->links_bytes = 0;
    dir->block_bytes = 0;
    dir->sum = (struct import_result){ .dag_blocks = 0 };
}

static mm_err make_room(struct import_dir *dir)
{
    if (dir->count < dir->capacity)
        return MM_OK;
    if (dir->count == IMPORT_ENTRIES_MAX)
        return MM_ERR_LIMIT;
    struct entry *grown = mm_heap_grow(dir->entries, &dir->capacity, 16, sizeof *grown);
    if (grown == NULL)
        return MM_ERR_NO_MEMORY;
    dir->entries = grown;
    return MM_OK;
}

static struct dagpb_link link_of(const struct cid *cid, mm_bytes name, uint64_t dag_bytes)
{
    return (struct dagpb_link){
        .cid = *cid, .name = name, .tsize = dag_bytes, .has_name = true, .has_tsize = true
    };
}

mm_err import_dir_add(struct import_dir *dir, mm_bytes name, const struct import_result *added)
{
    if (!import_name_is_valid(name))
        return MM_ERR_INVALID;
    MM_TRY(make_room(dir));
    uint8_t cid[CID_BYTES_MAX];
    const size_t cid_len = cid_encode(cid, &added->cid);
    struct entry entry = { .dag_bytes = added->dag_bytes };
    MM_TRY(mm_arena_copy(&dir->names, &entry.name, name));
    MM_TRY(mm_arena_copy(&dir->names, &entry.cid, (mm_bytes){ cid, cid_len }));
    dir->entries[dir->count++] = entry;
    const struct dagpb_link link = link_of(&added->cid, name, added->dag_bytes);
    dir->links_bytes += name.len + cid_len;
    dir->block_bytes += dagpb_link_size(&link);
    dir->sum.content_bytes += added->content_bytes;
    dir->sum.dag_bytes += added->dag_bytes;
    dir->sum.dag_blocks += added->dag_blocks;
    return MM_OK;
}

static int by_name(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return by_name(a, b);
}

static void add_entry_link(struct mm_buf *links, mm_bytes name, const struct entry *entry)
{
    struct cid cid;
    MM_ASSERT(cid_decode(&cid, entry->cid) == CID_OK || multihash_is_supported(&cid.hash) == false);
    const struct dagpb_link link = link_of(&cid, name, entry->dag_bytes);
    dagpb_add_link(links, &link);
}

/* The directory as one block. */
static mm_err finish_flat(struct import_dir *dir, struct import_result *result)
{
    if (dir->count > 1)
        qsort(dir->entries, dir->count, sizeof *dir->entries, by_name);
    mm_buf_reset(&dir->block);
    for (size_t i = 0; i < dir->count; i++) {
        if (i > 0 && mm_bytes_equal(dir->entries[i - 1].name, dir->entries[i].name))
            return MM_ERR_EXISTS;
        add_entry_link(&dir->block, dir->entries[i].name, &dir->entries[i]);
    }
    mm_buf_reset(&dir->data);
    unixfs_encode(&dir->data, &(struct unixfs){ .type = UNIXFS_DIRECTORY });
    MM_TRY(mm_buf_err(&dir->data));
    dagpb_add_data(&dir->block, mm_buf_bytes(&dir->data));
    MM_TRY(mm_buf_err(&dir->block));
    *result = dir->sum;
    result->dag_bytes += mm_buf_bytes(&dir->block).len;
    result->dag_blocks++;
    return import_emit(&dir->out, &result->cid, CID_DAG_PB, mm_buf_bytes(&dir->block));
}

static mm_err sort_by_hash(struct import_dir *dir)
{
    for (size_t i = 0; i < dir->count; i++)
        dir->entries[i].hash = hamt_hash(dir->entries[i].name);
    qsort(dir->entries, dir->count, sizeof *dir->entries, by_hash);
    for (size_t i = 1; i < dir->count; i++) {
        if (dir->entries[i - 1].hash != dir->entries[i].hash)
            continue;
        return mm_bytes_equal(dir->entries[i - 1].name, dir->entries[i].name) ? MM_ERR_EXISTS
                                                                              : MM_ERR_INVALID;
    }
    return MM_OK;
}

static mm_err make_shards(struct import_dir *dir)
{
    if (dir->shards != NULL)
        return MM_OK;
    dir->shards = mm_heap_zeroed(HAMT_LEVELS, sizeof *dir->shards);
    if (dir->shards == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < HAMT_LEVELS; i++)
        mm_buf_init(&dir->shards[i].links, BLOCK_BYTES_MAX);
    return MM_OK;
}

static struct shard *open_shard(struct import_dir *dir, size_t level, size_t at, size_t end)
{
    MM_ASSERT(level <
              HAMT_LEVELS); /* equal hashes were refused, so eight bytes tell any two names apart */
    struct shard *shard = &dir->shards[level];
    shard->at = at;
    shard->end = end;
    shard->dag_bytes = 0;
    shard->own_blocks = 0;
    memset(shard->slots, 0, sizeof shard->slots);
    mm_buf_reset(&shard->links);
    return shard;
}

static mm_err emit_shard(struct import_dir *dir, struct shard *shard,
                         const struct hamt_shape *shape, struct import_result *result)
{
    uint8_t bits[HAMT_FANOUT_MAX / 8];
    const struct unixfs data = {
        .type = UNIXFS_HAMT_SHARD,
        .has_data = true,
        .data = hamt_bitfield(bits, shape, shard->slots),
        .has_hash_type = true,
        .hash_type = UNIXFS_HASH_MURMUR3_X64_64,
        .has_fanout = true,
        .fanout = shape->fanout,
    };
    mm_buf_reset(&dir->data);
    unixfs_encode(&dir->data, &data);
    MM_TRY(mm_buf_err(&dir->data));
    dagpb_add_data(&shard->links, mm_buf_bytes(&dir->data));
    MM_TRY(mm_buf_err(&shard->links));
    const mm_bytes block = mm_buf_bytes(&shard->links);
    *result = (struct import_result){ .dag_bytes = shard->dag_bytes + block.len,
                                      .dag_blocks = shard->own_blocks + 1 };
    return import_emit(&dir->out, &result->cid, CID_DAG_PB, block);
}

/* Links the one entry of a slot: prefix and name. */
static void place_entry(struct shard *shard, const struct hamt_shape *shape, unsigned slot,
                        const struct entry *entry)
{
    char name[HAMT_PREFIX_MAX + IMPORT_NAME_BYTES_MAX];
    hamt_prefix(name, shape, slot);
    memcpy(name + shape->digits, entry->name.ptr, entry->name.len);
    add_entry_link(&shard->links, mm_bytes_from(name, shape->digits + entry->name.len), entry);
    shard->dag_bytes += entry->dag_bytes;
    shard->slots[slot] = true;
}

/* Links a finished deeper shard: the prefix alone. */
static void place_shard(struct shard *shard, const struct hamt_shape *shape, unsigned slot,
                        const struct import_result *below)
{
    char name[HAMT_PREFIX_MAX];
    hamt_prefix(name, shape, slot);
    const struct dagpb_link link =
        link_of(&below->cid, mm_bytes_from(name, shape->digits), below->dag_bytes);
    dagpb_add_link(&shard->links, &link);
    shard->dag_bytes += below->dag_bytes;
    shard->own_blocks += below->dag_blocks;
    shard->slots[slot] = true;
}

/* Entries are sorted by hash, so those of a slot stand together; a slot with more than one is worked on first. */
static mm_err finish_hamt(struct import_dir *dir, struct import_result *result)
{
    struct hamt_shape shape;
    MM_ASSERT(hamt_shape(&shape, HAMT_FANOUT_WRITTEN));
    MM_TRY(sort_by_hash(dir));
    MM_TRY(make_shards(dir));
    unsigned level = 0;
    struct shard *shard = open_shard(dir, 0, 0, dir->count);
    struct import_result done;
    for (;;) {
        if (shard->at == shard->end) {
            MM_TRY(emit_shard(dir, shard, &shape, &done));
            if (level == 0)
                break;
            level--;
            const unsigned slot = hamt_slot(&shape, dir->entries[shard->end - 1].hash, level);
            shard = &dir->shards[level];
            place_shard(shard, &shape, slot, &done);
            continue;
        }
        const size_t first = shard->at;
        const unsigned slot = hamt_slot(&shape, dir->entries[first].hash, level);
        while (shard->at < shard->end &&
               hamt_slot(&shape, dir->entries[shard->at].hash, level) == slot)
            shard->at++;
        if (shard->at - first == 1)
            place_entry(shard, &shape, slot, &dir->entries[first]);
        else
            shard = open_shard(dir, ++level, first, shard->at);
    }
    *result = dir->sum;
    result->cid = done.cid;
    result->dag_bytes = done.dag_bytes;
    result->dag_blocks += done.dag_blocks;
    return MM_OK;
}

static bool needs_hamt(const struct import_dir *dir)
{
    const uint64_t above = dir->out.profile.hamt_above_bytes;
    enum { DIRECTORY_DATA_BYTES = 4 }; /* 0a 02 08 01 */
    switch (dir->out.profile.hamt_rule) {
    case IMPORT_HAMT_BY_LINKS:
        return dir->links_bytes > above;
    case IMPORT_HAMT_BY_BLOCK:
        return dir->block_bytes + DIRECTORY_DATA_BYTES > above;
    }
    MM_UNREACHABLE();
}

mm_err import_dir_finish(struct import_dir *dir, struct import_result *result)
{
    *result = (struct import_result){ .dag_blocks = 0 };
    struct import_result made;
    MM_TRY(needs_hamt(dir) ? finish_hamt(dir, &made) : finish_flat(dir, &made));
    *result = made;
    import_dir_reset(dir);
    return MM_OK;
}
