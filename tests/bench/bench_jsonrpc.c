/* What the JSON-RPC door itself costs a request, without HTTP: body in, answer out, on one thread, over a chain of mints that RocksDB has:
 * the tail is flushed before anything is asked.
 * Usage: bench-jsonrpc [SECONDS_EACH [NAME]] */
#include <stdio.h>
#include <stdlib.h>

#include "rpc/eth/eth.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "state/crypto/keccak.h"
#include "tests/bench/lib/gauge.h"
#include "tests/bench/lib/mint.h"
#include "tests/lib/chain_fixture.h"

enum { MINTS = 20000, A_BLOCK = 100, BATCH = 50, BODY_MAX = 200000 };

static struct chain_fixture chain;
static struct rpc_eth *eth;
static char last_hash[67];
static const char *only; /* NULL: all */

static size_t serve(const char *body)
{
    const struct rpc_eth_caller caller = { .is_trusted = true };
    struct rpc_eth_answer answer;
    MM_ASSERT(rpc_eth_serve(eth, &answer, mm_bytes_str(body), &caller) == MM_OK);
    const size_t len = mm_buf_bytes(&answer.text).len;
    MM_ASSERT(memmem(answer.text.ptr, len, "\"error\"", 7) == NULL);
    rpc_eth_answer_fini(&answer);
    return len;
}

static void measure(const char *name, double seconds, const char *body, size_t requests)
{
    size_t rounds = 0;
    size_t bytes = 0;
    if (only != NULL && strcmp(only, name) != 0)
        return;
    const double start = gauge_now_ms() / 1e3;
    double passed = 0;
    while (passed < seconds) {
        for (int i = 0; i < 50; i++, rounds++)
            bytes = serve(body);
        passed = gauge_now_ms() / 1e3 - start;
    }
    (void)printf("jsonrpc %-22s %8.0f ns a request, %9.0f a second, %zu bytes\n", name,
                 passed * 1e9 / (double)(rounds * requests), (double)(rounds * requests) / passed,
                 bytes / requests);
}

static void one(const char *name, double seconds, const char *method, const char *params)
{
    static char body[BODY_MAX];
    (void)snprintf(body, sizeof body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[%s]}", method,
                   params);
    measure(name, seconds, body, 1);
}

/* Of so many tokens, each another one. */
static void tokens(const char *name, double seconds, const char *selector)
{
    static char body[BODY_MAX];
    size_t len = 0;
    for (size_t i = 0; i < BATCH; i++)
        len += (size_t)snprintf(
            body + len, sizeof body - len,
            "%c{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"eth_call\",\"params\":[{\"to\":"
            "\"0x6d696e746d61726b000000000000000000000721\",\"data\":\"0x%s%064zx\"},\"latest\"]}",
            i == 0 ? '[' : ',', i, selector, 1 + (i * 7919) % MINTS);
    (void)snprintf(body + len, sizeof body - len, "]");
    measure(name, seconds, body, BATCH);
}

static void batch(const char *name, double seconds, const char *method, const char *params)
{
    static char body[BODY_MAX];
    size_t len = 0;
    for (size_t i = 0; i < BATCH; i++)
        len +=
            (size_t)snprintf(body + len, sizeof body - len,
                             "%c{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":[%s]}",
                             i == 0 ? '[' : ',', i, method, params);
    (void)snprintf(body + len, sizeof body - len, "]");
    measure(name, seconds, body, BATCH);
}

