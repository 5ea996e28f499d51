/* testnet: several nodes on this machine, and a table of them. */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/commands.h"
#include "node/testnet/chaos.h"
#include "node/testnet/load.h"
#include "node/testnet/testnet.h"
#include "p2p/clock/clock.h"

enum {
    LOOK_MS = 250,
    LINE_MS = 5000, /* between two lines, where the table cannot be drawn again */
};

struct watch {
    struct cli_run *run;
    struct testnet *testnet;
    struct load *load; /* NULL: nobody sends anything */
    struct chaos chaos;
    bool has_chaos;
    bool is_live; /* the table is drawn again and again in one place */
    bool was_drawn;
    bool has_answered[TESTNET_NODES_MAX]; /* once */
    uint64_t now_ms;
    uint64_t started_ms;
    uint64_t line_ms;
};

static volatile sig_atomic_t is_told_to_end;

static void note_signal(int number)
{
    (void)number;
    is_told_to_end = 1;
}

/* ---- what is shown ---- */

static const char *state_text(const struct testnet_node *node)
{
    switch (node->state) {
    case TESTNET_DOWN:
        return "down";
    case TESTNET_PAUSED:
        return "paused";
    case TESTNET_UP:
        break;
    }
    return node->look.is_there ? "up" : "starting";
}

static void print_node(const struct testnet_node *node, uint64_t highest)
{
    const struct testnet_look *look = &node->look;
    printf("%3zu  %-9s  http://%s:%-5u  ", node->index + 1,
           node->is_validator ? "validator" : "observer", node->host, (unsigned)node->rpc_port);
    if (look->is_there)
        printf("%9llu  %5llu  %5llu  %6llu  %5llu  ", (unsigned long long)look->head,
               (unsigned long long)look->round, (unsigned long long)look->peers,
               (unsigned long long)look->pending, (unsigned long long)(highest - look->head));
    else
        printf("%9s  %5s  %5s  %6s  %5s  ", "-", "-", "-", "-", "-");
    printf("%s\033[K\n", state_text(node));
}

static void print_table(struct watch *watch)
{
    const struct testnet *testnet = watch->testnet;
    uint64_t lowest, highest;
    (void)testnet_heads(testnet, &lowest, &highest);
    if (watch->was_drawn)
        printf("\033[%zuA", testnet->count + 1);
    printf("%s%3s  %-9s  %-22s  %9s  %5s  %5s  %6s  %5s  %s%s\033[K\n",
           watch->run->colour ? "\033[2m" : "", "", "node", "JSON-RPC", "head", "round", "peers",
           "pool", "lag", "state", watch->run->colour ? "\033[0m" : "");
    for (size_t i = 0; i < testnet->count; i++)
        print_node(&testnet->nodes[i], highest);
    (void)fflush(stdout);
    watch->was_drawn = true;
}

static void print_line(const struct watch *watch)
{
    uint64_t lowest, highest;
    const size_t there = testnet_heads(watch->testnet, &lowest, &highest);
    printf("%llu s  nodes %zu/%zu  head %llu",
           (unsigned long long)((watch->now_ms - watch->started_ms) / 1000), there,
           watch->testnet->count, (unsigned long long)highest);
    if (there > 0)
        printf("  lag %llu", (unsigned long long)(highest - lowest));
    if (watch->load != NULL)
        printf("  mints %llu", (unsigned long long)load_counts(watch->load).acknowledged);
    if (watch->has_chaos)
        printf("  kills %llu  pauses %llu  cuts %llu  heals %llu",
               (unsigned long long)watch->chaos.counts.kills,
               (unsigned long long)watch->chaos.counts.pauses,
               (unsigned long long)watch->chaos.counts.cuts,
               (unsigned long long)watch->chaos.counts.heals);
    putchar('\n');
    (void)fflush(stdout);
}

static void show(struct watch *watch)
{
    if (watch->is_live) {
        print_table(watch);
    } else if (watch->now_ms >= watch->line_ms) {
        print_line(watch);
        watch->line_ms = watch->now_ms + LINE_MS;
    }
}

static void print_summary(const struct watch *watch)
{
    const struct chaos_counts *c = &watch->chaos.counts;
    const struct load_counts load = load_counts(watch->load);
    printf("%llu kills (%llu times all at once), %llu pauses, %llu cuts, %llu heals; at most %.1f "
           "s until all "
           "nodes had two more blocks\n",
           (unsigned long long)c->kills, (unsigned long long)c->blackouts,
           (unsigned long long)c->pauses, (unsigned long long)c->cuts, (unsigned long long)c->heals,
           (double)c->heal_ms_max / 1000);
    printf("%llu mints acknowledged, all of them on all nodes; %llu sent again; no fork up to "
           "block %llu\n",
           (unsigned long long)load.acknowledged, (unsigned long long)load.sent_again,
           (unsigned long long)watch->testnet->agreed);
}

