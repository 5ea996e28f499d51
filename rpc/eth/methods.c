/* The one table of methods. */
#include "rpc/eth/handlers.h"

#define ADDR(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_ADDR, false                                                                \
    }
#define HASH(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_HASH, false                                                                \
    }
#define DATA(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_DATA, false                                                                \
    }
#define COUNT(name)                                                                                \
    {                                                                                              \
        name, ETH_PARAM_COUNT, false                                                               \
    }
#define OPTIONAL_COUNT(name)                                                                       \
    {                                                                                              \
        name, ETH_PARAM_COUNT, true                                                                \
    }
#define QUANTITY(name)                                                                             \
    {                                                                                              \
        name, ETH_PARAM_QUANTITY, false                                                            \
    }
#define FLAG(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_BOOL, false                                                                \
    }
#define OPTIONAL_FLAG(name)                                                                        \
    {                                                                                              \
        name, ETH_PARAM_BOOL, true                                                                 \
    }
#define BLOCK(name)                                                                                \
    {                                                                                              \
        name, ETH_PARAM_BLOCK, false                                                               \
    }
#define AT                                                                                         \
    {                                                                                              \
        "block", ETH_PARAM_BLOCK_REF, true                                                         \
    }
#define BLOCK_REF(name)                                                                            \
    {                                                                                              \
        name, ETH_PARAM_BLOCK_REF, false                                                           \
    }
#define HEIGHT(name)                                                                               \
    {                                                                                              \
        name, ETH_PARAM_HEIGHT, false                                                              \
    }
#define OPTIONAL_HEIGHT(name)                                                                      \
    {                                                                                              \
        name, ETH_PARAM_HEIGHT, true                                                               \
    }
#define SLOT(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_SLOT, false                                                                \
    }
#define TEXT(name)                                                                                 \
    {                                                                                              \
        name, ETH_PARAM_TEXT, false                                                                \
    }
#define OPTIONAL_TEXT(name)                                                                        \
    {                                                                                              \
        name, ETH_PARAM_TEXT, true                                                                 \
    }
#define OBJECT(name)                                                                               \
    {                                                                                              \
        name, ETH_PARAM_OBJECT, false                                                              \
    }
#define OPTIONAL_OBJECT(name)                                                                      \
    {                                                                                              \
        name, ETH_PARAM_OBJECT, true                                                               \
    }
#define ARRAY(name)                                                                                \
    {                                                                                              \
        name, ETH_PARAM_ARRAY, false                                                               \
    }
#define OPTIONAL_ARRAY(name)                                                                       \
    {                                                                                              \
        name, ETH_PARAM_ARRAY, true                                                                \
    }
#define ANY(name)                                                                                  \
    {                                                                                              \
        name, ETH_PARAM_ANY, false                                                                 \
    }
#define OPTIONAL_ANY(name)                                                                         \
    {                                                                                              \
        name, ETH_PARAM_ANY, true                                                                  \
    }

enum {
    SIGNS = ETH_DEV | ETH_GUARDED,
    CONTROLS = ETH_DEV | ETH_GUARDED,
};

