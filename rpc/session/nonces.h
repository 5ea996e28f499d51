/* Nonces: what a message that signs in must name, so that it is good once and not for long.
 *
 *     nonces_put    26 letters and digits of 130 random bits, good for NONCE_LIFE_S
 *     nonces_take   whether one was given out, is not too old, and was not taken before; it is taken then
 *
 * There is room for NONCES_MAX; when all are in use, a new one takes the place of the oldest. So whoever asks for very many makes
 * others ask again, and never more memory.
 * Private to rpc/session. Memory: the table. Threads: one at a time, the caller's lock. Time and randomness are given. */
#ifndef RPC_SESSION_NONCES_H
#define RPC_SESSION_NONCES_H

#include "state/base/bytes.h"

enum {
    NONCE_CHARS = 26,      /* five bits each */
    NONCE_LIFE_S = 5 * 60, /* as long as a person may look at a wallet's window */
    NONCES_MAX = 4096,     /* 140 KiB; fourteen people a second, if all took their five minutes */
};

struct nonce {
    char text[NONCE_CHARS];
    uint64_t expires_s; /* 0: none, or taken */
};

struct nonces {
    struct nonce list[NONCES_MAX]; /* zeroed before the first use */
    size_t next;                   /* the oldest, whose place is taken next */
};

/* Out: text, without a terminator. */
void nonces_put(struct nonces *nonces, char text[NONCE_CHARS], const uint8_t random[NONCE_CHARS],
                uint64_t now_s);
bool nonces_take(struct nonces *nonces, mm_bytes text, uint64_t now_s);

#endif
