/* Replies: which one, with what in it, and always the same. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rpc/persona/script.h"
#include "rpc/persona/words.h"
#include "state/codec/utf8.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, PERSONA_ARENA_BYTES);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(reply, .init = open_arena, .fini = close_arena);

enum { SAID_MAX = 16 };

struct scene {
    const char *rules; /* of the script, JSON */
    const char *said[SAID_MAX];
    const struct persona_fact *facts;
    size_t fact_count;
    uint64_t seed;
};

static const char *reply_of(const struct scene *scene)
{
    char text[8192];
    struct mm_reason reason = { .text = "" };
    const struct persona_script *script;
    mm_bytes said[SAID_MAX];
    struct persona_talk talk = {
        .said = said, .facts = scene->facts, .fact_count = scene->fact_count, .seed = scene->seed
    };
    mm_bytes reply;
    (void)snprintf(text, sizeof text,
                   "{\"schema\":\"ainft-script/1\",\"substitutions\":{\"i'm\":\"i am\"},"
                   "\"reflections\":{\"my\":\"your\",\"i\":\"you\",\"am\":\"are\",\"me\":\"you\"},"
                   "\"groups\":{\"kin\":[\"mother\",\"father\"]},"
                   "\"rules\":[%s],\"otherwise\":[\"Go on.\",\"And?\"]}",
                   scene->rules);
    cr_assert_eq(persona_script_parse(&arena, &script, mm_bytes_str(text), &reason), PERSONA_OK,
                 "%s", reason.text);
    while (talk.said_count < SAID_MAX && scene->said[talk.said_count] != NULL) {
        said[talk.said_count] = mm_bytes_str(scene->said[talk.said_count]);
        talk.said_count++;
    }
    cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
    return mm_arena_text(&arena, reply);
}

#define RULE(keys, rank, match, more, replies)                                                     \
    "{\"keys\":[" keys "],\"rank\":" rank ",\"patterns\":[{\"match\":\"" match "\"" more           \
    ",\"replies\":[" replies "]}]}"

#define SAYS(expected, ...) cr_assert_str_eq(reply_of(&(struct scene){ __VA_ARGS__ }), expected)

Test(reply, what_is_captured_is_seen_from_the_other_side)
{
    static const char rules[] = RULE("\"dream\"", "1", "* i dream of +", "", "\"Why {2}?\"");
    SAYS("Why your Mother?", rules, { "Well, I dream of my Mother!" });
    SAYS("Why you are old?", rules, { "i dream of I'm old" });
    SAYS("Go on.", rules, { "i dream of" });
    static const char raw[] = RULE("\"name\"", "1", "* my name is +", "", "\"Hello, {2!}.\"");
    SAYS("Hello, My Lord.", raw, { "my name is My Lord" });
}

Test(reply, the_highest_rank_wins_and_then_what_was_said_first)
{
    static const char rules[] = RULE("\"a\"", "1", "*", "", "\"low\"") "," RULE(
        "\"b\"", "9", "*", "", "\"high\"") "," RULE("\"c\"", "9", "*", "", "\"later\"");
    SAYS("later", rules, { "a, then c, then b" });
    SAYS("high", rules, { "a, then b, then c" });
    SAYS("low", rules, { "a" });
}

Test(reply, a_key_of_several_words_stands_in_a_row)
{
    static const char rules[] = RULE("\"good bye\"", "1", "*", "", "\"Farewell.\"");
    SAYS("Farewell.", rules, { "so good bye then" });
    SAYS("Go on.", rules, { "good and bye" });
    SAYS("Go on.", rules, { "good, bye" });
}

Test(reply, groups_choices_and_single_words_are_captured)
{
    static const char rules[] =
        RULE("\"my\"", "1", "* my @kin is|was ? *", "", "\"{2} {3} {4}; {5}\",\"{2} {3} {4}\"");
    SAYS("Father was tall; indeed", rules, { "my Father was tall indeed" });
    SAYS("mother is here", rules, { "my mother is here" });
    SAYS("Go on.", rules, { "my aunt is here" });
}

Test(reply, captures_are_as_short_as_the_rest_allows)
{
    static const char rules[] = RULE("\"b\"", "1", "* b *", "", "\"[{1}][{2}]\"");
    SAYS("[a][a b c]", rules, { "a b a b c" });
}

