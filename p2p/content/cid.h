/* CID: the name of a block by its content.
 *
 *     v0   Qm…     base58btc( multihash )                                   always dag-pb and sha2-256
 *     v1   bafy…   multibase( 01 | varint codec | multihash )
 *
 *     bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
 *     b|afk-------reihdwd…            b: base32   01 55: v1, raw   12 20: sha2-256, 32 bytes   e3b0c442…
 *
 * The codec says how to read the block, the multihash which block it is. So a block has several CIDs (v0, v1,
 * and a raw alias of the same bytes) and one multihash; the store is keyed by the multihash alone, and
 * cid_same_block compares it.
 *
 * Reading is strict, so that one CID has one binary form and a check by comparing bytes holds: shortest
 * varints, a digest of the length of its function, nothing behind it, v0 only as 46 characters or 34 bytes,
 * no v0 inside a multibase text. Text may be base32 (written), base58btc, base36, base16 or base64url.
 * Nothing allocates; a struct cid is a value. Threads: pure functions.
 * Source: multiformats/cid, "Decoding algorithm". */
#ifndef P2P_CONTENT_CID_H
#define P2P_CONTENT_CID_H

#include "p2p/content/multibase.h"
#include "p2p/content/multihash.h"

enum cid_codec {
    CID_RAW = 0x55,
    CID_DAG_PB = 0x70,
    CID_DAG_CBOR = 0x71,
    CID_DAG_JSON = 0x0129,
    CID_JSON = 0x0200,
    CID_CBOR = 0x51,
};

enum {
    CID_BYTES_MAX = 2 * 9 + MULTIHASH_BYTES_MAX,
    CID_TEXT_MAX = 1 + 2 * CID_BYTES_MAX, /* without a terminator */
};
_Static_assert((int)CID_BYTES_MAX <= (int)MULTIBASE_BYTES_MAX, "every CID has a text");

struct cid {
    uint64_t codec;
    uint8_t version; /* 0 or 1 */
    struct multihash hash;
};

enum cid_verdict {
    CID_OK = 0,
    CID_EMPTY,
    CID_BAD_BASE,       /* the first character names no alphabet that is read here */
    CID_BAD_TEXT,       /* a character outside the alphabet, left-over bits, or too many of them */
    CID_BAD_VARINT,     /* truncated, not the shortest form, over nine bytes */
    CID_BAD_VERSION,    /* not 0 or 1; or a v0 that is written as if it were a v1 */
    CID_TRUNCATED,      /* the digest ends early */
    CID_TRAILING_BYTES, /* something follows the digest */
    CID_BAD_DIGEST,     /* a digest of the wrong length, or identity content that is too long */
    CID_UNSUPPORTED,    /* well formed, of a hash function that is not computed here */
};

/* A few lower-case words, never NULL. */
const char *cid_verdict_text(enum cid_verdict verdict);

/* The whole text is one CID. */
MM_MUST_USE enum cid_verdict cid_parse(struct cid *out, mm_bytes text);
/* The whole of `in` is one CID. */
MM_MUST_USE enum cid_verdict cid_decode(struct cid *out, mm_bytes in);
/* One CID from the front of `in`, *used bytes of it (CAR sections); 0 on failure. CID_UNSUPPORTED fills
 * *out and *used: a link in another's block may use any function. */
MM_MUST_USE enum cid_verdict cid_decode_front(struct cid *out, size_t *used, mm_bytes in);

/* Returns the bytes written. */
size_t cid_encode(uint8_t out[CID_BYTES_MAX], const struct cid *cid);
/* Terminated; returns the characters. A v0 is always written Qm…, whatever the base. */
size_t cid_to_text(char out[CID_TEXT_MAX + 1], const struct cid *cid, enum multibase base);

/* Same version, codec and multihash. */
bool cid_equal(const struct cid *a, const struct cid *b);
/* Same multihash: the same bytes, however they are read. */
bool cid_same_block(const struct cid *a, const struct cid *b);
/* The same block as v1. */
struct cid cid_as_v1(const struct cid *cid);
/* The same block as v0; false when it has none (not dag-pb and sha2-256). */
MM_MUST_USE bool cid_as_v0(struct cid *out, const struct cid *cid);

#endif
