#include "p2p/content/car.h"

#include "p2p/content/cbor.h"
#include "p2p/content/varint.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { V2_HEADER_BYTES = 40, LENGTH_BYTES_MAX = 9 };

enum place {
    AT_HEADER_LENGTH,
    IN_HEADER,
    IN_V2_HEADER,
    BEFORE_V2_DATA, /* padding up to the data offset */
    AT_SECTION_LENGTH,
    IN_SECTION,
    BEHIND_DATA, /* the index of a v2: not looked at */
};

struct car_reader {
    enum place place;
    enum car_verdict failed; /* CAR_OK: not yet */
    uint64_t offset;         /* of the next byte, in the file */
    uint64_t start;          /* of the header or section in work, or handed out last */
    uint64_t wanted;         /* bytes of the header or section in work, or of padding left */
    bool in_v2;
    uint64_t data_start;
    uint64_t data_end; /* UINT64_MAX in a v1 */
    uint8_t length[LENGTH_BYTES_MAX];
    size_t length_len;
    struct mm_buf gathered;
    struct cid *roots; /* owned */
    size_t root_count;
};

const char *car_verdict_text(enum car_verdict verdict)
{
    switch (verdict) {
    case CAR_OK:
        return "ok";
    case CAR_MORE:
        return "more bytes needed";
    case CAR_BLOCK:
        return "block";
    case CAR_BAD_VARINT:
        return "bad length in CAR";
    case CAR_BAD_HEADER:
        return "bad CAR header";
    case CAR_BAD_VERSION:
        return "unknown CAR version";
    case CAR_TOO_LARGE:
        return "CAR header or section too large";
    case CAR_BAD_SECTION:
        return "CAR section without a CID";
    case CAR_TRUNCATED:
        return "CAR ends early";
    case CAR_NO_MEMORY:
        return "out of memory";
    }
    MM_UNREACHABLE();
}

struct car_reader *car_reader_new(void)
{
    struct car_reader *reader = mm_heap_zeroed(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->data_end = UINT64_MAX;
    mm_buf_init(&reader->gathered, BLOCK_BYTES_MAX + CID_BYTES_MAX);
    return reader;
}

void car_reader_free(struct car_reader *reader)
{
    if (reader == NULL)
        return;
    mm_buf_fini(&reader->gathered);
    mm_heap_free(reader->roots);
    mm_heap_free(reader);
}

static mm_bytes take(struct car_reader *r, mm_bytes *in, size_t len)
{
    const mm_bytes front = { in->ptr, len };
    if (len == 0)
        return front;
    *in = (mm_bytes){ in->ptr + len, in->len - len };
    r->offset += len;
    return front;
}

/* Gathers r->wanted bytes. CAR_OK: *bytes are they, from *in itself when it holds them all. */
static enum car_verdict gather(struct car_reader *r, mm_bytes *bytes, mm_bytes *in)
{
    const size_t held = mm_buf_bytes(&r->gathered).len;
    const size_t missing = (size_t)r->wanted - held;
    if (held == 0 && in->len >= missing) {
        *bytes = take(r, in, missing);
        return CAR_OK;
    }
    mm_buf_add(&r->gathered, take(r, in, in->len < missing ? in->len : missing));
    if (mm_buf_err(&r->gathered) != MM_OK)
        return CAR_NO_MEMORY;
    *bytes = mm_buf_bytes(&r->gathered);
    return bytes->len == r->wanted ? CAR_OK : CAR_MORE;
}

/* Gathers a varint into r->wanted. */
static enum car_verdict gather_length(struct car_reader *r, mm_bytes *in)
{
    while (in->len > 0 && r->offset < r->data_end) {
        if (r->length_len == 0)
            r->start = r->offset;
        if (r->length_len == sizeof r->length)
            return CAR_BAD_VARINT;
        const mm_bytes byte = take(r, in, 1);
        r->length[r->length_len++] = byte.ptr[0];
        if (byte.ptr[0] < 0x80) {
            const size_t used = varint_read(&r->wanted, (mm_bytes){ r->length, r->length_len });
            r->length_len = 0;
            return used == 0 ? CAR_BAD_VARINT : CAR_OK;
        }
    }
    return CAR_MORE;
}

static enum car_verdict read_roots(struct car_reader *r, uint64_t count, mm_bytes *in)
{
    if (r->roots != NULL)
        return CAR_BAD_HEADER; /* "roots" twice */
    if (count > CAR_ROOTS_MAX)
        return CAR_TOO_LARGE;
    r->roots = mm_heap_zeroed((size_t)count + 1, sizeof *r->roots);
    if (r->roots == NULL)
        return CAR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct cbor_item item;
        if (!cbor_take(&item, in) || item.major != CBOR_TAG || item.argument != CBOR_TAG_LINK)
            return CAR_BAD_HEADER;
        if (!cbor_take(&item, in) || item.major != CBOR_BYTES)
            return CAR_BAD_HEADER;
        const enum cid_verdict verdict = cbor_link(&r->roots[i], item.bytes);
        if (verdict != CID_OK && verdict != CID_UNSUPPORTED)
            return CAR_BAD_HEADER;
        r->root_count++;
    }
    return CAR_OK;
}

