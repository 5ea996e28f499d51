/* Multihash: a digest that says which function made it.
 *
 *     varint code | varint length | digest            12 20 e3b0c442…   sha2-256
 *
 * The store's keys are multihashes, so the functions are few and named here. identity is no hash: the
 * "digest" is the content, and such a block is never stored. Structure and support are two questions: a link
 * inside somebody's block may use a function this node does not compute (MULTIHASH_UNSUPPORTED); such a block
 * can be kept and listed, but what it points to cannot be checked and is therefore never fetched or served.
 *
 * Hashing is libcrypto's, because it uses the SHA instructions of the processor (about 1.4 GiB/s on a core
 * that has them); blake2b-256 is libsodium's, libcrypto 3.0 has only the 512-bit form. A hasher keeps its
 * contexts between digests.
 * Threads: a hasher belongs to one; the rest are pure functions.
 * Source: multiformats/multihash, multicodec table. */
#ifndef P2P_CONTENT_MULTIHASH_H
#define P2P_CONTENT_MULTIHASH_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum multihash_code {
    MULTIHASH_IDENTITY = 0x00,
    MULTIHASH_SHA2_256 = 0x12,
    MULTIHASH_SHA2_512 = 0x13,
    MULTIHASH_BLAKE2B_256 = 0xb220,
};

enum {
    MULTIHASH_DIGEST_MAX = 128, /* identity content; larger blocks must be hashed */
    MULTIHASH_BYTES_MAX = 2 * 9 + MULTIHASH_DIGEST_MAX,
};

struct multihash {
    uint64_t code;
    uint8_t len; /* of the digest */
    uint8_t digest[MULTIHASH_DIGEST_MAX];
};

enum multihash_verdict {
    MULTIHASH_OK = 0,
    MULTIHASH_BAD_VARINT,  /* code or length: truncated, not the shortest form, over nine bytes */
    MULTIHASH_TRUNCATED,   /* fewer bytes than the length says */
    MULTIHASH_TOO_LONG,    /* a digest above MULTIHASH_DIGEST_MAX */
    MULTIHASH_BAD_LENGTH,  /* not the length of a digest of this function */
    MULTIHASH_UNSUPPORTED, /* well formed, but of a function that is not computed here */
};

/* Reads one multihash from the front of `in`. *used is what it took; 0 on failure. MULTIHASH_UNSUPPORTED
 * fills *out and *used as well, for callers that only copy or compare it. */
MM_MUST_USE enum multihash_verdict multihash_decode(struct multihash *out, size_t *used,
                                                    mm_bytes in);
/* Returns the bytes written. */
size_t multihash_encode(uint8_t out[MULTIHASH_BYTES_MAX], const struct multihash *hash);
bool multihash_equal(const struct multihash *a, const struct multihash *b);
bool multihash_is_supported(const struct multihash *hash);

struct multihasher;

/* NULL when libcrypto gives no context. */
struct multihasher *multihasher_new(void);
void multihasher_free(struct multihasher *hasher);

/* The digest of the parts, one behind the other. MM_ERR_CRYPTO when the library fails, MM_ERR_INVALID for
 * an unsupported code and for identity content above MULTIHASH_DIGEST_MAX. */
MM_MUST_USE mm_err multihasher_digest(struct multihasher *hasher, struct multihash *out,
                                      uint64_t code, const mm_bytes *parts, size_t part_count);
/* MM_OK when `block` hashes to `expected`, MM_ERR_CORRUPT when it does not. */
MM_MUST_USE mm_err multihasher_check(struct multihasher *hasher, const struct multihash *expected,
                                     mm_bytes block);

#endif
