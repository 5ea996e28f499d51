#include "node/cli/fetch.h"

#include "p2p/content/import.h"
#include "state/base/assert.h"

enum { TARGET_MAX = 8 << 10, ERROR_BYTES_MAX = 64 << 10 };

const char *fetch_verdict_text(enum fetch_verdict verdict)
{
    switch (verdict) {
    case FETCH_OK:
        return "ok";
    case FETCH_MISSING:
        return "the node does not have it";
    case FETCH_WRONG:
        return "what the node gave is not what the CID names";
    case FETCH_NO_NAME:
        return "there is no entry of this name";
    case FETCH_FOLDER:
        return "it is a folder";
    case FETCH_MALFORMED:
        return "its blocks are no file";
    case FETCH_UNPROVEN:
        return "the node gives bytes but no blocks, and they cannot be traced to the CID";
    case FETCH_TOO_LARGE:
        return "too large";
    case FETCH_NO_DOOR:
        return "the node's content doors are closed";
    case FETCH_FAILED:
        return "it could not be read";
    }
    MM_UNREACHABLE();
}

/* ---- requests ---- */

static enum client_verdict get(struct fetch *fetch, struct client *client, unsigned *status,
                               struct mm_buf *body, const char *target, const char *accept)
{
    const bool is_api = client == fetch->api;
    const struct client_request request = {
        .method = is_api ? "POST" : "GET",
        .target = target,
        .accept = accept,
    };
    return client_ask_all(client, status, body, &request, &fetch->reason);
}

/* prefix CID suffix, terminated, in `out`. */
static void make_target(struct mm_buf *out, const char *prefix, const struct cid *cid,
                        const char *suffix)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    mm_buf_printf(out, "%s%s%s", prefix, text, suffix);
    mm_buf_add_byte(out, 0);
}

/* ---- blocks ---- */

static mm_err ask_block(struct fetch *fetch, struct client *client, struct mm_buf *block,
                        const struct cid *cid, bool *has_none)
{
    struct mm_buf target;
    unsigned status = 0;
    const bool is_api = client == fetch->api;
    mm_buf_init(&target, TARGET_MAX);
    if (is_api)
        make_target(&target, "/api/v0/block/get?arg=", cid, "");
    else
        make_target(&target, "/ipfs/", cid, "?format=raw");
    mm_buf_reset(block);
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (mm_buf_err(&target) == MM_OK)
        verdict = get(fetch, client, &status, block, (const char *)target.ptr,
                      "application/vnd.ipld.raw");
    mm_buf_fini(&target);
    *has_none = verdict == CLIENT_UNREACHABLE; /* the other door may be open */
    if (verdict != CLIENT_OK)
        return verdict == CLIENT_UNREACHABLE ? MM_ERR_NOT_FOUND : MM_ERR_IO;
    /* kubo's way of saying that a command is not there, and a gateway's that a form is not. */
    *has_none =
        is_api ? status == 404 || status == 405 || status == 501 : status == 406 || status == 400;
    return status == 200 ? MM_OK : MM_ERR_NOT_FOUND;
}

static bool gives_blocks(const struct fetch *fetch)
{
    return (fetch->api != NULL && !fetch->api_has_no_blocks) ||
           (fetch->gateway != NULL && !fetch->gateway_has_no_blocks);
}

static mm_err get_block(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct fetch *fetch = context;
    mm_err err = MM_ERR_NOT_FOUND;
    bool is_answered = false;
    if (fetch->api != NULL && !fetch->api_has_no_blocks) {
        err = ask_block(fetch, fetch->api, block, cid, &fetch->api_has_no_blocks);
        is_answered =
            !fetch->api_has_no_blocks && (err != MM_ERR_NOT_FOUND || !fetch->gateway_is_asked);
    }
    fetch->is_from_gateway =
        !is_answered && fetch->gateway != NULL && !fetch->gateway_has_no_blocks;
    if (fetch->is_from_gateway)
        err = ask_block(fetch, fetch->gateway, block, cid, &fetch->gateway_has_no_blocks);
    return err == MM_OK ? multihasher_check(fetch->hasher, &cid->hash, mm_buf_bytes(block)) : err;
}

