/* What the tests of state/chain are given: an arena for each test, bytes from hexadecimal text, a key. */
#ifndef TESTS_UNIT_STATE_CHAIN_GIVEN_H
#define TESTS_UNIT_STATE_CHAIN_GIVEN_H

#include <criterion/criterion.h>

#include "state/base/arena.h"
#include "state/chain/tx.h"
#include "state/codec/hex.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 64 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

/* Digits without prefix. */
static inline mm_bytes unhex(const char *digits)
{
    const size_t len = strlen(digits) / 2;
    uint8_t *bytes = mm_arena_alloc(&arena, len);
    cr_assert_not_null(bytes);
    cr_assert(hex_decode(bytes, mm_bytes_str(digits)));
    return mm_bytes_from(bytes, len);
}

static inline mm_hash32 hash_of(const char *digits)
{
    mm_hash32 hash;
    const mm_bytes bytes = unhex(digits);
    cr_assert_eq(bytes.len, sizeof hash.b);
    memcpy(hash.b, bytes.ptr, sizeof hash.b);
    return hash;
}

static inline mm_addr addr_of(const char *digits)
{
    mm_addr addr;
    const mm_bytes bytes = unhex(digits);
    cr_assert_eq(bytes.len, sizeof addr.b);
    memcpy(addr.b, bytes.ptr, sizeof addr.b);
    return addr;
}

/* The key of 32 equal bytes; free it with secp_secret_free. */
static inline struct secp_secret *key_of(uint8_t byte)
{
    uint8_t key[32];
    memset(key, byte, sizeof key);
    struct secp_secret *secret = secp_secret_new(key);
    cr_assert_not_null(secret);
    return secret;
}

#endif
