/* How fast several validators agree, all of them on this machine, each a process that is reached by its JSON-RPC door:
 *
 *     latency       of one mint, from sending to a receipt where it was sent, beyond the block period; nothing else going on
 *     throughput    mints that are in blocks on every node, a second, after a warm-up, with pools that are never empty
 *     under load    latency, while half of that rate comes in
 *
 * A machine that is busy with other things gives figures of that; so the load, the cores that the nodes got and their processor time a
 * mint are printed too. Each of the nodes recovers each signature once: as many as all cores can recover, by the processor time that
 * it takes in the same minute, divided by the nodes, is a rate that cannot be exceeded. In the end every node must have every mint.
 * Usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS [SECONDS]]]] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/bench/flood.h"
#include "tests/bench/lib/gauge.h"

enum {
    LATENCY_MINTS = 200,
    WARM_UP_MS = 5000,
    UNDER_WAY = 10000, /* about two seconds' worth */
    RECOVER_MS = 1000,
    CORES_MAX = 64,
};

/* ---- the machine ---- */

struct recovering {
    pthread_t thread;
    double until_ms;
    double per_s; /* of processor time */
};

static void *recover(void *arg)
{
    struct recovering *r = arg;
    const mm_hash32 digest = { { 1, 2, 3 } };
    struct keyring keyring;
    mm_addr addr;
    MM_ASSERT(keyring_init(&keyring) == MM_OK);
    const struct secp_signature signature = secp_sign(keyring.accounts[0].secret, &digest);
    const double begun_s = gauge_thread_ms() / 1e3;
    size_t count = 0;
    for (; gauge_now_ms() < r->until_ms; count++)
        MM_ASSERT(secp_recover(&addr, &signature, &digest, SECP_LOW_S));
    r->per_s = (double)count / (gauge_thread_ms() / 1e3 - begun_s);
    keyring_fini(&keyring);
    return NULL;
}

/* Signatures that all cores would recover in a second, were they wholly ours. */
static double measure_recovery(void)
{
    static struct recovering threads[CORES_MAX];
    const size_t cores = gauge_cores() < CORES_MAX ? gauge_cores() : CORES_MAX;
    double sum = 0;
    for (size_t i = 0; i < cores; i++) {
        threads[i] = (struct recovering){ .until_ms = gauge_now_ms() + RECOVER_MS };
        MM_ASSERT(pthread_create(&threads[i].thread, NULL, recover, &threads[i]) == 0);
    }
    for (size_t i = 0; i < cores; i++) {
        (void)pthread_join(threads[i].thread, NULL);
        sum += threads[i].per_s;
    }
    return sum;
}

static double load_average(void)
{
    double load = 0;
    return getloadavg(&load, 1) == 1 ? load : 0;
}

/* Processor time of the nodes so far, in seconds. */
static double time_of_nodes(const struct crew *crew)
{
    double sum = 0;
    for (size_t i = 0; i < crew->testnet->validators; i++) {
        char path[64];
        unsigned long user = 0;
        unsigned long system = 0;
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)crew->testnet->nodes[i].pid);
        FILE *file = fopen(path, "r");
        MM_ASSERT(file != NULL);
        MM_ASSERT(fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                         &system) == 2);
        (void)fclose(file);
        sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    }
    return sum;
}

/* ---- latency ---- */

/* From sending to a receipt at the node that it was sent to. */
static double time_one(struct crew *crew, size_t node, uint64_t number, double look_ms)
{
    char params[80];
    const char *raw = crew_sign_mint(crew, 0, number);
    const double start = gauge_now_ms();
    const struct json *hash = crew_ask(crew, node, "eth_sendRawTransaction", raw);
    MM_ASSERT(hash != NULL && hash->kind == JSON_STRING);
    (void)snprintf(params, sizeof params, "[\"%.*s\"]", (int)hash->text.len,
                   (const char *)hash->text.ptr);
    while (crew_ask(crew, node, "eth_getTransactionReceipt", params)->kind == JSON_NULL)
        gauge_pause_ms(look_ms);
    return gauge_now_ms() - start;
}

static void print_latency(const char *what, double took[LATENCY_MINTS])
{
    gauge_sort(took, LATENCY_MINTS);
    printf("%s p50 %6.1f ms   p99 %6.1f ms   max %6.1f ms   load %.1f\n", what,
           gauge_quantile(took, LATENCY_MINTS, 0.5), gauge_quantile(took, LATENCY_MINTS, 0.99),
           took[LATENCY_MINTS - 1], load_average());
}

static void measure_latency(struct crew *crew, uint64_t period_ms)
{
    static double took[LATENCY_MINTS];
    for (size_t i = 0; i < LATENCY_MINTS; i++) {
        took[i] = time_one(crew, i % crew->testnet->validators, i, 0.3);
        /* The next one when the period is over, so that none of it is in the figure. */
        gauge_pause_ms((double)period_ms + 20);
    }
    print_latency("latency      ", took);
}

/* The period is in these figures, and what is said of a block at a time. */
static void measure_loaded_latency(struct crew *crew, struct flood *flood, double per_s)
{
    static double took[LATENCY_MINTS];
    char what[64];
    flood_begin(flood, per_s, 0);
    gauge_pause_ms(2000);
    for (size_t i = 0; i < LATENCY_MINTS; i++)
        took[i] = time_one(crew, i % crew->testnet->validators, i, 2);
    flood_end(flood);
    (void)snprintf(what, sizeof what, "at %.0f/s, period included:", per_s);
    print_latency(what, took);
}