static enum fetch_verdict verdict_of(struct fetch *fetch, enum read_verdict verdict)
{
    char text[CID_TEXT_MAX + 1];
    switch (verdict) {
    case READ_OK:
    case READ_END:
        return FETCH_OK;
    case READ_NO_BLOCK:
        cid_to_text(text, content_reader_at(fetch->reader), MULTIBASE_BASE32);
        (void)mm_fail(&fetch->reason, MM_ERR_NOT_FOUND, "block %s is missing", text);
        return FETCH_MISSING;
    case READ_CORRUPT:
        cid_to_text(text, content_reader_at(fetch->reader), MULTIBASE_BASE32);
        (void)mm_fail(&fetch->reason, MM_ERR_CORRUPT, "what came as block %s does not hash to it",
                      text);
        return FETCH_WRONG;
    case READ_NO_NAME:
        return FETCH_NO_NAME;
    case READ_BAD_PATH:
    case READ_NOT_A_DIRECTORY:
        return FETCH_NO_NAME;
    case READ_NOT_A_FILE:
        return FETCH_FOLDER;
    case READ_INSIDE:
    case READ_MALFORMED:
    case READ_TOO_DEEP:
    case READ_TOO_LARGE:
    case READ_UNSUPPORTED:
        (void)mm_fail(&fetch->reason, MM_ERR_INVALID, "%s", read_verdict_text(verdict));
        return FETCH_MALFORMED;
    case READ_FAILED:
        if (fetch->reason.text[0] == '\0')
            (void)mm_fail(&fetch->reason, MM_ERR_IO, "%s",
                          mm_err_text(content_reader_err(fetch->reader)));
        return FETCH_FAILED;
    }
    MM_UNREACHABLE();
}

static enum fetch_verdict sink_failed(struct fetch *fetch, mm_err err)
{
    (void)mm_fail(&fetch->reason, err, "%s", mm_err_text(err));
    return FETCH_FAILED;
}

static enum fetch_verdict by_blocks(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                                    mm_bytes path, uint64_t bytes_max,
                                    const struct fetch_sink *sink)
{
    struct content_node node;
    mm_bytes piece;
    enum read_verdict verdict = content_resolve(fetch->reader, &node, NULL, root, path, NULL);
    if (verdict == READ_OK && (node.kind == CONTENT_DIRECTORY || node.kind == CONTENT_SHARDED))
        return FETCH_FOLDER;
    if (verdict == READ_OK)
        verdict = content_file_open(fetch->reader, bytes, &node.cid);
    if (verdict != READ_OK)
        return verdict_of(fetch, verdict);
    if (*bytes > bytes_max)
        return FETCH_TOO_LARGE;
    while ((verdict = content_file_next(fetch->reader, &piece)) == READ_OK) {
        const mm_err err = sink->piece(sink->ctx, piece);
        if (err != MM_OK)
            return sink_failed(fetch, err);
    }
    return verdict_of(fetch, verdict);
}

/* ---- bytes ---- */

static bool imports_to(const struct content_profile *profile, const struct cid *root, mm_bytes name,
                       mm_bytes bytes)
{
    struct import_result result = { .dag_bytes = 0 };
    struct import_file *file = import_file_new(profile, NULL);
    struct import_dir *dir = import_dir_new(profile, NULL);
    bool ok = file != NULL && dir != NULL && import_file_write(file, bytes) == MM_OK &&
              import_file_finish(file, &result) == MM_OK;
    if (ok && name.len > 0) {
        const struct import_result entry = result;
        ok = import_dir_add(dir, name, &entry) == MM_OK && import_dir_finish(dir, &result) == MM_OK;
    }
    import_file_free(file);
    import_dir_free(dir);
    return ok && cid_same_block(&result.cid, root);
}

static bool is_traced(const struct cid *root, mm_bytes path, mm_bytes bytes)
{
    if (path.len > 0 && !import_name_is_valid(path)) /* more than one name */
        return false;
    for (size_t i = 0; content_profile_at(i) != NULL; i++)
        if (imports_to(content_profile_at(i), root, path, bytes))
            return true;
    return false;
}

static enum fetch_verdict ask_bytes(struct fetch *fetch, struct mm_buf *body,
                                    const struct cid *root, mm_bytes path)
{
    struct mm_buf target;
    unsigned status = 0;
    struct client *client = fetch->api != NULL ? fetch->api : fetch->gateway;
    if (client == NULL)
        return FETCH_NO_DOOR;
    mm_buf_init(&target, TARGET_MAX);
    make_target(&target, client == fetch->api ? "/api/v0/cat?arg=/ipfs/" : "/ipfs/", root,
                path.len > 0 ? "/" : "");
    if (target.len > 0)
        target.len--; /* its terminator */
    url_add_escaped(&target, path, true);
    mm_buf_add_byte(&target, 0);
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (mm_buf_err(&target) == MM_OK)
        verdict = get(fetch, client, &status, body, (const char *)target.ptr, NULL);
    mm_buf_fini(&target);
    if (verdict == CLIENT_SINK)
        return FETCH_TOO_LARGE;
    if (verdict != CLIENT_OK)
        return FETCH_FAILED;
    return status == 200 ? FETCH_OK : FETCH_MISSING;
}