Test(reply, replies_take_turns)
{
    static const char rules[] = RULE("\"a\"", "1", "*", "", "\"one\",\"two\"");
    SAYS("one", rules, { "a" });
    SAYS("two", rules, { "a", "a" });
    SAYS("one", rules, { "a", "x", "a", "a" });
    SAYS("And?", rules, { "x", "x" });
}

Test(reply, a_seed_begins_elsewhere_and_stays_with_it)
{
    static const char rules[] =
        RULE("\"a\"", "1", "*", "", "\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"");
    bool differs = false;
    for (uint64_t seed = 1; seed < 20; seed++) {
        const struct scene scene = { rules, { "a" }, NULL, 0, seed };
        const char *first = reply_of(&scene);
        cr_assert_str_eq(first, reply_of(&scene));
        differs |= strcmp(first, "0") != 0;
    }
    cr_assert(differs);
}

Test(reply, what_is_remembered_is_said_later)
{
    static const char rules[] =
        RULE("\"name\"", "2", "* my name is +", ",\"remember\":{\"name\":\"{2!}\"}",
             "\"Hi {$name}\"") "," RULE("\"who\"", "1", "*", "", "\"You are {$name}\",\"Nobody\"");
    SAYS("Nobody", rules, { "who am i" });
    SAYS("Hi Ada", rules, { "my name is Ada" });
    SAYS("You are Ada", rules, { "my name is Ada", "who am i" });
    SAYS("You are Bob", rules, { "my name is Ada", "my name is Bob", "who am i" });
}

Test(reply, conditions_ask_facts_and_memory)
{
    static const char rules[] =
        "{\"keys\":[\"a\"],\"patterns\":["
        "{\"match\":\"*\",\"when\":[{\"variable\":\"level\",\"from\":2,\"to\":3}],\"replies\":[\"{"
        "level+1}\"]},"
        "{\"match\":\"*\",\"when\":[{\"known\":\"x\"}],\"replies\":[\"known\"]},"
        "{\"match\":\"*\",\"when\":[{\"unknown\":\"x\"}],\"remember\":{\"x\":\"1\"},\"replies\":["
        "\"unknown\"]}]}";
    const struct persona_fact two = { MM_BYTES_LIT("level"), MM_BYTES_LIT("2"), true, 2 };
    const struct persona_fact four = { MM_BYTES_LIT("level"), MM_BYTES_LIT("4"), true, 4 };
    const struct persona_fact text = { MM_BYTES_LIT("level"), MM_BYTES_LIT("2"), false, 2 };
    SAYS("3", rules, { "a" }, &two, 1, 0);
    SAYS("unknown", rules, { "a" }, &four, 1, 0);
    SAYS("unknown", rules, { "a" }, &text, 1, 0);
    SAYS("known", rules, { "a", "a" }, &four, 1, 0);
}

Test(reply, numbers_do_not_wrap)
{
    static const char rules[] = RULE("\"a\"", "1", "*", "", "\"{n-5} {n+1} {n?one:many} {{}}\"");
    const struct persona_fact one = { MM_BYTES_LIT("n"), MM_BYTES_LIT("1"), true, 1 };
    const struct persona_fact most = { MM_BYTES_LIT("n"), MM_BYTES_LIT("M"), true, UINT64_MAX };
    SAYS("0 2 one {}", rules, { "a" }, &one, 1, 0);
    SAYS("18446744073709551610 18446744073709551615 many {}", rules, { "a" }, &most, 1, 0);
    SAYS("Go on.", rules, { "a" });
}

Test(reply, a_thread_that_was_kept_is_picked_up_once)
{
    static const char rules[] = RULE("\"my\"", "1", "* my +", ",\"keep\":\"Your {2}?\"", "\"Hm.\"");
    SAYS("Your cat?", rules, { "my cat", "x" });
    SAYS("Go on.", rules, { "my cat", "x", "y" });
    SAYS("Your dog?", rules, { "my cat", "my dog", "x", "y" });
}

Test(reply, of_many_threads_the_oldest_goes)
{
    static const char rules[] = RULE("\"my\"", "1", "* my +", ",\"keep\":\"Your {2}?\"", "\"Hm.\"");
    SAYS("Your b?", rules,
         { "my a", "my b", "my c", "my d", "my e", "my f", "my g", "my h", "my i", "x" });
}

Test(reply, when_nothing_can_be_said_it_says_so)
{
    const struct persona_script *script;
    const mm_bytes said = MM_BYTES_LIT("x");
    const struct persona_talk talk = { .said = &said, .said_count = 1 };
    mm_bytes reply;
    cr_assert_eq(persona_script_parse(&arena, &script,
                                      MM_BYTES_LIT("{\"schema\":\"ainft-script/1\",\"rules\":[],"
                                                   "\"otherwise\":[\"{$nothing}\"]}"),
                                      NULL),
                 PERSONA_OK);
    cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
    cr_assert(mm_bytes_equal(reply, MM_BYTES_LIT("…")));
}

Test(reply, is_cut_between_characters)
{
    static const char rules[] =
        RULE("\"a\"", "1", "* a +", "", "\"{2}{2}{2}{2}{2}{2}{2}{2}{2}{2}{2}{2}\"");
    char said[600] = "a ";
    for (size_t i = 0; i < 21 * 9; i++)
        memcpy(said + 2 + 3 * i, i % 10 == 9 ? " a " : "語", 3);
    const char *reply = reply_of(&(struct scene){ rules, { said } });
    cr_assert_leq(strlen(reply), (size_t)PERSONA_REPLY_BYTES_MAX);
    cr_assert_geq(strlen(reply), (size_t)PERSONA_REPLY_BYTES_MAX - 3);
    cr_assert(utf8_is_valid(mm_bytes_str(reply)));
}

/* 128 patterns, each of which takes 24 * 257 steps for 256 words and does not fit; and one that does. */
Test(reply, when_the_steps_are_spent_no_more_patterns_are_tried)
{
    static char rules[64 << 10];
    static char said[2 * PERSONA_WORDS_MAX + 1];
    size_t len = 0;
    for (int rule = 0; rule < 4; rule++) {
        len += (size_t)sprintf(rules + len, "{\"keys\":[\"a\"],\"rank\":9,\"patterns\":[");
        for (int i = 0; i < PERSONA_PATTERNS_MAX; i++)
            len += (size_t)sprintf(rules + len,
                                   "%s{\"match\":\"* a a a a a a a a a a a a a a a a a a a a a a "
                                   "z\",\"replies\":[\"z\"]}",
                                   i == 0 ? "" : ",");
        len += (size_t)sprintf(rules + len, "]},");
    }
    (void)sprintf(rules + len, RULE("\"a\"", "1", "*", "", "\"fits\""));
    static char text[96 << 10];
    (void)snprintf(text, sizeof text,
                   "{\"schema\":\"ainft-script/1\",\"rules\":[%s],\"otherwise\":[\"Go on.\"]}",
                   rules);
    for (size_t i = 0; i < PERSONA_WORDS_MAX; i++)
        memcpy(said + 2 * i, "a ", 2);
    const struct persona_script *script;
    const mm_bytes things[] = { mm_bytes_str("a a"), mm_bytes_str(said) };
    mm_bytes reply;
    cr_assert_eq(persona_script_parse(&arena, &script, mm_bytes_str(text), NULL), PERSONA_OK);
    struct persona_talk talk = { .said = things, .said_count = 1 };
    cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
    cr_assert(mm_bytes_equal(reply, MM_BYTES_LIT("fits")));
    talk.said_count = 2;
    cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
    cr_assert(mm_bytes_equal(reply, MM_BYTES_LIT("Go on.")));
}

Test(reply, the_longest_conversation_fits_the_arena)
{
    static mm_bytes said[PERSONA_TURNS_MAX + 10];
    static char text[8192];
    const struct persona_script *script;
    struct persona_talk talk = { .said = said, .said_count = MM_COUNT_OF(said) };
    mm_bytes reply;
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = "i love my name is nft rule because you are level, "[i % 50];
    for (size_t i = 0; i < MM_COUNT_OF(said); i++)
        said[i] = mm_bytes_from(text, sizeof text - 1);
    cr_assert_eq(persona_script_parse(&arena, &script, persona_curator(), NULL), PERSONA_OK);
    cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
    cr_assert_gt(reply.len, 0);
}
