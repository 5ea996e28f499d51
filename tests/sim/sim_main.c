/* The programs sim and sim-real, which differ in their nodes' consensus (sim_stub.c, sim_real.c):
 *
 *     sim SEED [--heights H] [--validators N] [--quiet]   one run, with its trace
 *     sim --seeds A-B [options]                  a range, and what it was in sum
 *     sim --replay FILE                          the seeds of a file, a line each: seed, heights, why
 *
 *     --heights H         a run, 100 unless said otherwise       --validators N      at the start, instead of drawn
 *     --nodes N           with the observers, instead of drawn
 *     --jobs N            processes side by side                 --seconds S         stop between pieces after so long
 *     --summary FILE      add to what it has; with --more N instead of --seeds: its next N seeds
 *     --all-faults        fail when a class of faults struck nowhere
 *     --stop              at the first failure
 *
 * Ends with 0 when no invariant was broken. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/sim_internal.h"
#include "tests/sim/sim_real.h"
#include "tests/sim/sim_summary.h"

enum { PIECE_SEEDS = 10, JOBS_MAX = 64, HEIGHTS_DEFAULT = 100 };

struct asked {
    uint64_t first, last;
    uint64_t more;
    uint64_t heights;
    uint64_t seconds;
    size_t validators;
    size_t nodes;
    size_t jobs;
    const char *summary;
    const char *replay;
    bool is_range;
    bool all_faults;
    bool stops;
    bool is_quiet;
};

/* An assertion ends the process: it says which seed led there. */
static volatile uint64_t current_seed;

static void say_seed(int signal)
{
    char text[] = "in seed 00000000000000000000\n";
    uint64_t seed = current_seed;
    for (size_t i = sizeof text - 3; text[i] == '0'; i--, seed /= 10)
        text[i] = (char)('0' + seed % 10);
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    (void)raise(signal);
}

/* Nodes begin and end all the time: what they give back stays here, and is not got page by page again. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_MAX, 0);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

static void catch_ends(void)
{
    const struct sigaction action = { .sa_handler = say_seed, .sa_flags = SA_RESETHAND };
    (void)sigaction(SIGABRT, &action, NULL);
    (void)sigaction(SIGSEGV, &action, NULL);
}

static uint64_t cpu_ms(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* ---- one run ---- */

static struct sim_report run(const struct asked *asked, uint64_t seed, uint64_t heights,
                             FILE *trace)
{
    const struct sim_options options = { .world = &SIM_WORLD,
                                         .seed = seed,
                                         .validators = asked->validators,
                                         .nodes = asked->nodes,
                                         .heights = heights,
                                         .trace = trace };
    struct sim_report report;
    current_seed = seed;
    sim_run_seed(&options, &report);
    return report;
}

static int run_one(const struct asked *asked)
{
    const struct sim_report report =
        run(asked, asked->first, asked->heights, asked->is_quiet ? NULL : stdout);
    printf("seed %" PRIu64 ": %zu validators of %zu nodes, %" PRIu64 " heights, %" PRIu64
           " of them under faults, %" PRIu64 " rounds lost, %" PRIu64 " s, hash %016" PRIx64 "\n",
           report.seed, report.validators, report.nodes, report.heights, report.hurt_heights,
           report.rounds, report.time_us / 1000000, report.trace_hash);
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
        if (report.levels[i] > 0)
            printf("  %s at level %u struck %" PRIu64 " times\n", sim_fault_name((enum sim_fault)i),
                   report.levels[i], report.strikes[i]);
    }
    if (report.is_void)
        printf("void: more of the set are faulty than may be\n");
    if (report.is_violated || report.is_stalled)
        printf("%s: %s\n", report.is_violated ? "VIOLATED" : "STALLED", report.problem);
    return report.is_violated || report.is_stalled;
}

/* ---- ranges ---- */

static void run_strided(const struct asked *asked, struct sim_summary *summary, uint64_t first,
                        uint64_t last)
{
    const uint64_t before_ms = cpu_ms();
    for (uint64_t seed = first; seed <= last; seed += asked->jobs) {
        const struct sim_report report = run(asked, seed, asked->heights, NULL);
        sim_summary_add(summary, &report, asked->heights);
        if (report.is_violated || report.is_stalled) /* a range may go on for hours */
            (void)fprintf(stderr, "FAILED seed %" PRIu64 ": %s\n", seed, report.problem);
        if (asked->stops && summary->failure_count > 0)
            break;
    }
    summary->cpu_ms += cpu_ms() - before_ms;
}

