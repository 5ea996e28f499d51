#include "node/node.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "contracts-native/natives/natives.h"
#include "mintmark_version.h"
#include "node/doors.h"
#include "node/genesis_default.h"
#include "node/import/chain.h"
#include "node/keyring.h"
#include "node/log/log.h"
#include "node/pool/pool.h"
#include "node/writer/writer.h"
#include "state/base/buf.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/store/kv.h"

enum {
    PATH_BYTES = 4096,
    GENESIS_BYTES_MAX = 64 << 20,
    CHAIN_CACHE_BYTES = 16 << 20,
    CHAIN_WRITE_BUFFER_BYTES = 16 << 20,
    PROOF_WINDOW_DEFAULT = 1024,
};

struct node {
    const struct node_options *options;
    struct keyring keyring;
    struct mm_buf genesis_text;
    char genesis_path[PATH_BYTES]; /* of that text; empty for the built-in one */
    struct chain *chain;
    struct pool *pool;
    struct writer *writer;
    struct doors *doors;
    struct rpc_backend backend;
    _Atomic(const struct backend_listener *) listener;
    mm_err failure; /* of the writer */
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
    };
}

/* ---- files ---- */

static mm_err make_folder(const char *path, struct mm_reason *reason)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return MM_OK;
    return mm_fail(reason, errno == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO,
                   "cannot make the folder %s: %s", path, strerror(errno));
}

static mm_err read_file(struct mm_buf *out, const char *path, struct mm_reason *reason)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return mm_fail(reason, errno == ENOENT ? MM_ERR_NOT_FOUND : MM_ERR_IO, "cannot read %s: %s",
                       path, strerror(errno));
    mm_err err = MM_OK;
    for (;;) {
        uint8_t piece[16384];
        const ssize_t got = read(file, piece, sizeof piece);
        if (got < 0)
            err = mm_fail(reason, MM_ERR_IO, "cannot read %s: %s", path, strerror(errno));
        if (got <= 0)
            break;
        mm_buf_add(out, mm_bytes_from(piece, (size_t)got));
        if (mm_buf_err(out) != MM_OK) /* too long already: it may have no end at all */
            break;
    }
    (void)close(file);
    MM_TRY(err);
    if (mm_buf_err(out) != MM_OK)
        return mm_fail(reason, MM_ERR_LIMIT, "%s is larger than %d MiB", path,
                       GENESIS_BYTES_MAX >> 20);
    return MM_OK;
}

static mm_err write_file(const char *path, mm_bytes text, struct mm_reason *reason)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return mm_fail(reason, MM_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    const ssize_t written = write(file, text.ptr, text.len);
    const bool is_written = written == (ssize_t)text.len && fsync(file) == 0;
    const int why = errno;
    (void)close(file);
    if (!is_written)
        return mm_fail(reason, why == ENOSPC ? MM_ERR_NO_SPACE : MM_ERR_IO, "cannot write %s: %s",
                       path, strerror(why));
    return MM_OK;
}

static void path_in(char out[PATH_BYTES], const char *folder, const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
}

/* ---- genesis and store ---- */

/* The file that was named; else the one that this data folder was made with; else the default. */
static mm_err load_genesis(struct node *node, struct mm_reason *reason)
{
    const struct node_options *options = node->options;
    mm_buf_init(&node->genesis_text, GENESIS_BYTES_MAX);
    if (options->genesis_path != NULL)
        (void)snprintf(node->genesis_path, PATH_BYTES, "%s", options->genesis_path);
    else if (!options->ephemeral)
        path_in(node->genesis_path, options->data_dir, "genesis.json");
    if (node->genesis_path[0] != '\0') {
        const mm_err err = read_file(&node->genesis_text, node->genesis_path, reason);
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
    char path[PATH_BYTES];
    MM_TRY(make_folder(options->data_dir, reason));
    path_in(path, options->data_dir, "chain");
    return kv_open_rocksdb(kv, path, &kv_options, reason);
}

/* What block 0 was made from, whole or not at all: half a file would be taken for the genesis at the next start. It is missing
 * too where the first start ended between the database and this file. */
static mm_err keep_genesis(const struct node *node, bool is_new, struct mm_reason *reason)
{
    const char *folder = node->options->data_dir;
    char path[PATH_BYTES];
    char beside[PATH_BYTES];
    path_in(path, folder, "genesis.json");
    path_in(beside, folder, "genesis.json.new");
    if (!is_new && access(path, F_OK) == 0)
        return MM_OK;
    MM_TRY(write_file(beside, mm_buf_bytes(&node->genesis_text), reason));
    if (rename(beside, path) != 0)
        return mm_fail(reason, MM_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd); /* its name must last as well; without it the next start writes it again */
        (void)close(fd);
    }
    return MM_OK;
}

