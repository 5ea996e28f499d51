#include "node/cli/ask_api.h"

enum { ANSWER_BYTES_MAX = 128 << 20, TARGET_BYTES = 8192 };

static int refused(const struct remote *remote, unsigned status, mm_bytes answer)
{
    struct json value;
    const struct json_options options = { .unique_keys = false };
    mm_bytes message = answer;
    if (json_parse(&remote->run->arena, &value, answer, &options, NULL) == JSON_OK &&
        ask_api_text(&value, "Message").len > 0)
        message = ask_api_text(&value, "Message");
    while (message.len > 0 && message.ptr[message.len - 1] == '\n')
        message.len--;
    return cli_fail(remote->run, CLI_REFUSED, "the node refused: %.*s (HTTP %u)",
                    message.len < 600 ? (int)message.len : 600, (const char *)message.ptr, status);
}

static int read_lines(struct remote *remote, mm_bytes answer, ask_api_line_fn *line, void *ctx)
{
    const struct json_options options = { .unique_keys = false };
    while (answer.len > 0) {
        const uint8_t *end = memchr(answer.ptr, '\n', answer.len);
        const size_t len = end == NULL ? answer.len : (size_t)(end - answer.ptr);
        const mm_bytes text = mm_bytes_from(answer.ptr, len);
        const size_t used = len + (end != NULL);
        answer = mm_bytes_from(answer.ptr + used, answer.len - used);
        if (len == 0)
            continue;
        struct json object;
        const struct mm_arena_mark mark = mm_arena_mark(&remote->run->arena);
        if (json_parse(&remote->run->arena, &object, text, &options, NULL) != JSON_OK)
            return cli_fail(remote->run, CLI_FAILED, "the node's answer is not that of /api/v0");
        REMOTE_TRY(line(ctx, &object, text));
        mm_arena_rewind(&remote->run->arena, mark);
    }
    return CLI_OK;
}

int ask_api(struct remote *remote, const char *command, ask_api_line_fn *line, void *ctx)
{
    struct client *api;
    struct mm_reason reason = { .text = "" };
    char target[TARGET_BYTES];
    unsigned status = 0;
    REMOTE_TRY(remote_find_api(remote, &api));
    if (api == NULL)
        return cli_fail(remote->run, CLI_FAILED,
                        "the node's content API is closed; --api names another one");
    snprintf(target, sizeof target, "/api/v0/%s", command);
    const struct client_request request = { .method = "POST", .target = target };
    struct mm_buf answer;
    mm_buf_init(&answer, ANSWER_BYTES_MAX);
    const enum client_verdict verdict = client_ask_all(api, &status, &answer, &request, &reason);
    int result;
    if (verdict != CLIENT_OK)
        result = remote_failed(remote, verdict, &reason);
    else if (status != 200)
        result = refused(remote, status, mm_buf_bytes(&answer));
    else
        result = read_lines(remote, mm_buf_bytes(&answer), line, ctx);
    mm_buf_fini(&answer);
    return result;
}

mm_bytes ask_api_text(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING ? value->text : MM_BYTES_LIT("");
}

uint64_t ask_api_u64(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    uint64_t number;
    return value != NULL && json_u64(&number, value) ? number : 0;
}

const char *ask_api_bytes(char out[32], uint64_t bytes)
{
    static const char *const UNITS[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t unit = 0;
    double value = (double)bytes;
    for (; value >= 1024 && unit + 1 < MM_COUNT_OF(UNITS); unit++)
        value /= 1024;
    snprintf(out, 32, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    return out;
}