/* In a process of its own; its sum comes through the pipe. */
static int start_job(const struct asked *asked, uint64_t first, uint64_t last)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    const pid_t child = fork();
    if (child < 0)
        return -1;
    if (child > 0) {
        (void)close(ends[1]);
        return ends[0];
    }
    static struct sim_summary summary;
    run_strided(asked, &summary, first, last);
    const char *at = (const char *)&summary;
    for (size_t left = sizeof summary; left > 0;) {
        const ssize_t written = write(ends[1], at, left);
        if (written <= 0)
            _exit(2);
        at += written;
        left -= (size_t)written;
    }
    _exit(0);
}

static bool read_job(int end, struct sim_summary *summary)
{
    static struct sim_summary one;
    size_t got = 0;
    ssize_t len = 1;
    while (got < sizeof one && len > 0) {
        len = read(end, (char *)&one + got, sizeof one - got);
        got += len > 0 ? (size_t)len : 0;
    }
    (void)close(end);
    if (got < sizeof one)
        return false; /* it ended before its time: an assertion, which has said so */
    sim_summary_merge(summary, &one);
    return true;
}

static bool run_piece(const struct asked *asked, struct sim_summary *summary, uint64_t first,
                      uint64_t last)
{
    int ends[JOBS_MAX];
    bool is_whole = true;
    if (asked->jobs == 1) {
        run_strided(asked, summary, first, last);
    } else {
        for (size_t i = 0; i < asked->jobs; i++)
            ends[i] = start_job(asked, first + i, last);
        for (size_t i = 0; i < asked->jobs; i++)
            is_whole = ends[i] >= 0 && read_job(ends[i], summary) && is_whole;
        while (wait(NULL) > 0)
            ;
    }
    summary->next_seed = last + 1;
    return is_whole;
}

static bool has_all_faults(const struct sim_summary *summary)
{
    bool has_all = true;
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
        if (summary->fault_seeds[i] > 0)
            continue;
        printf("FAILED: no %s\n", sim_fault_name((enum sim_fault)i));
        has_all = false;
    }
    return has_all;
}

static bool keep(const struct asked *asked, const struct sim_summary *summary)
{
    if (asked->summary == NULL || sim_summary_save(summary, asked->summary))
        return true;
    perror(asked->summary);
    return false;
}

static int run_range(struct asked *asked)
{
    static struct sim_summary summary;
    const time_t start = time(NULL);
    bool is_well = true;
    if (asked->summary != NULL && !sim_summary_load(&summary, asked->summary)) {
        perror(asked->summary);
        return 2;
    }
    if (asked->more > 0) {
        asked->first = summary.next_seed > 0 ? summary.next_seed : 1;
        asked->last = asked->first + asked->more - 1;
    }
    for (uint64_t seed = asked->first; is_well && seed <= asked->last;) {
        const uint64_t end = seed + PIECE_SEEDS * asked->jobs - 1;
        const uint64_t last = end < asked->last ? end : asked->last;
        is_well = run_piece(asked, &summary, seed, last) && keep(asked, &summary);
        seed = last + 1;
        if ((asked->stops && summary.failure_count > 0) ||
            (asked->seconds > 0 && (uint64_t)(time(NULL) - start) >= asked->seconds))
            break;
    }
    sim_summary_print(&summary, stdout);
    is_well = (!asked->all_faults || has_all_faults(&summary)) && is_well;
    return !is_well || summary.violations + summary.stalls > 0;
}

static int run_file(const struct asked *asked)
{
    char line[512];
    int failed = 0;
    FILE *in = fopen(asked->replay, "r");
    if (in == NULL) {
        perror(asked->replay);
        return 2;
    }
    while (fgets(line, sizeof line, in) != NULL) {
        uint64_t seed = 0, heights = 0;
        if (sscanf(line, "%" SCNu64 " %" SCNu64, &seed, &heights) != 2)
            continue;
        const struct sim_report report = run(asked, seed, heights, NULL);
        const struct sim_report again = run(asked, seed, heights, NULL);
        const bool is_same = report.trace_hash == again.trace_hash;
        if (!is_same || report.is_violated || report.is_stalled) {
            printf("FAILED seed %" PRIu64 " heights %" PRIu64 ": %s\n", seed, heights,
                   is_same ? report.problem : "not the same when run again");
            failed = 1;
        }
    }
    (void)fclose(in);
    return failed;
}

