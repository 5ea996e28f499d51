/* What the files of follow share. */
#ifndef NODE_CONTENT_FOLLOW_INTERNAL_H
#define NODE_CONTENT_FOLLOW_INTERNAL_H

#include "contracts-native/abi/abi.h"
#include "node/content/follow.h"
#include "rpc/ask/ask.h"

/* Where the reading of a state is. */
struct follow_reading {
    size_t account;      /* of the genesis */
    uint64_t collection; /* of that account, if it is a factory; 0: the account itself is next */
    bool has_contract;   /* whose tokens are read */
    mm_addr contract;
    uint64_t token; /* the next */
    uint64_t end;   /* no token from here on */
};

struct follow {
    struct follow_options options;
    struct abi_signature transfer;
    struct abi_signature update;
    struct abi_signature updates;
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

/* ---- follow.c ---- */
/* The token needs what its contract says. */
MM_MUST_USE mm_err follow_set_token(struct follow_round *round, const struct content_token *token);

/* ---- redact.c ---- */
bool follow_is_redaction(const struct log *log);
/* What this node saved for the entry is not held any more. */
MM_MUST_USE mm_err follow_hear_redaction(struct follow_round *round, const struct log *log);

/* ---- ask.c ---- */
/* What a contract says as of the view's head, in the arena until the next. */
MM_MUST_USE mm_err follow_ask(struct follow *follow, bool *has, struct abi_value *values,
                              struct ledger_view *view, const struct ask_question *question);
/* The token's URI as of the view's head, in the arena; empty: it has none. */
MM_MUST_USE mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                                  const struct content_token *token);
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
