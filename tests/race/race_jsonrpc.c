/* Readers on several threads while one sends transactions: answers of one member agree with each other, and nothing races.
 *
 * Each reader asks in one batch for the head, then for that block's receipts and the token's owner; a block number never goes
 * backwards for a reader, and a block that was seen has its receipts. All poll one filter, which tells each block once. Some
 * transactions wait for their receipts in the room of late answers. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "rpc/eth/eth.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "tests/lib/chain_fixture.h"

enum {
    READERS = 3,
    BLOCKS = 150,
    LATE_EVERY = 2,
    LATES = BLOCKS / LATE_EVERY,
    BODY_BYTES_MAX = 1000
};

static struct chain_fixture chain;
static struct rpc_eth *eth;
static atomic_bool is_over;
static atomic_size_t told; /* block hashes */
static char poll_body[200];

static const struct json *serve(struct mm_arena *arena, const char *body)
{
    const struct rpc_eth_caller caller = { .is_trusted = true };
    struct rpc_eth_answer answer;
    struct json *value = MM_ARENA_NEW(arena, struct json);
    MM_ASSERT(rpc_eth_serve(eth, &answer, mm_bytes_str(body), &caller) == MM_OK);
    MM_ASSERT(json_parse(arena, value, mm_buf_bytes(&answer.text), NULL, NULL) == JSON_OK);
    rpc_eth_answer_fini(&answer);
    return value;
}

static void poll_filter(struct mm_arena *arena)
{
    const struct json *news = json_find(serve(arena, poll_body), "result");
    MM_ASSERT(news != NULL);
    atomic_fetch_add(&told, news->count);
}

static void make_filter(struct mm_arena *arena)
{
    const struct json *id = json_find(
        serve(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_newBlockFilter\"}"), "result");
    (void)snprintf(poll_body, sizeof poll_body,
                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getFilterChanges\",\"params\":"
                   "[\"%.*s\"]}",
                   (int)id->text.len, (const char *)id->text.ptr);
}

static void *read_on(void *arg)
{
    struct mm_arena arena;
    uint64_t before = 0;
    (void)arg;
    mm_arena_init(&arena, 1 << 28);
    while (!atomic_load(&is_over)) {
        mm_arena_reset(&arena);
        uint64_t head = 0;
        const struct json *number =
            serve(&arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\"}");
        MM_ASSERT(hex_read_u64(&head, json_find(number, "result")->text) && head >= before);
        before = head;
        char body[BODY_BYTES_MAX];
        (void)snprintf(
            body, sizeof body,
            "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBlockReceipts\",\"params\":"
            "[\"0x%llx\"]},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":"
            "\"eth_getBlockByNumber\",\"params\":[\"0x%llx\",true]},{\"jsonrpc\":\"2.0\","
            "\"id\":3,\"method\":\"eth_call\",\"params\":[{\"to\":"
            "\"0x6d696e746d61726b000000000000000000000721\",\"data\":\"0x06fdde03\"}]},"
            "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"eth_getBalance\",\"params\":["
            "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"0x%llx\"]}]",
            (unsigned long long)head, (unsigned long long)head, (unsigned long long)head / 2);
        const struct json *answers = serve(&arena, body);
        MM_ASSERT(answers->count == 4);
        for (size_t i = 0; i < 4; i++)
            MM_ASSERT(json_find(&answers->items[i], "result") != NULL);
        poll_filter(&arena);
        const struct json *block = json_find(&answers->items[1], "result");
        MM_ASSERT(json_find(&answers->items[0], "result")->count ==
                  json_find(block, "transactions")->count);
    }
    mm_arena_fini(&arena);
    return NULL;
}

/* ---- answers that come from the room of late ones, while the next blocks are made ---- */

struct late {
    struct rpc_eth_answer answer;
    sem_t is_done;
};

static struct late lates[LATES];

static void late_done(void *arg)
{
    MM_ASSERT(sem_post(&((struct late *)arg)->is_done) == 0);
}

static void begin_late(struct mm_arena *arena, size_t index)
{
    const struct rpc_eth_caller caller = { .is_trusted = true };
    struct late *late = &lates[index];
    struct tx tx = { .type = TX_DYNAMIC_FEE,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(31337),
                     .max_fee = u256_from_u64(3000000000),
                     .priority_fee = u256_from_u64(1000000000),
                     .gas_limit = 21000,
                     .nonce = index,
                     .to = { { 0x11 } } };
    struct mm_buf body;
    MM_ASSERT(tx_sign(arena, &tx, chain.accounts[1].secret));
    mm_buf_init(&body, 1 << 16);
    mm_buf_add_text(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                           "\"eth_sendRawTransactionSync\",\"params\":[\"");
    hex_add_data(&body, tx.raw);
    mm_buf_add_text(&body, "\"]}");
    MM_ASSERT(sem_init(&late->is_done, 0, 0) == 0);
    MM_ASSERT(rpc_eth_serve(eth, &late->answer, mm_buf_bytes(&body), &caller) == MM_OK);
    mm_buf_fini(&body);
    if (rpc_eth_settle(eth, &late->answer, late_done, late))
        late_done(late);
}

static void end_late(struct late *late)
{
    while (sem_wait(&late->is_done) != 0)
        ;
    const mm_bytes text = mm_buf_bytes(&late->answer.text);
    MM_ASSERT(memmem(text.ptr, text.len, "\"status\":\"0x1\"", 14) != NULL);
    rpc_eth_answer_fini(&late->answer);
    (void)sem_destroy(&late->is_done);
}

int main(void)
{
    pthread_t readers[READERS];
    struct mm_arena arena;
    chain_fixture_open(&chain, &(struct chain_fixture_options){ 0 });
    MM_ASSERT(rpc_eth_new(&eth, &chain.backend, &(struct rpc_eth_options){ 0 }) == MM_OK);
    mm_arena_init(&arena, 1 << 28);
    make_filter(&arena);
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_create(&readers[i], NULL, read_on, NULL) == 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        mm_arena_reset(&arena);
        const struct json *sent = serve(
            &arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_sendTransaction\",\"params\":"
                    "[{\"from\":\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"to\":"
                    "\"0x70997970c51812dc3a010c7d01b50e0d17dc79c8\",\"value\":\"0x1\"}]}");
        MM_ASSERT(json_find(sent, "result") != NULL);
        if (i % LATE_EVERY == 0)
            begin_late(&arena, i / LATE_EVERY);
    }
    for (size_t i = 0; i < LATES; i++)
        end_late(&lates[i]);
    atomic_store(&is_over, true);
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_join(readers[i], NULL) == 0);
    poll_filter(&arena);
    MM_ASSERT(atomic_load(&told) == BLOCKS + LATES);
    mm_arena_fini(&arena);
    rpc_eth_free(eth);
    chain_fixture_close(&chain);
    return 0;
}
