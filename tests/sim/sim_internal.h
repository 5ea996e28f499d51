/* The simulator's inside, by file:
 *
 *     sim.c            life, the loop, the two phases      sim_node.c       a node: its events, its life, its pool
 *     sim_clock.c      events in order; nodes' clocks      sim_stub.c       its consensus on a small chain
 *     sim_letter.c     frames on their way                 sim_gossip.c     what gossip asks of it
 *     sim_network.c    what becomes of them                sim_sync.c       what sync asks of it
 *     sim_links.c      who is linked with whom             sim_faults.c     what strikes, when
 *     sim_disk.c       what survives a crash               sim_byzantine.c  nodes that lie; sim_forgery.c, sim_frames.c what they say
 *     sim_chain.c      small blocks, their execution       sim_checker.c    the invariants
 *     sim_client.c     transactions and votes              sim_trace.c      text and hash of a run
 *                                                          sim_scenario.c   verbs of hand-written scenarios */
#ifndef TESTS_SIM_SIM_INTERNAL_H
#define TESTS_SIM_SIM_INTERNAL_H

#include "p2p/gossip/gossip.h"
#include "p2p/sync/sync.h"
#include "state/base/endian.h"
#include "tests/lib/random.h"
#include "tests/lib/stub_validator.h"
#include "tests/sim/sim.h"

enum {
    SIM_CLIENTS = 8,
    SIM_ACCOUNTS = SIM_CLIENTS + SIM_NODES_MAX, /* a node's own votes */
    SIM_BLOCK_TXS_MAX = 64,
    SIM_TX_GAS = 21000,
    SIM_DIAL_MS = 250,        /* between tries to link */
    SIM_IMPORT_US = 500,      /* of a block, mean: so long others act while it is imported */
    SIM_AHEAD_S = 15,         /* a voter's clock may be so far behind a block's timestamp */
    SIM_FAULTS_MS = 250,      /* between draws of what strikes */
    SIM_LINK_BYTES = 4 << 20, /* on their way on a link; what is beyond is lost */
    SIM_KNOWN_HASHES =
        1024, /* that gossip remembers; a node's are more, and take long to lay out at each link */
    SIM_LETTERS = 1024, /* that are known again by their bytes */
    SIM_ARCHIVE = 192,  /* messages that liars remember */
};
static const uint64_t SIM_NEVER = UINT64_MAX;

/* ---- chain ---- */

/* A transaction is a number: account, nonce, what it says. */
typedef uint64_t sim_tx;
static inline sim_tx sim_tx_make(size_t account, uint32_t nonce, uint32_t payload)
{
    return (uint64_t)account << 56 | (uint64_t)(nonce & 0xffffff) << 32 | payload;
}
static inline size_t sim_tx_account(sim_tx tx)
{
    return (size_t)(tx >> 56);
}
static inline uint32_t sim_tx_nonce(sim_tx tx)
{
    return (uint32_t)(tx >> 32) & 0xffffff;
}
static inline uint32_t sim_tx_payload(sim_tx tx)
{
    return (uint32_t)tx;
}

enum { SIM_VOTE_ADD = 1 << 8 }; /* in the payload of a vote, beside the candidate */

struct sim_state {
    uint64_t height; /* of the head */
    mm_hash32 hash;
    mm_hash32 root;
    mm_addr builder;
    uint64_t timestamp;
    struct validator_set set; /* seals the next block */
    mm_hash32 commitment;     /* to it */
    uint32_t nonces[SIM_ACCOUNTS];
    uint32_t votes
        [SIM_NODES_MAX]; /* by candidate: the nodes that want it in or out, whichever it is not */
};

/* What a liar's block has wrong. */
enum sim_spoil {
    SPOIL_NOTHING,
    SPOIL_ROOT,
    SPOIL_RECEIPTS,
    SPOIL_SET,
    SPOIL_PARENT,
    SPOIL_TX_TWICE,
    SPOIL_TX_GAP,
    SPOIL_TIME,
    SPOIL_COUNT
};

