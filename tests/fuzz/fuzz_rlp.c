/* RLP has one encoding a value: what is accepted must be what we write, byte for byte. */
#include "state/base/assert.h"
#include "state/codec/rlp.h"
#include "tests/lib/rlp_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads each item of a sequence as every type: what a type accepts is written the same way again. */
static void check_types(mm_bytes in, struct mm_buf *copy)
{
    struct rlp all = rlp_over(in);
    size_t count = 0;
    while (rlp_more(&all)) {
        struct rlp wide = all;
        struct rlp narrow = all;
        const mm_bytes raw = rlp_read_raw(&all);
        if (all.verdict != RLP_OK) {
            MM_ASSERT(raw.len == 0);
            break;
        }
        count++;
        const mm_u256 value = rlp_read_u256(&wide);
        const uint64_t value_u64 = rlp_read_u64(&narrow);
        if (wide.verdict == RLP_OK) {
            mm_buf_reset(copy);
            rlp_add_u256(copy, &value);
            MM_ASSERT(mm_bytes_equal(mm_buf_bytes(copy), raw));
            MM_ASSERT(rlp_size_u256(&value) == raw.len);
        }
        MM_ASSERT((narrow.verdict == RLP_OK) == (wide.verdict == RLP_OK && u256_fits_u64(&value)));
        if (narrow.verdict == RLP_OK) {
            mm_buf_reset(copy);
            rlp_add_u64(copy, value_u64);
            MM_ASSERT(mm_bytes_equal(mm_buf_bytes(copy), raw));
            MM_ASSERT(rlp_size_u64(value_u64) == raw.len);
        }
    }
    MM_ASSERT(rlp_count(rlp_over(in)) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mm_bytes in = mm_bytes_from(data, size);
    struct mm_buf copy;
    mm_buf_init(&copy, 1 << 24);
    if (rlp_walk(in, &copy) == RLP_OK) {
        MM_ASSERT(mm_buf_err(&copy) == MM_OK);
        MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&copy), in));
    }
    check_types(in, &copy);
    mm_buf_fini(&copy);
    return 0;
}
