/* Four nodes of a network in one process, each with its writer, its flusher, its network's thread and its links: transactions come
 * in everywhere at once, one node leaves and is back, others look at peers and status meanwhile. Then they come one after the other, each
 * when all is quiet: the writer must hear of each. In the end all have one head. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "node/log/log.h"
#include "node/network/network.h"
#include "state/crypto/keccak.h"
#include "tests/lib/dev_chain.h"
#include "tests/race/check.h"

enum { SEATS = 4, SENDS = 60, QUIET_SENDS = 20, PATIENCE_MS = 120000 };

struct seat {
    struct dev_chain dev;
    struct pool *pool;
    struct node_key *key;
    struct network *network; /* under `lock` while others may look */
    struct writer *writer;
    char address[64];
};

static struct seat seats[SEATS];
static pthread_rwlock_t lock =
    PTHREAD_RWLOCK_INITIALIZER; /* who looks reads, who starts and stops writes */
static atomic_bool is_done;

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 },
                    NULL);
}

/* As the node does it. */
static void submit(void *ctx, struct submit_outcome *outcome, struct tx *tx)
{
    struct seat *seat = ctx;
    bool is_ready = false;
    *outcome = (struct submit_outcome){ .hash = tx->hash };
    outcome->tx = tx_check(tx, 31337);
    if (outcome->tx == TX_OK)
        outcome->tx = tx_recover(tx, SECP_LOW_S);
    if (outcome->tx != TX_OK) {
        outcome->verdict = SUBMIT_TX;
        return;
    }
    pool_add(seat->pool, outcome, tx, &is_ready);
    if (outcome->verdict == SUBMIT_OK && is_ready)
        (void)writer_wake(seat->writer);
}

static void head_moved(void *ctx)
{
    network_tell_head(((struct seat *)ctx)->network);
}

static void failed(void *ctx, mm_err err)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", mm_err_text(err));
    CHECK(false);
}

static void start(size_t index)
{
    struct seat *seat = &seats[index];
    struct mm_reason reason = { "" };
    const char *peers[SEATS];
    size_t peer_count = 0;
    for (size_t i = 0; i < SEATS; i++) {
        if (i != index && seats[i].address[0] != '\0')
            peers[peer_count++] = seats[i].address;
    }
    const struct network_options options = {
        .ledger = chain_ledger(seat->dev.chain),
        .pool = seat->pool,
        .domain = chain_seal_domain(seat->dev.chain),
        .key = seat->key,
        .host = "127.0.0.1",
        .peers = peers,
        .peer_count = peer_count,
        .client = "race",
        .ctx = seat,
        .submit = submit,
    };
    CHECK(network_new(&seat->network, &options, &reason) == MM_OK);
    const struct writer_network network = network_of_writer(seat->network);
    const struct writer_options writer_options = { .chain = seat->dev.chain,
                                                   .pool = seat->pool,
                                                   .network = &network,
                                                   .failed = failed,
                                                   .head_moved = head_moved,
                                                   .ctx = seat };
    CHECK(writer_start(&seat->writer, &writer_options) == MM_OK);
    if (network_start(seat->network, seat->writer, &reason) != MM_OK) {
        (void)fprintf(stderr, "%s\n", reason.text);
        CHECK(false);
    }
    (void)snprintf(seat->address, sizeof seat->address, "127.0.0.1:%u",
                   (unsigned)network_port(seat->network));
}

static void stop(size_t index)
{
    struct seat *seat = &seats[index];
    network_stop(seat->network);
    writer_stop(seat->writer);
    network_free(seat->network);
    seat->network = NULL;
    seat->writer = NULL;
}

