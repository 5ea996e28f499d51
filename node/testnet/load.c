#include "node/testnet/load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/keyring.h"
#include "rpc/client/jsonrpc.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

enum {
    RAW_BYTES_MAX = 1024,
    CHECK_BATCH = 500, /* receipts asked for at once */
};

struct mint {
    mm_hash32 hash;
    mm_hash32 block_hash;
    uint64_t block_num;
};

struct sender {
    bool has_nonce;
    uint64_t nonce;
    bool is_sent;
    size_t node; /* that it was sent to */
    uint64_t sent_ms;
    mm_hash32 hash;
    char raw[2 * RAW_BYTES_MAX + 1]; /* hex */
};

struct load {
    struct keyring keyring;
    struct sender accounts[KEYRING_ACCOUNTS];
    struct mint *mints; /* owned */
    size_t count;
    size_t capacity;
    size_t checked;
    uint64_t sent_again;
};

/* ---- transactions ---- */

static const mm_addr COLLECTION = {
    { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x07, 0x21 }
};

/* mint(address,string) to the sender, of a URI that says nothing. */
static mm_bytes mint_data(uint8_t data[4 + 4 * 32], const mm_addr *to)
{
    static const char uri[] = "ipfs://testnet";
    const mm_hash32 selector = keccak256(MM_BYTES_LIT("mint(address,string)"));
    memset(data, 0, 4 + 4 * 32);
    memcpy(data, selector.b, 4);
    memcpy(data + 4 + 12, to->b, sizeof to->b);
    data[4 + 63] = 0x40;
    data[4 + 95] = sizeof uri - 1;
    memcpy(data + 4 + 96, uri, sizeof uri - 1);
    return mm_bytes_from(data, 4 + 4 * 32);
}

static bool sign_mint(struct load *load, struct testnet *testnet, size_t index, uint64_t chain_id)
{
    struct sender *account = &load->accounts[index];
    uint8_t data[4 + 4 * 32];
    struct tx tx = {
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(chain_id),
        .nonce = account->nonce,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = 300000,
        .to = COLLECTION,
        .data = mint_data(data, &load->keyring.accounts[index].addr),
    };
    if (!tx_sign(&testnet->arena, &tx, load->keyring.accounts[index].secret) ||
        tx.raw.len > RAW_BYTES_MAX)
        return false;
    account->hash = tx.hash;
    hex_encode(account->raw, tx.raw);
    account->raw[2 * tx.raw.len] = '\0';
    return true;
}

/* ---- asking ---- */

MM_PRINTF(4, 5)
static bool ask(struct testnet *testnet, struct testnet_node *node, struct jsonrpc_reply *reply,
                const char *format, ...)
{
    char text[2 * RAW_BYTES_MAX + 256];
    struct mm_reason reason;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *params = strchr(text, ' '); /* "method params" */
    *params++ = '\0';
    const struct jsonrpc_request request = { text, mm_bytes_str(params) };
    return jsonrpc_call(node->client, &testnet->arena, reply, &request, &reason) == CLIENT_OK;
}

static bool read_nonce(struct load *load, struct testnet *testnet, struct testnet_node *node,
                       size_t index)
{
    char addr[2 * sizeof(mm_addr) + 1] = "";
    struct sender *account = &load->accounts[index];
    struct jsonrpc_reply reply;
    hex_encode(addr, mm_bytes_addr(&load->keyring.accounts[index].addr));
    account->has_nonce =
        ask(testnet, node, &reply, "eth_getTransactionCount [\"0x%s\",\"latest\"]", addr) &&
        !reply.is_error && reply.result.kind == JSON_STRING &&
        hex_read_u64(&account->nonce, reply.result.text);
    return account->has_nonce;
}

/* A node that answers, chosen by the draw; NULL when none does. */
static struct testnet_node *choose(struct testnet *testnet, uint64_t draw)
{
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[(draw + i) % testnet->count];
        if (node->look.is_there)
            return node;
    }
    return NULL;
}

static bool read_receipt(const struct json *receipt, struct mint *mint)
{
    if (receipt->kind != JSON_OBJECT)
        return false;
    const struct json *block = json_find(receipt, "blockHash");
    const struct json *number = json_find(receipt, "blockNumber");
    const struct json *status = json_find(receipt, "status");
    return block != NULL && number != NULL && status != NULL && json_is_text(status, "0x1") &&
           hex_read_hash(&mint->block_hash, block->text) &&
           hex_read_u64(&mint->block_num, number->text);
}

/* ---- steps ---- */

static mm_err remember(struct load *load, const struct mint *mint)
{
    if (load->count == LOAD_MINTS_MAX)
        return MM_ERR_LIMIT;
    if (load->count == load->capacity) {
        struct mint *grown = mm_heap_grow(load->mints, &load->capacity, 1024, sizeof *grown);
        if (grown == NULL)
            return MM_ERR_NO_MEMORY;
        load->mints = grown;
    }
    load->mints[load->count++] = *mint;
    return MM_OK;
}

