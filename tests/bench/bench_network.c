/* How fast several validators agree, all of them on this machine: latency of one mint beyond the block period, and mints a second
 * sustained. Each node is a process, reached by its JSON-RPC door; transactions are signed before.
 * Usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS]]] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/keyring.h"
#include "node/testnet/testnet.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/lib/door.h"

enum { BATCH = 100, LATENCY_MINTS = 200, READY_MS = 20000 };

static double now_ms(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void pause_ms(double ms)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = (long)(ms * 1e6) }, NULL);
}

struct bench {
    struct testnet *testnet;
    struct door doors[TESTNET_NODES_MAX];
    struct keyring keyring;
    struct mm_arena arena;
    uint64_t nonces[KEYRING_ACCOUNTS];
};

static void open_doors(struct bench *b)
{
    struct mm_reason reason;
    for (size_t i = 0; i < b->testnet->count; i++)
        MM_ASSERT(testnet_start(b->testnet, &b->testnet->nodes[i], &reason) == MM_OK);
    for (size_t i = 0; i < b->testnet->count; i++) {
        struct testnet_node *node = &b->testnet->nodes[i];
        for (int ms = 0;
             ms < READY_MS && !(node->look.is_there && node->look.peers == b->testnet->count - 1);
             ms += 20) {
            testnet_look(b->testnet);
            pause_ms(20);
        }
        door_init(&b->doors[i]);
        MM_ASSERT(door_connect(&b->doors[i], node->rpc_port));
    }
}

/* mint(to, "ipfs://…66 characters"), signed, as a JSON array of its hex. */
static const char *sign_mint(struct bench *b, size_t from, uint64_t number)
{
    static const mm_addr collection = {
        { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x21 }
    };
    static const uint8_t selector[4] = { 0xd0, 0xde, 0xf5, 0x21 };
    uint8_t data[4 + 6 * 32 + 1] = { 0 };
    memcpy(data, selector, 4);
    memcpy(data + 4 + 12, b->keyring.accounts[from].addr.b, 20);
    data[4 + 63] = 64;
    data[4 + 95] = 66;
    (void)snprintf((char *)data + 4 + 96, 67,
                   "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetoju%014u",
                   (unsigned)(number % 1000000000));
    struct tx tx = {
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(31337),
        .nonce = b->nonces[from]++,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = 400000,
        .to = collection,
        .data = mm_bytes_from(data, 4 + 6 * 32),
    };
    MM_ASSERT(tx_sign(&b->arena, &tx, b->keyring.accounts[from].secret));
    char *text = mm_arena_alloc(&b->arena, 2 * tx.raw.len + 7);
    MM_ASSERT(text != NULL);
    memcpy(text, "[\"0x", 4);
    hex_encode(text + 4, tx.raw);
    memcpy(text + 4 + 2 * tx.raw.len, "\"]", 3);
    return text;
}

