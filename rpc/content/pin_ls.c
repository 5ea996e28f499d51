/* pin ls: what is pinned, and how. */
#include <stdio.h>

#include "p2p/content/pin_list.h"
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

enum { ROWS_BYTES_MAX = 16 << 10 };

static const struct {
    const char *name;
    unsigned types;
} TYPES[] = {
    { "all", PIN_TYPE_ALL },
    { "recursive", PIN_TYPE_RECURSIVE },
    { "direct", PIN_TYPE_DIRECT },
    { "indirect", PIN_TYPE_INDIRECT },
};

struct listing {
    struct pin_list *list; /* owned; NULL: of arguments alone */
    const struct pin_listed *found;
    size_t found_count;
    bool is_stream;
    bool has_names;
    bool has_kinds;
    bool has_begun; /* of the object that is no stream */
    bool has_ended;
    size_t rows;
    struct content *content;
    struct mm_buf out; /* rows that were not given yet */
    size_t given;
};

static const char *type_text(enum pin_type type)
{
    return type == PIN_TYPE_RECURSIVE ? "recursive"
           : type == PIN_TYPE_DIRECT  ? "direct"
                                      : "indirect";
}

/* The name of a user's pin, if it has one. */
static void add_name(struct json_writer *json, struct content *content, const struct cid *root)
{
    struct content_pins *pins = content_pins_new(content, root);
    struct content_pin pin;
    mm_err err = pins == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    while (err == MM_OK && (err = content_pins_next(pins, &pin)) == MM_OK)
        if (pin.kind == CONTENT_PIN_USER)
            break;
    json_key(json, "Name");
    json_add_string(json, err == MM_OK ? pin.owner : MM_BYTES_LIT(""));
    content_pins_free(pins);
}

static void add_kinds(struct json_writer *json, const struct pin_listed *listed)
{
    static const char *const KINDS[] = { NULL, "chain", "user", "upload" };
    json_key(json, "Kinds");
    json_open_array(json);
    for (size_t kind = CONTENT_PIN_CHAIN; kind <= CONTENT_PIN_UPLOAD; kind++)
        if (listed->is_by[kind])
            json_add_text(json, KINDS[kind]);
    json_close_array(json);
    if (listed->pin.expires_ms != 0) {
        json_key(json, "ExpiresMs");
        json_add_u64(json, listed->pin.expires_ms);
    }
}

static void add_row(struct listing *listing, const struct pin_listed *listed)
{
    char cid[CID_TEXT_MAX + 1];
    char type[32 + CID_TEXT_MAX];
    (void)cid_to_text(cid, &listed->cid, MULTIBASE_BASE32);
    (void)snprintf(type, sizeof type, "%s", type_text(listed->type));
    if (listed->type == PIN_TYPE_INDIRECT && listing->list == NULL) {
        char root[CID_TEXT_MAX + 1];
        (void)cid_to_text(root, &listed->pin.root, MULTIBASE_BASE32);
        (void)snprintf(type, sizeof type, "indirect through %s", root);
    }
    if (!listing->is_stream)
        mm_buf_printf(&listing->out, "%s\"%s\":", listing->rows > 0 ? "," : "", cid);
    struct json_writer json = json_writer_over(&listing->out);
    json_open_object(&json);
    if (listing->is_stream) {
        json_key(&json, "Cid");
        json_add_text(&json, cid);
    }
    json_key(&json, "Type");
    json_add_text(&json, type);
    if (listing->has_names && listed->type != PIN_TYPE_INDIRECT)
        add_name(&json, listing->content, &listed->cid);
    if (listing->has_kinds)
        add_kinds(&json, listed);
    json_close_object(&json);
    if (listing->is_stream)
        mm_buf_add_byte(&listing->out, '\n');
    listing->rows++;
}

/* MM_ERR_NOT_FOUND at the end. */
static mm_err next(struct listing *listing, struct pin_listed *listed)
{
    if (listing->list != NULL)
        return pin_list_next(listing->list, listed);
    if (listing->rows == listing->found_count)
        return MM_ERR_NOT_FOUND;
    *listed = listing->found[listing->rows];
    return MM_OK;
}

