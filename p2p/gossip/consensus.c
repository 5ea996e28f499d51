#include <sodium.h>

#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

_Static_assert(KNOWN_KEY_BYTES == crypto_shorthash_siphashx24_KEYBYTES, "SipHash's key");

/* SipHash of 128 bits, the kind and the length: each message comes from every peer, so this is done often. Nobody else computes these
 * names or learns the key, so nobody finds two messages of one name. */
static mm_hash32 name_of(const struct gossip *g, enum frame_kind code, mm_bytes bytes)
{
    mm_hash32 name = { { 0 } };
    uint8_t *end = name.b + crypto_shorthash_siphashx24_BYTES;
    (void)crypto_shorthash_siphashx24(name.b, bytes.ptr, bytes.len, g->options.known_key);
    mm_put_be64(end, bytes.len);
    end[8] = (uint8_t)code;
    return name;
}

static void send_to_others(struct gossip *g, size_t except, enum frame_kind code, mm_bytes bytes)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up && slot != except)
            g->options.host.send(g->options.host.ctx, g->peers[slot].id, code, bytes);
    }
}

/* Consensus says its newest messages again every so often, because some may have been lost: they are sent each time. */
void gossip_broadcast(struct gossip *g, enum frame_kind code, mm_bytes bytes)
{
    MM_ASSERT(code >= FRAME_PROPOSAL && code <= FRAME_DECIDED);
    if (code != FRAME_DECIDED) {
        const mm_hash32 name = name_of(g, code, bytes);
        (void)known_add(g->messages, &name);
    }
    send_to_others(g, SLOT_NONE, code, bytes);
}

static void turn(struct gossip *g, uint64_t now_ms)
{
    if (g->messages_turn_ms == 0) /* the first turn begins now */
        g->messages_turn_ms = now_ms;
    const uint64_t passed_ms = now_ms - g->messages_turn_ms;
    if (passed_ms < GOSSIP_MESSAGES_TURN_MS)
        return;
    struct known *oldest = g->older_messages;
    g->older_messages = g->messages;
    g->messages = oldest;
    known_clear(g->messages);
    if (passed_ms >= 2 * GOSSIP_MESSAGES_TURN_MS)
        known_clear(g->older_messages);
    g->messages_turn_ms = now_ms;
}

void gossip_take_message(struct gossip *g, size_t slot, enum frame_kind code, mm_bytes bytes,
                         uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    const mm_hash32 name = name_of(g, code, bytes);
    turn(g, now_ms);
    if (known_has(g->messages, &name) || known_has(g->older_messages, &name))
        return;
    switch (host->take_consensus(host->ctx, g->peers[slot].id, code, bytes)) {
    case GOSSIP_RELAY:
        (void)known_add(g->messages, &name);
        send_to_others(g, slot, code, bytes);
        return;
    case GOSSIP_IGNORE:
        return;
    case GOSSIP_REFUSE:
        gossip_refuse(g, slot, now_ms);
        return;
    }
    MM_UNREACHABLE();
}
