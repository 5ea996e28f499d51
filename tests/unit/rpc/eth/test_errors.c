/* Codes and words that clients match on, where no other test meets them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "door.h"
#include "state/codec/hex.h"

#define NO_HASH "0x00000000000000000000000000000000000000000000000000000000deadbeef"

static void check(struct door_error error, long code, const char *message)
{
    cr_assert_eq(error.code, code, "%ld: %s", error.code, error.message);
    cr_assert_str_eq(error.message, message);
}

static const char *raw_text(struct door *door, const struct tx *tx)
{
    struct mm_buf raw;
    struct mm_buf hex;
    mm_buf_init(&raw, 1 << 16);
    mm_buf_init(&hex, 1 << 16);
    tx_encode(&raw, tx);
    hex_add_data(&hex, mm_buf_bytes(&raw));
    const char *text = mm_arena_text(&door->arena, mm_buf_bytes(&hex));
    mm_buf_fini(&raw);
    mm_buf_fini(&hex);
    return text;
}

/* EIP-2: s in the upper half; and r, s that no signature has. */
Test(errors, a_signature_that_is_none)
{
    static const uint8_t ORDER[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                       0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                       0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41 };
    struct door *door = door_open();
    struct tx tx = { .type = TX_DYNAMIC_FEE, .to = { { 0x11 } } };
    (void)door_sign(door, 0, &tx);
    const mm_u256 order = u256_from_be32(ORDER);
    const mm_u256 s = u256_from_hash(&tx.signature.s);
    const mm_u256 high = u256_wrapping_sub(&order, &s);
    const struct tx signed_tx = tx;
    tx.signature.s = u256_to_hash(&high);
    tx.signature.parity ^= 1;
    check(door_refused(door, "eth_sendRawTransaction", "\"%s\"", raw_text(door, &tx)), -32000,
          "invalid sender: invalid transaction v, r, s values");
    tx = signed_tx;
    tx.signature.r = (mm_hash32){ { 0 } };
    check(door_refused(door, "eth_sendRawTransaction", "\"%s\"", raw_text(door, &tx)), -32000,
          "invalid transaction v, r, s values");
    tx = signed_tx;
    memcpy(tx.signature.s.b, ORDER, sizeof ORDER);
    check(door_refused(door, "eth_sendRawTransaction", "\"%s\"", raw_text(door, &tx)), -32000,
          "invalid transaction v, r, s values");
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", raw_text(door, &signed_tx));
    door_close(door);
}

Test(errors, ranges_of_logs)
{
    struct door *door = door_open();
    (void)door_mint(door, 0, "ipfs://x");
    (void)door_mint(door, 0, "ipfs://x");
    check(door_refused(door, "eth_getLogs", "{\"fromBlock\":\"0x2\",\"toBlock\":\"0x1\"}"), -32602,
          "invalid block range params");
    check(door_refused(door, "eth_getLogs", "{\"fromBlock\":\"0x1\",\"toBlock\":\"0x9\"}"), -32602,
          "block range extends beyond current head block");
    static const char *const BOTH[] = { "\"fromBlock\":\"0x1\"", "\"toBlock\":\"latest\"" };
    for (size_t i = 0; i < MM_COUNT_OF(BOTH); i++)
        check(door_refused(door, "eth_getLogs", "{\"blockHash\":\"" NO_HASH "\",%s}", BOTH[i]),
              -32602,
              "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one "
              "or the other");
    door_close(door);
}

Test(errors, blocks_that_are_not_there)
{
    struct door *door = door_open();
    const char *who = door_account(door, 0);
    check(door_refused(door, "eth_getBalance", "\"%s\",\"0x9\"", who), -32000, "header not found");
    check(door_refused(door, "eth_getBalance", "\"%s\",{\"blockHash\":\"" NO_HASH "\"}", who),
          -32001, "header for hash not found");
    check(door_refused(door, "eth_getBalance",
                       "\"%s\",{\"blockHash\":\"" NO_HASH "\",\"blockNumber\":\"0x0\"}", who),
          -32602,
          "invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the "
          "other");
    door_close(door);
}

/* ---- what the backend says ---- */

static mm_err broken_list(void *ctx, struct mm_arena *arena, const struct tx **txs,
                          const bool **is_queued, size_t *count)
{
    (void)ctx;
    (void)arena;
    *txs = NULL;
    *is_queued = NULL;
    *count = 0;
    return MM_ERR_IO;
}

static void full(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome, struct tx *tx)
{
    (void)ctx;
    (void)arena;
    *outcome = (struct submit_outcome){ .verdict = SUBMIT_POOL_FULL, .hash = tx->hash };
}

static char logged[200];

static void keep_line(void *ctx, const char *line)
{
    (void)ctx;
    (void)snprintf(logged, sizeof logged, "%s", line);
}

Test(errors, what_nobody_foresaw_has_a_number_and_nothing_of_the_inside)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .log = keep_line });
    door->chain.backend.pool_list = broken_list;
    check(door_refused(door, "txpool_status", " "), -32603, "internal error: number 1 in the log");
    cr_assert(strncmp(logged, "internal error 1 in txpool_status: ", 35) == 0, "%s", logged);
    check(door_refused(door, "txpool_content", " "), -32603, "internal error: number 2 in the log");
    door_close(door);
}

Test(errors, a_full_pool)
{
    struct door *door = door_open();
    struct tx tx = { .type = TX_DYNAMIC_FEE, .to = { { 0x11 } } };
    door->chain.backend.submit = full;
    check(door_refused(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx)), -32000,
          "txpool is full");
    door_close(door);
}

Test(errors, a_batch_of_too_many)
{
    struct door *door = door_open_with(&(struct chain_fixture_options){ 0 },
                                       &(struct rpc_eth_options){ .batch_max = 2 });
    const struct json *answer = door_json(door, "[1,2,3]");
    cr_assert(door_is(json_find(json_find(answer, "error"), "message"), "batch too large"));
    cr_assert_eq(json_find(answer, "id")->kind, JSON_NULL);
    cr_assert_eq(door_json(door, "[1,2]")->count, 2);
    door_close(door);
}
