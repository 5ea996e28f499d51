#include "linked_blocks.h"

void linked_blocks_parse(struct linked_blocks *blocks, mm_bytes in)
{
    static const uint64_t codecs[] = { CID_DAG_PB, CID_DAG_CBOR, CID_DAG_JSON, CID_RAW };
    *blocks = (struct linked_blocks){ .count = 0 };
    while (in.len >= 3 && blocks->count < LINKED_BLOCKS_MAX) {
        size_t len = (size_t)in.ptr[1] << 8 | in.ptr[2];
        if (len > in.len - 3)
            len = in.len - 3;
        blocks->codecs[blocks->count] = codecs[in.ptr[0] % 4];
        blocks->blocks[blocks->count++] = (mm_bytes){ in.ptr + 3, len };
        in = (mm_bytes){ in.ptr + 3 + len, in.len - 3 - len };
    }
}

static mm_err get(void *context, struct mm_buf *block, const struct cid *cid)
{
    const struct linked_blocks *blocks = context;
    const size_t number = cid->hash.digest[0];
    mm_buf_reset(block);
    if (cid->hash.len != 32 || number >= blocks->count)
        return MM_ERR_NOT_FOUND;
    mm_buf_add(block, blocks->blocks[number]);
    return mm_buf_err(block);
}

struct block_source linked_blocks_source(struct linked_blocks *blocks)
{
    return (struct block_source){ blocks, get };
}

struct cid linked_blocks_root(const struct linked_blocks *blocks)
{
    return (struct cid){ .version = 1,
                         .codec = blocks->codecs[0],
                         .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
}
