#include "node/node.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "mintmark_version.h"
#include "node/first_start.h"
#include "node/import/chain.h"
#include "node/log/log.h"
#include "node/node_internal.h"
#include "state/base/buf.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

enum {
    PROOF_WINDOW_DEFAULT = 1024,
    HEAPS_MIN = 2,
    APART_BYTES = 2 << 20, /* twice the chunks of arenas, which blocks make and free all the time */
};

struct node_options node_options_default(void)
{
    return (struct node_options){
        .data_dir = "mintmark-data",
        .host = "127.0.0.1",
        .port = 8545,
        .gateway_port = 8080,
        .api_port = 5001,
        .proof_window = PROOF_WINDOW_DEFAULT,
        .rpc_threads = 2,
        .collect_every_ms = TEND_COLLECT_DEFAULT_MS,
    };
}

bool node_options_are_local(const struct node_options *options)
{
    return strcmp(options->host, "localhost") == 0 || strncmp(options->host, "127.", 4) == 0 ||
           strcmp(options->host, "::1") == 0;
}

static void writer_failed(void *ctx, mm_err err)
{
    struct node *node = ctx;
    node->failure = err;
    log_event(LOG_ERROR,
              "a block could not be written; stopping. Nothing that was acknowledged is lost",
              "reason=\"%s\"", mm_err_text(err));
    (void)kill(getpid(), SIGTERM);
}

static void head_moved(void *ctx)
{
    struct node *node = ctx;
    const struct backend_listener *listener = atomic_load(&node->listener);
    if (listener != NULL)
        listener->head(listener->ctx);
    tend_head_moved(node->tend);
    if (node->membership != NULL)
        network_tell_head(node->membership->network);
}

static void going_back(void *ctx, uint64_t block_num)
{
    struct node *node = ctx;
    const struct backend_listener *listener = atomic_load(&node->listener);
    if (listener != NULL)
        listener->going_back(listener->ctx, block_num);
}

static mm_err join(struct node *node, struct mm_reason *reason)
{
    const struct membership_chain chain = {
        .ledger = chain_ledger(node->chain),
        .pool = node->pool,
        .domain = chain_seal_domain(node->chain),
        .client = node->backend.client_version,
        .ctx = node,
        .submit = node_submit_of_peer,
    };
    return membership_join(node->membership, node->options, &chain, reason);
}

static mm_err start_writer(struct node *node, struct mm_reason *reason)
{
    struct writer_network network;
    if (node->membership != NULL)
        network = network_of_writer(node->membership->network);
    const struct writer_options options = {
        .chain = node->chain,
        .pool = node->pool,
        .network = node->membership != NULL ? &network : NULL,
        .block_time_ms = node->options->block_time_ms,
        .failed = writer_failed,
        .head_moved = head_moved,
        .going_back = going_back,
        .ctx = node,
    };
    const mm_err err = writer_start(&node->writer, &options);
    if (err == MM_ERR_NO_MEMORY)
        return mm_fail(reason, err, "the writer's threads cannot be started");
    return err == MM_OK
               ? MM_OK
               : mm_fail(reason, err, "the writer cannot be started: %s", mm_err_text(err));
}

static mm_err check_options(const struct node_options *options, struct mm_reason *reason)
{
    if (options->block_time_ms > 0)
        return mm_fail(reason, MM_ERR_INVALID,
                       "--block-time is for a development chain: in a network config.qbft of the "
                       "genesis says it");
    if (options->chain_id > 0)
        return mm_fail(reason, MM_ERR_INVALID,
                       "--chain-id is for a development chain: in a network the genesis says it");
    if (options->no_sync && options->validator_key_path != NULL)
        return mm_fail(reason, MM_ERR_INVALID,
                       "--no-sync is not for a validator: what it signs must be on disk before it "
                       "is sent");
    return MM_OK;
}

static mm_err start(struct node *node, struct mm_reason *reason)
{
    MM_TRY(first_start_check(node->options, reason));
    if (membership_is_wanted(node->options)) {
        MM_TRY(check_options(node->options, reason));
        MM_TRY(membership_new(&node->membership, node->options, reason));
    }
    if (keyring_init(&node->keyring) != MM_OK)
        return mm_fail(reason, MM_ERR_CRYPTO,
                       "the development keys cannot be derived: no locked memory?");
    MM_TRY(node_open_chain(node, reason));
    node->pool = pool_new(chain_ledger(node->chain));
    if (node->pool == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    node_fill_backend(node);
    if (node->membership != NULL)
        MM_TRY(join(node, reason));
    MM_TRY(node_open_content(node, reason)); /* the writer tells it of each head */
    MM_TRY(start_writer(node, reason));
    if (node->membership != NULL) {
        MM_TRY(node_new_replication(node, reason));
        MM_TRY(network_start(node->membership->network, node->writer, reason));
        if (replication_run(node->replication) != MM_OK)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "content cannot be replicated: no thread");
        node_fill_backend_network(node);
    }
    const struct doors_content content = {
        .content = node->content,
        .tend = node->tend,
        .elsewhere = node->replication != NULL ? replication_elsewhere(node->replication) : NULL,
    };
    struct doors_chat chat;
    MM_TRY(node_open_chat(node, &chat, reason));
    return doors_open(&node->doors, &node->backend, &content, &chat, node->options, reason);
}

