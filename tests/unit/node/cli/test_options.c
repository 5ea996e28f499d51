#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdlib.h>

#include "node/cli/command.h"

static const struct cli_option OPTIONS[] = {
    { "rpc", 0, CLI_URL, "URL", "a", "http://127.0.0.1:8545" },
    { "json", 'j', CLI_FLAG, NULL, "a", NULL },
    { "to", 't', CLI_ADDRESS, "ADDRESS", "a", NULL },
    { "block-time", 'b', CLI_SECONDS, "SECONDS", "a", "0" },
    { "limit", 'n', CLI_NUMBER, "N", "a", "1000" },
    { "window", 0, CLI_ALL, "N", "a", "all" },
    { "door", 0, CLI_DOOR, "PORT", "a", "8080" },
    { "format", 0, CLI_CHOICE, "text|json", "a", "text" },
    { "attribute", 'a', CLI_LIST, "K=V", "a", NULL },
    { "trust", 0, CLI_HASH, "HASH", "a", NULL },
    { "name", 0, CLI_TEXT, "TEXT", "a", NULL },
    { "file", 0, CLI_FILE, "FILE", "a", NULL },
};

static const struct cli_command COMMAND = {
    .name = "try",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 2,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
};

static struct cli_run run;
static struct mm_reason problem;

static void set_up(void)
{
    run = (struct cli_run){ .command = &COMMAND };
    problem.text[0] = '\0';
    mm_arena_init(&run.arena, 1 << 20);
}

static void tear_down(void)
{
    mm_arena_fini(&run.arena);
}

TestSuite(options, .init = set_up, .fini = tear_down);

/* Words behind the command's name; the last is NULL. */
static bool parse(bool *help, ...)
{
    static char texts[32][128];
    static char *words[33];
    va_list args;
    int count = 0;
    snprintf(texts[count], sizeof texts[count], "try");
    words[count] = texts[count];
    count++;
    va_start(args, help);
    for (const char *word; (word = va_arg(args, const char *)) != NULL; count++) {
        snprintf(texts[count], sizeof texts[count], "%s", word);
        words[count] = texts[count];
    }
    va_end(args);
    words[count] = NULL;
    return cli_parse(&run, help, count, words, &problem);
}

#define PARSE(...) parse(&help, __VA_ARGS__, (const char *)NULL)
static bool help;

Test(options, defaults_are_read_like_typed_values)
{
    cr_assert(PARSE("7"), "%s", problem.text);
    cr_assert_str_eq(cli_text(&run, "rpc"), "http://127.0.0.1:8545");
    cr_assert_eq(cli_number(&run, "limit"), 1000);
    cr_assert_eq(cli_number(&run, "window"), UINT64_MAX);
    cr_assert_eq(cli_number(&run, "door"), 8080);
    cr_assert(!cli_is_given(&run, "limit"));
    cr_assert(!cli_flag(&run, "json"));
    cr_assert_null(cli_text(&run, "to"));
    cr_assert_eq(run.argument_count, 1);
    cr_assert_str_eq(run.arguments[0], "7");
}

Test(options, may_stand_anywhere_and_be_abbreviated_and_joined)
{
    cr_assert(PARSE("--json", "7", "-n", "5", "--for=json", "8", "-b0.25"), "%s", problem.text);
    cr_assert(cli_flag(&run, "json"));
    cr_assert_eq(cli_number(&run, "limit"), 5);
    cr_assert_eq(cli_number(&run, "block-time"), 250);
    cr_assert_str_eq(cli_text(&run, "format"), "json");
    cr_assert_eq(run.argument_count, 2);
    cr_assert_str_eq(run.arguments[1], "8");
}

Test(options, end_at_two_hyphens)
{
    cr_assert(PARSE("--", "--json"));
    cr_assert(!cli_flag(&run, "json"));
    cr_assert_str_eq(run.arguments[0], "--json");
}

Test(options, lists_gather_what_is_repeated)
{
    cr_assert(PARSE("7", "-a", "x=1", "--attribute", "y=2", "-az=3"));
    const struct cli_value *list = cli_value(&run, "attribute");
    cr_assert_eq(list->count, 3);
    cr_assert_str_eq(list->items[0], "x=1");
    cr_assert_str_eq(list->items[2], "z=3");
}

