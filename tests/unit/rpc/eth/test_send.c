/* Sending, refusing, calling, estimating, signing, and control. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "door.h"
#include "rpc/eth/typed_data.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

#define STRANGER "0xc1cadaffffffffffffffffffffffffffffffffff"

static const mm_addr PERSON = { { 0x70, 0x99 } };

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- raw transactions ---- */

Test(send, takes_every_type_of_transaction_of_this_chain)
{
    struct door *door = door_open();
    const struct tx_access access = { .addr = DEV_COLLECTION };
    struct tx txs[] = {
        { .type = TX_LEGACY, .to = PERSON },
        { .type = TX_ACCESS_LIST,
          .to = PERSON,
          .nonce = 1,
          .gas_limit = 30000,
          .access_list = &access,
          .access_count = 1 },
        { .type = TX_DYNAMIC_FEE, .to = PERSON, .nonce = 2, .value = { { 5 } } },
    };
    for (size_t i = 0; i < MM_COUNT_OF(txs); i++) {
        const char *raw = door_sign(door, 0, &txs[i]);
        const char *hash =
            door_string(door, door_ask(door, "eth_sendRawTransaction", "\"%s\"", raw));
        const struct json *tx = door_ask(door, "eth_getTransactionByHash", "\"%s\"", hash);
        cr_assert_eq(door_number(json_find(tx, "type")), i);
        cr_assert(door_is(json_find(tx, "from"), door_account(door, 0)));
        cr_assert_eq(json_find(tx, "accessList") != NULL, i > 0);
        cr_assert_eq(json_find(tx, "yParity") != NULL, i > 0);
        cr_assert_eq(json_find(tx, "maxFeePerGas") != NULL, i == 2);
        const uint64_t v = door_number(json_find(tx, "v"));
        cr_assert(i == 0 ? v == 62709 || v == 62710 : v <= 1);
        cr_assert(door_is(door_ask(door, "eth_getRawTransactionByHash", "\"%s\"", hash), raw));
    }
    door_close(door);
}

static struct door_error refused_tx(struct door *door, struct tx tx)
{
    return door_refused(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx));
}

Test(send, refuses_in_the_words_that_clients_know)
{
    struct door *door = door_open();
    const struct tx good = { .type = TX_DYNAMIC_FEE, .to = PERSON };
    struct tx tx = good;
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx));
    static const struct {
        const char *message;
        struct tx tx;
    } CASES[] = {
        { "nonce too low: next nonce 1, tx nonce 0",
          { .type = TX_DYNAMIC_FEE, .to = { { 0x70, 0x99 } } } },
        { "nonce too low: next nonce 1, tx nonce 0",
          { .type = TX_DYNAMIC_FEE, .value = { { 9 } } } },
        { "insufficient funds for gas * price + value: balance ",
          { .nonce = 1, .value = { { 0, 0, 1, 0 } } } },
        { "intrinsic gas too low: gas 20999, minimum needed 21000",
          { .nonce = 1, .gas_limit = 20999 } },
        { "exceeds block gas limit", { .nonce = 1, .gas_limit = 1000000001 } },
        { "max priority fee per gas higher than max fee per gas",
          { .type = TX_DYNAMIC_FEE,
            .nonce = 1,
            .max_fee = { { 2000000000 } },
            .priority_fee = { { 2000000001 } } } },
        { "invalid chain id for signer: have 1 want 31337",
          { .nonce = 1, .has_chain_id = true, .chain_id = { { 1 } } } },
        { "contract creation is not supported",
          { .nonce = 1, .creates = true, .gas_limit = 60000 } },
        { "nonce too high: too far above the next missing nonce 1, tx nonce 66", { .nonce = 66 } },
    };
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const struct door_error error = refused_tx(door, CASES[i].tx);
        cr_assert_eq(error.code, -32000);
        cr_assert(begins(error.message, CASES[i].message), "%s", error.message);
    }
    door_close(door);
}

