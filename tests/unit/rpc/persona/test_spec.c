/* Specifications: what is read of them, and what is refused where. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/persona/spec.h"

static struct mm_arena arena;
static struct mm_reason reason;
static struct spec spec;

static void open_arena(void)
{
    mm_arena_init(&arena, 16 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(spec, .init = open_arena, .fini = close_arena);

static enum persona_verdict parse(const char *text)
{
    reason.text[0] = '\0';
    return spec_parse(&arena, &spec, mm_bytes_str(text), &reason);
}

#define HEAD "{\"schema\":\"ainft-spec/1\",\"kind\":\"persona\","
#define MODEL "\"model\":{\"engine\":\"script\",\"script\":\"ipfs://x\"}"

static void refuses(const char *members, const char *says)
{
    char text[2048];
    (void)snprintf(text, sizeof text, HEAD "%s}", members);
    cr_assert_eq(parse(text), PERSONA_INVALID, "%s", members);
    cr_assert_str_eq(reason.text, says);
}

Test(spec, all_of_it_is_read)
{
    cr_assert_eq(
        parse(HEAD "\"name\":\"Iris\",\"model\":{\"engine\":\"openai\",\"id\":\"m\",\"baseURL\":"
                   "\"http://x\",\"params\":{\"temperature\":0.7,\"seed\":18446744073709551615,"
                   "\"max_tokens\":400}},\"instructions\":\"Be\",\"greeting\":\"Hi\","
                   "\"chatStarters\":[\"a\",\"b\"],\"tags\":[\"t\"],\"access\":{\"credits\":\"5\"},"
                   "\"history\":{\"privacy\":\"encrypted\",\"keys\":[\"0x"
                   "0101010101010101010101010101010101010101010101010101010101010101\"]},"
                   "\"unknown\":[1]}"),
        PERSONA_OK, "%s", reason.text);
    cr_assert_eq(spec.engine, SPEC_OPENAI);
    cr_assert(mm_bytes_equal(spec.name, MM_BYTES_LIT("Iris")));
    cr_assert(mm_bytes_equal(spec.model, MM_BYTES_LIT("m")));
    cr_assert(mm_bytes_equal(spec.temperature, MM_BYTES_LIT("0.7")));
    cr_assert(spec.has_seed && spec.seed == UINT64_MAX);
    cr_assert_eq(spec.tokens_max, 400);
    cr_assert_eq(spec.starter_count, 2);
    cr_assert_eq(spec.tag_count, 1);
    cr_assert_eq(spec.credits.limb[0], 5);
    cr_assert_eq(spec.privacy, SPEC_ENCRYPTED);
    cr_assert_eq(spec.key_count, 1);
    cr_assert_eq(spec.keys[0].b[31], 1);
}

Test(spec, little_of_it_is_needed)
{
    cr_assert_eq(parse(HEAD MODEL "}"), PERSONA_OK);
    cr_assert_eq(spec.engine, SPEC_SCRIPT);
    cr_assert_eq(spec.privacy, SPEC_PUBLIC);
    cr_assert_eq(spec.greeting.len, 0);
    cr_assert(!spec.has_seed);
}

Test(spec, says_what_is_wrong_where)
{
    cr_assert_eq(parse("[]"), PERSONA_INVALID);
    cr_assert_eq(parse("{\"schema\":\"ainft-spec/2\"}"), PERSONA_INVALID);
    cr_assert_str_eq(reason.text, "schema: must be \"ainft-spec/1\"");
    refuses("\"x\":1", "model: must be an object");
    refuses("\"model\":{\"engine\":\"magic\"}", "model.engine: must be \"script\" or \"openai\"");
    refuses("\"model\":{\"engine\":\"script\"}",
            "model.script: is missing: the engine is \"script\"");
    refuses("\"model\":{\"engine\":\"openai\"}", "model.id: is missing: the engine is \"openai\"");
    refuses(MODEL ",\"greeting\":1", "greeting: must be a text");
    refuses(MODEL ",\"tags\":[\"\"]", "tags: must be a list of texts, none empty or too long");
    refuses(MODEL ",\"history\":{\"privacy\":\"secret\"}",
            "history.privacy: must be \"public\", \"encrypted\" or \"commitment\"");
    refuses(MODEL ",\"history\":{\"keys\":[\"0x12\"]}", "history.keys: a key is 0x and 64 digits");
    refuses(MODEL ",\"access\":{\"credits\":1.5}",
            "access.credits: must be a whole number of 256 bits at most");
}

Test(spec, a_temperature_goes_on_as_it_is_and_so_is_looked_at)
{
    static const char *const good[] = { "0", "1", "2", "0.7", "1.99", "2.0" };
    static const char *const bad[] = { "3", "2.1", "-1", "1e9", "0.1234567", "1.", "\"1\"" };
    char text[512];
    for (size_t i = 0; i < MM_COUNT_OF(good) + MM_COUNT_OF(bad); i++) {
        const bool is_good = i < MM_COUNT_OF(good);
        (void)snprintf(text, sizeof text,
                       HEAD "\"model\":{\"engine\":\"script\",\"script\":\"x\",\"params\":{"
                            "\"temperature\":%s}}}",
                       is_good ? good[i] : bad[i - MM_COUNT_OF(good)]);
        cr_assert_eq(parse(text) == PERSONA_OK, is_good, "%s", text);
    }
}

Test(spec, instructions_have_ten_thousand_characters_not_bytes)
{
    char *text = calloc(1, 4 * SPEC_INSTRUCTIONS_MAX + 1000);
    for (size_t count = SPEC_INSTRUCTIONS_MAX; count <= SPEC_INSTRUCTIONS_MAX + 1; count++) {
        size_t len = (size_t)sprintf(text, HEAD MODEL ",\"instructions\":\"");
        for (size_t i = 0; i < count; i++)
            len += (size_t)sprintf(text + len, "ü");
        (void)sprintf(text + len, "\"}");
        cr_assert_eq(parse(text), count == SPEC_INSTRUCTIONS_MAX ? PERSONA_OK : PERSONA_INVALID);
    }
    free(text);
}
