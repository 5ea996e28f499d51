/* Tokens: who is signed in, by the 32 random bytes that a browser brings back.
 *
 * A token is bound to an address and nothing else. There is room for TOKENS_MAX; a new one takes the place of one that has expired, or
 * else of the one that was put first. To find one, all are compared, each in a time that does not depend on its bytes: how long that takes
 * says nothing about a token.
 * Private to rpc/session. Memory: the table; tokens are not written anywhere, so a restart signs everybody out. Threads: one at a time,
 * the caller's lock. Time and randomness are given. */
#ifndef RPC_SESSION_TOKENS_H
#define RPC_SESSION_TOKENS_H

#include "state/base/bytes.h"

enum {
    TOKEN_BYTES = 32,
    TOKENS_MAX = 1024, /* browsers of one node's people; all are compared in some 30 µs */
};

struct token {
    uint8_t bytes[TOKEN_BYTES];
    mm_addr address;
    uint64_t put_s;
    uint64_t expires_s; /* 0: none */
};

struct tokens {
    struct token list[TOKENS_MAX]; /* zeroed before the first use */
};

void tokens_put(struct tokens *tokens, const uint8_t bytes[TOKEN_BYTES], const mm_addr *address,
                uint64_t now_s, uint64_t expires_s);
/* False: there is no such token, or it has expired. */
bool tokens_find(const struct tokens *tokens, mm_addr *address, uint64_t *expires_s,
                 const uint8_t bytes[TOKEN_BYTES], uint64_t now_s);
/* Without harm where there is none. */
void tokens_drop(struct tokens *tokens, const uint8_t bytes[TOKEN_BYTES]);

#endif