Test(send, queues_a_nonce_above_the_next)
{
    struct door *door = door_open();
    struct tx later = { .type = TX_DYNAMIC_FEE, .to = PERSON, .nonce = 1 };
    struct tx first = { .type = TX_DYNAMIC_FEE, .to = PERSON, .nonce = 0 };
    const struct json *hash =
        door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &later));
    const struct json *status = door_ask(door, "txpool_status", " ");
    cr_assert(door_is(json_find(status, "queued"), "0x1"));
    cr_assert(door_is(json_find(status, "pending"), "0x0"));
    const struct json *content = door_ask(door, "txpool_content", " ");
    const struct json *mine = json_find(json_find(content, "queued"), door_account(door, 0));
    cr_assert(door_is(json_find(json_find(mine, "1"), "hash"), door_string(door, hash)));
    const struct json *lines = json_find(door_ask(door, "txpool_inspect", " "), "queued");
    cr_assert(begins(door_member(door, json_find(lines, door_account(door, 0)), "1"),
                     "0x7099000000000000000000000000000000000000: 0 wei + 21000 gas "));
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &first));
    cr_assert_eq(door_ask(door, "eth_getBlockByNumber", "\"latest\"")->kind, JSON_OBJECT);
    cr_assert_eq(
        door_number(door_ask(door, "eth_getTransactionCount", "\"%s\"", door_account(door, 0))), 2);
    cr_assert(door_is(json_find(door_ask(door, "txpool_status", " "), "queued"), "0x0"));
    door_close(door);
}

/* Between the two there is a moment in which the block's transactions are in the pool still. */
static void look_at_the_pool(void *ctx)
{
    struct door *door = ctx;
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 1);
    const struct json *status = door_ask(door, "txpool_status", " ");
    cr_assert(door_is(json_find(status, "pending"), "0x1")); /* of two, one is mined */
    cr_assert(door_is(json_find(status, "queued"), "0x0"));
    const struct json *content = door_ask(door, "txpool_content", " ");
    const struct json *mine = json_find(json_find(content, "pending"), door_account(door, 0));
    cr_assert_eq(mine->count, 1);
    cr_assert_not_null(json_find(mine, "1"));
    cr_assert_eq(door_ask(door, "eth_pendingTransactions", " ")->count, 1);
    const struct json *next = door_ask(door, "eth_getBlockByNumber", "\"pending\"");
    cr_assert_eq(door_number(json_find(next, "number")), 2);
    cr_assert_eq(json_find(next, "transactions")->count, 1);
    door->chain.seen = NULL;
}

Test(send, takes_nothing_for_pending_that_a_block_has)
{
    struct door *door = door_open();
    struct tx first = { .type = TX_DYNAMIC_FEE, .to = PERSON };
    /* the second waits for a gas limit's worth of room: both together are more than a block holds */
    struct tx second = { .type = TX_DYNAMIC_FEE, .to = PERSON, .nonce = 1, .gas_limit = 999990000 };
    (void)door_ask(door, "evm_setAutomine", "false");
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &first));
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &second));
    door->chain.seen = look_at_the_pool;
    door->chain.seen_ctx = door;
    (void)door_ask(door, "evm_mine", " ");
    cr_assert_null(door->chain.seen); /* it has looked */
    door_close(door);
}

Test(send, replaces_only_for_a_tenth_more)
{
    struct door *door = door_open();
    (void)door_ask(door, "evm_setAutomine", "false");
    struct tx tx = { .type = TX_DYNAMIC_FEE,
                     .to = PERSON,
                     .max_fee = { { 10000000000 } },
                     .priority_fee = { { 1000000000 } } };
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx));
    cr_assert_str_eq(refused_tx(door, tx).message, "already known");
    tx.max_fee = u256_from_u64(10900000000);
    cr_assert_str_eq(refused_tx(door, tx).message, "replacement transaction underpriced");
    tx.max_fee = u256_from_u64(11000000000);
    tx.priority_fee = u256_from_u64(1100000000);
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &tx));
    door_close(door);
}

Test(send, refuses_what_does_not_decode)
{
    struct door *door = door_open();
    struct tx tx = { .type = TX_LEGACY, .to = PERSON };
    const char *raw = door_sign(door, 0, &tx);
    struct door_error error = door_refused(door, "eth_sendRawTransaction", "\"%s00\"", raw);
    cr_assert_eq(error.code, -32602);
    cr_assert(begins(error.message, "rlp: "), "%s", error.message);
    cr_assert_eq(door_refused(door, "eth_sendRawTransaction", "\"0x\"").code, -32602);
    error = door_refused(door, "eth_sendRawTransaction", "\"0x05c0\"");
    cr_assert_eq(error.code, -32000);
    cr_assert(begins(error.message, "transaction type not supported"));
    cr_assert(strstr(error.message, "transaction type not valid") != NULL);
    /* go-ethereum's test vector of an unprotected transaction (EIP-155 is younger than it) */
    error = door_refused(door, "eth_sendRawTransaction",
                         "\"0xf85f030182520794b94f5374fce5edbc8e2a8697c15331677e6ebf0b0a801ba098ff9"
                         "21201554726367d2be8c804a7ff89ccf285ebc57dff8ae4c44b9c19ac4aa07778cde41a86"
                         "56e98c2b4fdf1a5a1b1b4f1d5d1d4ed1a2a4e6c4b5f5b5b5b5b5b\"");
    cr_assert_eq(error.code == -32000 || error.code == -32602, true);
    door_close(door);
}

