#include "tests/sim/sim_summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "tests/sim/sim_internal.h"

/* ---- adding ---- */

static void add_failure(struct sim_summary *summary, const struct sim_failure *failure)
{
    if (summary->failure_count < SIM_FAILURES_KEPT)
        summary->failures[summary->failure_count++] = *failure;
}

void sim_summary_add(struct sim_summary *summary, const struct sim_report *report, uint64_t heights)
{
    summary->seeds++;
    summary->heights += report->heights;
    summary->hurt_heights += report->hurt_heights;
    summary->rounds += report->rounds;
    summary->time_ms += report->time_us / 1000;
    summary->set_changes += report->set_changes;
    summary->evidence += report->evidence;
    summary->violations += report->is_violated;
    summary->stalls += report->is_stalled;
    summary->voids += report->is_void;
    summary->hash ^= sim_mix(report->trace_hash, report->seed);
    summary->sizes[report->validators]++;
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
        summary->fault_seeds[i] += report->strikes[i] > 0;
        summary->fault_strikes[i] += report->strikes[i];
    }
    if (report->is_violated || report->is_stalled) {
        struct sim_failure failure = { .seed = report->seed, .heights = heights };
        memcpy(failure.problem, report->problem, sizeof failure.problem);
        add_failure(summary, &failure);
    }
}

/* Plain numbers, by name: what the file has, and what merging adds. */
static const struct {
    const char *name;
    size_t at;
} NUMBERS[] = {
    // clang-format off
    { "seeds",        offsetof(struct sim_summary, seeds) },
    { "heights",      offsetof(struct sim_summary, heights) },
    { "hurt-heights", offsetof(struct sim_summary, hurt_heights) },
    { "rounds",       offsetof(struct sim_summary, rounds) },
    { "simulated-ms", offsetof(struct sim_summary, time_ms) },
    { "cpu-ms",       offsetof(struct sim_summary, cpu_ms) },
    { "set-changes",  offsetof(struct sim_summary, set_changes) },
    { "evidence",     offsetof(struct sim_summary, evidence) },
    { "violations",   offsetof(struct sim_summary, violations) },
    { "stalls",       offsetof(struct sim_summary, stalls) },
    { "voids",        offsetof(struct sim_summary, voids) },
    // clang-format on
};

static uint64_t *number(struct sim_summary *summary, size_t i)
{
    return (uint64_t *)((char *)summary + NUMBERS[i].at);
}

static uint64_t value(const struct sim_summary *summary, size_t i)
{
    return *(const uint64_t *)((const char *)summary + NUMBERS[i].at);
}

void sim_summary_merge(struct sim_summary *summary, const struct sim_summary *other)
{
    for (size_t i = 0; i < MM_COUNT_OF(NUMBERS); i++)
        *number(summary, i) += value(other, i);
    summary->hash ^= other->hash;
    if (other->next_seed > summary->next_seed)
        summary->next_seed = other->next_seed;
    for (size_t i = 0; i <= SIM_VALIDATORS_MAX; i++)
        summary->sizes[i] += other->sizes[i];
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
        summary->fault_seeds[i] += other->fault_seeds[i];
        summary->fault_strikes[i] += other->fault_strikes[i];
    }
    for (size_t i = 0; i < other->failure_count; i++)
        add_failure(summary, &other->failures[i]);
}

/* ---- printing ---- */

