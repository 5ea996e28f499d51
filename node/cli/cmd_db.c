/* db check: does what a stopped node has on disk agree with itself? */
#include "node/cli/commands.h"
#include "node/cli/stopped.h"
#include "state/codec/json.h"

enum { PROBLEMS_BYTES_MAX = 16 << 20 };

struct checking {
    struct cli_run *run;
    bool has_json;
    struct mm_buf json; /* the list of problems */
    struct json_writer w;
};

static void on_problem(void *ctx, const char *text)
{
    struct checking *checking = ctx;
    if (checking->has_json) {
        json_add_text(&checking->w, text);
        return;
    }
    stopped_progress("", 0, 0);
    printf("%s ", cli_mark(checking->run, false));
    cli_print(stdout, mm_bytes_str(text));
    putchar('\n');
}

static void on_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx;
    stopped_progress(what, done, done == total ? 0 : total);
}

static int report(struct checking *checking, uint64_t blocks, uint64_t problems)
{
    const int status = problems == 0 ? CLI_OK : CLI_UNVERIFIED;
    const struct cli_run *run = checking->run;
    if (!checking->has_json) {
        if (problems == 0)
            printf("%s %llu blocks, no problem found\n", cli_mark(run, true),
                   (unsigned long long)blocks + 1);
        else
            printf("%llu problems found\n", (unsigned long long)problems);
        return status;
    }
    json_close_array(&checking->w);
    json_key(&checking->w, "blocks");
    json_add_u64(&checking->w, blocks + 1);
    json_key(&checking->w, "ok");
    json_add_bool(&checking->w, problems == 0);
    json_close_object(&checking->w);
    const int printed = cli_print_json(run, &checking->json);
    return printed == CLI_OK ? status : printed;
}

static int run_check(struct cli_run *run)
{
    struct stopped stopped;
    struct checking checking = { .run = run, .has_json = cli_flag(run, "json") };
    uint64_t problems = 0;
    int status = stopped_open(&stopped, run);
    if (status != CLI_OK)
        return status;
    mm_buf_init(&checking.json, PROBLEMS_BYTES_MAX);
    checking.w = json_writer_over(&checking.json);
    json_open_object(&checking.w);
    json_key(&checking.w, "problems");
    json_open_array(&checking.w);
    const struct chain_problem_sink sink = { .ctx = &checking,
                                             .problem = on_problem,
                                             .progress = on_progress };
    const mm_err err =
        chain_check(stopped.chain, &problems,
                    cli_flag(run, "replay") ? CHAIN_CHECK_REPLAY : CHAIN_CHECK_STATE, &sink);
    stopped_progress("", 0, 0);
    status = err == MM_OK ? report(&checking, ledger_stored(chain_ledger(stopped.chain)), problems)
                          : cli_fail(run, CLI_FAILED, "the check could not be finished: %s",
                                     mm_err_text(err));
    mm_buf_fini(&checking.json);
    stopped_close(&stopped);
    return status;
}

static const struct cli_option OPTIONS[] = {
    { "replay", 0, CLI_FLAG, NULL, "execute every block again from genesis, too", NULL },
    CLI_OPTION_DATA,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_DB_CHECK = {
    .name = "db check",
    .arguments = "",
    .summary = "check the database of a stopped node",
    .details = "Derives again what can be derived (roots from the state, hashes, certificates, "
               "receipts, indexes) and compares it with what "
               "is stored. The node must not run. Exit status 3: something does not agree.",
    .example = "mintmark db check --data mintmark-data --replay",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_check,
};