/* ---- calls ---- */

static const char *selector(struct door *door, const char *signature)
{
    const mm_hash32 hash = keccak256(mm_bytes_str(signature));
    char text[11] = "0x";
    hex_encode(text + 2, mm_bytes_from(hash.b, 4));
    return mm_arena_text(&door->arena, mm_bytes_from(text, 10));
}

Test(call, asks_a_contract)
{
    struct door *door = door_open();
    (void)door_mint(door, 4, "ipfs://x");
    const struct json *owner =
        door_ask(door, "eth_call", "{\"to\":\"%s\",\"data\":\"%s%064d\"},\"latest\"",
                 DOOR_COLLECTION, selector(door, "ownerOf(uint256)"), 1);
    if (!begins(door_string(door, owner), "0x000000000000000000000000"))
        cr_assert_fail("not an address");
    cr_assert_str_eq(door_string(door, owner) + 26, door_account(door, 4) + 2);
    /* at a block when the token was not there yet */
    const struct door_error error =
        door_refused(door, "eth_call", "{\"to\":\"%s\",\"input\":\"%s%064d\"},\"0x0\"",
                     DOOR_COLLECTION, selector(door, "ownerOf(uint256)"), 1);
    cr_assert_eq(error.code, 3);
    cr_assert_str_eq(error.message, "execution reverted");
    cr_assert(begins(error.data, selector(door, "ERC721NonexistentToken(uint256)")));
    door_close(door);
}

Test(call, of_a_person_gives_nothing)
{
    struct door *door = door_open();
    cr_assert(
        door_is(door_ask(door, "eth_call", "{\"to\":\"" STRANGER "\",\"data\":\"0x1234\"}"), "0x"));
    door_close(door);
}

Test(call, refuses_contradictions)
{
    static const struct {
        const char *object, *message;
        long code;
    } CASES[] = {
        { "{\"to\":\"" STRANGER "\",\"data\":\"0x12\",\"input\":\"0x34\"}",
          "invalid argument 0: both \"data\" and \"input\" are set and not equal", -32602 },
        { "{\"to\":\"" STRANGER "\",\"gasPrice\":\"0x1\",\"maxFeePerGas\":\"0x1\"}",
          "invalid argument 0: both gasPrice and ", -32602 },
        { "{\"data\":\"0x60\"}", "contract creation is not supported", -32000 },
        { "{\"to\":\"" STRANGER "\",\"gasPrice\":\"0x1\"}",
          "max fee per gas less than block base fee", -32000 },
        { "{\"to\":\"" STRANGER "\",\"gas\":\"0x5207\"}",
          "intrinsic gas too low: gas 20999, minimum needed 21000", -32000 },
        { "{\"to\":\"" STRANGER "\",\"from\":\"" STRANGER "\",\"value\":\"0x1\"}",
          "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1", -32000 },
        { "{\"to\":\"" STRANGER "\",\"from\":\"" STRANGER "\",\"gasPrice\":\"0x77359400\"}",
          "insufficient funds for gas * price + value: balance 0, tx cost 42000000000000,",
          -32000 },
        { "{\"to\":\"" STRANGER "\",\"chainId\":\"0x1\"}", "invalid chain id for signer", -32000 },
        { "{\"to\":\"0x12\"}", "invalid argument 0: to: hex string has another length", -32602 },
        { "{\"to\":\"" STRANGER "\",\"accessList\":[{}]}",
          "invalid argument 0: accessList: ", -32602 },
    };
    struct door *door = door_open();
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const struct door_error error = door_refused(door, "eth_call", "%s", CASES[i].object);
        cr_assert_eq(error.code, CASES[i].code, "%s", error.message);
        cr_assert(begins(error.message, CASES[i].message), "%s", error.message);
    }
    (void)door_ask(door, "eth_call",
                   "{\"to\":\"" STRANGER "\",\"data\":\"0x12\",\"input\":\"0x12\",\"other\":1,"
                   "\"nonce\":null}");
    door_close(door);
}

Test(call, may_override_balance_and_storage)
{
    struct door *door = door_open();
    (void)door_ask(door, "eth_call",
                   "{\"to\":\"" STRANGER "\",\"from\":\"" STRANGER
                   "\",\"value\":\"0x1\"},\"latest\","
                   "{\"" STRANGER "\":{\"balance\":\"0x1\"}}");
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\""), "0x0"));
    cr_assert_eq(door_refused(door, "eth_call",
                              "{\"to\":\"" STRANGER "\"},\"latest\",{\"" STRANGER
                              "\":{\"code\":\"0x\"}}")
                     .code,
                 -32602);
    door_close(door);
}

