/* From words and variables to values. */
#include <getopt.h>
#include <stdlib.h>

#include "node/cli/command.h"
#include "state/base/assert.h"

enum { HELP_CODE = 255, FIRST_CODE = 256 }; /* getopt's: above every letter */

void cli_variable(char out[CLI_VARIABLE_MAX], const char *option)
{
    MM_ASSERT(sizeof "MINTMARK_" + strlen(option) <= CLI_VARIABLE_MAX);
    size_t len = sizeof "MINTMARK_" - 1;
    memcpy(out, "MINTMARK_", len);
    for (; *option != '\0'; option++)
        out[len++] = *option == '-'                     ? '_'
                     : *option >= 'a' && *option <= 'z' ? (char)(*option - 'a' + 'A')
                                                        : *option;
    out[len] = '\0';
}

/* ---- lists ---- */

static bool add_item(struct cli_run *run, struct cli_value *value, const char *text,
                     struct mm_reason *problem)
{
    const size_t size = sizeof *value->items;
    if (value->count == CLI_LIST_MAX)
        return mm_fail(problem, MM_ERR_LIMIT, "more than %d of them", CLI_LIST_MAX) == MM_OK;
    const char **items = mm_arena_alloc(&run->arena, (value->count + 1) * size);
    if (items == NULL)
        return mm_fail(problem, MM_ERR_NO_MEMORY, "out of memory") == MM_OK;
    if (value->count > 0)
        memcpy(items, value->items, value->count * size);
    items[value->count++] = text;
    value->items = items;
    return true;
}

static bool add_lines(struct cli_run *run, struct cli_value *value, const char *text,
                      struct mm_reason *problem)
{
    for (const char *at = text; *at != '\0';) {
        const size_t len = strcspn(at, "\n");
        if (len > 0) {
            const char *line = mm_arena_text(&run->arena, mm_bytes_from(at, len));
            if (line == NULL)
                return mm_fail(problem, MM_ERR_NO_MEMORY, "out of memory") == MM_OK;
            if (!add_item(run, value, line, problem))
                return false;
        }
        at += len + (at[len] == '\n');
    }
    return true;
}

/* ---- the three sources ---- */

static bool take(struct cli_run *run, size_t index, const char *text, enum cli_source source,
                 struct mm_reason *problem)
{
    const struct cli_option *option = &run->command->options[index];
    struct cli_value *value = &run->values[index];
    const bool is_flag_word = option->kind == CLI_FLAG && source == CLI_GIVEN;
    if (is_flag_word)
        value->on = true;
    else if (!cli_read_value(value, option, text, problem))
        return false;
    value->source = source;
    if (option->kind != CLI_LIST)
        return true;
    return source == CLI_GIVEN ? add_item(run, value, text, problem)
                               : add_lines(run, value, text, problem);
}

/* "what: why", so that the user sees which of the three it was. */
static bool blame(struct mm_reason *problem, const char *what, const char *text)
{
    const struct mm_reason why = *problem;
    (void)mm_fail(problem, MM_ERR_INVALID, "%s: '%.100s' is wrong: %.150s", what, text, why.text);
    return false;
}

static bool fill_rest(struct cli_run *run, struct mm_reason *problem)
{
    for (size_t i = 0; i < run->command->option_count; i++) {
        const struct cli_option *option = &run->command->options[i];
        char variable[CLI_VARIABLE_MAX];
        cli_variable(variable, option->name);
        const char *text = getenv(variable);
        if (run->values[i].source != CLI_UNSET)
            continue;
        if (text != NULL && *text != '\0') {
            if (!take(run, i, text, CLI_VARIABLE, problem))
                return blame(problem, variable, text);
        } else if (option->otherwise != NULL) {
            const bool ok = take(run, i, option->otherwise, CLI_DEFAULTED, problem);
            MM_ASSERT(ok); /* a row of ours */
        }
    }
    return true;
}

static void make_tables(const struct cli_command *command, struct option *longs, char *letters)
{
    size_t used = 0;
    letters[used++] = ':'; /* a missing value is told apart */
    letters[used++] = 'h';
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        const bool has_value = option->kind != CLI_FLAG;
        longs[i] = (struct option){ option->name, has_value ? required_argument : no_argument, NULL,
                                    FIRST_CODE + (int)i };
        if (option->letter != 0)
            letters[used++] = option->letter;
        if (option->letter != 0 && has_value)
            letters[used++] = ':';
    }
    letters[used] = '\0';
    longs[command->option_count] = (struct option){ "help", no_argument, NULL, HELP_CODE };
    longs[command->option_count + 1] = (struct option){ NULL, 0, NULL, 0 };
}

