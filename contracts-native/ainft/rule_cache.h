/* Compiled rules, kept from one question to the next: a table of places that any thread may use, for speed alone.
 *
 *     source, place, types ──keccak256──► place of the table ── is it this text? are its traits what they were? ──► compiled rule
 *                                              │ no, or somebody else uses the place now
 *                                              └──► compiled anew
 *
 * What a rule means depends on the types of the traits that it names, which the collection's storage has. They are loaded, and
 * paid for, in the order in which the compiler asks for them, whether the rule is compiled or found: so neither results nor gas
 * can tell whether it was here. A place is locked while its rule runs; who finds it locked compiles for himself.
 *
 * Memory: a place keeps at most RULE_COMPILE_BYTES_MAX. Threads: safe after rule_cache_init. */
#ifndef CONTRACTS_NATIVE_AINFT_RULE_CACHE_H
#define CONTRACTS_NATIVE_AINFT_RULE_CACHE_H

#include "contracts-native/ainft/ainft_internal.h"

enum { RULE_CACHE_TRAITS_MAX = 32 }; /* names of traits in a text; one with more is not kept */

/* Which traits the compiler asked for, in its order, and what they were. */
struct rule_trait_use {
    mm_u256 key;
    uint8_t kind;
};

/* A compiled rule with all that it borrows. */
struct rule_compiled {
    struct mm_arena arena;
    mm_u256 id; /* of text, place and types */
    struct rule_env env;
    const struct rule *rule; /* NULL: none */
    struct rule_trait_use uses[RULE_CACHE_TRAITS_MAX];
    size_t use_count;
};

void rule_cache_init(void);
/* The place for this id, locked, or NULL. Its rule may be another one's. */
struct rule_compiled *rule_cache_take(const mm_u256 *id);
void rule_cache_give(struct rule_compiled *place);

#endif
