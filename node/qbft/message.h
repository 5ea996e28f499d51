/* Messages of QBFT (docs/CONSENSUS.md): what validators sign and send, and its strict codec.
 *
 *     signed(x)    = [x, signature]                              signature: r | s | yParity, 65 bytes, low s
 *     PROPOSAL     [signed([h, r, digest]), block, [signed(ROUND-CHANGE payload) …], [signed(PREPARE payload) …]]
 *     PREPARE      signed([h, r, digest])
 *     COMMIT       signed([h, r, digest])                        the signature is the seal of a certificate
 *     ROUND-CHANGE [signed([h, r, prepared]), block or [], [signed(PREPARE payload) …]]
 *                  prepared = [] or [round, digest]
 *     DECIDED      [block, certificate]
 *     digest       = block hash; what is signed is in state/chain/certificate.h (seal_digest)
 *
 * Three steps for what comes from outside. Decoding looks at bytes alone: canonical RLP, exact lists, at most n entries a list, a
 * block whose hash is computed, never believed. Authenticating recovers who signed each part. Whether the message means anything
 * at this height is the machine's question (qbft.h). The first two may run on any thread.
 *
 * Memory: a message is a value but for its block, which is counted and shared. Limits: MM_VALIDATORS_MAX entries a list,
 * MM_BLOCK_BYTES_MAX a block. */
#ifndef NODE_QBFT_MESSAGE_H
#define NODE_QBFT_MESSAGE_H

#include <stdatomic.h>

#include "state/chain/certificate.h"

enum { QBFT_MESSAGE_BYTES_MAX = MM_BLOCK_BYTES_MAX + (8 << 10) };

/* ---- blocks ---- */

/* A block as proposals carry it; what it holds beyond these fields is for who executes it. */
struct qbft_block {
    atomic_size_t users;
    mm_hash32 hash;
    uint64_t height;
    uint64_t timestamp; /* seconds */
    mm_addr builder;    /* the header's coinbase */
    size_t len;
    uint8_t bytes[]; /* rlp([header, txs, ommers, withdrawals]) */
};

/* Out: a block with one user. False: not a list that begins with a header, above MM_BLOCK_BYTES_MAX (*verdict says), or no
 * memory (RLP_OK). Transactions are not looked at. */
MM_MUST_USE bool qbft_block_new(struct qbft_block **block, mm_bytes encoded,
                                enum rlp_verdict *verdict);
/* NULL is fine for both. */
struct qbft_block *qbft_block_ref(struct qbft_block *block);
void qbft_block_unref(struct qbft_block *block);

/* ---- messages ---- */

/* The payload [height, round, digest], signed. */
struct qbft_vote {
    uint64_t height;
    uint64_t round;
    mm_hash32 digest;
    struct secp_signature signature;
    mm_addr signer; /* recovered; zero before */
};

/* The payload [height, round, prepared], signed. */
struct qbft_change {
    uint64_t height;
    uint64_t round;
    bool is_prepared;
    uint64_t prepared_round;
    mm_hash32 prepared_digest;
    struct secp_signature signature;
    mm_addr signer;
};

struct qbft_votes {
    struct qbft_vote items[MM_VALIDATORS_MAX];
    size_t count;
};

enum { QBFT_DECIDED = 0x16 }; /* beside enum qbft_code: nobody signs it as a whole */

struct qbft_message {
    unsigned code;             /* enum qbft_code or QBFT_DECIDED */
    struct qbft_vote vote;     /* of PROPOSAL, PREPARE, COMMIT */
    struct qbft_change change; /* of ROUND-CHANGE */
    struct qbft_block
        *block; /* counted; of PROPOSAL, DECIDED and a prepared ROUND-CHANGE, else NULL */
    struct qbft_change changes[MM_VALIDATORS_MAX]; /* of PROPOSAL */
    size_t change_count;
    struct qbft_votes prepares;         /* of PROPOSAL and ROUND-CHANGE */
    struct certificate certificate;     /* of DECIDED */
    mm_addr sealers[MM_VALIDATORS_MAX]; /* of its seals, recovered */
};

uint64_t qbft_message_height(const struct qbft_message *message);
/* 0 for DECIDED. */
uint64_t qbft_message_round(const struct qbft_message *message);
/* Zero for DECIDED. */
const mm_addr *qbft_message_signer(const struct qbft_message *message);

/* A copy shares the block. */
void qbft_message_copy(struct qbft_message *to, const struct qbft_message *from);
/* Gives the block up. */
void qbft_message_fini(struct qbft_message *message);

/* ---- codec ---- */

/* Out: *message, to be given up. False: *verdict says why (RLP_OK: no memory), and *message is empty. */
MM_MUST_USE bool qbft_message_decode(struct qbft_message *message, unsigned code, mm_bytes encoded,
                                     enum rlp_verdict *verdict);
void qbft_message_encode(struct mm_buf *buf, const struct qbft_message *message);

/* Parts of it, as the safety record has them too. */
void qbft_vote_encode(struct mm_buf *buf, const struct qbft_vote *vote);
void qbft_vote_read(struct rlp *r, struct qbft_vote *vote);
void qbft_votes_encode(struct mm_buf *buf, const struct qbft_votes *votes);
void qbft_votes_read(struct rlp *r, struct qbft_votes *votes);
void qbft_change_encode(struct mm_buf *buf, const struct qbft_change *change);
void qbft_change_read(struct rlp *r, struct qbft_change *change);

/* ---- signatures ---- */

mm_hash32 qbft_vote_digest(const struct seal_domain *domain, enum qbft_code code,
                           const struct qbft_vote *vote);
mm_hash32 qbft_change_digest(const struct seal_domain *domain, const struct qbft_change *change);

/* Who recovers: secp256k1 (QBFT_SECP256K1), or something faster in a simulation. */
struct qbft_crypto {
    void *ctx;
    bool (*recover)(void *ctx, mm_addr *signer, const struct secp_signature *signature,
                    const mm_hash32 *digest);
};
extern const struct qbft_crypto QBFT_SECP256K1;

/* Recovers every signer. False: a signature is invalid, or the message's own signer is none of these (NULL: not asked), which
 * spares the rest: a stranger costs one recovery. */
MM_MUST_USE bool qbft_message_authenticate(struct qbft_message *message,
                                           const struct seal_domain *domain,
                                           const struct qbft_crypto *crypto,
                                           const struct validator_set *set);

#endif
