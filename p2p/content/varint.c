#include "p2p/content/varint.h"

enum { MULTIFORMATS_BYTES_MAX = 9 };

size_t varint_bytes(uint64_t value)
{
    size_t count = 1;
    for (; value >= 0x80; value >>= 7)
        count++;
    return count;
}

size_t varint_put(uint8_t *out, uint64_t value)
{
    size_t at = 0;
    for (; value >= 0x80; value >>= 7)
        out[at++] = (uint8_t)(value | 0x80);
    out[at++] = (uint8_t)value;
    return at;
}

size_t varint_read_padded(uint64_t *value, bool *shortest, mm_bytes in)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < in.len && at < VARINT_BYTES_MAX; at++) {
        const uint8_t byte = in.ptr[at];
        if (at == VARINT_BYTES_MAX - 1 && byte > 1) /* the 64th bit is the last */
            break;
        sum |= (uint64_t)(byte & 0x7f) << (7 * at);
        if (byte < 0x80) {
            if (byte == 0 && at > 0)
                *shortest = false;
            *value = sum;
            return at + 1;
        }
    }
    *value = 0;
    return 0;
}

size_t varint_read(uint64_t *value, mm_bytes in)
{
    bool shortest = true;
    const size_t used = varint_read_padded(value, &shortest, in);
    if (used > MULTIFORMATS_BYTES_MAX || !shortest) {
        *value = 0;
        return 0;
    }
    return used;
}