struct sim_block_request {
    const struct sim_state *parent;
    mm_addr builder;
    uint64_t timestamp;
    const sim_tx *txs;
    size_t tx_count;
    uint64_t distinction;
    enum sim_spoil spoil;
};
struct qbft_block *sim_chain_build(const struct sim_block_request *request);
void sim_chain_genesis(struct sim_state *state, size_t validators);
/* False: not valid on the parent. */
bool sim_chain_execute(const struct sim_state *parent, const struct qbft_block *block,
                       struct sim_state *after);
size_t sim_chain_txs(const struct qbft_block *block, sim_tx txs[SIM_BLOCK_TXS_MAX]);
/* As it travels. */
enum { SIM_TX_BYTES = sizeof(sim_tx) };
static inline void sim_tx_encode(uint8_t raw[SIM_TX_BYTES], sim_tx tx)
{
    mm_put_be64(raw, tx);
}
/* False: it is none. */
bool sim_tx_decode(sim_tx *tx, mm_bytes raw);
/* The block's header item, and the others as a list of their own. */
mm_bytes sim_chain_header(const struct qbft_block *block);
void sim_chain_add_body(struct mm_buf *buf, const struct qbft_block *block);
/* Of these two. NULL: it is none. */
struct qbft_block *sim_chain_join(mm_bytes header, mm_bytes body);

struct sim_decided {
    struct qbft_block *block; /* a reference */
    struct certificate certificate;
};

/* ---- letters ---- */

/* A frame: its kind, which for messages of consensus is their code, and its payload. */
struct sim_letter {
    size_t users;
    unsigned code; /* enum frame_kind */
    uint64_t id;   /* of its content */
    size_t len;
    /* Of consensus: GARBLED does not decode, REFUSED is not authentic. */
    enum { LETTER_CLOSED, LETTER_READ, LETTER_GARBLED, LETTER_REFUSED } state;
    struct qbft_message *message; /* when it was read; owned */
    uint8_t bytes[];
};
static inline mm_bytes sim_letter_bytes(const struct sim_letter *letter)
{
    return mm_bytes_from(letter->bytes, letter->len);
}
static inline bool sim_is_consensus(unsigned code)
{
    return code >= FRAME_PROPOSAL && code <= FRAME_DECIDED;
}

struct sim_letter *sim_letter_new(unsigned code, mm_bytes bytes);
/* The same letter for the same bytes, if it is not long ago: what is said again need not be decoded again. */
struct sim_letter *sim_letter_known(struct sim *sim, unsigned code, mm_bytes bytes);
struct sim_letter *sim_letter_of(const struct qbft_message *message);
struct sim_letter *sim_letter_ref(struct sim_letter *letter);
void sim_letter_unref(struct sim_letter *letter);
/* Decoded and authenticated, once for all who get it; NULL: it is not what a validator says on this chain. */
const struct qbft_message *sim_letter_read(const struct sim *sim, struct sim_letter *letter);
uint64_t sim_mix(uint64_t hash, uint64_t value);
uint64_t sim_hash_bytes(mm_bytes bytes);

/* ---- events ---- */

enum sim_event_kind {
    SIM_DELIVER,   /* `letter` is at `node` */
    SIM_TIMER,     /* the machine's deadline, or an earlier one */
    SIM_NET_TIMER, /* that of gossip and sync */
    SIM_IMPORT,    /* blocks from elsewhere are executed now */
    SIM_DIAL,      /* `node` tries to link with `from` */
    SIM_HANG_UP,   /* `node` hears that its link number `epoch` with `from` is gone */
    SIM_RESTART,
    SIM_STRIKE,   /* faults are drawn */
    SIM_CLIENT,   /* client number `node` has a transaction, or asks again */
    SIM_MISCHIEF, /* a liar says something by itself */
};

/* Small, since the heap moves it: narrow fields at its end. */
struct sim_event {
    uint64_t at_us;
    uint64_t order; /* of pushing: among those of one time */
    struct sim_letter *letter;
    uint32_t epoch; /* of the node's run, or the link's number: events of an earlier one are void */
    uint8_t kind;   /* enum sim_event_kind */
    uint8_t node;
    uint8_t from;
};

struct sim_heap {
    struct sim_event *items;
    size_t count, capacity;
    uint64_t order;
};
void sim_heap_push(struct sim_heap *heap, const struct sim_event *event);
bool sim_heap_pop(struct sim_heap *heap, struct sim_event *event, uint64_t until_us);
void sim_heap_fini(struct sim_heap *heap);

