/* --help, from the tables. */
#include "node/cli/command.h"

enum { WIDTH = 80, COLUMN = 26 };

/* Columns that a piece of UTF-8 takes, taking every character for one. */
static unsigned columns(const char *text, size_t len)
{
    unsigned count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((uint8_t)text[i] & 0xc0) != 0x80;
    return count;
}

void cli_wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
    bool is_first = true;
    while (*text != '\0') {
        const size_t len = strcspn(text, " \n");
        const unsigned wide = columns(text, len);
        if (!is_first && at + 1 + wide >= width) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            is_first = true;
        }
        if (!is_first && len > 0)
            fputc(' ', out);
        fwrite(text, 1, len, out);
        at += wide + (is_first ? 0 : 1);
        is_first = false;
        text += len;
        if (*text == '\n') {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            is_first = true;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

void cli_usage_line(FILE *out, const struct cli_command *command)
{
    const bool has_arguments = command->arguments[0] != '\0';
    fprintf(out, "Usage: mintmark %s [OPTION]...%s%s\n", command->name, has_arguments ? " " : "",
            command->arguments);
}

static void option_line(FILE *out, const struct cli_option *option)
{
    char head[96];
    const int len =
        snprintf(head, sizeof head, "  %c%c%c --%s%s%s", option->letter ? '-' : ' ',
                 option->letter ? option->letter : ' ', option->letter ? ',' : ' ', option->name,
                 option->value ? "=" : "", option->value ? option->value : "");
    fputs(head, out);
    unsigned at = (unsigned)len;
    if (at + 2 > COLUMN) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", (int)(COLUMN - at), "");
    char text[512];
    snprintf(text, sizeof text, "%s%s%s%s%s", option->help,
             option->kind == CLI_LIST ? "; may be repeated" : "", option->otherwise ? " (" : "",
             option->otherwise ? option->otherwise : "", option->otherwise ? ")" : "");
    cli_wrap(out, text, COLUMN, COLUMN, WIDTH);
}

static void examples(FILE *out, const char *lines)
{
    fputs("\nExample:\n", out);
    for (const char *at = lines; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        fprintf(out, "  $ %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
}

void cli_help_command(FILE *out, const struct cli_command *command)
{
    cli_usage_line(out, command);
    fputc('\n', out);
    cli_wrap(out, command->details, 0, 0, WIDTH);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < command->option_count; i++)
        option_line(out, &command->options[i]);
    option_line(out,
                &(struct cli_option){ "help", 'h', CLI_FLAG, NULL, "show this and exit", NULL });
    if (command->option_count > 0) {
        char variable[CLI_VARIABLE_MAX];
        char text[256];
        cli_variable(variable, command->options[0].name);
        snprintf(text, sizeof text,
                 "\nEach option can be set by a variable as well: --%s by %s, and so on.",
                 command->options[0].name, variable);
        cli_wrap(out, text, 0, 0, WIDTH);
    }
    examples(out, command->example);
}

static void summary_line(FILE *out, const char *name, const char *arguments, const char *summary)
{
    char head[96];
    snprintf(head, sizeof head, "  %s%s%s", name, *arguments ? " " : "", arguments);
    fprintf(out, "%-*s", (int)COLUMN + 2, head);
    if (strlen(head) + 2 > COLUMN + 2)
        fprintf(out, "\n%*s", (int)COLUMN + 2, "");
    cli_wrap(out, summary, COLUMN + 2, COLUMN + 2, WIDTH);
}

void cli_help_group(FILE *out, const struct cli_group *group)
{
    const size_t len = strlen(group->name);
    fprintf(out, "Usage: mintmark %s COMMAND [OPTION]...\n\n", group->name);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command *command = CLI_COMMANDS[i];
        if (strncmp(command->name, group->name, len) == 0 && command->name[len] == ' ')
            summary_line(out, command->name, command->arguments, command->summary);
    }
    fprintf(out, "\n`mintmark %s COMMAND --help` says more about each.\n", group->name);
}

void cli_help_all(FILE *out)
{
    fputs("Usage: mintmark [COMMAND] [OPTION]... [ARGUMENT]...\n\n", out);
    cli_wrap(out,
             "A devnet in one program: an Ethereum-style chain with native NFT contracts that "
             "keeps the pictures "
             "its tokens point to. Without a command it runs a node.",
             0, 0, WIDTH);
    fputs("\nCommands:\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        summary_line(out, CLI_COMMANDS[i]->name, CLI_COMMANDS[i]->arguments,
                     CLI_COMMANDS[i]->summary);
    fputs("\n  -h, --help                show this and exit\n"
          "  -V, --version             show the version and exit\n\n"
          "`mintmark COMMAND --help` says more about each; `man mintmark` has it all.\n"
          "\nExit status: 0 done, 1 failed, 2 wrong usage, 3 verification failed, 4 no "
          "node\nanswers, 5 refused "
          "by the contract or the chain.\n",
          out);
    examples(out, "mintmark node &\nmintmark mint cat.png --name Cat --description \"a "
                  "cat\"\nmintmark verify 1");
}
