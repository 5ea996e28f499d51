/* The trie of a large account: 20 000 slots at random change among 100 000, nodes in memory; beside it the Keccak of every node
 * that changed, by the same implementation on all cores at once. An operation is a slot, of a batch of 20 000. */
#include <pthread.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/stream.h"
#include "state/trie/trie_internal.h"
#include "tests/bench/lib/gauge.h"
#include "tests/bench/micro/micro.h"

enum {
    PRESENT = 100000,
    UPDATES = 20000,
    VALUE_BYTES = 21, /* an owner: the RLP of an address */
    PATH_MAX_NIBBLES = 15,
    CELLS = 1 << 18, /* a power of two, several times the branches that there can be */
    CORES_MAX = 64,
};

/* Stored nodes by path: up to 15 nibbles and their number, in a word that is never 0. */
struct cell {
    uint64_t path;
    mm_bytes node;
};

struct trie_bench {
    struct cell cells[CELLS];
    struct mm_arena arena; /* of what is there all the time */
    struct mm_arena work;  /* of a batch */
    mm_hash32 root;
    struct trie_update updates[UPDATES];
    mm_bytes *inputs; /* what a batch hashes; in the arena */
    size_t input_count;
    mm_hash32 *hashes;
};

static struct cell *find(struct trie_bench *bench, mm_bytes path)
{
    uint64_t key = path.len + 1;
    MM_ASSERT(path.len <= PATH_MAX_NIBBLES); /* keys are random */
    for (size_t i = 0; i < path.len; i++)
        key |= (uint64_t)path.ptr[i] << (60 - 4 * i);
    size_t at = (size_t)((key * 0x9e3779b97f4a7c15u) >> 46) % CELLS;
    while (bench->cells[at].path != 0 && bench->cells[at].path != key)
        at = (at + 1) % CELLS;
    bench->cells[at].path = key;
    return &bench->cells[at];
}

static mm_err read_node(void *ctx, struct mm_arena *arena, struct trie_stored *stored,
                        mm_bytes path)
{
    (void)arena;
    stored->node = find(ctx, path)->node;
    return stored->node.len > 0 ? MM_OK : MM_ERR_NOT_FOUND;
}

static mm_err keep_node(void *ctx, mm_bytes path, mm_bytes node)
{
    struct trie_bench *bench = ctx;
    return mm_arena_copy(&bench->arena, &find(bench, path)->node, node);
}

/* ---- what is measured ---- */

static struct trie *apply(struct trie_bench *bench)
{
    const struct trie_reader reader = { bench, read_node };
    const struct trie_change *changes;
    size_t count;
    mm_arena_reset(&bench->work);
    struct trie *trie = trie_new(&bench->work, &reader, &bench->root);
    MM_ASSERT(trie != NULL);
    MM_ASSERT(trie_apply(trie, bench->updates, UPDATES) == MM_OK);
    MM_ASSERT(trie_hash_all(&trie, 1) == MM_OK);
    MM_ASSERT(trie_changes(trie, &changes, &count) == MM_OK && count > 0);
    return trie;
}

static void run_update(void *ctx, size_t ops)
{
    for (size_t i = 0; i < ops; i += UPDATES)
        (void)apply(ctx);
}

/* ---- its limit ---- */

struct share {
    struct trie_bench *bench;
    size_t from;
    size_t to;
    pthread_t thread;
};

static void *hash_share(void *arg)
{
    const struct share *share = arg;
    keccak256_many(share->bench->hashes + share->from, share->bench->inputs + share->from,
                   share->to - share->from);
    return NULL;
}

