#include "p2p/content/canonical.h"

#include "p2p/content/cbor.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/links.h"
#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/codec/json.h"
#include "state/codec/utf8.h"

enum { CBOR_DEPTH_MAX = 128, FLOAT_16 = 0xf9, FLOAT_32 = 0xfa, FLOAT_64 = 0xfb };

const char *canonical_verdict_text(enum canonical_verdict verdict)
{
    switch (verdict) {
    case CANONICAL_OK:
        return "ok";
    case CANONICAL_MALFORMED:
        return "not of that codec";
    case CANONICAL_OTHERWISE:
        return "not in canonical form: it would be another block elsewhere";
    case CANONICAL_UNKNOWN:
        return "a codec that is not known here";
    case CANONICAL_NO_MEMORY:
        return "out of memory";
    }
    MM_UNREACHABLE();
}

/* ---- dag-pb ---- */

static enum canonical_verdict check_dagpb(mm_bytes block)
{
    struct dagpb_node node;
    struct dagpb_link link;
    if (dagpb_decode(&node, block) != DAGPB_OK)
        return CANONICAL_MALFORMED;
    struct dagpb_links links = dagpb_links(&node);
    mm_bytes last = { NULL, 0 };
    while (dagpb_next(&links, &link)) {
        if (mm_bytes_compare(last, link.name) > 0)
            return CANONICAL_OTHERWISE;
        last = link.name;
    }
    return node.canonical ? CANONICAL_OK : CANONICAL_OTHERWISE;
}

/* ---- dag-cbor ---- */

struct level {
    uint64_t due; /* items: keys and values both counted */
    bool is_map;
    bool has_key;
    mm_bytes key; /* the last one */
};

static enum canonical_verdict check_key(struct level *level, const struct cbor_item *item)
{
    if (item->major != CBOR_TEXT)
        return CANONICAL_MALFORMED;
    const bool is_later = !level->has_key || (item->bytes.len != level->key.len
                                                  ? item->bytes.len > level->key.len
                                                  : mm_bytes_compare(item->bytes, level->key) > 0);
    level->has_key = true;
    level->key = item->bytes;
    return is_later ? CANONICAL_OK : CANONICAL_OTHERWISE;
}

static enum canonical_verdict check_simple(uint8_t first, uint64_t argument)
{
    const uint64_t exponent = (uint64_t)0x7ff << 52;
    if (first == FLOAT_16 || first == FLOAT_32)
        return CANONICAL_OTHERWISE;
    if (first == FLOAT_64)
        return (argument & exponent) != exponent ? CANONICAL_OK : CANONICAL_MALFORMED;
    return argument >= 20 && argument <= 22 ? CANONICAL_OK : CANONICAL_MALFORMED;
}

/* One item's head, and the byte string of a link. */
static enum canonical_verdict check_item(struct cbor_item *item, mm_bytes *in)
{
    const uint8_t first = in->len == 0 ? 0 : in->ptr[0];
    if (!cbor_take(item, in))
        return CANONICAL_MALFORMED;
    switch (item->major) {
    case CBOR_TEXT:
        return utf8_is_valid(item->bytes) ? CANONICAL_OK : CANONICAL_MALFORMED;
    case CBOR_SIMPLE:
        return check_simple(first, item->argument);
    case CBOR_TAG: {
        struct cid cid;
        struct cbor_item bytes;
        if (item->argument != CBOR_TAG_LINK || !cbor_take(&bytes, in) || bytes.major != CBOR_BYTES)
            return CANONICAL_MALFORMED;
        const enum cid_verdict verdict = cbor_link(&cid, bytes.bytes);
        return verdict == CID_OK || verdict == CID_UNSUPPORTED ? CANONICAL_OK : CANONICAL_MALFORMED;
    }
    case CBOR_ARRAY:
    case CBOR_MAP: /* each item has a byte at least */
        return item->argument <= in->len ? CANONICAL_OK : CANONICAL_MALFORMED;
    case CBOR_UINT:
    case CBOR_NEGATIVE:
    case CBOR_BYTES:
        return CANONICAL_OK;
    }
    MM_UNREACHABLE();
}

