#include "tests/sim/sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    unsigned long long a = strtoull(argv[1], NULL, 0),
                       b = argc > 2 ? strtoull(argv[2], NULL, 0) : a;
    unsigned long long heights = 0, hurt = 0, rounds = 0, us = 0, bad = 0;
    for (unsigned long long s = a; s <= b; s++) {
        struct sim_options o = { .seed = s, .heights = 100, .trace = a == b ? stdout : NULL };
        struct sim_report r;
        sim_run_seed(&o, &r);
        heights += r.heights;
        hurt += r.hurt_heights;
        rounds += r.rounds;
        us += r.time_us;
        if (r.is_violated || r.is_stalled || r.is_void) {
            bad++;
            fprintf(stderr,
                    "seed %llu n=%zu of %zu heights %llu hurt %llu rounds %llu time %llu s hash "
                    "%016llx %s%s%s\n",
                    s, r.validators, r.nodes, (unsigned long long)r.heights,
                    (unsigned long long)r.hurt_heights, (unsigned long long)r.rounds,
                    (unsigned long long)r.time_us / 1000000, (unsigned long long)r.trace_hash,
                    r.is_void ? "VOID " : "", r.is_violated || r.is_stalled ? "PROBLEM " : "",
                    r.problem);
        } else if (argc > 3)
            fprintf(stderr, "seed %llu n=%zu heights %llu hurt %llu rounds %llu time %llu s\n", s,
                    r.validators, (unsigned long long)r.heights, (unsigned long long)r.hurt_heights,
                    (unsigned long long)r.rounds, (unsigned long long)r.time_us / 1000000);
    }
    fprintf(stderr, "%llu heights %llu hurt, %llu rounds, %llu s, %llu bad\n", heights, hurt,
            rounds, us / 1000000, bad);
}
