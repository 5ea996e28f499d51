/* What the files of the validators contract share. */
#ifndef CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_INTERNAL_H
#define CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_INTERNAL_H

#include "contracts-native/storage/storage.h"
#include "contracts-native/validators/validators.h"
#include "state/chain/certificate.h"

enum validators_error {
    VALIDATORS_ALREADY_A_VALIDATOR,
    VALIDATORS_ALREADY_VOTED,
    VALIDATORS_INVALID_VALIDATOR,
    VALIDATORS_LAST_VALIDATOR,
    VALIDATORS_NOT_A_VALIDATOR,
    VALIDATORS_SET_FULL,
    VALIDATORS_TOO_MANY_VOTES,
    VALIDATORS_VOTE_NOT_FOUND,
    VALIDATORS_ERRORS, /* how many */
};

enum validators_event {
    VALIDATORS_VOTED,
    VALIDATORS_VOTE_WITHDRAWN,
    VALIDATORS_ADDED,
    VALIDATORS_REMOVED,
    VALIDATORS_EVENTS, /* how many */
};

extern struct abi_signature validators_errors[VALIDATORS_ERRORS];
extern struct abi_signature validators_events[VALIDATORS_EVENTS];

void validators_signatures_init(void);

/* ---- set.c: the list in slot 0 ---- */

MM_MUST_USE enum exec_status validators_load(struct abi_call *call, struct validator_set *set);
/* Both write what changes and keep *set and the storage in ascending order. */
MM_MUST_USE enum exec_status validators_insert(struct abi_call *call, struct validator_set *set,
                                               const mm_addr *addr);
MM_MUST_USE enum exec_status validators_remove(struct abi_call *call, struct validator_set *set,
                                               const mm_addr *addr);

/* ---- ballots.c: the open votes of each validator ---- */

struct validators_vote {
    mm_addr candidate;
    bool add;
};

/* The open votes of one validator, in no particular order. */
struct validators_ballot {
    mm_u256 slot; /* of its length */
    struct validators_vote votes[VALIDATORS_VOTES_MAX];
    size_t count;
};

MM_MUST_USE enum exec_status validators_load_ballot(struct abi_call *call,
                                                    struct validators_ballot *ballot,
                                                    const mm_addr *voter);
/* Of each validator of the set, in its order. */
MM_MUST_USE enum exec_status validators_load_ballots(struct abi_call *call,
                                                     struct validators_ballot *ballots,
                                                     const struct validator_set *set);
/* The place of the vote, or ballot->count. */
size_t validators_find_vote(const struct validators_ballot *ballot,
                            const struct validators_vote *vote);
bool validators_has_vote(const struct validators_ballot *ballot,
                         const struct validators_vote *vote);
/* There is room for it. */
MM_MUST_USE enum exec_status validators_add_vote(struct abi_call *call,
                                                 struct validators_ballot *ballot,
                                                 const struct validators_vote *vote);
/* The last one takes its place, as `a[i] = a[a.length - 1]; a.pop()`. */
MM_MUST_USE enum exec_status validators_remove_vote(struct abi_call *call,
                                                    struct validators_ballot *ballot, size_t place);
MM_MUST_USE enum exec_status validators_delete_ballot(struct abi_call *call,
                                                      struct validators_ballot *ballot);

/* ---- the functions, as the table in validators.c names them ---- */

enum exec_status validators_propose(struct abi_call *call);
enum exec_status validators_withdraw(struct abi_call *call);

enum exec_status validators_list(struct abi_call *call);
enum exec_status validators_is_validator(struct abi_call *call);
enum exec_status validators_get_quorum(struct abi_call *call);
enum exec_status validators_votes(struct abi_call *call);
enum exec_status validators_votes_of(struct abi_call *call);
enum exec_status validators_proposals(struct abi_call *call);

#endif
