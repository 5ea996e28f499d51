#include "p2p/content/hamt.h"

#include "state/base/assert.h"

static uint64_t rotate_left(uint64_t value, unsigned count)
{
    return value << count | value >> (64 - count);
}

static uint64_t mix_final(uint64_t k)
{
    k ^= k >> 33;
    k *= 0xff51afd7ed558ccdu;
    k ^= k >> 33;
    k *= 0xc4ceb9fe1a85ec53u;
    return k ^ k >> 33;
}

static const uint64_t C1 = 0x87c37b91114253d5u;
static const uint64_t C2 = 0x4cf5ad432745937fu;

/* Little-endian, zeros beyond the end. */
static uint64_t lane(const uint8_t *ptr, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len && i < 8; i++)
        value |= (uint64_t)ptr[i] << (8 * i);
    return value;
}

/* MurmurHash3_x64_128 (Austin Appleby, public domain algorithm), seed 0; h1 of the two halves. */
uint64_t hamt_hash(mm_bytes name)
{
    uint64_t h1 = 0;
    uint64_t h2 = 0;
    size_t at = 0;
    for (; name.len - at >= 16; at += 16) {
        h1 ^= rotate_left(lane(name.ptr + at, 8) * C1, 31) * C2;
        h1 = (rotate_left(h1, 27) + h2) * 5 + 0x52dce729;
        h2 ^= rotate_left(lane(name.ptr + at + 8, 8) * C2, 33) * C1;
        h2 = (rotate_left(h2, 31) + h1) * 5 + 0x38495ab5;
    }
    const size_t left = name.len - at;
    if (left > 8)
        h2 ^= rotate_left(lane(name.ptr + at + 8, left - 8) * C2, 33) * C1;
    if (left > 0)
        h1 ^= rotate_left(lane(name.ptr + at, left) * C1, 31) * C2;
    h1 ^= name.len;
    h2 ^= name.len;
    h1 += h2;
    h2 += h1;
    return mix_final(h1) + mix_final(h2);
}

bool hamt_shape(struct hamt_shape *out, uint64_t fanout)
{
    *out = (struct hamt_shape){ 0 };
    if (fanout < HAMT_FANOUT_MIN || fanout > HAMT_FANOUT_MAX || (fanout & (fanout - 1)) != 0)
        return false;
    out->fanout = (unsigned)fanout;
    out->bits = (unsigned)__builtin_ctz(out->fanout);
    out->digits = (out->bits + 3) / 4;
    return true;
}

unsigned hamt_levels(const struct hamt_shape *shape)
{
    return 64 / shape->bits;
}

unsigned hamt_slot(const struct hamt_shape *shape, uint64_t hash, unsigned level)
{
    MM_ASSERT(level < hamt_levels(shape));
    return (unsigned)(hash >> (64 - shape->bits * (level + 1))) & (shape->fanout - 1);
}

void hamt_prefix(char out[HAMT_PREFIX_MAX], const struct hamt_shape *shape, unsigned slot)
{
    for (unsigned i = 0; i < shape->digits; i++)
        out[i] = "0123456789ABCDEF"[slot >> (4 * (shape->digits - 1 - i)) & 0xf];
}

/* False when the name does not begin with a slot. */
static bool read_prefix(unsigned *slot, const struct hamt_shape *shape, mm_bytes name)
{
    if (name.len < shape->digits)
        return false;
    *slot = 0;
    for (unsigned i = 0; i < shape->digits; i++) {
        const uint8_t c = name.ptr[i];
        if (c >= '0' && c <= '9')
            *slot = *slot << 4 | (unsigned)(c - '0');
        else if (c >= 'A' && c <= 'F')
            *slot = *slot << 4 | (unsigned)(c - 'A' + 10);
        else
            return false;
    }
    return true;
}

static bool bit_is_set(mm_bytes bitfield, unsigned slot)
{
    return slot / 8 < bitfield.len &&
           (bitfield.ptr[bitfield.len - 1 - slot / 8] >> slot % 8 & 1) != 0;
}

enum hamt_verdict hamt_check(struct hamt_shape *shape, const struct dagpb_node *node,
                             const struct unixfs *data)
{
    if (!data->has_hash_type || data->hash_type != UNIXFS_HASH_MURMUR3_X64_64)
        return HAMT_BAD_HASH_FUNCTION;
    if (!data->has_fanout || !hamt_shape(shape, data->fanout))
        return HAMT_BAD_FANOUT;
    if (data->data.len > shape->fanout / 8)
        return HAMT_BAD_BITFIELD;
    size_t bits = 0;
    for (size_t i = 0; i < data->data.len; i++)
        bits += (size_t)__builtin_popcount(data->data.ptr[i]);
    if (bits != node->link_count)
        return HAMT_BAD_BITFIELD;
    struct dagpb_links links = dagpb_links(node);
    struct dagpb_link link;
    unsigned next = 0; /* the lowest slot that may come */
    while (dagpb_next(&links, &link)) {
        unsigned slot;
        if (!read_prefix(&slot, shape, link.name) || slot < next || !bit_is_set(data->data, slot))
            return HAMT_BAD_PREFIX;
        next = slot + 1;
    }
    return HAMT_OK;
}

unsigned hamt_link_slot(mm_bytes *name, const struct hamt_shape *shape,
                        const struct dagpb_link *link)
{
    unsigned slot;
    MM_ASSERT(read_prefix(&slot, shape, link->name));
    *name = (mm_bytes){ link->name.ptr + shape->digits, link->name.len - shape->digits };
    return slot;
}

mm_bytes hamt_bitfield(uint8_t out[HAMT_FANOUT_MAX / 8], const struct hamt_shape *shape,
                       const bool *slots)
{
    const size_t len = shape->fanout / 8;
    memset(out, 0, len);
    for (unsigned slot = 0; slot < shape->fanout; slot++)
        if (slots[slot])
            out[len - 1 - slot / 8] |= (uint8_t)(1u << slot % 8);
    size_t zeros = 0;
    while (zeros < len && out[zeros] == 0)
        zeros++;
    return (mm_bytes){ out + zeros, len - zeros };
}