static mm_err open_chain(struct node *node, struct mm_reason *reason)
{
    const struct node_options *options = node->options;
    struct kv *kv = NULL;
    struct chain_opened opened;
    MM_TRY(open_store(options, &kv, reason));
    const struct chain_options chain_options = {
        .natives = natives_all(),
        .genesis_text = mm_buf_bytes(&node->genesis_text),
        .genesis_path = node->genesis_path,
        .chain_id = options->chain_id,
        .sealer = node->keyring.validator,
        .ledger = { .proof_window = options->proof_window },
    };
    MM_TRY(chain_open(&node->chain, kv, &chain_options, &opened, reason));
    if (opened.replayed > 0)
        log_event(LOG_INFO, "recovered", "blocks=%llu", (unsigned long long)opened.replayed);
    if (!options->ephemeral)
        MM_TRY(keep_genesis(node, opened.is_new, reason));
    const struct validator_set *validators = chain_validators(node->chain);
    const mm_addr sealer = secp_secret_addr(node->keyring.validator);
    if (validators->count != 1 || !mm_addr_equal(&validators->addrs[0], &sealer))
        return mm_fail(reason, MM_ERR_INVALID,
                       "the chain's validator set is not this node's development validator alone");
    return MM_OK;
}

/* ---- the backend ---- */

static void backend_submit(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome,
                           struct tx *tx)
{
    struct node *node = ctx;
    (void)arena;
    *outcome = (struct submit_outcome){ .hash = tx->hash };
    enum tx_verdict verdict = tx_check(tx, chain_tx_chain_id(node->chain));
    struct ledger_view *view = ledger_acquire(node->backend.ledger);
    const uint64_t gas_limit = ledger_next(view).gas_limit;
    ledger_release(view);
    if (verdict == TX_OK && tx->gas_limit > gas_limit) {
        verdict = TX_BLOCK_GAS;
        outcome->have = u256_from_u64(tx->gas_limit);
        outcome->want = u256_from_u64(gas_limit);
    } else if (verdict == TX_INTRINSIC_GAS) {
        outcome->have = u256_from_u64(tx->gas_limit);
        outcome->want = u256_from_u64(tx_intrinsic_gas(tx));
    } else if (verdict == TX_WRONG_CHAIN) {
        outcome->have = tx->chain_id;
        outcome->want = u256_from_u64(chain_tx_chain_id(node->chain));
    }
    if (verdict == TX_OK && tx->is_impersonated)
        verdict = writer_impersonates(node->writer, &tx->sender) ? TX_OK : TX_SENDER;
    else if (verdict == TX_OK)
        verdict = tx_recover(tx, SECP_LOW_S);
    if (verdict != TX_OK) {
        outcome->verdict = SUBMIT_TX;
        outcome->tx = verdict;
        return;
    }
    bool is_ready = false;
    pool_add(node->pool, outcome, tx, &is_ready);
    const struct backend_listener *listener = atomic_load(&node->listener);
    if (outcome->verdict == SUBMIT_OK && listener != NULL)
        listener->pooled(listener->ctx, tx);
    if (outcome->verdict == SUBMIT_OK && is_ready)
        outcome->ticket = writer_wake(node->writer);
}

static bool backend_settle(void *ctx, uint64_t ticket, void (*done)(void *arg), void *arg)
{
    return writer_settle(((struct node *)ctx)->writer, ticket, done, arg);
}

static bool backend_pool_find(void *ctx, struct mm_arena *arena, struct tx *tx,
                              const mm_hash32 *hash)
{
    return pool_find(((struct node *)ctx)->pool, arena, tx, hash);
}

static uint64_t backend_pool_nonce(void *ctx, const mm_addr *addr, uint64_t state_nonce)
{
    return pool_nonce(((struct node *)ctx)->pool, addr, state_nonce);
}

static mm_err backend_pool_list(void *ctx, struct mm_arena *arena, const struct tx **txs,
                                const bool **is_queued, size_t *count)
{
    return pool_list(((struct node *)ctx)->pool, arena, txs, is_queued, count);
}

static mm_err backend_control(void *ctx, const struct control *control, uint64_t *ticket,
                              struct mm_reason *reason)
{
    return writer_control(((struct node *)ctx)->writer, control, ticket, reason);
}

static bool backend_pool_drop(void *ctx, const mm_hash32 *hash)
{
    return pool_drop(((struct node *)ctx)->pool, hash);
}

static void backend_pool_drop_all(void *ctx)
{
    pool_drop_all(((struct node *)ctx)->pool);
}

