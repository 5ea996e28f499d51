/* A node's chain: out of its folder and its genesis, or made by that. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "contracts-native/natives/natives.h"
#include "node/first_start.h"
#include "node/genesis_default.h"
#include "node/import/chain.h"
#include "node/log/log.h"
#include "node/node_internal.h"
#include "state/base/buf.h"
#include "state/store/kv.h"

enum {
    GENESIS_BYTES_MAX = 64 << 20,
    CHAIN_CACHE_BYTES = 16 << 20,
    CHAIN_WRITE_BUFFER_BYTES = 32 << 20,
};

mm_err node_load_genesis(struct node *node, struct mm_reason *reason)
{
    const struct node_options *options = node->options;
    mm_buf_init(&node->genesis_text, GENESIS_BYTES_MAX);
    if (options->genesis_path != NULL)
        (void)snprintf(node->genesis_path, FILE_PATH_BYTES, "%s", options->genesis_path);
    else if (!options->ephemeral)
        file_path_in(node->genesis_path, options->data_dir, "genesis.json");
    if (node->genesis_path[0] != '\0') {
        const mm_err err = file_read(&node->genesis_text, node->genesis_path, reason);
        if (err != MM_ERR_NOT_FOUND || options->genesis_path != NULL)
            return err;
    }
    node->genesis_path[0] = '\0';
    mm_buf_add(&node->genesis_text, genesis_default());
    return mm_buf_err(&node->genesis_text);
}

static mm_err open_store(const struct node_options *options, struct kv **kv,
                         struct mm_reason *reason)
{
    const struct kv_options kv_options = {
        .families = LEDGER_FAMILIES,
        .family_count = LEDGER_FAMILY_COUNT,
        .cache_bytes = CHAIN_CACHE_BYTES,
        .write_buffer_bytes = CHAIN_WRITE_BUFFER_BYTES,
        .create = true,
        .unsynced = options->no_sync,
    };
    if (options->ephemeral) {
        const mm_err err = kv_open_memory(kv, &kv_options);
        return err == MM_OK ? MM_OK : mm_fail(reason, err, "out of memory");
    }
    char path[FILE_PATH_BYTES];
    MM_TRY(file_make_folder(options->data_dir, reason));
    file_path_in(path, options->data_dir, "chain");
    return kv_open_rocksdb(kv, path, &kv_options, reason);
}

/* What block 0 was made from. It is missing too where the first start ended between the database and this file. */
static mm_err keep_genesis(const struct node *node, bool is_new, struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    file_path_in(path, node->options->data_dir, "genesis.json");
    if (!is_new && access(path, F_OK) == 0)
        return MM_OK;
    return file_replace(path, mm_buf_bytes(&node->genesis_text), reason);
}

/* A development chain has one validator, whose key everybody knows. */
static mm_err check_validators(const struct node *node, struct mm_reason *reason)
{
    const struct validator_set *validators = chain_validators(node->chain);
    const mm_addr sealer = secp_secret_addr(node->keyring.validator);
    if (validators->count == 1 && mm_addr_equal(&validators->addrs[0], &sealer))
        return MM_OK;
    return mm_fail(
        reason, MM_ERR_INVALID,
        "the chain's validator set is not the development validator alone: to take part in its "
        "network, give --validator-key, --peer or --listen");
}

static struct chain_options chain_options_of(const struct node *node)
{
    const struct node_options *options = node->options;
    return (struct chain_options){
        .natives = natives_all(),
        .genesis_text = mm_buf_bytes(&node->genesis_text),
        .genesis_path = node->genesis_path,
        .chain_id = options->chain_id,
        .sealer = node->membership != NULL ? node->membership->validator : node->keyring.validator,
        .ledger = { .proof_window = options->proof_window,
                    .memory_bytes_max = options->cache_bytes },
    };
}

mm_err node_open_chain(struct node *node, struct mm_reason *reason)
{
    const struct node_options *options = node->options;
    const struct chain_options chain_options = chain_options_of(node);
    struct kv *kv = NULL;
    struct chain_opened opened;
    if (options->sync_snapshot) {
        MM_TRY(open_store(options, &kv, reason));
        MM_TRY(first_start(kv, &chain_options, options, node->membership,
                           node_client_version(options), reason));
    }
    MM_TRY(open_store(options, &kv, reason));
    MM_TRY(chain_open(&node->chain, kv, &chain_options, &opened, reason));
    if (opened.replayed > 0)
        log_event(LOG_INFO, "recovered", "blocks=%llu", (unsigned long long)opened.replayed);
    if (!options->ephemeral)
        MM_TRY(keep_genesis(node, opened.is_new, reason));
    return node->membership != NULL ? MM_OK : check_validators(node, reason);
}
