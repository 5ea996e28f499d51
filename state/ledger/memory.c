/* What the ledger's caches take: little for a young chain, more as its tries grow.
 * (docs/decisions/0029-memory-follows-the-state.md)
 *
 *     tries on disk      node cache     store's cache     a tail, of which there are two
 *     up to  24 MiB        12 MiB           16 MiB           12 MiB
 *            48            24               16               24
 *            96            48               16               32
 *           192            96               24               32: it is executed again after a crash
 *           …              doubles          a quarter        32
 *           more           what is left     a quarter        32
 *
 * A step up copies what the node cache has, so steps double. There is none down: a chain's state does not shrink. */
#include "state/ledger/ledger_internal.h"

enum {
    NODES_SHARE = 2,        /* of the tries: most of those above the lowest level */
    NODES_BYTES = 12 << 20, /* of 20 000 tokens nearly all nodes */
    STORE_SHARE = 4,        /* of the node cache: no blocks of tries, but parts of their indexes */
    STORE_BYTES = 16 << 20,
    TAIL_BYTES = 12 << 20,
    TAIL_BYTES_MAX =
        32 << 20, /* some 8 000 mints: a second of execution at the start after a crash */
    MEMORY_BYTES_DEFAULT = 640 << 20,
};

static size_t sum(const struct ledger_memory *memory)
{
    return memory->nodes_bytes + memory->store_bytes + 2 * memory->tail_bytes;
}

static struct ledger_memory step(size_t nodes_bytes)
{
    const size_t tail = nodes_bytes / NODES_BYTES * TAIL_BYTES;
    return (struct ledger_memory){ nodes_bytes,
                                   nodes_bytes / STORE_SHARE < STORE_BYTES
                                       ? STORE_BYTES
                                       : nodes_bytes / STORE_SHARE,
                                   tail < TAIL_BYTES_MAX ? tail : TAIL_BYTES_MAX };
}

/* What is left, where it is enough for more. */
static struct ledger_memory last_step(const struct ledger_memory *memory, size_t max)
{
    const size_t tails = 2 * (size_t)TAIL_BYTES_MAX;
    const size_t left = max > tails ? (max - tails) / (STORE_SHARE + 1) * STORE_SHARE : 0;
    const struct ledger_memory last = step(left);
    return left > memory->nodes_bytes && sum(&last) <= max ? last : *memory;
}

struct ledger_memory ledger_memory_for(uint64_t trie_bytes, size_t bytes_max)
{
    const size_t max = bytes_max == 0 ? (size_t)MEMORY_BYTES_DEFAULT : bytes_max;
    struct ledger_memory memory = step(NODES_BYTES);
    while (memory.nodes_bytes < trie_bytes / NODES_SHARE) {
        const struct ledger_memory next = step(2 * memory.nodes_bytes);
        if (sum(&next) > max)
            return last_step(&memory, max);
        memory = next;
    }
    return memory;
}

void ledger_memory_follow(struct ledger *ledger)
{
    if (ledger->has_fixed_memory)
        return;
    const struct ledger_memory memory =
        ledger_memory_for(kv_family_bytes(ledger->kv, LEDGER_TRIE), ledger->memory_bytes_max);
    if (memory.nodes_bytes <= ledger->nodes_bytes)
        return;
    ledger->nodes_bytes = memory.nodes_bytes;
    (void)node_cache_resize(ledger->nodes, memory.nodes_bytes); /* else it stays as it is */
    kv_cache_resize(ledger->kv, memory.store_bytes);
    atomic_store(&ledger->tail_bytes_max, memory.tail_bytes);
}
