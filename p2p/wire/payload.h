/* What is in the payloads of frames: a struct, an encoder and a decoder for each kind (docs/P2P.md has the table).
 *
 *     BYE          [reason]                                   GET_HEADERS  [id, from, count]
 *     STATUS       [height, round, head hash, pruned below]   HEADERS      [id, [[header, certificate] …]]
 *     GET_PEERS    [id]                                       GET_BODIES   [id, [hash …]]
 *     PEERS        [id, [[node id, host, port] …]]            BODIES       [id, [[hash, body] …]]
 *     TX           [transaction …]   each a byte string       GET_STATE    [id, height, account, from key, to key, limit]
 *     TX_HASHES    [[type, size, hash] …]                     STATE        [id, part, [[key, value] …], [node …], [code …]]
 *     GET_TX       [hash …]                                   GET_VALIDATORS  [id, height]
 *     HAVE         [version, [multihash …]]                   VALIDATORS      [id, [address …]]
 *     WANT         [version, id, [multihash …]]               BLOCK           [version, id, multihash, bytes]
 *     MISSING      [version, id, [multihash …]]
 *
 * Strict: canonical RLP, exact lists, bounded counts, nothing behind the end; what decodes encodes to the same bytes. Headers,
 * certificates, bodies and transactions are found and bounded here, and read by those who know them (state/chain).
 *
 * A list in a payload is a `payload_list`: its items as they stand, all of them checked and counted by the decoder. Reading goes
 * from item to item with a cursor and cannot fail any more; writing appends items to a buffer, one after another, and puts a list
 * over the buffer's bytes:
 *
 *     struct rlp at = payload_items(&txs.hashes);              mm_buf_init(&items, …);
 *     while (payload_next_hash(&at, &hash)) …                  payload_add_hash(&items, &hash); …
 *
 * Memory: decoding copies nothing and allocates nothing; lists borrow from the payload. Threads: pure functions. */
#ifndef P2P_WIRE_PAYLOAD_H
#define P2P_WIRE_PAYLOAD_H

#include "p2p/wire/node_key.h"
#include "state/base/limits.h"
#include "state/codec/rlp.h"

enum {
    PAYLOAD_PEERS_MAX = 32,
    PAYLOAD_HOST_BYTES_MAX = 255, /* of a domain name (RFC 1035) */
    PAYLOAD_TXS_MAX = 256,
    PAYLOAD_ANNOUNCED_MAX = 4096,
    PAYLOAD_HASHES_MAX = 256, /* asked for in one GET_TX or GET_BODIES */
    PAYLOAD_HEADERS_MAX = 256,
    PAYLOAD_LEAVES_MAX = 65536,
    PAYLOAD_NODES_MAX = 2 * 65, /* a path of 64 nibbles has no more, and a range has two ends */
    PAYLOAD_CODES_MAX = 1024,
    PAYLOAD_CONTENT_VERSION = 1,
    PAYLOAD_ROOTS_MAX = 1024,   /* told in one HAVE */
    PAYLOAD_WANTED_MAX = 64,    /* blocks of content asked for in one WANT */
    PAYLOAD_MULTIHASH_MIN = 2,  /* function, length; what follows is read by who knows functions */
    PAYLOAD_MULTIHASH_MAX = 68, /* sha2-512: 2 and 64; blake2b-256: 4 and 32 */
    PAYLOAD_CONTENT_BYTES_MAX = 2 << 20, /* of a block of content (p2p/content/block.h) */
};

struct payload_list {
    mm_bytes items; /* borrowed */
    size_t count;
};
struct rlp payload_items(const struct payload_list *list);

/* ---- the link itself ---- */

enum bye_reason {
    BYE_GOODBYE = 0,
    BYE_TOO_MANY_PEERS,
    BYE_WRONG_CHAIN,
    BYE_ITSELF,
    BYE_DUPLICATE,
    BYE_PROTOCOL_ERROR,
    BYE_BAD_CERTIFICATE,
    BYE_TOO_SLOW,
    BYE_BANNED,
    BYE_SHUTTING_DOWN,
};
enum { BYE_REASONS = BYE_SHUTTING_DOWN + 1 };
/* A few lower-case words, for logs. */
const char *bye_reason_text(enum bye_reason reason);

struct payload_bye {
    enum bye_reason reason;
};
void payload_bye_encode(struct mm_buf *buf, const struct payload_bye *bye);
MM_MUST_USE enum rlp_verdict payload_bye_decode(struct payload_bye *bye, mm_bytes payload);

