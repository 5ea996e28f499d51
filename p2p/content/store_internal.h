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

/* The row of `size`. MM_ERR_NOT_FOUND when the block is not there. */
MM_MUST_USE mm_err store_find_size(struct content *content, uint64_t *bytes, uint64_t *epoch,
                                   mm_bytes key);
void store_put_size(struct kv_batch *batch, mm_bytes key, uint64_t bytes, uint64_t epoch);
void store_put_totals(struct kv_batch *batch, uint64_t bytes, uint64_t blocks, uint64_t epoch);
void store_put_pin(struct kv_batch *batch, const struct content_pin *pin);
void store_del_pin(struct kv_batch *batch, const struct content_pin *pin);
void store_put_root(struct kv_batch *batch, const struct content_root *root);

/* An idle hasher or a new one (NULL: no memory), and back. */
struct multihasher *store_take_hasher(struct content *content);
void store_return_hasher(struct content *content, struct multihasher *hasher);

void store_lock(struct content *content);
void store_unlock(struct content *content);

#endif
