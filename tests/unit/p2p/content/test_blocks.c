#include <criterion/criterion.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/hamt.h"
#include "p2p/content/unixfs.h"

#define LINK                                                                                       \
    "\x0a\x09\x01\x55\x00\x05\x00\x01\x02\x03\x04" /* Hash: an identity CID of five bytes */

static enum dagpb_verdict verdict_of(mm_bytes block)
{
    struct dagpb_node node;
    return dagpb_decode(&node, block);
}
#define BLOCK(literal) verdict_of(MM_BYTES_LIT(literal))

static bool is_canonical(mm_bytes block)
{
    struct dagpb_node node;
    cr_assert_eq(dagpb_decode(&node, block), DAGPB_OK);
    struct mm_buf again;
    mm_buf_init(&again, 1000);
    dagpb_encode(&again, &node);
    const bool same = mm_bytes_equal(mm_buf_bytes(&again), block);
    cr_assert_eq(same, node.canonical);
    mm_buf_fini(&again);
    return same;
}

Test(dagpb, each_rule_has_its_verdict)
{
    cr_assert_eq(BLOCK(""), DAGPB_OK);
    cr_assert_eq(BLOCK("\x0a"), DAGPB_BAD_RECORD);
    cr_assert_eq(BLOCK("\x0a\x05x"), DAGPB_BAD_RECORD);
    cr_assert_eq(BLOCK("\x02\x00"), DAGPB_BAD_RECORD); /* field 0 */
    cr_assert_eq(BLOCK("\x0b\x0c"), DAGPB_BAD_RECORD); /* a group */
    cr_assert_eq(BLOCK("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), DAGPB_BAD_RECORD);
    cr_assert_eq(BLOCK("\x1a\x00"), DAGPB_UNKNOWN_FIELD); /* field 3 */
    cr_assert_eq(BLOCK("\x08\x01"), DAGPB_UNKNOWN_FIELD); /* Data as a number */
    cr_assert_eq(BLOCK("\x0a\x00\x0a\x00"), DAGPB_TWO_DATA);
    cr_assert_eq(BLOCK("\x12\x0b" LINK "\x0a\x00\x12\x0b" LINK), DAGPB_LINKS_SPLIT);
    cr_assert_eq(BLOCK("\x12\x0b" LINK "\x12\x0b" LINK "\x0a\x00"), DAGPB_OK);
    cr_assert_eq(BLOCK("\x12\x16" LINK LINK), DAGPB_LINK_ORDER);
    cr_assert_eq(BLOCK("\x12\x10" LINK "\x18\x01\x12\x01n"), DAGPB_LINK_ORDER);
    cr_assert_eq(BLOCK("\x12\x0e\x12\x01n" LINK), DAGPB_LINK_NO_HASH);
    cr_assert_eq(BLOCK("\x12\x00"), DAGPB_LINK_NO_HASH);
    cr_assert_eq(BLOCK("\x12\x02\x0a\x00"), DAGPB_LINK_BAD_HASH);
    cr_assert_eq(BLOCK("\x12\x0d" LINK "\x20\x01"), DAGPB_UNKNOWN_FIELD);
    cr_assert_eq(BLOCK("\x12\x0d" LINK "\x10\x01"), DAGPB_UNKNOWN_FIELD); /* Name as a number */
}

Test(dagpb, data_may_come_first_but_is_written_last)
{
    cr_assert(is_canonical(MM_BYTES_LIT("\x12\x0b" LINK "\x0a\x01x")));
    cr_assert(!is_canonical(MM_BYTES_LIT("\x0a\x01x\x12\x0b" LINK)));
    cr_assert(is_canonical(
        MM_BYTES_LIT("\x12\x0d" LINK "\x12\x00"))); /* an empty name is not an absent one */
    cr_assert(!is_canonical(MM_BYTES_LIT("\x12\x0e" LINK "\x18\x80\x00")));
    cr_assert(!is_canonical(MM_BYTES_LIT("\x0a\x81\x00x")));
}

static enum unixfs_verdict unixfs_verdict_of(mm_bytes data)
{
    struct unixfs node;
    return unixfs_decode(&node, data);
}
#define UNIXFS(literal) unixfs_verdict_of(MM_BYTES_LIT(literal))

Test(unixfs, each_rule_has_its_verdict)
{
    cr_assert_eq(UNIXFS(""), UNIXFS_NO_TYPE);
    cr_assert_eq(UNIXFS("\x18\x01"), UNIXFS_NO_TYPE);
    cr_assert_eq(UNIXFS("\x08\x06"), UNIXFS_UNKNOWN_TYPE);
    cr_assert_eq(UNIXFS("\x08\x02\x08\x02"), UNIXFS_TWICE);
    cr_assert_eq(UNIXFS("\x08\x02\x18\x00\x18\x00"), UNIXFS_TWICE);
    cr_assert_eq(UNIXFS("\x0a\x02"), UNIXFS_BAD_RECORD);
    cr_assert_eq(UNIXFS("\x08\x02\x12"), UNIXFS_BAD_RECORD);
    cr_assert_eq(UNIXFS("\x08\x02\x10\x01"), UNIXFS_BAD_RECORD);
    cr_assert_eq(UNIXFS("\x08\x02\x22\x01\x80"), UNIXFS_BAD_RECORD); /* packed, cut short */
    cr_assert_eq(UNIXFS("\x08\x02\x38\x80\x80\x80\x80\x10"),
                 UNIXFS_BAD_RECORD); /* mode of 33 bits */
    cr_assert_eq(UNIXFS("\x08\x02\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
                 UNIXFS_SIZE_OVERFLOW);
    cr_assert_eq(UNIXFS("\x08\x02\x20\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x20\x01"),
                 UNIXFS_SIZE_OVERFLOW);
#define LARGEST "\x20\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
    cr_assert_eq(UNIXFS("\x08\x02" LARGEST LARGEST "\x20\x02"),
                 UNIXFS_SIZE_OVERFLOW); /* 2^64 in all */
    cr_assert_eq(UNIXFS("\x08\x02\x42\x00"), UNIXFS_BAD_MTIME);
    cr_assert_eq(UNIXFS("\x08\x02\x42\x07\x08\x01\x15\x00\x00\x00\x00"), UNIXFS_BAD_MTIME);
    cr_assert_eq(UNIXFS("\x08\x02\x42\x07\x08\x01\x15\x00\xca\x9a\x3b"),
                 UNIXFS_BAD_MTIME); /* 10^9 */
    cr_assert_eq(UNIXFS("\x08\x02\x42\x07\x08\x01\x15\xff\xc9\x9a\x3b"), UNIXFS_OK);
}

Test(unixfs, sizes_are_read_packed_or_not)
{
    struct unixfs node;
    cr_assert_eq(
        unixfs_decode(&node, MM_BYTES_LIT("\x08\x02\x20\x05\x22\x03\x01\x80\x01\x22\x00\x20\x07")),
        UNIXFS_OK);
    cr_assert_eq(node.blocksize_count, 4);
    cr_assert_eq(node.blocksizes_sum, 5 + 1 + 128 + 7);
    cr_assert(!node.canonical);
    static const uint64_t expected[] = { 5, 1, 128, 7 };
    struct unixfs_sizes sizes = unixfs_sizes(&node);
    uint64_t size;
    for (size_t i = 0; i < 4; i++) {
        cr_assert(unixfs_next_size(&sizes, &size));
        cr_assert_eq(size, expected[i]);
    }
    cr_assert(!unixfs_next_size(&sizes, &size));
}

Test(unixfs, mode_and_time_are_kept)
{
    const mm_bytes block =
        MM_BYTES_LIT("\x08\x02\x12\x01x\x18\x01\x38\xa4\x03\x42\x07\x08\x01\x15\x01\x00\x00\x00");
    struct unixfs node;
    cr_assert_eq(unixfs_decode(&node, block), UNIXFS_OK);
    cr_assert(node.canonical && node.has_mode && node.mode == 0644 && node.has_mtime);
    struct mm_buf again;
    mm_buf_init(&again, 100);
    unixfs_encode(&again, &node);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&again), block));
    mm_buf_fini(&again);
}

