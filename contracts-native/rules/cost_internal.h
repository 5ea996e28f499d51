/* What evaluation costs, and the most that it can (docs/RULES.md).
 *
 * One formula serves both. It takes sizes: those of the values at hand when a rule runs, the largest possible ones when it is
 * compiled. It never falls when a size grows, so what is measured cannot be above the bound. */
#ifndef CONTRACTS_NATIVE_RULES_COST_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_COST_INTERNAL_H

#include "contracts-native/rules/rules.h"

struct program;

enum {
    COST_NODE = 5,         /* a node of the tree that was evaluated */
    COST_MATH = 5,         /* * / % */
    COST_WORD = 3,         /* 32 bytes of text, or what was begun of them */
    COST_ELEMENT = 5,      /* an element that was built or looked at */
    COST_READ_COLD = 2100, /* what EIP-2929 asks for a slot */
    COST_READ_WARM = 100,
};

enum cost_kind {
    COST_OF_NOTHING, /* the node alone */
    COST_OF_MATH,
    COST_OF_FIRST,    /* bytes of the first argument */
    COST_OF_LESSER,   /* bytes of the shorter one: a comparison */
    COST_OF_BOTH,     /* bytes of both together */
    COST_OF_DIGITS,   /* the bytes of a number's text */
    COST_OF_ELEMENTS, /* elements of both lists, which are copied */
    COST_OF_EQUAL,    /* of two values of any type; elements and their bytes */
    COST_OF_MEMBER,   /* a value against the elements of a list */
};

enum size_kind {
    SIZE_OF_NOTHING, /* a result without a size: bool, int, uint */
    SIZE_OF_FIRST,   /* that of the first argument */
    SIZE_OF_SUM,     /* of both arguments one behind the other */
    SIZE_OF_DIGITS,
    SIZE_OF_ELEMENT, /* of an element of the first argument */
    SIZE_OF_WORD,    /* true, false */
};

/* The most that a value can be: elements at each level of lists, the outermost first, and bytes of each text inside. */
struct rule_size {
    uint16_t counts[RULE_LIST_DEPTH_MAX];
    uint16_t bytes;
};

static inline uint64_t cost_of_bytes(size_t bytes)
{
    return (uint64_t)COST_WORD * ((bytes + 31) / 32);
}

/* Of a value, without looking into a list. */
struct rule_size size_of_value(const struct rule_value *value);
/* Besides COST_NODE. Saturates. */
uint64_t cost_extra(enum cost_kind kind, const struct rule_size *args);
struct rule_size size_of_result(enum size_kind kind, const struct rule_size *args);

/* The most that a checked program can cost. Saturates at UINT64_MAX. */
uint64_t cost_bound(const struct program *program);

#endif