/* name() is slot 0 and symbol() slot 1, short strings: text, and twice the length in the last byte. */
Test(call, sees_single_slots_or_a_whole_storage_overridden)
{
    struct door *door = door_open();
    const char *name = selector(door, "name()");
    const char *symbol = selector(door, "symbol()");
    (void)door_mint(door, 0, "ipfs://x");
#define ASK(data, overrides)                                                                       \
    door_string(door,                                                                              \
                door_ask(door, "eth_call",                                                         \
                         "{\"to\":\"%s\",\"data\":\"%s\"},\"latest\",{\"%s\":" overrides "}",      \
                         DOOR_COLLECTION, data, DOOR_COLLECTION))
#define HI "\"0x0\":\"0x4869000000000000000000000000000000000000000000000000000000000004\""
    const char *plain = ASK(symbol, "{}");
    cr_assert_not_null(strstr(ASK(name, "{\"stateDiff\":{" HI "}}"), "024869"));
    cr_assert_str_eq(ASK(symbol, "{\"stateDiff\":{" HI "}}"), plain);
    cr_assert_not_null(strstr(ASK(name, "{\"state\":{" HI "}}"), "024869"));
    const char *empty = ASK(symbol, "{\"state\":{" HI "},\"nonce\":null}");
    cr_assert_str_neq(empty, plain);
    cr_assert_eq(strspn(empty + 2, "02"), strlen(empty) - 2, "%s", empty); /* 0x20, 0 */
    cr_assert_str_eq(ASK(symbol, "{\"state\":null}"), plain);
    /* A token that is there is not, in an empty storage. */
    static const char OWNER[] = "{\"to\":\"%s\",\"data\":\"%s%064d\"},\"latest\",{\"%s\":%s}";
    const char *owner_of = selector(door, "ownerOf(uint256)");
    (void)door_ask(door, "eth_call", OWNER, DOOR_COLLECTION, owner_of, 1, DOOR_COLLECTION, "{}");
    cr_assert_eq(door_refused(door, "eth_call", OWNER, DOOR_COLLECTION, owner_of, 1,
                              DOOR_COLLECTION, "{\"state\":{}}")
                     .code,
                 3);
    cr_assert_eq(door_refused(door, "eth_estimateGas", OWNER, DOOR_COLLECTION, owner_of, 1,
                              DOOR_COLLECTION, "{\"state\":{}}")
                     .code,
                 3);
    static const char *const BAD[] = {
        "{\"state\":{},\"stateDiff\":{}}",
        "{\"state\":[]}",
        "{\"state\":{\"0x0\":\"0x1\"}}",
        "{\"stateDiff\":{\"x\":\"0x1\"}}",
        "{\"balance\":\"x\"}",
        "{\"nonce\":\"0x10000000000000000\"}",
        "{\"movePrecompileToAddress\":\"0x1\"}",
    };
    for (size_t i = 0; i < MM_COUNT_OF(BAD); i++)
        cr_assert_eq(door_refused(door, "eth_call", OWNER, DOOR_COLLECTION, owner_of, 1,
                                  DOOR_COLLECTION, BAD[i])
                         .code,
                     -32602, "%s", BAD[i]);
    door_close(door);
}