static enum canonical_verdict check_dagcbor(mm_bytes in)
{
    struct level levels[CBOR_DEPTH_MAX];
    size_t depth = 1;
    bool is_otherwise = false;
    levels[0] = (struct level){ .due = 1 };
    while (depth > 0) {
        struct level *level = &levels[depth - 1];
        struct cbor_item item;
        if (level->due == 0) {
            depth--;
            continue;
        }
        const bool is_key = level->is_map && level->due % 2 == 0;
        enum canonical_verdict verdict = check_item(&item, &in);
        if (verdict == CANONICAL_OK && is_key)
            verdict = check_key(level, &item);
        if (verdict != CANONICAL_OK && verdict != CANONICAL_OTHERWISE)
            return verdict;
        is_otherwise |= verdict == CANONICAL_OTHERWISE;
        level->due--;
        if (item.major != CBOR_ARRAY && item.major != CBOR_MAP)
            continue;
        if (depth == CBOR_DEPTH_MAX)
            return CANONICAL_MALFORMED;
        const bool is_map = item.major == CBOR_MAP;
        levels[depth++] =
            (struct level){ .due = is_map ? 2 * item.argument : item.argument, .is_map = is_map };
    }
    if (in.len > 0)
        return CANONICAL_MALFORMED;
    return is_otherwise ? CANONICAL_OTHERWISE : CANONICAL_OK;
}

/* ---- dag-json ---- */

static bool has_blanks(mm_bytes text)
{
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n'))
            return true;
    }
    return false;
}

static bool keys_ascend(const struct json *object)
{
    for (size_t i = 1; object->kind == JSON_OBJECT && i < object->count; i++) {
        if (mm_bytes_compare(object->members[i - 1].key, object->members[i].key) >= 0)
            return false;
    }
    return true;
}

static bool all_keys_ascend(const struct json *root)
{
    struct {
        const struct json *container;
        size_t next;
    } stack[MM_JSON_DEPTH_MAX + 1];
    size_t depth = 0;
    const struct json *value = root;
    for (;;) {
        if (!keys_ascend(value))
            return false;
        if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY) {
            MM_ASSERT(depth < MM_COUNT_OF(stack)); /* json_parse allows no more */
            stack[depth].container = value;
            stack[depth++].next = 0;
        }
        while (depth > 0 && stack[depth - 1].next == stack[depth - 1].container->count)
            depth--;
        if (depth == 0)
            return true;
        const struct json *container = stack[depth - 1].container;
        const size_t index = stack[depth - 1].next++;
        value = container->kind == JSON_ARRAY ? &container->items[index]
                                              : &container->members[index].value;
    }
}

static bool hear_nothing(void *context, const struct cid *cid)
{
    (void)context;
    (void)cid;
    return true;
}

static enum canonical_verdict check_json(uint64_t codec, mm_bytes block)
{
    struct mm_arena arena;
    struct json root;
    mm_arena_init(&arena, LINKS_ARENA_BYTES_MAX);
    const struct json_options options = { .unique_keys = codec == CID_DAG_JSON };
    const enum json_verdict parsed = json_parse(&arena, &root, block, &options, NULL);
    enum canonical_verdict verdict = parsed == JSON_OK          ? CANONICAL_OK
                                     : parsed == JSON_NO_MEMORY ? CANONICAL_NO_MEMORY
                                                                : CANONICAL_MALFORMED;
    if (verdict == CANONICAL_OK && codec == CID_DAG_JSON &&
        (has_blanks(block) || !all_keys_ascend(&root)))
        verdict = CANONICAL_OTHERWISE;
    mm_arena_fini(&arena);
    if (verdict != CANONICAL_OK || codec != CID_DAG_JSON)
        return verdict;
    const struct cid cid = { .version = 1, .codec = CID_DAG_JSON };
    switch (content_links(&cid, block, &(struct links_listener){ NULL, hear_nothing })) {
    case LINKS_OK:
    case LINKS_STOPPED:
        return CANONICAL_OK;
    case LINKS_MALFORMED:
        return CANONICAL_MALFORMED;
    case LINKS_NO_MEMORY:
        return CANONICAL_NO_MEMORY;
    }
    MM_UNREACHABLE();
}

enum canonical_verdict content_canonical(uint64_t codec, mm_bytes block)
{
    switch (codec) {
    case CID_RAW:
    case CID_CBOR:
        return CANONICAL_OK;
    case CID_DAG_PB:
        return check_dagpb(block);
    case CID_DAG_CBOR:
        return check_dagcbor(block);
    case CID_DAG_JSON:
    case CID_JSON:
        return check_json(codec, block);
    default:
        return CANONICAL_UNKNOWN;
    }
}