static size_t index_of(const struct cli_command *command, int code)
{
    if (code >= FIRST_CODE)
        return (size_t)(code - FIRST_CODE);
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter == code)
            return i;
    MM_UNREACHABLE();
}

/* getopt says '?' or ':'; which word it was, and in what way. word: the one before optind, as it was. */
static bool refuse(const struct cli_run *run, int code, int which, const char *word,
                   struct mm_reason *problem)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    const int len = is_long ? (int)strcspn(word, "=") : 0;
    if (code == ':' && which >= FIRST_CODE)
        (void)mm_fail(problem, MM_ERR_INVALID, "option '--%s' needs a value",
                      run->command->options[which - FIRST_CODE].name);
    else if (code == ':')
        (void)mm_fail(problem, MM_ERR_INVALID, "option '-%c' needs a value", which);
    else if (which >= FIRST_CODE || which == HELP_CODE)
        (void)mm_fail(problem, MM_ERR_INVALID, "option '%.*s' takes no value", len, word);
    else if (which != 0)
        (void)mm_fail(problem, MM_ERR_INVALID, "unknown option '-%c'", which);
    else
        (void)mm_fail(problem, MM_ERR_INVALID, "unknown or ambiguous option '%.*s'",
                      len > 80 ? 80 : len, word);
    return false;
}

static bool take_words(struct cli_run *run, bool *help, int count, char **words,
                       struct mm_reason *problem)
{
    struct option longs[CLI_OPTIONS_MAX + 2];
    char letters[2 * CLI_OPTIONS_MAX + 3];
    MM_ASSERT(run->command->option_count <= CLI_OPTIONS_MAX);
    make_tables(run->command, longs, letters);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    for (;;) {
        const int code = getopt_long(count, words, letters, longs, NULL);
        if (code == -1)
            break;
        if (code == HELP_CODE || code == 'h') {
            *help = true;
            return true;
        }
        if (code == '?' || code == ':')
            return refuse(run, code, optopt, words[optind - 1], problem);
        const size_t index = index_of(run->command, code);
        char name[CLI_VARIABLE_MAX];
        snprintf(name, sizeof name, "--%s", run->command->options[index].name);
        if (!take(run, index, optarg, CLI_GIVEN, problem))
            return blame(problem, name, optarg);
    }
    run->arguments = (const char *const *)(words + optind);
    run->argument_count = (size_t)(count - optind);
    return true;
}

static bool check_arguments(const struct cli_run *run, struct mm_reason *problem)
{
    const struct cli_command *command = run->command;
    if (run->argument_count < command->arguments_min)
        (void)mm_fail(problem, MM_ERR_INVALID, "%s is missing", command->arguments);
    else if (run->argument_count > command->arguments_max)
        (void)mm_fail(problem, MM_ERR_INVALID, "'%.100s' is one argument too many",
                      run->arguments[command->arguments_max]);
    else
        return true;
    return false;
}

bool cli_parse(struct cli_run *run, bool *help, int count, char **words, struct mm_reason *problem)
{
    *help = false;
    if (!take_words(run, help, count, words, problem))
        return false;
    return *help || (fill_rest(run, problem) && check_arguments(run, problem));
}

/* ---- looking up ---- */

const struct cli_value *cli_value(const struct cli_run *run, const char *option)
{
    for (size_t i = 0; i < run->command->option_count; i++)
        if (strcmp(run->command->options[i].name, option) == 0)
            return &run->values[i];
    MM_UNREACHABLE();
}

bool cli_is_given(const struct cli_run *run, const char *option)
{
    return cli_value(run, option)->source >= CLI_VARIABLE;
}

bool cli_flag(const struct cli_run *run, const char *option)
{
    return cli_value(run, option)->on;
}

const char *cli_text(const struct cli_run *run, const char *option)
{
    return cli_value(run, option)->text;
}

uint64_t cli_number(const struct cli_run *run, const char *option)
{
    return cli_value(run, option)->number;
}
