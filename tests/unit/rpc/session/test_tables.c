/* Nonces and tokens: tables without a door. */
#include <criterion/criterion.h>

#include "rpc/session/nonces.h"
#include "rpc/session/tokens.h"
#include "state/base/endian.h"

enum { NOW_S = 1000 };

static struct nonces nonces;
static struct tokens tokens;

/* A nonce of a number. */
static mm_bytes give(char text[NONCE_CHARS], uint32_t number, uint64_t now_s)
{
    uint8_t random[NONCE_CHARS] = { 0 };
    for (size_t i = 0; i < 6; i++)
        random[i] = (uint8_t)(number >> (5 * i) & 31);
    nonces_put(&nonces, text, random, now_s);
    return mm_bytes_from(text, NONCE_CHARS);
}

Test(nonces, are_good_once)
{
    char text[NONCE_CHARS];
    const mm_bytes nonce = give(text, 1, NOW_S);
    cr_assert(nonces_take(&nonces, nonce, NOW_S));
    cr_assert_not(nonces_take(&nonces, nonce, NOW_S));
}

Test(nonces, are_good_for_five_minutes)
{
    char text[2][NONCE_CHARS];
    const mm_bytes first = give(text[0], 1, NOW_S);
    const mm_bytes second = give(text[1], 2, NOW_S);
    cr_assert(nonces_take(&nonces, first, NOW_S + NONCE_LIFE_S - 1));
    cr_assert_not(nonces_take(&nonces, second, NOW_S + NONCE_LIFE_S));
}

Test(nonces, that_were_not_given_out_are_not_taken)
{
    char text[NONCE_CHARS];
    const mm_bytes nonce = give(text, 1, NOW_S);
    cr_assert_not(nonces_take(&nonces, mm_bytes_from(NULL, 0), NOW_S));
    cr_assert_not(nonces_take(&nonces, mm_bytes_from(text, NONCE_CHARS - 1), NOW_S));
    text[3] ^= 1;
    cr_assert_not(nonces_take(&nonces, nonce, NOW_S));
    text[3] ^= 1;
    cr_assert(nonces_take(&nonces, nonce, NOW_S));
}

Test(nonces, are_letters_and_digits_for_any_random_bytes)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t random[NONCE_CHARS];
        char text[NONCE_CHARS];
        memset(random, (int)byte, sizeof random);
        nonces_put(&nonces, text, random, NOW_S);
        for (size_t i = 0; i < NONCE_CHARS; i++)
            cr_assert((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9'));
    }
}

Test(nonces, give_way_to_new_ones_when_there_is_no_room_the_oldest_first)
{
    static char text[NONCES_MAX + 1][NONCE_CHARS];
    for (uint32_t i = 0; i <= NONCES_MAX; i++)
        (void)give(text[i], i, NOW_S);
    cr_assert_not(nonces_take(&nonces, mm_bytes_from(text[0], NONCE_CHARS), NOW_S));
    for (uint32_t i = 1; i <= NONCES_MAX; i++)
        cr_assert(nonces_take(&nonces, mm_bytes_from(text[i], NONCE_CHARS), NOW_S), "%u", i);
}

/* ---- tokens ---- */

struct key {
    uint8_t bytes[TOKEN_BYTES];
};

static struct key key_of(uint32_t number)
{
    struct key key = { { 7 } };
    mm_put_be32(key.bytes + 28, number);
    return key;
}

static void put(uint32_t number, uint64_t now_s, uint64_t expires_s)
{
    const struct key key = key_of(number);
    mm_addr address = { { 0 } };
    mm_put_be32(address.b, number);
    tokens_put(&tokens, key.bytes, &address, now_s, expires_s);
}

static bool has(uint32_t number, uint64_t now_s)
{
    const struct key key = key_of(number);
    mm_addr address;
    uint64_t expires_s;
    const bool is_found = tokens_find(&tokens, &address, &expires_s, key.bytes, now_s);
    cr_assert_eq(mm_get_be32(address.b), is_found ? number : 0);
    return is_found;
}

Test(tokens, are_found_by_all_their_bytes)
{
    put(1, NOW_S, NOW_S + 10);
    put(2, NOW_S, NOW_S + 10);
    cr_assert(has(1, NOW_S) && has(2, NOW_S));
    cr_assert_not(has(3, NOW_S));
    struct key zero = { { 0 } };
    mm_addr address;
    uint64_t expires_s;
    cr_assert_not(tokens_find(&tokens, &address, &expires_s, zero.bytes, NOW_S),
                  "an empty place is nobody's");
}

Test(tokens, end_at_their_time_or_when_they_are_dropped)
{
    put(1, NOW_S, NOW_S + 10);
    put(2, NOW_S, NOW_S + 20);
    cr_assert(has(1, NOW_S + 9));
    cr_assert_not(has(1, NOW_S + 10));
    const struct key key = key_of(2);
    tokens_drop(&tokens, key.bytes);
    cr_assert_not(has(2, NOW_S));
    tokens_drop(&tokens, key.bytes);
}

Test(tokens, give_way_to_new_ones_expired_ones_first_then_the_oldest)
{
    for (uint32_t i = 1; i <= TOKENS_MAX; i++)
        put(i, NOW_S + i, NOW_S + (i == 5 ? 2000 : 5000));
    put(TOKENS_MAX + 1, NOW_S + 2000, NOW_S + 5000);
    cr_assert(has(1, NOW_S + 2000));
    cr_assert_not(has(5, NOW_S + 1999), "its place was taken");
    put(TOKENS_MAX + 2, NOW_S + 2001, NOW_S + 5000);
    cr_assert_not(has(1, NOW_S + 2001));
    cr_assert(has(2, NOW_S + 2001));
    cr_assert(has(TOKENS_MAX + 1, NOW_S + 2001) && has(TOKENS_MAX + 2, NOW_S + 2001));
}
