/* Integers as bytes. Stored keys are big-endian, so that the order of keys is the order of numbers. */
#ifndef STATE_BASE_ENDIAN_H
#define STATE_BASE_ENDIAN_H

#include <stdint.h>
#include <string.h>

static inline void mm_put_be64(uint8_t out[8], uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(out, &value, sizeof value);
}

static inline uint64_t mm_get_be64(const uint8_t in[8])
{
    uint64_t value;
    memcpy(&value, in, sizeof value);
    return __builtin_bswap64(value);
}

static inline void mm_put_be32(uint8_t out[4], uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(out, &value, sizeof value);
}

static inline uint32_t mm_get_be32(const uint8_t in[4])
{
    uint32_t value;
    memcpy(&value, in, sizeof value);
    return __builtin_bswap32(value);
}

#endif
