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

/* 50 a second for two seconds: neither at once nor one after the other, and each interval says how it went. */
Test(bench, mints_at_a_steady_rate)
{
    struct json figures;
    uint64_t answered = 0;
    struct said said = expect(0, "mintmark bench --phases steady --rate 50 --duration 2 "
                                 "--interval 0.5 --connections 3 --json");
    cr_assert_eq(json_parse(&arena, &figures, mm_bytes_from(said.out, said.out_len), NULL, NULL),
                 JSON_OK, "%s", said.out);
    cr_assert_eq(number(&figures, "steady", "transactions"), 100);
    cr_assert_lt(number(&figures, "steady", "per_s"), 52);
    cr_assert_leq(number(&figures, "steady", "p50_ms"), number(&figures, "steady", "p99_ms"));
    cr_assert_leq(number(&figures, "steady", "p99_ms"), number(&figures, "steady", "max_ms"));
    const struct json *intervals = json_find(json_find(&figures, "steady"), "intervals");
    cr_assert(intervals != NULL && intervals->kind == JSON_ARRAY && intervals->count >= 3, "%s",
              said.out);
    for (size_t i = 0; i < intervals->count; i++) {
        const struct json *rate = json_find(&intervals->items[i], "per_s");
        answered += rate != NULL && !json_is_text(rate, "0.000");
        cr_assert_not_null(json_find(&intervals->items[i], "waiting"));
    }
    cr_assert_geq(answered, 2u);
    said_free(&said);
    said = expect(
        0, "mintmark bench --phases steady,latency --rate 200 --duration 0.5 --connections 33");
    cr_assert_not_null(strstr(said.out, " waiting\nsteady transactions"), "%s", said.out);
    said_free(&said);
}

/* A mint waits from when it was due: most of these are due while the node stands still, and all of those have waited for it, sent or
 * not. */
Test(bench, counts_what_waits_behind_a_pause)
{
    struct json figures;
    struct said said =
        expect(0, "(sleep 0.8; kill -STOP $NODE_PID; sleep 1.9; kill -CONT $NODE_PID) & "
                  "mintmark bench --phases steady --rate 40 --duration 3 "
                  "--connections 1 --json; wait");
    cr_assert_eq(json_parse(&arena, &figures, mm_bytes_from(said.out, said.out_len), NULL, NULL),
                 JSON_OK, "%s", said.out);
    cr_assert_eq(number(&figures, "steady", "transactions"), 120);
    cr_assert_geq(number(&figures, "steady", "max_ms"), 1500, "%s", said.out);
    cr_assert_geq(number(&figures, "steady", "p50_ms"), 100, "%s", said.out);
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
    refuses(2, "--rate 0", "--rate: 1 to 20000000");
    refuses(2, "--interval 0", "--interval: more than 0");
    refuses(2, "--phases steady --duration 0", "the phase steady would have 0 mints");
    refuses(2, "--connections 65", "--connections: 1 to 64");
    refuses(4, "--rpc http://127.0.0.1:1", "nothing answers at http://127.0.0.1:1");
    /* An address without code takes any call and does nothing. */
    refuses(1, "--phases mint --mints 10 --collection 0x0000000000000000000000000000000000001234",
            "a transaction was mined and did not do what it should");
}