/* A node's clocks: one that never goes back, and the wall's. */
struct sim_clock {
    uint64_t since_us; /* simulated time at which the local one was local_us */
    uint64_t local_us;
    int64_t drift_ppm;
    int64_t skew_us; /* of the wall clock */
};
uint64_t sim_clock_ms(const struct sim_clock *clock, uint64_t now_us);
uint64_t sim_clock_wall_s(const struct sim_clock *clock, uint64_t now_us);
/* The simulated time when it will show this. */
uint64_t sim_clock_when_us(const struct sim_clock *clock, uint64_t now_us, uint64_t local_ms);
void sim_clock_set(struct sim_clock *clock, uint64_t now_us, int64_t drift_ppm, uint64_t jump_us);

/* ---- disk ---- */

struct sim_record {
    bool is_there;
    bool is_damaged;
    uint8_t *bytes; /* owned */
    size_t len;
    struct qbft_block *blocks[QBFT_RECORD_BLOCKS_MAX];
    size_t block_count;
};

/* One log: writes reach it in order, and a sync makes all of them last. */
struct sim_disk {
    struct sim_decided *chain; /* by height - 1; owned */
    size_t count, capacity;
    struct sim_record record;
    struct sim_state state;
    bool is_full;
    /* As of the last sync. */
    size_t synced_count;
    struct sim_record synced_record;
    struct sim_state synced_state;
};
void sim_disk_init(struct sim_disk *disk, const struct sim_state *genesis);
void sim_disk_fini(struct sim_disk *disk);
/* False: it is full. */
bool sim_disk_put_record(struct sim_disk *disk, const struct qbft_result *result, bool is_synced);
bool sim_disk_put_blocks(struct sim_disk *disk, const struct sim_decided *blocks, size_t count,
                         const struct sim_state *state, bool is_synced);
/* What was not synced is gone. */
void sim_disk_crash(struct sim_disk *disk);
struct qbft_block *sim_disk_find(void *disk, const mm_hash32 *hash);

/* ---- network ---- */

struct sim_link {
    bool is_there;
    uint64_t cut_until_us;
    uint64_t clogged_until_us;
    uint64_t last_us; /* the latest arrival, when links keep their order */
    uint64_t bytes;   /* on their way */
};

struct sim_network {
    struct sim_link links[SIM_NODES_MAX][SIM_NODES_MAX];
    bool keeps_order;
    uint64_t delay_us;   /* mean */
    uint32_t links_made; /* the number of the latest */
    /* Messages of one code do not get to these, and for longer what tells of decided blocks. */
    unsigned lost_code;
    uint32_t lost_to;
    uint64_t lost_until_us;
    uint64_t hidden_until_us;
    bool (*loses)(void *ctx, size_t from, size_t to, const struct sim_letter *letter);
    void *loses_ctx;
};
void sim_network_send(struct sim *sim, size_t from, size_t to, struct sim_letter *letter);
void sim_network_arrived(struct sim *sim, const struct sim_event *event);
void sim_network_cut(struct sim *sim, uint32_t mask, bool both_ways, uint64_t until_us);
bool sim_network_is_cut(const struct sim *sim, size_t a, size_t b);
void sim_network_heal(struct sim *sim);

/* sim_links.c */
struct sim_node;
/* To everyone there is to be linked with. */
void sim_links_dial(struct sim_node *node);
void sim_links_try(struct sim_node *node, size_t peer);
void sim_links_hang_up(struct sim_node *node, size_t peer, uint32_t number);
/* Its process is gone: the others hear of it by and by. */
void sim_links_lost(struct sim_node *node);
/* By one of its machines, which has forgotten the peer already. */
void sim_links_end(struct sim_node *node, uint64_t number);
/* Who it is; SIM_NODES_MAX: nobody any more. */
size_t sim_links_peer(const struct sim_node *node, uint64_t number);

/* ---- nodes ---- */

struct sim_node {
    struct sim *sim;
    size_t index;
    mm_addr addr;
    struct sim_disk disk;
    struct sim_clock clock;
    bool is_faulty; /* a liar, or one whose record may be lost: f of the set at most */
    bool is_liar;
    bool may_forget; /* its record may be damaged */
    uint32_t epoch;
    uint64_t paused_until_us;
    unsigned stop_code;        /* of a scenario */
    bool dials[SIM_NODES_MAX]; /* an event is there for it; stays when the process ends */

