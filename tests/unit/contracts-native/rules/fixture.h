/* Rules of the chain for tests: an environment, made-up values, and one call for what a text becomes. */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_RULES_FIXTURE_H
#define TESTS_UNIT_CONTRACTS_NATIVE_RULES_FIXTURE_H

#include "contracts-native/rules/vocabulary.h"

enum { FIXTURE_TEXT_MAX = 8 << 10 };

/* Traits: level and xp (uint), frozen (bool), name (string), mark (bytes). */
extern const struct rule_traits FIXTURE_TRAITS;
/* Any variable is known in it (place 0). old and new are uint. */
extern const struct rule_env *fixture_env(enum rule_width width);
/* By RULE_VAR_…: caller is 0x11…, owner 0x22…, creator 0x33…; numbers are small; args is [7, 8, 9]. */
extern const struct rule_value *fixture_values(void);
/* Answers every read with a number made of its arguments: history.count("chat") is 4 (bytes of the kind), trait("level") 5, frozen
 * false; the first read of each name is the cold one. Counts calls. */
struct fixture_host {
    size_t reads;
};
struct rule_host fixture_host(struct fixture_host *host);

/* Compiles and runs in an arena of its own and says what became of it, as a text: "ok true", "fault 1 at 4", "type at 2: '+' does
 * not take …". Valid until the next call. */
const char *said(const char *source);
const char *said_in(const char *source, enum rule_width width);
/* For texts with any bytes. */
enum rule_verdict verdict_of(mm_bytes source, struct rule_error *error);

/* What a rule costs, and the most that it can. */
struct fixture_cost {
    uint64_t measured;
    uint64_t bound;
};
struct fixture_cost cost_of(const char *source);

#endif
