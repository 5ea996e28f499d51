/* What an idle node costs: from the start of the process to its first answer, and its resident memory half a second later; on an
 * empty folder, on one with blocks that was closed in order, and on one whose node was killed.
 * The blocks hold a mint each. What the nodes leave is in FOLDER, which must not exist before.
 * Usage: bench-start BINARY FOLDER [BLOCKS [RUNS]] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "state/base/assert.h"
#include "tests/bench/lib/gauge.h"
#include "tests/lib/door.h"

enum { BLOCKS_DEFAULT = 1000, RUNS_DEFAULT = 9, RUNS_MAX = 101, READY_MS = 60000 };

/* mint(0x7099…79c8, "ipfs://" and 59 characters), from development account 0. */
static const char mint[] = "[{\"from\":\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"to\":"
                           "\"0x6d696e746d61726b000000000000000000000721\","
                           "\"data\":\"0xd0def521"
                           "00000000000000000000000070997970c51812dc3a010c7d01b50e0d17dc79c8"
                           "0000000000000000000000000000000000000000000000000000000000000040"
                           "0000000000000000000000000000000000000000000000000000000000000042"
                           "697066733a2f2f6261666b7265696864776463656667683464716b6a76363775"
                           "7a636d77376f6a6565367865647a6465746f6a757a6a65767465787178686b35"
                           "3463000000000000000000000000000000000000000000000000000000000000\"}]";

struct figures {
    double ms[RUNS_MAX];
    double kib[RUNS_MAX];
    size_t count;
};

static void ask(struct door *door, const char *method, const char *params)
{
    const struct json *answers;
    size_t count;
    door_begin(door);
    door_call(door, method, params);
    MM_ASSERT(door_send(door, &answers, &count) && count == 1);
    MM_ASSERT(json_find(&answers[0], "result") != NULL);
}

static double resident_kib(pid_t pid)
{
    char path[64];
    char line[256];
    double kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    MM_ASSERT(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtod(line + 6, NULL);
    (void)fclose(file);
    return kib;
}

/* Starts, and says how long the first answer took. */
static double start(struct node_process *node, struct door *door, const char *binary,
                    const char *folder)
{
    const double begun = gauge_now_ms();
    MM_ASSERT(node_start(node, binary, folder, READY_MS));
    MM_ASSERT(door_connect(door, node->port));
    ask(door, "eth_chainId", "[]");
    return gauge_now_ms() - begun;
}

static void measure(struct figures *figures, struct node_process *node, struct door *door,
                    const char *binary, const char *folder)
{
    figures->ms[figures->count] = start(node, door, binary, folder);
    gauge_pause_ms(500);
    figures->kib[figures->count++] = resident_kib(node->pid);
}

static void print(const char *what, struct figures *figures)
{
    const size_t last = figures->count - 1;
    gauge_sort(figures->ms, figures->count);
    gauge_sort(figures->kib, figures->count);
    (void)printf("%-28s first answer %6.1f ms (%.1f to %.1f)   resident %5.1f MiB (%.1f to %.1f)\n",
                 what, figures->ms[last / 2], figures->ms[0], figures->ms[last],
                 figures->kib[last / 2] / 1024, figures->kib[0] / 1024, figures->kib[last] / 1024);
}

int main(int argc, char **argv)
{
    static struct figures empty, closed, killed;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-start BINARY FOLDER [BLOCKS [RUNS]]\n");
        return 2;
    }
    const char *binary = argv[1];
    const unsigned blocks = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : BLOCKS_DEFAULT;
    const unsigned runs = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : RUNS_DEFAULT;
    char folder[300];
    struct node_process node;
    struct door door;
    door_init(&door);
    MM_ASSERT(runs > 0 && runs <= RUNS_MAX && mkdir(argv[2], 0700) == 0);
    for (unsigned i = 0; i < runs; i++) {
        (void)snprintf(folder, sizeof folder, "%s/empty-%u", argv[2], i);
        MM_ASSERT(mkdir(folder, 0700) == 0);
        measure(&empty, &node, &door, binary, folder);
        MM_ASSERT(node_stop(&node));
    }
    (void)snprintf(folder, sizeof folder, "%s/blocks", argv[2]);
    MM_ASSERT(mkdir(folder, 0700) == 0);
    (void)start(&node, &door, binary, folder);
    for (unsigned i = 0; i < blocks; i++)
        ask(&door, "eth_sendTransaction", mint);
    MM_ASSERT(node_stop(&node));
    for (unsigned i = 0; i < runs; i++) {
        measure(&closed, &node, &door, binary, folder);
        MM_ASSERT(node_stop(&node));
    }
    for (unsigned i = 0; i < runs; i++) {
        (void)start(&node, &door, binary, folder);
        ask(&door, "eth_sendTransaction", mint); /* something that recovery has to do again */
        node_kill(&node);
        measure(&killed, &node, &door, binary, folder);
        MM_ASSERT(node_stop(&node));
    }
    print("an empty folder", &empty);
    char what[64];
    (void)snprintf(what, sizeof what, "%u blocks", blocks);
    print(what, &closed);
    (void)snprintf(what, sizeof what, "%u blocks, after kill -9", blocks);
    print(what, &killed);
    door_fini(&door);
    return 0;
}