Test(call, may_override_the_block)
{
    struct door *door = door_open();
    static const char CALL[] =
        "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"%s\",%s},\"latest\",{},%s";
    const char *from = door_account(door, 0);
    const char *name = selector(door, "name()");
    /* Ten wei a gas are below the base fee, and above an overridden one. */
    const struct door_error low = door_refused(door, "eth_call", CALL, from, DOOR_COLLECTION, name,
                                               "\"gasPrice\":\"0xa\"", "{}");
    cr_assert(begins(low.message, "max fee per gas less than block base fee"));
    static const char *const FEES[] = { "{\"baseFeePerGas\":\"0x5\"}", "{\"baseFee\":\"0x5\"}" };
    for (size_t i = 0; i < MM_COUNT_OF(FEES); i++) {
        (void)door_ask(door, "eth_call", CALL, from, DOOR_COLLECTION, name, "\"gasPrice\":\"0xa\"",
                       FEES[i]);
        (void)door_ask(door, "eth_estimateGas", CALL, from, DOOR_COLLECTION, name,
                       "\"gasPrice\":\"0xa\"", FEES[i]);
    }
    /* A lower limit counts, a higher one gives no more than the block has. */
    cr_assert_eq(door_refused(door, "eth_call", CALL, from, DOOR_COLLECTION, name, "\"nonce\":null",
                              "{\"gasLimit\":\"0x5000\"}")
                     .code,
                 -32000);
    /* So much gas could not be paid for. */
    (void)door_ask(door, "eth_call", CALL, from, DOOR_COLLECTION, name,
                   "\"gas\":\"0xffffffffffff\",\"gasPrice\":\"0x77359400\"",
                   "{\"gasLimit\":\"0xffffffffffffff\"}");
    (void)door_ask(door, "eth_call", CALL, from, DOOR_COLLECTION, name, "\"nonce\":null",
                   "{\"number\":\"0x99\",\"time\":\"0xffffffff\",\"prevRandao\":"
                   "\"0x00000000000000000000000000000000000000000000000000000000deadbeef\","
                   "\"feeRecipient\":\"" STRANGER "\",\"difficulty\":\"0x0\",\"coinbase\":null}");
    static const char *const BAD[] = { "{\"number\":5}", "{\"time\":\"x\"}",
                                       "{\"coinbase\":\"0x1\"}", "{\"hash\":\"0x1\"}", "[]" };
    for (size_t i = 0; i < MM_COUNT_OF(BAD); i++)
        cr_assert_eq(door_refused(door, "eth_call", CALL, from, DOOR_COLLECTION, name,
                                  "\"nonce\":null", BAD[i])
                         .code,
                     -32602, "%s", BAD[i]);
    door_close(door);
}

Test(estimate, is_21000_for_a_transfer)
{
    struct door *door = door_open();
    cr_assert_eq(door_number(door_ask(door, "eth_estimateGas",
                                      "{\"from\":\"%s\",\"to\":\"" STRANGER "\",\"value\":\"0x1\"}",
                                      door_account(door, 0))),
                 21000);
    door_close(door);
}

/* Goal: the estimate is enough, and one less is not. */
Test(estimate, is_the_least_that_succeeds)
{
    struct door *door = door_open();
    char data[2 + 2 * 132 + 1];
    (void)snprintf(data, sizeof data, "%s%024d%s%064x%064x%s%050d",
                   selector(door, "mint(address,string)"), 0, door_account(door, 0) + 2, 0x40, 7,
                   "697066733a2f2f", 0);
    const struct json *gas =
        door_ask(door, "eth_estimateGas", "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"%s\"}",
                 door_account(door, 0), DOOR_COLLECTION, data);
    (void)door_ask(
        door, "eth_call", "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"%s\",\"gas\":\"0x%llx\"}",
        door_account(door, 0), DOOR_COLLECTION, data, (unsigned long long)door_number(gas));
    cr_assert_str_eq(
        door_refused(
            door, "eth_call", "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"%s\",\"gas\":\"0x%llx\"}",
            door_account(door, 0), DOOR_COLLECTION, data, (unsigned long long)door_number(gas) - 1)
            .message,
        "out of gas");
    const char *hash = door_string(
        door, door_ask(door, "eth_sendTransaction",
                       "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"%s\",\"gas\":\"%s\"}",
                       door_account(door, 0), DOOR_COLLECTION, data, door_string(door, gas)));
    cr_assert(door_is(
        json_find(door_ask(door, "eth_getTransactionReceipt", "\"%s\"", hash), "status"), "0x1"));
    door_close(door);
}

Test(estimate, says_why_nothing_is_enough)
{
    struct door *door = door_open();
    cr_assert_eq(door_refused(door, "eth_estimateGas", "{\"to\":\"%s\",\"data\":\"%s%064d\"}",
                              DOOR_COLLECTION, selector(door, "ownerOf(uint256)"), 99)
                     .code,
                 3);
    cr_assert_str_eq(door_refused(door, "eth_estimateGas",
                                  "{\"from\":\"" STRANGER "\",\"to\":\"%s\",\"value\":\"0x1\"}",
                                  DOOR_COLLECTION)
                         .message,
                     "insufficient funds for transfer");
    cr_assert_str_eq(door_refused(door, "eth_estimateGas",
                                  "{\"to\":\"%s\",\"data\":\"%s\",\"gas\":\"0x5300\"}",
                                  DOOR_COLLECTION, selector(door, "name()"))
                         .message,
                     "gas required exceeds allowance (21248)");
    door_close(door);
}

/* ---- signatures ---- */