static enum fetch_verdict by_bytes(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                                   mm_bytes path, uint64_t bytes_max, const struct fetch_sink *sink)
{
    struct mm_buf body;
    while (path.len > 0 && path.ptr[0] == '/')
        path = mm_bytes_from(path.ptr + 1, path.len - 1);
    mm_buf_init(&body, bytes_max < FETCH_BYTES_MAX ? (size_t)bytes_max : FETCH_BYTES_MAX);
    enum fetch_verdict verdict = ask_bytes(fetch, &body, root, path);
    *bytes = body.len;
    if (verdict == FETCH_OK && !is_traced(root, path, mm_buf_bytes(&body)))
        verdict = FETCH_UNPROVEN;
    if (verdict == FETCH_OK && body.len > 0) {
        const mm_err err = sink->piece(sink->ctx, mm_buf_bytes(&body));
        if (err != MM_OK)
            verdict = sink_failed(fetch, err);
    }
    mm_buf_fini(&body);
    return verdict;
}

/* ---- both ---- */

enum fetch_verdict fetch_file(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                              mm_bytes path, uint64_t bytes_max, const struct fetch_sink *sink)
{
    uint64_t len = 0;
    enum fetch_verdict verdict = FETCH_NO_DOOR;
    fetch->reason.text[0] = '\0';
    if (gives_blocks(fetch))
        verdict = by_blocks(fetch, &len, root, path, bytes_max, sink);
    if ((verdict == FETCH_MISSING || verdict == FETCH_NO_DOOR) && !gives_blocks(fetch)) {
        fetch->reason.text[0] = '\0';
        verdict = by_bytes(fetch, &len, root, path, bytes_max, sink);
    }
    if (bytes != NULL)
        *bytes = len;
    return verdict;
}

static mm_err append(void *ctx, mm_bytes piece)
{
    struct mm_buf *buf = ctx;
    mm_buf_add(buf, piece);
    return mm_buf_err(buf);
}

enum fetch_verdict fetch_bytes(struct fetch *fetch, mm_bytes *out, const struct cid *root,
                               mm_bytes path, size_t bytes_max)
{
    struct mm_buf buf;
    *out = (mm_bytes){ NULL, 0 };
    mm_buf_init(&buf, bytes_max);
    const struct fetch_sink sink = { .ctx = &buf, .piece = append };
    enum fetch_verdict verdict = fetch_file(fetch, NULL, root, path, bytes_max, &sink);
    if (verdict == FETCH_OK) {
        const mm_err err = mm_arena_copy(&fetch->remote->run->arena, out, mm_buf_bytes(&buf));
        if (err != MM_OK)
            verdict = sink_failed(fetch, err);
    }
    mm_buf_fini(&buf);
    return verdict;
}

enum fetch_verdict fetch_names(struct fetch *fetch, const struct cid *root, mm_bytes path,
                               void *ctx,
                               void (*name)(void *ctx, const struct content_entry *entry))
{
    struct content_node node;
    struct content_entry entry;
    fetch->reason.text[0] = '\0';
    if (!gives_blocks(fetch))
        return FETCH_NO_DOOR;
    enum read_verdict verdict = content_resolve(fetch->reader, &node, NULL, root, path, NULL);
    if (verdict == READ_OK)
        verdict = content_dir_open(fetch->reader, &node.cid);
    while (verdict == READ_OK) {
        verdict = content_dir_next(fetch->reader, &entry);
        if (verdict == READ_OK)
            name(ctx, &entry);
    }
    return verdict == READ_NO_BLOCK && !gives_blocks(fetch) ? FETCH_UNPROVEN
                                                            : verdict_of(fetch, verdict);
}

struct block_source fetch_source(struct fetch *fetch)
{
    return (struct block_source){ .context = fetch, .get = get_block };
}

