/* The chain's words: targets and their places, what is known where, and the rules that a collection begins with. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/contracts-native/rules/fixture.h"

static unsigned place(const char *target)
{
    return rule_place_of_target(mm_bytes_str(target));
}

Test(rule_vocabulary, targets_have_places)
{
    cr_assert_eq(place("spec"), RULE_PLACE_SPEC);
    cr_assert_eq(place("transfer"), RULE_PLACE_TRANSFER);
    cr_assert_eq(place("history:chat"), RULE_PLACE_HISTORY);
    cr_assert_eq(place("trait:*"), RULE_PLACE_TRAIT);
    cr_assert_eq(place("meta:x"), RULE_PLACE_META);
    cr_assert_eq(place("action:levelup"), RULE_PLACE_ACTION);
    cr_assert_eq(place(""), 0);
    cr_assert_eq(place("history"), 0);
    cr_assert_eq(place("history:"), 0);
    cr_assert_eq(place("spec:x"), 0);
    cr_assert_eq(place("specs"), 0);
    cr_assert_eq(place("uri "), 0);
}

static enum rule_verdict verdict_at(const char *target, const char *source,
                                    struct rule_error *error)
{
    struct mm_arena arena;
    const struct rule *rule;
    const struct rule_env env =
        rule_chain_env(place(target), rule_type_of(RULE_UINT), &FIXTURE_TRAITS);
    const struct rule_options options = { .env = &env,
                                          .has_result = true,
                                          .result = rule_type_of(RULE_BOOL),
                                          .cost_max = RULE_COST_MAX };
    mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
    const enum rule_verdict verdict =
        rule_compile(&arena, &rule, error, mm_bytes_str(source), &options);
    mm_arena_fini(&arena);
    return verdict;
}

Test(rule_vocabulary, the_rules_that_a_collection_begins_with_compile)
{
    static const char *const defaults[][2] = {
        { "spec", "caller == owner" },
        { "uri", "caller == owner" },
        { "meta:*", "caller == owner" },
        { "mint", "caller == creator" },
        { "history:chat", "caller == service && author != caller" },
        { "trait:*", "false" },
        { "redact", "caller == author || caller == owner" },
        { "transfer", "true" },
        { "action:levelup",
          "caller == owner && history.count(\"chat\") >= 10u * (trait(\"level\") + 1u) && "
          "history.authors(\"chat\") >= 3u && trait(\"level\") < 100u" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(defaults); i++) {
        struct rule_error error;
        cr_assert_eq(verdict_at(defaults[i][0], defaults[i][1], &error), RULE_OK, "%s: %s",
                     defaults[i][0], error.text);
    }
}

Test(rule_vocabulary, a_name_is_known_where_it_means_something)
{
    struct rule_error error;
    cr_assert_eq(verdict_at("mint", "to == caller", &error), RULE_OK);
    cr_assert_eq(verdict_at("trait:level", "new > old", &error), RULE_OK);
    cr_assert_eq(verdict_at("trait:level", "to == caller", &error), RULE_UNKNOWN);
    cr_assert_str_eq(error.text, "'to' is not known here, but in rules for: mint, transfer");
    cr_assert_eq(verdict_at("spec", "kind == 'chat'", &error), RULE_UNKNOWN);
    cr_assert_str_eq(error.text, "'kind' is not known here, but in rules for: history:…");
    cr_assert_eq(verdict_at("spec", "autor == caller", &error), RULE_UNKNOWN);
    cr_assert_str_eq(error.text, "no such name: 'autor'"); /* no guess at what is not known here */
}

Test(rule_vocabulary, tables_are_in_the_order_of_their_numbers)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++)
        cr_assert(RULE_CHAIN_VARIABLES[i].name != NULL && RULE_CHAIN_VARIABLES[i].help != NULL);
    for (size_t i = 0; i < RULE_READ_COUNT; i++)
        cr_assert(RULE_CHAIN_READERS[i].name != NULL && RULE_CHAIN_READERS[i].id == i &&
                  RULE_CHAIN_READERS[i].help != NULL);
}

/* docs/RULES.md, terminated. */
static const char *document(void)
{
    static char text[64 << 10];
    FILE *file = fopen(MINTMARK_SOURCE "/docs/RULES.md", "re");
    cr_assert_not_null(file);
    const size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    cr_assert(len > 0 && len < sizeof text - 1);
    text[len] = '\0';
    return text;
}

static void documented(const char *before, const char *name, const char *after)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "%s%s%s", before, name, after);
    cr_assert_not_null(strstr(document(), quoted), "docs/RULES.md lacks %s", quoted);
}

Test(rule_vocabulary, the_document_has_every_name)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++)
        documented("`", RULE_CHAIN_VARIABLES[i].name, "`");
    for (size_t i = 0; i < RULE_READ_COUNT; i++)
        documented("`", RULE_CHAIN_READERS[i].name, "(");
}

Test(rule_vocabulary, the_examples_of_the_document_compile)
{
    const char *at = strstr(document(), "<!-- rules that compile -->\n```text\n");
    size_t count = 0;
    cr_assert_not_null(at);
    at = strchr(strchr(at, '\n') + 1, '\n') + 1;
    for (; *at != '`'; at += strcspn(at, "\n") + 1, count++) {
        char target[64];
        struct rule_error error;
        const size_t word = strcspn(at, " ");
        const char *source = at + word + strspn(at + word, " ");
        struct mm_arena arena;
        const struct rule *rule;
        (void)snprintf(target, sizeof target, "%.*s", (int)word, at);
        const struct rule_env env =
            rule_chain_env(place(target), rule_type_of(RULE_UINT), &FIXTURE_TRAITS);
        const struct rule_options options = { .env = &env, .cost_max = RULE_COST_MAX };
        cr_assert_neq(env.place, 0, "%s", target);
        mm_arena_init(&arena, RULE_COMPILE_BYTES_MAX);
        cr_assert_eq(rule_compile(&arena, &rule, &error,
                                  mm_bytes_from(source, strcspn(source, "\n")), &options),
                     RULE_OK, "%s: %s", target, error.text);
        mm_arena_fini(&arena);
    }
    cr_assert_gt(count, 10);
}
