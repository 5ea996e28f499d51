#include "p2p/content/car.h"
#include "p2p/content/cbor.h"
#include "p2p/content/varint.h"
#include "state/base/assert.h"

enum {
    HASHED_CID_BYTES_MAX =
        3 + 3 + 2 + 64, /* of a block; identity content has no place in a store */
    V1_HEADER_MAX = 32 + CAR_ROOTS_MAX * (8 + HASHED_CID_BYTES_MAX),
    VERSION_1 = 1,
    VERSION_2 = 2
};
_Static_assert((int)V1_HEADER_MAX <= (int)CAR_HEADER_BYTES_MAX, "what is written can be read");

static void add_text(struct mm_buf *out, const char *text)
{
    cbor_add_head(out, CBOR_TEXT, strlen(text));
    mm_buf_add_text(out, text);
}

/* {"roots": [CID …], "version": 1}: the shorter key first, as DAG-CBOR sorts. */
static void add_map(struct mm_buf *out, const struct cid *roots, size_t count)
{
    cbor_add_head(out, CBOR_MAP, 2);
    add_text(out, "roots");
    cbor_add_head(out, CBOR_ARRAY, count);
    for (size_t i = 0; i < count; i++)
        cbor_add_link(out, &roots[i]);
    add_text(out, "version");
    cbor_add_head(out, CBOR_UINT, VERSION_1);
}

void car_add_header(struct mm_buf *out, const struct cid *roots, size_t count)
{
    MM_ASSERT(count <= CAR_ROOTS_MAX);
    const size_t start = mm_buf_bytes(out).len;
    add_map(out, roots, count);
    uint8_t length[VARINT_BYTES_MAX];
    const size_t length_len = varint_put(length, mm_buf_bytes(out).len - start);
    uint8_t *gap = mm_buf_insert(out, start, length_len);
    if (gap != NULL)
        memcpy(gap, length, length_len);
}

size_t car_section_head(uint8_t out[CAR_SECTION_HEAD_MAX], const struct cid *cid,
                        size_t block_bytes)
{
    uint8_t bytes[CID_BYTES_MAX];
    const size_t cid_len = cid_encode(bytes, cid);
    const size_t at = varint_put(out, cid_len + block_bytes);
    memcpy(out + at, bytes, cid_len);
    return at + cid_len;
}

static void add_little_endian(struct mm_buf *out, uint64_t value)
{
    for (size_t i = 0; i < 8; i++)
        mm_buf_add_byte(out, (uint8_t)(value >> (8 * i)));
}

void car_add_v2_head(struct mm_buf *out, uint64_t data_bytes)
{
    const size_t start = mm_buf_bytes(out).len;
    mm_buf_add_byte(out, CAR_V2_HEAD_BYTES - 40 - 1);
    cbor_add_head(out, CBOR_MAP, 1);
    add_text(out, "version");
    cbor_add_head(out, CBOR_UINT, VERSION_2);
    mm_buf_add_zeros(out, 16); /* characteristics: none, it is not fully indexed */
    add_little_endian(out, CAR_V2_HEAD_BYTES);
    add_little_endian(out, data_bytes);
    add_little_endian(out, 0); /* no index */
    MM_ASSERT(mm_buf_err(out) != MM_OK ||
              mm_buf_bytes(out).len - start == (size_t)CAR_V2_HEAD_BYTES);
}