/* {"roots": [tag 42 bytes …], "version": n}; a v2's pragma has the version alone. */
static enum car_verdict read_header(struct car_reader *r, uint64_t *version, mm_bytes in)
{
    *version = 0;
    struct cbor_item map;
    struct cbor_item key;
    struct cbor_item value;
    if (!cbor_take(&map, &in) || map.major != CBOR_MAP || map.argument > 2)
        return CAR_BAD_HEADER;
    for (uint64_t i = 0; i < map.argument; i++) {
        if (!cbor_take(&key, &in) || key.major != CBOR_TEXT || !cbor_take(&value, &in))
            return CAR_BAD_HEADER;
        if (mm_bytes_equal(key.bytes, MM_BYTES_LIT("version")) && value.major == CBOR_UINT &&
            *version == 0) {
            *version = value.argument;
        } else if (mm_bytes_equal(key.bytes, MM_BYTES_LIT("roots")) && value.major == CBOR_ARRAY) {
            const enum car_verdict verdict = read_roots(r, value.argument, &in);
            if (verdict != CAR_OK)
                return verdict;
        } else {
            return CAR_BAD_HEADER;
        }
    }
    return in.len == 0 ? CAR_OK : CAR_BAD_HEADER;
}

static uint64_t little_endian(const uint8_t *in)
{
    uint64_t value = 0;
    for (size_t i = 8; i > 0; i--)
        value = value << 8 | in[i - 1];
    return value;
}

static enum car_verdict after_header(struct car_reader *r, mm_bytes header)
{
    uint64_t version;
    const enum car_verdict verdict = read_header(r, &version, header);
    if (verdict != CAR_OK)
        return verdict;
    if (version == 1 && r->roots != NULL) {
        r->place = AT_SECTION_LENGTH;
    } else if (version == 2 && r->roots == NULL && !r->in_v2) {
        r->in_v2 = true;
        r->place = IN_V2_HEADER;
        r->wanted = V2_HEADER_BYTES;
    } else {
        return version == 1 ? CAR_BAD_HEADER : CAR_BAD_VERSION;
    }
    return CAR_OK;
}

static enum car_verdict after_v2_header(struct car_reader *r, mm_bytes header)
{
    r->data_start = little_endian(header.ptr + 16);
    const uint64_t size = little_endian(header.ptr + 24);
    if (r->data_start < r->offset || size > INT64_MAX || r->data_start > INT64_MAX)
        return CAR_BAD_HEADER;
    r->data_end = r->data_start + size;
    r->place = BEFORE_V2_DATA;
    return CAR_OK;
}

static enum car_verdict after_section(struct car_reader *r, struct cid *cid, mm_bytes *block,
                                      mm_bytes section)
{
    size_t used;
    const enum cid_verdict verdict = cid_decode_front(cid, &used, section);
    if (verdict != CID_OK && verdict != CID_UNSUPPORTED)
        return CAR_BAD_SECTION;
    *block = (mm_bytes){ section.ptr + used, section.len - used };
    r->place = AT_SECTION_LENGTH;
    return block->len > BLOCK_BYTES_MAX ? CAR_TOO_LARGE : CAR_BLOCK;
}

