/* Actions as they are stored: a guard, a price, effects (actions.c writes and reads them, perform.c does them). */
#ifndef CONTRACTS_NATIVE_AINFT_ACTIONS_H
#define CONTRACTS_NATIVE_AINFT_ACTIONS_H

#include "contracts-native/ainft/ainft_internal.h"

struct action_effect {
    uint8_t op; /* enum ainft_effect_op */
    mm_u256 key;
    mm_bytes expr;
};

struct action {
    mm_u256 id;
    mm_u256 target; /* of "action:NAME", for errors */
    uint64_t version;
    mm_bytes name;
    mm_bytes guard;
    mm_bytes price;
    struct action_effect effects[AINFT_EFFECTS_MAX];
    size_t effect_count;
};

/* UnknownAction. Texts are in the host's arena. */
MM_MUST_USE enum exec_status action_load(struct abi_call *call, struct action *action,
                                         const mm_u256 *id);

/* The texts of an action, as rules. */
struct rule_text action_text(const struct action *action, mm_bytes source);

#endif
