#include "p2p/content/cid.h"

#include "p2p/content/varint.h"
#include "state/base/assert.h"

enum { V0_CHARACTERS = 46 };

const char *cid_verdict_text(enum cid_verdict verdict)
{
    switch (verdict) {
    case CID_OK:
        return "ok";
    case CID_EMPTY:
        return "cid too short";
    case CID_BAD_BASE:
        return "unknown multibase prefix";
    case CID_BAD_TEXT:
        return "text is not of its base";
    case CID_BAD_VARINT:
        return "bad varint";
    case CID_BAD_VERSION:
        return "unknown cid version";
    case CID_TRUNCATED:
        return "digest ends early";
    case CID_TRAILING_BYTES:
        return "trailing bytes after cid";
    case CID_BAD_DIGEST:
        return "digest has the wrong length";
    case CID_UNSUPPORTED:
        return "unsupported hash function";
    }
    MM_UNREACHABLE();
}

static enum cid_verdict from_multihash(enum multihash_verdict verdict)
{
    switch (verdict) {
    case MULTIHASH_OK:
        return CID_OK;
    case MULTIHASH_BAD_VARINT:
        return CID_BAD_VARINT;
    case MULTIHASH_TRUNCATED:
        return CID_TRUNCATED;
    case MULTIHASH_TOO_LONG:
    case MULTIHASH_BAD_LENGTH:
        return CID_BAD_DIGEST;
    case MULTIHASH_UNSUPPORTED:
        return CID_UNSUPPORTED;
    }
    MM_UNREACHABLE();
}

static enum cid_verdict decode_front(struct cid *out, size_t *used, mm_bytes in)
{
    size_t hash_used;
    if (in.len >= 2 && in.ptr[0] == MULTIHASH_SHA2_256 &&
        in.ptr[1] == 32) { /* v0: a bare multihash */
        out->version = 0;
        out->codec = CID_DAG_PB;
        const enum multihash_verdict verdict = multihash_decode(&out->hash, &hash_used, in);
        *used = hash_used;
        return from_multihash(verdict);
    }
    uint64_t version;
    size_t at = varint_read(&version, in);
    if (at == 0)
        return CID_BAD_VARINT;
    if (version != 1)
        return CID_BAD_VERSION;
    const size_t step = varint_read(&out->codec, (mm_bytes){ in.ptr + at, in.len - at });
    if (step == 0)
        return CID_BAD_VARINT;
    at += step;
    out->version = 1;
    const enum multihash_verdict verdict =
        multihash_decode(&out->hash, &hash_used, (mm_bytes){ in.ptr + at, in.len - at });
    if (verdict == MULTIHASH_OK || verdict == MULTIHASH_UNSUPPORTED)
        *used = at + hash_used;
    return from_multihash(verdict);
}

enum cid_verdict cid_decode_front(struct cid *out, size_t *used, mm_bytes in)
{
    *used = 0;
    *out = (struct cid){ 0 };
    if (in.len == 0)
        return CID_EMPTY;
    return decode_front(out, used, in);
}

enum cid_verdict cid_decode(struct cid *out, mm_bytes in)
{
    size_t used;
    const enum cid_verdict verdict = cid_decode_front(out, &used, in);
    if ((verdict == CID_OK || verdict == CID_UNSUPPORTED) && used != in.len)
        return CID_TRAILING_BYTES;
    return verdict;
}

enum cid_verdict cid_parse(struct cid *out, mm_bytes text)
{
    *out = (struct cid){ 0 };
    if (text.len < 2)
        return CID_EMPTY;
    uint8_t bytes[MULTIBASE_BYTES_MAX];
    size_t len;
    enum multibase_verdict decoded;
    const bool is_v0 = text.len == V0_CHARACTERS && text.ptr[0] == 'Q' && text.ptr[1] == 'm';
    if (is_v0)
        decoded = base58btc_decode(bytes, &len, text);
    else
        decoded = multibase_decode(bytes, &len, text);
    if (decoded == MULTIBASE_UNKNOWN)
        return CID_BAD_BASE;
    if (decoded != MULTIBASE_OK)
        return CID_BAD_TEXT;
    const enum cid_verdict verdict = cid_decode(out, (mm_bytes){ bytes, len });
    if (verdict == CID_OK && (out->version == 0) != is_v0)
        return CID_BAD_VERSION; /* "cid: a CIDv0 must not be in multibase" */
    return verdict;
}

size_t cid_encode(uint8_t out[CID_BYTES_MAX], const struct cid *cid)
{
    if (cid->version == 0)
        return multihash_encode(out, &cid->hash);
    MM_ASSERT(cid->version == 1);
    size_t at = varint_put(out, 1);
    at += varint_put(out + at, cid->codec);
    return at + multihash_encode(out + at, &cid->hash);
}

size_t cid_to_text(char out[CID_TEXT_MAX + 1], const struct cid *cid, enum multibase base)
{
    uint8_t bytes[CID_BYTES_MAX];
    char text[MULTIBASE_TEXT_MAX];
    const size_t byte_count = cid_encode(bytes, cid);
    const mm_bytes binary = { bytes, byte_count };
    const size_t len =
        cid->version == 0 ? base58btc_encode(text, binary) : multibase_encode(text, base, binary);
    MM_ASSERT(len <= CID_TEXT_MAX);
    memcpy(out, text, len);
    out[len] = '\0';
    return len;
}

bool cid_same_block(const struct cid *a, const struct cid *b)
{
    return multihash_equal(&a->hash, &b->hash);
}

bool cid_equal(const struct cid *a, const struct cid *b)
{
    return a->version == b->version && a->codec == b->codec && cid_same_block(a, b);
}

struct cid cid_as_v1(const struct cid *cid)
{
    struct cid same = *cid;
    same.version = 1;
    return same;
}

bool cid_as_v0(struct cid *out, const struct cid *cid)
{
    if (cid->codec != CID_DAG_PB || cid->hash.code != MULTIHASH_SHA2_256 || cid->hash.len != 32)
        return false;
    *out = *cid;
    out->version = 0;
    return true;
}