Test(hamt, hashes_as_murmur3_does)
{
    /* MurmurHash3_x64_128 with seed 0, first half; each length takes another way through the tail. */
    cr_assert_eq(hamt_hash(MM_BYTES_LIT("")), 0);
    cr_assert_eq(hamt_hash(MM_BYTES_LIT("hello")), 0xcbd8a7b341bd9b02u);
    cr_assert_eq(hamt_hash(MM_BYTES_LIT("hello, world")), 0x342fac623a5ebc8eu);
    cr_assert_eq(hamt_hash(MM_BYTES_LIT("The quick brown fox jumps over the lazy dog.")),
                 0xcd99481f9ee902c9u);
}

Test(hamt, cuts_the_hash_from_the_front)
{
    struct hamt_shape shape;
    cr_assert(!hamt_shape(&shape, 4) && !hamt_shape(&shape, 2048) && !hamt_shape(&shape, 100));
    cr_assert(hamt_shape(&shape, 256));
    cr_assert(shape.bits == 8 && shape.digits == 2 && hamt_levels(&shape) == 8);
    cr_assert_eq(hamt_slot(&shape, 0x0123456789abcdefu, 0), 0x01);
    cr_assert_eq(hamt_slot(&shape, 0x0123456789abcdefu, 7), 0xef);
    cr_assert(hamt_shape(&shape, 1024));
    cr_assert(shape.bits == 10 && shape.digits == 3 && hamt_levels(&shape) == 6);
    cr_assert_eq(hamt_slot(&shape, (uint64_t)0x3ff << 54, 0), 0x3ff);
    char prefix[HAMT_PREFIX_MAX];
    hamt_prefix(prefix, &shape, 0x3a);
    cr_assert_eq(memcmp(prefix, "03A", 3), 0);
}

