/* RLP (Ethereum yellow paper, appendix B), strict: only the canonical encoding of a value is read.
 *
 *     0x00..0x7f          the byte itself
 *     0x80..0xb7  bytes   string of 0..55 bytes            a single byte below 0x80 must not be written so
 *     0xb8..0xbf  n bytes string of 56 bytes and more      the length has no leading zero and is above 55
 *     0xc0..0xf7  items   list of 0..55 bytes
 *     0xf8..0xff  n items list of 56 bytes and more
 *     an integer is a string without leading zeros, zero the empty one
 *
 * Reading: a cursor over borrowed bytes. A list is entered as a cursor of its own, so nothing recurses; the caller decides
 * how deep it goes. A cursor remembers its first error: once something was refused every further read is refused the same
 * way and gives an empty value, so a decoder may read all its fields and look at the verdict once, with rlp_finish.
 * Writing: into an mm_buf. A list is opened, its items are appended, and closing it inserts the header (a memmove of what
 * the list holds); where the size is known first, rlp_add_list_header writes it in place.
 * Memory: nothing is allocated here but in the buffer. Threads: a cursor belongs to one. */
#ifndef STATE_CODEC_RLP_H
#define STATE_CODEC_RLP_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/u256.h"

enum rlp_verdict {
    RLP_OK = 0,
    RLP_SHORT,         /* the input ends inside an item */
    RLP_NOT_CANONICAL, /* a longer form than needed, or a length with a leading zero */
    RLP_NOT_A_STRING,  /* a list where a string was expected */
    RLP_NOT_A_LIST,    /* a string where a list was expected */
    RLP_WRONG_SIZE,    /* a fixed-size string of another size */
    RLP_LEADING_ZERO,  /* an integer with a leading zero */
    RLP_TOO_LARGE,     /* an integer or string above what the field takes */
    RLP_TRAILING,      /* bytes or items behind the last one expected */
    RLP_MISSING,       /* fewer items than expected */
};

/* Never NULL; lower case, begins with "rlp: ", as clients expect it. */
const char *rlp_verdict_text(enum rlp_verdict verdict);

struct rlp {
    mm_bytes in; /* borrowed; what is left is in.ptr + at */
    size_t at;
    enum rlp_verdict verdict;
};

struct rlp rlp_over(mm_bytes in);
/* More items, and no error so far. */
bool rlp_more(const struct rlp *r);
/* Whether the next item is a list; false at the end. Moves nothing. */
bool rlp_next_is_list(const struct rlp *r);
/* The verdict; RLP_TRAILING when all was well but something is left. */
enum rlp_verdict rlp_finish(struct rlp *r);
/* Ends a list: hands its verdict (rlp_finish of its cursor) on to the one it came from. False when either had an error. */
bool rlp_join(struct rlp *r, struct rlp *list);

/* The next item's content, and whether it is a list. */
mm_bytes rlp_read_any(struct rlp *r, bool *is_list);
/* The next item as it stands, header included. */
mm_bytes rlp_read_raw(struct rlp *r);
/* The next item is a list: a cursor over its items. With an error set when it is not. */
struct rlp rlp_read_list(struct rlp *r);
mm_bytes rlp_read_string(struct rlp *r, size_t len_max);
/* Fixed sizes. */
void rlp_read_fixed(struct rlp *r, uint8_t *out, size_t len);
mm_hash32 rlp_read_hash(struct rlp *r);
mm_addr rlp_read_addr(struct rlp *r);
/* Integers. */
uint64_t rlp_read_u64(struct rlp *r);
mm_u256 rlp_read_u256(struct rlp *r);
/* Marks the cursor as refused, for checks of the caller's own. Keeps an earlier verdict. */
void rlp_refuse(struct rlp *r, enum rlp_verdict verdict);

/* How many whole items are left, counted without entering lists. What is wrong behind them shows when it is read. */
size_t rlp_count(struct rlp r);

/* Sizes of encodings, header included. */
size_t rlp_size_string(mm_bytes string);
size_t rlp_size_u64(uint64_t value);
size_t rlp_size_u256(const mm_u256 *value);
size_t rlp_size_list(size_t payload_len);

void rlp_add_string(struct mm_buf *buf, mm_bytes string);
void rlp_add_u64(struct mm_buf *buf, uint64_t value);
void rlp_add_u256(struct mm_buf *buf, const mm_u256 *value);
static inline void rlp_add_hash(struct mm_buf *buf, const mm_hash32 *hash)
{
    rlp_add_string(buf, mm_bytes_hash(hash));
}
static inline void rlp_add_addr(struct mm_buf *buf, const mm_addr *addr)
{
    rlp_add_string(buf, mm_bytes_addr(addr));
}
/* The header of a list whose items take payload_len bytes; they follow. */
void rlp_add_list_header(struct mm_buf *buf, size_t payload_len);
/* Opens a list; what is appended until rlp_close_list are its items. */
size_t rlp_open_list(struct mm_buf *buf);
void rlp_close_list(struct mm_buf *buf, size_t opened);

#endif
