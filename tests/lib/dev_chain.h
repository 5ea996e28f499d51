/* A development chain as a node has it, without the node: the repository's genesis.json, the real natives, a real store, blocks
 * through seal_alone. Short verbs to fill it, to flush, to crash and to come back.
 *
 *     dev_chain_init(kind) ─► dev_chain_mint … dev_chain_pay … ─► dev_chain_block ─► dev_chain_flush
 *                                                       └─ dev_chain_crash: the tail is gone, blocks are not ─► dev_chain_open
 *
 * What goes wrong here is a failed assertion of the test. Threads: one. */
#ifndef TESTS_LIB_DEV_CHAIN_H
#define TESTS_LIB_DEV_CHAIN_H

#include "node/import/chain.h"
#include "state/store/kv.h"
#include "tests/lib/folder.h"
#include "tests/lib/random.h"

enum {
    DEV_PEOPLE = 10,
    DEV_VALIDATORS = 16, /* keys of them; one is in the set, or as many as asked for */
    DEV_SENDERS = DEV_PEOPLE + DEV_VALIDATORS, /* who can send: people, then validators */
    DEV_PENDING_MAX = 256,
};

enum dev_store { DEV_MEMORY, DEV_ROCKSDB };

struct dev_chain {
    struct chain *chain;          /* NULL while closed */
    struct kv *kv;                /* the chain's; borrowed, to look and to damage */
    char path[FOLDER_PATH_BYTES]; /* the store's folder; empty: in memory */
    uint64_t proof_window;
    size_t tail_bytes_max;
    size_t nodes_bytes_max;
    bool synced; /* its writes, from the next opening on: for figures */
    struct kv *(*opens)(void *ctx, const struct kv_options *options); /* NULL: as `path` says */
    void *opens_ctx;
    bool is_member;             /* keys and genesis are another's */
    struct chain_opened opened; /* by the last dev_chain_open */
    struct mm_buf genesis_text;
    struct secp_secret *people[DEV_SENDERS];
    struct secp_secret *validator; /* that this chain seals with; borrowed */
    mm_addr addrs[DEV_SENDERS];
    uint64_t nonces[DEV_SENDERS];
    uint64_t minted;       /* tokens of the default collection so far, as asked for */
    struct mm_arena arena; /* of the pending transactions */
    struct tx pending[DEV_PENDING_MAX];
    size_t pending_count;
    uint64_t tx_gas; /* that each may use; 0: a million */
    size_t offered;  /* of them, to the chain */
};

extern const mm_addr DEV_COLLECTION, DEV_FACTORY, DEV_VALIDATORS_ACCOUNT;

void dev_chain_init(struct dev_chain *dev, enum dev_store store, uint64_t proof_window);
/* The chain of one of several validators, `self`; each of them has funds. */
void dev_chain_init_council(struct dev_chain *dev, enum dev_store store, size_t validators,
                            size_t self);
/* The chain of another validator of the same council, which outlives it; dev_chain_open is to be called. */
void dev_chain_init_member(struct dev_chain *dev, const struct dev_chain *council, size_t self);
void dev_chain_fini(struct dev_chain *dev);

/* The store alone, opened as the chain would; NULL and the reason when it cannot be. */
struct kv *dev_chain_open_store(struct dev_chain *dev);
/* Over the folder that is there. */
MM_MUST_USE mm_err dev_chain_open(struct dev_chain *dev, struct mm_reason *reason);
void dev_chain_close(struct dev_chain *dev);
/* Ends as a killed process does: what was not flushed is forgotten. */
void dev_chain_crash(struct dev_chain *dev);
/* dev_chain_crash and dev_chain_open. */
void dev_chain_come_back(struct dev_chain *dev);

/* A signed, decoded transaction of a person, not pending. Valid until the next block. */
struct tx dev_chain_tx(struct dev_chain *dev, size_t from, uint64_t nonce, const mm_addr *to,
                       uint64_t value, mm_bytes data);
/* Pending transactions, in this order in the next block. */
void dev_chain_send(struct dev_chain *dev, size_t from, const mm_addr *to, uint64_t value,
                    mm_bytes data);
void dev_chain_pay(struct dev_chain *dev, size_t from, size_t to, uint64_t value);
void dev_chain_mint(struct dev_chain *dev, size_t from, size_t to);
/* The same with this URI; the token's number, when all that is pending gets in. */
uint64_t dev_chain_mint_uri(struct dev_chain *dev, size_t from, size_t to, mm_bytes uri);
/* Of another collection. */
void dev_chain_mint_uri_at(struct dev_chain *dev, const mm_addr *collection, size_t from, size_t to,
                           mm_bytes uri);
void dev_chain_burn(struct dev_chain *dev, size_t from, uint64_t token);
void dev_chain_transfer(struct dev_chain *dev, size_t from, size_t to, uint64_t token);
/* Of a validator, for or against an address. */
void dev_chain_vote(struct dev_chain *dev, size_t validator, const mm_addr *candidate, bool add);
void dev_chain_edit(struct dev_chain *dev, enum edit_kind kind, const mm_addr *addr, uint64_t slot,
                    uint64_t value);
/* After the chain was taken back: what its state says. */
void dev_chain_read_nonces(struct dev_chain *dev);
/* Pending transactions as a source that must get in, all of them; dev_chain_sent when they did. */
struct chain_source dev_chain_source(struct dev_chain *dev);
void dev_chain_sent(struct dev_chain *dev);
/* What a quorum of the chain's set says to a block, in round 0. */
struct certificate dev_chain_certificate(const struct dev_chain *dev, const struct header *header);
/* Seals what is pending; every transaction must get in. The block's number. */
uint64_t dev_chain_block(struct dev_chain *dev);
/* A few random operations of all kinds (some revert), edits now and then, in a block. */
uint64_t dev_chain_random_block(struct dev_chain *dev, struct test_random *random);
void dev_chain_flush(struct dev_chain *dev);
/* The problems that db check reports, each printed. */
uint64_t dev_chain_check(struct dev_chain *dev, enum chain_check_depth depth);
/* Takes the ledger alone back, where no edits wait at that block; and reads the nonces anew. */
MM_MUST_USE mm_err dev_chain_rewind_ledger(struct dev_chain *dev, uint64_t block_num);

/* "transferFrom(address,address,uint256)" of words; strings and the like are not for this. */
mm_bytes dev_calldata(struct dev_chain *dev, const char *signature, const mm_u256 *words,
                      size_t count);

/* The genesis text, for tests that change it. */
void dev_read_genesis(struct mm_buf *text);

#endif