static void run_hashing(void *ctx, size_t ops)
{
    struct trie_bench *bench = ctx;
    struct share shares[CORES_MAX];
    const size_t cores = gauge_cores() < CORES_MAX ? gauge_cores() : CORES_MAX;
    for (size_t done = 0; done < ops; done += UPDATES) {
        for (size_t i = 0; i < cores; i++) {
            shares[i] = (struct share){ .bench = bench,
                                        .from = bench->input_count * i / cores,
                                        .to = bench->input_count * (i + 1) / cores };
            if (i > 0)
                MM_ASSERT(pthread_create(&shares[i].thread, NULL, hash_share, &shares[i]) == 0);
        }
        (void)hash_share(&shares[0]);
        for (size_t i = 1; i < cores; i++)
            (void)pthread_join(shares[i].thread, NULL);
    }
}

/* The nodes that were hashed, children first as the trie hashes them. */
static void gather(struct trie_bench *bench, const struct trie_node *node)
{
    if (node == NULL || !node->dirty)
        return;
    if (node->kind == TRIE_EXTENSION)
        gather(bench, node->child.node);
    for (size_t i = 0; node->kind == TRIE_BRANCH && i < 16; i++)
        gather(bench, node->children[i].node);
    if (node->rlp.len < 32)
        return;
    MM_ASSERT(mm_arena_copy(&bench->arena, &bench->inputs[bench->input_count++], node->rlp) ==
              MM_OK);
}

/* ---- making it ---- */

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_hash32));
}

static mm_bytes value_of(struct mm_arena *arena, uint64_t *state)
{
    uint8_t *bytes = mm_arena_alloc(arena, VALUE_BYTES);
    MM_ASSERT(bytes != NULL);
    gauge_fill(bytes, VALUE_BYTES, state);
    bytes[0] = 0x80 + VALUE_BYTES - 1;
    return mm_bytes_from(bytes, VALUE_BYTES);
}

/* Every fifth key changes: they are hashes, so those are at random. */
static void fill(struct trie_bench *bench)
{
    const struct trie_sink sink = { bench, keep_node };
    struct trie_stream *stream = trie_stream_new(&sink);
    mm_hash32 *keys = MM_ARENA_ARRAY(&bench->arena, mm_hash32, PRESENT);
    uint64_t state = 1;
    MM_ASSERT(stream != NULL && keys != NULL);
    for (uint64_t i = 0; i < PRESENT; i++)
        keys[i] = keccak256(mm_bytes_from((const uint8_t *)&i, sizeof i));
    qsort(keys, PRESENT, sizeof *keys, by_key);
    for (size_t i = 0; i < PRESENT; i++) {
        MM_ASSERT(trie_stream_add(stream, mm_bytes_hash(&keys[i]),
                                  value_of(&bench->arena, &state)) == MM_OK);
        if (i % (PRESENT / UPDATES) == 0)
            bench->updates[i / (PRESENT / UPDATES)] =
                (struct trie_update){ mm_bytes_hash(&keys[i]), value_of(&bench->arena, &state) };
    }
    MM_ASSERT(trie_stream_finish(stream, &bench->root) == MM_OK);
    trie_stream_free(stream);
}

void micro_trie(struct figures *figures)
{
    if (!figures_want(figures, "trie"))
        return;
    struct trie_bench *bench = calloc(1, sizeof *bench);
    MM_ASSERT(bench != NULL);
    mm_arena_init(&bench->arena, SIZE_MAX);
    mm_arena_init(&bench->work, SIZE_MAX);
    fill(bench);
    bench->inputs = MM_ARENA_ARRAY(&bench->arena, mm_bytes, 2 * UPDATES + PRESENT);
    bench->hashes = MM_ARENA_ARRAY(&bench->arena, mm_hash32, 2 * UPDATES + PRESENT);
    MM_ASSERT(bench->inputs != NULL && bench->hashes != NULL);
    gather(bench, apply(bench)->root.node);
    MM_ASSERT(bench->input_count > UPDATES);
    figures_add(figures, &(struct figure){ .name = "trie-update-20000",
                                           .step = UPDATES,
                                           .work = { run_update, bench },
                                           .limit = "hashing on all cores",
                                           .limit_work = { run_hashing, bench } });
    mm_arena_fini(&bench->work);
    mm_arena_fini(&bench->arena);
    free(bench);
}
