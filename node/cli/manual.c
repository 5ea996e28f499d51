/* The manual page (docs/mintmark.1), from the tables. A test compares the two. */
#include "mintmark_version.h"
#include "node/cli/command.h"

/* Text in roff: a backslash and a hyphen mean something, so does a dot or quote that begins a line. */
static void roff(FILE *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool begins_line = i == 0 || text[i - 1] == '\n';
        if (begins_line && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", out);
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            fputc(text[i], out);
    }
}

static void roff_line(FILE *out, const char *text)
{
    roff(out, text, strlen(text));
    fputc('\n', out);
}

static void paragraphs(FILE *out, const char *text)
{
    while (*text != '\0') {
        const size_t len = strcspn(text, "\n");
        fputs(".PP\n", out);
        roff(out, text, len);
        fputc('\n', out);
        text += len;
        text += strspn(text, "\n");
    }
}

static void option_entry(FILE *out, const struct cli_option *option)
{
    char variable[CLI_VARIABLE_MAX];
    cli_variable(variable, option->name);
    fputs(".TP\n", out);
    if (option->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    roff(out, option->name, strlen(option->name));
    fputs("\\fR", out);
    if (option->value != NULL) {
        fputs("=\\fI", out);
        roff(out, option->value, strlen(option->value));
        fputs("\\fR", out);
    }
    fputc('\n', out);
    roff(out, option->help, strlen(option->help));
    if (option->kind == CLI_LIST)
        fputs("; may be repeated", out);
    if (option->otherwise != NULL) {
        fputs(". Default: ", out);
        roff(out, option->otherwise, strlen(option->otherwise));
    }
    fprintf(out, ". Variable: \\fB%s\\fR.\n", variable);
}

static void command_entry(FILE *out, const struct cli_command *command)
{
    fputs(".SS mintmark ", out);
    roff(out, command->name, strlen(command->name));
    fputs(" [\\fIOPTION\\fR]... ", out);
    roff_line(out, command->arguments);
    paragraphs(out, command->details);
    for (size_t i = 0; i < command->option_count; i++)
        option_entry(out, &command->options[i]);
    fputs(".PP\nExample:\n.PP\n.nf\n.RS\n", out);
    roff_line(out, command->example);
    fputs(".RE\n.fi\n", out);
}

static void exit_status(FILE *out)
{
    static const struct {
        int status;
        const char *meaning;
    } rows[] = {
        { CLI_OK, "Done." },
        { CLI_FAILED, "Failed; a line on standard error says why." },
        { CLI_USAGE,
          "Unknown command or option, a value that is none, too few or too many arguments." },
        { CLI_UNVERIFIED, "verify or db check found something that does not hold; a rule is "
                          "refused or gives a fault." },
        { CLI_NO_NODE, "No node answers at the URL." },
        { CLI_REFUSED, "The contract or the chain refused the transaction or call." },
    };
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        fprintf(out, ".TP\n.B %d\n", rows[i].status);
        roff_line(out, rows[i].meaning);
    }
}

void cli_manual(FILE *out)
{
    fputs(".TH MINTMARK 1 \"\" \"mintmark " MINTMARK_VERSION "\" \"User Commands\"\n"
          ".SH NAME\nmintmark \\- a devnet with native NFT contracts that keeps the pictures its "
          "tokens point to\n"
          ".SH SYNOPSIS\n.B mintmark\n[\\fICOMMAND\\fR] [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
          ".SH DESCRIPTION\n",
          out);
    roff_line(
        out,
        "Without a command, or with options alone, mintmark runs a node. Every other command but "
        "db and export is "
        "a client of a running node over HTTP. Options may stand anywhere behind the command; each "
        "can be "
        "set by a variable of the environment as well, MINTMARK_ and its name in capitals with _ "
        "for -. What is "
        "typed wins over the variable, the variable over the default. Every command has --help.");
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        command_entry(out, CLI_COMMANDS[i]);
    exit_status(out);
    fputs(".SH ENVIRONMENT\n.TP\n.B MINTMARK_*\nThe options, as above.\n.TP\n.B NO_COLOR\nNo "
          "colours, even on a terminal.\n"
          ".SH FILES\n.TP\n.I mintmark\\-data/chain\nThe chain.\n.TP\n.I "
          "mintmark\\-data/content\nPictures and "
          "metadata.\n.TP\n.I mintmark\\-data/keystore\nKey files (Web3 Secret Storage 3).\n",
          out);
}
