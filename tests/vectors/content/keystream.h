/* The content of generated vector files: the ChaCha20 keystream under key = sha256(seed), nonce zero,
 * counter zero. */
#ifndef TESTS_VECTORS_CONTENT_KEYSTREAM_H
#define TESTS_VECTORS_CONTENT_KEYSTREAM_H

#include <sodium.h>
#include <string.h>

/* `out` gets len bytes from `offset`, which is a multiple of 64. */
static inline void keystream(unsigned char *out, size_t len, const char *seed, uint64_t offset)
{
    static const unsigned char nonce[crypto_stream_chacha20_ietf_NONCEBYTES];
    unsigned char key[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(key, (const unsigned char *)seed, strlen(seed));
    memset(out, 0, len);
    crypto_stream_chacha20_ietf_xor_ic(out, out, len, nonce, (uint32_t)(offset / 64), key);
}

#endif
