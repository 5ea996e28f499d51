/* ls: the entries of directories.
 *
 *     {"Objects":[{"Hash":"bafy…","Links":[{"Name":"a.png","Hash":"bafk…","Size":7,"Type":2,"Target":""}, …]}, …]}
 *
 * With stream=true a line like this for each entry. Type is 1 for a directory, 2 for a file, 4 for a symlink; Size that of the content;
 * both 0 when neither is asked for, and then nothing but the directory is read. A file has no links, as in kubo when it is one
 * block, and stands there itself: Hash is then its CID, so that clients need no second question. */
#include "rpc/content/api_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    ARENA_BYTES_MAX = 1 << 20,
    TEXT_BYTES_MAX = 64 << 10,
    TYPE_DIRECTORY = 1,
    TYPE_FILE = 2,
    TYPE_SYMLINK = 4
};

enum place { AT_PATH, IN_DIRECTORY, AT_THE_END };

struct listing {
    struct mm_arena arena;            /* paths and arguments */
    struct content_reader *directory; /* owned */
    struct content_reader *looking;   /* owned */
    struct api_path *paths;
    mm_bytes *arguments;
    size_t path_count;
    size_t path_at;
    bool is_stream;
    bool resolves;
    enum place place;
    bool has_link; /* of this directory */
    struct mm_buf text;
};

static void free_listing(void *state)
{
    struct listing *listing = state;
    content_reader_free(listing->directory);
    content_reader_free(listing->looking);
    mm_buf_fini(&listing->text);
    mm_arena_fini(&listing->arena);
    mm_heap_free(listing);
}

static struct listing *new_listing(const struct api_call *call)
{
    const struct block_source source = content_source(call->api->options.content);
    struct listing *listing = mm_heap_zeroed(1, sizeof *listing);
    if (listing == NULL)
        return NULL;
    mm_arena_init(&listing->arena, ARENA_BYTES_MAX);
    mm_buf_init(&listing->text, TEXT_BYTES_MAX);
    listing->directory = content_reader_new(&source);
    listing->looking = content_reader_new(&source);
    listing->paths = MM_ARENA_ARRAY(&listing->arena, struct api_path, call->argument_count);
    listing->arguments = MM_ARENA_ARRAY(&listing->arena, mm_bytes, call->argument_count);
    if (listing->directory != NULL && listing->looking != NULL && listing->paths != NULL &&
        listing->arguments != NULL)
        return listing;
    free_listing(listing);
    return NULL;
}

static enum read_verdict failed(struct stream_failure *failure, const struct content_reader *reader,
                                enum read_verdict verdict)
{
    failure->at = *content_reader_at(reader);
    failure->err = content_reader_err(reader);
    return verdict;
}

static unsigned type_of(enum content_kind kind)
{
    switch (kind) {
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        return TYPE_DIRECTORY;
    case CONTENT_SYMLINK:
        return TYPE_SYMLINK;
    case CONTENT_FILE:
    case CONTENT_OTHER:
        return TYPE_FILE;
    }
    MM_UNREACHABLE();
}

static void add_object_head(struct listing *listing, mm_bytes hash)
{
    struct json_writer w = json_writer_over(&listing->text);
    mm_buf_add_text(&listing->text, "{\"Hash\":");
    json_add_string(&w, hash);
    mm_buf_add_text(&listing->text, ",");
}

/* A path that is no directory: the object itself says what it is. */
static void add_file(struct listing *listing, const struct content_node *node)
{
    char text[CID_TEXT_MAX + 1];
    const size_t len = cid_to_text(text, &node->cid, MULTIBASE_BASE32);
    add_object_head(listing, mm_bytes_from(text, len));
    mm_buf_printf(&listing->text, "\"Size\":%llu,\"Type\":%u,\"Links\":[]}",
                  (unsigned long long)node->bytes, type_of(node->kind));
}

static enum read_verdict open_path(struct listing *listing, struct stream_failure *failure)
{
    const struct api_path *path = &listing->paths[listing->path_at];
    struct content_node node;
    enum read_verdict verdict =
        content_resolve(listing->directory, &node, NULL, &path->root, path->path, NULL);
    if (verdict != READ_OK)
        return failed(failure, listing->directory, verdict);
    const bool is_directory = node.kind == CONTENT_DIRECTORY || node.kind == CONTENT_SHARDED;
    if (!listing->is_stream)
        mm_buf_add_text(&listing->text, listing->path_at == 0 ? "{\"Objects\":[" : ",");
    if (!is_directory) {
        if (listing->is_stream)
            mm_buf_add_text(&listing->text, "{\"Objects\":[");
        add_file(listing, &node);
        if (listing->is_stream)
            mm_buf_add_text(&listing->text, "]}\n");
        listing->path_at++;
        return READ_OK;
    }
    verdict = content_dir_open(listing->directory, &node.cid);
    if (verdict != READ_OK)
        return failed(failure, listing->directory, verdict);
    if (!listing->is_stream) {
        add_object_head(listing, listing->arguments[listing->path_at]);
        mm_buf_add_text(&listing->text, "\"Links\":[");
    }
    listing->place = IN_DIRECTORY;
    listing->has_link = false;
    return READ_OK;
}

