#include "rpc/content/cid_format.h"

#include <inttypes.h>

#include "p2p/content/codec.h"
#include "state/base/assert.h"

bool cid_format_is_valid(mm_bytes text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%')
            continue;
        if (++i == text.len || memchr("%bBvVcChHLmMdDsSP", text.ptr[i], 17) == NULL)
            return false;
        letters++;
    }
    return letters > 0;
}

enum multibase cid_format_base_of(mm_bytes cid_text)
{
    const uint8_t first = cid_text.len == 0 ? 'b' : cid_text.ptr[0];
    switch (first) {
    case MULTIBASE_BASE16:
    case MULTIBASE_BASE32:
    case MULTIBASE_BASE36:
    case MULTIBASE_BASE58BTC:
    case MULTIBASE_BASE64URL:
        return (enum multibase)first;
    default:
        return MULTIBASE_BASE58BTC; /* Qm… */
    }
}

/* Bytes in an alphabet, with the prefix that names it or without. */
static void add_bytes(struct mm_buf *out, enum multibase base, mm_bytes bytes, bool has_prefix)
{
    char text[MULTIBASE_TEXT_MAX];
    const size_t len = multibase_encode(text, base, bytes);
    MM_ASSERT(len >= 1);
    mm_buf_add(out, mm_bytes_from(text + !has_prefix, len - !has_prefix));
}

static void add_cid(struct mm_buf *out, enum multibase base, const struct cid *cid, bool has_prefix)
{
    char text[CID_TEXT_MAX + 1];
    const size_t len = cid_to_text(text, cid, base);
    const size_t cut = cid->version == 0 || has_prefix ? 0 : 1;
    mm_buf_add(out, mm_bytes_from(text + cut, len - cut));
}

static void add_name(struct mm_buf *out, const char *name, uint64_t code)
{
    if (name != NULL)
        mm_buf_add_text(out, name);
    else
        mm_buf_printf(out, "codec?%" PRIu64, code);
}

static void add_letter(struct mm_buf *out, uint8_t letter, enum multibase base,
                       const struct cid *cid)
{
    uint8_t hash[MULTIHASH_BYTES_MAX];
    const mm_bytes digest = mm_bytes_from(cid->hash.digest, cid->hash.len);
    const mm_bytes multihash = mm_bytes_from(hash, multihash_encode(hash, &cid->hash));
    switch (letter) {
    case '%':
        mm_buf_add_byte(out, '%');
        break;
    case 'b':
        mm_buf_add_text(out, multibase_name(base));
        break;
    case 'B':
        mm_buf_add_byte(out, (uint8_t)base);
        break;
    case 'v':
        mm_buf_printf(out, "cidv%u", cid->version);
        break;
    case 'V':
        mm_buf_printf(out, "%u", cid->version);
        break;
    case 'c':
        add_name(out, codec_name(cid->codec), cid->codec);
        break;
    case 'C':
        mm_buf_printf(out, "%" PRIu64, cid->codec);
        break;
    case 'h':
        add_name(out, hash_function_name(cid->hash.code), cid->hash.code);
        break;
    case 'H':
        mm_buf_printf(out, "%" PRIu64, cid->hash.code);
        break;
    case 'L':
        mm_buf_printf(out, "%u", cid->hash.len);
        break;
    case 'm':
    case 'M':
        add_bytes(out, base, multihash, letter == 'm');
        break;
    case 'd':
    case 'D':
        add_bytes(out, base, digest, letter == 'd');
        break;
    case 's':
    case 'S':
        add_cid(out, base, cid, letter == 's');
        break;
    case 'P':
        mm_buf_printf(out, "cidv%u-", cid->version);
        add_name(out, codec_name(cid->codec), cid->codec);
        mm_buf_add_byte(out, '-');
        add_name(out, hash_function_name(cid->hash.code), cid->hash.code);
        mm_buf_printf(out, "-%u", cid->hash.len);
        break;
    default:
        MM_UNREACHABLE(); /* cid_format_is_valid */
    }
}

static const char *convert(struct cid *out, const struct cid_format *format, const struct cid *cid)
{
    *out = *cid;
    if (format->has_codec && format->codec != cid->codec) {
        *out = cid_as_v1(cid);
        out->codec = format->codec;
    }
    const struct cid same = *out;
    switch (format->version) {
    case CID_FORMAT_SAME:
        return NULL;
    case CID_FORMAT_V0:
        return cid_as_v0(out, &same) ? NULL : "only dag-pb with sha2-256 has a version 0";
    case CID_FORMAT_V1:
        *out = cid_as_v1(&same);
        return NULL;
    }
    MM_UNREACHABLE();
}

const char *cid_format_write(struct mm_buf *out, const struct cid_format *format,
                             const struct cid *cid, enum multibase written)
{
    struct cid other;
    const char *err = convert(&other, format, cid);
    if (err != NULL)
        return err;
    const enum multibase base = format->has_base     ? format->base
                                : other.version == 0 ? MULTIBASE_BASE58BTC
                                                     : written;
    for (size_t i = 0; i < format->text.len; i++) {
        if (format->text.ptr[i] == '%')
            add_letter(out, format->text.ptr[++i], base, &other);
        else
            mm_buf_add_byte(out, format->text.ptr[i]);
    }
    return NULL;
}
