#include "rpc/session/nonces.h"

void nonces_put(struct nonces *nonces, char text[NONCE_CHARS], const uint8_t random[NONCE_CHARS],
                uint64_t now_s)
{
    static const char letters[] = "abcdefghijkmnopqrstuvwxyz2345678"; /* no l, which looks like 1 */
    _Static_assert(sizeof letters - 1 == 32, "five bits a letter");
    struct nonce *nonce = &nonces->list[nonces->next];
    nonces->next = (nonces->next + 1) % NONCES_MAX;
    for (size_t i = 0; i < NONCE_CHARS; i++)
        nonce->text[i] = letters[random[i] % 32];
    nonce->expires_s = now_s + NONCE_LIFE_S;
    memcpy(text, nonce->text, NONCE_CHARS);
}

bool nonces_take(struct nonces *nonces, mm_bytes text, uint64_t now_s)
{
    if (text.len != NONCE_CHARS)
        return false;
    for (size_t i = 0; i < NONCES_MAX; i++) {
        struct nonce *nonce = &nonces->list[i];
        if (nonce->expires_s == 0 || memcmp(nonce->text, text.ptr, NONCE_CHARS) != 0)
            continue;
        const bool is_good = nonce->expires_s > now_s;
        nonce->expires_s = 0;
        return is_good;
    }
    return false;
}
