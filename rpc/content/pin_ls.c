/* pin/ls: what is pinned, and how. */
#include <stdio.h>

#include "p2p/content/pin_list.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

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
    size_t found_at;
    bool is_stream;
    mm_bytes wanted_name; /* the request's; those alone whose name has it in it. Empty: all */
    bool has_names;
    bool has_kinds;
    bool has_begun; /* of the object that is no stream */
    bool has_ended;
    size_t rows;
    struct content *content;
    struct mm_buf out; /* rows, until the next ones */
};

static const char *type_text(enum pin_type type)
{
    return type == PIN_TYPE_RECURSIVE ? "recursive"
           : type == PIN_TYPE_DIRECT  ? "direct"
                                      : "indirect";
}

/* The first name of a user's pin that has the wanted one in it. Out: *pins, to be freed, which lends the name; empty: there is none. */
static mm_bytes find_name(const struct listing *listing, const struct cid *root,
                          struct content_pins **pins)
{
    const mm_bytes wanted = listing->wanted_name;
    struct content_pin pin;
    *pins = content_pins_new(listing->content, root);
    while (*pins != NULL && content_pins_next(*pins, &pin) == MM_OK)
        if (pin.kind == CONTENT_PIN_USER &&
            (wanted.len == 0 ||
             memmem(pin.owner.ptr, pin.owner.len, wanted.ptr, wanted.len) != NULL))
            return pin.owner;
    return MM_BYTES_LIT("");
}

static bool is_wanted(const struct listing *listing, const struct pin_listed *listed)
{
    struct content_pins *pins = NULL;
    if (listing->wanted_name.len == 0)
        return true;
    if (listed->type == PIN_TYPE_INDIRECT)
        return false; /* they have no names */
    const bool has_one = find_name(listing, &listed->cid, &pins).len > 0;
    content_pins_free(pins);
    return has_one;
}

static void add_name(struct json_writer *json, const struct listing *listing,
                     const struct cid *root)
{
    struct content_pins *pins;
    json_key(json, "Name");
    json_add_string(json, find_name(listing, root, &pins));
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
        add_name(&json, listing, &listed->cid);
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
    if (listing->found_at == listing->found_count)
        return MM_ERR_NOT_FOUND;
    *listed = listing->found[listing->found_at++];
    return MM_OK;
}

/* Some rows more into listing->out, or the end. */
static mm_err fill(struct listing *listing)
{
    mm_buf_reset(&listing->out);
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
        if (is_wanted(listing, &listed))
            add_row(listing, &listed);
    }
    return mm_buf_err(&listing->out);
}

static enum read_verdict more(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct listing *listing = state;
    while (!listing->has_ended) {
        failure->err = fill(listing);
        if (failure->err != MM_OK)
            return READ_FAILED;
        *piece = mm_buf_bytes(&listing->out);
        if (piece->len > 0)
            return READ_OK;
    }
    return READ_END;
}

static void free_listing(void *state)
{
    struct listing *listing = state;
    pin_list_free(listing->list);
    mm_buf_fini(&listing->out);
    mm_heap_free((void *)(uintptr_t)listing->found);
    mm_heap_free(listing);
}

/* False: answered. */
static bool find_all(struct listing *listing, struct api_call *call, unsigned types)
{
    const struct cid *cids = api_take_blocks(call);
    if (cids == NULL)
        return false;
    struct pin_listed *found = mm_heap_zeroed(call->argument_count, sizeof *found);
    if (found == NULL) {
        api_fail_err(call->request, MM_ERR_NO_MEMORY);
        return false;
    }
    listing->found = found;
    for (size_t i = 0; i < call->argument_count; i++) {
        const mm_err err = pin_find(listing->content, &found[i], types, &cids[i]);
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &cids[i], MULTIBASE_BASE32);
        if (err == MM_ERR_NOT_FOUND)
            api_fail(call->request, 500, "path '%s' is not pinned", text);
        else if (err != MM_OK)
            api_fail_err(call->request, err);
        if (err != MM_OK)
            return false;
        listing->found_count++;
    }
    return true;
}

/* False: answered. */
static bool list_all(struct listing *listing, struct api_call *call, unsigned types)
{
    listing->list = pin_list_new(listing->content, types);
    if (listing->list == NULL)
        api_fail_err(call->request, MM_ERR_NO_MEMORY);
    return listing->list != NULL;
}

static bool read_type(const struct api_call *call, unsigned *types)
{
    const mm_bytes name = api_text(call, "type", "all");
    for (size_t i = 0; i < MM_COUNT_OF(TYPES); i++)
        if (mm_bytes_equal(name, mm_bytes_str(TYPES[i].name))) {
            *types = TYPES[i].types;
            return true;
        }
    api_fail(call->request, 500,
             "invalid type '%.*s', must be one of {direct, indirect, recursive, all}",
             name.len > 100 ? 100 : (int)name.len, (const char *)name.ptr);
    return false;
}

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    unsigned types;
    if (call == NULL || !read_type(call, &types))
        return;
    struct listing *listing = mm_heap_zeroed(1, sizeof *listing);
    if (listing == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    mm_buf_init(&listing->out, ROWS_BYTES_MAX);
    listing->content = call->api->options.content;
    listing->is_stream = api_flag(call, "stream", false);
    listing->wanted_name = api_text(call, "name", "");
    listing->has_names = api_flag(call, "names", false) || listing->wanted_name.len > 0;
    listing->has_kinds = api_flag(call, "kinds", false);
    if (call->argument_count > 0 ? find_all(listing, call, types) : list_all(listing, call, types))
        api_answer_stream(request, &(struct stream){ listing, more, free_listing },
                          "application/json");
    else
        free_listing(listing);
}

static const struct api_option OPTIONS[] = {
    { "type", "t", API_TEXT, NULL, "recursive, direct, indirect or all (the default)" },
    { "stream", "s", API_FLAG, NULL, "a line {Cid, Type} for each" },
    { "names", "n", API_FLAG, NULL, "the name of each" },
    { "name", NULL, API_TEXT, NULL, "those alone that have this in their name, which is shown" },
    { "kinds", NULL, API_FLAG, NULL, "whom each is held for: chain, user, upload; not kubo's" },
    { "quiet", "q", API_IGNORED, NULL, NULL },
    { "paths", NULL, API_IGNORED, NULL,
      NULL }, /* kubo-rpc-client has put them into the arguments */
};

const struct api_command API_CMD_PIN_LS = {
    .name = "pin/ls",
    .arguments = "[PATH…]",
    .arguments_max = API_ARGUMENTS_MAX,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "what is held, or how these are, {Keys: {CID: {Type}}}",
    .respond = respond,
};
