/* help, version, completion: what the program says about itself. */
#include "mintmark_version.h"
#include "node/cli/commands.h"
#include "state/codec/json.h"

static int run_help(struct cli_run *run)
{
    size_t used;
    if (cli_flag(run, "man")) {
        cli_manual(stdout);
        return CLI_OK;
    }
    if (cli_flag(run, "methods")) {
        cli_methods(stdout);
        return CLI_OK;
    }
    if (cli_flag(run, "content")) {
        cli_api(stdout);
        return CLI_OK;
    }
    if (run->argument_count == 0) {
        cli_help_all(stdout);
        return CLI_OK;
    }
    const struct cli_command *command =
        cli_find_command(run->arguments, run->argument_count, &used);
    const struct cli_group *group = cli_find_group(run->arguments[0]);
    if (command != NULL && used == run->argument_count)
        cli_help_command(stdout, command);
    else if (group != NULL && run->argument_count == 1)
        cli_help_group(stdout, group);
    else
        return cli_misuse(run, "there is no command '%s%s%s'", run->arguments[0],
                          run->argument_count > 1 ? " " : "",
                          run->argument_count > 1 ? run->arguments[1] : "");
    return CLI_OK;
}

static const struct cli_option HELP_OPTIONS[] = {
    { "man", 0, CLI_FLAG, NULL, "print the whole manual page, as man(1) reads it", NULL },
    { "methods", 0, CLI_FLAG, NULL, "list the node's JSON-RPC methods with their parameters",
      NULL },
    { "content", 0, CLI_FLAG, NULL, "list the commands of the node's /api/v0 with their options",
      NULL },
};

const struct cli_command CLI_CMD_HELP = {
    .name = "help",
    .arguments = "[COMMAND]",
    .arguments_max = 2,
    .summary = "explain a command, or list them",
    .details = "Prints what --help prints for a command; without one, the list of commands.",
    .example = "mintmark help mint\nmintmark help --man | man -l -",
    .options = HELP_OPTIONS,
    .option_count = MM_COUNT_OF(HELP_OPTIONS),
    .run = run_help,
};

static int run_version(struct cli_run *run)
{
    if (!cli_flag(run, "json")) {
        puts("mintmark " MINTMARK_VERSION " (" MINTMARK_COMMIT ")");
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 1024);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "version");
    json_add_text(&w, MINTMARK_VERSION);
    json_key(&w, "commit");
    json_add_text(&w, MINTMARK_COMMIT);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static const struct cli_option VERSION_OPTIONS[] = { CLI_OPTION_JSON };

const struct cli_command CLI_CMD_VERSION = {
    .name = "version",
    .arguments = "",
    .summary = "print version and commit",
    .details = "Prints the program's version and the commit it was built from. `mintmark "
               "--version` does the same.",
    .example = "mintmark version --json",
    .options = VERSION_OPTIONS,
    .option_count = MM_COUNT_OF(VERSION_OPTIONS),
    .run = run_version,
};

static int run_completion(struct cli_run *run)
{
    static const struct {
        const char *shell;
        void (*write)(FILE *out);
    } shells[] = {
        { "bash", cli_complete_bash },
        { "zsh", cli_complete_zsh },
        { "fish", cli_complete_fish },
    };
    for (size_t i = 0; i < MM_COUNT_OF(shells); i++) {
        if (strcmp(run->arguments[0], shells[i].shell) == 0) {
            shells[i].write(stdout);
            return CLI_OK;
        }
    }
    return cli_misuse(run, "there are completions for bash, zsh and fish, not for '%s'",
                      run->arguments[0]);
}

const struct cli_command CLI_CMD_COMPLETION = {
    .name = "completion",
    .arguments = "SHELL",
    .arguments_min = 1,
    .arguments_max = 1,
    .completes = CLI_CHOICE,
    .choices = "bash|zsh|fish",
    .summary = "print completions for bash, zsh or fish",
    .details = "Prints a script that teaches the shell mintmark's commands and options. An "
               "installed mintmark has them in place.",
    .example = "source <(mintmark completion bash)",
    .run = run_completion,
};
