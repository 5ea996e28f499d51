/* Keys as docs/STORAGE.md writes them down, byte by byte, and what their order is relied on for. */
#include <criterion/criterion.h>

#include "state/ledger/ledger_internal.h"
#include "tests/lib/random.h"

#define NUMBER 0x0102030405060708u
#define NUMBER_BYTES 1, 2, 3, 4, 5, 6, 7, 8

static const mm_hash32 first = { { 0xf0, [31] = 0x0f } };
static const mm_hash32 second = { { 0x5e, [31] = 0xe5 } };

/* The key is these parts, one behind the other. */
static void check(struct ledger_key key, const char *what, mm_bytes head, const mm_hash32 *a,
                  const mm_hash32 *b, mm_bytes tail)
{
    uint8_t expected[LEDGER_KEY_MAX];
    size_t len = 0;
    const mm_bytes parts[] = { head, a == NULL ? (mm_bytes){ NULL, 0 } : mm_bytes_hash(a),
                               b == NULL ? (mm_bytes){ NULL, 0 } : mm_bytes_hash(b), tail };
    for (size_t i = 0; i < MM_COUNT_OF(parts); i++) {
        if (parts[i].len > 0)
            memcpy(expected + len, parts[i].ptr, parts[i].len);
        len += parts[i].len;
    }
    cr_assert(mm_bytes_equal(key_bytes(&key), mm_bytes_from(expected, len)), "%s", what);
}

static const mm_bytes none = { NULL, 0 };

Test(ledger_keys, of_blocks_and_receipts_begin_with_the_number)
{
    check(key_meta("proofs-from"), "meta", MM_BYTES_LIT("proofs-from"), NULL, NULL, none);
    for (uint8_t part = BLOCK_HEADER; part <= BLOCK_BODY; part++) {
        const uint8_t key[] = { NUMBER_BYTES, part };
        check(key_block_part(NUMBER, (enum block_part)part), "block", MM_BYTES_OF(key), NULL, NULL,
              none);
    }
    static const uint8_t body[] = { NUMBER_BYTES, 3, 0xa1, 0xb2, 0xc3, 0xd4 };
    static const uint8_t receipts[] = { NUMBER_BYTES, 0xa1, 0xb2, 0xc3, 0xd4 };
    check(key_body(NUMBER, 0xa1b2c3d4), "body", MM_BYTES_OF(body), NULL, NULL, none);
    check(key_receipts(NUMBER, 0xa1b2c3d4), "receipts", MM_BYTES_OF(receipts), NULL, NULL, none);
}

Test(ledger_keys, of_hashes_begin_with_their_letter)
{
    check(key_block_hash(&first), "block hash", MM_BYTES_LIT("b"), &first, NULL, none);
    check(key_tx_hash(&first), "tx hash", MM_BYTES_LIT("t"), &first, NULL, none);
    check(key_account(&first), "account", MM_BYTES_LIT("a"), &first, NULL, none);
    check(key_slot(&first, &second), "slot", MM_BYTES_LIT("s"), &first, &second, none);
    check(key_code(&first), "code", MM_BYTES_LIT("c"), &first, NULL, none);
}

Test(ledger_keys, of_nodes_have_the_number_of_nibbles_before_two_a_byte)
{
    static const uint8_t path[] = { 1, 2, 3, 0xf, 0 };
    check(key_node(NULL, mm_bytes_from(path, 0)), "root", MM_BYTES_LIT("A\x00"), NULL, NULL, none);
    check(key_node(NULL, mm_bytes_from(path, 1)), "odd", MM_BYTES_LIT("A\x01\x10"), NULL, NULL,
          none);
    check(key_node(NULL, mm_bytes_from(path, 2)), "even", MM_BYTES_LIT("A\x02\x12"), NULL, NULL,
          none);
    check(key_node(&first, mm_bytes_from(path, 4)), "storage", MM_BYTES_LIT("S"), &first, NULL,
          MM_BYTES_LIT("\x04\x12\x3f"));
    check(key_node(&first, mm_bytes_from(path, 5)), "storage, odd", MM_BYTES_LIT("S"), &first, NULL,
          MM_BYTES_LIT("\x05\x12\x3f\x00"));
    static const uint8_t longest[64] = { 0 };
    cr_assert_eq(key_node(&first, MM_BYTES_OF(longest)).len, 1 + 32 + 1 + 32);
}

