/* The rule language: who may change what of a token, as a text that people vote on (docs/RULES.md).
 *
 *      "caller == owner && history.count('chat') >= 10u"
 *              │
 *         rule_compile ── lexer ─► parser ─► program ─► checker ─► cost bound          once, when the rule is proposed
 *              │                                                       │
 *              ▼                                                       ▼
 *         struct rule  ── rule_eval ─► a value or a fault, and what it cost ≤ bound    every time it is asked
 *
 * The language is a strict, statically typed subset of CEL (Common Expression Language), so that anyone can judge a rule with
 * another implementation of it. No doubles, maps, null, messages, dyn, regular expressions; no implicit conversion.
 * Integers are 256 bits wide on the chain; another width is for CEL's own vectors. Arithmetic is checked: what does not fit is a
 * fault, and && and || absorb a fault when their other side decides.
 *
 * The parser writes the expression in postfix order with markers where evaluation may skip (program_internal.h), so checking,
 * bounding and evaluating are each one walk along an array. Nothing here calls itself, whatever the text.
 *
 *      a ? b + 1u : c        a  IF  b  1u  +  ELSE  c  ENDIF
 *      xs.all(x, x > y)      xs  LOOP  x  y  >  NEXT
 *
 * What names mean is the environment's business: a table of variables, one of functions that read the host, and the types of
 * traits. vocabulary.h has the chain's.
 *
 * Memory: everything in the caller's arenas. A compiled rule borrows from the arena, the source and the environment it was
 * compiled with. RULE_COMPILE_BYTES_MAX and RULE_EVAL_BYTES_MAX are enough for any text.
 * Threads: a compiled rule is not changed by evaluation and may be shared. Deterministic: the same source, environment and
 * values give the same bytes, fault and cost on every machine.
 * Limits: below and in value.h; docs/RULES.md has their reasons. Source: CEL language definition (cel-spec v0.25.1). */
#ifndef CONTRACTS_NATIVE_RULES_RULES_H
#define CONTRACTS_NATIVE_RULES_RULES_H

#include "contracts-native/rules/value.h"
#include "state/base/arena.h"

enum {
    RULE_SOURCE_BYTES_MAX = 4096,
    RULE_NODES_MAX = 512, /* of the tree: literals, names, operators, calls */
    RULE_DEPTH_MAX = 40, /* brackets, calls, conditions, signs around each other; CEL asks for 32 */
    RULE_ITEMS_MAX = 64, /* elements of a list in the text, arguments of a call */
    RULE_LOOPS_MAX = 2,  /* all, exists, exists_one, filter, map within each other */
    RULE_ARGS_MAX = 3,   /* parameters of any function there is */
    RULE_COST_MAX = 100000,

    RULE_COMPILE_BYTES_MAX = 512 << 10,
    RULE_EVAL_BYTES_MAX = 8 << 20, /* what RULE_COST_MAX can buy */
};

enum rule_width { RULE_WIDTH_64, RULE_WIDTH_256 };

/* ---- what names mean ---- */

struct rule_variable {
    const char *name;      /* may have a dot: "block.number" */
    struct rule_type type; /* of kind RULE_NONE: the trait's (rule_env) */
    uint16_t bytes_max;    /* string, bytes */
    uint16_t count_max;    /* list */
    unsigned places;       /* bits: where it is known; 0: everywhere */
    const char *help;      /* may be NULL */
};

/* A read of the host: a function of its own, or in a namespace ("history.count"). */
struct rule_reader {
    const char *name;
    unsigned id; /* the host's */
    uint8_t param_count;
    bool
        is_of_trait; /* its one argument is a literal, the name of a trait, and its result has that trait's type */
    struct rule_type params[RULE_ARGS_MAX];
    struct rule_type result; /* no list */
    uint16_t bytes_max;
    const char *help; /* may be NULL */
};

/* Out: the type of the trait of this name. */
struct rule_traits {
    void *ctx;
    bool (*find)(void *ctx, struct rule_type *type, mm_bytes name);
};

struct rule_env {
    enum rule_width width;
    unsigned place;              /* the bit of where the rule stands; 0: all variables are known */
    struct rule_type trait_type; /* of the variables that have the trait's */
    const char *const *place_names; /* by bit, for errors; may be NULL */
    const struct rule_variable *variables;
    size_t variable_count;
    const struct rule_reader *readers;
    size_t reader_count;
    struct rule_traits traits; /* find may be NULL: there are none */
};

/* ---- compiling ---- */

