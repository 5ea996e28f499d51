/* What the files of follow share. */
#ifndef NODE_CONTENT_FOLLOW_INTERNAL_H
#define NODE_CONTENT_FOLLOW_INTERNAL_H

#include "contracts-native/abi/abi.h"
#include "node/content/follow.h"
#include "rpc/ask/ask.h"

/* What is listened for. */
enum follow_event {
    FOLLOW_TRANSFER,
    FOLLOW_UPDATE,   /* of a token's metadata */
    FOLLOW_UPDATES,  /* of many */
    FOLLOW_CONTRACT, /* a contract has another URI */
    FOLLOW_CREATED,  /* a factory made an AINFT collection, which may have one from the beginning */
    FOLLOW_SPECIFICATION, /* a token has another version */
    FOLLOW_ENTRY,         /* its history has one more */
    FOLLOW_REDACTED,
    FOLLOW_EVENTS,
};

struct follow_events {
    struct abi_signature signatures[FOLLOW_EVENTS];
    mm_hash32 topics[FOLLOW_EVENTS]; /* their hashes */
};

/* Where the reading of a state is. */
struct follow_reading {
    size_t account;      /* of the genesis */
    uint64_t collection; /* of that account, if it is a factory; 0: the account itself is next */
    bool has_contract;   /* whose tokens are read */
    mm_addr contract;
    uint64_t token; /* the next */
    uint64_t end;   /* no token from here on */
    bool is_ainft;
};

struct follow {
    struct follow_options options;
    struct follow_events events;
    struct mm_arena arena; /* of a call */
    bool is_asking;        /* every token that is known, again */
    bool has_asked;        /* up to this one */
    struct content_token asked;
    bool is_reading; /* then, of a chain that begins later than with genesis, its state */
    struct follow_reading reading;
};

/* Where a step is. */
struct follow_round {
    struct follow *follow;
    struct ledger_view *view;
    uint64_t now_ms;
    bool has_last;
    struct content_token last; /* a mint tells its token twice */
};

/* ---- hear.c ---- */
void follow_init_events(struct follow_events *events);
/* For ledger_logs; ctx is the round. */
MM_MUST_USE mm_err follow_hear(void *ctx, const struct log_hit *hit);
/* The token, or the part, needs what this URI names. */
MM_MUST_USE mm_err follow_set_uri(struct follow_round *round, const struct content_token *token,
                                  mm_bytes uri);
/* The same of what its contract says. */
MM_MUST_USE mm_err follow_set_token(struct follow_round *round, const struct content_token *token);
MM_MUST_USE mm_err follow_set_contract(struct follow_round *round, const mm_addr *contract);

/* ---- parts.c: what is told once, and what no state has afterwards ---- */
/* What the state has of it: the specification that holds now. */
MM_MUST_USE mm_err follow_ask_specification(struct follow_round *round,
                                            const struct content_token *token);
MM_MUST_USE mm_err follow_hear_specification(struct follow_round *round, const struct log *log);
MM_MUST_USE mm_err follow_hear_entry(struct follow_round *round, const struct log *log);
MM_MUST_USE mm_err follow_hear_redacted(struct follow_round *round, const struct log *log);
/* The token was burned: neither specifications nor history are needed. */
MM_MUST_USE mm_err follow_drop_parts(struct follow_round *round, const struct content_token *token);

/* ---- redact.c ---- */
/* What this node saved for the entry is not held any more. */
MM_MUST_USE mm_err follow_hear_redaction(struct follow_round *round, const struct log *log);

/* ---- ask.c ---- */
/* As of the view's head; answers are in the arena, until the next question. */
MM_MUST_USE mm_err follow_ask(struct follow *follow, bool *has, struct abi_value *values,
                              struct ledger_view *view, const struct ask_question *question);
/* The URI of the token, or of the contract, as of the view's head, in the arena; empty: it has none. Of other parts no contract is
 * asked, they have none: a chain tells them again when it is followed again. */
MM_MUST_USE mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                                  const struct content_token *token);
/* Whether the entry of a history is there, and not redacted. */
MM_MUST_USE mm_err follow_ask_stands(struct follow_round *round, bool *stands,
                                     const mm_addr *collection, const mm_u256 *token,
                                     const mm_u256 *index);
/* A function of one word at most that gives one word. */
struct follow_question {
    mm_addr contract;
    const char *signature;
    uint64_t argument;
};
/* *has: it gave one. */
MM_MUST_USE mm_err follow_ask_word(struct follow *follow, bool *has, mm_u256 *word,
                                   struct ledger_view *view, const struct follow_question *asked);

/* ---- read.c ---- */
/* Tokens of the collections that the genesis names and that its factories made, a few of them. Out: *is_over. */
MM_MUST_USE mm_err follow_read_state(struct follow_round *round, bool *is_over);

#endif
