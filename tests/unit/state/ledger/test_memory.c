/* What the caches take as the state grows. That a larger cache answers as a smaller one does, test_node_cache.c shows. */
#include <criterion/criterion.h>

#include "state/ledger/ledger_internal.h"

static size_t all_of(struct ledger_memory memory)
{
    return memory.nodes_bytes + memory.store_bytes + 2 * memory.tail_bytes;
}

Test(memory, begins_small_and_grows_with_the_tries)
{
    const struct ledger_memory first = ledger_memory_for(0, 0);
    cr_assert_eq(all_of(first), 52u << 20);
    cr_assert_eq(all_of(ledger_memory_for(24 << 20, 0)), 52u << 20);
    struct ledger_memory before = first;
    for (uint64_t trie = 64 << 20; trie < UINT64_C(1) << 34; trie *= 2) {
        const struct ledger_memory now = ledger_memory_for(trie, SIZE_MAX);
        cr_assert_geq(now.nodes_bytes, trie / 2);
        cr_assert_lt(now.nodes_bytes, trie);
        cr_assert_geq(now.nodes_bytes, before.nodes_bytes);
        cr_assert_geq(now.store_bytes, before.store_bytes);
        cr_assert_leq(now.tail_bytes, 32u << 20, "it is executed again after a crash");
        before = now;
    }
}

Test(memory, never_grows_beyond_what_it_may_take)
{
    const uint64_t large = UINT64_C(1) << 50;
    cr_assert_leq(all_of(ledger_memory_for(large, 0)), 640u << 20);
    cr_assert_gt(all_of(ledger_memory_for(large, 0)), 620u << 20, "and takes what is left");
    for (size_t mib = 52; mib < 2000; mib += 13)
        cr_assert_leq(all_of(ledger_memory_for(large, mib << 20)), mib << 20);
    cr_assert_eq(all_of(ledger_memory_for(large, 1)), 52u << 20, "the first step is always there");
}
