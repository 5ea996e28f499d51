#include "memory_blocks.h"

#include <stdlib.h>

struct slot {
    bool used;
    bool gone;
    struct cid cid;
    uint8_t *bytes;
    size_t len;
};

struct memory_blocks {
    bool keeps;
    struct slot *slots;
    size_t capacity; /* a power of two */
    size_t count;
    uint64_t bytes;
    size_t puts;
    size_t gets;
    uint8_t *last;
    size_t last_len;
};

static void *need(void *ptr)
{
    if (ptr == NULL)
        abort();
    return ptr;
}

struct memory_blocks *memory_blocks_new(bool keeps)
{
    struct memory_blocks *blocks = need(calloc(1, sizeof *blocks));
    blocks->keeps = keeps;
    blocks->capacity = 1024;
    blocks->slots = need(calloc(blocks->capacity, sizeof *blocks->slots));
    return blocks;
}

void memory_blocks_free(struct memory_blocks *blocks)
{
    for (size_t i = 0; i < blocks->capacity; i++)
        free(blocks->slots[i].bytes);
    free(blocks->slots);
    free(blocks->last);
    free(blocks);
}

static struct slot *probe(struct slot *slots, size_t capacity, const struct cid *cid)
{
    size_t at = 0;
    for (size_t i = 0; i < cid->hash.len; i++)
        at = at * 31 + cid->hash.digest[i];
    for (;; at++) {
        struct slot *slot = &slots[at & (capacity - 1)];
        if (!slot->used || cid_same_block(&slot->cid, cid))
            return slot;
    }
}

static void grow(struct memory_blocks *blocks)
{
    const size_t capacity = 2 * blocks->capacity;
    struct slot *slots = need(calloc(capacity, sizeof *slots));
    for (size_t i = 0; i < blocks->capacity; i++)
        if (blocks->slots[i].used)
            *probe(slots, capacity, &blocks->slots[i].cid) = blocks->slots[i];
    free(blocks->slots);
    blocks->slots = slots;
    blocks->capacity = capacity;
}

static mm_err put(void *context, const struct cid *cid, mm_bytes block)
{
    struct memory_blocks *blocks = context;
    blocks->puts++;
    if (block.len < 1 << 17 || blocks->last == NULL) {
        blocks->last = need(realloc(blocks->last, block.len + 1));
        if (block.len > 0)
            memcpy(blocks->last, block.ptr, block.len);
        blocks->last_len = block.len;
    }
    if (2 * blocks->count >= blocks->capacity)
        grow(blocks);
    struct slot *slot = probe(blocks->slots, blocks->capacity, cid);
    if (slot->used)
        return MM_OK;
    *slot = (struct slot){ .used = true, .cid = *cid, .len = block.len };
    if (blocks->keeps) {
        slot->bytes = need(malloc(block.len + 1));
        if (block.len > 0)
            memcpy(slot->bytes, block.ptr, block.len);
    }
    blocks->count++;
    blocks->bytes += block.len;
    return MM_OK;
}

static mm_err get(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct memory_blocks *blocks = context;
    blocks->gets++;
    mm_buf_reset(block);
    const struct slot *slot = probe(blocks->slots, blocks->capacity, cid);
    if (!slot->used || slot->gone)
        return MM_ERR_NOT_FOUND;
    mm_buf_add(block, (mm_bytes){ slot->bytes, slot->len });
    return mm_buf_err(block);
}

struct block_sink memory_blocks_sink(struct memory_blocks *blocks)
{
    return (struct block_sink){ blocks, put };
}

struct block_source memory_blocks_source(struct memory_blocks *blocks)
{
    return (struct block_source){ blocks, get };
}

size_t memory_blocks_count(const struct memory_blocks *blocks)
{
    return blocks->count;
}

uint64_t memory_blocks_bytes(const struct memory_blocks *blocks)
{
    return blocks->bytes;
}

size_t memory_blocks_puts(const struct memory_blocks *blocks)
{
    return blocks->puts;
}

size_t memory_blocks_gets(const struct memory_blocks *blocks)
{
    return blocks->gets;
}

mm_bytes memory_blocks_last(const struct memory_blocks *blocks)
{
    return (mm_bytes){ blocks->last, blocks->last_len };
}

mm_bytes memory_blocks_find(const struct memory_blocks *blocks, const struct cid *cid)
{
    const struct slot *slot = probe(blocks->slots, blocks->capacity, cid);
    if (!slot->used || slot->gone)
        return (mm_bytes){ NULL, 0 };
    return (mm_bytes){ slot->bytes, slot->len };
}

void memory_blocks_remove(struct memory_blocks *blocks, const struct cid *cid)
{
    struct slot *slot = probe(blocks->slots, blocks->capacity, cid);
    slot->gone = true;
}