Test(ledger_keys, of_history_end_with_the_number)
{
    static const uint8_t number[] = { NUMBER_BYTES };
    check(key_state_history(MM_BYTES_LIT("state"), NUMBER), "state", MM_BYTES_LIT("state"), NULL,
          NULL, MM_BYTES_OF(number));
    static const uint8_t epoch[] = { 'e', 0, 1, 2, 3, 4, 5, 6, 7 };
    static const uint8_t list[] = { 'e', 0, 1, 2, 3, 4, 5, 6, 7, 'c', NUMBER_BYTES };
    static const uint8_t gone[] = { 'e', 0, 1, 2, 3, 4, 5, 6, 7, 'g', 'n', 'o', NUMBER_BYTES };
    static const uint8_t pack[] = { 'e', 0,   1, 2,  3,  4,  5,  6,  7,  'p', NUMBER_BYTES,
                                    'n', 'o', 9, 10, 11, 12, 13, 14, 15, 16 };
    const uint64_t in = NUMBER / EPOCH_BLOCKS;
    check(key_epoch(in), "epoch", MM_BYTES_OF(epoch), NULL, NULL, none);
    check(key_flush(in, EPOCH_CHANGED, NUMBER), "list", MM_BYTES_OF(list), NULL, NULL, none);
    check(key_gone(MM_BYTES_LIT("no"), NUMBER), "gone", MM_BYTES_OF(gone), NULL, NULL, none);
    check(key_deltas(in, NUMBER, MM_BYTES_LIT("no"), 0x090a0b0c0d0e0f10), "pack", MM_BYTES_OF(pack),
          NULL, NULL, none);
    static const uint8_t row[] = { 8, 7, 6, 5, 4, 3, 2, 1, NUMBER_BYTES };
    check(key_log_index(0x0807060504030201, NUMBER), "row", MM_BYTES_OF(row), NULL, NULL, none);
    /* The longest of them fits. */
    static const uint8_t longest[64] = { 0 };
    const struct ledger_key deep = key_node(&first, MM_BYTES_OF(longest));
    cr_assert_eq(key_deltas(in, NUMBER, key_bytes(&deep), NUMBER).len, 9 + 1 + 8 + 66 + 8);
}

/* A seek for a key's history must not land on another's: no node key is the beginning of another. */
Test(ledger_keys, no_key_of_a_node_begins_another)
{
    struct test_random random = { 91 };
    for (int round = 0; round < 20000; round++) {
        uint8_t paths[2][8] = { { 0 } };
        size_t lens[2];
        for (size_t i = 0; i < 2; i++) {
            lens[i] = test_random_below(&random, 8);
            for (size_t j = 0; j < lens[i]; j++)
                paths[i][j] = (uint8_t)test_random_below(&random, 2);
        }
        const bool is_same = lens[0] == lens[1] && memcmp(paths[0], paths[1], lens[0]) == 0;
        const struct ledger_key a = key_node(NULL, mm_bytes_from(paths[0], lens[0]));
        const struct ledger_key b = key_node(NULL, mm_bytes_from(paths[1], lens[1]));
        const size_t shorter = a.len < b.len ? a.len : b.len;
        cr_assert_eq(memcmp(a.b, b.b, shorter) == 0, is_same);
    }
}

Test(ledger_keys, numbers_sort_as_numbers)
{
    static const uint64_t numbers[] = {
        0, 1, 255, 256, 65535, 65536, UINT32_MAX, NUMBER, UINT64_MAX
    };
    for (size_t i = 1; i < MM_COUNT_OF(numbers); i++) {
        const struct ledger_key below = key_state_history(MM_BYTES_LIT("k"), numbers[i - 1]);
        const struct ledger_key above = key_state_history(MM_BYTES_LIT("k"), numbers[i]);
        cr_assert_lt(mm_bytes_compare(key_bytes(&below), key_bytes(&above)), 0);
    }
}