/* A shard of fanout 8 with a link in each slot of `names` (its one digit). */
static enum hamt_verdict check_shard(mm_bytes bitfield, uint64_t fanout, const char *names)
{
    struct mm_buf links;
    mm_buf_init(&links, 10000);
    for (size_t i = 0; names[i] != '\0'; i++) {
        const char name[] = { names[i], 'n' };
        const struct dagpb_link link = { .cid = { .version = 1, .codec = CID_RAW },
                                         .has_name = true,
                                         .name = mm_bytes_from(name, 2) };
        dagpb_add_link(&links, &link);
    }
    struct dagpb_node node;
    cr_assert_eq(dagpb_decode(&node, mm_buf_bytes(&links)), DAGPB_OK);
    const struct unixfs data = { .type = UNIXFS_HAMT_SHARD,
                                 .data = bitfield,
                                 .has_data = true,
                                 .has_fanout = true,
                                 .fanout = fanout,
                                 .has_hash_type = true,
                                 .hash_type = UNIXFS_HASH_MURMUR3_X64_64 };
    struct hamt_shape shape;
    const enum hamt_verdict verdict = hamt_check(&shape, &node, &data);
    mm_buf_fini(&links);
    return verdict;
}

Test(hamt, a_shard_must_agree_with_its_bitfield)
{
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x81"), 8, "07"), HAMT_OK);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x81"), 8, "70"), HAMT_BAD_PREFIX);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x81"), 8, "06"), HAMT_BAD_PREFIX);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x81"), 8, "0"), HAMT_BAD_BITFIELD);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x81"), 8, "0g"), HAMT_BAD_PREFIX);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x03\x00"), 16, "89"), HAMT_OK);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x03\x00"), 8, "89"), HAMT_BAD_BITFIELD);
    cr_assert_eq(check_shard(MM_BYTES_LIT("\x03\x00"), 12, "89"), HAMT_BAD_FANOUT);
}
