#include "node/cli/fetch.h"

#include "node/cli/fetch_internal.h"
#include "state/base/assert.h"

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

enum client_verdict fetch_ask(struct fetch *fetch, struct client *client, unsigned *status,
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

void fetch_make_target(struct mm_buf *out, const char *prefix, const struct cid *cid,
                       const char *suffix)
{
    char text[CID_TEXT_MAX + 1];
    cid_to_text(text, cid, MULTIBASE_BASE32);
    mm_buf_printf(out, "%s%s%s", prefix, text, suffix);
    mm_buf_add_byte(out, 0);
}

enum fetch_verdict fetch_sink_failed(struct fetch *fetch, mm_err err)
{
    (void)mm_fail(&fetch->reason, err, "%s", mm_err_text(err));
    return FETCH_FAILED;
}

enum fetch_verdict fetch_file(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                              mm_bytes path, uint64_t bytes_max, const struct fetch_sink *sink)
{
    uint64_t len = 0;
    enum fetch_verdict verdict = FETCH_NO_DOOR;
    fetch->reason.text[0] = '\0';
    if (fetch_gives_blocks(fetch))
        verdict = fetch_by_blocks(fetch, &len, root, path, bytes_max, sink);
    if ((verdict == FETCH_MISSING || verdict == FETCH_NO_DOOR) && !fetch_gives_blocks(fetch)) {
        fetch->reason.text[0] = '\0';
        verdict = fetch_by_bytes(fetch, &len, root, path, bytes_max, sink);
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
            verdict = fetch_sink_failed(fetch, err);
    }
    mm_buf_fini(&buf);
    return verdict;
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

int fetch_run(struct cli_run *run, fetch_act_fn act, void *ctx)
{
    struct remote remote;
    struct fetch fetch;
    REMOTE_TRY(remote_open(&remote, run));
    int status = fetch_open(&fetch, &remote);
    if (status == CLI_OK) {
        status = act(run, &fetch, ctx);
        fetch_close(&fetch);
    }
    remote_close(&remote);
    return status;
}
