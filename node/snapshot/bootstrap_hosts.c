#include "node/log/log.h"
#include "node/snapshot/bootstrap_internal.h"

/* ---- peers ---- */

struct known_peer *bootstrap_find(struct bootstrap *b, uint64_t peer)
{
    for (size_t i = 0; i < MM_COUNT_OF(b->peers); i++) {
        if (b->peers[i].peer == peer)
            return &b->peers[i];
    }
    return NULL;
}

static void end_peer(struct bootstrap *b, uint64_t peer, enum bye_reason reason, uint64_t ban_ms)
{
    const struct known_peer *known = bootstrap_find(b, peer);
    peer_end(b->links, peer, known == NULL ? NULL : &known->who, reason, ban_ms);
}

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    (void)links_send(((struct bootstrap *)ctx)->links, peer, kind, payload);
}

/* ---- gossip: there is no pool and no consensus yet ---- */

static void disconnect(void *ctx, uint64_t peer, enum bye_reason reason, uint64_t ban_ms)
{
    struct bootstrap *b = ctx;
    end_peer(b, peer, reason, ban_ms);
    snap_peer_down(b->snap, peer, b->now_ms);
}

static void dial(void *ctx, const struct gossip_address *address)
{
    struct bootstrap *b = ctx;
    char url[LINKS_URL_BYTES_MAX];
    if (b->dialed == 2 * GOSSIP_PEERS_WANTED)
        return;
    peer_url(url, address->host, address->port);
    if (links_dial(b->links, url, &address->node, NULL) == MM_OK)
        b->dialed++;
}

static void read_status(void *ctx, struct payload_status *status)
{
    const struct bootstrap *b = ctx;
    *status = (struct payload_status){
        .head_hash = chain_restore_domain(b->options.restore).genesis_hash,
        .pruned_below = 1,
    };
}

static bool decided(void *ctx, uint64_t height, struct mm_buf *payload)
{
    (void)ctx, (void)height, (void)payload;
    return false;
}

static enum gossip_taken take_tx(void *ctx, uint64_t peer, mm_bytes raw)
{
    (void)ctx, (void)peer, (void)raw;
    return GOSSIP_LATER;
}

static bool find_tx(void *ctx, const mm_hash32 *hash, struct mm_buf *raw)
{
    (void)ctx, (void)hash;
    return raw == NULL; /* as if it were here: then nobody is asked for it */
}

static void each_tx(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                    void *arg)
{
    (void)ctx, (void)visit, (void)arg;
}

static enum gossip_judged take_consensus(void *ctx, uint64_t peer, enum frame_kind code,
                                         mm_bytes bytes)
{
    (void)ctx, (void)peer, (void)code, (void)bytes;
    return GOSSIP_IGNORE;
}

struct gossip_host bootstrap_gossip_host(struct bootstrap *b)
{
    return (struct gossip_host){
        .ctx = b,
        .send = send,
        .disconnect = disconnect,
        .dial = dial,
        .read_status = read_status,
        .decided = decided,
        .take_tx = take_tx,
        .find_tx = find_tx,
        .each_tx = each_tx,
        .take_consensus = take_consensus,
    };
}

/* ---- snap ---- */

static void misbehaved(void *ctx, uint64_t peer, enum snap_verdict verdict)
{
    static struct log_limit lines = LOG_LIMIT;
    struct bootstrap *b = ctx;
    log_limited(&lines, LOG_WARN, "a peer sent a snapshot that is none", "peer=%llu reason=\"%s\"",
                (unsigned long long)peer, snap_verdict_text(verdict));
    end_peer(b, peer, snap_verdict_bye(verdict), GOSSIP_BAN_MS);
    gossip_peer_down(b->gossip, peer, b->now_ms);
}

static void slow(void *ctx, uint64_t peer)
{
    struct bootstrap *b = ctx;
    gossip_blame(b->gossip, peer, GOSSIP_TOO_LATE, b->now_ms);
}

static struct ledger_restore *restore_of(struct bootstrap *b)
{
    return chain_restore_ledger(b->options.restore);
}

static bool keep(struct bootstrap *b, mm_err err)
{
    if (err != MM_OK)
        b->failure = err;
    return err == MM_OK;
}

static bool header(void *ctx, const struct snap_header *header)
{
    struct bootstrap *b = ctx;
    const struct restored_header restored = { .number = header->height,
                                              .hash = header->hash,
                                              .header = header->header,
                                              .certificate = header->certificate };
    return keep(b, ledger_restore_header(restore_of(b), &restored));
}

static bool validators(void *ctx, uint64_t height, const struct validator_set *set)
{
    return keep(ctx, ledger_restore_set(restore_of(ctx), height, set));
}

static bool account(void *ctx, const mm_hash32 *addr_key, mm_bytes account)
{
    return keep(ctx, ledger_restore_account(restore_of(ctx), addr_key, account));
}

static bool slot(void *ctx, const mm_hash32 *addr_key, const mm_hash32 *slot_key, mm_bytes value)
{
    return keep(ctx, ledger_restore_slot(restore_of(ctx), addr_key, slot_key, value));
}

static bool code(void *ctx, mm_bytes code)
{
    return keep(ctx, ledger_restore_code(restore_of(ctx), code));
}

static bool drop_state(void *ctx)
{
    log_event(LOG_WARN, "no peer serves that state any more: a later one is fetched", NULL);
    return keep(ctx, ledger_restore_drop_state(restore_of(ctx)));
}

struct snap_host bootstrap_snap_host(struct bootstrap *b)
{
    return (struct snap_host){
        .ctx = b,
        .send = send,
        .misbehaved = misbehaved,
        .slow = slow,
        .header = header,
        .validators = validators,
        .account = account,
        .slot = slot,
        .code = code,
        .drop_state = drop_state,
    };
}