static mm_err end(struct node *node)
{
    /* Doors first, so that nothing new comes in while the writer still answers those who wait. */
    replication_stop(node->replication); /* first: doors may be waiting for it */
    doors_stop(node->doors);
    if (node->membership != NULL)
        network_stop(node->membership->network);
    writer_stop(node->writer);
    doors_free(node->doors);
    node_close_chat(node);
    node_close_content(node);
    membership_free(node->membership);
    pool_free(node->pool);
    mm_err err = MM_OK;
    if (node->failure == MM_OK)
        err = chain_close(node->chain);
    /* Otherwise the chain is left as it is until the process ends, which is now: closing a RocksDB whose files could not be
     * written ends in an assertion of its own. The next start repeats what is missing. */
    keyring_fini(&node->keyring);
    mm_buf_fini(&node->genesis_text);
    return err;
}

static void announce_membership(const struct node *node)
{
    const struct membership *membership = node->membership;
    const node_id id = network_id(membership->network);
    char hex[2 * sizeof id.b + 1] = "";
    char validator[ADDRESS_TEXT + 1] = "none";
    hex_encode(hex, mm_bytes_from(id.b, sizeof id.b));
    if (membership->validator != NULL) {
        const mm_addr addr = secp_secret_addr(membership->validator);
        address_to_text(validator, &addr);
    }
    log_event(LOG_INFO, "a node among others", "id=%s port=%u validator=%s peers=%zu", hex,
              (unsigned)network_port(membership->network), validator, node->options->peer_count);
}

static void announce(const struct node *node)
{
    struct ledger_view *view = ledger_acquire(node->backend.ledger);
    const uint64_t head = ledger_head(view);
    char data[1024];
    ledger_release(view);
    log_event(LOG_INFO, "mintmark " MINTMARK_VERSION " is ready",
              "rpc=http://%s:%u chain=%llu head=%llu data=%s", node->options->host,
              node->backend.ports.rpc, (unsigned long long)chain_tx_chain_id(node->chain),
              (unsigned long long)head,
              log_value(data, sizeof data,
                        node->options->ephemeral ? "memory" : node->options->data_dir));
    if (node->options->no_sync)
        log_event(LOG_WARN, "blocks are not synced: a crash loses acknowledged transactions", NULL);
    if (!node->backend.is_dev)
        log_event(LOG_INFO, "signing and dev control are off", "reason=\"%s\"",
                  node->membership != NULL ? "a node of a network" : "it listens beyond loopback");
    if (node->membership != NULL)
        announce_membership(node);
}

static mm_err write_ready_file(const struct node *node, struct mm_reason *reason)
{
    if (node->options->ready_file == NULL)
        return MM_OK;
    char line[512];
    char member[256] = "";
    if (node->membership != NULL) {
        const node_id id = network_id(node->membership->network);
        char hex[2 * sizeof id.b + 1] = "";
        hex_encode(hex, mm_bytes_from(id.b, sizeof id.b));
        (void)snprintf(member, sizeof member, ",\"p2p\":%u,\"id\":\"%s\"",
                       (unsigned)network_port(node->membership->network), hex);
    }
    const int len = snprintf(
        line, sizeof line, "{\"pid\":%ld,\"rpc\":%u,\"gateway\":%u,\"api\":%u%s}\n", (long)getpid(),
        node->backend.ports.rpc, node->backend.ports.gateway, node->backend.ports.api, member);
    return file_write(node->options->ready_file, mm_bytes_from(line, (size_t)len), reason);
}

int node_run(const struct node_options *options)
{
    struct node node = { .options = options };
    struct mm_reason reason = { "" };
    sigset_t signals;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    mm_heap_share(cores < HEAPS_MIN ? (size_t)HEAPS_MIN : (size_t)cores);
    mm_heap_set_apart(APART_BYTES);
    log_init(options->log_format, options->quiet);
    /* Before signals are kept for later: what it reads from may never end, and Ctrl-C must. */
    mm_err err = node_load_genesis(&node, &reason);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &signals,
                          NULL); /* before any thread, so that all inherit it */
    (void)signal(SIGPIPE, SIG_IGN);
    if (err == MM_OK)
        err = start(&node, &reason);
    if (err == MM_OK)
        announce(&node); /* before the file: whoever waits for that finds the line in the log */
    if (err == MM_OK)
        err = write_ready_file(&node, &reason);
    if (err == MM_ERR_STOPPED) { /* while the snapshot was fetched */
        log_event(LOG_INFO, "stopping", NULL);
        err = MM_OK;
    } else if (err == MM_OK) {
        int number = 0;
        (void)sigwait(&signals, &number);
        log_event(LOG_INFO, "stopping", NULL);
    } else {
        log_event(LOG_ERROR, reason.text[0] != '\0' ? reason.text : mm_err_text(err), NULL);
    }
    const mm_err end_err = end(&node);
    if (end_err != MM_OK)
        log_event(LOG_ERROR,
                  "the chain could not be closed in order; what was acknowledged is safe",
                  "reason=\"%s\"", mm_err_text(end_err));
    if (node.failure != MM_OK) {
        /* The database is still open (see end), and its threads run: what exit() destroys they may be using. */
        (void)fflush(NULL);
        _exit(1);
    }
    return err == MM_OK && end_err == MM_OK ? 0 : 1;
}
