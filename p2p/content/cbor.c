#include "p2p/content/cbor.h"

enum { ARGUMENT_1 = 24, ARGUMENT_8 = 27 };

static bool take_argument(struct cbor_item *item, mm_bytes *in, unsigned info)
{
    item->argument = info;
    if (info < ARGUMENT_1)
        return true;
    if (info > ARGUMENT_8)
        return false; /* reserved, or of indefinite length */
    const size_t len = (size_t)1 << (info - ARGUMENT_1);
    if (in->len < len)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | in->ptr[i];
    *in = (mm_bytes){ in->ptr + len, in->len - len };
    item->argument = value;
    if (item->major ==
        CBOR_SIMPLE) /* the bits of a float, or a simple value that has no place in DAG-CBOR */
        return info > ARGUMENT_1;
    static const uint64_t smallest[] = { ARGUMENT_1, 1u << 8, 1u << 16, (uint64_t)1 << 32 };
    return value >= smallest[info - ARGUMENT_1];
}

bool cbor_take(struct cbor_item *item, mm_bytes *in)
{
    *item = (struct cbor_item){ .major = CBOR_UINT };
    if (in->len == 0)
        return false;
    mm_bytes left = { in->ptr + 1, in->len - 1 };
    item->major = (enum cbor_major)(in->ptr[0] >> 5);
    if (!take_argument(item, &left, in->ptr[0] & 0x1f))
        return false;
    if (item->major == CBOR_BYTES || item->major == CBOR_TEXT) {
        if (item->argument > left.len)
            return false;
        item->bytes = (mm_bytes){ left.ptr, (size_t)item->argument };
        left = (mm_bytes){ left.ptr + item->argument, left.len - (size_t)item->argument };
    }
    *in = left;
    return true;
}

enum cid_verdict cbor_link(struct cid *out, mm_bytes bytes)
{
    if (bytes.len == 0 || bytes.ptr[0] != 0) {
        *out = (struct cid){ .version = 0 };
        return CID_BAD_BASE; /* the identity multibase prefix */
    }
    return cid_decode(out, (mm_bytes){ bytes.ptr + 1, bytes.len - 1 });
}

void cbor_add_head(struct mm_buf *out, enum cbor_major major, uint64_t argument)
{
    const uint8_t top = (uint8_t)((unsigned)major << 5);
    if (argument < ARGUMENT_1) {
        mm_buf_add_byte(out, (uint8_t)(top | argument));
        return;
    }
    unsigned power = 0; /* the argument takes 1 << power bytes */
    while (power < 3 && argument >> (8u << power) != 0)
        power++;
    mm_buf_add_byte(out, (uint8_t)(top | (ARGUMENT_1 + power)));
    for (unsigned left = 1u << power; left > 0; left--)
        mm_buf_add_byte(out, (uint8_t)(argument >> (8 * (left - 1))));
}

void cbor_add_link(struct mm_buf *out, const struct cid *cid)
{
    uint8_t bytes[1 + CID_BYTES_MAX] = { 0 }; /* the identity multibase prefix, then the CID */
    const size_t len = 1 + cid_encode(bytes + 1, cid);
    cbor_add_head(out, CBOR_TAG, CBOR_TAG_LINK);
    cbor_add_head(out, CBOR_BYTES, len);
    mm_buf_add(out, (mm_bytes){ bytes, len });
}
