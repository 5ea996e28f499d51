/* Evaluation's own: the stack (eval.c) and loops (eval_loops.c). */
#ifndef CONTRACTS_NATIVE_RULES_EVAL_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_EVAL_INTERNAL_H

#include "contracts-native/rules/functions_internal.h"

/* A value, or why there is none and where that began. */
struct slot {
    struct rule_value value;
    enum rule_fault fault;
    uint32_t offset;
};

/* A loop that runs. What it found so far is its result when it ends now. */
struct turning {
    const struct rule_value *items;
    size_t count;
    size_t index;
    struct rule_value *built; /* of map and filter */
    size_t built_count;
    size_t hits;       /* of exists_one */
    struct slot found; /* a fault, or what all and exists know */
};

struct evaluating {
    struct machine m;
    struct slot *slots;
    size_t count;
    struct turning loops[RULE_LOOPS_MAX];
    size_t loop_count;
};

/* A new slot, without a fault. */
struct slot *eval_push(struct evaluating *e);
struct slot *eval_top(struct evaluating *e);

/* LOOP, NEXT and TEST. Each takes what is on the stack and returns where to go on. */
size_t eval_loop(struct evaluating *e, const struct node *node, size_t next);
size_t eval_next(struct evaluating *e, const struct node *node, size_t next);
size_t eval_test(struct evaluating *e, const struct node *node, size_t next);

#endif
