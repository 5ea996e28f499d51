/* A council of machines and the mail between them: what each sends waits until the test delivers, drops, changes or repeats it. */
#ifndef TESTS_UNIT_NODE_QBFT_COUNCIL_H
#define TESTS_UNIT_NODE_QBFT_COUNCIL_H

#include "node/qbft/qbft.h"
#include "tests/lib/stub_validator.h"

enum { COUNCIL_HEIGHTS_MAX = 64, COUNCIL_MAIL_MAX = 4096, COUNCIL_BLOCKS_MAX = 256 };

struct council;

struct member {
    struct council *council;
    size_t index;
    mm_addr addr;
    struct qbft *machine; /* NULL: it is down */
    /* Its disk. */
    struct qbft_block *chain[COUNCIL_HEIGHTS_MAX]; /* by height; 0: none */
    struct certificate certificates[COUNCIL_HEIGHTS_MAX];
    uint64_t head;
    uint8_t *record; /* owned; NULL: none */
    size_t record_len;
    /* What the last step said. */
    uint64_t deadline_ms;
    size_t steps;
    size_t builds; /* blocks it built */
    size_t looks;  /* blocks it executed */
    bool is_shut;  /* every block comes before its time, or with a body that is not its own */
    size_t evidence_count;
    struct qbft_evidence evidence; /* the last */
};

struct letter {
    size_t from;
    bool was_sent; /* delivered or dropped */
    unsigned code;
    uint8_t *bytes; /* owned */
    size_t len;
};

struct council {
    size_t count;
    struct validator_set set;
    struct seal_domain domain;
    struct qbft_options options;                  /* common to all */
    struct member members[MM_VALIDATORS_MAX + 1]; /* the one after the last observes */
    uint64_t now_ms;
    struct letter mail[COUNCIL_MAIL_MAX];
    size_t mail_count;
    struct qbft_block *blocks[COUNCIL_BLOCKS_MAX]; /* all that were built; references */
    size_t block_count;
    size_t builds_max;   /* of each; then there is nothing to build from */
    bool builds_invalid; /* what is built becomes `invalid` */
    mm_hash32 invalid;   /* nobody accepts a block of this hash */
};

/* n validators at height 1 and an observer; nothing is pending. */
struct council *council_new(size_t count);
void council_free(struct council *council);

void council_give(struct council *council, size_t to, const struct qbft_event *event);
/* Transactions wait everywhere. */
void council_pending(struct council *council, bool is_pending);
/* Everything that waits, and what it leads to, to everyone but the sender who is up, in order; until nothing does. */
void council_deliver(struct council *council);
/* The same, of one code only; others are left. */
void council_deliver_code(struct council *council, unsigned code);
void council_drop(struct council *council);
/* The clock goes on by so much, with each machine's deadlines on the way; mail is not delivered. */
void council_wait(struct council *council, uint64_t ms);
/* A message to one, as if from the network: encoded, decoded, authenticated. False: it did not get through that. */
bool council_tell(struct council *council, size_t to, const struct qbft_message *message);

void council_kill(struct council *council, size_t index);
/* With what is on its disk. */
void council_revive(struct council *council, size_t index);

/* Signed by a validator, whatever it says. */
struct qbft_vote council_vote(const struct council *council, size_t signer, enum qbft_code code,
                              uint64_t height, uint64_t round, const mm_hash32 *digest);
struct qbft_change council_change(const struct council *council, size_t signer, uint64_t height,
                                  uint64_t round, const uint64_t *prepared_round,
                                  const mm_hash32 *prepared_digest);
/* Of those that were built, for qbft_restore; ctx is the council. */
struct qbft_block *council_find_block(void *ctx, const mm_hash32 *hash);
/* On top of this member's head. */
struct qbft_block *council_block(struct council *council, size_t on, size_t builder);

/* The last letter of a code that a member sent, decoded; to be given up. False: none. */
bool council_last(struct council *council, size_t from, unsigned code,
                  struct qbft_message *message);
size_t council_count_sent(const struct council *council, size_t from, unsigned code);
struct qbft_status council_status(const struct council *council, size_t index);

#endif