/* A length has been read: what follows must be within its limit, and within the data of a v2. */
static enum car_verdict begin(struct car_reader *r, enum place place)
{
    if (r->wanted == 0)
        return place == IN_HEADER ? CAR_BAD_HEADER : CAR_BAD_SECTION;
    if (r->wanted > (place == IN_HEADER ? CAR_HEADER_BYTES_MAX : BLOCK_BYTES_MAX + CID_BYTES_MAX))
        return CAR_TOO_LARGE;
    if (r->wanted > r->data_end - r->offset)
        return CAR_TRUNCATED;
    r->place = place;
    return CAR_OK;
}

/* One step; CAR_OK: go on. */
static enum car_verdict step(struct car_reader *r, struct cid *cid, mm_bytes *block, mm_bytes *in)
{
    enum car_verdict verdict;
    mm_bytes bytes = { NULL, 0 };
    switch (r->place) {
    case AT_HEADER_LENGTH:
        verdict = gather_length(r, in);
        return verdict == CAR_OK ? begin(r, IN_HEADER) : verdict;
    case AT_SECTION_LENGTH:
        if (r->offset == r->data_end && r->length_len == 0) {
            r->place = BEHIND_DATA;
            return CAR_OK;
        }
        verdict = gather_length(r, in);
        if (verdict == CAR_MORE && r->offset == r->data_end)
            return CAR_TRUNCATED;
        return verdict == CAR_OK ? begin(r, IN_SECTION) : verdict;
    case IN_HEADER:
    case IN_V2_HEADER:
    case IN_SECTION:
        verdict = gather(r, &bytes, in);
        if (verdict != CAR_OK)
            return verdict;
        if (r->place == IN_HEADER)
            return after_header(r, bytes);
        return r->place == IN_SECTION ? after_section(r, cid, block, bytes)
                                      : after_v2_header(r, bytes);
    case BEFORE_V2_DATA: {
        const uint64_t padding = r->data_start - r->offset;
        (void)take(r, in, padding < in->len ? (size_t)padding : in->len);
        if (r->offset < r->data_start)
            return CAR_MORE;
        r->place = AT_HEADER_LENGTH;
        return CAR_OK;
    }
    case BEHIND_DATA:
        (void)take(r, in, in->len);
        return CAR_MORE;
    }
    MM_UNREACHABLE();
}

enum car_verdict car_feed(struct car_reader *r, struct cid *cid, mm_bytes *block, mm_bytes *in)
{
    *cid = (struct cid){ .version = 0 };
    *block = (mm_bytes){ NULL, 0 };
    enum car_verdict verdict = r->failed;
    while (verdict == CAR_OK) {
        /* What was gathered is used up once the place has moved on. */
        const enum place before = r->place;
        if (before != IN_HEADER && before != IN_V2_HEADER && before != IN_SECTION)
            mm_buf_reset(&r->gathered);
        verdict = step(r, cid, block, in);
        if (before == IN_HEADER && r->place == IN_V2_HEADER)
            mm_buf_reset(&r->gathered);
    }
    if (verdict != CAR_MORE && verdict != CAR_BLOCK)
        r->failed = verdict;
    return verdict;
}

enum car_verdict car_finish(const struct car_reader *r)
{
    if (r->failed != CAR_OK)
        return r->failed;
    if (r->place == BEHIND_DATA)
        return CAR_OK;
    const bool at_end = r->place == AT_SECTION_LENGTH && r->length_len == 0;
    return at_end && (!r->in_v2 || r->offset == r->data_end) ? CAR_OK : CAR_TRUNCATED;
}

const struct cid *car_roots(const struct car_reader *r, size_t *count)
{
    *count = r->root_count;
    return r->roots;
}

uint64_t car_at(const struct car_reader *r)
{
    return r->start;
}
