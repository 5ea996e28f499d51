/* The handshake: how two nodes of one chain come to know each other and agree on keys (docs/P2P.md).
 *
 *     initiator                                                       responder
 *     1   "mmk" mode version | ephemeral key                     ──►
 *                                                                ◄──  2   "mmk" mode version | ephemeral key | {node id}
 *     3   {[node id, signature, HELLO]}                          ──►      the initiator is known
 *                                                                ◄──  4   {[signature, HELLO]}
 *     {…} is sealed, in the direction's stream; each message has its length before it, as frames have
 *
 *     shared     = X25519(own ephemeral secret, other's ephemeral key)                       all zero: refused
 *     master     = BLAKE2b-256, key shared, of  tag | version | mode | chain id | genesis hash | both ephemeral keys
 *     streams    = crypto_secretstream_xchacha20poly1305, key and nonce by crypto_kdf(master), a pair a direction
 *     signature  = Ed25519 of BLAKE2b-256 of  tag | version | mode | chain id | genesis hash | both ephemeral keys |
 *                  both node ids | role of the signer
 *
 * The chain is in the keys: a node of another chain cannot read message 2, and neither side can tell that from bytes that were
 * changed on the way. Both are HANDSHAKE_UNDECIPHERABLE; HANDSHAKE_WRONG_CHAIN is for a HELLO that contradicts the keys.
 *
 * Who learns what. An eavesdropper: that two nodes speak this protocol, when, how much. Who does not know the genesis hash and
 * dials: that somebody answers; who is dialed without knowing it: that somebody dials. Who knows the genesis hash and dials: the
 * responder's node id, which is no secret among nodes. Who is dialed, knows the genesis hash and shows an id of its own: the
 * initiator's id and HELLO, unless the initiator expected another id, which ends it before message 3. Who sits in between and
 * changes bytes: ends the connection, no more. Recorded traffic stays sealed when node keys leak later.
 *
 * Plain mode, for connections that never leave the machine: the same messages and signatures, with nothing sealed.
 *
 * No socket, clock or randomness: bytes in, bytes out; the caller draws the ephemeral secret and counts the time. After message 2
 * the initiator stops once (HANDSHAKE_IS_MET) before it says who it is, so that its owner can think better of it.
 *
 * Memory: one object in locked memory, wiped. Threads: one at a time. Limit: HANDSHAKE_BYTES_MAX a message. Cost: two X25519, one
 * signature, one verification a side, some 0.4 ms. */
#ifndef P2P_WIRE_HANDSHAKE_H
#define P2P_WIRE_HANDSHAKE_H

#include "p2p/wire/hello.h"
#include "p2p/wire/node_key.h"

enum {
    HANDSHAKE_EPHEMERAL_BYTES = 32,
    HANDSHAKE_BYTES_MAX = 512, /* of a message: message 3 has 241 at most */
};

enum handshake_role { HANDSHAKE_INITIATOR, HANDSHAKE_RESPONDER };

enum handshake_verdict {
    HANDSHAKE_OK = 0,
    HANDSHAKE_UNEXPECTED,     /* no message of this protocol, or not the one whose turn it is */
    HANDSHAKE_MODE,           /* one side is in plain mode, the other not */
    HANDSHAKE_WRONG_VERSION,  /* another version of the protocol */
    HANDSHAKE_TOO_LONG,       /* a message above the limit */
    HANDSHAKE_WEAK_KEY,       /* an ephemeral key that makes the shared secret zero */
    HANDSHAKE_UNDECIPHERABLE, /* sealed by a node of another chain, or changed on the way */
    HANDSHAKE_OWN_KEY,        /* the other side is this node, or shows it its own words */
    HANDSHAKE_WRONG_KEY,      /* not the node that was expected */
    HANDSHAKE_BAD_SIGNATURE,  /* the node id is not the signer's */
    HANDSHAKE_BAD_HELLO,      /* message 3 or 4 is not what it should be */
    HANDSHAKE_WRONG_CHAIN,    /* HELLO names another chain */
};
/* A few lower-case words, for logs. */
const char *handshake_verdict_text(enum handshake_verdict verdict);

struct handshake_options {
    enum handshake_role role;
    const struct node_key *key; /* borrowed for as long as the handshake lives */
    struct hello hello;         /* its domain is the chain; version is set here */
    const node_id *expected;    /* NULL: anyone; copied */
    bool is_plain;
    /* Random, and never used before; the caller wipes its copy. */
    uint8_t ephemeral_secret[HANDSHAKE_EPHEMERAL_BYTES];
};

enum handshake_progress {
    HANDSHAKE_GOES_ON,
    HANDSHAKE_IS_MET, /* initiator: handshake_peer is known; handshake_go_on writes message 3 */
    HANDSHAKE_IS_DONE,
    HANDSHAKE_FAILED, /* handshake_verdict says why; nothing was written */
};

struct handshake;

MM_MUST_USE mm_err handshake_new(struct handshake **handshake,
                                 const struct handshake_options *options);
void handshake_free(struct handshake *handshake);

/* Once, first; the initiator writes message 1. Out: appended to out, lengths included, as everywhere here. */
void handshake_start(struct handshake *handshake, struct mm_buf *out);
/* The next message, without its length. It is opened in place. */
enum handshake_progress handshake_take(struct handshake *handshake, uint8_t *message, size_t len,
                                       struct mm_buf *out);
/* After HANDSHAKE_IS_MET. */
void handshake_go_on(struct handshake *handshake, struct mm_buf *out);

enum handshake_verdict handshake_verdict(const struct handshake *handshake);
/* From HANDSHAKE_IS_MET on; proven when the handshake is done. */
const node_id *handshake_peer(const struct handshake *handshake);
/* When it is done. */
const struct hello *handshake_hello(const struct handshake *handshake);

#endif
