#include "rpc/gateway/source.h"

#include "state/base/heap.h"

struct source {
    struct content *content;
    const struct content_elsewhere *elsewhere; /* borrowed, or NULL */
    struct cid root;
    bool is_late;
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

static mm_err fetch(struct source *source, struct mm_buf *block, const struct cid *cid)
{
    if (source->elsewhere == NULL || source->is_late || !multihash_is_supported(&cid->hash))
        return MM_ERR_NOT_FOUND;
    const mm_err err = source->elsewhere->fetch(source->elsewhere->ctx, &source->root, cid);
    source->is_late = err == MM_ERR_BUSY; /* what else is missing is not waited for */
    return err == MM_OK ? content_get(source->content, block, cid) : MM_ERR_NOT_FOUND;
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
    mm_err err = content_get(source->content, block, cid);
    if (err == MM_ERR_NOT_FOUND)
        err = fetch(source, block, cid);
    MM_TRY(err);
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

void source_look_elsewhere(struct source *source, const struct content_elsewhere *elsewhere,
                           const struct cid *root)
{
    source->elsewhere = elsewhere;
    source->root = *root;
}

bool source_is_late(const struct source *source)
{
    return source->is_late;
}
