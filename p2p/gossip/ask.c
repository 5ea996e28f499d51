/* Asking for transactions that were announced: of one peer at a time, of another one when it does not bring them soon. */
#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"

static struct wanted *entry_at(struct gossip *g, size_t place)
{
    MM_ASSERT(place < GOSSIP_WANTED_MAX);
    return &g->wanted.entries[place];
}

static bool is_being_asked(const struct teller *teller)
{
    return teller->asked != TELLER_UNASKED && teller->asked != TELLER_DONE;
}

static void due_at(struct gossip *g, struct wanted *entry, uint64_t at_ms)
{
    entry->due_ms = at_ms;
    if (at_ms < g->wanted.due_ms)
        g->wanted.due_ms = at_ms;
}

/* A request that waits for nothing any more is over, and nobody is to blame. */
static void bring_down(struct gossip *g, const struct teller *teller)
{
    struct request *request = &g->peers[teller->slot].requests[teller->asked - 1];
    MM_ASSERT(request->outstanding > 0);
    if (--request->outstanding == 0)
        request->is_open = false;
}

void gossip_unwant(struct gossip *g, size_t place)
{
    struct wanted *entry = entry_at(g, place);
    for (size_t i = 0; i < entry->teller_count; i++) {
        if (is_being_asked(&entry->tellers[i]))
            bring_down(g, &entry->tellers[i]);
    }
    if (entry->first_slot != SLOT_NONE)
        g->peers[entry->first_slot].wanted_count--;
    gossip_wanted_del(&g->wanted, place);
}

/* ---- announcements ---- */

static void add_teller(struct gossip *g, size_t place, size_t slot,
                       const struct payload_announced *announced, uint64_t now_ms)
{
    struct wanted *entry = entry_at(g, place);
    for (size_t i = 0; i < entry->teller_count; i++) {
        if (entry->tellers[i].slot == slot)
            return;
    }
    if (entry->teller_count == GOSSIP_TELLERS_MAX)
        return;
    entry->tellers[entry->teller_count++] =
        (struct teller){ .slot = (uint8_t)slot, .type = announced->type, .size = announced->size };
    if (entry->due_ms == GOSSIP_NEVER) /* it waits for the last one that could be asked */
        due_at(g, entry, now_ms + GOSSIP_ASK_ANOTHER_MS);
}

static void take_hash(struct gossip *g, size_t slot, const struct payload_announced *announced,
                      uint64_t now_ms)
{
    const struct gossip_host *host = &g->options.host;
    struct peer *peer = &g->peers[slot];
    (void)known_add(peer->known, &announced->hash);
    if (known_has(g->seen, &announced->hash))
        return;
    size_t place = gossip_wanted_find(&g->wanted, &announced->hash);
    if (place != WANTED_NONE) {
        add_teller(g, place, slot, announced, now_ms);
        return;
    }
    if (peer->wanted_count == GOSSIP_WANTED_OF_PEER_MAX ||
        host->find_tx(host->ctx, &announced->hash, NULL))
        return;
    place = gossip_wanted_put(&g->wanted, &announced->hash);
    if (place == WANTED_NONE)
        return;
    entry_at(g, place)->first_slot = (uint8_t)slot;
    peer->wanted_count++;
    add_teller(g, place, slot, announced, now_ms);
    /* A small one is on its way to us whole, most often. */
    due_at(g, entry_at(g, place),
           announced->size > GOSSIP_WHOLE_BYTES_MAX ? now_ms : now_ms + GOSSIP_ASK_AFTER_MS);
}

void gossip_take_hashes(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms)
{
    struct payload_tx_hashes hashes;
    struct payload_announced announced;
    if (payload_tx_hashes_decode(&hashes, payload) != RLP_OK) {
        gossip_refuse(g, slot, now_ms);
        return;
    }
    struct rlp at = payload_items(&hashes.announced);
    while (payload_next_announced(&at, &announced))
        take_hash(g, slot, &announced, now_ms);
    gossip_ask(g, now_ms);
}

/* ---- asking ---- */

static void send_asking(struct gossip *g, size_t slot, uint64_t now_ms)
{
    struct wanted_table *table = &g->wanted;
    const size_t count = table->asking_count[slot];
    const size_t request = gossip_open_request(g, slot, FRAME_GET_TX, now_ms);
    MM_ASSERT(request != REQUEST_NONE);
    g->peers[slot].requests[request].outstanding = count;
    mm_buf_reset(&g->items);
    for (size_t i = 0; i < count; i++) {
        struct wanted *entry = entry_at(g, table->asking[slot][i]);
        payload_add_hash(&g->items, &entry->hash);
        for (size_t j = 0; j < entry->teller_count; j++) {
            if (entry->tellers[j].slot == slot)
                entry->tellers[j].asked = (uint8_t)(request + 1);
        }
    }
    table->asking_count[slot] = 0;
    table->asking_bytes[slot] = 0;
    const struct payload_get_txs get = { { mm_buf_bytes(&g->items), count } };
    mm_buf_reset(&g->payload);
    payload_get_txs_encode(&g->payload, &get);
    if (mm_buf_err(&g->items) == MM_OK)
        gossip_send_payload(g, slot, FRAME_GET_TX);
}

