#include "tests/bench/crew.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/bench/lib/gauge.h"
#include "tests/bench/lib/mint.h"

enum { READY_MS = 60000 };

static void start_one(struct crew *crew, struct testnet_node *node)
{
    struct mm_reason reason = { "" };
    if (testnet_start(crew->testnet, node, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        exit(1);
    }
}

void crew_start(struct crew *crew, size_t node)
{
    start_one(crew, &crew->testnet->nodes[node]);
    crew_wait(crew, node, 0);
}

void crew_wait(struct crew *crew, size_t node, size_t peers)
{
    const struct testnet_look *look = &crew->testnet->nodes[node].look;
    for (double end = gauge_now_ms() + READY_MS; !look->is_there || look->peers < peers;) {
        testnet_look(crew->testnet);
        gauge_pause_ms(2);
        MM_ASSERT(gauge_now_ms() < end);
    }
    MM_ASSERT(door_connect(&crew->doors[node], crew->testnet->nodes[node].rpc_port));
}

void crew_open(struct crew *crew, const char *program, const struct testnet_options *options)
{
    struct mm_reason reason = { "" };
    mm_arena_init(&crew->arena, SIZE_MAX);
    MM_ASSERT(keyring_init(&crew->keyring) == MM_OK);
    if (testnet_open(&crew->testnet, options, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        exit(1);
    }
    (void)snprintf(crew->testnet->program, sizeof crew->testnet->program, "%s", program);
    for (size_t i = 0; i < crew->testnet->count; i++)
        door_init(&crew->doors[i]);
    for (size_t i = 0; i < crew->testnet->validators; i++)
        start_one(crew, &crew->testnet->nodes[i]);
    for (size_t i = 0; i < crew->testnet->validators; i++)
        crew_wait(crew, i, crew->testnet->validators - 1);
}

void crew_close(struct crew *crew)
{
    for (size_t i = 0; i < crew->testnet->count; i++)
        door_fini(&crew->doors[i]);
    testnet_close(crew->testnet);
    keyring_fini(&crew->keyring);
    mm_arena_fini(&crew->arena);
}

const char *crew_sign_mint(struct crew *crew, size_t from, uint64_t number)
{
    uint8_t data[MINT_DATA_BYTES];
    const mm_bytes calldata = mint_data(data, &crew->keyring.accounts[from].addr, number);
    struct tx tx = mint_tx(31337, crew->nonces[from]++, calldata);
    MM_ASSERT(tx_sign(&crew->arena, &tx, crew->keyring.accounts[from].secret));
    char *text = mm_arena_alloc(&crew->arena, 2 * tx.raw.len + 7);
    MM_ASSERT(text != NULL);
    memcpy(text, "[\"0x", 4);
    hex_encode(text + 4, tx.raw);
    memcpy(text + 4 + 2 * tx.raw.len, "\"]", 3);
    return text;
}

const struct json *crew_ask(struct crew *crew, size_t node, const char *method, const char *params)
{
    const struct json *answers;
    size_t count;
    struct door *door = &crew->doors[node];
    for (int i = 0; i < 2; i++) {
        door_begin(door);
        door_call(door, method, params);
        if (door_send(door, &answers, &count) && count == 1)
            return json_find(&answers[0], "result");
        MM_ASSERT(door_connect(
            door, crew->testnet->nodes[node].rpc_port)); /* it was quiet for too long */
    }
    MM_UNREACHABLE();
}

uint64_t crew_head(struct crew *crew, size_t node)
{
    uint64_t head = 0;
    MM_ASSERT(hex_read_u64(&head, crew_ask(crew, node, "eth_blockNumber", "[]")->text));
    return head;
}
