/* The one table of functions and operators; docs/RULES.md says it in words. */
#include "contracts-native/rules/functions_internal.h"

#define B                                                                                          \
    {                                                                                              \
        RULE_BOOL, 0                                                                               \
    }
#define I                                                                                          \
    {                                                                                              \
        RULE_INT, 0                                                                                \
    }
#define U                                                                                          \
    {                                                                                              \
        RULE_UINT, 0                                                                               \
    }
#define S                                                                                          \
    {                                                                                              \
        RULE_STRING, 0                                                                             \
    }
#define Y                                                                                          \
    {                                                                                              \
        RULE_BYTES, 0                                                                              \
    }
#define T                                                                                          \
    {                                                                                              \
        PATTERN_ANY, 0                                                                             \
    }
#define V                                                                                          \
    {                                                                                              \
        PATTERN_SCALAR, 0                                                                          \
    }
#define LIST                                                                                       \
    {                                                                                              \
        PATTERN_ANY, 1                                                                             \
    }

// clang-format off
const struct function FUNCTIONS[] = {
    /* name        form           n  parameters     gives  cost              size of result   handler         number */
    { "+",         FORM_OPERATOR, 2, { I, I },      I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_run,     number_int_add, false },
    { "+",         FORM_OPERATOR, 2, { U, U },      U,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_run,     number_uint_add, false },
    { "+",         FORM_OPERATOR, 2, { S, S },      S,     COST_OF_BOTH,     SIZE_OF_SUM,     text_join,      NULL, false },
    { "+",         FORM_OPERATOR, 2, { Y, Y },      Y,     COST_OF_BOTH,     SIZE_OF_SUM,     text_join,      NULL, false },
    { "+",         FORM_OPERATOR, 2, { LIST, LIST}, LIST,  COST_OF_ELEMENTS, SIZE_OF_SUM,     list_join,      NULL, false },
    { "-",         FORM_OPERATOR, 2, { I, I },      I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_run,     number_int_sub, false },
    { "-",         FORM_OPERATOR, 2, { U, U },      U,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_run,     number_uint_sub, false },
    { "-",         FORM_OPERATOR, 1, { I },         I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_negate,  NULL, false },
    { "*",         FORM_OPERATOR, 2, { I, I },      I,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_int_mul, false },
    { "*",         FORM_OPERATOR, 2, { U, U },      U,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_uint_mul, false },
    { "/",         FORM_OPERATOR, 2, { I, I },      I,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_int_div, false },
    { "/",         FORM_OPERATOR, 2, { U, U },      U,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_uint_div, false },
    { "%",         FORM_OPERATOR, 2, { I, I },      I,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_int_mod, false },
    { "%",         FORM_OPERATOR, 2, { U, U },      U,     COST_OF_MATH,     SIZE_OF_NOTHING, number_run,     number_uint_mod, false },
    { "==",        FORM_OPERATOR, 2, { T, T },      B,     COST_OF_EQUAL,    SIZE_OF_NOTHING, equal_run,      NULL, false },
    { "!=",        FORM_OPERATOR, 2, { T, T },      B,     COST_OF_EQUAL,    SIZE_OF_NOTHING, equal_run,      NULL, false },
    { "<",         FORM_OPERATOR, 2, { V, V },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, compare_run,    NULL, false },
    { "<=",        FORM_OPERATOR, 2, { V, V },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, compare_run,    NULL, false },
    { ">",         FORM_OPERATOR, 2, { V, V },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, compare_run,    NULL, false },
    { ">=",        FORM_OPERATOR, 2, { V, V },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, compare_run,    NULL, false },
    { "in",        FORM_OPERATOR, 2, { T, LIST },   B,     COST_OF_MEMBER,   SIZE_OF_NOTHING, list_has,       NULL, false },
    { "!",         FORM_OPERATOR, 1, { B },         B,     COST_OF_NOTHING,  SIZE_OF_NOTHING, not_run,        NULL, false },
    { "[]",        FORM_OPERATOR, 2, { LIST, I },   T,     COST_OF_NOTHING,  SIZE_OF_ELEMENT, list_at,        NULL, false },

    { "size",      FORM_EITHER,   1, { S },         I,     COST_OF_FIRST,    SIZE_OF_NOTHING, text_size,      NULL, false },
    { "size",      FORM_EITHER,   1, { Y },         I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, text_size,      NULL, false },
    { "size",      FORM_EITHER,   1, { LIST },      I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, list_size,      NULL, false },
    { "contains",  FORM_METHOD,   2, { S, S },      B,     COST_OF_BOTH,     SIZE_OF_NOTHING, text_contains,  NULL, false },
    { "startsWith",FORM_METHOD,   2, { S, S },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, text_starts,    NULL, false },
    { "endsWith",  FORM_METHOD,   2, { S, S },      B,     COST_OF_LESSER,   SIZE_OF_NOTHING, text_ends,      NULL, false },

    { "int",       FORM_FUNCTION, 1, { I },         I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, same_run,       NULL, false },
    { "int",       FORM_FUNCTION, 1, { U },         I,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_convert, NULL, false },
    { "int",       FORM_FUNCTION, 1, { S },         I,     COST_OF_FIRST,    SIZE_OF_NOTHING, number_read,    NULL, false },
    { "uint",      FORM_FUNCTION, 1, { U },         U,     COST_OF_NOTHING,  SIZE_OF_NOTHING, same_run,       NULL, false },
    { "uint",      FORM_FUNCTION, 1, { I },         U,     COST_OF_NOTHING,  SIZE_OF_NOTHING, number_convert, NULL, false },
    { "uint",      FORM_FUNCTION, 1, { S },         U,     COST_OF_FIRST,    SIZE_OF_NOTHING, number_read,    NULL, false },
    { "bool",      FORM_FUNCTION, 1, { B },         B,     COST_OF_NOTHING,  SIZE_OF_NOTHING, same_run,       NULL, false },
    { "bool",      FORM_FUNCTION, 1, { S },         B,     COST_OF_FIRST,    SIZE_OF_NOTHING, bool_read,      NULL, false },
    { "string",    FORM_FUNCTION, 1, { S },         S,     COST_OF_NOTHING,  SIZE_OF_FIRST,   same_run,       NULL, false },
    { "string",    FORM_FUNCTION, 1, { I },         S,     COST_OF_DIGITS,   SIZE_OF_DIGITS,  number_print,   NULL, false },
    { "string",    FORM_FUNCTION, 1, { U },         S,     COST_OF_DIGITS,   SIZE_OF_DIGITS,  number_print,   NULL, false },
    { "string",    FORM_FUNCTION, 1, { B },         S,     COST_OF_NOTHING,  SIZE_OF_WORD,    bool_print,     NULL, false },
    { "string",    FORM_FUNCTION, 1, { Y },         S,     COST_OF_FIRST,    SIZE_OF_FIRST,   text_of_bytes,  NULL, false },
    { "bytes",     FORM_FUNCTION, 1, { Y },         Y,     COST_OF_NOTHING,  SIZE_OF_FIRST,   same_run,       NULL, false },
    { "bytes",     FORM_FUNCTION, 1, { S },         Y,     COST_OF_FIRST,    SIZE_OF_FIRST,   text_to_bytes,  NULL, false },
    { "addr",      FORM_FUNCTION, 1, { S },         Y,     COST_OF_NOTHING,  SIZE_OF_NOTHING, NULL,           NULL, true },
};
// clang-format on
const size_t FUNCTION_COUNT = MM_COUNT_OF(FUNCTIONS);

