/* Proposals, for tests: made of calls by text, and brought from state to state. */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_GOVERNOR_PROPOSAL_H
#define TESTS_UNIT_CONTRACTS_NATIVE_GOVERNOR_PROPOSAL_H

#include "contracts-native/governor/governor.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

#define PROPOSE "propose(address[],uint256[],bytes[],string)"
#define QUEUE "queue(address[],uint256[],bytes[],bytes32)"
#define EXECUTE "execute(address[],uint256[],bytes[],bytes32)"
#define CANCEL "cancel(address[],uint256[],bytes[],bytes32)"
#define HASH "hashProposal(address[],uint256[],bytes[],bytes32)"
#define UNEXPECTED "GovernorUnexpectedProposalState(uint256,uint8,bytes32)"
#define NOT_ALLOWED "ProposalCallNotAllowed(uint256,address,bytes4)"

enum { CALLS_MAX = 20, DELAY = 1, PERIOD = 100, TIMELOCK = 3600 };

struct proposal {
    struct fixture *f;
    mm_addr targets[CALLS_MAX];
    uint64_t values[CALLS_MAX];
    mm_bytes data[CALLS_MAX];
    size_t count;
    const char *description;
    struct abi_value id; /* once it was proposed */
};

/* ALICE has three votes and BOB one; the governor governs. */
void governed(struct fixture *f);

struct proposal proposal_new(struct fixture *f, const char *description);
void add_call(struct proposal *p, const mm_addr *target, const char *signature,
              const struct abi_value *args);
/* setRule(target, source) of the collection. */
void add_rule(struct proposal *p, const char *target, const char *source);
struct proposal rule_change(struct fixture *f, const char *target, const char *source);

/* To the governor. */
struct exec_outcome govern(struct fixture *f, enum person who, const char *signature,
                           const struct abi_value *args);
struct exec_outcome governed_ok(struct fixture *f, enum person who, const char *signature,
                                const struct abi_value *args);
void govern_refused(struct fixture *f, enum person who, const char *signature,
                    const struct abi_value *args, const char *error,
                    const struct abi_value *error_args);
uint64_t ask_governor(struct fixture *f, const char *signature, const struct abi_value *args);

/* What propose takes; what the others take. In the fixture's arena. */
const struct abi_value *to_propose(const struct proposal *p);
const struct abi_value *to_act(const struct proposal *p);

/* Each expects success. */
void propose(struct proposal *p, enum person who);
void vote(struct proposal *p, enum person who, enum governor_support support);
void queue(struct proposal *p);
void execute(struct proposal *p);
void seconds_pass(struct fixture *f, uint64_t seconds);
/* Proposed by ALICE and voted for by her, until the vote is over. */
void pass(struct proposal *p);
/* All of it. */
void carry_out(struct proposal *p);

enum governor_state state_of(struct proposal *p);
/* Expects UNEXPECTED with the state that it is in and the bits of those it should be in. */
void not_in_state(struct proposal *p, enum person who, const char *signature,
                  const struct abi_value *args, uint64_t states);

#endif
