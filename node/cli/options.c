/* From words and variables to values. */
#include <getopt.h>
#include <stdlib.h>

#include "node/cli/command.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"
#include "state/crypto/address.h"

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

/* ---- values ---- */

static bool read_number(uint64_t *out, const char *text)
{
    mm_u256 wide;
    if (!u256_from_decimal(&wide, mm_bytes_str(text)) || !u256_fits_u64(&wide))
        return false;
    *out = wide.limb[0];
    return true;
}

/* Seconds with up to three decimals, into milliseconds. */
static bool read_seconds(uint64_t *out, const char *text)
{
    char whole[24];
    const char *dot = strchr(text, '.');
    const size_t whole_len = dot == NULL ? strlen(text) : (size_t)(dot - text);
    const size_t decimals = dot == NULL ? 0 : strlen(dot + 1);
    if (whole_len == 0 || whole_len > 9 || decimals > 3 || (dot != NULL && decimals == 0))
        return false;
    memcpy(whole, text, whole_len);
    memset(whole + whole_len, '0', 3);
    if (decimals > 0)
        memcpy(whole + whole_len, dot + 1, decimals);
    whole[whole_len + 3] = '\0';
    return read_number(out, whole);
}

static bool read_flag(bool *out, const char *text)
{
    static const char *const yes[] = { "1", "true", "yes", "on" };
    static const char *const no[] = { "0", "false", "no", "off" };
    for (size_t i = 0; i < MM_COUNT_OF(yes); i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *words, const char *text)
{
    const size_t len = strlen(text);
    if (strchr(text, '|') != NULL)
        return false;
    for (const char *at = words; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == '\0') && len > 0)
            return true;
    }
    return false;
}

static bool read_address(mm_addr *out, const char *text, struct mm_reason *problem)
{
    const enum address_verdict verdict = address_from_text(out, mm_bytes_str(text));
    if (verdict == ADDRESS_BAD_CHECKSUM)
        (void)mm_fail(
            problem, MM_ERR_INVALID,
            "mixed case that is not the address's checksum (EIP-55): a digit is mistyped");
    return verdict == ADDRESS_OK;
}

/* What a kind demands, for the message; problem may have been said better already. */
static const char *demand(enum cli_kind kind)
{
    switch (kind) {
    case CLI_FLAG:
        return "1 or 0";
    case CLI_TEXT:
    case CLI_LIST:
        return "text in UTF-8";
    case CLI_FILE:
    case CLI_FOLDER:
        return "a path";
    case CLI_URL:
        return "http://HOST[:PORT]";
    case CLI_ADDRESS:
        return "an address, 0x and 40 digits";
    case CLI_HASH:
        return "a hash, 0x and 64 digits";
    case CLI_NUMBER:
        return "a number";
    case CLI_ALL:
        return "a number or all";
    case CLI_DOOR:
        return "a port from 0 to 65535 or off";
    case CLI_SECONDS:
        return "seconds, such as 2 or 0.25";
    case CLI_CHOICE:
        return "one of the words it takes";
    case CLI_METHOD:
        return "a method";
    }
    MM_UNREACHABLE();
}

static bool fits(struct cli_value *value, const struct cli_option *option, const char *text,
                 struct mm_reason *problem)
{
    switch (option->kind) {
    case CLI_FLAG:
        return read_flag(&value->on, text);
    case CLI_TEXT:
    case CLI_LIST:
        return utf8_is_valid(mm_bytes_str(text));
    case CLI_FILE:
    case CLI_FOLDER:
        return *text != '\0';
    case CLI_URL:
        return strncmp(text, "http://", 7) == 0 && text[7] != '\0';
    case CLI_ADDRESS:
        return read_address(&value->addr, text, problem);
    case CLI_HASH:
        return hex_read_hash(&value->hash, mm_bytes_str(text));
    case CLI_NUMBER:
        return read_number(&value->number, text);
    case CLI_ALL:
        value->number = UINT64_MAX;
        return strcmp(text, "all") == 0 ||
               (read_number(&value->number, text) && value->number < UINT64_MAX);
    case CLI_DOOR:
        value->number = UINT64_MAX;
        return strcmp(text, "off") == 0 ||
               (read_number(&value->number, text) && value->number <= UINT16_MAX);
    case CLI_SECONDS:
        return read_seconds(&value->number, text);
    case CLI_CHOICE:
        return is_choice(option->value, text);
    case CLI_METHOD:
        return *text != '\0';
    }
    MM_UNREACHABLE();
}

bool cli_read_value(struct cli_value *value, const struct cli_option *option, const char *text,
                    struct mm_reason *problem)
{
    problem->text[0] = '\0';
    if (fits(value, option, text, problem)) {
        value->text = text;
        return true;
    }
    if (problem->text[0] == '\0')
        (void)mm_fail(problem, MM_ERR_INVALID, "not %s",
                      option->kind == CLI_CHOICE ? option->value : demand(option->kind));
    return false;
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