/* The first that announced it and was not asked. Out: *is_open, whether anyone is being asked or could be. */
static struct teller *next_teller(const struct gossip *g, struct wanted *entry, bool *is_hopeless)
{
    *is_hopeless = true;
    for (size_t i = 0; i < entry->teller_count; i++) {
        struct teller *teller = &entry->tellers[i];
        if (teller->asked == TELLER_DONE)
            continue;
        *is_hopeless = false;
        if (teller->asked == TELLER_UNASKED && gossip_may_request(g, teller->slot))
            return teller;
    }
    return NULL;
}

static bool has_unasked(const struct wanted *entry)
{
    for (size_t i = 0; i < entry->teller_count; i++) {
        if (entry->tellers[i].asked == TELLER_UNASKED)
            return true;
    }
    return false;
}

/* The sizes announced of what is asked for together are within an answer. */
static void ask_for(struct gossip *g, size_t place, uint64_t now_ms)
{
    struct wanted_table *table = &g->wanted;
    struct wanted *entry = entry_at(g, place);
    bool is_hopeless;
    struct teller *teller = next_teller(g, entry, &is_hopeless);
    if (is_hopeless) {
        gossip_unwant(g, place);
        return;
    }
    if (teller == NULL) { /* they are being asked, or have no room for a request */
        entry->due_ms = has_unasked(entry) ? now_ms + GOSSIP_GATHER_MS : GOSSIP_NEVER;
        return;
    }
    const size_t slot = teller->slot;
    const size_t bytes = teller->size + 4;
    if (table->asking_bytes[slot] + bytes > FRAME_ANSWER_BYTES) {
        send_asking(g, slot, now_ms);
        if (!gossip_may_request(g, slot)) {
            entry->due_ms = now_ms + GOSSIP_GATHER_MS;
            return;
        }
    }
    table->asking[slot][table->asking_count[slot]++] = (uint16_t)place;
    table->asking_bytes[slot] += bytes;
    entry->due_ms = now_ms + GOSSIP_ASK_ANOTHER_MS;
    if (table->asking_count[slot] == PAYLOAD_HASHES_MAX)
        send_asking(g, slot, now_ms);
}

void gossip_ask(struct gossip *g, uint64_t now_ms)
{
    struct wanted_table *table = &g->wanted;
    if (now_ms < table->due_ms)
        return;
    uint64_t next_ms = GOSSIP_NEVER;
    for (size_t place = table->entries[WANTED_NONE].next; place != WANTED_NONE;) {
        const size_t next = table->entries[place].next;
        const size_t count = table->count;
        if (table->entries[place].due_ms <= now_ms)
            ask_for(g, place, now_ms);
        if (table->count == count && table->entries[place].due_ms < next_ms)
            next_ms = table->entries[place].due_ms;
        place = next;
    }
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (table->asking_count[slot] > 0)
            send_asking(g, slot, now_ms);
    }
    table->due_ms = next_ms;
}

/* ---- the end of a request, or of a peer ---- */

void gossip_release_request(struct gossip *g, size_t slot, size_t request, uint64_t now_ms)
{
    struct wanted_table *table = &g->wanted;
    MM_ASSERT(!g->peers[slot].requests[request].is_open);
    for (size_t place = table->entries[WANTED_NONE].next; place != WANTED_NONE;
         place = table->entries[place].next) {
        struct wanted *entry = &table->entries[place];
        for (size_t i = 0; i < entry->teller_count; i++) {
            struct teller *teller = &entry->tellers[i];
            if (teller->slot != slot || teller->asked != request + 1)
                continue;
            teller->asked = TELLER_DONE;
            due_at(g, entry, now_ms);
        }
    }
}

static void remove_teller(struct gossip *g, struct wanted *entry, size_t slot, uint64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < entry->teller_count; i++) {
        if (entry->tellers[i].slot != slot)
            entry->tellers[kept++] = entry->tellers[i];
    }
    if (kept < entry->teller_count)
        due_at(g, entry, now_ms);
    entry->teller_count = (uint8_t)kept;
    if (entry->first_slot == slot)
        entry->first_slot = SLOT_NONE;
}

void gossip_forget_teller(struct gossip *g, size_t slot, uint64_t now_ms)
{
    struct wanted_table *table = &g->wanted;
    for (size_t place = table->entries[WANTED_NONE].next; place != WANTED_NONE;
         place = table->entries[place].next)
        remove_teller(g, &table->entries[place], slot, now_ms);
}
