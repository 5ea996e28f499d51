/* dag-pb, UnixFS, shards and the reader over one hostile block. A decoded node encodes to what decodes to
 * the same node, and to the same bytes when it said it was canonical; listing and looking up agree; every
 * range of a file is part of the whole. */
#include "p2p/content/dagpb.h"
#include "p2p/content/hamt.h"
#include "p2p/content/reader.h"
#include "p2p/content/unixfs.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTENT_MAX = 1 << 16 };

static void check_dagpb(mm_bytes block)
{
    struct dagpb_node node, again;
    if (dagpb_decode(&node, block) != DAGPB_OK)
        return;
    struct mm_buf out;
    mm_buf_init(&out, 2 * block.len + 1000);
    dagpb_encode(&out, &node);
    MM_ASSERT(mm_buf_err(&out) == MM_OK);
    const mm_bytes bytes = mm_buf_bytes(&out);
    MM_ASSERT(node.canonical == mm_bytes_equal(bytes, block));
    MM_ASSERT(dagpb_decode(&again, bytes) == DAGPB_OK && again.canonical);
    MM_ASSERT(again.link_count == node.link_count && again.has_data == node.has_data);
    MM_ASSERT(mm_bytes_equal(again.data, node.data));
    mm_buf_fini(&out);
}

static void check_unixfs(mm_bytes data)
{
    struct unixfs node, again;
    if (unixfs_decode(&node, data) != UNIXFS_OK)
        return;
    struct mm_buf out;
    mm_buf_init(&out, 12 * data.len + 1000); /* a packed size of one byte becomes a record of two */
    unixfs_encode(&out, &node);
    MM_ASSERT(mm_buf_err(&out) == MM_OK);
    const mm_bytes bytes = mm_buf_bytes(&out);
    MM_ASSERT(!node.canonical || mm_bytes_equal(bytes, data));
    MM_ASSERT(unixfs_decode(&again, bytes) == UNIXFS_OK);
    MM_ASSERT(again.type == node.type && again.blocksize_count == node.blocksize_count);
    MM_ASSERT(unixfs_content_bytes(&again) == unixfs_content_bytes(&node));
    mm_buf_fini(&out);
}

/* A source that has the one block under every CID of this length of digest: hashes are not what is looked at here. */
static mm_err get(void *context, struct mm_buf *block, const struct cid *cid)
{
    const mm_bytes *bytes = context;
    mm_buf_reset(block);
    if (cid->hash.len != 32)
        return MM_ERR_NOT_FOUND;
    mm_buf_add(block, *bytes);
    return mm_buf_err(block);
}

static void check_ranges(struct content_reader *reader, const struct cid *root)
{
    struct mm_buf whole;
    mm_buf_init(&whole, CONTENT_MAX);
    if (content_file_read(reader, &whole, root) == READ_OK) {
        const mm_bytes all = mm_buf_bytes(&whole);
        uint64_t bytes;
        mm_bytes piece;
        MM_ASSERT(content_file_open(reader, &bytes, root) == READ_OK && bytes == all.len);
        for (size_t from = 0; from < all.len; from += all.len / 7 + 1) {
            size_t at = from;
            content_file_range(reader, from, all.len / 3);
            for (; content_file_next(reader, &piece) == READ_OK; at += piece.len)
                MM_ASSERT(at + piece.len <= all.len &&
                          memcmp(all.ptr + at, piece.ptr, piece.len) == 0);
            MM_ASSERT(at == (from + all.len / 3 < all.len ? from + all.len / 3 : all.len));
        }
    }
    mm_buf_fini(&whole);
}

static void check_listing(struct content_reader *reader, const struct block_source *source,
                          const struct cid *root)
{
    if (content_dir_open(reader, root) != READ_OK)
        return;
    struct content_reader *looker = content_reader_new(source);
    struct content_entry entry;
    for (size_t i = 0; i < 500 && content_dir_next(reader, &entry) == READ_OK; i++) {
        if (entry.name.len > 0 && memchr(entry.name.ptr, '/', entry.name.len) != NULL)
            continue; /* listed as it is, but not to be reached by a path */
        struct content_node node;
        const enum read_verdict verdict =
            content_resolve(looker, &node, NULL, root, entry.name, NULL);
        MM_ASSERT(verdict != READ_NO_NAME);
    }
    content_reader_free(looker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mm_bytes block = { data, size };
    check_dagpb(block);
    check_unixfs(block);
    const struct block_source source = { &block, get };
    struct content_reader *reader = content_reader_new(&source);
    struct cid root = { .version = 1,
                        .codec = CID_DAG_PB,
                        .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    check_ranges(reader, &root);
    check_listing(reader, &source, &root);
    content_reader_free(reader);
    return 0;
}
