#include "p2p/content/links.h"

#include "p2p/content/cbor.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/links_internal.h"
#include "state/base/limits.h"

static enum links_verdict tell(const struct links_listener *listener, const struct cid *cid)
{
    return listener->link(listener->context, cid) ? LINKS_OK : LINKS_STOPPED;
}

static enum links_verdict links_of_dagpb(mm_bytes block, const struct links_listener *listener)
{
    struct dagpb_node node;
    if (dagpb_decode(&node, block) != DAGPB_OK)
        return LINKS_MALFORMED;
    struct dagpb_links links = dagpb_links(&node);
    struct dagpb_link link;
    while (dagpb_next(&links, &link)) {
        const enum links_verdict verdict = tell(listener, &link.cid);
        if (verdict != LINKS_OK)
            return verdict;
    }
    return LINKS_OK;
}

/* Nesting needs no stack: it is enough to count the items that are still due. */
static enum links_verdict links_of_dagcbor(mm_bytes in, const struct links_listener *listener)
{
    uint64_t due = 1;
    while (due > 0) {
        struct cbor_item item;
        if (due > in.len || !cbor_take(&item, &in)) /* each item has a byte at least */
            return LINKS_MALFORMED;
        due--;
        if (item.major == CBOR_ARRAY || item.major == CBOR_MAP) {
            if (item.argument > in.len)
                return LINKS_MALFORMED;
            due += item.major == CBOR_MAP ? 2 * item.argument : item.argument;
        } else if (item.major == CBOR_TAG) { /* the only tag that DAG-CBOR has */
            struct cid cid;
            if (item.argument != CBOR_TAG_LINK || !cbor_take(&item, &in) ||
                item.major != CBOR_BYTES)
                return LINKS_MALFORMED;
            const enum cid_verdict verdict = cbor_link(&cid, item.bytes);
            if (verdict != CID_OK && verdict != CID_UNSUPPORTED)
                return LINKS_MALFORMED;
            const enum links_verdict told = tell(listener, &cid);
            if (told != LINKS_OK)
                return told;
        }
    }
    return in.len == 0 ? LINKS_OK : LINKS_MALFORMED;
}

/* One step of a walk over a JSON tree: a container and which of its values is next. */
struct place {
    const struct json *container;
    size_t next;
};

const struct json *links_json_text(const struct json *value)
{
    const struct json *text =
        value->kind == JSON_OBJECT && value->count == 1 ? json_find(value, "/") : NULL;
    return text != NULL && text->kind == JSON_STRING ? text : NULL;
}

static enum links_verdict walk_json(const struct json *root, const struct links_listener *listener)
{
    struct place stack[MM_JSON_DEPTH_MAX + 1];
    size_t depth = 0;
    const struct json *value = root;
    for (;;) {
        const struct json *text = links_json_text(value);
        if (text != NULL) {
            struct cid cid;
            const enum cid_verdict verdict = cid_parse(&cid, text->text);
            if (verdict != CID_OK && verdict != CID_UNSUPPORTED)
                return LINKS_MALFORMED;
            const enum links_verdict told = tell(listener, &cid);
            if (told != LINKS_OK)
                return told;
        } else if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY) {
            if (depth == sizeof stack / sizeof *stack)
                return LINKS_MALFORMED;
            stack[depth++] = (struct place){ value, 0 };
        }
        while (depth > 0 && stack[depth - 1].next == stack[depth - 1].container->count)
            depth--;
        if (depth == 0)
            return LINKS_OK;
        struct place *place = &stack[depth - 1];
        const size_t index = place->next++;
        value = place->container->kind == JSON_ARRAY ? &place->container->items[index]
                                                     : &place->container->members[index].value;
    }
}

static enum links_verdict links_of_dagjson(mm_bytes block, const struct links_listener *listener)
{
    struct mm_arena arena;
    mm_arena_init(&arena, LINKS_ARENA_BYTES_MAX);
    struct json root;
    const enum json_verdict parsed =
        json_parse(&arena, &root, block, &(struct json_options){ .unique_keys = true }, NULL);
    enum links_verdict verdict = parsed == JSON_NO_MEMORY ? LINKS_NO_MEMORY : LINKS_MALFORMED;
    if (parsed == JSON_OK)
        verdict = walk_json(&root, listener);
    mm_arena_fini(&arena);
    return verdict;
}

enum links_verdict content_links(const struct cid *cid, mm_bytes block,
                                 const struct links_listener *listener)
{
    switch (cid->codec) {
    case CID_DAG_PB:
        return links_of_dagpb(block, listener);
    case CID_DAG_CBOR:
        return links_of_dagcbor(block, listener);
    case CID_DAG_JSON:
        return links_of_dagjson(block, listener);
    default:
        return LINKS_OK;
    }
}
