/* Figures: one operation, measured over and over beside what it cannot be faster than, and printed as a line or as JSON.
 *
 *     figures_add ─► as many operations a round as take 2 ms ─► rounds of the operation and of its limit in turn ─► a line
 *
 *     recover                  44 210 ns     22 619 /s       0 B   1.02 x libsecp256k1's recovery (median 44 990 ns)
 *
 * In turn, so that what else the machine does meets both; the figure is the best round, since others can only make it slower,
 * and the median says how quiet it was.
 * When counting, nothing is timed: after one round to warm up, figure_counted runs a fixed number of operations. callgrind counts
 * inside that function alone and writes a file each time it ends (scripts/bench), so a line here belongs to a file there.
 * Bytes are those asked of the heap (gauge.h); arenas that are reset keep what they have, and count nothing.
 * Threads: the caller's. */
#ifndef TESTS_BENCH_LIB_FIGURE_H
#define TESTS_BENCH_LIB_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

enum figures_mode {
    FIGURES_TIMED,
    FIGURES_COUNTED, /* under callgrind */
    FIGURES_ONCE,    /* each operation once, to see that it works */
};

struct figure_work {
    void (*run)(void *ctx, size_t ops); /* ops is a multiple of the figure's step */
    void *ctx;
};

struct figure {
    const char *name;
    size_t step;          /* operations that make sense only together; 0: 1 */
    size_t counted_steps; /* when counting; enough for some ten million instructions */
    struct figure_work work;
    const char *limit; /* what the ratio is to; NULL: none */
    struct figure_work limit_work;
    size_t limit_step; /* 0: as step */
};

struct figures {
    enum figures_mode mode;
    bool is_json;
    double each_ms;           /* how long to measure a figure */
    const char *const *names; /* the beginnings of those wanted */
    size_t name_count;        /* 0: all */
    size_t printed;
};

void figures_begin(struct figures *figures);
void figures_end(struct figures *figures);
/* Whether any whose name begins so is wanted: what it needs is made only then. */
bool figures_want(const struct figures *figures, const char *beginning);
/* Measures and prints it, if it is wanted. */
void figures_add(struct figures *figures, const struct figure *figure);

/* What callgrind counts in; called by name from outside. */
void figure_counted(const struct figure_work *work, size_t ops);

#endif