Test(options, a_variable_stands_in_for_an_option_and_loses_to_it)
{
    setenv("MINTMARK_BLOCK_TIME", "2", 1);
    setenv("MINTMARK_LIMIT", "9", 1);
    setenv("MINTMARK_JSON", "yes", 1);
    setenv("MINTMARK_ATTRIBUTE", "a=1\n\nb=2\n", 1);
    setenv("MINTMARK_FORMAT", "", 1);
    cr_assert(PARSE("7", "--limit", "3"), "%s", problem.text);
    cr_assert_eq(cli_number(&run, "block-time"), 2000);
    cr_assert_eq(cli_number(&run, "limit"), 3);
    cr_assert(cli_flag(&run, "json"));
    cr_assert(cli_is_given(&run, "block-time"));
    cr_assert_str_eq(cli_text(&run, "format"), "text"); /* empty counts as unset */
    cr_assert_eq(cli_value(&run, "attribute")->count, 2);
    cr_assert_str_eq(cli_value(&run, "attribute")->items[1], "b=2");
}

Test(options, a_variable_that_is_wrong_is_named)
{
    setenv("MINTMARK_TO", "0x12", 1);
    cr_assert(!PARSE("7"));
    cr_assert_not_null(strstr(problem.text, "MINTMARK_TO"), "%s", problem.text);
    unsetenv("MINTMARK_TO");
    setenv("MINTMARK_JSON", "maybe", 1);
    cr_assert(!PARSE("7"));
    cr_assert_not_null(strstr(problem.text, "MINTMARK_JSON"));
}

Test(options, help_wins_over_everything_else)
{
    cr_assert(PARSE("--help"));
    cr_assert(help);
    cr_assert(PARSE("-h", "--nonsense"));
    cr_assert(help);
}

static void refuses(bool ok, const char *with)
{
    cr_assert(!ok);
    cr_assert_not_null(strstr(problem.text, with), "%s, not %s", problem.text, with);
}

Test(options, refusals_say_which_option_and_why)
{
    refuses(PARSE("7", "--nonsense"), "'--nonsense'");
    refuses(PARSE("7", "--nonsense=5"), "'--nonsense'");
    refuses(PARSE("7", "-x"), "'-x'");
    refuses(PARSE("7", "--limit"), "'--limit' needs a value");
    refuses(PARSE("7", "-n"), "'-n' needs a value");
    refuses(PARSE("7", "--json=1"), "'--json' takes no value");
    refuses(PARSE("7", "--t", "x"), "ambiguous");
    refuses(PARSE("7", "--limit", "5x"), "--limit");
    refuses(PARSE("7", "--limit", "-1"), "--limit");
    refuses(PARSE("7", "--limit", "18446744073709551616"), "--limit");
    refuses(PARSE("7", "--format", "tex"), "text|json");
    refuses(PARSE("7", "--format", "text|json"), "text|json");
    refuses(PARSE("7", "--door", "65536"), "--door");
    refuses(PARSE("7", "--rpc", "localhost:8545"), "http://");
    refuses(PARSE("7", "--name", "\xff"), "UTF-8");
    refuses(PARSE("7", "--trust", "0x12"), "hash");
    refuses(PARSE("7", "--to", "0x70997970C51812dc3A010C7d01b50e0d17dc79c8"), "checksum");
    refuses(PARSE("7", "--block-time", "1.2345"), "--block-time");
    refuses(PARSE("7", "--block-time", "."), "--block-time");
    refuses(PARSE("7", "--file", ""), "--file");
    refuses(PARSE("--json"), "ID is missing");
    refuses(PARSE("1", "2", "3"), "'3' is one argument too many");
}

Test(options, names_become_variables)
{
    char out[CLI_VARIABLE_MAX];
    cli_variable(out, "block-time");
    cr_assert_str_eq(out, "MINTMARK_BLOCK_TIME");
}

Test(options, token_ids_are_decimal_or_hexadecimal_of_any_length)
{
    mm_u256 id;
    cr_assert(cli_token_id(
        &run, &id,
        "115792089237316195423570985008687907853269984665640564039457584007913129639935"));
    cr_assert(cli_token_id(&run, &id, "0x10"));
    cr_assert_eq(id.limb[0], 16);
    cr_assert(!cli_token_id(
        &run, &id,
        "115792089237316195423570985008687907853269984665640564039457584007913129639936"));
    cr_assert(!cli_token_id(&run, &id, "-1"));
    cr_assert(!cli_token_id(&run, &id, "1.0"));
    cr_assert(!cli_token_id(&run, &id, ""));
}
