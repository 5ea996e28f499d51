/* What every benchmark measures with: clocks, order statistics, memory, bytes to work on.
 *
 *     gauge_now_ms …   wall time          gauge_sort, gauge_quantile   of what was measured
 *     gauge_cpu_ms …   processor time     gauge_heap_bytes             what was asked of malloc so far
 *
 * gauge_heap_bytes counts what this program's own objects ask for, not what shared libraries do: the linker sends their calls of
 * malloc, calloc and realloc through here (--wrap, CMakeLists.txt). realloc counts its whole new size.
 * Threads: any; figures of a thread are its own, heap bytes are of all. */
#ifndef TESTS_BENCH_LIB_GAUGE_H
#define TESTS_BENCH_LIB_GAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

double gauge_now_ms(void);
/* Of the whole process, of the calling thread. */
double gauge_cpu_ms(void);
double gauge_thread_ms(void);
void gauge_pause_ms(double ms);

/* Ends the program with what failed: a benchmark that cannot go on has no figures. */
void gauge_must(bool good, const char *what);

void gauge_sort(double *values, size_t count);
/* The value that so large a share is not above; of at least one, sorted. */
double gauge_quantile(const double *sorted, size_t count, double share);

uint64_t gauge_heap_bytes(void);
/* The most that was resident, of this process. */
long gauge_peak_kib(void);

/* Bytes that do not repeat, the same in every run; *state begins at what the caller likes and goes on. */
void gauge_fill(uint8_t *bytes, size_t len, uint64_t *state);
size_t gauge_cores(void);

#endif
