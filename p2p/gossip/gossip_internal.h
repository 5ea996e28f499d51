/* Shared by the files of gossip.h. */
#ifndef P2P_GOSSIP_GOSSIP_INTERNAL_H
#define P2P_GOSSIP_GOSSIP_INTERNAL_H

#include "p2p/gossip/gossip.h"
#include "p2p/wire/allowance.h"

enum { SLOT_NONE = GOSSIP_PEERS_MAX, REQUEST_NONE = GOSSIP_REQUESTS_MAX };
#define GOSSIP_NEVER UINT64_MAX

/* What one peer may cost. Frames: a peer that gathers for 50 ms sends some 40 a second, answers among them. Messages: a block of 16
 * validators is some 50, each of which a peer may pass on, and a small chain makes ten blocks a second. */
static const struct allowance_rule GOSSIP_POINTS_RULE = { GOSSIP_POINTS_PER_S, GOSSIP_POINTS };
static const struct allowance_rule GOSSIP_FRAMES_RULE = { 200, 600 };
static const struct allowance_rule GOSSIP_MESSAGES_RULE = { 1000, 3000 };
static const struct allowance_rule GOSSIP_ANSWERS_RULE = { 8 << 20, 16 << 20 }; /* bytes */

/* ---- peers (peers.c) ---- */

struct request {
    enum frame_kind kind; /* FRAME_GET_TX or FRAME_GET_PEERS */
    bool is_open;
    uint64_t id;
    uint64_t deadline_ms;
    size_t outstanding; /* GET_TX: hashes that did not come yet, from anywhere */
};

struct peer {
    bool is_up;
    bool is_inbound;
    bool has_status;
    uint64_t id;
    node_id node;
    uint8_t host[PAYLOAD_HOST_BYTES_MAX];
    size_t host_len;
    uint16_t port;
    struct payload_status status;
    uint64_t tell_from_ms; /* STATUS: not before … */
    uint64_t tell_at_ms;   /* … and then, at the latest */
    uint64_t decided_height;
    uint64_t decided_again_ms; /* the same one again after that */
    struct known *known;       /* owned: transactions that it has, or will have */
    struct request requests[GOSSIP_REQUESTS_MAX];
    size_t wanted_count; /* entries that it was the first to announce */
    struct allowance points, frames, messages, answers;
    uint64_t late_again_ms;
    uint64_t ask_peers_ms;    /* GET_PEERS: not before */
    uint64_t answer_peers_ms; /* PEERS: likewise */
};

/* ---- transactions that go out (relay.c) ---- */

struct gathered {
    struct payload_announced tx;
    size_t raw_at, raw_len; /* in batch.raws; raw_len 0: not kept */
    uint64_t whole;         /* slots that get it whole */
    uint64_t told;          /* slots that get its hash */
};

struct batch {
    struct gathered *txs; /* GOSSIP_GATHERED_MAX */
    size_t count;
    struct mm_buf raws;
    uint64_t due_ms;  /* GOSSIP_NEVER while it is empty */
    uint64_t free_ms; /* the earliest time for the next one */
};

/* ---- transactions that are announced and not here (wanted.c) ---- */

enum { TELLER_UNASKED = 0, TELLER_DONE = UINT8_MAX }; /* else the request's place + 1 */

struct teller {
    uint8_t slot;
    uint8_t type;
    uint8_t asked;
    uint32_t size;
};

struct wanted {
    mm_hash32 hash;
    struct teller tellers[GOSSIP_TELLERS_MAX];
    uint8_t teller_count;
    uint8_t first_slot;      /* whose wanted_count has it */
    uint16_t next, previous; /* in the order of arrival */
    uint64_t due_ms;         /* to be asked for (again) then */
};

struct wanted_table {
    struct wanted *entries; /* GOSSIP_WANTED_MAX and an end that is none */
    uint16_t *sorted;       /* places by hash */
    size_t count;
    uint16_t free;  /* list by `next` */
    uint16_t fresh; /* entries from here on were never used */
    uint64_t due_ms;
    uint16_t asking[GOSSIP_PEERS_MAX][PAYLOAD_HASHES_MAX]; /* the next GET_TX of each peer */
    size_t asking_count[GOSSIP_PEERS_MAX];
    size_t asking_bytes[GOSSIP_PEERS_MAX];
};

/* ---- addresses (book.c) ---- */

struct address {
    node_id node;
    uint8_t host[PAYLOAD_HOST_BYTES_MAX];
    size_t host_len;
    uint16_t port;
    bool is_proven; /* we were connected */
    bool is_connected;
    bool is_dialing;
    unsigned failures; /* since then */
    uint64_t order;    /* of arrival */
    uint64_t retry_ms; /* not dialed before; while it is: given up then */
};

