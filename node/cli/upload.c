#include "node/cli/upload.h"

#include <unistd.h>

#include "p2p/clock/clock.h"
#include "p2p/content/import.h"

enum {
    ANSWER_BYTES_MAX = 64 << 20,
    BAR_FROM_BYTES = 4 << 20, /* a shorter upload is over before anyone has read a bar */
    BAR_EVERY_MS = 100,
};

/* ---- the progress bar ---- */

struct receiving {
    struct mm_buf answer;
    const char *label;
    bool has_bar;
    uint64_t shown_ms;
};

static void show(void *ctx, uint64_t done, uint64_t total)
{
    struct receiving *receiving = ctx;
    const uint64_t now = clock_ms();
    if (receiving->label == NULL || total < BAR_FROM_BYTES || !isatty(STDERR_FILENO) ||
        (done < total && now < receiving->shown_ms + BAR_EVERY_MS))
        return;
    receiving->has_bar = true;
    receiving->shown_ms = now;
    fprintf(stderr, "\r%s %3u%% of %.1f MiB", receiving->label, (unsigned)(done * 100 / total),
            (double)total / (1 << 20));
}

static mm_err append(void *ctx, unsigned status, mm_bytes piece)
{
    struct receiving *receiving = ctx;
    (void)status;
    mm_buf_add(&receiving->answer, piece);
    return mm_buf_err(&receiving->answer);
}

/* ---- the answer ---- */

static int not_ours(const struct remote *remote)
{
    return cli_fail(remote->run, CLI_FAILED,
                    "the node's answer to the upload is not that of /api/v0/add");
}

/* {"Message": …}, or the bare text of another kind of server. */
static int refused(const struct remote *remote, unsigned status, mm_bytes answer)
{
    struct json value;
    const struct json_options options = { .unique_keys = false };
    const struct json *message = NULL;
    if (json_parse(&remote->run->arena, &value, answer, &options, NULL) == JSON_OK)
        message = json_find(&value, "Message");
    if (message != NULL && message->kind == JSON_STRING)
        answer = message->text;
    while (answer.len > 0 && answer.ptr[answer.len - 1] == '\n')
        answer.len--;
    const int len = answer.len < 300 ? (int)answer.len : 300;
    return cli_fail(remote->run, CLI_FAILED, "the node refused the upload: %.*s (HTTP %u)", len,
                    (const char *)answer.ptr, status);
}

static int read_lines(struct remote *remote, struct cid *root, mm_bytes answer)
{
    const struct json_options options = { .unique_keys = false };
    bool has_root = false;
    while (answer.len > 0) {
        const uint8_t *end = memchr(answer.ptr, '\n', answer.len);
        const size_t len = end == NULL ? answer.len : (size_t)(end - answer.ptr);
        struct json line;
        if (len > 0) {
            const struct mm_arena_mark mark = mm_arena_mark(&remote->run->arena);
            if (json_parse(&remote->run->arena, &line, mm_bytes_from(answer.ptr, len), &options,
                           NULL) != JSON_OK)
                return not_ours(remote);
            const struct json *hash = json_find(&line, "Hash");
            const struct json *message = json_find(&line, "Message");
            if (message != NULL) /* it failed after the answer had begun */
                return refused(remote, 500, mm_bytes_from(answer.ptr, len));
            if (hash != NULL &&
                (hash->kind != JSON_STRING || cid_parse(root, hash->text) != CID_OK))
                return not_ours(remote);
            has_root |= hash != NULL;
            mm_arena_rewind(&remote->run->arena, mark);
        }
        answer = mm_bytes_from(answer.ptr + len, answer.len - len);
        if (answer.len > 0)
            answer = mm_bytes_from(answer.ptr + 1, answer.len - 1);
    }
    return has_root ? CLI_OK : not_ours(remote);
}

int upload_send(struct remote *remote, struct mm_buf *answer, const char *target,
                const struct multipart *body, const char *label)
{
    struct client *api;
    struct receiving receiving = { .label = label };
    struct mm_reason reason = { .text = "" };
    unsigned status = 0;
    REMOTE_TRY(remote_find_api(remote, &api));
    if (api == NULL)
        return cli_fail(remote->run, CLI_FAILED,
                        "the node's content API is closed; --api names another one");
    const struct client_request request = {
        .method = "POST",
        .target = target,
        .content_type = body->content_type,
        .parts = body->parts,
        .part_count = body->count,
    };
    const struct client_sink sink = { .ctx = &receiving, .piece = append, .sent = show };
    mm_buf_init(&receiving.answer, answer->bytes_max);
    const enum client_verdict verdict = client_ask(api, &status, &request, &sink, &reason);
    if (receiving.has_bar)
        fputs("\r\033[K", stderr);
    int result = CLI_OK;
    if (verdict != CLIENT_OK)
        result = remote_failed(remote, verdict, &reason);
    else if (status != 200)
        result = refused(remote, status, mm_buf_bytes(&receiving.answer));
    if (result == CLI_OK)
        *answer = receiving.answer;
    else
        mm_buf_fini(&receiving.answer);
    return result;
}

int upload(struct remote *remote, struct cid *root, const struct upload *what)
{
    char target[512];
    struct mm_buf answer;
    mm_buf_init(&answer, ANSWER_BYTES_MAX);
    snprintf(target, sizeof target, "/api/v0/add?%s", what->query);
    REMOTE_TRY(upload_send(remote, &answer, target, what->body, what->label));
    const int result = read_lines(remote, root, mm_buf_bytes(&answer));
    mm_buf_fini(&answer);
    return result;
}

int upload_wrapped(struct remote *remote, const struct upload_file *file)
{
    struct multipart body;
    struct cid root;
    char query[160];
    multipart_init(&body, &remote->run->arena, 1);
    if (file->path != NULL)
        multipart_add_file(&body, mm_bytes_str(file->name), file->path, file->len);
    else
        multipart_add_bytes(&body, mm_bytes_str(file->name), file->bytes);
    const mm_err err = multipart_finish(&body);
    if (err != MM_OK)
        return cli_fail(remote->run, CLI_FAILED, "upload: %s", mm_err_text(err));
    /* Held for a day: longer than it takes until the block with the token holds it. */
    snprintf(query, sizeof query, "profile=%s&wrap-with-directory=true&pin=false",
             CONTENT_PROFILE_DEFAULT->name);
    const struct upload what = { .body = &body, .query = query, .label = file->name };
    REMOTE_TRY(upload(remote, &root, &what));
    if (cid_equal(&root, &file->expected))
        return CLI_OK;
    char ours[CID_TEXT_MAX + 1];
    char theirs[CID_TEXT_MAX + 1];
    cid_to_text(ours, &file->expected, MULTIBASE_BASE32);
    cid_to_text(theirs, &root, MULTIBASE_BASE32);
    return cli_fail(remote->run, CLI_FAILED, "the node stored %s as %s, but its content is %s",
                    file->name, theirs, ours);
}