static uint64_t backend_chain_id(void *ctx)
{
    return chain_tx_chain_id(((struct node *)ctx)->chain);
}

static void backend_settings_of(void *ctx, struct backend_settings *settings)
{
    struct node *node = ctx;
    writer_settings(node->writer, settings, &node->backend.coinbase);
}

static bool backend_impersonates(void *ctx, const mm_addr *addr)
{
    return writer_impersonates(((struct node *)ctx)->writer, addr);
}

static void backend_listen(void *ctx, const struct backend_listener *listener)
{
    struct node *node = ctx;
    atomic_store(&node->listener, listener);
}

static void backend_counts(void *ctx, struct backend_counts *counts)
{
    const struct node *node = ctx;
    writer_counts(node->writer, &counts->blocks, &counts->txs);
    pool_counts(node->pool, &counts->ready, &counts->queued);
}

static uint64_t backend_now(void *ctx)
{
    return writer_now(((struct node *)ctx)->writer);
}

/* Signing with the node's public development keys is for those on this machine. */
static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0;
}

static void fill_backend(struct node *node)
{
    const struct node_options *options = node->options;
    node->backend = (struct rpc_backend){
        .ctx = node,
        .ledger = chain_ledger(node->chain),
        .natives = chain_natives(node->chain),
        .client_version = options->client_version != NULL ? options->client_version
                                                          : "mintmark/" MINTMARK_VERSION
                                                            "-" MINTMARK_COMMIT,
        .is_dev = options->allow_unlocked || is_loopback(options->host),
        .coinbase = secp_secret_addr(node->keyring.validator),
        .accounts = node->keyring.accounts,
        .account_count = KEYRING_ACCOUNTS,
        .started_at = (uint64_t)time(NULL),
        .submit = backend_submit,
        .settle = backend_settle,
        .pool_find = backend_pool_find,
        .pool_nonce = backend_pool_nonce,
        .pool_list = backend_pool_list,
        .pool_drop = backend_pool_drop,
        .pool_drop_all = backend_pool_drop_all,
        .control = backend_control,
        .chain_id = backend_chain_id,
        .settings = backend_settings_of,
        .impersonates = backend_impersonates,
        .listen = backend_listen,
        .counts = backend_counts,
        .now = backend_now,
    };
}

/* ---- start and end ---- */

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
}

static void going_back(void *ctx, uint64_t block_num)
{
    struct node *node = ctx;
    const struct backend_listener *listener = atomic_load(&node->listener);
    if (listener != NULL)
        listener->going_back(listener->ctx, block_num);
}

static mm_err start(struct node *node, struct mm_reason *reason)
{
    if (keyring_init(&node->keyring) != MM_OK)
        return mm_fail(reason, MM_ERR_CRYPTO,
                       "the development keys cannot be derived: no locked memory?");
    MM_TRY(open_chain(node, reason));
    node->pool = pool_new(chain_ledger(node->chain));
    if (node->pool == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    fill_backend(node);
    const struct writer_options writer_options = {
        .chain = node->chain,
        .pool = node->pool,
        .block_time_ms = node->options->block_time_ms,
        .failed = writer_failed,
        .head_moved = head_moved,
        .going_back = going_back,
        .ctx = node,
    };
    if (writer_start(&node->writer, &writer_options) != MM_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "the writer's threads cannot be started");
    return doors_open(&node->doors, &node->backend, node->options, reason);
}

static mm_err end(struct node *node)
{
    /* Doors first, so that nothing new comes in while the writer still answers those who wait. */
    doors_stop(node->doors);
    writer_stop(node->writer);
    doors_free(node->doors);
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
        log_event(LOG_INFO, "signing and dev control are off: the node listens beyond loopback",
                  NULL);
}

static mm_err write_ready_file(const struct node *node, struct mm_reason *reason)
{
    if (node->options->ready_file == NULL)
        return MM_OK;
    char line[256];
    const int len = snprintf(
        line, sizeof line, "{\"pid\":%ld,\"rpc\":%u,\"gateway\":%u,\"api\":%u}\n", (long)getpid(),
        node->backend.ports.rpc, node->backend.ports.gateway, node->backend.ports.api);
    return write_file(node->options->ready_file, mm_bytes_from(line, (size_t)len), reason);
}

int node_run(const struct node_options *options)
{
    struct node node = { .options = options };
    struct mm_reason reason = { "" };
    sigset_t signals;
    log_init(options->log_format, options->quiet);
    /* Before signals are kept for later: what it reads from may never end, and Ctrl-C must. */
    mm_err err = load_genesis(&node, &reason);
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
    if (err == MM_OK) {
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
