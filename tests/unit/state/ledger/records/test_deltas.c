/* Packs of deltas: each entry found without the others, all of them in order, and nothing found in bytes that are no pack. */
#include <criterion/criterion.h>

#include "state/base/heap.h"
#include "state/ledger/history_internal.h"
#include "tests/lib/random.h"

enum { ENTRIES = 300, EPOCH = 7 };

static struct delta_pack pack;
static struct mm_buf packed;

static void open_pack(void)
{
    deltas_init(&pack);
    mm_buf_init(&packed, 1 << 20);
}

static void close_pack(void)
{
    deltas_fini(&pack);
    mm_buf_fini(&packed);
}

TestSuite(deltas, .init = open_pack, .fini = close_pack);

struct made {
    uint8_t key[40];
    uint8_t delta[60];
    struct delta_entry entry;
};

static struct made made[ENTRIES];

static int by_place(const void *a, const void *b)
{
    const struct delta_entry *x = &((const struct made *)a)->entry;
    const struct delta_entry *y = &((const struct made *)b)->entry;
    const int order = memcmp(((const struct made *)a)->key, ((const struct made *)b)->key, 40);
    return order != 0 ? order : x->block_num < y->block_num ? -1 : x->block_num > y->block_num;
}

/* Keys that begin alike, blocks of one epoch, ages of all lengths; distinct. */
static size_t make(struct test_random *random, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct made *m = &made[i];
        memset(m, 0, sizeof *m);
        m->key[0] = 'S';
        m->key[33] = (uint8_t)test_random_below(random, 3);
        m->key[36] = (uint8_t)test_random_below(random, 6);
        m->entry.block_num = EPOCH * EPOCH_BLOCKS + test_random_below(random, EPOCH_BLOCKS);
    }
    qsort(made, count, sizeof *made, by_place);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_place(&made[kept - 1], &made[i]) == 0)
            continue;
        struct made *m = &made[kept++];
        *m = made[i];
        const bool is_first = test_random_below(random, 4) == 0;
        const size_t len = is_first ? 1 : 2 + test_random_below(random, sizeof m->delta - 2);
        test_random_fill(random, m->delta, len);
        m->delta[0] = is_first ? 0 : 1 + (uint8_t)test_random_below(random, 2);
        m->entry.since = is_first ? 0 : test_random_below(random, m->entry.block_num);
        m->entry.delta = mm_bytes_from(m->delta, len);
    }
    for (size_t i = 0; i < kept; i++) {
        made[i].entry.node_key = MM_BYTES_OF(made[i].key);
        made[i].entry.delta.ptr = made[i].delta;
    }
    return kept;
}

static mm_bytes encode(size_t count)
{
    deltas_reset(&pack);
    mm_buf_reset(&packed);
    for (size_t i = 0; i < count; i++)
        deltas_add(&pack, &made[i].entry);
    deltas_encode(&pack, &packed);
    cr_assert_eq(mm_buf_err(&packed), MM_OK);
    return mm_buf_bytes(&packed);
}

static void expect_entry(const struct delta_entry *entry, const struct delta_entry *expected)
{
    cr_assert(mm_bytes_equal(entry->node_key, expected->node_key));
    cr_assert(mm_bytes_equal(entry->delta, expected->delta));
    cr_assert_eq(entry->block_num, expected->block_num);
    cr_assert_eq(entry->since, expected->since);
}

Test(deltas, are_found_and_follow_each_other_at_every_count)
{
    struct test_random random = { 71 };
    for (size_t wanted = 1; wanted <= ENTRIES; wanted += wanted < 40 ? 1 : 37) {
        const size_t count = make(&random, wanted);
        const mm_bytes bytes = encode(count);
        struct delta_cursor cursor;
        cr_assert_eq(deltas_open(&cursor, bytes, EPOCH), MM_OK);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(deltas_next(&cursor), MM_OK);
            expect_entry(&cursor.entry, &made[i].entry);
        }
        cr_assert_eq(deltas_next(&cursor), MM_ERR_NOT_FOUND);
        for (size_t i = 0; i < count; i++) {
            const struct delta_entry *entry = &made[i].entry;
            cr_assert_eq(deltas_find(&cursor, entry->node_key, entry->block_num), MM_OK);
            expect_entry(&cursor.entry, entry);
            const bool has_next = i + 1 < count &&
                                  mm_bytes_equal(entry->node_key, made[i + 1].entry.node_key) &&
                                  made[i + 1].entry.block_num == entry->block_num + 1;
            cr_assert_eq(deltas_find(&cursor, entry->node_key, entry->block_num + 1),
                         has_next ? MM_OK : MM_ERR_NOT_FOUND);
        }
        cr_assert_eq(deltas_find(&cursor, MM_BYTES_LIT("A"), 0), MM_ERR_NOT_FOUND, "before all");
        cr_assert_eq(deltas_find(&cursor, MM_BYTES_LIT("T"), 0), MM_ERR_NOT_FOUND, "behind all");
    }
}

