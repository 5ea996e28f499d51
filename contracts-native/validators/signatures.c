/* The errors and events, by the text that gives their selector or topic. */
#include "contracts-native/validators/validators_internal.h"

static const char *const errors[VALIDATORS_ERRORS] = {
    [VALIDATORS_ALREADY_A_VALIDATOR] = "AlreadyAValidator(address)",
    [VALIDATORS_ALREADY_VOTED] = "AlreadyVoted(address,address,bool)",
    [VALIDATORS_INVALID_VALIDATOR] = "InvalidValidator(address)",
    [VALIDATORS_LAST_VALIDATOR] = "LastValidator(address)",
    [VALIDATORS_NOT_A_VALIDATOR] = "NotAValidator(address)",
    [VALIDATORS_SET_FULL] = "ValidatorSetFull(uint256)",
    [VALIDATORS_TOO_MANY_VOTES] = "TooManyVotes(address,uint256)",
    [VALIDATORS_VOTE_NOT_FOUND] = "VoteNotFound(address,address,bool)",
};

static const char *const events[VALIDATORS_EVENTS] = {
    [VALIDATORS_VOTED] = "Voted(address indexed,address indexed,bool)",
    [VALIDATORS_VOTE_WITHDRAWN] = "VoteWithdrawn(address indexed,address indexed,bool)",
    [VALIDATORS_ADDED] = "ValidatorAdded(address indexed)",
    [VALIDATORS_REMOVED] = "ValidatorRemoved(address indexed)",
};

struct abi_signature validators_errors[VALIDATORS_ERRORS];
struct abi_signature validators_events[VALIDATORS_EVENTS];

void validators_signatures_init(void)
{
    for (size_t i = 0; i < VALIDATORS_ERRORS; i++)
        abi_signature_init(&validators_errors[i], errors[i]);
    for (size_t i = 0; i < VALIDATORS_EVENTS; i++)
        abi_signature_init(&validators_events[i], events[i]);
}