/* ---- the loop ---- */

static int fail_for(const struct watch *watch, const struct testnet_node *ended)
{
    struct mm_reason how;
    testnet_describe_end(&how, ended);
    return cli_fail(watch->run, CLI_FAILED, "node %zu has ended by itself, with %s: see %s/log",
                    ended->index + 1, how.text, ended->folder);
}

/* Under chaos only faults end nodes: what else does is one of the node's. */
static int look_for_crashes(const struct watch *watch)
{
    for (size_t i = 0; watch->has_chaos && i < watch->testnet->count; i++) {
        if (watch->testnet->nodes[i].has_ended)
            return fail_for(watch, &watch->testnet->nodes[i]);
    }
    return CLI_OK;
}

/* Somebody may kill a node to see what the others do, as soon as it is ready. One that ended without, and never answered, could not
 * start. */
static int note_ends(struct watch *watch)
{
    const struct testnet_node *ended;
    while ((ended = testnet_reap(watch->testnet)) != NULL) {
        if (!watch->has_answered[ended->index] && !testnet_was_killed(ended))
            return cli_fail(watch->run, CLI_FAILED, "node %zu could not start: see %s/log",
                            ended->index + 1, ended->folder);
        if (watch->has_chaos)
            return fail_for(watch, ended);
        cli_note(watch->run, "node %zu has ended: see %s/log", ended->index + 1, ended->folder);
        watch->was_drawn = false;
    }
    return CLI_OK;
}

static int look_once(struct watch *watch, struct mm_reason *reason)
{
    struct testnet *testnet = watch->testnet;
    const int status = note_ends(watch);
    if (status != CLI_OK)
        return status;
    testnet_look(testnet);
    for (size_t i = 0; i < testnet->count; i++)
        watch->has_answered[i] |= testnet->nodes[i].look.is_there;
    if (testnet_has_forked(testnet, reason))
        return cli_fail(watch->run, CLI_FAILED, "the chain has forked: %s", reason->text);
    if (watch->load != NULL && load_step(watch->load, testnet, watch->now_ms,
                                         chaos_draw(&watch->chaos, UINT32_MAX)) != MM_OK)
        return cli_fail(watch->run, CLI_FAILED, "no memory for more mints");
    if (watch->has_chaos && !chaos_step(&watch->chaos, testnet, watch->load, watch->now_ms, reason))
        return cli_fail(watch->run, CLI_FAILED, "%s", reason->text);
    return look_for_crashes(watch); /* one that was gone when it was to be killed */
}

static bool is_over(const struct watch *watch, uint64_t seconds)
{
    if (is_told_to_end)
        return true;
    /* Of chaos the end is a heal that went well. */
    return seconds > 0 && watch->now_ms >= watch->started_ms + seconds * 1000 &&
           (!watch->has_chaos || watch->chaos.phase == CHAOS_CALM);
}

static int watch_all(struct watch *watch, uint64_t seconds)
{
    struct mm_reason reason = { "" };
    watch->started_ms = watch->now_ms = clock_ms();
    while (!is_over(watch, seconds)) {
        const uint64_t next_ms = watch->now_ms + LOOK_MS;
        const int status = look_once(watch, &reason);
        if (status != CLI_OK)
            return status;
        show(watch);
        watch->now_ms = clock_ms();
        if (watch->now_ms < next_ms) {
            const uint64_t ms = next_ms - watch->now_ms;
            (void)nanosleep(&(struct timespec){ .tv_nsec = (long)ms * 1000000 }, NULL);
        }
        watch->now_ms = clock_ms();
    }
    if (!watch->has_chaos || is_told_to_end)
        return CLI_OK;
    if (!load_is_kept(watch->load, watch->testnet, true, &reason))
        return cli_fail(watch->run, CLI_FAILED, "%s", reason.text);
    print_summary(watch);
    testnet_stop(watch->testnet);
    return look_for_crashes(watch);
}

static int start_all(struct watch *watch)
{
    struct mm_reason reason = { "" };
    for (size_t i = 0; i < watch->testnet->count; i++) {
        if (testnet_start(watch->testnet, &watch->testnet->nodes[i], &reason) != MM_OK)
            return cli_fail(watch->run, CLI_FAILED, "%s", reason.text);
    }
    return CLI_OK;
}

static int run_network(struct watch *watch, uint64_t seconds)
{
    struct mm_reason reason = { "" };
    if (cli_flag(watch->run, "load") || watch->has_chaos) {
        if (load_new(&watch->load, &reason) != MM_OK)
            return cli_fail(watch->run, CLI_FAILED, "%s", reason.text);
    }
    const int status = start_all(watch);
    if (status != CLI_OK)
        return status;
    printf("%zu validators, %zu observers in %s; Ctrl-C ends them\n", watch->testnet->validators,
           watch->testnet->count - watch->testnet->validators, watch->testnet->folder);
    return watch_all(watch, seconds);
}

