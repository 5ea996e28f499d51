/* Sealed transcripts: who reads them, and who does not. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/transcript/seal.h"
#include "state/crypto/keccak.h"

static struct mm_arena arena;
static struct seal_keys alice;
static struct seal_keys bob;
static struct seal_keys eve;

static void make(struct seal_keys *keys, uint8_t byte)
{
    uint8_t signature[SECP_SIGNATURE_BYTES];
    memset(signature, byte, sizeof signature);
    seal_keys_of(keys, signature);
}

static void open_all(void)
{
    mm_arena_init(&arena, 16 << 20);
    make(&alice, 1);
    make(&bob, 2);
    make(&eve, 3);
}

static void close_all(void)
{
    mm_arena_fini(&arena);
}

TestSuite(seal, .init = open_all, .fini = close_all);

static const char WORDS[] = "what was said";

static mm_bytes sealed(void)
{
    const mm_hash32 readers[] = { alice.public_key, bob.public_key };
    struct mm_buf out;
    mm_bytes copy;
    mm_buf_init(&out, 1 << 20);
    cr_assert_eq(seal_write(&out, &arena, mm_bytes_str(WORDS), readers, 2), MM_OK);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&out)), MM_OK);
    mm_buf_fini(&out);
    return copy;
}

Test(seal, opens_for_each_reader_and_nobody_else)
{
    const mm_bytes envelope = sealed();
    mm_bytes text;
    cr_assert_eq(seal_open(&arena, &text, envelope, &alice), MM_OK);
    cr_assert(mm_bytes_equal(text, mm_bytes_str(WORDS)));
    cr_assert_eq(seal_open(&arena, &text, envelope, &bob), MM_OK);
    cr_assert(mm_bytes_equal(text, mm_bytes_str(WORDS)));
    cr_assert_eq(seal_open(&arena, &text, envelope, &eve), MM_ERR_NOT_FOUND);
    struct seal_keys false_alice = eve;
    false_alice.public_key = alice.public_key;
    cr_assert_eq(seal_open(&arena, &text, envelope, &false_alice), MM_ERR_CRYPTO);
}

Test(seal, has_the_commitment_of_what_it_hides)
{
    mm_hash32 commitment;
    const mm_hash32 expected = keccak256(mm_bytes_str(WORDS));
    const mm_bytes envelope = sealed();
    cr_assert(seal_commitment(&arena, &commitment, envelope));
    cr_assert(mm_hash_equal(&commitment, &expected));
    cr_assert(!seal_commitment(&arena, &commitment, MM_BYTES_LIT("{}")));
    cr_assert(!seal_commitment(&arena, &commitment, MM_BYTES_LIT("words")));
}

Test(seal, the_same_words_are_sealed_differently_each_time)
{
    const mm_bytes first = sealed();
    const mm_bytes second = sealed();
    cr_assert(!mm_bytes_equal(first, second));
}

Test(seal, a_changed_digit_is_seen)
{
    const mm_bytes envelope = sealed();
    const char *box = strstr((const char *)envelope.ptr, "\"box\":\"0x");
    mm_bytes text;
    cr_assert_not_null(box);
    const size_t at = (size_t)(box - (const char *)envelope.ptr) + 9;
    uint8_t changed[4096];
    for (size_t i = 0; i < 2 * (sizeof WORDS + 15); i += 7) {
        memcpy(changed, envelope.ptr, envelope.len);
        changed[at + i] = changed[at + i] == '0' ? '1' : '0';
        cr_assert_eq(seal_open(&arena, &text, mm_bytes_from(changed, envelope.len), &alice),
                     MM_ERR_CRYPTO);
    }
}

Test(seal, a_key_that_nobody_can_have_is_refused)
{
    const mm_hash32 zero = { { 0 } };
    struct mm_buf out;
    mm_buf_init(&out, 1 << 20);
    cr_assert_eq(seal_write(&out, &arena, mm_bytes_str(WORDS), &zero, 1), MM_ERR_INVALID);
    mm_buf_fini(&out);
}

Test(seal, keys_follow_from_the_signature_but_not_from_v)
{
    uint8_t signature[SECP_SIGNATURE_BYTES];
    struct seal_keys keys;
    memset(signature, 1, sizeof signature);
    signature[64] = 28;
    seal_keys_of(&keys, signature);
    cr_assert(mm_hash_equal(&keys.public_key, &alice.public_key));
    signature[0] ^= 1;
    seal_keys_of(&keys, signature);
    cr_assert(!mm_hash_equal(&keys.public_key, &alice.public_key));
}