static enum read_verdict add_link(struct listing *listing, struct stream_failure *failure,
                                  const struct content_entry *entry)
{
    struct content_node node = { .cid = entry->cid };
    struct mm_buf target;
    mm_buf_init(&target, TEXT_BYTES_MAX / 2);
    enum read_verdict verdict = READ_OK;
    if (listing->resolves)
        verdict = content_stat(listing->looking, &node, &entry->cid);
    if (verdict == READ_OK && listing->resolves && node.kind == CONTENT_SYMLINK)
        verdict = content_symlink_read(listing->looking, &target, &entry->cid);
    if (verdict != READ_OK) {
        mm_buf_fini(&target);
        return failed(failure, listing->looking, verdict);
    }
    struct json_writer w = json_writer_over(&listing->text);
    json_open_object(&w);
    json_key(&w, "Name");
    json_add_string(&w, entry->name);
    json_key(&w, "Hash");
    api_add_cid(&w, &entry->cid);
    json_key(&w, "Size");
    json_add_u64(&w, node.bytes);
    json_key(&w, "Type");
    json_add_u64(&w, listing->resolves ? type_of(node.kind) : 0);
    json_key(&w, "Target");
    json_add_string(&w, mm_buf_bytes(&target));
    json_close_object(&w);
    mm_buf_fini(&target);
    return READ_OK;
}

static enum read_verdict next_link(struct listing *listing, struct stream_failure *failure)
{
    struct content_entry entry;
    const enum read_verdict verdict = content_dir_next(listing->directory, &entry);
    if (verdict == READ_END) {
        if (!listing->is_stream)
            mm_buf_add_text(&listing->text, "]}");
        listing->place = AT_PATH;
        listing->path_at++;
        return READ_OK;
    }
    if (verdict != READ_OK)
        return failed(failure, listing->directory, verdict);
    if (listing->is_stream) {
        mm_buf_add_text(&listing->text, "{\"Objects\":[");
        add_object_head(listing, listing->arguments[listing->path_at]);
        mm_buf_add_text(&listing->text, "\"Links\":[");
    } else if (listing->has_link) {
        mm_buf_add_text(&listing->text, ",");
    }
    listing->has_link = true;
    const enum read_verdict added = add_link(listing, failure, &entry);
    if (listing->is_stream)
        mm_buf_add_text(&listing->text, "]}]}\n");
    return added;
}

static enum read_verdict step(struct listing *listing, struct stream_failure *failure)
{
    switch (listing->place) {
    case AT_PATH:
        if (listing->path_at < listing->path_count)
            return open_path(listing, failure);
        listing->place = AT_THE_END;
        if (!listing->is_stream)
            mm_buf_add_text(&listing->text, "]}\n");
        return READ_OK;
    case IN_DIRECTORY:
        return next_link(listing, failure);
    case AT_THE_END:
        return READ_END;
    }
    MM_UNREACHABLE();
}

static enum read_verdict more(void *state, mm_bytes *piece, struct stream_failure *failure)
{
    struct listing *listing = state;
    mm_buf_reset(&listing->text);
    while (mm_buf_bytes(&listing->text).len == 0) {
        const enum read_verdict verdict = step(listing, failure);
        if (verdict != READ_OK)
            return verdict;
        if (mm_buf_err(&listing->text) != MM_OK) {
            failure->err = mm_buf_err(&listing->text);
            return READ_FAILED;
        }
    }
    *piece = mm_buf_bytes(&listing->text);
    return READ_OK;
}

/* The paths outlive the request's arena, which is not the stream's. False: answered. */
static bool take_paths(struct listing *listing, struct api_call *call)
{
    for (size_t i = 0; i < call->argument_count; i++) {
        struct api_path path;
        if (!api_take_path(call, &path, i))
            return false;
        listing->paths[i].root = path.root;
        if (mm_arena_copy(&listing->arena, &listing->paths[i].path, path.path) != MM_OK ||
            mm_arena_copy(&listing->arena, &listing->arguments[i], call->arguments[i]) != MM_OK) {
            api_fail_err(call->request, MM_ERR_NO_MEMORY);
            return false;
        }
    }
    listing->path_count = call->argument_count;
    return true;
}

static void respond(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct listing *listing = new_listing(call);
    if (listing == NULL) {
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    listing->is_stream = api_flag(call, "stream", false);
    listing->resolves = api_flag(call, "resolve-type", true) || api_flag(call, "size", true);
    if (!take_paths(listing, call)) {
        free_listing(listing);
        return;
    }
    api_answer_stream(request, &(struct stream){ listing, more, free_listing }, "application/json");
}

static const struct api_option OPTIONS[] = {
    { "resolve-type", NULL, API_FLAG, NULL, "look into each entry (the default)" },
    { "size", NULL, API_FLAG, NULL, "likewise" },
    { "stream", "s", API_FLAG, NULL, "a line for each entry" },
    { "headers", "v", API_IGNORED, NULL, NULL },
    { "long", "l", API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_LS = {
    .name = "ls",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = API_ARGUMENTS_MAX,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "the entries of directories, {Objects: [{Hash, Links: [{Name, Hash, Size, Type}]}]}",
    .respond = respond,
};