static void mint(uint64_t nonce)
{
    uint8_t data[MINT_DATA_BYTES];
    struct mm_arena arena;
    struct submit_outcome outcome;
    struct tx tx = mint_tx(chain_tx_chain_id(chain.dev.chain), nonce,
                           mint_data(data, &chain.accounts[0].addr, nonce));
    mm_arena_init(&arena, 1 << 20);
    MM_ASSERT(tx_sign(&arena, &tx, chain.accounts[0].secret));
    struct tx decoded; /* as one that came in: its data is a part of its raw bytes */
    MM_ASSERT(tx_decode(&arena, &decoded, tx.raw, NULL) == TX_OK);
    chain.backend.submit(chain.backend.ctx, &arena, &outcome, &decoded);
    MM_ASSERT(outcome.verdict == SUBMIT_OK);
    last_hash[0] = '0';
    last_hash[1] = 'x';
    hex_encode(last_hash + 2, mm_bytes_hash(&outcome.hash));
    mm_arena_fini(&arena);
}

int main(int argc, char **argv)
{
    const double seconds = argc > 1 ? strtod(argv[1], NULL) : 0.5;
    only = argc > 2 ? argv[2] : NULL;
    char hash[80];
    char call[400];
    const char collection[] = "0x6d696e746d61726b000000000000000000000721";
    chain_fixture_open(&chain, &(struct chain_fixture_options){ .store = DEV_ROCKSDB });
    MM_ASSERT(rpc_eth_new(&eth, &chain.backend, &(struct rpc_eth_options){ 0 }) == MM_OK);
    chain.is_automine = false;
    for (uint64_t i = 0; i < MINTS; i++) {
        mint(i);
        if (i % A_BLOCK == A_BLOCK - 1)
            chain_fixture_mine(&chain);
    }
    dev_chain_flush(&chain.dev);
    (void)snprintf(hash, sizeof hash, "\"%s\"", last_hash);
    one("blockNumber", seconds, "eth_blockNumber", "");
    one("getBalance", seconds, "eth_getBalance",
        "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"latest\"");
    (void)snprintf(call, sizeof call, "{\"to\":\"%s\",\"data\":\"0x6352211e%064x\"},\"latest\"",
                   collection, 77);
    one("call ownerOf", seconds, "eth_call", call);
    batch("call ownerOf, batch", seconds, "eth_call", call);
    (void)snprintf(call, sizeof call, "{\"to\":\"%s\",\"data\":\"0xc87b56dd%064x\"},\"latest\"",
                   collection, 77);
    one("call tokenURI", seconds, "eth_call", call);
    batch("call tokenURI, batch", seconds, "eth_call", call);
    tokens("ownerOf of 50 tokens", seconds, "6352211e");
    tokens("tokenURI of 50 tokens", seconds, "c87b56dd");
    one("receipt", seconds, "eth_getTransactionReceipt", hash);
    one("transaction", seconds, "eth_getTransactionByHash", hash);
    one("block of 100, hashes", seconds, "eth_getBlockByNumber", "\"latest\",false");
    one("block of 100, whole", seconds, "eth_getBlockByNumber", "\"latest\",true");
    one("receipts of a block", seconds, "eth_getBlockReceipts", "\"latest\"");
    (void)snprintf(call, sizeof call, "\"%s\",[\"0x0\"],\"latest\"", collection);
    one("proof", seconds, "eth_getProof", call);
    (void)snprintf(
        call, sizeof call,
        "{\"fromBlock\":\"0x0\",\"address\":\"%s\",\"topics\":[null,null,null,\"0x%064x\"]}",
        collection, 77);
    one("logs of a token", seconds, "eth_getLogs", call);
    one("logs of a block", seconds, "eth_getLogs", "{\"fromBlock\":\"latest\"}");
    (void)snprintf(call, sizeof call,
                   "{\"to\":\"%s\",\"data\":\"0x42842e0e%024d%s%024d%s%064x\",\"from\":\"0x%s\"}",
                   collection, 0, "f39fd6e51aad88f6f4ce6ab8827279cfffb92266", 0,
                   "70997970c51812dc3a010c7d01b50e0d17dc79c8", 77,
                   "f39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    one("estimateGas", seconds, "eth_estimateGas", call);
    rpc_eth_free(eth);
    chain_fixture_close(&chain);
    return 0;
}