/* ---- options ---- */

static int usage(void)
{
    fprintf(stderr, "usage: sim SEED [--heights H] [--validators N] [--nodes N] [--quiet]\n"
                    "       sim --seeds A-B | --more N [--heights H] [--validators N] [--nodes N]\n"
                    "           [--jobs N] [--seconds S] [--summary FILE] [--all-faults] [--stop]\n"
                    "       sim --replay FILE\n");
    return 2;
}

enum asked_option {
    OPTION_SEEDS = 1,
    OPTION_MORE,
    OPTION_HEIGHTS,
    OPTION_VALIDATORS,
    OPTION_NODES,
    OPTION_JOBS,
    OPTION_SECONDS,
    OPTION_SUMMARY,
    OPTION_REPLAY,
    OPTION_ALL_FAULTS,
    OPTION_STOP,
    OPTION_QUIET,
};

static bool take(struct asked *asked, int option, const char *value)
{
    switch ((enum asked_option)option) {
    case OPTION_SEEDS:
        asked->is_range = true;
        return sscanf(value, "%" SCNu64 "-%" SCNu64, &asked->first, &asked->last) == 2;
    case OPTION_MORE:
        asked->is_range = true;
        return sscanf(value, "%" SCNu64, &asked->more) == 1;
    case OPTION_HEIGHTS:
        return sscanf(value, "%" SCNu64, &asked->heights) == 1 && asked->heights > 0;
    case OPTION_VALIDATORS:
        return sscanf(value, "%zu", &asked->validators) == 1 &&
               asked->validators <= SIM_VALIDATORS_MAX;
    case OPTION_NODES:
        return sscanf(value, "%zu", &asked->nodes) == 1 && asked->nodes <= SIM_NODES_MAX;
    case OPTION_JOBS:
        return sscanf(value, "%zu", &asked->jobs) == 1 && asked->jobs > 0 &&
               asked->jobs <= JOBS_MAX;
    case OPTION_SECONDS:
        return sscanf(value, "%" SCNu64, &asked->seconds) == 1;
    case OPTION_SUMMARY:
        asked->summary = value;
        return true;
    case OPTION_REPLAY:
        asked->replay = value;
        return true;
    case OPTION_ALL_FAULTS:
        return asked->all_faults = true;
    case OPTION_STOP:
        return asked->stops = true;
    case OPTION_QUIET:
        return asked->is_quiet = true;
    }
    return false;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "seeds", required_argument, NULL, OPTION_SEEDS },
        { "more", required_argument, NULL, OPTION_MORE },
        { "heights", required_argument, NULL, OPTION_HEIGHTS },
        { "validators", required_argument, NULL, OPTION_VALIDATORS },
        { "nodes", required_argument, NULL, OPTION_NODES },
        { "jobs", required_argument, NULL, OPTION_JOBS },
        { "seconds", required_argument, NULL, OPTION_SECONDS },
        { "summary", required_argument, NULL, OPTION_SUMMARY },
        { "replay", required_argument, NULL, OPTION_REPLAY },
        { "all-faults", no_argument, NULL, OPTION_ALL_FAULTS },
        { "stop", no_argument, NULL, OPTION_STOP },
        { "quiet", no_argument, NULL, OPTION_QUIET },
        { NULL, 0, NULL, 0 },
    };
    struct asked asked = { .heights = HEIGHTS_DEFAULT, .jobs = 1 };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (!take(&asked, option, optarg))
            return usage();
    }
    catch_ends();
    keep_memory();
    if (asked.replay != NULL && optind == argc)
        return run_file(&asked);
    if (asked.is_range && optind == argc)
        return run_range(&asked);
    if (asked.is_range || optind + 1 != argc || sscanf(argv[optind], "%" SCNu64, &asked.first) != 1)
        return usage();
    return run_one(&asked);
}