static mm_err read_all(mm_bytes bytes)
{
    struct delta_cursor cursor;
    mm_err err = deltas_open(&cursor, bytes, EPOCH);
    while (err == MM_OK)
        err = deltas_next(&cursor);
    return err;
}

Test(deltas, cut_short_or_followed_by_something_are_corrupt)
{
    struct test_random random = { 72 };
    const mm_bytes bytes = encode(make(&random, 40));
    uint8_t copy[8192];
    cr_assert_lt(bytes.len, sizeof copy);
    for (size_t len = 0; len < bytes.len; len++)
        cr_assert_eq(read_all(mm_bytes_from(bytes.ptr, len)), MM_ERR_CORRUPT, "%zu bytes", len);
    memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = 0;
    cr_assert_eq(read_all(mm_bytes_from(copy, bytes.len)), MM_ERR_NOT_FOUND);
    cr_assert_eq(read_all(mm_bytes_from(copy, bytes.len + 1)), MM_ERR_CORRUPT);
}

/* Whatever the bytes, an end is come to. */
Test(deltas, bent_are_read_to_an_end)
{
    struct test_random random = { 73 };
    const mm_bytes bytes = encode(make(&random, 60));
    uint8_t *bent = malloc(bytes.len);
    size_t refused = 0;
    for (size_t i = 0; i < 8 * bytes.len; i++) {
        struct delta_cursor cursor;
        memcpy(bent, bytes.ptr, bytes.len);
        bent[i / 8] ^= (uint8_t)(1u << i % 8);
        refused += read_all(mm_bytes_from(bent, bytes.len)) == MM_ERR_CORRUPT;
        if (deltas_open(&cursor, mm_bytes_from(bent, bytes.len), EPOCH) == MM_OK) {
            const mm_err err =
                deltas_find(&cursor, made[30].entry.node_key, made[30].entry.block_num);
            cr_assert(err == MM_OK || err == MM_ERR_NOT_FOUND || err == MM_ERR_CORRUPT);
        }
    }
    cr_assert_gt(refused, bytes.len / 2);
    free(bent);
}

/* ---- lists of changed keys ---- */

Test(changed, lists_accounts_with_their_slots_in_order)
{
    uint8_t addr[3][32] = { { 1 }, { 1, 2 }, { 3 } };
    uint8_t slot[4][32] = { { 5 }, { 5, 0, 0, 0, 0, 0, 0, 0, 9 }, { 6 }, { 7 } };
    size_t at = 0;
    changed_add_account(&packed, addr[0]);
    for (size_t i = 0; i < 3; i++)
        changed_add_slot(&packed, at, slot[i]);
    at = mm_buf_bytes(&packed).len;
    cr_assert_eq(at, 36 + 2 * 8, "two begin alike: one stands for both");
    changed_add_account(&packed, addr[1]);
    at = mm_buf_bytes(&packed).len;
    changed_add_account(&packed, addr[2]);
    changed_add_slot(&packed, at, slot[3]);
    struct changed_cursor cursor = { .list = mm_buf_bytes(&packed) };
    static const struct {
        size_t addr;
        int slot;
    } expected[] = { { 0, -1 }, { 0, 0 }, { 0, 2 }, { 1, -1 }, { 2, -1 }, { 2, 3 } };
    for (size_t i = 0; i < MM_COUNT_OF(expected); i++) {
        cr_assert_eq(changed_next(&cursor), MM_OK);
        cr_assert_arr_eq(cursor.addr_key, addr[expected[i].addr], 32);
        cr_assert_eq(cursor.slot != NULL, expected[i].slot >= 0);
        if (cursor.slot != NULL)
            cr_assert_arr_eq(cursor.slot, slot[expected[i].slot], SLOT_PREFIX_BYTES);
    }
    cr_assert_eq(changed_next(&cursor), MM_ERR_NOT_FOUND);
}

TestSuite(changed, .init = open_pack, .fini = close_pack);

static mm_err walk_list(mm_bytes list)
{
    struct changed_cursor cursor = { .list = list };
    mm_err err;
    while ((err = changed_next(&cursor)) == MM_OK) {
    }
    return err;
}

