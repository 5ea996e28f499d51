/* Keccak-256 of what is hashed most: a slot's key, the longest input of two permutations, a full branch. One at a time, and many. */
#include <stdio.h>

#include "state/crypto/keccak_internal.h"
#include "tests/bench/lib/gauge.h"
#include "tests/bench/micro/micro.h"

enum { MANY = 240, LEN_MAX = 600 };

static uint8_t bytes[MANY][LEN_MAX];
static mm_bytes inputs[MANY];

static void run_single(void *ctx, size_t ops)
{
    const mm_bytes *input = ctx;
    for (size_t i = 0; i < ops; i++) {
        const mm_hash32 hash = keccak256(*input);
        micro_keep(&hash);
    }
}

static void run_many(void *ctx, size_t ops)
{
    static mm_hash32 out[MANY];
    for (size_t i = 0; i < ops; i += MANY)
        keccak256_many(out, ctx, MANY);
    micro_keep(out);
}

static void add(struct figures *figures, size_t len)
{
    char name[32];
    char limit[32];
    size_t permutations = len / KECCAK_RATE_BYTES + 1;
    for (size_t i = 0; i < MANY; i++)
        inputs[i] = mm_bytes_from(bytes[i], len);
    (void)snprintf(limit, sizeof limit, "%zu permutation%s", permutations,
                   permutations > 1 ? "s" : "");
    struct figure figure = { .name = name,
                             .counted_steps = 2000,
                             .work = { run_single, inputs },
                             .limit = limit,
                             .limit_work = { micro_run_permutations, &permutations } };
    (void)snprintf(name, sizeof name, "keccak-%zu", len);
    figures_add(figures, &figure);
    (void)snprintf(name, sizeof name, "keccak-%zu-many", len);
    figure.step = MANY;
    figure.counted_steps = 10;
    figure.work.run = run_many;
    figures_add(figures, &figure);
}

void micro_keccak(struct figures *figures)
{
    uint64_t state = 1;
    if (!figures_want(figures, "keccak"))
        return;
    gauge_fill(bytes[0], sizeof bytes, &state);
    add(figures, 32);
    add(figures, 136);
    add(figures, 600);
}