static mm_err ask_after(struct load *load, struct testnet *testnet, size_t index)
{
    struct sender *account = &load->accounts[index];
    struct testnet_node *node = &testnet->nodes[account->node];
    struct jsonrpc_reply reply;
    char hash[2 * sizeof(mm_hash32) + 1] = "";
    struct mint mint = { .hash = account->hash };
    if (!node->look.is_there)
        return MM_OK;
    hex_encode(hash, mm_bytes_hash(&account->hash));
    if (!ask(testnet, node, &reply, "eth_getTransactionReceipt [\"0x%s\"]", hash) ||
        reply.is_error || !read_receipt(&reply.result, &mint))
        return MM_OK;
    account->is_sent = false;
    account->nonce++;
    return remember(load, &mint);
}

static void send(struct load *load, struct testnet *testnet, size_t index, uint64_t now_ms,
                 uint64_t draw)
{
    struct sender *account = &load->accounts[index];
    struct testnet_node *node = choose(testnet, draw);
    struct jsonrpc_reply reply;
    if (node == NULL || (!account->has_nonce && !read_nonce(load, testnet, node, index)))
        return;
    load->sent_again += account->is_sent;
    if (!account->is_sent) {
        uint64_t chain_id = 0;
        if (!ask(testnet, node, &reply, "eth_chainId []") || reply.is_error ||
            !hex_read_u64(&chain_id, reply.result.text) ||
            !sign_mint(load, testnet, index, chain_id))
            return;
    }
    /* Whatever it says: known already and nonce too low are answers of a node that has it. */
    account->is_sent = true;
    account->node = node->index;
    account->sent_ms = now_ms;
    (void)ask(testnet, node, &reply, "eth_sendRawTransaction [\"0x%s\"]", account->raw);
}

mm_err load_step(struct load *load, struct testnet *testnet, uint64_t now_ms, uint64_t draw)
{
    for (size_t i = 0; i < KEYRING_ACCOUNTS; i++) {
        struct sender *account = &load->accounts[i];
        mm_arena_reset(&testnet->arena);
        if (account->is_sent)
            MM_TRY(ask_after(load, testnet, i));
        if (!account->is_sent || now_ms >= account->sent_ms + LOAD_RESEND_MS)
            send(load, testnet, i, now_ms, draw + i);
    }
    return MM_OK;
}

/* ---- checking ---- */

static bool has_batch(struct testnet *testnet, struct testnet_node *node, const struct mint *mints,
                      size_t count, struct mm_reason *reason)
{
    char params[CHECK_BATCH][2 * sizeof(mm_hash32) + 8];
    struct jsonrpc_request requests[CHECK_BATCH];
    struct jsonrpc_reply *replies;
    mm_arena_reset(&testnet->arena);
    replies = MM_ARENA_ARRAY(&testnet->arena, struct jsonrpc_reply, count);
    if (replies == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        char hash[2 * sizeof(mm_hash32) + 1] = "";
        hex_encode(hash, mm_bytes_hash(&mints[i].hash));
        (void)snprintf(params[i], sizeof params[i], "[\"0x%s\"]", hash);
        requests[i] =
            (struct jsonrpc_request){ "eth_getTransactionReceipt", mm_bytes_str(params[i]) };
    }
    if (jsonrpc_batch(node->client, &testnet->arena, replies, requests, count, reason) != CLIENT_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mint found;
        if (replies[i].is_error || !read_receipt(&replies[i].result, &found) ||
            !mm_hash_equal(&found.block_hash, &mints[i].block_hash)) {
            (void)mm_fail(reason, MM_ERR_CORRUPT,
                          "node %zu has lost a mint that was acknowledged, of block %llu",
                          node->index + 1, (unsigned long long)mints[i].block_num);
            return false;
        }
    }
    return true;
}

bool load_is_kept(struct load *load, struct testnet *testnet, bool from_start,
                  struct mm_reason *reason)
{
    const size_t from = from_start ? 0 : load->checked;
    for (size_t n = 0; n < testnet->count; n++) {
        for (size_t i = from; i < load->count; i += CHECK_BATCH) {
            const size_t left = load->count - i;
            if (!has_batch(testnet, &testnet->nodes[n], load->mints + i,
                           left < CHECK_BATCH ? left : CHECK_BATCH, reason))
                return false;
        }
    }
    load->checked = load->count;
    return true;
}

/* ---- life ---- */

mm_err load_new(struct load **out, struct mm_reason *reason)
{
    struct load *load = *out = mm_heap_zeroed(1, sizeof *load);
    if (load == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    if (keyring_init(&load->keyring) != MM_OK)
        return mm_fail(reason, MM_ERR_CRYPTO, "the development keys cannot be derived");
    return MM_OK;
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    keyring_fini(&load->keyring);
    mm_heap_free(load->mints);
    mm_heap_free(load);
}

struct load_counts load_counts(const struct load *load)
{
    return (struct load_counts){ load->count, load->sent_again };
}
