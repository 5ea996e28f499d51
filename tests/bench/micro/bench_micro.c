/* What the node's parts cost, without disk and network: a line a figure, beside what it cannot be faster than.
 * Usage: bench-micro [--json] [--seconds S] [--counted | --once] [NAME...]
 *
 *     NAME        the beginning of a name: "trie", "keccak-32"; none: all
 *     --seconds   for each figure, 0.4
 *     --counted   a fixed number of operations and no clock, for callgrind (scripts/bench)
 *     --once      each operation once: whether it works at all */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/base/assert.h"
#include "tests/bench/micro/micro.h"

static int usage(void)
{
    (void)fprintf(stderr,
                  "usage: bench-micro [--json] [--seconds S] [--counted | --once] [NAME...]\n");
    return 2;
}

static bool read_options(struct figures *figures, int argc, char **argv)
{
    int i = 1;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            figures->is_json = true;
        else if (strcmp(argv[i], "--counted") == 0)
            figures->mode = FIGURES_COUNTED;
        else if (strcmp(argv[i], "--once") == 0)
            figures->mode = FIGURES_ONCE;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            figures->each_ms = strtod(argv[++i], NULL) * 1e3;
        else
            return false;
    }
    figures->names = (const char *const *)argv + i;
    figures->name_count = (size_t)(argc - i);
    return figures->each_ms > 0 && !(figures->is_json && figures->mode != FIGURES_TIMED);
}

int main(int argc, char **argv)
{
    static void (*const subjects[])(struct figures *) = {
        micro_keccak, micro_recover, micro_rlp,  micro_abi,
        micro_json,   micro_exec,    micro_trie, micro_flat,
    };
    struct figures figures = { .each_ms = 400 };
    if (!read_options(&figures, argc, argv))
        return usage();
    figures_begin(&figures);
    for (size_t i = 0; i < MM_COUNT_OF(subjects); i++)
        subjects[i](&figures);
    figures_end(&figures);
    if (figures.printed > 0)
        return 0;
    (void)fprintf(stderr, "bench-micro: there is no such figure\n");
    return 2;
}
