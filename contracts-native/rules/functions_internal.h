/* The functions and operators of the language: one row each, with types, cost and handler. */
#ifndef CONTRACTS_NATIVE_RULES_FUNCTIONS_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_FUNCTIONS_INTERNAL_H

#include "contracts-native/rules/cost_internal.h"
#include "contracts-native/rules/number_internal.h"
#include "contracts-native/rules/program_internal.h"

/* A parameter's kind beyond those of values: the T of a row, the same in all places of it. */
enum {
    PATTERN_ANY = 100, /* any type */
    PATTERN_SCALAR,    /* any type but lists */
};

/* An evaluation that goes on. */
struct machine {
    struct mm_arena *arena;
    const struct program *program;
    const struct rule_inputs *inputs;
    uint64_t cost;
    bool is_out; /* the cost limit was reached: nothing absorbs that */
    mm_err err;
};

struct function;

/* Out: *out, of the row's result type, without a fault. */
typedef enum rule_fault (*function_run)(struct machine *m, struct rule_value *out,
                                        const struct rule_value *args,
                                        const struct function *function);

struct function {
    const char *name;
    uint8_t form; /* enum form */
    uint8_t count;
    struct rule_type params[RULE_ARGS_MAX]; /* kind may be a pattern; depth are lists around it */
    struct rule_type result;
    uint8_t cost; /* enum cost_kind */
    uint8_t size; /* enum size_kind */
    function_run run;
    number_op number; /* of + - * / % on numbers */
    bool is_constant; /* its one argument is a literal, and it is done by the checker: addr */
};

extern const struct function FUNCTIONS[];
extern const size_t FUNCTION_COUNT;

/* Whether the row is of this name and form; how many arguments it takes is asked afterwards. */
bool function_is(const struct function *function, mm_bytes name, enum form form);
/* Whether it takes these types. Out: *result. */
MM_MUST_USE bool function_takes(const struct function *function, struct rule_type *result,
                                const struct rule_type *types, size_t count);
/* A function that CEL or its usual extensions have and rules have not. */
bool function_is_unsupported(mm_bytes name);
/* Adds to the cost. False: the limit is reached. */
MM_MUST_USE bool machine_charge(struct machine *m, uint64_t units);

/* Handlers, by what they work on. */
enum rule_fault number_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                           const struct function *function);
enum rule_fault number_negate(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function);
enum rule_fault number_convert(struct machine *m, struct rule_value *out,
                               const struct rule_value *args, const struct function *function);
enum rule_fault number_print(struct machine *m, struct rule_value *out,
                             const struct rule_value *args, const struct function *function);
enum rule_fault number_read(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function);
enum rule_fault compare_run(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function);
enum rule_fault equal_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault same_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                         const struct function *function);
enum rule_fault not_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                        const struct function *function);
enum rule_fault bool_print(struct machine *m, struct rule_value *out, const struct rule_value *args,
                           const struct function *function);
enum rule_fault bool_read(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault text_join(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault text_size(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault text_contains(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function);
enum rule_fault text_starts(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function);
enum rule_fault text_ends(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault text_to_bytes(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function);
enum rule_fault text_of_bytes(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function);
enum rule_fault list_join(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault list_size(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function);
enum rule_fault list_at(struct machine *m, struct rule_value *out, const struct rule_value *args,
                        const struct function *function);
enum rule_fault list_has(struct machine *m, struct rule_value *out, const struct rule_value *args,
                         const struct function *function);

#endif
