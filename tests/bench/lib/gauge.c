#include "tests/bench/lib/gauge.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double clock_ms(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

double gauge_now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

double gauge_cpu_ms(void)
{
    return clock_ms(CLOCK_PROCESS_CPUTIME_ID);
}

double gauge_thread_ms(void)
{
    return clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

void gauge_pause_ms(double ms)
{
    const time_t whole = (time_t)(ms / 1e3);
    (void)nanosleep(
        &(struct timespec){ .tv_sec = whole, .tv_nsec = (long)((ms - (double)whole * 1e3) * 1e6) },
        NULL);
}

void gauge_must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s failed\n", what);
    exit(1);
}

/* ---- statistics ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void gauge_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_size);
}

double gauge_quantile(const double *sorted, size_t count, double share)
{
    const size_t at = (size_t)((double)count * share);
    return sorted[at < count ? at : count - 1];
}

/* ---- memory ---- */

static atomic_uint_fast64_t heap_bytes;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

void *__wrap_malloc(size_t size)
{
    atomic_fetch_add_explicit(&heap_bytes, size, memory_order_relaxed);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&heap_bytes, count * size, memory_order_relaxed);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    atomic_fetch_add_explicit(&heap_bytes, size, memory_order_relaxed);
    return __real_realloc(ptr, size);
}

uint64_t gauge_heap_bytes(void)
{
    return atomic_load(&heap_bytes);
}

long gauge_peak_kib(void)
{
    struct rusage usage;
    gauge_must(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return usage.ru_maxrss;
}

/* ---- the rest ---- */

void gauge_fill(uint8_t *bytes, size_t len, uint64_t *state)
{
    for (size_t i = 0; i < len; i += 8) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        memcpy(bytes + i, state, len - i < 8 ? len - i : 8);
    }
}

size_t gauge_cores(void)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (size_t)online;
}