static int check(struct cli_run *run)
{
    if (cli_is_given(run, "nodes") &&
        (cli_number(run, "nodes") < 1 || cli_number(run, "nodes") > MM_VALIDATORS_MAX))
        return cli_misuse(run, "--nodes: 1 to %d", MM_VALIDATORS_MAX);
    if (cli_is_given(run, "observers") && cli_number(run, "observers") > TESTNET_OBSERVERS_MAX)
        return cli_misuse(run, "--observers: at most %d", TESTNET_OBSERVERS_MAX);
    if (cli_is_given(run, "base-port") &&
        (cli_number(run, "base-port") < 1 ||
         cli_number(run, "base-port") > UINT16_MAX - 4 * TESTNET_PORTS))
        return cli_misuse(run, "--base-port: 1 to %d", UINT16_MAX - 4 * TESTNET_PORTS);
    return CLI_OK;
}

static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = note_signal };
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int run_testnet(struct cli_run *run)
{
    struct mm_reason reason = { "" };
    struct watch watch = { .run = run, .has_chaos = cli_is_given(run, "chaos") };
    const int status = check(run);
    if (status != CLI_OK)
        return status;
    const struct testnet_options options = {
        .folder = cli_text(run, "data"),
        .validators = cli_is_given(run, "nodes") ? (size_t)cli_number(run, "nodes") : 0,
        .observers =
            cli_is_given(run, "observers") ? (size_t)cli_number(run, "observers") : SIZE_MAX,
        .base_port = cli_is_given(run, "base-port") ? (uint16_t)cli_number(run, "base-port") : 0,
        .block_period_ms = cli_number(run, "block-time"),
        .has_netns = cli_flag(run, "netns"),
    };
    catch_signals();
    if (testnet_open(&watch.testnet, &options, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    watch.is_live = isatty(STDOUT_FILENO) && !watch.has_chaos;
    watch.chaos = chaos_init(watch.has_chaos ? cli_number(run, "chaos") : 0, clock_ms());
    const int ended = run_network(&watch, cli_number(run, "for") / 1000);
    testnet_close(watch.testnet);
    load_free(watch.load);
    return ended;
}

static const struct cli_option OPTIONS[] = {
    { "nodes", 'n', CLI_NUMBER, "N", "validators, 1 to 16; 4 for a new folder", NULL },
    { "observers", 0, CLI_NUMBER, "N", "nodes that only follow; none for a new folder", NULL },
    { "data", 'd', CLI_FOLDER, "DIR", "where keys, genesis and chains are kept",
      "mintmark-testnet" },
    { "base-port", 0, CLI_NUMBER, "PORT",
      "JSON-RPC of the first node; the others follow. Links are 100 above, gateways 200, content "
      "APIs 300; 8545 for a new folder",
      NULL },
    { "block-time", 'b', CLI_SECONDS, "SECONDS",
      "at least so long between two blocks, for a new folder; none is made without transactions",
      "1" },
    { "load", 0, CLI_FLAG, NULL, "send mints from the development accounts all the time", NULL },
    { "chaos", 0, CLI_NUMBER, "SEED",
      "send mints, kill and pause nodes at random, and check that nothing is lost", NULL },
    { "netns", 0, CLI_FLAG, NULL,
      "each node in a network namespace, so that chaos can cut cables; for root", NULL },
    { "for", 0, CLI_SECONDS, "SECONDS", "end after so long; 0: when told to", "0" },
};

const struct cli_command CLI_CMD_TESTNET = {
    .name = "testnet",
    .arguments = "",
    .summary = "run a network of several nodes on this machine",
    .details = "Makes keys and a genesis in a folder, starts a process for each node and shows "
               "their heads, rounds, peers and pools until "
               "Ctrl-C, which ends them in order. The same folder goes on where it ended. The ten "
               "development accounts have funds; nodes of a "
               "network do not sign for them, but commands and wallets that have the key do.\nIt "
               "checks all the time that no two nodes have "
               "different blocks at one height. With --chaos it kills and pauses them by a seed, "
               "and after each heal demands new blocks on all "
               "nodes within 40 seconds and every mint that was acknowledged on every node; the "
               "exit status says how it went.",
    .example = "mintmark testnet --nodes 4 --observers 1\nmintmark mint cat.png --name Cat --rpc "
               "http://127.0.0.1:8546\nmintmark testnet --data "
               "./chaos --chaos 7 --for 1800",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_testnet,
};
