/* Growing byte buffers.
 *
 * A buffer is born with its maximum and never grows past it. Appending does not return an error at each step: a buffer that
 * could not grow remembers it, ignores what follows, and mm_buf_err says so once at the end. So encoders read as a list of
 * what they write. A failed buffer is empty. Threads: one at a time. */
#ifndef STATE_BASE_BUF_H
#define STATE_BASE_BUF_H

#include "state/base/bytes.h"
#include "state/base/err.h"

struct mm_buf {
    uint8_t *ptr; /* owned */
    size_t len;
    size_t capacity;
    size_t bytes_max;
    mm_err err;
};

void mm_buf_init(struct mm_buf *buf, size_t bytes_max);
/* A buffer over memory of the caller, which never grows and is not to be finished: an encoding whose largest size is known needs
 * no heap, so that hashing it cannot fail. */
static inline struct mm_buf mm_buf_over(void *memory, size_t size)
{
    return (struct mm_buf){ .ptr = memory, .capacity = size, .bytes_max = size };
}
void mm_buf_fini(struct mm_buf *buf);
/* Empties it, forgets its error, keeps its memory. */
void mm_buf_reset(struct mm_buf *buf);

/* MM_OK, MM_ERR_LIMIT or MM_ERR_NO_MEMORY: whether anything was refused since the last reset. */
MM_MUST_USE mm_err mm_buf_err(const struct mm_buf *buf);
/* Valid until the next append. */
mm_bytes mm_buf_bytes(const struct mm_buf *buf);

/* Room for at least `len` more bytes: the place to write them, or NULL. They count only after mm_buf_advance. */
uint8_t *mm_buf_reserve(struct mm_buf *buf, size_t len);
void mm_buf_advance(struct mm_buf *buf, size_t len);

void mm_buf_add(struct mm_buf *buf, mm_bytes bytes);
void mm_buf_add_byte(struct mm_buf *buf, uint8_t byte);
void mm_buf_add_text(struct mm_buf *buf, const char *text);
void mm_buf_add_zeros(struct mm_buf *buf, size_t count);
void mm_buf_printf(struct mm_buf *buf, const char *format, ...) MM_PRINTF(2, 3);
/* Opens a gap of `len` bytes at `at`, moving what follows; its content is undefined until the caller fills it. NULL on failure. */
uint8_t *mm_buf_insert(struct mm_buf *buf, size_t at, size_t len);
/* Back to a length that it had since the last reset, and forgets an error that came later: what an encoder began and cannot
 * finish is taken back, and what stood before it is kept. */
void mm_buf_cut(struct mm_buf *buf, size_t len);
/* Hands the memory over (free with mm_heap_free) and leaves the buffer empty. */
uint8_t *mm_buf_take(struct mm_buf *buf, size_t *len);

#endif
