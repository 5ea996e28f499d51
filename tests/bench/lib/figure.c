#include "tests/bench/lib/figure.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/lib/gauge.h"

enum { ROUNDS_MIN = 5, ROUNDS_MAX = 1000 };
#define ROUND_MS 2.0

/* ---- which ones ---- */

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool figures_want(const struct figures *figures, const char *beginning)
{
    for (size_t i = 0; i < figures->name_count; i++) {
        if (begins(figures->names[i], beginning) || begins(beginning, figures->names[i]))
            return true;
    }
    return figures->name_count == 0;
}

static bool is_wanted(const struct figures *figures, const char *name)
{
    for (size_t i = 0; i < figures->name_count; i++) {
        if (begins(name, figures->names[i]))
            return true;
    }
    return figures->name_count == 0;
}

void figures_begin(struct figures *figures)
{
    figures->printed = 0;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (figures->is_json)
        printf("{");
}

void figures_end(struct figures *figures)
{
    if (figures->is_json)
        printf("%s}\n", figures->printed > 0 ? "\n" : "");
}

/* ---- measuring ---- */

struct series {
    const struct figure_work *work;
    size_t ops;            /* a round */
    double ns[ROUNDS_MAX]; /* an operation */
};

static double round_ms(const struct figure_work *work, size_t ops)
{
    const double start = gauge_now_ms();
    work->run(work->ctx, ops);
    return gauge_now_ms() - start;
}

/* Doubles until a round is long enough for the clock; what runs first is warmed up by it. */
static void series_begin(struct series *series, const struct figure_work *work, size_t step)
{
    series->work = work;
    series->ops = step;
    while (round_ms(work, series->ops) < ROUND_MS && series->ops < SIZE_MAX / 4)
        series->ops *= 2;
}

static void series_round(struct series *series, size_t round)
{
    series->ns[round] = round_ms(series->work, series->ops) * 1e6 / (double)series->ops;
}

static uint64_t bytes_of(const struct series *series)
{
    const uint64_t before = gauge_heap_bytes();
    series->work->run(series->work->ctx, series->ops);
    return (gauge_heap_bytes() - before) / series->ops;
}

/* ---- printing ---- */

struct line {
    double ns;
    double median_ns;
    uint64_t bytes;
    double ratio; /* 0: there is no limit */
};

static void print_text(const struct figure *figure, const struct line *line)
{
    printf("%-22s %12.1f ns %12.0f /s %8llu B", figure->name, line->ns, 1e9 / line->ns,
           (unsigned long long)line->bytes);
    if (line->ratio > 0)
        printf("   %7.2f x %s", line->ratio, figure->limit);
    printf("   (median %.1f ns)\n", line->median_ns);
}

static void print_json(const struct figures *figures, const struct figure *figure,
                       const struct line *line)
{
    printf("%s\n  \"%s\": {\"ns\": %.1f, \"median_ns\": %.1f, \"per_s\": %.0f, \"bytes\": %llu",
           figures->printed > 0 ? "," : "", figure->name, line->ns, line->median_ns, 1e9 / line->ns,
           (unsigned long long)line->bytes);
    if (line->ratio > 0)
        printf(", \"ratio\": %.3f, \"limit\": \"%s\"", line->ratio, figure->limit);
    printf("}");
}

static void measure(struct figures *figures, const struct figure *figure, size_t step)
{
    static struct series own, limit;
    const bool is_limited = figure->limit_work.run != NULL;
    size_t rounds = 0;
    series_begin(&own, &figure->work, step);
    if (is_limited)
        series_begin(&limit, &figure->limit_work,
                     figure->limit_step > 0 ? figure->limit_step : step);
    const double end = gauge_now_ms() + figures->each_ms;
    for (; rounds < ROUNDS_MIN || (rounds < ROUNDS_MAX && gauge_now_ms() < end); rounds++) {
        series_round(&own, rounds);
        if (is_limited)
            series_round(&limit, rounds);
    }
    gauge_sort(own.ns, rounds);
    gauge_sort(limit.ns, is_limited ? rounds : 0);
    const struct line line = { .ns = own.ns[0],
                               .median_ns = gauge_quantile(own.ns, rounds, 0.5),
                               .bytes = bytes_of(&own),
                               .ratio = is_limited ? own.ns[0] / limit.ns[0] : 0 };
    if (figures->is_json)
        print_json(figures, figure, &line);
    else
        print_text(figure, &line);
}

__attribute__((noinline)) void figure_counted(const struct figure_work *work, size_t ops)
{
    work->run(work->ctx, ops);
}

void figures_add(struct figures *figures, const struct figure *figure)
{
    const size_t step = figure->step > 0 ? figure->step : 1;
    const size_t counted = step * (figure->counted_steps > 0 ? figure->counted_steps : 1);
    if (!is_wanted(figures, figure->name))
        return;
    switch (figures->mode) {
    case FIGURES_TIMED:
        measure(figures, figure, step);
        break;
    case FIGURES_COUNTED:
        figure->work.run(figure->work.ctx, step);
        figure_counted(&figure->work, counted);
        printf("%s %zu\n", figure->name, counted);
        break;
    case FIGURES_ONCE:
        figure->work.run(figure->work.ctx, step);
        if (figure->limit_work.run != NULL)
            figure->limit_work.run(figure->limit_work.ctx, step);
        printf("%s\n", figure->name);
        break;
    }
    figures->printed++;
}