/* Numbers are on the wire (RuleInvalid): new ones come last. */
enum rule_verdict {
    RULE_OK = 0,
    RULE_TOO_LONG,    /* RULE_SOURCE_BYTES_MAX */
    RULE_NOT_UTF8,    /* RFC 3629 */
    RULE_SYNTAX,      /* no expression of the language */
    RULE_UNSUPPORTED, /* CEL has it, rules have not */
    RULE_BAD_NUMBER,  /* a literal that no int or uint holds */
    RULE_BAD_TEXT,    /* an escape that is none, or a text above RULE_TEXT_BYTES_MAX */
    RULE_TOO_DEEP,    /* RULE_DEPTH_MAX, RULE_LOOPS_MAX or RULE_LIST_DEPTH_MAX */
    RULE_TOO_LARGE,   /* RULE_NODES_MAX or RULE_ITEMS_MAX */
    RULE_UNKNOWN,     /* a name, function or trait that there is not, or not here */
    RULE_TYPE, /* no operator or function takes these types, or the result is not what is asked for */
    RULE_COSTLY,    /* the bound is above the maximum */
    RULE_NO_MEMORY, /* the arena is full */
};

/* One word, for scripts. */
const char *rule_verdict_word(enum rule_verdict verdict);

/* What is wrong and where. offset and len are bytes of the source; line and column count from 1, columns in code points. */
struct rule_error {
    enum rule_verdict verdict;
    uint32_t offset;
    uint32_t len; /* may be 0: at the end of the text */
    uint32_t line;
    uint32_t column;
    char text[240]; /* for a person: lower case, no full stop */
};

/* Line and column of an offset. */
void rule_place(mm_bytes source, uint32_t offset, uint32_t *line, uint32_t *column);

struct rule;

struct rule_options {
    const struct rule_env *env; /* borrowed as long as the rule */
    bool has_result;
    struct rule_type result; /* what the rule must give, when it has_result */
    uint64_t cost_max;       /* RULE_COST_MAX unless there is a reason */
};

/* Out: *rule, in the arena; NULL with *error otherwise. The source is borrowed as long as the rule. */
MM_MUST_USE enum rule_verdict rule_compile(struct mm_arena *arena, const struct rule **rule,
                                           struct rule_error *error, mm_bytes source,
                                           const struct rule_options *options);

struct rule_type rule_result_type(const struct rule *rule);
uint64_t rule_cost_max(const struct rule *rule); /* no evaluation costs more */
/* Whether the rule names the variable of this index: others need not be looked up for it. */
bool rule_uses(const struct rule *rule, size_t variable);

/* ---- evaluating ---- */

/* Numbers are on the wire (RuleFailed). */
enum rule_fault {
    RULE_FAULT_NONE = 0,
    RULE_FAULT_OVERFLOW = 1,   /* + - * of what does not fit; minimum / -1 */
    RULE_FAULT_DIVISION = 2,   /* / or % by zero */
    RULE_FAULT_INDEX = 3,      /* no element there */
    RULE_FAULT_CONVERSION = 4, /* int(…), uint(…), bool(…) of what is none */
    RULE_FAULT_COST = 5,       /* the cost limit, RULE_TEXT_BYTES_MAX or RULE_LIST_COUNT_MAX */
    RULE_FAULT_TEXT = 6,       /* string(…) of bytes that are not UTF-8 */
};

const char *rule_fault_text(enum rule_fault fault);

/* The host, as far as a rule sees it. Out: *value, of the reader's type and size; *is_first: nothing has read this yet in the
 * transaction, which costs more. An error ends the evaluation. */
struct rule_host {
    void *ctx;
    mm_err (*read)(void *ctx, struct rule_value *value, bool *is_first,
                   const struct rule_reader *reader, const struct rule_value *args);
};

struct rule_result {
    enum rule_fault fault;
    uint32_t offset; /* where the fault arose */
    uint64_t cost;   /* also of an evaluation that failed */
    struct rule_value
        value; /* without a fault; borrows from the arena, the rule, the variables and the host */
};

struct rule_inputs {
    const struct rule_value *
        variables; /* by index in the environment; those that rule_uses, of their types and sizes */
    const struct rule_host *host; /* may be NULL when the environment has no readers */
    uint64_t cost_limit;          /* what would pass it is RULE_FAULT_COST, which nothing absorbs */
};

/* MM_ERR_NO_MEMORY when the arena is full, or the host's error. */
MM_MUST_USE mm_err rule_eval(struct mm_arena *arena, struct rule_result *result,
                             const struct rule *rule, const struct rule_inputs *inputs);

#endif