struct payload_status {
    uint64_t height; /* of the head */
    uint64_t round;  /* that the next height is in */
    mm_hash32 head_hash;
    uint64_t pruned_below; /* blocks under it are not to be had; 0: all are */
};
void payload_status_encode(struct mm_buf *buf, const struct payload_status *status);
MM_MUST_USE enum rlp_verdict payload_status_decode(struct payload_status *status, mm_bytes payload);

struct payload_get_peers {
    uint64_t id; /* the answer has it too */
};
void payload_get_peers_encode(struct mm_buf *buf, const struct payload_get_peers *get);
MM_MUST_USE enum rlp_verdict payload_get_peers_decode(struct payload_get_peers *get,
                                                      mm_bytes payload);

struct payload_peer {
    node_id id;
    mm_bytes host; /* letters, digits and ".-:" alone: it becomes a part of addresses and logs */
    uint16_t port; /* not 0 */
};
struct payload_peers {
    uint64_t id;
    struct payload_list peers;
};
/* Whether it may stand there. */
bool payload_is_host(mm_bytes host);
void payload_add_peer(struct mm_buf *items, const struct payload_peer *peer);
bool payload_next_peer(struct rlp *at, struct payload_peer *peer);
void payload_peers_encode(struct mm_buf *buf, const struct payload_peers *peers);
MM_MUST_USE enum rlp_verdict payload_peers_decode(struct payload_peers *peers, mm_bytes payload);

/* ---- transactions ---- */

struct payload_txs {
    struct payload_list txs;
};
void payload_add_tx(struct mm_buf *items, mm_bytes tx);
bool payload_next_tx(struct rlp *at, mm_bytes *tx);
void payload_txs_encode(struct mm_buf *buf, const struct payload_txs *txs);
MM_MUST_USE enum rlp_verdict payload_txs_decode(struct payload_txs *txs, mm_bytes payload);

struct payload_announced {
    uint8_t type;  /* of the envelope; 0 legacy */
    uint32_t size; /* in bytes, at most MM_TX_BYTES_MAX */
    mm_hash32 hash;
};
struct payload_tx_hashes {
    struct payload_list announced;
};
void payload_add_announced(struct mm_buf *items, const struct payload_announced *announced);
bool payload_next_announced(struct rlp *at, struct payload_announced *announced);
void payload_tx_hashes_encode(struct mm_buf *buf, const struct payload_tx_hashes *hashes);
MM_MUST_USE enum rlp_verdict payload_tx_hashes_decode(struct payload_tx_hashes *hashes,
                                                      mm_bytes payload);

void payload_add_hash(struct mm_buf *items, const mm_hash32 *hash);
bool payload_next_hash(struct rlp *at, mm_hash32 *hash);
struct payload_get_txs {
    struct payload_list hashes;
};
void payload_get_txs_encode(struct mm_buf *buf, const struct payload_get_txs *get);
MM_MUST_USE enum rlp_verdict payload_get_txs_decode(struct payload_get_txs *get, mm_bytes payload);

/* ---- blocks ---- */

struct payload_get_headers {
    uint64_t id;
    uint64_t from;  /* height of the first */
    uint64_t count; /* 1 to PAYLOAD_HEADERS_MAX, ascending */
};
void payload_get_headers_encode(struct mm_buf *buf, const struct payload_get_headers *get);
MM_MUST_USE enum rlp_verdict payload_get_headers_decode(struct payload_get_headers *get,
                                                        mm_bytes payload);

struct payload_header {
    mm_bytes header;      /* the list item as it stands */
    mm_bytes certificate; /* likewise */
};
struct payload_headers {
    uint64_t id;
    struct payload_list headers; /* a prefix of what was asked for, and may be empty */
};
void payload_add_header(struct mm_buf *items, const struct payload_header *header);
bool payload_next_header(struct rlp *at, struct payload_header *header);
void payload_headers_encode(struct mm_buf *buf, const struct payload_headers *headers);
MM_MUST_USE enum rlp_verdict payload_headers_decode(struct payload_headers *headers,
                                                    mm_bytes payload);

struct payload_get_bodies {
    uint64_t id;
    struct payload_list hashes;
};
void payload_get_bodies_encode(struct mm_buf *buf, const struct payload_get_bodies *get);
MM_MUST_USE enum rlp_verdict payload_get_bodies_decode(struct payload_get_bodies *get,
                                                       mm_bytes payload);

