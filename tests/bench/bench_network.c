/* How fast several validators agree, all of them on this machine: latency of one mint beyond the block period, and mints a second
 * sustained. Each node is a process, reached by its JSON-RPC door; transactions are signed before.
 * Usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS]]] */
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "tests/bench/crew.h"

enum { BATCH = 100, LATENCY_MINTS = 200 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From sending to a receipt at the node that it was sent to. */
static void measure_latency(struct crew *crew, uint64_t period_ms)
{
    static double took[LATENCY_MINTS];
    for (size_t i = 0; i < LATENCY_MINTS; i++) {
        char params[80];
        const size_t node = i % crew->testnet->validators;
        const char *raw = crew_sign_mint(crew, 0, i);
        const double start = crew_now_ms();
        const struct json *hash = crew_ask(crew, node, "eth_sendRawTransaction", raw);
        MM_ASSERT(hash != NULL && hash->kind == JSON_STRING);
        (void)snprintf(params, sizeof params, "[\"%.*s\"]", (int)hash->text.len,
                       (const char *)hash->text.ptr);
        while (crew_ask(crew, node, "eth_getTransactionReceipt", params)->kind == JSON_NULL)
            crew_pause_ms(0.3);
        took[i] = crew_now_ms() - start;
        /* The next one when the period is over, so that none of it is in the figure. */
        crew_pause_ms((double)period_ms + 20);
    }
    qsort(took, LATENCY_MINTS, sizeof *took, compare);
    printf("latency       p50 %6.1f ms   p99 %6.1f ms   max %6.1f ms      (limits: 50, 200)\n",
           took[LATENCY_MINTS / 2], took[LATENCY_MINTS * 99 / 100], took[LATENCY_MINTS - 1]);
}

static bool is_empty(struct crew *crew, size_t node)
{
    const struct json *status = crew_ask(crew, node, "txpool_status", "[]");
    return json_is_text(json_find(status, "pending"), "0x0") &&
           json_is_text(json_find(status, "queued"), "0x0");
}

/* Each account's mints go to one node, in batches; it is over when every pool is empty. */
static void measure_rate(struct crew *crew, size_t mints)
{
    const char **raw = calloc(mints, sizeof *raw);
    MM_ASSERT(raw != NULL);
    for (size_t i = 0; i < mints; i++)
        raw[i] = crew_sign_mint(crew, i / BATCH % KEYRING_ACCOUNTS, i);
    const uint64_t before = crew_head(crew, 0);
    const double start = crew_now_ms();
    for (size_t i = 0; i < mints; i += BATCH) {
        const struct json *answers;
        size_t count;
        struct door *door = &crew->doors[i / BATCH % KEYRING_ACCOUNTS % crew->testnet->validators];
        door_begin(door);
        for (size_t j = i; j < i + BATCH && j < mints; j++)
            door_call(door, "eth_sendRawTransaction", raw[j]);
        MM_ASSERT(door_send(door, &answers, &count));
        for (size_t j = 0; j < count; j++)
            MM_ASSERT(json_find(&answers[j], "result") != NULL);
    }
    const double sent = crew_now_ms();
    for (size_t i = 0; i < crew->testnet->count; i++) {
        while (!is_empty(crew, i))
            crew_pause_ms(5);
    }
    const double took = crew_now_ms() - start;
    printf("throughput    %6.0f mints/s in %llu blocks by %zu nodes; sent in %.2f s of %.2f s      "
           "(limit: 5000)\n",
           (double)mints / took * 1e3, (unsigned long long)(crew_head(crew, 0) - before),
           crew->testnet->count, (sent - start) / 1e3, took / 1e3);
    free(raw);
}

int main(int argc, char **argv)
{
    static struct crew crew;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS]]]\n");
        return 2;
    }
    const struct testnet_options options = {
        .folder = argv[2],
        .validators = argc > 3 ? strtoul(argv[3], NULL, 10) : 4,
        .base_port = 23000,
        .block_period_ms = argc > 5 ? strtoul(argv[5], NULL, 10) : 100,
    };
    crew_open(&crew, argv[1], &options);
    measure_latency(&crew, options.block_period_ms);
    measure_rate(&crew, argc > 4 ? strtoul(argv[4], NULL, 10) : 20000);
    crew_close(&crew);
    return 0;
}
