#include "p2p/content/document.h"

#include "p2p/content/cbor.h"
#include "p2p/content/links_internal.h"
#include "state/base/assert.h"

/* The first segment, and what is behind it. */
static mm_bytes first_segment(mm_bytes *behind, mm_bytes path)
{
    const uint8_t *slash = memchr(path.ptr, '/', path.len);
    const size_t len = slash == NULL ? path.len : (size_t)(slash - path.ptr);
    const size_t used = slash == NULL ? len : len + 1;
    *behind = (mm_bytes){ path.ptr + used, path.len - used };
    return (mm_bytes){ path.ptr, len };
}

/* "0", "17": no sign, no zeros in front. */
static bool parse_index(uint64_t *index, mm_bytes text)
{
    enum { DIGITS_MAX = 9 };
    *index = 0;
    if (text.len == 0 || text.len > DIGITS_MAX || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *index = *index * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

static bool is_cid(enum cid_verdict verdict)
{
    return verdict == CID_OK || verdict == CID_UNSUPPORTED;
}

/* --- dag-cbor --- */

/* Steps over one item with all that is in it: it is enough to count what is still due. */
static bool skip_item(mm_bytes *in)
{
    uint64_t due = 1;
    while (due > 0) {
        struct cbor_item item;
        if (due > in->len || !cbor_take(&item, in)) /* each item has a byte at least */
            return false;
        due--;
        if (item.major != CBOR_ARRAY && item.major != CBOR_MAP && item.major != CBOR_TAG)
            continue;
        if (item.major != CBOR_TAG && item.argument > in->len)
            return false;
        due += item.major == CBOR_TAG   ? 1
               : item.major == CBOR_MAP ? 2 * item.argument
                                        : item.argument;
    }
    return true;
}

/* *in is behind the head of a map or list; afterwards it is at the value of the segment. */
static enum document_verdict enter_cbor(mm_bytes *in, const struct cbor_item *head,
                                        mm_bytes segment)
{
    uint64_t index;
    if (head->major == CBOR_ARRAY) {
        if (!parse_index(&index, segment) || index >= head->argument)
            return DOCUMENT_NO_NAME;
        for (uint64_t i = 0; i < index; i++)
            if (!skip_item(in))
                return DOCUMENT_MALFORMED;
        return DOCUMENT_INSIDE;
    }
    for (uint64_t i = 0; i < head->argument; i++) {
        struct cbor_item key;
        if (!cbor_take(&key, in) || key.major != CBOR_TEXT)
            return DOCUMENT_MALFORMED;
        if (mm_bytes_equal(key.bytes, segment))
            return DOCUMENT_INSIDE;
        if (!skip_item(in))
            return DOCUMENT_MALFORMED;
    }
    return DOCUMENT_NO_NAME;
}

static enum document_verdict follow_cbor(struct cid *link, mm_bytes *path, mm_bytes in)
{
    for (;;) {
        struct cbor_item item;
        if (!cbor_take(&item, &in))
            return DOCUMENT_MALFORMED;
        if (item.major == CBOR_TAG) {
            if (item.argument != CBOR_TAG_LINK || !cbor_take(&item, &in) ||
                item.major != CBOR_BYTES || !is_cid(cbor_link(link, item.bytes)))
                return DOCUMENT_MALFORMED;
            return DOCUMENT_LINK;
        }
        if (path->len == 0)
            return DOCUMENT_INSIDE;
        if (item.major != CBOR_ARRAY && item.major != CBOR_MAP)
            return DOCUMENT_NO_NAME;
        mm_bytes behind;
        const mm_bytes segment = first_segment(&behind, *path);
        const enum document_verdict verdict = enter_cbor(&in, &item, segment);
        if (verdict != DOCUMENT_INSIDE)
            return verdict;
        *path = behind;
    }
}

/* --- dag-json --- */

static enum document_verdict walk_json(struct cid *link, mm_bytes *path, const struct json *value)
{
    for (;;) {
        const struct json *text = links_json_text(value);
        if (text != NULL)
            return is_cid(cid_parse(link, text->text)) ? DOCUMENT_LINK : DOCUMENT_MALFORMED;
        if (path->len == 0)
            return DOCUMENT_INSIDE;
        mm_bytes behind;
        const mm_bytes segment = first_segment(&behind, *path);
        const struct json *next = NULL;
        uint64_t index;
        if (value->kind == JSON_ARRAY && parse_index(&index, segment) && index < value->count)
            next = &value->items[index];
        for (size_t i = 0; value->kind == JSON_OBJECT && i < value->count && next == NULL; i++)
            if (mm_bytes_equal(value->members[i].key, segment))
                next = &value->members[i].value;
        if (next == NULL)
            return DOCUMENT_NO_NAME;
        value = next;
        *path = behind;
    }
}

static enum document_verdict follow_json(struct cid *link, mm_bytes *path, mm_bytes block)
{
    struct mm_arena arena;
    mm_arena_init(&arena, LINKS_ARENA_BYTES_MAX);
    struct json root;
    const enum json_verdict parsed =
        json_parse(&arena, &root, block, &(struct json_options){ .unique_keys = true }, NULL);
    enum document_verdict verdict =
        parsed == JSON_NO_MEMORY ? DOCUMENT_NO_MEMORY : DOCUMENT_MALFORMED;
    if (parsed == JSON_OK)
        verdict = walk_json(link, path, &root);
    mm_arena_fini(&arena);
    return verdict;
}

enum document_verdict document_follow(struct cid *link, mm_bytes *path, const struct cid *cid,
                                      mm_bytes block)
{
    MM_ASSERT(cid->codec == CID_DAG_CBOR || cid->codec == CID_DAG_JSON);
    return cid->codec == CID_DAG_CBOR ? follow_cbor(link, path, block)
                                      : follow_json(link, path, block);
}