static void recover(struct door *door, mm_addr *signer, const char *signature,
                    const mm_hash32 *digest)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    struct secp_signature parsed;
    (void)door;
    cr_assert(hex_read_fixed(bytes, sizeof bytes, mm_bytes_str(signature)));
    cr_assert(bytes[64] == 27 || bytes[64] == 28);
    bytes[64] = (uint8_t)(bytes[64] - 27);
    cr_assert(secp_signature_from_bytes(&parsed, bytes));
    cr_assert(secp_recover(signer, &parsed, digest, SECP_LOW_S));
}

Test(sign, signs_messages_as_wallets_do)
{
    struct door *door = door_open();
    const mm_hash32 digest = keccak256(MM_BYTES_LIT("\x19"
                                                    "Ethereum Signed Message:\n5hello"));
    const char *signatures[] = {
        door_string(
            door, door_ask(door, "personal_sign", "\"hello\",\"%s\",\"\"", door_account(door, 2))),
        door_string(door, door_ask(door, "personal_sign", "\"0x68656c6c6f\",\"%s\"",
                                   door_account(door, 2))),
        door_string(door,
                    door_ask(door, "eth_sign", "\"%s\",\"0x68656c6c6f\"", door_account(door, 2))),
    };
    for (size_t i = 0; i < MM_COUNT_OF(signatures); i++) {
        mm_addr signer;
        recover(door, &signer, signatures[i], &digest);
        cr_assert(mm_addr_equal(&signer, &door->chain.accounts[2].addr));
    }
    cr_assert_str_eq(door_refused(door, "personal_sign", "\"x\",\"" STRANGER "\"").message,
                     "unknown account");
    door_close(door);
}

/* EIP-712, the example of its text: "Ether Mail". */
static const char MAIL[] =
    "{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"version\","
    "\"type\":\"string\"},{\"name\":\"chainId\",\"type\":\"uint256\"},{\"name\":"
    "\"verifyingContract\",\"type\":\"address\"}],\"Person\":[{\"name\":\"name\",\"type\":"
    "\"string\"},{\"name\":\"wallet\",\"type\":\"address\"}],\"Mail\":[{\"name\":\"from\",\"type\":"
    "\"Person\"},{\"name\":\"to\",\"type\":\"Person\"},{\"name\":\"contents\",\"type\":\"string\"}]"
    "},\"primaryType\":\"Mail\",\"domain\":{\"name\":\"Ether Mail\",\"version\":\"1\",\"chainId\":"
    "1,\"verifyingContract\":\"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC\"},\"message\":{\"from\":"
    "{\"name\":\"Cow\",\"wallet\":\"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826\"},\"to\":{\"name\":"
    "\"Bob\",\"wallet\":\"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB\"},\"contents\":\"Hello, "
    "Bob!\"}}";

static const char *digest_text(struct mm_arena *arena, char out[65], const char *text)
{
    struct json value;
    mm_hash32 digest;
    cr_assert_eq(json_parse(arena, &value, mm_bytes_str(text), NULL, NULL), JSON_OK, "%s", text);
    const char *reason = typed_data_digest(arena, &digest, &value);
    hex_encode(out, mm_bytes_hash(&digest));
    out[64] = '\0';
    return reason;
}