Test(changed, cut_short_or_out_of_order_is_corrupt)
{
    uint8_t addr[2][32] = { { 1 }, { 2 } };
    uint8_t slot[2][32] = { { 5 }, { 6 } };
    for (size_t i = 0; i < 2; i++) {
        const size_t at = mm_buf_bytes(&packed).len;
        changed_add_account(&packed, addr[i]);
        changed_add_slot(&packed, at, slot[0]);
        changed_add_slot(&packed, at, slot[1]);
    }
    const mm_bytes list = mm_buf_bytes(&packed);
    cr_assert_eq(walk_list(list), MM_ERR_NOT_FOUND);
    for (size_t len = 1; len < list.len; len++)
        cr_assert_eq(walk_list(mm_bytes_from(list.ptr, len)),
                     len == list.len / 2 ? MM_ERR_NOT_FOUND : MM_ERR_CORRUPT, "%zu bytes", len);
    packed.ptr[0] = 2;
    cr_assert_eq(walk_list(list), MM_ERR_CORRUPT, "the same account twice");
    packed.ptr[0] = 1;
    packed.ptr[36] = 6;
    cr_assert_eq(walk_list(list), MM_ERR_CORRUPT, "the same slot twice");
}

/* ---- a tail in the order of its keys ---- */

static struct tail *random_tail(struct test_random *random, size_t count)
{
    struct tail *tail = tail_new(1);
    for (size_t i = 0; i < count; i++) {
        mm_hash32 addr = { { (uint8_t)test_random_below(random, 3) } };
        mm_hash32 slot = { { 0 } };
        slot.b[test_random_below(random, 2) * 31] = (uint8_t)test_random_below(random, 200);
        uint8_t path[5];
        const size_t nibbles = test_random_below(random, sizeof path);
        for (size_t j = 0; j < nibbles; j++)
            path[j] = (uint8_t)test_random_below(random, 16);
        struct ledger_key key = key_slot(&addr, &slot);
        enum ledger_family family = LEDGER_STATE;
        switch (test_random_below(random, 4)) {
        case 0:
            key = key_account(&addr);
            break;
        case 1:
            family = LEDGER_TRIE;
            key = key_node(&addr, mm_bytes_from(path, nibbles));
            break;
        case 2:
            family = LEDGER_LOOKUP;
            key = key_tx_hash(&slot);
            break;
        default:
            break;
        }
        cr_assert_eq(tail_add(tail, i + 1, /* the order of making, to look at */
                              &(struct tail_change){ .family = family,
                                                     .key = key_bytes(&key),
                                                     .value = MM_BYTES_LIT("v"),
                                                     .is_present = true }),
                     MM_OK);
    }
    return tail;
}

Test(tail_sort, orders_by_family_and_key_and_newest_first)
{
    struct test_random random = { 74 };
    for (size_t count = 0; count < 3000; count = 2 * count + 1) {
        struct tail *tail = random_tail(&random, count);
        struct tail_sorted sorted;
        size_t seen = 0;
        cr_assert_eq(tail_sort(tail, &sorted), MM_OK);
        cr_assert_eq(sorted.count, count);
        for (size_t family = 0; family < KV_FAMILIES_MAX; family++) {
            const size_t end = sorted.from[family + 1];
            mm_bytes before = { NULL, 0 };
            for (size_t at = sorted.from[family]; at < end;) {
                const struct tail_key_group group = tail_group(&sorted, at, end);
                cr_assert(before.ptr == NULL || mm_bytes_compare(before, group.key) < 0);
                for (size_t i = 0; i < group.count; i++) {
                    const struct tail_entry *entry = group.versions[i].entry;
                    cr_assert_eq(entry->family, family);
                    cr_assert(mm_bytes_equal(tail_key(entry), group.key));
                    cr_assert(i == 0 || entry->block_num < group.versions[i - 1].entry->block_num);
                }
                before = group.key;
                at += group.count;
                seen += group.count;
            }
        }
        cr_assert_eq(seen, count);
        tail_sorted_fini(&sorted);
        tail_release(tail);
    }
}

Test(tail_sort, orders_rows_of_the_index_by_row_and_block)
{
    struct test_random random = { 75 };
    struct tail *tail = tail_new(1);
    size_t total = 0;
    for (uint64_t block_num = 1; block_num <= 90; block_num++) {
        uint64_t rows[8];
        const size_t count = test_random_below(&random, MM_COUNT_OF(rows));
        for (size_t i = 0; i < count; i++)
            rows[i] = (i + 1) << (block_num % 3 * 20);
        cr_assert_eq(tail_add_block(tail, block_num, rows, count), MM_OK);
        total += count;
    }
    struct sort_item *items;
    size_t count;
    cr_assert_eq(tail_sort_rows(tail, &items, &count), MM_OK);
    cr_assert_eq(count, total);
    for (size_t i = 1; i < count; i++)
        cr_assert(
            items[i - 1].chunk < items[i].chunk ||
            (items[i - 1].chunk == items[i].chunk && items[i - 1].block_num < items[i].block_num));
    mm_heap_free(items);
    tail_release(tail);
}
