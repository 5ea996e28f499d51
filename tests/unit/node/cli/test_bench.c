/* bench beside a node of its own: each phase has its figures, and what went wrong is no figure. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "state/base/arena.h"
#include "state/codec/json.h"
#include "tests/unit/node/cli/program.h"

static struct mm_arena arena;

static void set_up(void)
{
    program_begin();
    mm_arena_init(&arena, 64 << 20);
    program_node("");
}

static void tear_down(void)
{
    mm_arena_fini(&arena);
    program_end();
}

TestSuite(bench, .init = set_up, .fini = tear_down, .timeout = 150);

static double number(const struct json *figures, const char *phase, const char *name)
{
    char text[64];
    const struct json *object = json_find(figures, phase);
    cr_assert_not_null(object, "no %s", phase);
    const struct json *value = json_find(object, name);
    cr_assert(value != NULL && value->kind == JSON_NUMBER && value->text.len < sizeof text,
              "no %s of %s", name, phase);
    memcpy(text, value->text.ptr, value->text.len);
    text[value->text.len] = '\0';
    return strtod(text, NULL);
}

Test(bench, every_phase_has_its_figures)
{
    static const char *const reads[] = { "ownerOf",    "ownerOf_in_batches",
                                         "tokenURI",   "tokenURI_in_batches",
                                         "getBalance", "blockNumber",
                                         "receipt",    "proof" };
    struct json figures;
    struct mm_reason reason = { "" };
    struct said said = expect(0, "mintmark bench --mints 130 --transfers 70 --batch 7 "
                                 "--connections 3 --seconds 0.1 --json");
    const struct json_options options = { .unique_keys = true };
    cr_assert_eq(
        json_parse(&arena, &figures, mm_bytes_from(said.out, said.out_len), &options, &reason),
        JSON_OK, "%s: %s", reason.text, said.out);
    cr_assert_gt(number(&figures, "latency", "p50_ms"), 0);
    cr_assert_eq(number(&figures, "mint", "transactions"), 130);
    cr_assert_gt(number(&figures, "mint", "per_s"), 0);
    cr_assert_gt(number(&figures, "mint", "gas"), 100000);
    cr_assert_eq(number(&figures, "transfer", "transactions"), 70);
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        cr_assert_gt(number(&figures, reads[i], "per_s"), 0);
        cr_assert_geq(number(&figures, reads[i], "p99_ms"), number(&figures, reads[i], "p50_ms"));
        cr_assert_gt(number(&figures, reads[i], "bytes"), 30);
    }
    /* A transfer of each of 70 tokens, and what was minted, by the phase latency as well. */
    cr_assert_eq(number(&figures, "logs", "all"),
                 number(&figures, "latency", "transactions") + 130 + 70);
    said_free(&said);
}

Test(bench, goes_on_with_the_tokens_of_an_earlier_run)
{
    struct said said = expect(0, "mintmark bench --phases mint --mints 30");
    cr_assert_not_null(strstr(said.out, "mint transactions"), "%s", said.out);
    said_free(&said);
    said = expect(0, "mintmark bench --phases mint,transfer --mints 30");
    cr_assert_not_null(strstr(said.out, "transfer transactions"), "%s", said.out);
    said_free(&said);
}

static void refuses(int status, const char *arguments, const char *why)
{
    struct said said = expect(status, "mintmark bench %s", arguments);
    cr_assert_not_null(strstr(said.err, why), "%s: %s", arguments, said.err);
    said_free(&said);
}

Test(bench, says_what_is_wrong)
{
    refuses(2, "--phases mint,jump", "there is no phase 'jump'");
    refuses(2, "--phases transfer", "there are no tokens: mint first");
    refuses(2, "--batch 0", "--batch: 1 to 1000");
    refuses(2, "--connections 65", "--connections: 1 to 64");
    refuses(4, "--rpc http://127.0.0.1:1", "nothing answers at http://127.0.0.1:1");
    /* An address without code takes any call and does nothing. */
    refuses(1, "--phases mint --mints 10 --collection 0x0000000000000000000000000000000000001234",
            "a transaction was mined and did not do what it should");
}