    struct sim_real_node *real; /* sim_real.c's */

    /* All below is gone with a crash. */
    bool is_up;
    struct sim_state state; /* of the head */
    struct qbft *machine; /* sim_stub.c's, and what it knows of the block that it looked at last */
    struct sim_state candidate;
    bool has_candidate;
    sim_tx pool[SIM_ACCOUNTS];
    bool has_tx[SIM_ACCOUNTS];
    bool told_pending;
    bool told_lagging;
    uint64_t deadline_us;
    uint64_t timer_us; /* an event is there for this time */
    size_t idle_ticks; /* without that the deadline moved */
    uint64_t evidence;

    struct gossip *gossip; /* and sync: NULL while it is down */
    struct sync *sync;
    uint32_t links[SIM_NODES_MAX]; /* their numbers, by which the machines know peers; 0: none */
    uint64_t net_timer_us;
    bool is_net_moved; /* it may have to be earlier */
    size_t net_idle_ticks;
    uint64_t net_height;                /* of the head that they know */
    struct sim_letter *hearing;         /* the frame that they are given */
    const struct qbft_message *heard;   /* what gossip took for the machine */
    const struct sync_block *importing; /* sync's; NULL: nothing */
    size_t importing_count;
    mm_hash32 pool_hashes[SIM_ACCOUNTS];
    bool lags; /* as sync says */
};

void sim_node_init(struct sim *sim, size_t index, const struct sim_state *genesis);
void sim_node_fini(struct sim_node *node);
void sim_node_boot(struct sim_node *node);
void sim_node_crash(struct sim_node *node);
void sim_node_handle(struct sim_node *node, struct sim_event *event);
/* By a client. */
void sim_node_add_tx(struct sim_node *node, sim_tx tx);
/* As if a peer had said it. */
void sim_node_hear(struct sim_node *node, struct sim_letter *letter);
uint64_t sim_node_now_ms(const struct sim_node *node);
/* Consensus is to be told the time then. */
void sim_node_set_timer(struct sim_node *node, uint64_t deadline_ms);
/* A frame on the link of this number, if it is still there. */
void sim_node_send(struct sim_node *node, uint64_t number, enum frame_kind kind, mm_bytes payload);
enum gossip_taken sim_node_take_tx(struct sim_node *node, sim_tx tx);
/* A head comes: what is in the chain is not in the pool any more. */
void sim_node_finish_pool(struct sim_node *node, const struct sim_state *head);
bool sim_node_has_pending(const struct sim_node *node);
enum gossip_judged sim_node_judge(struct sim_node *node, struct sim_letter *letter);

struct qbft_height sim_node_height(const struct sim_node *node);

/* What chain a run is about, and how a node's consensus is on it: a small one with made-up signatures (sim_stub.c), or the node's
 * own (sim_real.c). */
struct sim_world {
    const char *name;
    size_t nodes_max;
    /* Fills genesis, sim->domain, sim->crypto. */
    void (*begin)(struct sim *sim, struct sim_state *genesis);
    /* All went well: looks at what nodes have in the end. */
    void (*finish)(struct sim *sim);
    void (*end)(struct sim *sim);
    mm_addr (*addr)(const struct sim *sim, size_t index);
    struct secp_signature (*sign)(struct sim *sim, const mm_addr *signer, const mm_hash32 *digest);
    enum certificate_verdict (*check)(void *ctx, const struct certificate *certificate,
                                      const struct seal_domain *domain,
                                      const struct validator_set *set, const mm_hash32 *commitment,
                                      uint64_t height, const mm_hash32 *hash);
    /* As it travels, in the memory or elsewhere. */
    mm_bytes (*tx_raw)(struct sim *sim, uint8_t memory[SIM_TX_BYTES], sim_tx tx);
    bool (*tx_decode)(struct sim *sim, sim_tx *tx, mm_bytes raw);
    /* The checker's: on a state of its own. */
    bool (*execute)(struct sim *sim, struct sim_state *after, const struct sim_state *parent,
                    const struct sim_decided *decided);
    /* A liar's block on its head. */
    struct qbft_block *(*forge)(struct sim_node *node, enum sim_spoil spoil);

