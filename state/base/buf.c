#include "state/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

enum { CAPACITY_MIN = 64 };

void mm_buf_init(struct mm_buf *buf, size_t bytes_max)
{
    *buf = (struct mm_buf){ .bytes_max = bytes_max };
}

void mm_buf_fini(struct mm_buf *buf)
{
    mm_heap_free(buf->ptr);
    *buf = (struct mm_buf){ .bytes_max = buf->bytes_max };
}

void mm_buf_reset(struct mm_buf *buf)
{
    buf->len = 0;
    buf->err = MM_OK;
}

mm_err mm_buf_err(const struct mm_buf *buf)
{
    return buf->err;
}

mm_bytes mm_buf_bytes(const struct mm_buf *buf)
{
    return (mm_bytes){ buf->ptr, buf->len };
}

static bool fail(struct mm_buf *buf, mm_err err)
{
    buf->err = err;
    buf->len = 0;
    return false;
}

static bool make_room(struct mm_buf *buf, size_t len)
{
    if (buf->err != MM_OK)
        return false;
    if (buf->capacity - buf->len >= len && buf->ptr != NULL)
        return true;
    if (len > buf->bytes_max - buf->len)
        return fail(buf, MM_ERR_LIMIT);
    const size_t need = buf->len + len;
    size_t capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;
    while (capacity < need)
        capacity += capacity / 2;
    if (capacity > buf->bytes_max)
        capacity = buf->bytes_max;
    uint8_t *ptr = mm_heap_resize(buf->ptr, capacity);
    if (ptr == NULL)
        return fail(buf, MM_ERR_NO_MEMORY);
    buf->ptr = ptr;
    buf->capacity = capacity;
    return true;
}

uint8_t *mm_buf_reserve(struct mm_buf *buf, size_t len)
{
    return make_room(buf, len) ? buf->ptr + buf->len : NULL;
}

void mm_buf_advance(struct mm_buf *buf, size_t len)
{
    MM_ASSERT(len <= buf->capacity - buf->len);
    buf->len += len;
}

void mm_buf_add(struct mm_buf *buf, mm_bytes bytes)
{
    if (bytes.len == 0 || !make_room(buf, bytes.len))
        return;
    memcpy(buf->ptr + buf->len, bytes.ptr, bytes.len);
    buf->len += bytes.len;
}

void mm_buf_add_byte(struct mm_buf *buf, uint8_t byte)
{
    if (!make_room(buf, 1))
        return;
    buf->ptr[buf->len++] = byte;
}

void mm_buf_add_text(struct mm_buf *buf, const char *text)
{
    mm_buf_add(buf, mm_bytes_str(text));
}

void mm_buf_add_zeros(struct mm_buf *buf, size_t count)
{
    if (count == 0 || !make_room(buf, count))
        return;
    memset(buf->ptr + buf->len, 0, count);
    buf->len += count;
}

void mm_buf_printf(struct mm_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MM_ASSERT(len >= 0);
    if (!make_room(buf, (size_t)len + 1)) /* vsnprintf writes its terminator behind the text */
        return;
    va_start(args, format);
    (void)vsnprintf((char *)buf->ptr + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

uint8_t *mm_buf_insert(struct mm_buf *buf, size_t at, size_t len)
{
    if (!make_room(buf, len))
        return NULL;
    MM_ASSERT(at <= buf->len);
    memmove(buf->ptr + at + len, buf->ptr + at, buf->len - at);
    buf->len += len;
    return buf->ptr + at;
}

void mm_buf_cut(struct mm_buf *buf, size_t len)
{
    MM_ASSERT(len <= buf->capacity && (buf->err != MM_OK || len <= buf->len));
    buf->len = len; /* growing never moves what failed: the bytes still stand */
    buf->err = MM_OK;
}

uint8_t *mm_buf_take(struct mm_buf *buf, size_t *len)
{
    uint8_t *ptr = buf->ptr;
    *len = buf->len;
    *buf = (struct mm_buf){ .bytes_max = buf->bytes_max };
    return ptr;
}
