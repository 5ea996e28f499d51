/* bench: how fast a running node is. */
#include <stdio.h>
#include <string.h>

#include "node/bench/bench.h"
#include "node/cli/commands.h"

struct figures {
    struct json_writer *json; /* NULL: text */
    char phase[32];           /* the one whose object is open */
    bool is_in_list;          /* its intervals are */
};

/* Three digits that say something. */
static int decimals_of(double value)
{
    return value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
}

static void show_text(const char *phase, const char *name, double value)
{
    char label[64];
    const bool is_whole = value == (double)(uint64_t)value;
    (void)snprintf(label, sizeof label, "%s %s", phase, name);
    printf("%-32s %12.*f\n", label, is_whole ? 0 : decimals_of(value), value);
    (void)fflush(stdout);
}

static void json_number(struct json_writer *w, const char *name, double value)
{
    char text[64];
    const int len = snprintf(text, sizeof text, "%.3f", value);
    json_key(w, name);
    json_add_raw(w, mm_bytes_from(text, (size_t)len));
}

static void open_phase(struct figures *figures, const char *phase)
{
    struct json_writer *w = figures->json;
    if (strcmp(figures->phase, phase) != 0) {
        if (figures->phase[0] != '\0')
            json_close_object(w);
        (void)snprintf(figures->phase, sizeof figures->phase, "%s", phase);
        json_key(w, phase);
        json_open_object(w);
    }
}

static void show_json(struct figures *figures, const char *phase, const char *name, double value)
{
    open_phase(figures, phase);
    if (figures->is_in_list)
        json_close_array(figures->json);
    figures->is_in_list = false;
    json_number(figures->json, name, value);
}

static void figure(void *ctx, const char *phase, const char *name, double value)
{
    struct figures *figures = ctx;
    if (figures->json == NULL)
        show_text(phase, name, value);
    else
        show_json(figures, phase, name, value);
}

static void show_interval(struct figures *figures, const char *phase,
                          const struct bench_interval *interval)
{
    struct json_writer *w = figures->json;
    open_phase(figures, phase);
    if (!figures->is_in_list) {
        json_key(w, "intervals");
        json_open_array(w);
    }
    figures->is_in_list = true;
    json_open_object(w);
    json_number(w, "after_s", interval->after_s);
    json_number(w, "per_s", interval->per_s);
    json_number(w, "p50_ms", interval->waits.p50_ms);
    json_number(w, "p99_ms", interval->waits.p99_ms);
    json_number(w, "max_ms", interval->waits.max_ms);
    json_number(w, "waiting", (double)interval->waiting);
    json_close_object(w);
}

static void interval(void *ctx, const char *phase, const struct bench_interval *interval)
{
    struct figures *figures = ctx;
    if (figures->json != NULL) {
        show_interval(figures, phase, interval);
        return;
    }
    printf("%s after %.1f s: %.1f /s, p50 %.3f ms, p99 %.3f ms, max %.3f ms, %llu waiting\n", phase,
           interval->after_s, interval->per_s, interval->waits.p50_ms, interval->waits.p99_ms,
           interval->waits.max_ms, (unsigned long long)interval->waiting);
    (void)fflush(stdout);
}

static int failed(struct cli_run *run, mm_err err, const struct mm_reason *reason)
{
    return cli_fail(run, err == MM_ERR_INVALID ? CLI_USAGE : CLI_FAILED, "%s", reason->text);
}

