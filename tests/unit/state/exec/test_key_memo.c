#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "state/exec/key_memo.h"
#include "tests/lib/random.h"

static struct key_memo memo;

static void expect_addr(struct key_memo *of, const mm_addr *addr)
{
    const mm_hash32 key = key_memo_addr(of, addr);
    const mm_hash32 right = keccak256(mm_bytes_addr(addr));
    cr_assert(mm_hash_equal(&key, &right));
}

static void expect_slot(struct key_memo *of, const mm_u256 *slot)
{
    const mm_hash32 key = key_memo_slot(of, slot);
    const mm_hash32 word = u256_to_hash(slot);
    const mm_hash32 right = keccak256(mm_bytes_hash(&word));
    cr_assert(mm_hash_equal(&key, &right));
}

Test(key_memo, gives_the_hash_the_first_time_and_again)
{
    const mm_addr zero = { { 0 } };
    const mm_u256 none = u256_from_u64(0);
    for (int i = 0; i < 3; i++) {
        expect_addr(&memo, &zero);
        expect_slot(&memo, &none);
        expect_addr(NULL, &zero);
        expect_slot(NULL, &none);
    }
}

/* Names that differ in one byte share places often: whichever was there before, the hash is the name's own. */
Test(key_memo, is_right_for_names_that_differ_in_one_byte)
{
    struct test_random random = { 5 };
    for (size_t i = 0; i < 60000; i++) {
        mm_addr addr = { { 0 } };
        mm_hash32 word = { { 0 } };
        addr.b[test_random_below(&random, 20)] = (uint8_t)test_random_below(&random, 4);
        word.b[test_random_below(&random, 32)] = (uint8_t)test_random_below(&random, 256);
        const mm_u256 slot = u256_from_hash(&word);
        expect_addr(&memo, &addr);
        expect_slot(&memo, &slot);
    }
}

Test(key_memo, remembers)
{
    const mm_u256 slot = u256_from_u64(9);
    const mm_addr addr = { { 1, 2, 3 } };
    const mm_hash32 key = key_memo_slot(&memo, &slot);
    const mm_hash32 addr_key = key_memo_addr(&memo, &addr);
    size_t found = 0;
    for (size_t i = 0; i < KEY_MEMO_SLOTS; i++)
        found += mm_hash_equal(&memo.slots[i].key, &key);
    for (size_t i = 0; i < KEY_MEMO_ADDRS; i++)
        found += mm_hash_equal(&memo.addrs[i].key, &addr_key);
    cr_assert_eq(found, 2);
}