    /* A node's. Each of the first three leaves is_up false when the process ended meanwhile. */
    void (*boot)(struct sim_node *node);
    void (*tell)(struct sim_node *node, struct qbft_event *event);
    /* Decided blocks after the head, in order. Returns how many of them the chain has now; *verdict: why not all, or NULL. */
    size_t (*import)(struct sim_node *node, const struct sim_decided *blocks, size_t count,
                     const char **verdict);
    void (*read_status)(const struct sim_node *node, struct qbft_status *status);
    /* The process ends: what memory had is gone. */
    void (*down)(struct sim_node *node);
    void (*fini)(struct sim_node *node);
};
static inline const struct sim_world *sim_world_of(const struct sim_node *node);

struct gossip_host sim_gossip_host(struct sim_node *node);
struct sync_host sim_sync_host(struct sim_node *node);
void sim_sync_import(struct sim_node *node);
void sim_sync_tell_head(struct sim_node *node);

/* ---- liars ---- */

struct sim_archive {
    struct sim_letter *letters[SIM_ARCHIVE]; /* a ring */
    size_t next;
};
void sim_byzantine_observe(struct sim *sim, struct sim_letter *letter);
/* Instead of sending what its machine says. */
void sim_byzantine_send(struct sim_node *node, const struct qbft_send *send);
void sim_byzantine_act(struct sim_node *node);
bool sim_byzantine_lies(struct sim_node *node, enum sim_fault fault);
/* What gossip and sync say, bent (sim_frames.c). False: it is not said. */
bool sim_byzantine_bends(struct sim_node *node, enum frame_kind kind, struct mm_buf *payload);

/* sim_forgery.c */
void sim_forge_vote(const struct sim_node *node, struct qbft_vote *vote, enum qbft_code code,
                    uint64_t height, uint64_t round, const mm_hash32 *digest);
void sim_forge_change(const struct sim_node *node, struct qbft_change *change, uint64_t height,
                      uint64_t round, const uint64_t *prepared_round, const mm_hash32 *digest);
struct qbft_block *sim_forge_block(struct sim_node *node, enum sim_spoil spoil);
/* Whatever justification can be had or made up; false: none. */
bool sim_forge_proposal(struct sim_node *node, struct qbft_message *proposal, uint64_t round);
bool sim_forge_claim(struct sim_node *node, struct qbft_message *change, uint64_t round);
bool sim_forge_decided(struct sim_node *node, struct qbft_message *decided);

/* ---- faults, clients, checker, trace ---- */

struct sim_faults {
    bool liars_stay; /* when all else is healed */
    uint8_t level[SIM_FAULT_COUNT];
    uint64_t strikes[SIM_FAULT_COUNT];
    bool is_healed;
};
void sim_faults_draw(struct sim *sim);
void sim_faults_start(struct sim *sim);
/* Whether it strikes now, by the chance of its level; counted. */
bool sim_faults_strikes(struct sim *sim, enum sim_fault fault);
/* 0 when healed, unless it is of liars. */
unsigned sim_faults_level(const struct sim *sim, enum sim_fault fault);
void sim_faults_tick(struct sim *sim);
void sim_faults_heal(struct sim *sim);
/* A place where a process may end: true, it has. */
bool sim_faults_at_write(struct sim_node *node);
/* A write that does not get to the disk whole, and the process with it. */
bool sim_faults_tears(struct sim_node *node);
/* It crashes, and comes back by itself. */
void sim_faults_down(struct sim_node *node);
void sim_faults_restart(struct sim_node *node);
uint64_t sim_faults_late_us(struct sim *sim);
uint64_t sim_draw_exponential(struct sim *sim, uint64_t mean);
static inline bool sim_is_liars(enum sim_fault fault)
{
    return fault >= SIM_TWO_PROPOSALS && fault <= SIM_FALSE_STATUS;
}

