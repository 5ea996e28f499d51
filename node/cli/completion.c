/* Completions for bash, zsh and fish, from the tables. */
#include "node/cli/command.h"

static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

/* Whether a command's first word was seen before it (the second command of a group). */
static bool is_repeated(size_t index)
{
    const char *name = CLI_COMMANDS[index]->name;
    const size_t len = first_word(name);
    for (size_t i = 0; i < index; i++)
        if (first_word(CLI_COMMANDS[i]->name) == len &&
            memcmp(CLI_COMMANDS[i]->name, name, len) == 0)
            return true;
    return false;
}

static void words_of(FILE *out, const char *choices)
{
    for (; *choices != '\0'; choices++)
        fputc(*choices == '|' ? ' ' : *choices, out);
}

/* What an argument may be, as words between blanks. */
static bool has_words(const struct cli_command *command)
{
    return command->completes == CLI_CHOICE || command->completes == CLI_METHOD;
}

static void argument_words(FILE *out, const struct cli_command *command)
{
    if (command->completes == CLI_METHOD)
        cli_method_words(out);
    else
        words_of(out, command->choices);
}

static void first_words(FILE *out)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        if (!is_repeated(i))
            fprintf(out, "%.*s ", (int)first_word(CLI_COMMANDS[i]->name), CLI_COMMANDS[i]->name);
}

static void second_words(FILE *out, const char *group)
{
    const size_t len = strlen(group);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        if (strncmp(CLI_COMMANDS[i]->name, group, len) == 0 && CLI_COMMANDS[i]->name[len] == ' ')
            fprintf(out, "%s ", CLI_COMMANDS[i]->name + len + 1);
}

/* ---- bash ---- */

static void bash_values(FILE *out, const struct cli_command *command)
{
    fprintf(out, "    '%s')\n        case $previous in\n", command->name);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        if (option->kind == CLI_FLAG)
            continue;
        fprintf(out, "        --%s", option->name);
        if (option->letter != 0)
            fprintf(out, "|-%c", option->letter);
        fputs(") ", out);
        if (option->kind == CLI_FILE)
            fputs("mapfile -t COMPREPLY < <(compgen -f -- \"$word\")", out);
        else if (option->kind == CLI_FOLDER)
            fputs("mapfile -t COMPREPLY < <(compgen -d -- \"$word\")", out);
        else if (option->kind == CLI_CHOICE) {
            fputs("COMPREPLY=($(compgen -W '", out);
            words_of(out, option->value);
            fputs("' -- \"$word\"))", out);
        } else
            fputc(':', out); /* nothing is known about it */
        fputs("; return ;;\n", out);
    }
    fputs("        esac\n        options='--help", out);
    for (size_t i = 0; i < command->option_count; i++)
        fprintf(out, " --%s", command->options[i].name);
    fputs("'\n", out);
    if (command->completes == CLI_FILE)
        fputs("        files=-f\n", out);
    if (has_words(command)) {
        fputs("        arguments='", out);
        argument_words(out, command);
        fputs("'\n", out);
    }
    fputs("        ;;\n", out);
}