/* Some rows more into listing->out, or the end. */
static mm_err fill(struct listing *listing)
{
    mm_buf_reset(&listing->out);
    listing->given = 0;
    if (!listing->has_begun && !listing->is_stream)
        mm_buf_add_text(&listing->out, "{\"Keys\":{");
    listing->has_begun = true;
    while (mm_buf_bytes(&listing->out).len < ROWS_BYTES_MAX / 2) {
        struct pin_listed listed;
        const mm_err err = next(listing, &listed);
        if (err == MM_ERR_NOT_FOUND) {
            listing->has_ended = true;
            if (!listing->is_stream)
                mm_buf_add_text(&listing->out, "}}\n");
            break;
        }
        MM_TRY(err);
        add_row(listing, &listed);
    }
    return mm_buf_err(&listing->out);
}

static ptrdiff_t read_rows(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    (void)offset;
    struct listing *listing = state;
    while (listing->given == mm_buf_bytes(&listing->out).len) {
        if (listing->has_ended)
            return 0;
        if (fill(listing) != MM_OK)
            return HTTP_READ_FAILED;
    }
    const mm_bytes rows = mm_buf_bytes(&listing->out);
    const size_t len = rows.len - listing->given < capacity ? rows.len - listing->given : capacity;
    memcpy(out, rows.ptr + listing->given, len);
    listing->given += len;
    return (ptrdiff_t)len;
}

static void free_listing(void *state)
{
    struct listing *listing = state;
    pin_list_free(listing->list);
    mm_buf_fini(&listing->out);
    mm_heap_free((void *)(uintptr_t)listing->found);
    mm_heap_free(listing);
}

/* Takes the listing. */
static void answer(struct http_request *request, struct listing *listing)
{
    struct http_response response;
    http_response_init(&response, 200, "application/json", 0);
    response.reader = (struct http_reader){
        .read = read_rows, .free = free_listing, .state = listing, .length = HTTP_LENGTH_UNKNOWN
    };
    http_response_header(&response, "X-Chunked-Output", MM_BYTES_LIT("1"));
    http_answer(request, &response);
}

/* False: answered. */
static bool find_all(struct content_keep *keep, struct http_request *request,
                     struct listing *listing, const struct keep_arguments *arguments,
                     unsigned types)
{
    struct pin_listed *found = mm_heap_zeroed(arguments->count, sizeof *found);
    if (found == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return false;
    }
    listing->found = found;
    for (size_t i = 0; i < arguments->count; i++) {
        const mm_err err = pin_find(keep->content, &found[i], types, &arguments->cids[i]);
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &arguments->cids[i], MULTIBASE_BASE32);
        if (err == MM_ERR_NOT_FOUND)
            api_fail(request, 500, "path '%s' is not pinned", text);
        else if (err != MM_OK)
            api_fail_err(request, err);
        if (err != MM_OK)
            return false;
        listing->found_count++;
    }
    return true;
}

static bool read_type(struct http_request *request, unsigned *types)
{
    mm_bytes name;
    *types = PIN_TYPE_ALL;
    if (!http_query(request, "type", &name) && !http_query(request, "t", &name))
        return true;
    for (size_t i = 0; i < MM_COUNT_OF(TYPES); i++)
        if (mm_bytes_equal(name, mm_bytes_str(TYPES[i].name))) {
            *types = TYPES[i].types;
            return true;
        }
    api_fail(request, 500, "invalid type '%.*s', must be one of {direct, indirect, recursive, all}",
             name.len > 100 ? 100 : (int)name.len, (const char *)name.ptr);
    return false;
}

void keep_pin_ls(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    struct keep_arguments arguments;
    unsigned types;
    if (!keep_check_options(request, "type t quiet q s names kinds paths") ||
        !read_type(request, &types) || !keep_arguments(keep, request, &arguments))
        return;
    struct listing *listing = mm_heap_zeroed(1, sizeof *listing);
    if (listing == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    mm_buf_init(&listing->out, ROWS_BYTES_MAX);
    listing->content = keep->content;
    listing->is_stream = keep_flag(request, "stream", keep_flag(request, "s", false));
    listing->has_names = keep_flag(request, "names", false);
    listing->has_kinds = keep_flag(request, "kinds", false);
    if (arguments.count > 0) {
        if (find_all(keep, request, listing, &arguments, types))
            answer(request, listing);
        else
            free_listing(listing);
        return;
    }
    listing->list = pin_list_new(keep->content, types);
    if (listing->list == NULL) {
        free_listing(listing);
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    answer(request, listing);
}
