/* Hashes a second of each implementation of keccak256_many, for the lengths that a block's work has: a hashed key, a small leaf, an
 * account or a transaction, a full branch. The best of several rounds, because others may use the machine as well.
 * Usage: bench-keccak [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak_internal.h"
#include "tests/bench/lib/gauge.h"

enum { COUNT_MAX = 240, HASHES_A_ROUND = 2400, LEN_MAX = 600 };

static uint8_t bytes[COUNT_MAX][LEN_MAX];

/* Nanoseconds a hash, `count` of them in each call. */
static double round_ns(enum keccak_way way, const mm_bytes *inputs, size_t count)
{
    mm_hash32 out[COUNT_MAX];
    const size_t calls = HASHES_A_ROUND / count;
    const double start = gauge_now_ms();
    for (size_t i = 0; i < calls; i++)
        keccak256_many_by(way, out, inputs, count);
    return (gauge_now_ms() - start) * 1e6 / (double)(calls * count);
}

/* One line: all implementations in turn, so that what disturbs disturbs each. */
static void measure(const char *what, const mm_bytes *inputs, size_t count, size_t rounds)
{
    double best[KECCAK_WAYS];
    for (enum keccak_way way = KECCAK_SCALAR; way < KECCAK_WAYS; way++)
        best[way] = 1e18;
    for (size_t i = 0; i < rounds; i++) {
        for (enum keccak_way way = KECCAK_SCALAR; way < KECCAK_WAYS; way++) {
            const double ns = keccak_way_runs(way) ? round_ns(way, inputs, count) : 1e18;
            best[way] = ns < best[way] ? ns : best[way];
        }
    }
    printf("keccak %s, %3zu a call:", what, count);
    for (enum keccak_way way = KECCAK_SCALAR; way < KECCAK_WAYS; way++) {
        if (keccak_way_runs(way))
            printf("  %s %6.3f M/s (%.2f)", keccak_way_name(way), 1e3 / best[way],
                   best[KECCAK_SCALAR] / best[way]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const size_t lens[] = { 32, 64, 100, 532, 600 };
    static const size_t counts[] = { 240, 16, 8, 7, 6, 5, 4, 3, 2, 1 };
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    mm_bytes inputs[COUNT_MAX];
    char what[40];
    for (size_t i = 0; i < COUNT_MAX; i++)
        memset(bytes[i], (int)i, LEN_MAX);
    for (size_t l = 0; l < sizeof lens / sizeof *lens; l++) {
        for (size_t i = 0; i < COUNT_MAX; i++)
            inputs[i] = mm_bytes_from(bytes[i], lens[l]);
        (void)snprintf(what, sizeof what, "%3zu bytes", lens[l]);
        for (size_t c = 0;
             c < (lens[l] == 100 || lens[l] == 532 ? sizeof counts / sizeof *counts : 1); c++)
            measure(what, inputs, counts[c], rounds);
    }
    for (size_t i = 0; i < COUNT_MAX; i++)
        inputs[i] = mm_bytes_from(bytes[i], i % 8 == 0 ? 600 : 40 + 10 * (i % 8));
    measure("mixed", inputs, COUNT_MAX, rounds);
    return 0;
}
