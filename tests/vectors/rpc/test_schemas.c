/* Answers against the result schemas of the OpenRPC document. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "published.h"
#include "schema.h"
#include "tests/unit/rpc/eth/door.h"

#define STRANGER "\"0xc1cadaffffffffffffffffffffffffffffffffff\""
#define COLLECTION "\"0x6d696e746d61726b000000000000000000000721\""
#define DEV "\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\""

struct spec {
    struct door *door;
    const struct json *document;
};

static const struct json *result_schema(const struct spec *spec, const char *method)
{
    const struct json *methods = json_find(spec->document, "methods");
    for (size_t i = 0; i < methods->count; i++) {
        if (json_is_text(json_find(&methods->items[i], "name"), method))
            return json_find(json_find(&methods->items[i], "result"), "schema");
    }
    cr_assert_fail("the specification has no %s", method);
    return NULL;
}

static void conforms(const struct spec *spec, const char *method, const char *params)
{
    struct schema_problem problem = { { 0 } };
    const struct json *result = door_ask(spec->door, method, "%s", params);
    cr_assert(schema_accepts(spec->document, result_schema(spec, method), result, &problem),
              "%s(%s)%s", method, params, problem.text);
}

static struct spec spec_over(struct door *door)
{
    return (struct spec){ door, published_json(&door->arena, "openrpc/openrpc.json") };
}

/* A block with a transaction of each type, and one that fails. */
static void fill_chain(struct door *door)
{
    const struct tx_access access = { .addr = DEV_COLLECTION };
    struct tx txs[] = {
        { .type = TX_LEGACY, .to = { { 0x11 } } },
        { .type = TX_ACCESS_LIST,
          .to = { { 0x11 } },
          .nonce = 1,
          .gas_limit = 30000,
          .access_list = &access,
          .access_count = 1 },
        { .type = TX_DYNAMIC_FEE, .to = DEV_COLLECTION, .nonce = 2, .gas_limit = 50000 },
    };
    (void)door_ask(door, "evm_setAutomine", "false");
    for (size_t i = 0; i < MM_COUNT_OF(txs); i++)
        (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &txs[i]));
    (void)door_mint(door, 1, "ipfs://x");
    (void)door_ask(door, "evm_mine", " ");
}

Test(schemas, accept_what_is_said_about_the_chain)
{
    static const struct {
        const char *method, *params;
    } ASKED[] = {
        { "eth_blockNumber", " " },
        { "eth_getBlockByNumber", "\"latest\",true" },
        { "eth_getBlockByNumber", "\"latest\",false" },
        { "eth_getBlockByNumber", "\"0x0\",true" },
        { "eth_getBlockByNumber", "\"0x99\",true" },
        { "eth_getBlockReceipts", "\"latest\"" },
        { "eth_getBlockTransactionCountByNumber", "\"latest\"" },
        { "eth_getTransactionByBlockNumberAndIndex", "\"latest\",\"0x0\"" },
        { "eth_getTransactionByBlockNumberAndIndex", "\"latest\",\"0x1\"" },
        { "eth_getTransactionByBlockNumberAndIndex", "\"latest\",\"0x2\"" },
        { "eth_getTransactionByBlockNumberAndIndex", "\"latest\",\"0x9\"" },
        { "debug_getRawBlock", "\"latest\"" },
        { "debug_getRawHeader", "\"latest\"" },
        { "debug_getRawReceipts", "\"latest\"" },
        { "debug_traceBlockByNumber", "\"latest\"" },
        { "debug_traceBlockByNumber", "\"latest\",{\"tracer\":\"callTracer\"}" },
        { "eth_getLogs", "{\"fromBlock\":\"earliest\"}" },
        { "eth_getBalance", DEV },
        { "eth_getCode", COLLECTION },
        { "eth_getCode", DEV },
        { "eth_getStorageAt", COLLECTION ",\"0x0\"" },
        { "eth_getStorageValues", "{" COLLECTION ":[\"0x0\",\"0x1\"]}" },
        { "eth_getTransactionCount", DEV ",\"pending\"" },
        { "eth_getProof", COLLECTION ",[\"0x0\",\"0x99\"],\"latest\"" },
        { "eth_getProof", STRANGER ",[\"0x0\"]" },
        { "eth_call", "{\"to\":" COLLECTION ",\"input\":\"0x06fdde03\"},\"latest\"" },
        { "eth_estimateGas", "{\"to\":" STRANGER ",\"from\":" DEV "}" },
        { "eth_createAccessList", "{\"to\":" COLLECTION ",\"input\":\"0x06fdde03\"},\"latest\"" },
        { "eth_createAccessList", "{\"to\":" COLLECTION ",\"input\":\"0x12345678\"}" },
        { "eth_createAccessList", "{\"to\":" STRANGER "}" },
    };
    struct door *door = door_open();
    const struct spec spec = spec_over(door);
    fill_chain(door);
    for (size_t i = 0; i < MM_COUNT_OF(ASKED); i++)
        conforms(&spec, ASKED[i].method, ASKED[i].params);
    const struct json *block = door_ask(door, "eth_getBlockByNumber", "\"latest\",false");
    char hash[100];
    (void)snprintf(hash, sizeof hash, "\"%s\"", door_member(door, block, "hash"));
    conforms(&spec, "eth_getBlockTransactionCountByHash", hash);
    conforms(&spec, "debug_traceBlockByHash", hash);
    (void)strcat(hash, ",true");
    conforms(&spec, "eth_getBlockByHash", hash);
    const struct json *txs = json_find(block, "transactions");
    cr_assert_eq(txs->count, 4);
    for (size_t i = 0; i < txs->count; i++) {
        (void)snprintf(hash, sizeof hash, "\"%s\"", door_string(door, &txs->items[i]));
        conforms(&spec, "eth_getTransactionByHash", hash);
        conforms(&spec, "eth_getTransactionReceipt", hash);
        conforms(&spec, "debug_getRawTransaction", hash);
        conforms(&spec, "debug_traceTransaction", hash);
    }
    door_close(door);
}

