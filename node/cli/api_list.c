/* The list of /api/v0's commands, from the door's own table: for people (help --content) and docs/CONTENT.md. */
#include "node/cli/command.h"
#include "rpc/content/command.h"

enum { OPTION_COLUMN = 30, WIDTH = 124 };

/* "wrap-with-directory, w" from the fifth column on. */
static int add_names(FILE *out, const struct api_option *option)
{
    return option->brief == NULL ? fprintf(out, "    %s", option->name)
                                 : fprintf(out, "    %s, %s", option->name, option->brief);
}

static void add_option(FILE *out, const struct api_option *option)
{
    const int len = add_names(out, option);
    fprintf(out, "%*s%s", len < OPTION_COLUMN ? OPTION_COLUMN - len : 1, "", option->help);
    if (option->kind == API_ONLY)
        fprintf(out, "; only %s", option->only);
    fputc('\n', out);
}

/* Options that nothing depends on, between blanks. */
static void add_ignored(FILE *out, const struct api_command *command)
{
    unsigned at = 0;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct api_option *option = &command->options[i];
        if (option->kind != API_IGNORED)
            continue;
        if (at == 0 || at + strlen(option->name) + 1 > WIDTH)
            at = (unsigned)fprintf(out, at == 0 ? "    passed over:" : "\n       ");
        at += (unsigned)fprintf(out, " %s", option->name);
    }
    if (at > 0)
        fputc('\n', out);
}

void cli_api(FILE *out)
{
    for (size_t i = 0; i < API_COMMAND_COUNT; i++) {
        const struct api_command *command = API_COMMANDS[i];
        fprintf(out, "%s%s%s%s\n    %s\n", i > 0 ? "\n" : "", command->name,
                command->arguments[0] != '\0' ? " " : "", command->arguments, command->summary);
        for (size_t k = 0; k < command->option_count; k++) {
            if (command->options[k].kind != API_IGNORED && command->options[k].help != NULL)
                add_option(out, &command->options[k]);
        }
        add_ignored(out, command);
    }
}
