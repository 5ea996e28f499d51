#include "rpc/gateway/source.h"

#include "state/base/heap.h"

struct source {
    struct content *content;
    bool keeps;
    struct mm_buf kept; /* empty: nothing */
    struct multihash hash;
};

struct source *source_new(struct content *content)
{
    struct source *source = mm_heap_zeroed(1, sizeof *source);
    if (source == NULL)
        return NULL;
    source->content = content;
    source->keeps = true;
    mm_buf_init(&source->kept, BLOCK_BYTES_MAX);
    return source;
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    mm_buf_fini(&source->kept);
    mm_heap_free(source);
}

static mm_err get(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct source *source = context;
    if (source->kept.len > 0 && block->bytes_max == source->kept.bytes_max &&
        multihash_equal(&source->hash, &cid->hash)) {
        mm_buf_fini(block);
        *block = source->kept;
        mm_buf_init(&source->kept, BLOCK_BYTES_MAX);
        return MM_OK;
    }
    MM_TRY(content_get(source->content, block, cid));
    if (!source->keeps || block->len < SOURCE_KEPT_BYTES_MIN)
        return MM_OK;
    source->hash = cid->hash;
    mm_buf_reset(&source->kept);
    mm_buf_add(&source->kept, mm_buf_bytes(block)); /* without memory nothing is kept */
    return MM_OK;
}

struct block_source source_blocks(struct source *source)
{
    return (struct block_source){ source, get };
}

void source_keep_no_more(struct source *source)
{
    source->keeps = false;
}