int fetch_failed(const struct fetch *fetch, const char *what, enum read_verdict verdict,
                 const struct cid *at, mm_err err)
{
    char text[CID_TEXT_MAX + 1];
    const struct cli_run *run = fetch->remote->run;
    cid_to_text(text, at, MULTIBASE_BASE32);
    if (verdict == READ_FAILED)
        return cli_fail(run, CLI_FAILED, "%s: %s", what,
                        fetch->reason.text[0] != '\0' ? fetch->reason.text : mm_err_text(err));
    if (verdict == READ_NO_BLOCK && !gives_blocks(fetch))
        return cli_fail(run, CLI_FAILED, "%s: %s", what,
                        fetch->reason.text[0] != '\0' ? fetch->reason.text
                                                      : "no door of the node gives blocks");
    if (verdict == READ_CORRUPT)
        return cli_fail(run, CLI_UNVERIFIED, "%s: what came as block %s does not hash to it", what,
                        text);
    if (verdict == READ_NO_BLOCK || verdict == READ_MALFORMED)
        return cli_fail(run, CLI_FAILED, "%s: %s: %s", what, read_verdict_text(verdict), text);
    return cli_fail(run, CLI_FAILED, "%s: %s", what, read_verdict_text(verdict));
}

int fetch_resolve(struct fetch *fetch, struct cid *out, const char *argument)
{
    struct cli_run *run = fetch->remote->run;
    struct content_node node;
    mm_bytes path;
    if (!fetch_parse(&run->arena, out, &path, mm_bytes_str(argument)))
        return cli_misuse(run, "'%s' is no CID, CID/path or ipfs:// URI", argument);
    while (path.len > 0 && path.ptr[0] == '/')
        path = mm_bytes_from(path.ptr + 1, path.len - 1);
    if (path.len == 0)
        return CLI_OK;
    fetch->reason.text[0] = '\0';
    const enum read_verdict verdict = content_resolve(fetch->reader, &node, NULL, out, path, NULL);
    if (verdict != READ_OK)
        return fetch_failed(fetch, argument, verdict, content_reader_at(fetch->reader),
                            content_reader_err(fetch->reader));
    *out = node.cid;
    return CLI_OK;
}

int fetch_open(struct fetch *fetch, struct remote *remote)
{
    *fetch = (struct fetch){ .remote = remote,
                             .gateway_is_asked = cli_is_given(remote->run, "gateway") };
    REMOTE_TRY(remote_find_api(remote, &fetch->api));
    REMOTE_TRY(remote_find_gateway(remote, &fetch->gateway));
    const struct block_source source = fetch_source(fetch);
    fetch->hasher = multihasher_new();
    fetch->reader = content_reader_new(&source);
    if (fetch->hasher != NULL && fetch->reader != NULL)
        return CLI_OK;
    fetch_close(fetch);
    return cli_fail(remote->run, CLI_FAILED, "out of memory");
}

void fetch_close(struct fetch *fetch)
{
    multihasher_free(fetch->hasher);
    content_reader_free(fetch->reader);
    fetch->hasher = NULL;
    fetch->reader = NULL;
}

/* ---- names ---- */

static int digit_of(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Percent escapes, once. False when one is malformed or there is no memory. */
static bool decode_path(struct mm_arena *arena, mm_bytes *out, mm_bytes path)
{
    uint8_t *bytes = mm_arena_alloc(arena, path.len + 1);
    size_t len = 0;
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] != '%') {
            bytes[len++] = path.ptr[i];
            continue;
        }
        const int high = i + 2 < path.len ? digit_of(path.ptr[i + 1]) : -1;
        const int low = high < 0 ? -1 : digit_of(path.ptr[i + 2]);
        if (low < 0)
            return false;
        bytes[len++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *out = mm_bytes_from(bytes, len);
    return true;
}

static bool cut(mm_bytes *text, const char *prefix)
{
    const size_t len = strlen(prefix);
    if (text->len < len || memcmp(text->ptr, prefix, len) != 0)
        return false;
    *text = mm_bytes_from(text->ptr + len, text->len - len);
    return true;
}

bool fetch_parse(struct mm_arena *arena, struct cid *root, mm_bytes *path, mm_bytes text)
{
    const bool is_uri = cut(&text, "ipfs://");
    if (is_uri)
        (void)cut(&text, "ipfs/"); /* an old mistake that is everywhere */
    else
        (void)cut(&text, "/ipfs/");
    const uint8_t *slash = text.len == 0 ? NULL : memchr(text.ptr, '/', text.len);
    const size_t len = slash == NULL ? text.len : (size_t)(slash - text.ptr);
    if (cid_parse(root, mm_bytes_from(text.ptr, len)) != CID_OK)
        return false;
    *path = mm_bytes_from(text.ptr + len, text.len - len);
    return !is_uri || decode_path(arena, path, *path);
}