struct payload_body {
    mm_hash32 hash; /* of its block */
    mm_bytes body;  /* the list item [txs, ommers, withdrawals] as it stands */
};
struct payload_bodies {
    uint64_t id;
    struct payload_list bodies; /* a prefix of what was asked for */
};
void payload_add_body(struct mm_buf *items, const struct payload_body *body);
bool payload_next_body(struct rlp *at, struct payload_body *body);
void payload_bodies_encode(struct mm_buf *buf, const struct payload_bodies *bodies);
MM_MUST_USE enum rlp_verdict payload_bodies_decode(struct payload_bodies *bodies, mm_bytes payload);

/* ---- the state, in ranges ---- */

struct payload_get_state {
    uint64_t id;
    uint64_t height; /* the state after this block */
    bool is_account; /* the slots of one account, else the accounts themselves */
    mm_hash32 account_hash;
    mm_hash32 from_key; /* both included, from_key <= to_key */
    mm_hash32 to_key;
    uint64_t limit_bytes; /* of leaves and code, about; one leaf is given in any case */
};
void payload_get_state_encode(struct mm_buf *buf, const struct payload_get_state *get);
MM_MUST_USE enum rlp_verdict payload_get_state_decode(struct payload_get_state *get,
                                                      mm_bytes payload);

enum payload_state_part {
    STATE_NONE = 0, /* that height cannot be served (any more); the lists are empty */
    STATE_FIRST,    /* the leaves from from_key to the last one given; there is one at least */
    STATE_WHOLE,    /* all leaves between the keys */
};
enum { PAYLOAD_STATE_PARTS = STATE_WHOLE + 1 };

struct payload_leaf {
    mm_hash32 key;
    mm_bytes value; /* not empty */
};
struct payload_state {
    uint64_t id;
    enum payload_state_part part;
    struct payload_list leaves;
    struct payload_list nodes; /* that prove them (state/trie/range.h) */
    struct payload_list codes; /* of accounts among the leaves, each once */
};
void payload_add_leaf(struct mm_buf *items, const struct payload_leaf *leaf);
bool payload_next_leaf(struct rlp *at, struct payload_leaf *leaf);
/* A node, or code. Neither is empty. */
void payload_add_bytes(struct mm_buf *items, mm_bytes bytes);
bool payload_next_bytes(struct rlp *at, mm_bytes *bytes);
void payload_state_encode(struct mm_buf *buf, const struct payload_state *state);
MM_MUST_USE enum rlp_verdict payload_state_decode(struct payload_state *state, mm_bytes payload);

struct payload_get_validators {
    uint64_t id;
    uint64_t height; /* the set in the state after this block */
};
void payload_get_validators_encode(struct mm_buf *buf, const struct payload_get_validators *get);
MM_MUST_USE enum rlp_verdict payload_get_validators_decode(struct payload_get_validators *get,
                                                           mm_bytes payload);

struct payload_validators {
    uint64_t id;
    size_t count; /* 0: not to be had */
    mm_addr addrs[MM_VALIDATORS_MAX];
};
void payload_validators_encode(struct mm_buf *buf, const struct payload_validators *validators);
MM_MUST_USE enum rlp_verdict payload_validators_decode(struct payload_validators *validators,
                                                       mm_bytes payload);

/* ---- content (docs/CONTENT.md) ---- */

/* A multihash, of which only the length is looked at here. */
void payload_add_multihash(struct mm_buf *items, mm_bytes multihash);
bool payload_next_multihash(struct rlp *at, mm_bytes *multihash);

struct payload_have {
    struct payload_list roots; /* of which the sender has every block */
};
void payload_have_encode(struct mm_buf *buf, const struct payload_have *have);
MM_MUST_USE enum rlp_verdict payload_have_decode(struct payload_have *have, mm_bytes payload);

struct payload_want {
    uint64_t id;
    struct payload_list blocks; /* one at least */
};
void payload_want_encode(struct mm_buf *buf, const struct payload_want *want);
MM_MUST_USE enum rlp_verdict payload_want_decode(struct payload_want *want, mm_bytes payload);

struct payload_block {
    uint64_t id;
    mm_bytes multihash;
    mm_bytes bytes; /* may be empty: the empty file has a block */
};
void payload_block_encode(struct mm_buf *buf, const struct payload_block *block);
MM_MUST_USE enum rlp_verdict payload_block_decode(struct payload_block *block, mm_bytes payload);

/* Ends the answer to a WANT. What was neither sent nor is named here had no room in the answer, and may be asked for again. */
struct payload_missing {
    uint64_t id;
    struct payload_list blocks; /* that are not to be had */
};
void payload_missing_encode(struct mm_buf *buf, const struct payload_missing *missing);
MM_MUST_USE enum rlp_verdict payload_missing_decode(struct payload_missing *missing,
                                                    mm_bytes payload);

#endif