static const struct json *ask_one(struct bench *b, size_t node, const char *method,
                                  const char *params)
{
    const struct json *answers;
    size_t count;
    struct door *door = &b->doors[node];
    for (int i = 0; i < 2; i++) {
        door_begin(door);
        door_call(door, method, params);
        if (door_send(door, &answers, &count) && count == 1)
            return json_find(&answers[0], "result");
        MM_ASSERT(
            door_connect(door, b->testnet->nodes[node].rpc_port)); /* it was quiet for too long */
    }
    MM_UNREACHABLE();
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From sending to a receipt at the node that it was sent to. */
static void measure_latency(struct bench *b, uint64_t period_ms)
{
    static double took[LATENCY_MINTS];
    for (size_t i = 0; i < LATENCY_MINTS; i++) {
        char params[80];
        const size_t node = i % b->testnet->validators;
        const char *raw = sign_mint(b, 0, i);
        const double start = now_ms();
        const struct json *hash = ask_one(b, node, "eth_sendRawTransaction", raw);
        MM_ASSERT(hash != NULL && hash->kind == JSON_STRING);
        (void)snprintf(params, sizeof params, "[\"%.*s\"]", (int)hash->text.len,
                       (const char *)hash->text.ptr);
        while (ask_one(b, node, "eth_getTransactionReceipt", params)->kind == JSON_NULL)
            pause_ms(0.3);
        took[i] = now_ms() - start;
        /* The next one when the period is over, so that none of it is in the figure. */
        pause_ms((double)period_ms + 20);
    }
    qsort(took, LATENCY_MINTS, sizeof *took, compare);
    printf("latency       p50 %6.1f ms   p99 %6.1f ms   max %6.1f ms      (limits: 50, 200)\n",
           took[LATENCY_MINTS / 2], took[LATENCY_MINTS * 99 / 100], took[LATENCY_MINTS - 1]);
}

static uint64_t head_of(struct bench *b, size_t node)
{
    uint64_t head = 0;
    MM_ASSERT(hex_read_u64(&head, ask_one(b, node, "eth_blockNumber", "[]")->text));
    return head;
}

static bool is_empty(struct bench *b, size_t node)
{
    const struct json *status = ask_one(b, node, "txpool_status", "[]");
    return json_is_text(json_find(status, "pending"), "0x0") &&
           json_is_text(json_find(status, "queued"), "0x0");
}

/* Each account's mints go to one node, in batches; it is over when every pool is empty. */
static void measure_rate(struct bench *b, size_t mints)
{
    const char **raw = calloc(mints, sizeof *raw);
    MM_ASSERT(raw != NULL);
    for (size_t i = 0; i < mints; i++)
        raw[i] = sign_mint(b, i / BATCH % KEYRING_ACCOUNTS, i);
    const uint64_t before = head_of(b, 0);
    const double start = now_ms();
    for (size_t i = 0; i < mints; i += BATCH) {
        const struct json *answers;
        size_t count;
        struct door *door = &b->doors[i / BATCH % KEYRING_ACCOUNTS % b->testnet->validators];
        door_begin(door);
        for (size_t j = i; j < i + BATCH && j < mints; j++)
            door_call(door, "eth_sendRawTransaction", raw[j]);
        MM_ASSERT(door_send(door, &answers, &count));
        for (size_t j = 0; j < count; j++)
            MM_ASSERT(json_find(&answers[j], "result") != NULL);
    }
    const double sent = now_ms();
    for (size_t i = 0; i < b->testnet->count; i++) {
        while (!is_empty(b, i))
            pause_ms(5);
    }
    const double took = now_ms() - start;
    printf("throughput    %6.0f mints/s in %llu blocks by %zu nodes; sent in %.2f s of %.2f s      "
           "(limit: 5000)\n",
           (double)mints / took * 1e3, (unsigned long long)(head_of(b, 0) - before),
           b->testnet->count, (sent - start) / 1e3, took / 1e3);
    free(raw);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct mm_reason reason = { "" };
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-network MINTMARK FOLDER [NODES [MINTS [PERIOD_MS]]]\n");
        return 2;
    }
    const size_t mints = argc > 4 ? strtoul(argv[4], NULL, 10) : 20000;
    const struct testnet_options options = {
        .folder = argv[2],
        .validators = argc > 3 ? strtoul(argv[3], NULL, 10) : 4,
        .observers = 0,
        .base_port = 23000,
        .block_period_ms = argc > 5 ? strtoul(argv[5], NULL, 10) : 100,
    };
    mm_arena_init(&b.arena, SIZE_MAX);
    MM_ASSERT(keyring_init(&b.keyring) == MM_OK);
    if (testnet_open(&b.testnet, &options, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        return 1;
    }
    (void)snprintf(b.testnet->program, sizeof b.testnet->program, "%s", argv[1]);
    open_doors(&b);
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++)
        b.nonces[i] = 0;
    measure_latency(&b, options.block_period_ms);
    measure_rate(&b, mints);
    testnet_close(b.testnet);
    return 0;
}
