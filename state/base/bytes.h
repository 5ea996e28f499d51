/* Bytes, and the two fixed sizes everything is named by.
 *
 * mm_bytes borrows: it is valid for the call it is passed to, or as long as its source says. It never owns, and its
 * pointer may be NULL when it is empty. mm_hash32 and mm_addr are values, copied freely and compared by content.
 * A fixed-size value is big-endian, as Ethereum writes it. */
#ifndef STATE_BASE_BYTES_H
#define STATE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct mm_bytes {
    const uint8_t *ptr;
    size_t len;
} mm_bytes;

typedef struct mm_hash32 {
    uint8_t b[32];
} mm_hash32;

typedef struct mm_addr {
    uint8_t b[20];
} mm_addr;

/* For an array (not a pointer): all of it. */
#define MM_BYTES_OF(array) ((mm_bytes){ (const uint8_t *)(array), sizeof(array) })
/* For a string literal: its characters without the terminator. */
#define MM_BYTES_LIT(literal) ((mm_bytes){ (const uint8_t *)("" literal), sizeof(literal) - 1 })
#define MM_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline mm_bytes mm_bytes_from(const void *ptr, size_t len)
{
    return (mm_bytes){ (const uint8_t *)ptr, len };
}

static inline mm_bytes mm_bytes_str(const char *text)
{
    return (mm_bytes){ (const uint8_t *)text, strlen(text) };
}

static inline mm_bytes mm_bytes_hash(const mm_hash32 *hash)
{
    return (mm_bytes){ hash->b, sizeof hash->b };
}

static inline mm_bytes mm_bytes_addr(const mm_addr *addr)
{
    return (mm_bytes){ addr->b, sizeof addr->b };
}

static inline bool mm_bytes_equal(mm_bytes a, mm_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Lexicographic, a prefix first: <0, 0, >0. */
static inline int mm_bytes_compare(mm_bytes a, mm_bytes b)
{
    const size_t shared = a.len < b.len ? a.len : b.len;
    const int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

static inline bool mm_hash_equal(const mm_hash32 *a, const mm_hash32 *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool mm_addr_equal(const mm_addr *a, const mm_addr *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool mm_addr_is_zero(const mm_addr *addr)
{
    static const mm_addr zero;
    return mm_addr_equal(addr, &zero);
}

#endif
