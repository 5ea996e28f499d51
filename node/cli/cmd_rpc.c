/* rpc: any method, its parameters as words. */
#include "node/cli/commands.h"
#include "node/cli/remote.h"

enum { PARAMS_MAX = 32, RPC_BYTES_MAX = 16 << 20 };

/* A word that is JSON stays so (numbers, true, {…}); everything else is a string. An address is not a number, so 0x… is text. */
static void add_word(struct cli_run *run, struct json_writer *w, const char *word)
{
    struct json value;
    const struct json_options options = { .unique_keys = false };
    const mm_bytes text = mm_bytes_str(word);
    if (json_parse(&run->arena, &value, text, &options, NULL) == JSON_OK)
        json_add_value(w, &value);
    else
        json_add_string(w, text);
}

/* What begins like JSON and is none was mistyped, or lost its quotes to the shell: as a string no method takes it. */
static int check_words(struct cli_run *run)
{
    const struct json_options options = { .unique_keys = false };
    for (size_t i = 1; i < run->argument_count; i++) {
        struct json value;
        struct mm_reason reason = { .text = "" };
        const char *word = run->arguments[i];
        if ((word[0] == '{' || word[0] == '[') &&
            json_parse(&run->arena, &value, mm_bytes_str(word), &options, &reason) != JSON_OK)
            return cli_misuse(run, "parameter %zu begins like JSON and is none: %s", i,
                              reason.text);
    }
    return CLI_OK;
}

/* One word that is an array or object holds all parameters. */
static bool is_params(struct cli_run *run)
{
    struct json value;
    const struct json_options options = { .unique_keys = false };
    return run->argument_count == 2 &&
           json_parse(&run->arena, &value, mm_bytes_str(run->arguments[1]), &options, NULL) ==
               JSON_OK &&
           value.kind == JSON_ARRAY;
}

static void write_params(struct cli_run *run, struct mm_buf *params)
{
    struct json_writer w = json_writer_over(params);
    if (is_params(run)) {
        mm_buf_add_text(params, run->arguments[1]);
        return;
    }
    json_open_array(&w);
    for (size_t i = 1; i < run->argument_count; i++)
        add_word(run, &w, run->arguments[i]);
    json_close_array(&w);
}

static int print_result(struct cli_run *run, const struct json *result)
{
    if (cli_flag(run, "raw") && result->kind == JSON_STRING) {
        fwrite(result->text.ptr, 1, result->text.len, stdout);
        putchar('\n');
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, (size_t)JSONRPC_ANSWER_BYTES_MAX * 2);
    struct json_writer w = json_writer_over(&json);
    json_add_value(&w, result);
    return cli_print_json(run, &json);
}

static int run_rpc(struct cli_run *run)
{
    struct remote remote;
    struct jsonrpc_reply reply;
    struct mm_buf params;
    REMOTE_TRY(check_words(run));
    REMOTE_TRY(remote_open(&remote, run));
    mm_buf_init(&params, RPC_BYTES_MAX);
    write_params(run, &params);
    int status =
        mm_buf_err(&params) == MM_OK
            ? remote_ask(&remote, &reply, run->arguments[0], mm_buf_bytes(&params))
            : cli_fail(run, CLI_FAILED, "parameters: %s", mm_err_text(mm_buf_err(&params)));
    mm_buf_fini(&params);
    if (status == CLI_OK)
        status = reply.is_error ? remote_refused(&remote, run->arguments[0], &reply)
                                : print_result(run, &reply.result);
    remote_close(&remote);
    return status;
}

static const struct cli_option OPTIONS[] = {
    { "raw", 'r', CLI_FLAG, NULL, "print a string without its quotes", NULL },
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_RPC = {
    .name = "rpc",
    .arguments = "METHOD [PARAMETER]...",
    .arguments_min = 1,
    .arguments_max = PARAMS_MAX + 1,
    .completes = CLI_METHOD,
    .summary = "call a JSON-RPC method and print its result",
    .details = "Calls any method of the node and prints its result as JSON. A parameter that is "
               "JSON is sent as such, anything else "
               "as a string, so addresses and hexadecimal need no quotes; a single parameter that "
               "is a JSON array holds "
               "all of them. What begins with { or [ must be JSON. Put -- before a parameter that "
               "begins with a hyphen. `mintmark help "
               "--methods` lists the methods.",
    .example = "mintmark rpc eth_blockNumber\n"
               "mintmark rpc eth_getBalance 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 latest\n"
               "mintmark rpc eth_getLogs '[{\"fromBlock\":\"0x0\"}]'",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_rpc,
};