struct gossip {
    struct gossip_options options;
    struct peer *peers; /* GOSSIP_PEERS_MAX */
    size_t slot_end;    /* no peer is up from here on */
    size_t peer_count;
    uint64_t next_request_id;
    struct mm_buf items, payload; /* of the frame that is being made */
    struct batch batch;
    struct known *seen; /* transactions that the pool was asked about */
    struct wanted_table wanted;
    /* Of consensus: lately passed on, and before that. What is said again after a second is passed on again: it may have been lost
     * behind us. */
    struct known *messages, *older_messages;
    uint64_t messages_turn_ms;
    struct address *book; /* GOSSIP_BOOK_MAX, in no order */
    size_t book_count;
    uint64_t next_order;
    uint64_t dial_ms; /* not before */
    size_t told_next; /* where the next PEERS begins */
};

/* peers.c */
size_t gossip_slot_of(const struct gossip *g, uint64_t peer);
bool gossip_is_up(const struct gossip *g, size_t slot);
/* Sends what is in g->payload, unless it did not fit. */
void gossip_send_payload(struct gossip *g, size_t slot, enum frame_kind kind);
/* Forgets the peer, and tells the host. */
void gossip_disconnect(struct gossip *g, size_t slot, enum bye_reason reason, uint64_t ban_ms,
                       uint64_t now_ms);
void gossip_refuse(struct gossip *g, size_t slot, uint64_t now_ms);
/* False: it is disconnected. */
bool gossip_charge(struct gossip *g, size_t slot, enum gossip_fault fault, uint64_t now_ms);
void gossip_forget_peer(struct gossip *g, size_t slot, uint64_t now_ms);
/* REQUEST_NONE: it has too many. */
size_t gossip_open_request(struct gossip *g, size_t slot, enum frame_kind kind, uint64_t now_ms);
/* What a free place is worth asking for. */
bool gossip_may_request(const struct gossip *g, size_t slot);
/* It was answered in time. */
void gossip_answered(struct gossip *g, size_t slot, size_t request);
void gossip_expire_requests(struct gossip *g, uint64_t now_ms);

/* status.c */
void gossip_tell_status(struct gossip *g, uint64_t now_ms);
void gossip_take_status(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);

/* relay.c */
MM_MUST_USE mm_err gossip_batch_init(struct gossip *g);
void gossip_batch_fini(struct gossip *g);
void gossip_batch_forget(struct gossip *g, size_t slot);
/* To every peer that does not know it, in some way. is_first: it is in no other pool as far as we know. */
void gossip_relay_tx(struct gossip *g, const mm_hash32 *hash, mm_bytes raw, bool is_first,
                     uint64_t now_ms);
/* Sends what is gathered, if it is time. */
void gossip_flush(struct gossip *g, uint64_t now_ms);
void gossip_announce_pool(struct gossip *g, size_t slot);

/* txs.c */
void gossip_take_txs(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);
void gossip_answer_txs(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);
uint8_t gossip_tx_type(mm_bytes raw);

/* wanted.c, ask.c */
enum { WANTED_NONE = GOSSIP_WANTED_MAX }; /* also the list's end */
MM_MUST_USE mm_err gossip_wanted_init(struct wanted_table *table);
void gossip_wanted_fini(struct wanted_table *table);
size_t gossip_wanted_find(const struct wanted_table *table, const mm_hash32 *hash);
/* WANTED_NONE: there is no room. */
size_t gossip_wanted_put(struct wanted_table *table, const mm_hash32 *hash);
void gossip_wanted_del(struct wanted_table *table, size_t place);

void gossip_take_hashes(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);
/* It is here, or nobody wants it any more. */
void gossip_unwant(struct gossip *g, size_t place);
/* A request is over: what it did not bring is to be had elsewhere. */
void gossip_release_request(struct gossip *g, size_t slot, size_t request, uint64_t now_ms);
void gossip_forget_teller(struct gossip *g, size_t slot, uint64_t now_ms);
void gossip_ask(struct gossip *g, uint64_t now_ms);

/* consensus.c */
void gossip_take_message(struct gossip *g, size_t slot, enum frame_kind code, mm_bytes bytes,
                         uint64_t now_ms);

/* book.c, exchange.c */
struct address *gossip_book_find(struct gossip *g, const node_id *node);
/* What it has already stays as it is. NULL: there is no room, or the address is of no use. */
struct address *gossip_book_put(struct gossip *g, const struct gossip_address *address);
void gossip_book_failed(struct gossip *g, struct address *entry, uint64_t now_ms);
void gossip_book_connected(struct gossip *g, size_t slot, uint64_t now_ms);
void gossip_book_disconnected(struct gossip *g, const node_id *node, uint64_t now_ms);
void gossip_dial(struct gossip *g, uint64_t now_ms);
uint64_t gossip_dial_deadline(const struct gossip *g);
void gossip_ask_peers(struct gossip *g, uint64_t now_ms);
void gossip_answer_peers(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);
void gossip_take_peers(struct gossip *g, size_t slot, mm_bytes payload, uint64_t now_ms);

#endif
