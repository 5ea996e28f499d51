/* Types and values of the rule language (rules.h).
 *
 *     bool   int   uint   string   bytes   list(T)          list(list(int)) is { RULE_INT, depth 2 }
 *
 * int and uint have the width of the environment, 64 or 256 bits. An int is kept in two's complement over all 256 bits, so that
 * equal numbers are equal bytes whatever the width. A string is valid UTF-8, its size counted in code points. A list has elements
 * of one type; `[]` is list(none) and fits wherever a list does: no value of type none exists.
 *
 * Memory: a value borrows the bytes and items it points to. Threads: values are not changed once made. */
#ifndef CONTRACTS_NATIVE_RULES_VALUE_H
#define CONTRACTS_NATIVE_RULES_VALUE_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/codec/u256.h"

enum {
    RULE_TEXT_BYTES_MAX = 4096, /* a string or bytes, made or given */
    RULE_LIST_COUNT_MAX = 1024, /* elements of a list that was put together of others */
    RULE_LIST_DEPTH_MAX = 16,   /* lists in lists; CEL asks for 12 */
    RULE_NUMBER_TEXT_MAX = U256_DECIMAL_MAX + 1, /* a sign and digits */
    RULE_TYPE_TEXT_MAX = 16 * 6 + 8,             /* "list(list(…uint…))" */
};

enum rule_kind {
    RULE_NONE, /* of the elements of [] */
    RULE_BOOL,
    RULE_INT,
    RULE_UINT,
    RULE_STRING,
    RULE_BYTES,
};

struct rule_type {
    uint8_t kind;  /* enum rule_kind, of the innermost elements */
    uint8_t depth; /* lists around it */
};

struct rule_value {
    struct rule_type type;
    union {
        bool is_true;   /* bool */
        mm_u256 number; /* int in two's complement, uint */
        mm_bytes bytes; /* string, bytes */
        struct {
            const struct rule_value *items;
            size_t count;
        } list;
    };
};

static inline struct rule_type rule_type_of(enum rule_kind kind)
{
    return (struct rule_type){ .kind = (uint8_t)kind };
}

static inline struct rule_type rule_list_of(struct rule_type element)
{
    return (struct rule_type){ .kind = element.kind, .depth = (uint8_t)(element.depth + 1) };
}

/* Of a list. */
static inline struct rule_type rule_element_of(struct rule_type list)
{
    return (struct rule_type){ .kind = list.kind, .depth = (uint8_t)(list.depth - 1) };
}

static inline bool rule_type_is(struct rule_type type, enum rule_kind kind)
{
    return type.depth == 0 && type.kind == kind;
}

static inline bool rule_type_is_text(struct rule_type type)
{
    return rule_type_is(type, RULE_STRING) || rule_type_is(type, RULE_BYTES);
}

/* Whether one type can stand for both: equal ones, or one that has none inside. Out: *out, the one that says more. */
MM_MUST_USE bool rule_type_unify(struct rule_type *out, struct rule_type a, struct rule_type b);
/* "list(uint)". Returns out. */
const char *rule_type_text(char out[RULE_TYPE_TEXT_MAX], struct rule_type type);

static inline struct rule_value rule_bool(bool is_true)
{
    return (struct rule_value){ .type = { .kind = RULE_BOOL }, .is_true = is_true };
}

static inline struct rule_value rule_uint(const mm_u256 *number)
{
    return (struct rule_value){ .type = { .kind = RULE_UINT }, .number = *number };
}

static inline struct rule_value rule_u64(uint64_t number)
{
    return (struct rule_value){ .type = { .kind = RULE_UINT }, .number = u256_from_u64(number) };
}

static inline struct rule_value rule_int(const mm_u256 *twos_complement)
{
    return (struct rule_value){ .type = { .kind = RULE_INT }, .number = *twos_complement };
}

/* Valid UTF-8; who makes one has looked. */
static inline struct rule_value rule_string(mm_bytes text)
{
    return (struct rule_value){ .type = { .kind = RULE_STRING }, .bytes = text };
}

static inline struct rule_value rule_bytes(mm_bytes bytes)
{
    return (struct rule_value){ .type = { .kind = RULE_BYTES }, .bytes = bytes };
}

static inline struct rule_value rule_list(struct rule_type element, const struct rule_value *items,
                                          size_t count)
{
    return (
        struct rule_value){ .type = { .kind = element.kind, .depth = (uint8_t)(element.depth + 1) },
                            .list = { items, count } };
}

/* <0, 0, >0 of two values of one type that is no list: false before true, text by its bytes, which for UTF-8 is by code points. */
int rule_value_compare(const struct rule_value *a, const struct rule_value *b);
/* Of two values of one type. *units: what was looked at, in cost (rules.h). Iterative. */
bool rule_value_equal(const struct rule_value *a, const struct rule_value *b, uint64_t *units);

/* An int or uint in decimal, terminated. Returns its length. */
size_t rule_number_text(char out[RULE_NUMBER_TEXT_MAX + 1], const struct rule_value *number);
/* For a person: numbers as they are written in a rule, strings between quotes, bytes as 0x and hex, lists in brackets. */
void rule_value_print(struct mm_buf *out, const struct rule_value *value);

#endif
