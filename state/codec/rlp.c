#include "state/codec/rlp.h"

#include "state/base/assert.h"
#include "state/base/endian.h"

enum {
    SHORT_MAX = 55, /* longest content whose length stands in the tag */
    STRING_TAG = 0x80,
    LONG_STRING_TAG = 0xb7, /* plus the number of length bytes, 1 to 8 */
    LIST_TAG = 0xc0,
    LONG_LIST_TAG = 0xf7, /* plus the number of length bytes, 1 to 8 */
    HEADER_MAX = 9,
};

const char *rlp_verdict_text(enum rlp_verdict verdict)
{
    switch (verdict) {
    case RLP_OK:
        return "rlp: ok";
    case RLP_SHORT:
        return "rlp: input ends inside a value";
    case RLP_NOT_CANONICAL:
        return "rlp: non-canonical size information";
    case RLP_NOT_A_STRING:
        return "rlp: expected a string, found a list";
    case RLP_NOT_A_LIST:
        return "rlp: expected a list, found a string";
    case RLP_WRONG_SIZE:
        return "rlp: string of the wrong size";
    case RLP_LEADING_ZERO:
        return "rlp: non-canonical integer (leading zero bytes)";
    case RLP_TOO_LARGE:
        return "rlp: value larger than its field";
    case RLP_TRAILING:
        return "rlp: more bytes or items than expected";
    case RLP_MISSING:
        return "rlp: fewer items than expected";
    }
    return "rlp: unknown verdict";
}

/* Reading */

struct item {
    mm_bytes content; /* without the header */
    mm_bytes raw;     /* with it */
    bool is_list;
};

static const struct item NO_ITEM;

struct rlp rlp_over(mm_bytes in)
{
    static const uint8_t nothing[1];
    if (in.ptr == NULL) /* arithmetic on NULL is undefined, adding zero included */
        in.ptr = nothing;
    return (struct rlp){ .in = in };
}

void rlp_refuse(struct rlp *r, enum rlp_verdict verdict)
{
    if (r->verdict == RLP_OK)
        r->verdict = verdict;
}

bool rlp_more(const struct rlp *r)
{
    return r->verdict == RLP_OK && r->at < r->in.len;
}

bool rlp_next_is_list(const struct rlp *r)
{
    return rlp_more(r) && r->in.ptr[r->at] >= LIST_TAG;
}

enum rlp_verdict rlp_finish(struct rlp *r)
{
    if (r->at < r->in.len)
        rlp_refuse(r, RLP_TRAILING);
    return r->verdict;
}

bool rlp_join(struct rlp *r, struct rlp *list)
{
    rlp_refuse(r, rlp_finish(list));
    return r->verdict == RLP_OK;
}

static struct item refuse(struct rlp *r, enum rlp_verdict verdict)
{
    r->verdict = verdict;
    return NO_ITEM;
}

/* The long forms: `len_bytes` bytes of length behind the tag at *at. False, and *verdict, when they are not right. */
static bool read_long_len(size_t *len, const uint8_t *ptr, size_t left, size_t len_bytes,
                          enum rlp_verdict *verdict)
{
    *verdict = RLP_SHORT;
    if (left < len_bytes)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < len_bytes; i++)
        value = value << 8 | ptr[i];
    if (ptr[0] == 0 || value <= SHORT_MAX) {
        *verdict = RLP_NOT_CANONICAL;
        return false;
    }
    if (value > left - len_bytes)
        return false;
    *len = (size_t)value;
    return true;
}

/* Invariant: at <= in.len. enough left? - read - advance - legal? */
static struct item next(struct rlp *r)
{
    if (r->verdict != RLP_OK)
        return NO_ITEM;
    const uint8_t *start = r->in.ptr + r->at;
    size_t left = r->in.len - r->at;
    if (left == 0)
        return refuse(r, RLP_MISSING);
    const unsigned tag = start[0];
    if (tag < STRING_TAG) {
        r->at++;
        return (struct item){ { start, 1 }, { start, 1 }, false };
    }
    left--;
    const bool is_list = tag >= LIST_TAG;
    const unsigned long_tag = is_list ? LONG_LIST_TAG : LONG_STRING_TAG;
    size_t header = 1;
    size_t len;
    if (tag <= long_tag) {
        len = tag - (is_list ? LIST_TAG : STRING_TAG);
        if (len > left)
            return refuse(r, RLP_SHORT);
        if (tag == STRING_TAG + 1 && start[1] < STRING_TAG)
            return refuse(r, RLP_NOT_CANONICAL);
    } else {
        enum rlp_verdict verdict;
        if (!read_long_len(&len, start + 1, left, tag - long_tag, &verdict))
            return refuse(r, verdict);
        header += tag - long_tag;
    }
    r->at += header + len;
    return (struct item){ { start + header, len }, { start, header + len }, is_list };
}

mm_bytes rlp_read_any(struct rlp *r, bool *is_list)
{
    const struct item item = next(r);
    *is_list = item.is_list;
    return item.content;
}

mm_bytes rlp_read_raw(struct rlp *r)
{
    return next(r).raw;
}

struct rlp rlp_read_list(struct rlp *r)
{
    const struct item item = next(r);
    if (r->verdict == RLP_OK && !item.is_list)
        r->verdict = RLP_NOT_A_LIST;
    if (r->verdict != RLP_OK)
        return (struct rlp){ .verdict = r->verdict };
    return rlp_over(item.content);
}