Test(schemas, accept_what_is_said_about_fees_node_and_pool)
{
    static const struct {
        const char *method, *params;
    } ASKED[] = {
        { "eth_chainId", " " },
        { "eth_syncing", " " },
        { "eth_accounts", " " },
        { "eth_coinbase", " " },
        { "net_version", " " },
        { "eth_gasPrice", " " },
        { "eth_maxPriorityFeePerGas", " " },
        { "eth_baseFee", " " },
        { "eth_blobBaseFee", " " },
        { "eth_config", " " },
        { "eth_capabilities", " " },
        { "eth_fillTransaction", "{\"from\":" DEV ",\"to\":" STRANGER "}" },
        { "eth_feeHistory", "\"0x5\",\"latest\",[0,25,99.5]" },
        { "eth_feeHistory", "\"0x1\",\"latest\",[]" },
        { "txpool_status", " " },
        { "txpool_content", " " },
        { "txpool_contentFrom", DEV },
        { "eth_sign", DEV ",\"0x1234\"" },
        { "eth_signTransaction", "{\"from\":" DEV ",\"to\":" STRANGER "}" },
        { "eth_signTransaction",
          "{\"from\":" DEV ",\"to\":" STRANGER ",\"gasPrice\":\"0x77359400\"}" },
        { "eth_signTransaction",
          "{\"from\":" DEV ",\"to\":" STRANGER
          ",\"type\":\"0x1\",\"accessList\":[{\"address\":" STRANGER ",\"storageKeys\":[]}]}" },
        { "eth_sendTransaction", "{\"from\":" DEV ",\"to\":" STRANGER "}" },
    };
    struct door *door = door_open();
    const struct spec spec = spec_over(door);
    fill_chain(door);
    struct tx queued = { .type = TX_DYNAMIC_FEE, .to = { { 0x11 } }, .nonce = 7 };
    struct tx ready = { .type = TX_LEGACY, .to = { { 0x11 } }, .nonce = 3 };
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &queued));
    (void)door_ask(door, "eth_sendRawTransaction", "\"%s\"", door_sign(door, 0, &ready));
    for (size_t i = 0; i < MM_COUNT_OF(ASKED); i++)
        conforms(&spec, ASKED[i].method, ASKED[i].params);
    door_close(door);
}

/* A check that cannot fail checks nothing. */
Test(schemas, refuse_what_is_wrong)
{
    static const struct {
        const char *method, *answer;
    } WRONG[] = {
        { "eth_blockNumber", "\"0x01\"" },
        { "eth_blockNumber", "1" },
        { "eth_syncing", "\"yes\"" },
        { "eth_getTransactionReceipt", "{\"blockHash\":\"0x\"}" },
        { "eth_getBlockByNumber", "{\"number\":\"0x1\"}" },
        { "eth_getLogs", "[{\"transactionHash\":\"0x12\"}]" },
        { "eth_getProof", "{\"address\":\"0x12\"}" },
        { "eth_accounts", "[\"0x12\"]" },
    };
    struct door *door = door_open();
    const struct spec spec = spec_over(door);
    for (size_t i = 0; i < MM_COUNT_OF(WRONG); i++) {
        struct json value;
        struct schema_problem problem = { { 0 } };
        cr_assert_eq(json_parse(&door->arena, &value, mm_bytes_str(WRONG[i].answer), NULL, NULL),
                     JSON_OK);
        cr_assert(
            !schema_accepts(spec.document, result_schema(&spec, WRONG[i].method), &value, &problem),
            "%s %s", WRONG[i].method, WRONG[i].answer);
    }
    door_close(door);
}
