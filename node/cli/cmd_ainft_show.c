/* ainft show: a token as its collection has it. */
#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"

static void print_member(const struct cli_run *run, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    if (value != NULL && value->kind == JSON_STRING)
        cli_field(run, key, value->text);
}

static void print_attributes(const struct cli_run *run, const struct json *list)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct json *name = json_find(&list->items[i], "trait_type");
        const struct json *value = json_find(&list->items[i], "value");
        if (name == NULL || value == NULL)
            continue;
        const char *label = mm_arena_text((struct mm_arena *)(uintptr_t)&run->arena, name->text);
        const mm_bytes text = value->kind == JSON_TRUE    ? MM_BYTES_LIT("true")
                              : value->kind == JSON_FALSE ? MM_BYTES_LIT("false")
                                                          : value->text;
        if (label != NULL)
            cli_field(run, label, text);
    }
}

static int show(struct cli_run *run, struct remote *remote, const mm_u256 *id)
{
    static const char *const members[] = { "owner", "agentWallet", "tokenURI", "tokenCredit" };
    const mm_hash32 word = u256_to_hash(id);
    char token[CALLS_HEX_MAX + 1];
    char collection[CALLS_HEX_MAX + 1];
    struct json result;
    calls_hex(token, mm_bytes_hash(&word));
    const char *digits = token + 2;
    while (digits[0] == '0' && digits[1] != '\0')
        digits++;
    REMOTE_TRY(remote_call(
        remote, &result, "ainft_metadata", "[\"%s\",\"0x%s\",\"latest\"]",
        calls_hex(collection, mm_bytes_addr(&cli_value(run, "collection")->addr)), digits));
    if (cli_flag(run, "json")) {
        struct mm_buf json;
        mm_buf_init(&json, 1 << 20);
        struct json_writer w = json_writer_over(&json);
        json_add_value(&w, &result);
        return cli_print_json(run, &json);
    }
    for (size_t i = 0; i < MM_COUNT_OF(members); i++)
        print_member(run, &result, members[i]);
    print_attributes(run, json_find(&result, "attributes"));
    const struct json *spec = json_find(&result, "specification");
    const struct json *history = json_find(&result, "history");
    if (spec != NULL)
        print_member(run, spec, "uri");
    if (spec != NULL)
        print_member(run, spec, "version");
    if (history != NULL)
        print_member(run, history, "length");
    if (history != NULL)
        print_member(run, history, "head");
    return CLI_OK;
}

static int run_show(struct cli_run *run)
{
    struct remote remote;
    mm_u256 id;
    if (!cli_token_id(run, &id, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(ainft_collection_given(run));
    REMOTE_TRY(remote_open(&remote, run));
    const int status = show(run, &remote, &id);
    remote_close(&remote);
    return status;
}

static const struct cli_option OPTIONS[] = { CLI_OPTION_AINFT, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC,
                                             CLI_OPTION_JSON };

const struct cli_command CLI_CMD_AINFT_SHOW = {
    .name = "ainft show",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "show a token with its traits, specification and history",
    .details = "What the node composes of its state. `mintmark ainft verify` believes it less.",
    .example = "mintmark ainft show 1 -c 0x…",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_show,
};
