/* A file by its bytes, which are imported again until the root comes out. */
#include "node/cli/fetch_internal.h"
#include "p2p/content/import.h"

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
    mm_buf_init(&target, FETCH_TARGET_MAX);
    fetch_make_target(&target, client == fetch->api ? "/api/v0/cat?arg=/ipfs/" : "/ipfs/", root,
                      path.len > 0 ? "/" : "");
    if (target.len > 0)
        target.len--; /* its terminator */
    url_add_escaped(&target, path, true);
    mm_buf_add_byte(&target, 0);
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (mm_buf_err(&target) == MM_OK)
        verdict = fetch_ask(fetch, client, &status, body, (const char *)target.ptr, NULL);
    mm_buf_fini(&target);
    if (verdict == CLIENT_SINK)
        return FETCH_TOO_LARGE;
    if (verdict != CLIENT_OK)
        return FETCH_FAILED;
    return status == 200 ? FETCH_OK : FETCH_MISSING;
}

enum fetch_verdict fetch_by_bytes(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
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
            verdict = fetch_sink_failed(fetch, err);
    }
    mm_buf_fini(&body);
    return verdict;
}