Test(typed_data, gives_the_digest_of_the_specification)
{
    struct mm_arena arena;
    char digest[65];
    mm_arena_init(&arena, 1 << 24);
    cr_assert_null(digest_text(&arena, digest, MAIL));
    cr_assert_str_eq(digest, "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    mm_arena_fini(&arena);
}

Test(typed_data, is_signed_as_object_and_as_text)
{
    struct door *door = door_open();
    char digest[65];
    mm_hash32 hash;
    mm_addr signer;
    struct mm_buf quoted;
    mm_buf_init(&quoted, 1 << 20);
    struct json_writer w = json_writer_over(&quoted);
    json_add_text(&w, MAIL);
    const char *text = mm_arena_text(&door->arena, mm_buf_bytes(&quoted));
    mm_buf_fini(&quoted);
    cr_assert_null(digest_text(&door->arena, digest, MAIL));
    cr_assert(hex_decode(hash.b, mm_bytes_from(digest, 64)));
    const char *signatures[] = {
        door_string(
            door, door_ask(door, "eth_signTypedData_v4", "\"%s\",%s", door_account(door, 1), MAIL)),
        door_string(door,
                    door_ask(door, "eth_signTypedData", "\"%s\",%s", door_account(door, 1), text)),
    };
    for (size_t i = 0; i < 2; i++) {
        recover(door, &signer, signatures[i], &hash);
        cr_assert(mm_addr_equal(&signer, &door->chain.accounts[1].addr));
    }
    door_close(door);
}

#define TYPED(fields, message)                                                                     \
    "{\"types\":{\"EIP712Domain\":[],\"T\":[" fields "]},\"primaryType\":\"T\",\"domain\":{},"     \
    "\"message\":" message "}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"

Test(typed_data, checks_values_against_their_types)
{
    static const struct {
        const char *data;
        const char *reason; /* NULL: fine */
    } CASES[] = {
        { TYPED(FIELD("a", "uint8"), "{\"a\":255}"), NULL },
        { TYPED(FIELD("a", "uint8"), "{\"a\":256}"), "a number does not fit its type" },
        { TYPED(FIELD("a", "uint8"), "{\"a\":-1}"), "a number does not fit its type" },
        { TYPED(FIELD("a", "int8"), "{\"a\":-128}"), NULL },
        { TYPED(FIELD("a", "int8"), "{\"a\":\"-129\"}"), "a number does not fit its type" },
        { TYPED(FIELD("a", "int8"), "{\"a\":128}"), "a number does not fit its type" },
        { TYPED(FIELD("a", "uint256"), "{\"a\":\"0xff\"}"), NULL },
        { TYPED(FIELD("a", "uint256"), "{\"a\":1.5}"),
          "a number is not a whole number of at most 256 bits" },
        { TYPED(FIELD("a", "uint7"), "{\"a\":1}"), "a member's type is not known" },
        { TYPED(FIELD("a", "bytes4"), "{\"a\":\"0x01020304\"}"), NULL },
        { TYPED(FIELD("a", "bytes4"), "{\"a\":\"0x0102\"}"),
          "bytes of another length than their type says" },
        { TYPED(FIELD("a", "bool"), "{\"a\":1}"), "a boolean is neither true nor false" },
        { TYPED(FIELD("a", "uint8[2]"), "{\"a\":[1,2]}"), NULL },
        { TYPED(FIELD("a", "uint8[2]"), "{\"a\":[1]}"),
          "an array of another length than its type says" },
        { TYPED(FIELD("a", "uint8[2][]"), "{\"a\":[[1,2],[3,4],[5,6]]}"), NULL },
        { TYPED(FIELD("a", "uint8[x]"), "{\"a\":[]}"), "a member's type is not well-formed" },
        { TYPED(FIELD("a", "T"), "{\"a\":null}"), NULL },
        { TYPED(FIELD("a", "T"), "{\"a\":{\"a\":{\"a\":null}}}"), NULL },
        { TYPED(FIELD("a", "T[]"), "{\"a\":[{\"a\":[]},{\"a\":[]}]}"), NULL },
        { TYPED(FIELD("a", "string"), "{}"), "a member is missing" },
        { TYPED(FIELD("a b", "string"), "{}"), "a member's name is no identifier" },
        { "{\"types\":{\"EIP712Domain\":[]},\"primaryType\":\"EIP712Domain\",\"domain\":{}}",
          NULL },
        { "{\"types\":{},\"primaryType\":\"T\",\"domain\":{}}", "types have no EIP712Domain" },
        { "{\"types\":{\"uint8\":[]}}", "a type's name is no identifier of its own" },
        { "[]", "typed data is not an object" },
    };
    struct mm_arena arena;
    char digest[65];
    mm_arena_init(&arena, 1 << 24);
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const char *reason = digest_text(&arena, digest, CASES[i].data);
        if (CASES[i].reason == NULL)
            cr_assert_null(reason, "%s: %s", CASES[i].data, reason);
        else
            cr_assert(reason != NULL && strcmp(reason, CASES[i].reason) == 0, "%s: %s",
                      CASES[i].data, reason == NULL ? "accepted" : reason);
    }
    mm_arena_fini(&arena);
}

Test(sign, signs_a_transaction_without_sending_it)
{
    struct door *door = door_open();
    const struct json *signed_tx = door_ask(
        door, "eth_signTransaction", "{\"from\":\"%s\",\"to\":\"" STRANGER "\",\"value\":\"0x5\"}",
        door_account(door, 0));
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 0);
    const char *raw = door_member(door, signed_tx, "raw");
    const char *hash = door_string(door, door_ask(door, "eth_sendRawTransaction", "\"%s\"", raw));
    cr_assert(door_is(json_find(json_find(signed_tx, "tx"), "hash"), hash));
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\""), "0x5"));
    cr_assert_str_eq(door_refused(door, "eth_sendTransaction",
                                  "{\"from\":\"" STRANGER "\",\"to\":\"" STRANGER "\"}")
                         .message,
                     "unknown account");
    door_close(door);
}

