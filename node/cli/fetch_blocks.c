/* A file by its blocks, each of which must hash to its CID. */
#include "node/cli/fetch_internal.h"
#include "state/base/assert.h"

static mm_err ask_block(struct fetch *fetch, struct client *client, struct mm_buf *block,
                        const struct cid *cid, bool *has_none)
{
    struct mm_buf target;
    unsigned status = 0;
    const bool is_api = client == fetch->api;
    mm_buf_init(&target, FETCH_TARGET_MAX);
    if (is_api)
        fetch_make_target(&target, "/api/v0/block/get?arg=", cid, "");
    else
        fetch_make_target(&target, "/ipfs/", cid, "?format=raw");
    mm_buf_reset(block);
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (mm_buf_err(&target) == MM_OK)
        verdict = fetch_ask(fetch, client, &status, block, (const char *)target.ptr,
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

bool fetch_gives_blocks(const struct fetch *fetch)
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

enum fetch_verdict fetch_by_blocks(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                                   mm_bytes path, uint64_t bytes_max, const struct fetch_sink *sink)
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
            return fetch_sink_failed(fetch, err);
    }
    return verdict_of(fetch, verdict);
}

enum fetch_verdict fetch_names(struct fetch *fetch, const struct cid *root, mm_bytes path,
                               void *ctx,
                               void (*name)(void *ctx, const struct content_entry *entry))
{
    struct content_node node;
    struct content_entry entry;
    fetch->reason.text[0] = '\0';
    if (!fetch_gives_blocks(fetch))
        return FETCH_NO_DOOR;
    enum read_verdict verdict = content_resolve(fetch->reader, &node, NULL, root, path, NULL);
    if (verdict == READ_OK)
        verdict = content_dir_open(fetch->reader, &node.cid);
    while (verdict == READ_OK) {
        verdict = content_dir_next(fetch->reader, &entry);
        if (verdict == READ_OK)
            name(ctx, &entry);
    }
    return verdict == READ_NO_BLOCK && !fetch_gives_blocks(fetch) ? FETCH_UNPROVEN
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
    if (verdict == READ_NO_BLOCK && !fetch_gives_blocks(fetch))
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