/* ---- throughput ---- */

struct moment {
    double ms;
    double nodes_s;
    double self_s;
    uint64_t mints;
    uint64_t head;
};

static struct moment look(const struct crew *crew, struct flood *flood)
{
    struct moment now = { .mints = flood_look(flood), .head = flood_head(flood) };
    now.ms = gauge_now_ms();
    now.nodes_s = time_of_nodes(crew);
    now.self_s = gauge_cpu_ms() / 1e3;
    return now;
}

static void flood_for(struct flood *flood, double ms)
{
    for (const double end = gauge_now_ms() + ms; gauge_now_ms() < end;) {
        (void)flood_look(flood);
        gauge_pause_ms(50);
    }
}

/* Blocks that were decided in a later round than the first. */
static uint64_t count_late(struct crew *crew, uint64_t from, uint64_t to)
{
    uint64_t late = 0;
    for (uint64_t i = from + 1; i <= to; i++) {
        char params[32];
        (void)snprintf(params, sizeof params, "[\"0x%llx\"]", (unsigned long long)i);
        const struct json *certificate = crew_ask(crew, 0, "qbft_getCertificate", params);
        late += !json_is_text(json_find(certificate, "round"), "0x0");
    }
    return late;
}

static double measure_rate(struct crew *crew, struct flood *flood, double seconds)
{
    flood_begin(flood, 0, UNDER_WAY);
    flood_for(flood, WARM_UP_MS);
    const struct moment a = look(crew, flood);
    flood_for(flood, seconds * 1e3);
    const struct moment b = look(crew, flood);
    flood_end(flood);
    const double took_s = (b.ms - a.ms) / 1e3;
    const double mints = (double)(b.mints - a.mints);
    const double blocks = (double)(b.head - a.head);
    const size_t nodes = crew->testnet->validators;
    printf("throughput    %6.0f mints/s over %.1f s, by %zu nodes   load %.1f      (goal: 5000)\n",
           mints / took_s, took_s, nodes, load_average());
    printf("              %.0f blocks of %.0f mints, %llu of them in a later round\n", blocks,
           mints / blocks, (unsigned long long)count_late(crew, a.head, b.head));
    printf("              %.0f us of processor a mint and node; %.2f cores for the nodes, %.2f for "
           "this program\n",
           (b.nodes_s - a.nodes_s) * 1e6 / mints / (double)nodes, (b.nodes_s - a.nodes_s) / took_s,
           (b.self_s - a.self_s) / took_s);
    return mints / took_s;
}

/* ---- nothing is missing ---- */

static uint64_t balance_of(struct crew *crew, size_t node, size_t account)
{
    char params[256];
    char addr[41] = "";
    uint64_t balance = 0;
    hex_encode(addr, mm_bytes_addr(&crew->keyring.accounts[account].addr));
    (void)snprintf(params, sizeof params,
                   "[{\"to\":\"0x6d696e746d61726b000000000000000000000721\","
                   "\"data\":\"0x70a08231000000000000000000000000%s\"},\"latest\"]",
                   addr);
    const mm_bytes text = crew_ask(crew, node, "eth_call", params)->text;
    MM_ASSERT(text.len == 66);
    for (size_t i = 50; i < 66; i++) { /* the last eight bytes of the word */
        const char digit = (char)text.ptr[i];
        balance = balance * 16 + (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return balance;
}

static void check_all(struct crew *crew, struct flood *flood, uint64_t mints)
{
    const double end = gauge_now_ms() + 120e3;
    while (flood_look(flood) < mints && gauge_now_ms() < end)
        gauge_pause_ms(50);
    for (size_t node = 0; node < crew->testnet->validators; node++) {
        uint64_t sum = 0;
        for (size_t i = 0; i < KEYRING_ACCOUNTS; i++)
            sum += balance_of(crew, node, i);
        if (sum != mints) {
            printf("node %zu has %llu tokens of %llu\n", node + 1, (unsigned long long)sum,
                   (unsigned long long)mints);
            exit(1);
        }
    }
    printf("each node has all %llu tokens\n", (unsigned long long)mints);
}

int main(int argc, char **argv)
{
    static struct crew crew;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS "
                              "[SECONDS]]]]\n");
        return 2;
    }
    const struct testnet_options options = {
        .folder = argv[2],
        .validators = argc > 3 ? strtoul(argv[3], NULL, 10) : 4,
        .base_port = 23000,
        .block_period_ms = argc > 5 ? strtoul(argv[5], NULL, 10) : 100,
    };
    const size_t mints = argc > 4 ? strtoul(argv[4], NULL, 10) : 200000;
    const double seconds = argc > 6 ? strtod(argv[6], NULL) : 20;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    crew_open(&crew, argv[1], &options);
    struct flood *flood = flood_new(&crew, mints);
    double recoveries = measure_recovery();
    measure_latency(&crew, options.block_period_ms);
    const double rate = measure_rate(&crew, flood, seconds);
    recoveries = (recoveries + measure_recovery()) / 2;
    const double limit = recoveries / (double)options.validators;
    printf("              %.0f recoveries a second of all cores: %.0f %% of the limit of %.0f\n",
           recoveries, rate / limit * 100, limit);
    check_all(&crew, flood, LATENCY_MINTS + flood_sent(flood));
    measure_loaded_latency(&crew, flood, rate / 2);
    check_all(&crew, flood, 2 * LATENCY_MINTS + flood_sent(flood));
    flood_free(flood);
    crew_close(&crew);
    return 0;
}
