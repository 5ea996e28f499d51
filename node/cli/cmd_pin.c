/* pin add, rm, ls: what the node is to keep. */
#include "node/cli/ask_api.h"
#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "p2p/content/multibase.h"

enum { COMMAND_BYTES = 1024 };

/* The root alone: a path may have characters that a query cannot. False: said. */
static bool root_text(struct cli_run *run, char out[CID_TEXT_MAX + 1], const char *argument)
{
    struct cid root;
    mm_bytes path;
    if (fetch_parse(&run->arena, &root, &path, mm_bytes_str(argument)) && path.len == 0) {
        cid_to_text(out, &root, MULTIBASE_BASE32);
        return true;
    }
    (void)cli_misuse(run, "'%s' is no CID or ipfs:// URI of one", argument);
    return false;
}

static int print_pins(void *ctx, const struct json *object, mm_bytes text)
{
    const struct cli_run *run = ctx;
    const struct json *pins = json_find(object, "Pins");
    if (cli_flag(run, "json")) {
        cli_print(stdout, text);
        putchar('\n');
        return CLI_OK;
    }
    for (size_t i = 0; pins != NULL && pins->kind == JSON_ARRAY && i < pins->count; i++) {
        cli_print(stdout, pins->items[i].text);
        putchar('\n');
    }
    return CLI_OK;
}

static int ask_each(struct cli_run *run, const char *verb, const char *more)
{
    struct remote remote;
    REMOTE_TRY(remote_open(&remote, run));
    int status = CLI_OK;
    for (size_t i = 0; status == CLI_OK && i < run->argument_count; i++) {
        char command[COMMAND_BYTES];
        char cid[CID_TEXT_MAX + 1];
        status = root_text(run, cid, run->arguments[i]) ? CLI_OK : CLI_USAGE;
        snprintf(command, sizeof command, "pin/%s?arg=%s%s", verb, cid, more);
        if (status == CLI_OK)
            status = ask_api(&remote, command, print_pins, run);
    }
    remote_close(&remote);
    return status;
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *text) ==
            NULL)
            return false;
    return true;
}

static int run_add(struct cli_run *run)
{
    char more[128] = "";
    const char *name = cli_text(run, "name");
    if (name != NULL && (!is_plain(name) || strlen(name) > 64))
        return cli_misuse(run, "--name: at most 64 letters, digits, '.', '_' and '-'");
    snprintf(more, sizeof more, "%s%s%s", cli_flag(run, "direct") ? "&recursive=false" : "",
             name != NULL ? "&name=" : "", name != NULL ? name : "");
    return ask_each(run, "add", more);
}

static int run_rm(struct cli_run *run)
{
    return ask_each(run, "rm", "");
}

static int print_listed(void *ctx, const struct json *object, mm_bytes text)
{
    const struct cli_run *run = ctx;
    if (cli_flag(run, "json")) {
        cli_print(stdout, text);
        putchar('\n');
        return CLI_OK;
    }
    cli_print(stdout, ask_api_text(object, "Cid"));
    fputs("  ", stdout);
    cli_print(stdout, ask_api_text(object, "Type"));
    const struct json *kinds = json_find(object, "Kinds");
    for (size_t i = 0; kinds != NULL && kinds->kind == JSON_ARRAY && i < kinds->count; i++) {
        fputs(i == 0 ? "  " : ",", stdout);
        cli_print(stdout, kinds->items[i].text);
    }
    if (ask_api_text(object, "Name").len > 0) {
        fputs("  ", stdout);
        cli_print(stdout, ask_api_text(object, "Name"));
    }
    putchar('\n');
    return CLI_OK;
}

static int run_ls(struct cli_run *run)
{
    struct remote remote;
    char command[COMMAND_BYTES];
    char cid[CID_TEXT_MAX + 1] = "";
    if (run->argument_count > 0 && !root_text(run, cid, run->arguments[0]))
        return CLI_USAGE;
    snprintf(command, sizeof command, "pin/ls?stream=true&names=true&kinds=true&type=%s%s%s",
             cli_text(run, "type"), cid[0] != '\0' ? "&arg=" : "", cid);
    REMOTE_TRY(remote_open(&remote, run));
    const int status = ask_api(&remote, command, print_listed, run);
    remote_close(&remote);
    return status;
}

#define LINES                                                                                      \
    {                                                                                              \
        "json", 'j', CLI_FLAG, NULL, "print the node's JSON objects, a line each", NULL            \
    }

static const struct cli_option ADD_OPTIONS[] = {
    { "direct", 0, CLI_FLAG, NULL, "the one block, not what is below it", NULL },
    { "name", 0, CLI_TEXT, "NAME", "a name to find it by", NULL },
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};
static const struct cli_option RM_OPTIONS[] = {
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};
static const struct cli_option LS_OPTIONS[] = {
    { "type", 't', CLI_CHOICE, "recursive|direct|indirect|all",
      "pins with all below them, of one block, what is below, or all of these", "recursive" },
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};

const struct cli_command CLI_CMD_PIN_ADD = {
    .name = "pin add",
    .arguments = "CID...",
    .arguments_min = 1,
    .arguments_max = 64,
    .summary = "keep content, whoever else names it",
    .details =
        "Pins what the node has: nothing that hangs from the root is removed until it is let "
        "go. All of it must be there.",
    .example = "mintmark pin add bafybeie…",
    .options = ADD_OPTIONS,
    .option_count = MM_COUNT_OF(ADD_OPTIONS),
    .run = run_add,
};
const struct cli_command CLI_CMD_PIN_RM = {
    .name = "pin rm",
    .arguments = "CID...",
    .arguments_min = 1,
    .arguments_max = 64,
    .summary = "let content go that was pinned or uploaded",
    .details = "Removes the pins of users and the leases of uploads. What a token names stays: the "
               "chain holds it. What nothing holds any more is removed by the next collection.",
    .example = "mintmark pin rm bafybeie…",
    .options = RM_OPTIONS,
    .option_count = MM_COUNT_OF(RM_OPTIONS),
    .run = run_rm,
};
const struct cli_command CLI_CMD_PIN_LS = {
    .name = "pin ls",
    .arguments = "[CID]",
    .arguments_max = 1,
    .summary = "list what is kept, and for whom",
    .details =
        "A line for each root: its CID, how it is pinned, and for whom: chain (a token names "
        "it), user, upload (for a day).",
    .example = "mintmark pin ls\nmintmark pin ls --type all",
    .options = LS_OPTIONS,
    .option_count = MM_COUNT_OF(LS_OPTIONS),
    .run = run_ls,
};
