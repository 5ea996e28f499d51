/* Scripts: what is refused, and where it says so. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/persona/script.h"
#include "state/base/heap.h"

static struct mm_arena arena;
static struct mm_reason reason;

static void open_arena(void)
{
    mm_arena_init(&arena, PERSONA_ARENA_BYTES);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(script, .init = open_arena, .fini = close_arena);

static enum persona_verdict parse(const char *text)
{
    const struct persona_script *script;
    reason.text[0] = '\0';
    return persona_script_parse(&arena, &script, mm_bytes_str(text), &reason);
}

/* A script of one pattern: the members behind "match". */
static void refuses(const char *members, const char *says)
{
    char text[4096];
    (void)snprintf(text, sizeof text,
                   "{\"schema\":\"ainft-script/1\",\"groups\":{\"art\":[\"map\"]},"
                   "\"rules\":[{\"keys\":[\"a\"],\"patterns\":[{%s}]}],\"otherwise\":[\"x\"]}",
                   members);
    cr_assert_eq(parse(text), PERSONA_INVALID, "%s", members);
    cr_assert_str_eq(reason.text, says);
}

Test(script, the_shipped_one_is_right)
{
    const struct persona_script *script;
    cr_assert_eq(persona_script_parse(&arena, &script, persona_curator(), &reason), PERSONA_OK,
                 "%s", reason.text);
}

Test(script, says_what_is_wrong_where)
{
    refuses("\"match\":\"* +\",\"replies\":[\"x\"]",
            "rules[0].patterns[0].match: two of * and + side by side: nobody can say where one "
            "ends");
    refuses("\"match\":\"@nothing\",\"replies\":[\"x\"]",
            "rules[0].patterns[0].match: there is no group 'nothing'");
    refuses("\"match\":\"*\",\"replies\":[\"x\",\"{2}\"]",
            "rules[0].patterns[0].replies[1]: {2}: the pattern captures 1");
    refuses("\"match\":\"*\",\"replies\":[\"{\"]",
            "rules[0].patterns[0].replies[0]: a brace without the other; {{ and }} are braces");
    refuses("\"match\":\"*\",\"replies\":[\"}\"]",
            "rules[0].patterns[0].replies[0]: a brace without the other; {{ and }} are braces");
    refuses("\"match\":\"*\",\"replies\":[\"{a b}\"]",
            "rules[0].patterns[0].replies[0]: '{a b}' names nothing");
    refuses("\"match\":\"*\",\"replies\":[\"{level+x}\"]",
            "rules[0].patterns[0].replies[0]: behind + and - stands a decimal number");
    refuses("\"match\":\"*\",\"replies\":[]",
            "rules[0].patterns[0].replies: must have 1 to 32 texts");
    refuses("\"match\":\"*\"", "rules[0].patterns[0].replies: is missing: a list");
    refuses("\"replies\":[\"x\"]", "rules[0].patterns[0].match: is missing: a text");
    refuses("\"match\":\"\",\"replies\":[\"x\"]",
            "rules[0].patterns[0].match: a pattern has one element at least");
    refuses("\"match\":\"*\",\"replies\":[\"x\"],\"reply\":\"y\"",
            "rules[0].patterns[0]: 'reply' is no member of it");
    refuses("\"match\":\"*\",\"when\":[{\"known\":\"a\",\"unknown\":\"b\"}],\"replies\":[\"x\"]",
            "rules[0].patterns[0].when[0]: must have one of variable, known and unknown");
    refuses("\"match\":\"*\",\"when\":[{\"variable\":\"a\",\"from\":-1}],\"replies\":[\"x\"]",
            "rules[0].patterns[0].when[0]: from: must be a whole number from 0 to 2^64 - 1");
    refuses("\"match\":\"*\",\"remember\":{\"a b\":\"x\"},\"replies\":[\"x\"]",
            "rules[0].patterns[0].remember[0]: a name has 1 to 40 letters, digits, '_' and '.'");
}

Test(script, needs_its_schema_and_its_members)
{
    cr_assert_eq(parse("[]"), PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "script: must be an object");
    cr_assert_eq(parse("{}"), PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "script: schema: must be \"ainft-script/1\"");
    cr_assert_eq(parse("{\"schema\":\"ainft-script/1\"}"), PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "rules: is missing: a list");
    cr_assert_eq(parse("{\"schema\":\"ainft-script/1\",\"rules\":[]}"), PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "otherwise: is missing: a list");
    cr_assert_eq(parse("{\"schema\":\"ainft-script/1\",\"rules\":[],\"otherwise\":[\"x\"]}"),
                 PERSONA_OK);
}

Test(script, is_json_with_each_key_once)
{
    cr_assert_eq(parse("{"), PERSONA_NOT_JSON);
    cr_assert_eq(parse("{\"schema\":1,\"schema\":2}"), PERSONA_NOT_JSON);
    cr_assert_eq(parse(""), PERSONA_NOT_JSON);
    cr_assert_eq(parse("{\"schema\":\"ainft-script/1\",\"rules\":[],\"otherwise\":[\"\xff\"]}"),
                 PERSONA_NOT_JSON);
}

Test(script, two_spellings_of_one_word_are_one_substitution)
{
    cr_assert_eq(parse("{\"schema\":\"ainft-script/1\",\"substitutions\":{\"A\":\"b\",\"a\":\"c\"},"
                       "\"rules\":[],\"otherwise\":[\"x\"]}"),
                 PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "substitutions: 'a' is there twice");
}

Test(script, has_at_most_a_quarter_of_a_mebibyte)
{
    static char text[PERSONA_SCRIPT_BYTES_MAX + 2];
    memset(text, ' ', sizeof text - 1);
    cr_assert_eq(parse(text), PERSONA_TOO_LARGE);
}

#ifdef MINTMARK_CHECKED
Test(script, each_allocation_may_fail)
{
    const mm_bytes said[] = { MM_BYTES_LIT("My name is Ada"), MM_BYTES_LIT("I love maps") };
    const struct persona_talk talk = { .said = said, .said_count = 2 };
    bool is_through = false;
    for (size_t successes = 0; !is_through && successes < 1000; successes++) {
        const struct persona_script *script;
        struct mm_arena own;
        mm_bytes reply;
        mm_arena_init(&own, PERSONA_ARENA_BYTES);
        mm_heap_fail_after(successes);
        const enum persona_verdict verdict =
            persona_script_parse(&own, &script, persona_curator(), NULL);
        const mm_err err =
            verdict == PERSONA_OK ? persona_reply(script, &own, &reply, &talk) : MM_OK;
        mm_heap_fail_after(SIZE_MAX);
        cr_assert(verdict == PERSONA_OK || verdict == PERSONA_NO_MEMORY);
        cr_assert(verdict == PERSONA_OK || script == NULL);
        cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY || err == MM_ERR_LIMIT);
        is_through = verdict == PERSONA_OK && err == MM_OK;
        mm_arena_fini(&own);
    }
    cr_assert(is_through);
}
#endif

Test(script, a_full_arena_is_no_fault_of_the_script)
{
    struct mm_arena small;
    const struct persona_script *script;
    for (size_t bytes = 1 << 12; bytes <= 1 << 18; bytes *= 2) {
        mm_arena_init(&small, bytes);
        const enum persona_verdict verdict =
            persona_script_parse(&small, &script, persona_curator(), &reason);
        cr_assert(verdict == PERSONA_NO_MEMORY || verdict == PERSONA_OK);
        mm_arena_fini(&small);
    }
}
