/* dag stat: how much hangs from a root. */
#include "node/cli/commands.h"
#include "node/cli/remote.h"
#include "p2p/content/cid.h"

enum { ARGUMENTS_MAX = 256, TARGET_BYTES_MAX = 32 << 10, ANSWER_BYTES_MAX = 1 << 20 };

static int ask(struct remote *remote, struct json *answer)
{
    struct cli_run *run = remote->run;
    struct client *api;
    struct mm_buf target, body;
    struct mm_reason reason = { .text = "" };
    unsigned status = 0;
    REMOTE_TRY(remote_find_api(remote, &api));
    if (api == NULL)
        return cli_fail(run, CLI_FAILED,
                        "the node's content API is closed; --api names another one");
    mm_buf_init(&target, TARGET_BYTES_MAX);
    mm_buf_init(&body, ANSWER_BYTES_MAX);
    mm_buf_add_text(&target, "/api/v0/dag/stat?progress=false");
    for (size_t i = 0; i < run->argument_count; i++) {
        mm_buf_add_text(&target, "&arg=");
        url_add_escaped(&target, mm_bytes_str(run->arguments[i]), false);
    }
    mm_buf_add_byte(&target, 0);
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (mm_buf_err(&target) == MM_OK)
        verdict = client_ask_all(
            api, &status, &body,
            &(struct client_request){ .method = "POST", .target = (const char *)target.ptr },
            &reason);
    mm_buf_fini(&target);
    mm_bytes text = { NULL, 0 };
    const struct json_options options = { .unique_keys = false };
    const bool is_json = verdict == CLIENT_OK &&
                         mm_arena_copy(&run->arena, &text, mm_buf_bytes(&body)) == MM_OK &&
                         json_parse(&run->arena, answer, text, &options, NULL) == JSON_OK;
    mm_buf_fini(&body);
    if (verdict != CLIENT_OK)
        return remote_failed(remote, verdict, &reason);
    const struct json *message = is_json ? json_find(answer, "Message") : NULL;
    if (status != 200 && message != NULL && message->kind == JSON_STRING)
        return cli_fail(run, CLI_FAILED, "%.*s",
                        message->text.len > 300 ? 300 : (int)message->text.len,
                        (const char *)message->text.ptr);
    if (status != 200 || !is_json)
        return cli_fail(run, CLI_FAILED, "the node's answer is not that of /api/v0/dag/stat");
    return CLI_OK;
}

static bool number_of(const struct json *object, const char *key, uint64_t *out)
{
    const struct json *value = json_find(object, key);
    return value != NULL && json_u64(out, value);
}

static int print_text(struct cli_run *run, const struct json *answer)
{
    const struct json *stats = json_find(answer, "DagStats");
    uint64_t blocks = 0;
    uint64_t bytes = 0;
    uint64_t shared = 0;
    bool is_ours =
        stats != NULL && stats->kind == JSON_ARRAY && number_of(answer, "UniqueBlocks", &blocks) &&
        number_of(answer, "TotalSize", &bytes) && number_of(answer, "SharedSize", &shared);
    for (size_t i = 0; is_ours && i < stats->count; i++) {
        uint64_t own_blocks;
        uint64_t own_bytes;
        const struct json *cid = json_find(&stats->items[i], "Cid");
        is_ours = cid != NULL && cid->kind == JSON_STRING &&
                  number_of(&stats->items[i], "NumBlocks", &own_blocks) &&
                  number_of(&stats->items[i], "Size", &own_bytes);
        if (!is_ours)
            break;
        cli_print(stdout, cid->text);
        printf("  %llu blocks  %llu bytes\n", (unsigned long long)own_blocks,
               (unsigned long long)own_bytes);
    }
    if (!is_ours)
        return cli_fail(run, CLI_FAILED, "the node's answer is not that of /api/v0/dag/stat");
    if (stats->count > 1)
        printf("together  %llu blocks  %llu bytes  %llu shared\n", (unsigned long long)blocks,
               (unsigned long long)bytes, (unsigned long long)shared);
    return CLI_OK;
}

static int run_stat(struct cli_run *run)
{
    struct remote remote;
    struct json answer;
    REMOTE_TRY(remote_open(&remote, run));
    int status = ask(&remote, &answer);
    remote_close(&remote);
    if (status != CLI_OK)
        return status;
    if (!cli_flag(run, "json"))
        return print_text(run, &answer);
    struct mm_buf json;
    mm_buf_init(&json, ANSWER_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_add_value(&w, &answer);
    return cli_print_json(run, &json);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_DAG_STAT = {
    .name = "dag stat",
    .arguments = "CID[/PATH]...",
    .arguments_min = 1,
    .arguments_max = ARGUMENTS_MAX,
    .summary = "count the blocks and bytes below roots",
    .details = "Asks the node how many blocks hang from each root and how many bytes they have, "
               "and how much several roots share. A missing block is a failure that names it.",
    .example = "mintmark dag stat bafybeie… bafybeif…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_stat,
};
