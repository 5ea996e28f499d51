/* /metrics: what is written is the text format, and its numbers are those of the chain. */
#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/metrics.h"
#include "tests/lib/chain_fixture.h"

static struct chain_fixture chain;
static struct rpc_eth *eth;
static struct backend_counts told;

static void tell_counts(void *ctx, struct backend_counts *counts)
{
    (void)ctx;
    *counts = told;
}

static char *write_all(void)
{
    const struct metrics metrics = { .backend = &chain.backend, .eth = eth };
    struct mm_buf text;
    mm_buf_init(&text, 1 << 20);
    metrics_write(&text, &metrics);
    mm_buf_add_byte(&text, '\0');
    cr_assert_eq(mm_buf_err(&text), MM_OK);
    char *copy = strdup((const char *)mm_buf_bytes(&text).ptr);
    mm_buf_fini(&text);
    return copy;
}

static void ask(const char *body)
{
    struct rpc_eth_answer answer;
    cr_assert_eq(rpc_eth_serve(eth, &answer, mm_bytes_str(body),
                               &(struct rpc_eth_caller){ .is_trusted = true }),
                 MM_OK);
    rpc_eth_answer_fini(&answer);
}

static void open_all(void)
{
    chain_fixture_open(&chain, &(struct chain_fixture_options){ 0 });
    chain.backend.counts = tell_counts;
    cr_assert_eq(rpc_eth_new(&eth, &chain.backend, &(struct rpc_eth_options){ 0 }), MM_OK);
}

static void close_all(void)
{
    rpc_eth_free(eth);
    chain_fixture_close(&chain);
}

/* The sample of that name and labels. */
static unsigned long long sample(const char *text, const char *name)
{
    char line[200];
    (void)snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(text, line);
    cr_assert_not_null(at, "%s is not in\n%s", name, text);
    return strtoull(at + strlen(line), NULL, 10);
}

/* Written from the format's description: comments that explain each name once and before its samples; labels; a number. */
Test(metrics, every_line_is_of_the_text_format)
{
    regex_t line_form;
    char seen[64][80];
    size_t seen_count = 0;
    char current[80] = "";
    open_all();
    chain.backend.client_version = "a \"b\" \\ c\nd";
    char *text = write_all();
    cr_assert_eq(regcomp(&line_form,
                         "^[a-z_]+(\\{[a-z]+=\"([^\"\\\\]|\\\\[\"\\\\n])*\"\\})? [0-9]+$",
                         REG_EXTENDED | REG_NOSUB),
                 0);
    cr_assert_eq(text[strlen(text) - 1], '\n');
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char name[80] = "";
        char type[20] = "";
        if (strncmp(line, "# HELP ", 7) == 0) {
            cr_assert_eq(sscanf(line, "# HELP %79s", current), 1);
            for (size_t i = 0; i < seen_count; i++)
                cr_assert_str_neq(seen[i], current);
            (void)snprintf(seen[seen_count++], sizeof seen[0], "%s", current);
            continue;
        }
        if (line[0] == '#') {
            cr_assert_eq(sscanf(line, "# TYPE %79s %19s", name, type), 2, "%s", line);
            cr_assert_str_eq(name, current);
            const bool is_total =
                strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
            cr_assert_str_eq(type, is_total ? "counter" : "gauge");
            continue;
        }
        cr_assert_eq(regexec(&line_form, line, 0, NULL, 0), 0, "%s", line);
        cr_assert_eq(strcspn(line, " {"), strlen(current), "%s", line);
        cr_assert_eq(strncmp(line, current, strlen(current)), 0, "%s", line);
    }
    regfree(&line_form);
    free(text);
    close_all();
}

Test(metrics, numbers_are_those_of_the_node)
{
    open_all();
    told = (struct backend_counts){ 7, 19, 3, 2 };
    chain_fixture_mine(&chain);
    chain_fixture_mine(&chain);
    ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}");
    ask("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\"},"
        "{\"jsonrpc\":\"2.0\",\"method\":\"net_version\"},"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_getBalance\",\"params\":[\"x\"]},"
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"no_such\"},4]");
    char *text = write_all();
    cr_assert_eq(sample(text, "mintmark_head_block"), 2);
    cr_assert_eq(sample(text, "mintmark_head_timestamp_seconds"), CHAIN_FIXTURE_TIME);
    cr_assert_eq(sample(text, "mintmark_blocks_total"), 7);
    cr_assert_eq(sample(text, "mintmark_transactions_total"), 19);
    cr_assert_eq(sample(text, "mintmark_pool_transactions{state=\"ready\"}"), 3);
    cr_assert_eq(sample(text, "mintmark_pool_transactions{state=\"queued\"}"), 2);
    cr_assert_eq(sample(text, "mintmark_peers"), 0);
    cr_assert_eq(sample(text, "mintmark_rpc_requests_total{group=\"eth\"}"), 3);
    cr_assert_eq(sample(text, "mintmark_rpc_errors_total{group=\"eth\"}"), 1);
    cr_assert_eq(sample(text, "mintmark_rpc_requests_total{group=\"net\"}"), 1);
    cr_assert_eq(sample(text, "mintmark_rpc_errors_total{group=\"net\"}"), 0);
    cr_assert_eq(sample(text, "mintmark_rpc_requests_total{group=\"ots\"}"), 0);
    cr_assert_eq(sample(text, "mintmark_rpc_requests_total{group=\"unknown\"}"), 1);
    cr_assert_eq(sample(text, "mintmark_rpc_errors_total{group=\"unknown\"}"), 1);
    cr_assert_gt(sample(text, "process_resident_memory_bytes"), 1000000);
    cr_assert_gt(sample(text, "mintmark_database_bytes{database=\"chain\"}"), 0);
    free(text);
    close_all();
}