void sim_summary_print(const struct sim_summary *summary, FILE *out)
{
    const uint64_t cpu_ms = summary->cpu_ms > 0 ? summary->cpu_ms : 1;
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++)
        fprintf(out, "%-24s in %6" PRIu64 " seeds, %9" PRIu64 " times\n",
                sim_fault_name((enum sim_fault)i), summary->fault_seeds[i],
                summary->fault_strikes[i]);
    fprintf(out, "validators:");
    for (size_t i = 1; i <= SIM_VALIDATORS_MAX; i++)
        fprintf(out, " %zu: %" PRIu64, i, summary->sizes[i]);
    fprintf(out, "\nhash %016" PRIx64 "\n", summary->hash);
    fprintf(out,
            "%" PRIu64 " seeds, %" PRIu64 " heights (%" PRIu64 " under faults), %" PRIu64
            " rounds lost, %" PRIu64 " set changes, %" PRIu64 " evidence; %" PRIu64
            " violations, %" PRIu64 " stalls, %" PRIu64 " void; %" PRIu64 " CPU s, %" PRIu64
            " heights/s, time dilation %" PRIu64 "\n",
            summary->seeds, summary->heights, summary->hurt_heights, summary->rounds,
            summary->set_changes, summary->evidence, summary->violations, summary->stalls,
            summary->voids, summary->cpu_ms / 1000, summary->heights * 1000 / cpu_ms,
            summary->time_ms / cpu_ms);
    for (size_t i = 0; i < summary->failure_count; i++)
        fprintf(out, "FAILED seed %" PRIu64 " heights %" PRIu64 ": %s\n", summary->failures[i].seed,
                summary->failures[i].heights, summary->failures[i].problem);
}

/* ---- the file ---- */

static bool read_count(const char *line, const char *name, uint64_t *counts)
{
    const size_t len = strlen(name);
    char *end = NULL;
    if (strncmp(line, name, len) != 0 || line[len] != ' ')
        return false;
    counts[0] = strtoull(line + len, &end, 10);
    if (*end == ' ')
        counts[1] = strtoull(end, NULL, 10);
    return true;
}

static void read_line(struct sim_summary *summary, const char *line)
{
    uint64_t counts[2] = { 0, 0 };
    char name[32];
    struct sim_failure failure = { .seed = 0 };
    if (sscanf(line, "failed %" SCNu64 " %" SCNu64 " %255[^\n]", &failure.seed, &failure.heights,
               failure.problem) == 3)
        add_failure(summary, &failure);
    (void)sscanf(line, "hash %" SCNx64, &summary->hash);
    (void)sscanf(line, "next-seed %" SCNu64, &summary->next_seed);
    for (size_t i = 0; i < MM_COUNT_OF(NUMBERS); i++) {
        if (read_count(line, NUMBERS[i].name, counts))
            *number(summary, i) = counts[0];
    }
    for (size_t i = 1; i <= SIM_VALIDATORS_MAX; i++) {
        (void)snprintf(name, sizeof name, "validators-%zu", i);
        if (read_count(line, name, counts))
            summary->sizes[i] = counts[0];
    }
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
        if (!read_count(line, sim_fault_name((enum sim_fault)i), counts))
            continue;
        summary->fault_seeds[i] = counts[0];
        summary->fault_strikes[i] = counts[1];
    }
}

bool sim_summary_load(struct sim_summary *summary, const char *path)
{
    char line[512];
    *summary = (struct sim_summary){ .next_seed = 1 };
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return errno == ENOENT;
    while (fgets(line, sizeof line, in) != NULL)
        read_line(summary, line);
    return fclose(in) == 0;
}

bool sim_summary_save(const struct sim_summary *summary, const char *path)
{
    char beside[4096];
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    FILE *out = fopen(beside, "w");
    if (out == NULL)
        return false;
    fprintf(out, "next-seed %" PRIu64 "\nhash %016" PRIx64 "\n", summary->next_seed, summary->hash);
    for (size_t i = 0; i < MM_COUNT_OF(NUMBERS); i++)
        fprintf(out, "%s %" PRIu64 "\n", NUMBERS[i].name, value(summary, i));
    for (size_t i = 1; i <= SIM_VALIDATORS_MAX; i++)
        fprintf(out, "validators-%zu %" PRIu64 "\n", i, summary->sizes[i]);
    for (size_t i = 0; i < SIM_FAULT_COUNT; i++)
        fprintf(out, "%s %" PRIu64 " %" PRIu64 "\n", sim_fault_name((enum sim_fault)i),
                summary->fault_seeds[i], summary->fault_strikes[i]);
    for (size_t i = 0; i < summary->failure_count; i++)
        fprintf(out, "failed %" PRIu64 " %" PRIu64 " %s\n", summary->failures[i].seed,
                summary->failures[i].heights, summary->failures[i].problem);
    const bool is_written = fflush(out) == 0;
    return fclose(out) == 0 && is_written && rename(beside, path) == 0;
}
