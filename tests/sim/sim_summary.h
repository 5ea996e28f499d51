/* What many runs were, in sum: kept in a file, so that ranges of seeds can be run one after the other over days.
 *
 * The file is text, a name and a number a line, and a line `failed SEED HEIGHTS problem` for each run that broke an invariant. It is
 * written whole beside the old one, which it then replaces. Memory: values. Threads: one. */
#ifndef TESTS_SIM_SIM_SUMMARY_H
#define TESTS_SIM_SIM_SUMMARY_H

#include "tests/sim/sim.h"

enum { SIM_FAILURES_KEPT = 64 };

struct sim_failure {
    uint64_t seed;
    uint64_t heights;
    char problem[256];
};

struct sim_summary {
    uint64_t next_seed; /* the first that was not run */
    uint64_t seeds;
    uint64_t heights;
    uint64_t hurt_heights;
    uint64_t rounds;
    uint64_t time_ms; /* simulated */
    uint64_t cpu_ms;
    uint64_t set_changes;
    uint64_t evidence;
    uint64_t violations;
    uint64_t stalls;
    uint64_t voids;
    uint64_t hash;                           /* of all traces, whatever their order */
    uint64_t sizes[SIM_VALIDATORS_MAX + 1];  /* seeds with so many validators at the start */
    uint64_t fault_seeds[SIM_FAULT_COUNT];   /* seeds in which it struck */
    uint64_t fault_strikes[SIM_FAULT_COUNT]; /* how often */
    struct sim_failure failures[SIM_FAILURES_KEPT];
    size_t failure_count;
};

void sim_summary_add(struct sim_summary *summary, const struct sim_report *report,
                     uint64_t heights);
void sim_summary_merge(struct sim_summary *summary, const struct sim_summary *other);
void sim_summary_print(const struct sim_summary *summary, FILE *out);
/* False: errno says why. A file that is not there is an empty summary. */
bool sim_summary_load(struct sim_summary *summary, const char *path);
bool sim_summary_save(const struct sim_summary *summary, const char *path);

#endif
