/* Looking at all nodes: what each says of itself, and whether they say the same of the chain. */
#include <stdio.h>
#include <string.h>

#include "node/testnet/testnet_internal.h"
#include "rpc/client/jsonrpc.h"
#include "state/codec/hex.h"

/* ---- one node ---- */

static bool read_quantity(uint64_t *out, const struct json *value)
{
    return value != NULL && value->kind == JSON_STRING && hex_read_u64(out, value->text);
}

static bool read_hash(mm_hash32 *out, const struct json *value)
{
    return value != NULL && value->kind == JSON_STRING && hex_read_hash(out, value->text);
}

static bool read_look(struct testnet_look *look, const struct jsonrpc_reply replies[4])
{
    for (size_t i = 0; i < 4; i++) {
        if (replies[i].is_error)
            return false;
    }
    return read_quantity(&look->head, json_find(&replies[0].result, "number")) &&
           read_hash(&look->head_hash, json_find(&replies[0].result, "hash")) &&
           read_quantity(&look->head_time, json_find(&replies[0].result, "timestamp")) &&
           read_quantity(&look->round, json_find(&replies[1].result, "round")) &&
           read_quantity(&look->peers, &replies[2].result) &&
           read_quantity(&look->pending, json_find(&replies[3].result, "pending"));
}

static void look_at(struct testnet *testnet, struct testnet_node *node)
{
    static const struct jsonrpc_request requests[] = {
        { "eth_getBlockByNumber", { (const uint8_t *)"[\"latest\",false]", 16 } },
        { "qbft_status", { (const uint8_t *)"[]", 2 } },
        { "net_peerCount", { (const uint8_t *)"[]", 2 } },
        { "txpool_status", { (const uint8_t *)"[]", 2 } },
    };
    struct jsonrpc_reply replies[MM_COUNT_OF(requests)];
    struct mm_reason reason;
    struct testnet_look look = { .is_there = true };
    mm_arena_reset(&testnet->arena);
    node->look.is_there = false;
    if (jsonrpc_batch(node->client, &testnet->arena, replies, requests, MM_COUNT_OF(requests),
                      &reason) == CLIENT_OK &&
        read_look(&look, replies))
        node->look = look;
}

void testnet_look(struct testnet *testnet)
{
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        if (node->state == TESTNET_UP)
            look_at(testnet, node);
        else
            node->look.is_there = false;
    }
}

size_t testnet_heads(const struct testnet *testnet, uint64_t *lowest, uint64_t *highest)
{
    size_t there = 0;
    *lowest = UINT64_MAX;
    *highest = 0;
    for (size_t i = 0; i < testnet->count; i++) {
        const struct testnet_look *look = &testnet->nodes[i].look;
        if (!look->is_there)
            continue;
        there++;
        *lowest = look->head < *lowest ? look->head : *lowest;
        *highest = look->head > *highest ? look->head : *highest;
    }
    return there;
}

/* ---- all of them ---- */

static bool ask_hash(struct testnet *testnet, struct testnet_node *node, uint64_t block_num,
                     mm_hash32 *hash)
{
    char params[64];
    struct jsonrpc_reply reply;
    struct mm_reason reason;
    const int len =
        snprintf(params, sizeof params, "[\"0x%llx\",false]", (unsigned long long)block_num);
    const struct jsonrpc_request request = { "eth_getBlockByNumber",
                                             { (const uint8_t *)params, (size_t)len } };
    mm_arena_reset(&testnet->arena);
    return jsonrpc_call(node->client, &testnet->arena, &reply, &request, &reason) == CLIENT_OK &&
           !reply.is_error && read_hash(hash, json_find(&reply.result, "hash"));
}

/* Equal hashes at one height are equal histories up to it: each names the one before. */
bool testnet_has_forked(struct testnet *testnet, struct mm_reason *reason)
{
    uint64_t lowest, highest;
    const struct testnet_node *first = NULL;
    mm_hash32 expected;
    if (testnet_heads(testnet, &lowest, &highest) < 2)
        return false;
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        mm_hash32 hash;
        if (!node->look.is_there || !ask_hash(testnet, node, lowest, &hash))
            continue;
        if (first == NULL) {
            first = node;
            expected = hash;
        } else if (!mm_hash_equal(&hash, &expected)) {
            (void)mm_fail(reason, MM_ERR_CORRUPT, "nodes %zu and %zu have different blocks %llu",
                          first->index + 1, node->index + 1, (unsigned long long)lowest);
            return true;
        }
    }
    if (first != NULL && lowest > testnet->agreed)
        testnet->agreed = lowest;
    return false;
}