void cli_complete_bash(FILE *out)
{
    fputs("# bash completion of mintmark; made by `mintmark completion bash`\n"
          "_mintmark()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} "
          "previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command=${COMP_WORDS[1]} options='' arguments='' files=''\n    COMPREPLY=()\n"
          "    if [[ $COMP_CWORD -eq 1 && $word != -* ]]; then\n        COMPREPLY=($(compgen -W '",
          out);
    first_words(out);
    fputs("' -- \"$word\"))\n        return\n    fi\n    [[ $command == -* ]] && command=node\n    "
          "case $command in\n",
          out);
    for (size_t i = 0; i < CLI_GROUP_COUNT; i++) {
        fprintf(out,
                "    %s)\n        if [[ $COMP_CWORD -eq 2 ]]; then\n            "
                "COMPREPLY=($(compgen -W '",
                CLI_GROUPS[i].name);
        second_words(out, CLI_GROUPS[i].name);
        fputs("' -- \"$word\"))\n            return\n        fi\n        command+=\" "
              "${COMP_WORDS[2]}\" ;;\n",
              out);
    }
    fputs("    esac\n    case $command in\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        bash_values(out, CLI_COMMANDS[i]);
    fputs("    esac\n    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W \"$options\" "
          "-- \"$word\"))\n"
          "    elif [[ -n $files ]]; then\n        mapfile -t COMPREPLY < <(compgen -f -- "
          "\"$word\")\n"
          "    else\n        COMPREPLY=($(compgen -W \"$arguments\" -- \"$word\"))\n    fi\n}\n"
          "complete -o filenames -F _mintmark mintmark\n",
          out);
}

/* ---- zsh ---- */

/* Inside single quotes, where zsh also reads brackets and colons as its own. */
static void zsh_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_option(FILE *out, const struct cli_option *option)
{
    fprintf(out, "            '%s--%s%s[", option->kind == CLI_LIST ? "*" : "", option->name,
            option->kind == CLI_FLAG ? "" : "=");
    zsh_text(out, option->help);
    fputc(']', out);
    if (option->kind != CLI_FLAG) {
        fputc(':', out);
        zsh_text(out, option->kind == CLI_CHOICE ? option->name : option->value);
        if (option->kind == CLI_FILE)
            fputs(":_files", out);
        else if (option->kind == CLI_FOLDER)
            fputs(":_files -/", out);
        else if (option->kind == CLI_CHOICE) {
            fputs(":(", out);
            words_of(out, option->value);
            fputc(')', out);
        } else
            fputs(": ", out);
    }
    fputs("' \\\n", out);
}

static void zsh_command(FILE *out, const struct cli_command *command)
{
    fprintf(out, "    '%s')\n        _arguments -s \\\n", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        zsh_option(out, &command->options[i]);
    fputs("            '(- *)--help[show help and exit]'", out);
    if (command->completes == CLI_FILE)
        fputs(" \\\n            '*:file:_files'", out);
    if (has_words(command)) {
        fprintf(out, " \\\n            '%s:word:(", command->arguments_max > 1 ? "1" : "*");
        argument_words(out, command);
        fputs(")'", out);
    }
    fputs(" ;;\n", out);
}

static void zsh_described(FILE *out, const char *indent, const char *name, size_t len,
                          const char *summary)
{
    fprintf(out, "%s'%.*s:", indent, (int)len, name);
    zsh_text(out, summary);
    fputs("'\n", out);
}

void cli_complete_zsh(FILE *out)
{
    fputs("#compdef mintmark\n# made by `mintmark completion zsh`\n_mintmark()\n{\n    local -a "
          "commands\n    local command=$words[2]\n"
          "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n        commands=(\n",
          out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const size_t len = first_word(CLI_COMMANDS[i]->name);
        if (CLI_COMMANDS[i]->name[len] == '\0')
            zsh_described(out, "            ", CLI_COMMANDS[i]->name, len,
                          CLI_COMMANDS[i]->summary);
    }
    for (size_t i = 0; i < CLI_GROUP_COUNT; i++)
        zsh_described(out, "            ", CLI_GROUPS[i].name, strlen(CLI_GROUPS[i].name),
                      CLI_GROUPS[i].summary);
    fputs("        )\n        _describe command commands\n        return\n    fi\n    if [[ "
          "$command == -* ]]; then command=node\n"
          "    else shift words; (( CURRENT-- )); fi\n    case $command in\n",
          out);
    for (size_t i = 0; i < CLI_GROUP_COUNT; i++) {
        const size_t len = strlen(CLI_GROUPS[i].name);
        fprintf(out, "    %s)\n        if (( CURRENT == 2 )); then\n            commands=(\n",
                CLI_GROUPS[i].name);
        for (size_t k = 0; k < CLI_COMMAND_COUNT; k++) {
            const char *name = CLI_COMMANDS[k]->name;
            if (strncmp(name, CLI_GROUPS[i].name, len) == 0 && name[len] == ' ')
                zsh_described(out, "                ", name + len + 1, strlen(name + len + 1),
                              CLI_COMMANDS[k]->summary);
        }
        fputs("            )\n            _describe command commands\n            return\n        "
              "fi\n"
              "        command+=\" $words[2]\"; shift words; (( CURRENT-- )) ;;\n",
              out);
    }
    fputs("    esac\n    case $command in\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        zsh_command(out, CLI_COMMANDS[i]);
    fputs("    esac\n}\nif [[ $funcstack[1] == _mintmark ]]; then _mintmark \"$@\"; else compdef "
          "_mintmark mintmark; fi\n",
          out);
}

/* ---- fish ---- */

static void fish_text(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

/* The condition under which a command's own options are offered. */
static void fish_when(FILE *out, const struct cli_command *command)
{
    const size_t len = first_word(command->name);
    fprintf(out, "complete -c mintmark -n '__fish_seen_subcommand_from %.*s", (int)len,
            command->name);
    if (command->name[len] == ' ')
        fprintf(out, "; and __fish_seen_subcommand_from %s", command->name + len + 1);
    fputc('\'', out);
}

static void fish_option(FILE *out, const struct cli_command *command,
                        const struct cli_option *option)
{
    fish_when(out, command);
    fprintf(out, " -l %s", option->name);
    if (option->letter != 0)
        fprintf(out, " -s %c", option->letter);
    fputs(" -d ", out);
    fish_text(out, option->help);
    if (option->kind == CLI_FILE)
        fputs(" -r -F", out);
    else if (option->kind == CLI_FOLDER)
        fputs(" -x -a '(__fish_complete_directories)'", out);
    else if (option->kind == CLI_CHOICE) {
        fputs(" -x -a '", out);
        words_of(out, option->value);
        fputc('\'', out);
    } else if (option->kind != CLI_FLAG)
        fputs(" -x", out);
    fputc('\n', out);
}

static void fish_name(FILE *out, const struct cli_command *command)
{
    const size_t len = first_word(command->name);
    if (command->name[len] == '\0')
        fprintf(out, "complete -c mintmark -n __fish_use_subcommand -a %s -d ", command->name);
    else
        fprintf(out,
                "complete -c mintmark -n '__fish_seen_subcommand_from %.*s; and test (count "
                "(commandline -opc)) -eq 2' -a %s -d ",
                (int)len, command->name, command->name + len + 1);
    fish_text(out, command->summary);
    fputc('\n', out);
}

void cli_complete_fish(FILE *out)
{
    fputs("# fish completion of mintmark; made by `mintmark completion fish`\ncomplete -c mintmark "
          "-f\n",
          out);
    for (size_t i = 0; i < CLI_GROUP_COUNT; i++) {
        fprintf(out, "complete -c mintmark -n __fish_use_subcommand -a %s -d ", CLI_GROUPS[i].name);
        fish_text(out, CLI_GROUPS[i].summary);
        fputc('\n', out);
    }
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command *command = CLI_COMMANDS[i];
        fish_name(out, command);
        for (size_t k = 0; k < command->option_count; k++)
            fish_option(out, command, &command->options[k]);
        if (command->completes == CLI_FILE) {
            fish_when(out, command);
            fputs(" -F\n", out);
        }
        if (has_words(command)) {
            fish_when(out, command);
            fputs(" -a '", out);
            argument_words(out, command);
            fputs("'\n", out);
        }
    }
}
