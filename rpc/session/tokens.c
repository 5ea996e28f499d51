#include "rpc/session/tokens.h"

#include <sodium.h>

/* The place of a new one. */
static size_t place_of_new(const struct tokens *tokens, uint64_t now_s)
{
    size_t oldest = 0;
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        if (tokens->list[i].expires_s <= now_s)
            return i;
        if (tokens->list[i].put_s < tokens->list[oldest].put_s)
            oldest = i;
    }
    return oldest;
}

void tokens_put(struct tokens *tokens, const uint8_t bytes[TOKEN_BYTES], const mm_addr *address,
                uint64_t now_s, uint64_t expires_s)
{
    struct token *token = &tokens->list[place_of_new(tokens, now_s)];
    *token = (struct token){ .address = *address, .put_s = now_s, .expires_s = expires_s };
    memcpy(token->bytes, bytes, TOKEN_BYTES);
}

/* TOKENS_MAX: none. Every token is compared, whether or not one before was equal. */
static size_t place_of(const struct tokens *tokens, const uint8_t bytes[TOKEN_BYTES])
{
    size_t place = TOKENS_MAX;
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        const struct token *token = &tokens->list[i];
        if (sodium_memcmp(token->bytes, bytes, TOKEN_BYTES) == 0 && token->expires_s != 0)
            place = i;
    }
    return place;
}

bool tokens_find(const struct tokens *tokens, mm_addr *address, uint64_t *expires_s,
                 const uint8_t bytes[TOKEN_BYTES], uint64_t now_s)
{
    const size_t place = place_of(tokens, bytes);
    const bool is_found = place < TOKENS_MAX && tokens->list[place].expires_s > now_s;
    *address = is_found ? tokens->list[place].address : (mm_addr){ { 0 } };
    *expires_s = is_found ? tokens->list[place].expires_s : 0;
    return is_found;
}

void tokens_drop(struct tokens *tokens, const uint8_t bytes[TOKEN_BYTES])
{
    const size_t place = place_of(tokens, bytes);
    if (place < TOKENS_MAX)
        sodium_memzero(&tokens->list[place], sizeof tokens->list[place]);
}
