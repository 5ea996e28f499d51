/* The checker's own: a walk along the program with a stack of types (check.c); names (check_names.c) and calls
 * (check_calls.c). */
#ifndef CONTRACTS_NATIVE_RULES_CHECKER_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_CHECKER_INTERNAL_H

#include "contracts-native/rules/functions_internal.h"

/* An operand that is complete. */
struct operand {
    struct rule_type type;
    bool is_namespace; /* no value: "history" before ".count(" */
    mm_bytes name;     /* of a namespace */
};

/* A loop that is open. */
struct scope {
    mm_bytes name; /* of its variable */
    struct rule_type list;
};

struct checker {
    struct compiling *c;
    const struct rule_env *env;
    struct node *nodes;
    struct operand operands[RULE_NODES_MAX + 1];
    size_t count;
    struct scope scopes[RULE_LOOPS_MAX];
    size_t scope_count;
};

MM_MUST_USE enum rule_verdict checker_push(struct checker *k, const struct node *node,
                                           struct rule_type type);
/* The last `count` operands, which are taken off; valid until the next push. */
const struct operand *checker_pop(struct checker *k, size_t count);

MM_MUST_USE enum rule_verdict checker_name(struct checker *k, struct node *node);
MM_MUST_USE enum rule_verdict checker_call(struct checker *k, struct node *node);

bool checker_knows(const struct rule_env *env, const struct rule_variable *variable);
/* "; is it 'caller'?", or nothing. Returns out. */
enum { CHECKER_HINT_MAX = 64 };
const char *checker_hint(char out[CHECKER_HINT_MAX], const struct rule_env *env, mm_bytes name,
                         bool is_function);

#define CHECKER_TRY(expression)                                                                    \
    do {                                                                                           \
        const enum rule_verdict checker_try_ = (expression);                                       \
        if (checker_try_ != RULE_OK)                                                               \
            return checker_try_;                                                                   \
    } while (0)

#endif