/* "mint,reads", in the order given. */
static int run_phases(struct cli_run *run, struct bench *bench)
{
    char names[256];
    char *rest = names;
    struct mm_reason reason = { "" };
    if (snprintf(names, sizeof names, "%s", cli_text(run, "phases")) >= (int)sizeof names)
        return cli_misuse(run, "--phases: too long");
    for (char *name = strtok_r(names, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        const mm_err err = bench_phase(bench, name, &reason);
        if (err != MM_OK)
            return failed(run, err, &reason);
    }
    return CLI_OK;
}

static int run_with(struct cli_run *run, const struct bench_options *options)
{
    struct mm_buf json;
    struct bench *bench = NULL;
    struct mm_reason reason = { "" };
    mm_buf_init(&json, 1 << 20);
    struct json_writer w = json_writer_over(&json);
    struct figures figures = { .json = cli_flag(run, "json") ? &w : NULL };
    const struct bench_sink sink = { &figures, figure, interval };
    const mm_err err = bench_new(&bench, options, &sink, &reason);
    if (err != MM_OK) {
        mm_buf_fini(&json);
        return err == MM_ERR_IO ? cli_fail(run, CLI_NO_NODE, "%s", reason.text)
                                : failed(run, err, &reason);
    }
    json_open_object(&w);
    const int status = run_phases(run, bench);
    if (figures.phase[0] != '\0')
        json_close_object(&w);
    json_close_object(&w);
    bench_free(bench);
    if (status == CLI_OK && figures.json != NULL)
        return cli_print_json(run, &json);
    mm_buf_fini(&json);
    return status;
}

static int run_bench(struct cli_run *run)
{
    struct bench_options options = {
        .collection = cli_value(run, "collection")->addr,
        .mints = cli_number(run, "mints"),
        .transfers = cli_is_given(run, "transfers") ? cli_number(run, "transfers") : 0,
        .connections = (size_t)cli_number(run, "connections"),
        .batch = (size_t)cli_number(run, "batch"),
        .read_ms = cli_number(run, "seconds"),
        .patience_ms = cli_number(run, "timeout"),
        .rate_per_s = cli_number(run, "rate"),
        .steady_ms = cli_number(run, "duration"),
        .interval_ms = cli_number(run, "interval"),
    };
    if (options.connections == 0 || options.connections > BENCH_CONNECTIONS_MAX)
        return cli_misuse(run, "--connections: 1 to %d", BENCH_CONNECTIONS_MAX);
    if (options.batch == 0 || options.batch > BENCH_BATCH_MAX)
        return cli_misuse(run, "--batch: 1 to %d", BENCH_BATCH_MAX);
    if (options.rate_per_s == 0 || options.rate_per_s > BENCH_STEADY_MAX)
        return cli_misuse(run, "--rate: 1 to %d", BENCH_STEADY_MAX);
    if (options.steady_ms > BENCH_STEADY_MS_MAX)
        return cli_misuse(run, "--duration: at most %d", BENCH_STEADY_MS_MAX / 1000);
    if (options.interval_ms == 0)
        return cli_misuse(run, "--interval: more than 0");
    if (options.mints > BENCH_TRANSACTIONS_MAX)
        return cli_misuse(run, "--mints: at most %d", BENCH_TRANSACTIONS_MAX);
    if (url_parse(&options.url, mm_bytes_str(cli_text(run, "rpc"))) != URL_OK)
        return cli_misuse(run, "--rpc: not a URL");
    return run_with(run, &options);
}

static const struct cli_option OPTIONS[] = {
    { "phases", 'p', CLI_TEXT, "LIST",
      "what to measure, between commas: latency, mint, transfer, reads, logs, proof, steady",
      "latency,mint,transfer,reads,logs,proof" },
    { "mints", 'n', CLI_NUMBER, "N", "how many tokens the phase mint mints", "20000" },
    { "transfers", 0, CLI_NUMBER, "N", "how many of them are transferred; else all", NULL },
    { "connections", 0, CLI_NUMBER, "N", "for what is written; reads have 16", "4" },
    { "batch", 0, CLI_NUMBER, "N", "transactions a request", "100" },
    { "seconds", 's', CLI_SECONDS, "SECONDS", "of each kind of read", "5" },
    { "rate", 0, CLI_NUMBER, "N", "mints a second of the phase steady", "100" },
    { "duration", 0, CLI_SECONDS, "SECONDS", "of the phase steady", "60" },
    { "interval", 0, CLI_SECONDS, "SECONDS", "after which the phase steady says how it goes", "5" },
    CLI_OPTION_COLLECTION,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_BENCH = {
    .name = "bench",
    .arguments = "",
    .summary = "measure how fast a running node is",
    .details =
        "Mints, transfers and reads as fast as the node takes it, and prints what came of it, a "
        "line each figure. Transactions are signed before the clock runs; every one must be mined "
        "and do what it should, or the command fails.\nThe phase steady mints at a given rate "
        "instead, one on each connection at a time, and times each mint from when it was due until "
        "its receipt (eth_sendRawTransactionSync).\nThe node must have the "
        "development "
        "accounts, which sign. It need not be mintmark: any node with an ERC-721 contract that has "
        "mint(address,string) will do, with --rpc and --collection. Tokens stay: use a chain that "
        "may be thrown away.",
    .example = "mintmark bench\n"
               "mintmark bench --phases mint,reads --mints 100000 --json\n"
               "mintmark bench --phases steady --rate 200 --duration 3600\n"
               "mintmark bench --rpc http://127.0.0.1:9545 --collection "
               "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_bench,
};