static void *look(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_done)) {
        struct network_peer peers[SEATS];
        struct sync_status sync;
        struct writer_standing standing;
        (void)pthread_rwlock_rdlock(&lock);
        for (size_t i = 0; i < SEATS; i++) {
            if (seats[i].network == NULL)
                continue;
            (void)network_peers(seats[i].network, peers, SEATS);
            (void)network_peer_count(seats[i].network);
            network_sync_status(seats[i].network, &sync);
            writer_standing(seats[i].writer, &standing);
        }
        (void)pthread_rwlock_unlock(&lock);
        pause_ms(2);
    }
    return NULL;
}

/* A sender of its own at each seat. */
static void send(size_t index, uint64_t nonce)
{
    struct seat *seat = &seats[index];
    struct submit_outcome outcome;
    mm_arena_reset(&seat->dev.arena);
    struct tx tx =
        dev_chain_tx(&seat->dev, index, nonce, &seat->dev.addrs[9], 1, (mm_bytes){ NULL, 0 });
    if (seat->network == NULL)
        return;
    submit(seat, &outcome, &tx);
    if (outcome.verdict == SUBMIT_OK)
        network_tell_tx(seat->network, &outcome.hash);
}

static uint64_t nonce_of(const struct seat *seat, size_t sender)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(seat->dev.chain));
    struct ledger_state state;
    struct account account = { .nonce = 0 };
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = keccak256(mm_bytes_addr(&seat->dev.addrs[sender]));
    const mm_err err = exec_view.account(exec_view.ctx, &account, &key);
    CHECK(err == MM_OK || err == MM_ERR_NOT_FOUND);
    ledger_state_fini(&state);
    ledger_release(view);
    return account.nonce;
}

static bool has_all(const struct seat *seat, uint64_t nonce)
{
    for (size_t i = 0; i < 3; i++) {
        if (nonce_of(seat, i) < nonce)
            return false;
    }
    return true;
}

static void await_all(uint64_t nonce)
{
    for (size_t i = 0; i < SEATS; i++) {
        int ms = 0;
        while (!has_all(&seats[i], nonce) && ms < PATIENCE_MS) {
            pause_ms(5);
            ms += 5;
        }
        CHECK(has_all(&seats[i], nonce));
    }
}

int main(void)
{
    pthread_t looker;
    log_init(NODE_LOG_TEXT, true);
    for (size_t i = 0; i < SEATS; i++) {
        uint8_t seed[NODE_KEY_SEED_BYTES] = { (uint8_t)(i + 1) };
        dev_chain_init_council(&seats[i].dev, DEV_MEMORY, SEATS, i);
        seats[i].pool = pool_new(chain_ledger(seats[i].dev.chain));
        CHECK(seats[i].pool != NULL && node_key_new(&seats[i].key, seed) == MM_OK);
        start(i);
    }
    CHECK(pthread_create(&looker, NULL, look, NULL) == 0);
    for (uint64_t nonce = 0; nonce < SENDS; nonce++) {
        for (size_t i = 0; i < 3; i++)
            send(i, nonce);
        pause_ms(10);
        if (nonce == SENDS / 3) {
            (void)pthread_rwlock_wrlock(&lock);
            stop(3);
            (void)pthread_rwlock_unlock(&lock);
        } else if (nonce == 2 * SENDS / 3) {
            (void)pthread_rwlock_wrlock(&lock);
            start(3);
            (void)pthread_rwlock_unlock(&lock);
        }
    }
    await_all(SENDS);
    for (uint64_t nonce = SENDS; nonce < SENDS + QUIET_SENDS; nonce++) {
        for (size_t i = 0; i < 3; i++)
            send(i, nonce);
        await_all(nonce + 1);
    }
    atomic_store(&is_done, true);
    (void)pthread_join(looker, NULL);
    for (size_t i = 0; i < SEATS; i++)
        stop(i);
    for (size_t i = 0; i < SEATS; i++) {
        CHECK(dev_chain_check(&seats[i].dev, CHAIN_CHECK_REPLAY) == 0);
        pool_free(seats[i].pool);
        node_key_free(seats[i].key);
        dev_chain_fini(&seats[i].dev);
    }
    return 0;
}