mm_bytes rlp_read_string(struct rlp *r, size_t len_max)
{
    const struct item item = next(r);
    if (item.is_list)
        return refuse(r, RLP_NOT_A_STRING).content;
    if (item.content.len > len_max)
        return refuse(r, RLP_TOO_LARGE).content;
    return item.content;
}

void rlp_read_fixed(struct rlp *r, uint8_t *out, size_t len)
{
    const mm_bytes string = rlp_read_string(r, SIZE_MAX);
    if (r->verdict == RLP_OK && string.len != len)
        r->verdict = RLP_WRONG_SIZE;
    if (len == 0)
        return;
    if (r->verdict == RLP_OK)
        memcpy(out, string.ptr, len);
    else
        memset(out, 0, len);
}

mm_hash32 rlp_read_hash(struct rlp *r)
{
    mm_hash32 hash;
    rlp_read_fixed(r, hash.b, sizeof hash.b);
    return hash;
}

mm_addr rlp_read_addr(struct rlp *r)
{
    mm_addr addr;
    rlp_read_fixed(r, addr.b, sizeof addr.b);
    return addr;
}

static mm_bytes read_integer(struct rlp *r, size_t len_max)
{
    const mm_bytes string = rlp_read_string(r, len_max);
    if (string.len > 0 && string.ptr[0] == 0)
        return refuse(r, RLP_LEADING_ZERO).content;
    return string;
}

uint64_t rlp_read_u64(struct rlp *r)
{
    const mm_bytes string = read_integer(r, sizeof(uint64_t));
    uint64_t value = 0;
    for (size_t i = 0; i < string.len; i++)
        value = value << 8 | string.ptr[i];
    return value;
}

mm_u256 rlp_read_u256(struct rlp *r)
{
    const mm_bytes string = read_integer(r, sizeof(mm_u256));
    mm_u256 value;
    const bool fits = u256_from_be(&value, string);
    MM_ASSERT(fits);
    return value;
}

size_t rlp_count(struct rlp r)
{
    size_t count = 0;
    while (rlp_more(&r)) {
        (void)next(&r);
        count += r.verdict == RLP_OK;
    }
    return count;
}

/* Sizes */

/* Length bytes of the long forms: 1 to 8. */
static size_t len_of_len(size_t len)
{
    return (size_t)(64 - __builtin_clzll(len | 1) + 7) / 8;
}

size_t rlp_size_list(size_t payload_len)
{
    return payload_len + (payload_len <= SHORT_MAX ? 1 : 1 + len_of_len(payload_len));
}

size_t rlp_size_string(mm_bytes string)
{
    return string.len == 1 && string.ptr[0] < STRING_TAG ? 1 : rlp_size_list(string.len);
}

size_t rlp_size_u64(uint64_t value)
{
    return value < STRING_TAG ? 1 : 1 + len_of_len(value);
}

size_t rlp_size_u256(const mm_u256 *value)
{
    const size_t len = u256_byte_len(value);
    return len <= 1 && value->limb[0] < STRING_TAG ? 1 : 1 + len;
}

/* Writing */

static size_t put_header(uint8_t out[HEADER_MAX], unsigned short_tag, size_t len)
{
    if (len <= SHORT_MAX) {
        out[0] = (uint8_t)(short_tag + len);
        return 1;
    }
    const size_t len_bytes = len_of_len(len);
    out[0] = (uint8_t)(short_tag + SHORT_MAX + len_bytes);
    for (size_t i = 0; i < len_bytes; i++)
        out[1 + i] = (uint8_t)(len >> 8 * (len_bytes - 1 - i));
    return 1 + len_bytes;
}

void rlp_add_string(struct mm_buf *buf, mm_bytes string)
{
    const size_t size = rlp_size_string(string);
    uint8_t *out = mm_buf_reserve(buf, size);
    if (out == NULL)
        return;
    if (size > string.len)
        out += put_header(out, STRING_TAG, string.len);
    if (string.len > 0)
        memcpy(out, string.ptr, string.len);
    mm_buf_advance(buf, size);
}

void rlp_add_u64(struct mm_buf *buf, uint64_t value)
{
    uint8_t be[8];
    mm_put_be64(be, value);
    const size_t len = value == 0 ? 0 : len_of_len(value);
    rlp_add_string(buf, mm_bytes_from(be + sizeof be - len, len));
}

void rlp_add_u256(struct mm_buf *buf, const mm_u256 *value)
{
    uint8_t be[32];
    u256_to_be32(be, value);
    const size_t len = u256_byte_len(value);
    rlp_add_string(buf, mm_bytes_from(be + sizeof be - len, len));
}

void rlp_add_list_header(struct mm_buf *buf, size_t payload_len)
{
    uint8_t header[HEADER_MAX];
    mm_buf_add(buf, mm_bytes_from(header, put_header(header, LIST_TAG, payload_len)));
}

size_t rlp_open_list(struct mm_buf *buf)
{
    return buf->len;
}

void rlp_close_list(struct mm_buf *buf, size_t opened)
{
    if (mm_buf_err(buf) != MM_OK)
        return; /* a failed buffer is empty: nothing stands at `opened` */
    MM_ASSERT(opened <= buf->len);
    uint8_t header[HEADER_MAX];
    const size_t len = put_header(header, LIST_TAG, buf->len - opened);
    uint8_t *gap = mm_buf_insert(buf, opened, len);
    if (gap != NULL)
        memcpy(gap, header, len);
}
