/* What the files of the store share. Private to p2p/content. */
#ifndef P2P_CONTENT_STORE_INTERNAL_H
#define P2P_CONTENT_STORE_INTERNAL_H

#include <pthread.h>

#include "p2p/content/store.h"
#include "state/store/kv.h"

enum content_family {
    FAMILY_BLK,
    FAMILY_SIZE,
    FAMILY_PIN,
    FAMILY_ROOT,
    FAMILY_CREF,
    FAMILY_META,
    FAMILY_MARK,
    FAMILY_COUNT
};
_Static_assert((int)FAMILY_COUNT <= (int)KV_FAMILIES_MAX, "the store has room for our families");

enum { HASHERS_KEPT = 8 };

struct content {
    struct kv *kv; /* owned */
    uint64_t quota_bytes;
    pthread_mutex_t lock; /* around every write, and what follows here */
    uint64_t bytes;
    uint64_t blocks;
    uint64_t bulk_bytes; /* of blocks that writers have written and not counted yet */
    uint64_t epoch;
    uint64_t commits;
    bool has_strays;    /* there may be blocks without a size, from before the store was opened */
    bool writes_strays; /* a crash from now on would leave some: the record is there */
    struct content_gc *gc;                     /* the collection at work, or NULL */
    struct content_writer *writers;            /* list of those at work, by writer->next */
    struct multihasher *hashers[HASHERS_KEPT]; /* owned, idle */
    size_t hasher_count;
};

struct store_key {
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    size_t len;
};

struct store_key store_key_of(const struct cid *cid);
static inline mm_bytes store_key_bytes(const struct store_key *key)
{
    return (mm_bytes){ key->bytes, key->len };
}

/* A value of exactly this length. MM_ERR_NOT_FOUND, MM_ERR_CORRUPT. */
MM_MUST_USE mm_err store_get_small(struct content *content, uint8_t *out, size_t len,
                                   enum content_family family, mm_bytes key);
/* A batch in its turn among the writes. */
MM_MUST_USE mm_err store_write(struct content *content, struct kv_batch *batch,
                               enum kv_durability durability);

/* The row of `size`. MM_ERR_NOT_FOUND when the block is not there. */
MM_MUST_USE mm_err store_find_size(struct content *content, uint64_t *bytes, uint64_t *epoch,
                                   mm_bytes key);
void store_put_size(struct kv_batch *batch, mm_bytes key, uint64_t bytes, uint64_t epoch);
void store_put_totals(struct kv_batch *batch, uint64_t bytes, uint64_t blocks, uint64_t epoch);
void store_put_pin(struct kv_batch *batch, const struct content_pin *pin);
void store_del_pin(struct kv_batch *batch, const struct content_pin *pin);
/* pin->owner is borrowed from key. */
MM_MUST_USE mm_err store_decode_pin(struct content_pin *pin, mm_bytes key, mm_bytes value);
/* The pin of the same root, kind and owner as it stands; its owner is that of `like`. MM_ERR_NOT_FOUND. */
MM_MUST_USE mm_err store_find_pin(struct content *content, struct content_pin *out,
                                  const struct content_pin *like);
void store_put_root(struct kv_batch *batch, const struct content_root *root);
void store_del_root(struct kv_batch *batch, mm_bytes key);

/* Before anything is written in bulk: says on disk that there may be strays. The caller holds the lock. */
MM_MUST_USE mm_err store_expect_strays(struct content *content);
/* There are none any more but those that writers leave from now on. The caller holds the lock. */
MM_MUST_USE mm_err store_forget_strays(struct content *content);

/* gc.c: whoever writes a pin says so in the same batch, with the lock held, so that a collection at work marks what hangs from it. */
void store_tell_collection(struct content *content, struct kv_batch *batch,
                           const struct content_pin *pin);
/* And whoever writes a block that was not there: a collection may have met a link to it. */
MM_MUST_USE mm_err store_tell_block(struct content *content, struct kv_batch *batch,
                                    mm_bytes multihash);
/* The smallest epoch in which a writer at work began, or the current one. The caller holds the lock. */
uint64_t store_oldest_epoch(const struct content *content);

/* An idle hasher or a new one (NULL: no memory), and back. */
struct multihasher *store_take_hasher(struct content *content);
void store_return_hasher(struct content *content, struct multihasher *hasher);

void store_lock(struct content *content);
void store_unlock(struct content *content);

#endif
