/* What answers the rows of the table (methods.c), by file. */
#ifndef RPC_ETH_HANDLERS_H
#define RPC_ETH_HANDLERS_H

#include "rpc/eth/eth_internal.h"

/* net.c */
eth_method_fn handle_web3_client_version;
eth_method_fn handle_web3_sha3;
eth_method_fn handle_net_version;
eth_method_fn handle_rpc_modules;
eth_method_fn handle_eth_chain_id;
eth_method_fn handle_eth_accounts;
eth_method_fn handle_eth_coinbase;
eth_method_fn handle_eth_protocol_version;
eth_method_fn handle_eth_mining;
eth_method_fn handle_eth_hashrate;
eth_method_fn handle_node_info;
/* network.c */
eth_method_fn handle_net_listening;
eth_method_fn handle_net_peer_count;
eth_method_fn handle_eth_syncing;
eth_method_fn handle_admin_node_info;
eth_method_fn handle_admin_peers;
/* qbft.c */
eth_method_fn handle_qbft_validators;
eth_method_fn handle_qbft_certificate;
eth_method_fn handle_qbft_status;
eth_method_fn handle_qbft_evidence;
/* eth_blocks.c */
eth_method_fn handle_eth_block_number;
eth_method_fn handle_eth_get_block_by_number;
eth_method_fn handle_eth_get_block_by_hash;
eth_method_fn handle_eth_get_header_by_number;
eth_method_fn handle_eth_get_header_by_hash;
eth_method_fn handle_eth_tx_count_by_number;
eth_method_fn handle_eth_tx_count_by_hash;
eth_method_fn handle_eth_uncle_count_by_number;
eth_method_fn handle_eth_uncle_count_by_hash;
eth_method_fn handle_eth_uncle_by_number;
eth_method_fn handle_eth_uncle_by_hash;
eth_method_fn handle_eth_get_block_receipts;
/* debug.c */
eth_method_fn handle_debug_raw_header;
eth_method_fn handle_debug_raw_block;
eth_method_fn handle_debug_raw_receipts;
eth_method_fn handle_debug_raw_transaction;
/* config.c */
eth_method_fn handle_eth_config;
eth_method_fn handle_eth_capabilities;
/* access_list.c */
eth_method_fn handle_eth_create_access_list;
/* sender_nonce.c */
eth_method_fn handle_eth_get_tx_by_sender_and_nonce;
eth_method_fn handle_ots_get_tx_by_sender_and_nonce;
/* ots.c */
eth_method_fn handle_ots_get_api_level;
eth_method_fn handle_ots_has_code;
eth_method_fn handle_ots_get_block_details;
eth_method_fn handle_ots_get_block_details_by_hash;
eth_method_fn handle_ots_get_block_txs;
/* ots_search.c */
eth_method_fn handle_ots_search_txs_before;
eth_method_fn handle_ots_search_txs_after;
/* ots_trace.c */
eth_method_fn handle_ots_get_tx_error;
eth_method_fn handle_ots_get_internal_operations;
eth_method_fn handle_ots_trace_tx;
eth_method_fn handle_ots_get_contract_creator;
/* trace_block.c */
eth_method_fn handle_trace_block;
/* trace.c */
eth_method_fn handle_debug_trace_transaction;
eth_method_fn handle_debug_trace_block_by_number;
eth_method_fn handle_debug_trace_block_by_hash;
/* eth_transactions.c */
eth_method_fn handle_eth_send_raw_transaction;
eth_method_fn handle_eth_send_raw_transaction_sync;
eth_method_fn handle_eth_get_tx_by_hash;
eth_method_fn handle_eth_get_tx_by_block_hash;
eth_method_fn handle_eth_get_tx_by_block_number;
eth_method_fn handle_eth_get_tx_receipt;
eth_method_fn handle_eth_get_raw_tx_by_hash;
/* eth_state.c */
eth_method_fn handle_eth_get_balance;
eth_method_fn handle_eth_get_code;
eth_method_fn handle_eth_get_storage_at;
eth_method_fn handle_eth_get_storage_values;
eth_method_fn handle_eth_get_tx_count;
eth_method_fn handle_eth_get_account;
/* eth_proof.c */
eth_method_fn handle_eth_get_proof;
/* ainft_proof.c */
eth_method_fn handle_ainft_get_proof;
/* ainft_metadata.c */
eth_method_fn handle_ainft_metadata;
/* ainft_verify.c */
eth_method_fn handle_ainft_verify_history;
/* eth_call.c */
eth_method_fn handle_eth_call;
eth_method_fn handle_eth_estimate_gas;
/* eth_fees.c */
eth_method_fn handle_eth_gas_price;
eth_method_fn handle_eth_max_priority_fee;
eth_method_fn handle_eth_base_fee;
eth_method_fn handle_eth_blob_base_fee;
eth_method_fn handle_eth_fee_history;
/* eth_logs.c */
eth_method_fn handle_eth_get_logs;
/* filters.c */
eth_method_fn handle_eth_new_filter;
eth_method_fn handle_eth_new_block_filter;
eth_method_fn handle_eth_new_pending_filter;
eth_method_fn handle_eth_get_filter_changes;
eth_method_fn handle_eth_get_filter_logs;
eth_method_fn handle_eth_uninstall_filter;
/* subscribe.c */
eth_method_fn handle_eth_subscribe;
eth_method_fn handle_eth_unsubscribe;
/* eth_sign.c */
eth_method_fn handle_eth_sign;
eth_method_fn handle_personal_sign;
eth_method_fn handle_eth_sign_typed_data;
/* eth_send.c */
eth_method_fn handle_eth_send_transaction;
eth_method_fn handle_eth_sign_transaction;
eth_method_fn handle_eth_fill_transaction;
/* txpool.c */
eth_method_fn handle_txpool_status;
eth_method_fn handle_txpool_content;
eth_method_fn handle_txpool_content_from;
eth_method_fn handle_txpool_inspect;
eth_method_fn handle_eth_pending_transactions;
/* dev.c */
eth_method_fn handle_evm_set_time;
eth_method_fn handle_dev_set_timestamp_interval;
eth_method_fn handle_dev_remove_timestamp_interval;
eth_method_fn handle_evm_mine;
eth_method_fn handle_evm_increase_time;
eth_method_fn handle_evm_set_next_block_timestamp;
eth_method_fn handle_evm_set_automine;
eth_method_fn handle_dev_mine;
eth_method_fn handle_dev_set_balance;
eth_method_fn handle_dev_set_nonce;
eth_method_fn handle_dev_set_storage_at;
/* control.c */
eth_method_fn handle_evm_snapshot;
eth_method_fn handle_evm_revert;
eth_method_fn handle_dev_reset;
eth_method_fn handle_evm_set_interval_mining;
eth_method_fn handle_anvil_set_interval_mining;
eth_method_fn handle_dev_get_automine;
eth_method_fn handle_dev_impersonate;
eth_method_fn handle_dev_stop_impersonating;
eth_method_fn handle_dev_auto_impersonate;
eth_method_fn handle_dev_set_chain_id;
eth_method_fn handle_dev_set_coinbase;
eth_method_fn handle_dev_set_next_base_fee;
eth_method_fn handle_dev_set_prev_randao;
eth_method_fn handle_evm_set_block_gas_limit;
eth_method_fn handle_dev_drop_transaction;
eth_method_fn handle_dev_drop_all_transactions;
eth_method_fn handle_dev_metadata;
eth_method_fn handle_dev_node_info;

#endif
