/* The words that rules of the chain know: variables, and reads of the collection (docs/RULES.md).
 *
 * A rule stands in a place (enum rule_place_kind), which a target's name says: "history:chat" is in RULE_PLACE_HISTORY. Not every
 * variable means something everywhere; a name that is asked for where it means nothing is refused when the rule is compiled.
 * Who evaluates fills variables by RULE_VAR_… and answers reads by RULE_READ_…; both are indices of these tables.
 * All is constant; threads do not matter. */
#ifndef CONTRACTS_NATIVE_RULES_VOCABULARY_H
#define CONTRACTS_NATIVE_RULES_VOCABULARY_H

#include "contracts-native/rules/rules.h"

/* Bits. */
enum rule_place_kind {
    RULE_PLACE_SPEC = 1 << 0,
    RULE_PLACE_URI = 1 << 1,
    RULE_PLACE_MINT = 1 << 2,
    RULE_PLACE_TRANSFER = 1 << 3,
    RULE_PLACE_REDACT = 1 << 4,
    RULE_PLACE_META = 1 << 5,
    RULE_PLACE_HISTORY = 1 << 6,
    RULE_PLACE_TRAIT = 1 << 7,
    RULE_PLACE_ACTION = 1 << 8, /* guard, price and effects */
};

enum { RULE_ACTION_ARGS_MAX = 16, RULE_TRAIT_BYTES_MAX = 32, RULE_NAME_BYTES_MAX = 64 };

enum rule_chain_variable {
    RULE_VAR_CALLER,
    RULE_VAR_OWNER,
    RULE_VAR_CREATOR,
    RULE_VAR_SERVICE,
    RULE_VAR_TOKEN,
    RULE_VAR_SUPPLY,
    RULE_VAR_VALUE,
    RULE_VAR_BLOCK_NUMBER,
    RULE_VAR_BLOCK_TIMESTAMP,
    RULE_VAR_TOTAL_VOTES,
    RULE_VAR_AUTHOR,
    RULE_VAR_KIND,
    RULE_VAR_FORM,
    RULE_VAR_WEIGHT,
    RULE_VAR_LENGTH,
    RULE_VAR_OLD,
    RULE_VAR_NEW,
    RULE_VAR_TO,
    RULE_VAR_FROM,
    RULE_VAR_ARGS,
    RULE_VAR_COUNT,
};

enum rule_chain_read {
    RULE_READ_TRAIT,
    RULE_READ_HISTORY_COUNT,
    RULE_READ_HISTORY_WEIGHT,
    RULE_READ_HISTORY_AUTHORS,
    RULE_READ_HISTORY_LAST,
    RULE_READ_HISTORY_COUNT_BY,
    RULE_READ_HISTORY_LENGTH,
    RULE_READ_CREDITS,
    RULE_READ_TOKEN_CREDIT,
    RULE_READ_BALANCE,
    RULE_READ_VOTES,
    RULE_READ_APPROVED,
    RULE_READ_SPEC_VERSION,
    RULE_READ_COUNT,
};

extern const struct rule_variable RULE_CHAIN_VARIABLES[RULE_VAR_COUNT];
extern const struct rule_reader RULE_CHAIN_READERS[RULE_READ_COUNT];

/* The place of a target: "spec", "history:chat", "trait:level", "trait:*", "action:levelup". 0: there is no such target. */
unsigned rule_place_of_target(mm_bytes target);

/* An environment of the chain. trait_type: of `old` and `new`; elsewhere than in RULE_PLACE_TRAIT it does not matter. */
struct rule_env rule_chain_env(unsigned place, struct rule_type trait_type,
                               const struct rule_traits *traits);

#endif