struct sim_client {
    uint32_t nonce;
    bool is_waiting;
    sim_tx tx;
    uint64_t asked_us; /* first time */
    uint64_t next_us;  /* it acts again */
    uint64_t height;   /* then */
};
void sim_clients_start(struct sim *sim);
void sim_client_act(struct sim *sim, size_t client);
/* A block is in the chain for the first time. */
void sim_clients_included(struct sim *sim);
/* Every honest validator wants it out, or in when it is not. */
void sim_clients_vote(struct sim *sim, size_t candidate);
/* A change of the set that is open, if any, is voted for, or a new one is chosen. */
void sim_clients_change_set(struct sim *sim);

struct sim_signed {
    uint64_t height, round;
    unsigned code;
    uint64_t id; /* of the payload */
};
struct sim_signer {
    struct sim_signed *items; /* owned; of the latest heights */
    size_t count, capacity;
};
/* What the first who decided a height says of it. */
struct sim_height {
    mm_hash32 hash, root;
    struct validator_set set; /* sealed it */
};
struct sim_checker {
    struct sim_state state;     /* after the last height that anyone decided */
    struct sim_height *heights; /* by height - 1; owned */
    size_t count, capacity;
    struct sim_signer signers[SIM_NODES_MAX];
    uint64_t rounds;
    uint64_t set_changes;
    bool is_violated;
    bool is_stalled;
    bool is_void; /* more of the set are faulty than may be: votes that came late did that */
    char problem[256];
};
void sim_checker_init(struct sim_checker *checker, const struct sim_state *genesis);
void sim_checker_fini(struct sim_checker *checker);
void sim_checker_committed(struct sim_node *node, const struct sim_decided *decided,
                           const struct sim_state *state);
void sim_checker_signed(struct sim_node *node, struct sim_letter *letter);
MM_PRINTF(2, 3) void sim_checker_violated(struct sim *sim, const char *format, ...);
MM_PRINTF(2, 3) void sim_checker_stalled(struct sim *sim, const char *format, ...);

enum sim_trace_kind {
    TRACE_BOOT,
    TRACE_CRASH,
    TRACE_SEND,
    TRACE_GET,
    TRACE_LOST,
    TRACE_RECORD,
    TRACE_COMMIT,
    TRACE_IMPORT,
    TRACE_TICK,
    TRACE_FAULT,
    TRACE_TX,
    TRACE_LIE,
    TRACE_HEAL,
    TRACE_EVIDENCE,
    TRACE_LINK,
    TRACE_BYE,
    TRACE_STUCK,
};
void sim_trace(struct sim *sim, enum sim_trace_kind kind, size_t node, uint64_t a, uint64_t b);
void sim_trace_letter(struct sim *sim, enum sim_trace_kind kind, size_t node, size_t peer,
                      const struct sim_letter *letter);
void sim_trace_nodes(const struct sim *sim);

/* ---- all of it ---- */

struct sim {
    struct sim_options options;
    struct test_random random;
    uint64_t now_us;
    struct sim_heap heap;
    const struct sim_world *world;
    struct sim_real *real; /* sim_real.c's */
    struct seal_domain domain;
    struct qbft_crypto crypto;
    struct qbft_options machine; /* common to all */
    bool builds_always;          /* even without transactions */
    uint64_t think_us;           /* of clients, mean */
    size_t node_count;
    size_t validators;
    struct sim_node nodes[SIM_NODES_MAX];
    struct sim_network network;
    struct sim_faults faults;
    struct sim_archive archive;
    struct sim_letter *letters[SIM_LETTERS]; /* by id */
    struct sim_client clients[SIM_CLIENTS];
    size_t client_count;
    size_t candidate;        /* the change of the set that is open; SIM_NODES_MAX: none */
    uint64_t changes_before; /* how often it had changed when that was opened */
    struct sim_checker checker;
    uint64_t hurt_heights;
    uint64_t trace_hash;
    uint64_t distinctions;
};
static inline const struct sim_world *sim_world_of(const struct sim_node *node)
{
    return node->sim->world;
}
/* False: nothing more happens until then. */
bool sim_step(struct sim *sim, uint64_t until_us);
static inline uint64_t sim_draw(struct sim *sim, uint64_t below)
{
    return test_random_below(&sim->random, below);
}
static inline bool sim_chance(struct sim *sim, uint64_t ppm)
{
    return ppm > 0 && sim_draw(sim, 1000000) < ppm;
}

#endif