const struct eth_method ETH_METHODS[] = {
    /* node */
    { "web3_clientVersion", handle_web3_client_version, 0, { { 0 } } },
    { "web3_sha3", handle_web3_sha3, 0, { DATA("data") } },
    { "net_version", handle_net_version, 0, { { 0 } } },
    { "net_listening", handle_net_listening, 0, { { 0 } } },
    { "net_peerCount", handle_net_peer_count, 0, { { 0 } } },
    { "rpc_modules", handle_rpc_modules, 0, { { 0 } } },
    { "eth_chainId", handle_eth_chain_id, 0, { { 0 } } },
    { "eth_syncing", handle_eth_syncing, 0, { { 0 } } },
    { "eth_accounts", handle_eth_accounts, 0, { { 0 } } },
    { "eth_requestAccounts", handle_eth_accounts, 0, { { 0 } } },
    { "personal_listAccounts", handle_eth_accounts, ETH_DEV, { { 0 } } },
    { "eth_coinbase", handle_eth_coinbase, 0, { { 0 } } },
    { "eth_protocolVersion", handle_eth_protocol_version, 0, { { 0 } } },
    { "eth_mining", handle_eth_mining, 0, { { 0 } } },
    { "eth_hashrate", handle_eth_hashrate, 0, { { 0 } } },
    { "eth_config", handle_eth_config, 0, { { 0 } } },
    { "eth_capabilities", handle_eth_capabilities, 0, { { 0 } } },
    { "admin_nodeInfo", handle_admin_node_info, 0, { { 0 } } },
    { "admin_peers", handle_admin_peers, 0, { { 0 } } },

    /* consensus */
    { "qbft_getValidators", handle_qbft_validators, 0, { AT } },
    { "qbft_getCertificate", handle_qbft_certificate, 0, { BLOCK_REF("block") } },
    { "qbft_status", handle_qbft_status, 0, { { 0 } } },
    { "qbft_getEvidence", handle_qbft_evidence, 0, { { 0 } } },
    { "mintmark_nodeInfo", handle_node_info, 0, { { 0 } } },

    /* blocks */
    { "eth_blockNumber", handle_eth_block_number, 0, { { 0 } } },
    { "eth_getBlockByNumber",
      handle_eth_get_block_by_number,
      0,
      { BLOCK("block"), OPTIONAL_FLAG("hydrated") } },
    { "eth_getBlockByHash",
      handle_eth_get_block_by_hash,
      0,
      { HASH("hash"), OPTIONAL_FLAG("hydrated") } },
    { "eth_getHeaderByNumber", handle_eth_get_header_by_number, 0, { BLOCK("block") } },
    { "eth_getHeaderByHash", handle_eth_get_header_by_hash, 0, { HASH("hash") } },
    { "eth_getBlockTransactionCountByNumber",
      handle_eth_tx_count_by_number,
      0,
      { BLOCK("block") } },
    { "eth_getBlockTransactionCountByHash", handle_eth_tx_count_by_hash, 0, { HASH("hash") } },
    { "eth_getUncleCountByBlockNumber", handle_eth_uncle_count_by_number, 0, { BLOCK("block") } },
    { "eth_getUncleCountByBlockHash", handle_eth_uncle_count_by_hash, 0, { HASH("hash") } },
    { "eth_getUncleByBlockNumberAndIndex",
      handle_eth_uncle_by_number,
      0,
      { BLOCK("block"), COUNT("index") } },
    { "eth_getUncleByBlockHashAndIndex",
      handle_eth_uncle_by_hash,
      0,
      { HASH("hash"), COUNT("index") } },
    { "eth_getBlockReceipts", handle_eth_get_block_receipts, 0, { BLOCK_REF("block") } },
    { "erigon_getHeaderByNumber", handle_eth_get_header_by_number, 0, { HEIGHT("block") } },
    { "debug_getRawHeader", handle_debug_raw_header, 0, { BLOCK_REF("block") } },
    { "debug_getRawBlock", handle_debug_raw_block, 0, { BLOCK_REF("block") } },
    { "debug_getRawReceipts", handle_debug_raw_receipts, 0, { BLOCK_REF("block") } },

    /* transactions */
    { "eth_sendRawTransaction", handle_eth_send_raw_transaction, 0, { DATA("transaction") } },
    { "eth_sendRawTransactionSync",
      handle_eth_send_raw_transaction_sync,
      0,
      { DATA("transaction"), OPTIONAL_COUNT("timeout") } },
    { "eth_getTransactionByHash", handle_eth_get_tx_by_hash, 0, { HASH("hash") } },
    { "eth_getTransactionByBlockHashAndIndex",
      handle_eth_get_tx_by_block_hash,
      0,
      { HASH("hash"), COUNT("index") } },
    { "eth_getTransactionByBlockNumberAndIndex",
      handle_eth_get_tx_by_block_number,
      0,
      { BLOCK("block"), COUNT("index") } },
    { "eth_getTransactionBySenderAndNonce",
      handle_eth_get_tx_by_sender_and_nonce,
      0,
      { ADDR("sender"), COUNT("nonce") } },
    { "eth_getTransactionReceipt", handle_eth_get_tx_receipt, 0, { HASH("hash") } },
    { "eth_getRawTransactionByHash", handle_eth_get_raw_tx_by_hash, 0, { HASH("hash") } },
    { "debug_getRawTransaction", handle_debug_raw_transaction, 0, { HASH("hash") } },

    { "debug_traceTransaction",
      handle_debug_trace_transaction,
      0,
      { HASH("hash"), OPTIONAL_OBJECT("options") } },
    { "debug_traceBlockByNumber",
      handle_debug_trace_block_by_number,
      0,
      { BLOCK("block"), OPTIONAL_OBJECT("options") } },
    { "debug_traceBlockByHash",
      handle_debug_trace_block_by_hash,
      0,
      { HASH("hash"), OPTIONAL_OBJECT("options") } },

    { "trace_block", handle_trace_block, 0, { BLOCK_REF("block") } },

    /* state */
    { "eth_call",
      handle_eth_call,
      0,
      { OBJECT("transaction"), AT, OPTIONAL_OBJECT("state overrides"),
        OPTIONAL_OBJECT("block overrides") } },
    { "eth_estimateGas",
      handle_eth_estimate_gas,
      0,
      { OBJECT("transaction"), AT, OPTIONAL_OBJECT("state overrides"),
        OPTIONAL_OBJECT("block overrides") } },
    { "eth_createAccessList",
      handle_eth_create_access_list,
      0,
      { OBJECT("transaction"), AT, OPTIONAL_OBJECT("state overrides") } },
    { "eth_getBalance", handle_eth_get_balance, 0, { ADDR("address"), AT } },
    { "eth_getCode", handle_eth_get_code, 0, { ADDR("address"), AT } },
    { "eth_getStorageAt", handle_eth_get_storage_at, 0, { ADDR("address"), SLOT("slot"), AT } },
    { "eth_getStorageValues", handle_eth_get_storage_values, 0, { OBJECT("requests"), AT } },
    { "eth_getTransactionCount", handle_eth_get_tx_count, 0, { ADDR("address"), AT } },
    { "eth_getAccount", handle_eth_get_account, 0, { ADDR("address"), AT } },
    { "eth_getProof", handle_eth_get_proof, 0, { ADDR("address"), ARRAY("storage keys"), AT } },

    /* AINFT collections */
    { "ainft_getProof",
      handle_ainft_get_proof,
      0,
      { ADDR("collection"), QUANTITY("token"), OPTIONAL_OBJECT("what"), AT } },
    { "ainft_metadata", handle_ainft_metadata, 0, { ADDR("collection"), QUANTITY("token"), AT } },
    { "ainft_verifyHistory",
      handle_ainft_verify_history,
      0,
      { ADDR("collection"), QUANTITY("token"), COUNT("index"), OPTIONAL_TEXT("transcript") } },

    /* fees */
    { "eth_gasPrice", handle_eth_gas_price, 0, { { 0 } } },
    { "eth_maxPriorityFeePerGas", handle_eth_max_priority_fee, 0, { { 0 } } },
    { "eth_baseFee", handle_eth_base_fee, 0, { { 0 } } },
    { "eth_blobBaseFee", handle_eth_blob_base_fee, 0, { { 0 } } },
    { "eth_feeHistory",
      handle_eth_fee_history,
      0,
      { COUNT("block count"), BLOCK("newest block"), OPTIONAL_ARRAY("reward percentiles") } },

    /* logs */
    { "eth_getLogs", handle_eth_get_logs, 0, { OBJECT("filter") } },

    { "eth_newFilter", handle_eth_new_filter, 0, { OBJECT("filter") } },
    { "eth_newBlockFilter", handle_eth_new_block_filter, 0, { { 0 } } },
    { "eth_newPendingTransactionFilter",
      handle_eth_new_pending_filter,
      0,
      { OPTIONAL_FLAG("hydrated") } },
    { "eth_getFilterChanges", handle_eth_get_filter_changes, 0, { ANY("filter id") } },
    { "eth_getFilterLogs", handle_eth_get_filter_logs, 0, { ANY("filter id") } },
    { "eth_subscribe", handle_eth_subscribe, 0, { TEXT("subscription"), OPTIONAL_ANY("options") } },
    { "eth_unsubscribe", handle_eth_unsubscribe, 0, { ANY("subscription id") } },
    { "eth_uninstallFilter", handle_eth_uninstall_filter, 0, { ANY("filter id") } },

    /* signing with the node's keys */
    { "eth_sign", handle_eth_sign, SIGNS, { ADDR("address"), TEXT("message") } },
    { "personal_sign",
      handle_personal_sign,
      SIGNS,
      { TEXT("message"), ADDR("address"), OPTIONAL_TEXT("password") } },
    { "eth_signTypedData_v4",
      handle_eth_sign_typed_data,
      SIGNS,
      { ADDR("address"), ANY("typed data") } },
    { "eth_signTypedData",
      handle_eth_sign_typed_data,
      SIGNS,
      { ADDR("address"), ANY("typed data") } },
    { "eth_sendTransaction", handle_eth_send_transaction, SIGNS, { OBJECT("transaction") } },
    { "eth_signTransaction", handle_eth_sign_transaction, SIGNS, { OBJECT("transaction") } },
    { "eth_fillTransaction", handle_eth_fill_transaction, 0, { OBJECT("transaction") } },

    /* pool */
    { "txpool_status", handle_txpool_status, 0, { { 0 } } },
    { "txpool_content", handle_txpool_content, 0, { { 0 } } },
    { "txpool_contentFrom", handle_txpool_content_from, 0, { ADDR("address") } },
    { "txpool_inspect", handle_txpool_inspect, 0, { { 0 } } },
    { "eth_pendingTransactions", handle_eth_pending_transactions, 0, { { 0 } } },

    /* explorers */
    { "ots_getApiLevel", handle_ots_get_api_level, 0, { { 0 } } },
    { "ots_hasCode", handle_ots_has_code, 0, { ADDR("address"), OPTIONAL_HEIGHT("block") } },
    { "ots_getBlockDetails", handle_ots_get_block_details, 0, { HEIGHT("block") } },
    { "ots_getBlockDetailsByHash", handle_ots_get_block_details_by_hash, 0, { HASH("hash") } },
    { "ots_getBlockTransactions",
      handle_ots_get_block_txs,
      0,
      { HEIGHT("block"), COUNT("page"), COUNT("page size") } },
    { "ots_getTransactionBySenderAndNonce",
      handle_ots_get_tx_by_sender_and_nonce,
      0,
      { ADDR("sender"), COUNT("nonce") } },
    { "ots_searchTransactionsBefore",
      handle_ots_search_txs_before,
      0,
      { ADDR("address"), COUNT("block"), COUNT("page size") } },
    { "ots_searchTransactionsAfter",
      handle_ots_search_txs_after,
      0,
      { ADDR("address"), COUNT("block"), COUNT("page size") } },
    { "ots_getContractCreator", handle_ots_get_contract_creator, 0, { ADDR("address") } },
    { "ots_getTransactionError", handle_ots_get_tx_error, 0, { HASH("hash") } },
    { "ots_getInternalOperations", handle_ots_get_internal_operations, 0, { HASH("hash") } },
    { "ots_traceTransaction", handle_ots_trace_tx, 0, { HASH("hash") } },

    /* control of a development node */
    { "evm_mine", handle_evm_mine, CONTROLS, { OPTIONAL_ANY("time") } },
    { "evm_increaseTime", handle_evm_increase_time, CONTROLS, { COUNT("seconds") } },
    { "evm_setNextBlockTimestamp",
      handle_evm_set_next_block_timestamp,
      CONTROLS,
      { COUNT("timestamp") } },
    { "evm_setAutomine", handle_evm_set_automine, CONTROLS, { FLAG("on") } },
    { "hardhat_mine",
      handle_dev_mine,
      CONTROLS,
      { OPTIONAL_COUNT("blocks"), OPTIONAL_COUNT("seconds between") } },
    { "hardhat_setBalance",
      handle_dev_set_balance,
      CONTROLS,
      { ADDR("address"), QUANTITY("balance") } },
    { "hardhat_setNonce", handle_dev_set_nonce, CONTROLS, { ADDR("address"), COUNT("nonce") } },
    { "hardhat_setStorageAt",
      handle_dev_set_storage_at,
      CONTROLS,
      { ADDR("address"), SLOT("slot"), SLOT("value") } },
    { "evm_snapshot", handle_evm_snapshot, CONTROLS, { { 0 } } },
    { "evm_revert", handle_evm_revert, CONTROLS, { ANY("snapshot id") } },
    { "hardhat_reset", handle_dev_reset, CONTROLS, { OPTIONAL_OBJECT("options") } },
    { "evm_setTime", handle_evm_set_time, CONTROLS, { COUNT("timestamp") } },
    { "hardhat_setBlockTimestampInterval",
      handle_dev_set_timestamp_interval,
      CONTROLS,
      { COUNT("seconds") } },
    { "hardhat_removeBlockTimestampInterval",
      handle_dev_remove_timestamp_interval,
      CONTROLS,
      { { 0 } } },
    { "evm_setIntervalMining", handle_evm_set_interval_mining, CONTROLS, { ANY("milliseconds") } },
    { "anvil_setIntervalMining", handle_anvil_set_interval_mining, CONTROLS, { COUNT("seconds") } },
    { "hardhat_getAutomine", handle_dev_get_automine, CONTROLS, { { 0 } } },
    { "evm_setBlockGasLimit", handle_evm_set_block_gas_limit, CONTROLS, { COUNT("gas limit") } },
    { "hardhat_setCoinbase", handle_dev_set_coinbase, CONTROLS, { ADDR("address") } },
    { "hardhat_setChainId", handle_dev_set_chain_id, CONTROLS, { COUNT("chain id") } },
    { "hardhat_setNextBlockBaseFeePerGas",
      handle_dev_set_next_base_fee,
      CONTROLS,
      { QUANTITY("base fee") } },
    { "hardhat_setPrevRandao", handle_dev_set_prev_randao, CONTROLS, { HASH("prevRandao") } },
    { "hardhat_setNextBlockPrevRandao",
      handle_dev_set_prev_randao,
      CONTROLS,
      { HASH("prevRandao") } },
    { "hardhat_impersonateAccount", handle_dev_impersonate, CONTROLS, { ADDR("address") } },
    { "hardhat_stopImpersonatingAccount",
      handle_dev_stop_impersonating,
      CONTROLS,
      { ADDR("address") } },
    { "hardhat_autoImpersonateAccount", handle_dev_auto_impersonate, CONTROLS, { FLAG("on") } },
    { "hardhat_dropTransaction", handle_dev_drop_transaction, CONTROLS, { HASH("hash") } },
    { "hardhat_dropAllTransactions", handle_dev_drop_all_transactions, CONTROLS, { { 0 } } },
    { "hardhat_metadata", handle_dev_metadata, CONTROLS, { { 0 } } },
    { "hardhat_nodeInfo", handle_dev_node_info, CONTROLS, { { 0 } } },
};
const size_t ETH_METHOD_COUNT = MM_COUNT_OF(ETH_METHODS);
_Static_assert(2 * MM_COUNT_OF(ETH_METHODS) <= ETH_METHOD_SLOTS, "the table stays half empty");
