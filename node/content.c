/* The node's content store, and what tends it. */
#include "node/node_internal.h"

static mm_err open_store(struct node *node, struct mm_reason *reason)
{
    const struct node_options *options = node->options;
    char path[FILE_PATH_BYTES] = "";
    if (!options->ephemeral)
        file_path_in(path, options->data_dir, "content");
    const struct content_options content_options = {
        .path = options->ephemeral ? NULL : path,
        .quota_bytes = options->content_quota_bytes,
        .unsynced = options->no_sync,
    };
    return content_open(&node->content, &content_options, reason);
}

mm_err node_open_content(struct node *node, struct mm_reason *reason)
{
    MM_TRY(open_store(node, reason));
    const struct tend_options options = {
        .ledger = chain_ledger(node->chain),
        .natives = chain_natives(node->chain),
        .content = node->content,
        .genesis = chain_genesis(node->chain),
        .collect_every_ms = node->options->collect_every_ms,
        .collect_at_percent = node->options->collect_every_ms == 0 ? 0 : TEND_COLLECT_AT_PERCENT,
    };
    const mm_err err = tend_start(&node->tend, &options);
    return err == MM_OK ? MM_OK : mm_fail(reason, err, "content cannot be tended: out of memory");
}

mm_err node_new_replication(struct node *node, struct mm_reason *reason)
{
    const struct membership *membership = node->membership;
    const mm_addr validator = membership->validator != NULL
                                  ? secp_secret_addr(membership->validator)
                                  : (mm_addr){ { 0 } };
    const struct replication_options options = {
        .ledger = chain_ledger(node->chain),
        .content = node->content,
        .network = membership->network,
        .validator = membership->validator != NULL ? &validator : NULL,
    };
    const mm_err err = replication_new(&node->replication, &options);
    return err == MM_OK ? MM_OK
                        : mm_fail(reason, err, "content cannot be replicated: out of memory");
}

void node_close_content(struct node *node)
{
    replication_free(node->replication);
    tend_stop(node->tend);
    content_close(node->content);
}