Test(sign, sends_no_transaction_that_it_would_not_take)
{
    struct door *door = door_open();
    const size_t digits = 2 * (MM_TX_BYTES_MAX + 1);
    char *data = mm_arena_alloc(&door->arena, digits + 1);
    memset(data, '0', digits);
    data[digits] = '\0';
    const struct door_error error = door_refused(
        door, "eth_sendTransaction", "{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"0x%s\"}",
        door_account(door, 0), STRANGER, data);
    cr_assert_eq(error.code, -32000);
    cr_assert(begins(error.message, "oversized data"), "%s", error.message);
    door_close(door);
}

/* ---- control ---- */

Test(control, edits_are_seen_at_latest_and_are_in_the_next_block)
{
    struct door *door = door_open();
    (void)door_ask(door, "hardhat_setBalance", "\"" STRANGER "\",\"0x77\"");
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\""), "0x77"));
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\",\"0x0\""), "0x0"));
    (void)door_ask(door, "anvil_setNonce", "\"" STRANGER "\",\"0x9\"");
    (void)door_ask(door, "hardhat_setStorageAt", "\"%s\",\"0x500\",\"0x%064d\"", DOOR_COLLECTION,
                   12);
    (void)door_ask(door, "evm_mine", " ");
    cr_assert(door_is(door_ask(door, "eth_getBalance", "\"" STRANGER "\",\"0x1\""), "0x77"));
    cr_assert(door_is(door_ask(door, "eth_getTransactionCount", "\"" STRANGER "\""), "0x9"));
    cr_assert(door_is(door_ask(door, "eth_getStorageAt", "\"%s\",\"0x500\"", DOOR_COLLECTION),
                      "0x0000000000000000000000000000000000000000000000000000000000000012"));
    door_close(door);
}

Test(control, moves_the_clock)
{
    struct door *door = door_open();
    cr_assert_eq(door_ask(door, "evm_increaseTime", "\"0x64\"")->kind, JSON_NUMBER);
    (void)door_ask(door, "evm_mine", " ");
    const uint64_t time =
        door_number(json_find(door_ask(door, "eth_getBlockByNumber", "\"latest\""), "timestamp"));
    cr_assert_eq(time, CHAIN_FIXTURE_TIME + 100);
    (void)door_ask(door, "evm_setNextBlockTimestamp", "%d", CHAIN_FIXTURE_TIME + 5000);
    (void)door_ask(door, "evm_mine", " ");
    cr_assert_eq(
        door_number(json_find(door_ask(door, "eth_getBlockByNumber", "\"latest\""), "timestamp")),
        CHAIN_FIXTURE_TIME + 5000);
    cr_assert_eq(door_refused(door, "evm_setNextBlockTimestamp", "5").code, -32602);
    cr_assert_eq(door_refused(door, "evm_increaseTime", "\"0xffffffffffffffff\"").code, -32602);
    (void)door_ask(door, "evm_mine", "{\"blocks\":3}");
    (void)door_ask(door, "anvil_mine", "2,10");
    cr_assert_eq(door_number(door_ask(door, "eth_blockNumber", " ")), 7);
    door_close(door);
}

Test(node, says_who_it_is)
{
    struct door *door = door_open();
    cr_assert(door_is(door_ask(door, "web3_clientVersion", " "), "mintmark/test"));
    cr_assert(door_is(door_ask(door, "net_version", " "), "31337"));
    cr_assert(door_is(door_ask(door, "web3_sha3", "\"0x68656c6c6f\""),
                      "0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"));
    cr_assert_eq(door_ask(door, "eth_syncing", " ")->kind, JSON_FALSE);
    cr_assert_eq(door_ask(door, "eth_accounts", " ")->count, 10);
    cr_assert(door_is(json_find(door_ask(door, "rpc_modules", " "), "eth"), "1.0"));
    const struct json *info = door_ask(door, "mintmark_nodeInfo", " ");
    const struct json *ports = json_find(info, "ports");
    cr_assert(mm_bytes_equal(json_find(ports, "rpc")->text, MM_BYTES_LIT("8545")));
    cr_assert_eq(json_find(ports, "gateway")->kind, JSON_NULL);
    door_close(door);
}

Test(methods, are_documented_once_each)
{
    for (size_t i = 0; i < rpc_eth_method_count(); i++) {
        const struct rpc_eth_method_doc doc = rpc_eth_method(i);
        bool was_optional = false;
        cr_assert(strchr(doc.name, '_') != NULL);
        for (size_t j = 0; j < doc.param_count; j++) {
            cr_assert(!was_optional || doc.params[j].is_optional); /* the rest is optional too */
            was_optional = doc.params[j].is_optional;
        }
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(doc.name, rpc_eth_method(j).name);
    }
}