bool function_is(const struct function *function, mm_bytes name, enum form form)
{
    return mm_bytes_equal(name, mm_bytes_str(function->name)) &&
           (function->form == form || (function->form == FORM_EITHER && form != FORM_OPERATOR));
}

/* Holds the argument's type against the parameter's; *any is what T stands for so far. */
static bool matches(struct rule_type param, struct rule_type *any, struct rule_type type)
{
    if (param.kind < PATTERN_ANY)
        return rule_type_unify(&type, param, type);
    if (type.depth < param.depth)
        return type.kind == RULE_NONE; /* an element of [] may be a list */
    type.depth = (uint8_t)(type.depth - param.depth);
    return rule_type_unify(any, *any, type) && (param.kind == PATTERN_ANY || any->depth == 0);
}

bool function_takes(const struct function *function, struct rule_type *result,
                    const struct rule_type *types, size_t count)
{
    struct rule_type any = rule_type_of(RULE_NONE);
    if (count != function->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!matches(function->params[i], &any, types[i]))
            return false;
    }
    *result = function->result;
    if (function->result.kind >= PATTERN_ANY) {
        any.depth = (uint8_t)(any.depth + function->result.depth);
        *result = any;
    }
    return true;
}

bool function_is_unsupported(mm_bytes name)
{
    static const char *const names[] = {
        "has",
        "dyn",
        "type",
        "double",
        "duration",
        "timestamp",
        "matches",
        "transformList",
        "transformMap",
        "transformMapEntry",
        "getFullYear",
        "getMonth",
        "getDate",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "optional",
        "optMap",
        "hasValue",
        "orValue",
    };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        if (mm_bytes_equal(name, mm_bytes_str(names[i])))
            return true;
    }
    return false;
}

bool machine_charge(struct machine *m, uint64_t units)
{
    m->is_out = m->is_out || units > m->inputs->cost_limit - m->cost;
    m->cost = m->is_out ? m->inputs->cost_limit : m->cost + units;
    return !m->is_out;
}
