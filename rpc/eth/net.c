/* web3_, net_, and what eth_ says about the node itself. */
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

bool handle_web3_client_version(struct eth_request *r)
{
    json_add_text(&r->w, r->backend->client_version);
    return true;
}

bool handle_web3_sha3(struct eth_request *r)
{
    const mm_hash32 hash = keccak256(r->args[0].bytes);
    json_add_data(&r->w, mm_bytes_hash(&hash));
    return true;
}

bool handle_net_version(struct eth_request *r)
{
    char digits[U256_DECIMAL_MAX + 1];
    const mm_u256 id = u256_from_u64(eth_chain_id(r));
    (void)u256_to_decimal(digits, &id);
    json_add_text(&r->w, digits);
    return true;
}

/* Each namespace once, at its first method. */
bool handle_rpc_modules(struct eth_request *r)
{
    json_open_object(&r->w);
    for (size_t i = 0; i < ETH_METHOD_COUNT; i++) {
        const mm_bytes module = eth_module_of(&ETH_METHODS[i]);
        if (eth_find_method(r->eth, mm_bytes_str(ETH_METHODS[i].name)) == NULL)
            continue;
        size_t first = 0;
        while (!mm_bytes_equal(eth_module_of(&ETH_METHODS[first]), module) ||
               eth_find_method(r->eth, mm_bytes_str(ETH_METHODS[first].name)) == NULL)
            first++;
        if (first != i)
            continue;
        json_key_bytes(&r->w, module);
        json_add_text(&r->w, "1.0");
    }
    json_close_object(&r->w);
    return true;
}

bool handle_eth_chain_id(struct eth_request *r)
{
    json_add_quantity(&r->w, eth_chain_id(r));
    return true;
}

bool handle_eth_accounts(struct eth_request *r)
{
    json_open_array(&r->w);
    for (size_t i = 0; r->backend->is_dev && i < r->backend->account_count; i++)
        json_add_data(&r->w, mm_bytes_addr(&r->backend->accounts[i].addr));
    json_close_array(&r->w);
    return true;
}

bool handle_eth_coinbase(struct eth_request *r)
{
    struct backend_settings settings;
    r->backend->settings(r->backend->ctx, &settings);
    json_add_data(&r->w, mm_bytes_addr(&settings.coinbase));
    return true;
}

/* ETH/68, the last version of the wire protocol that answered this question. */
bool handle_eth_protocol_version(struct eth_request *r)
{
    json_add_quantity(&r->w, 68);
    return true;
}

bool handle_eth_mining(struct eth_request *r)
{
    json_add_bool(&r->w, false);
    return true;
}

bool handle_eth_hashrate(struct eth_request *r)
{
    json_add_quantity(&r->w, 0);
    return true;
}

static void add_port(struct json_writer *w, const char *key, uint16_t port)
{
    json_key(w, key);
    if (port == 0)
        json_add_null(w);
    else
        json_add_u64(w, port);
}

/* For our own tools: who this is, what its seals name, and where its other doors are. A closed door is null. chainId is for
 * transactions, and dev control may change it; genesisChainId never changes. */
bool handle_node_info(struct eth_request *r)
{
    const mm_hash32 genesis = ledger_genesis_hash(r->backend->ledger);
    json_open_object(&r->w);
    json_key(&r->w, "clientVersion");
    json_add_text(&r->w, r->backend->client_version);
    eth_add_quantity_member(&r->w, "chainId", eth_chain_id(r));
    eth_add_quantity_member(&r->w, "genesisChainId", ledger_chain_id(r->backend->ledger));
    eth_add_hash_member(&r->w, "genesisHash", &genesis);
    eth_add_quantity_member(&r->w, "blockNumber", ledger_head(r->view));
    eth_add_hash_member(&r->w, "blockHash", ledger_head_hash(r->view));
    json_key(&r->w, "development");
    json_add_bool(&r->w, r->backend->is_dev);
    eth_add_quantity_member(&r->w, "startedAt", r->backend->started_at);
    json_key(&r->w, "ports");
    json_open_object(&r->w);
    add_port(&r->w, "rpc", r->backend->ports.rpc);
    add_port(&r->w, "gateway", r->backend->ports.gateway);
    add_port(&r->w, "api", r->backend->ports.api);
    json_close_object(&r->w);
    json_close_object(&r->w);
    return true;
}
