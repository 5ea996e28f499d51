/* A rule as a program: the expression in postfix order, with markers where evaluation may go another way.
 *
 *      a && b            a  AND_LEFT  b  AND                      AND_LEFT jumps behind AND when a is false
 *      c ? a : b         c  IF  a  ELSE  b  ENDIF                 IF jumps behind ELSE, or to ENDIF with a fault
 *      xs.all(x, p)      xs  LOOP  p  NEXT                        LOOP jumps behind NEXT when there are no elements
 *      xs.map(x, p, f)   xs  LOOP  p  TEST  f  NEXT               TEST jumps to the next turn when p is false
 *
 * Operands come before what takes them, so each walk keeps a stack of what it wants to know of them: types, sizes, values.
 * The parser makes CONST, NAME and CALL; the checker turns NAME into VARIABLE, LOCAL or NOTHING, and CALL into RUN or READ. */
#ifndef CONTRACTS_NATIVE_RULES_PROGRAM_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_PROGRAM_INTERNAL_H

#include "contracts-native/rules/rules.h"

struct function;

enum op {
    OP_NOTHING,
    OP_CONST,
    OP_NAME, /* of the source; with dots when it is a path */
    OP_VARIABLE,
    OP_LOCAL, /* of the loop `index`, outermost 0 */
    OP_CALL,
    OP_RUN,  /* a function of the language */
    OP_READ, /* of the host */
    OP_LIST,
    OP_AND_LEFT,
    OP_AND,
    OP_OR_LEFT,
    OP_OR,
    OP_IF,
    OP_ELSE,
    OP_ENDIF,
    OP_LOOP,
    OP_TEST,
    OP_NEXT,
};

enum form { FORM_OPERATOR, FORM_FUNCTION, FORM_METHOD, FORM_EITHER };

enum macro { MACRO_ALL, MACRO_EXISTS, MACRO_EXISTS_ONE, MACRO_FILTER, MACRO_MAP };

struct node {
    uint8_t op;     /* enum op */
    uint8_t form;   /* of CALL: enum form; of NAME: FORM_METHOD when a method of it is called */
    uint8_t macro;  /* of LOOP, TEST, NEXT: enum macro */
    uint8_t index;  /* of VARIABLE, LOCAL */
    uint16_t count; /* arguments, elements; the receiver of a method is the first */
    uint16_t jump;
    uint32_t offset; /* the operator, name or literal in the source */
    uint32_t len;
    union {
        struct rule_value constant;
        mm_bytes name;
        const struct function *function;
        const struct rule_reader *reader;
    };
};

enum {
    PROGRAM_NODES_MAX = 3 * RULE_NODES_MAX, /* a condition has two markers, a loop has two */
    PROGRAM_VARIABLES_MAX = 64,
};

struct program {
    struct node *nodes;
    size_t count;
    size_t stack_max; /* values on the stack of an evaluation */
    const struct rule_env *env;
    struct rule_type result;
    uint64_t uses; /* a bit a variable */
};

struct rule {
    struct program program;
    uint64_t cost_max;
};

_Static_assert(PROGRAM_VARIABLES_MAX <= 64, "a bit a variable");

/* What compiling hands from step to step. */
struct compiling {
    struct mm_arena *arena;
    struct rule_error *error;
    mm_bytes source;
    struct program *program;
};

/* Writes the error and returns its verdict. */
MM_PRINTF(5, 6)
enum rule_verdict rule_refuse(struct compiling *c, enum rule_verdict verdict, uint32_t offset,
                              uint32_t len, const char *format, ...);

/* Each returns RULE_OK or what it refused. */
enum rule_verdict program_parse(struct compiling *c);
enum rule_verdict program_check(struct compiling *c);

#endif
