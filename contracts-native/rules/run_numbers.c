/* What functions and operators do with numbers and bools, and comparisons of any type. */
#include "contracts-native/rules/functions_internal.h"
#include "state/base/assert.h"

enum rule_fault number_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                           const struct function *function)
{
    const bool is_quotient = function->name[0] == '/' || function->name[0] == '%';
    out->type = function->result;
    if (function->number(&out->number, &args[0].number, &args[1].number, m->program->env->width))
        return RULE_FAULT_NONE;
    return is_quotient && u256_is_zero(&args[1].number) ? RULE_FAULT_DIVISION : RULE_FAULT_OVERFLOW;
}

enum rule_fault number_negate(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function)
{
    const mm_u256 zero = u256_from_u64(0);
    out->type = function->result;
    return number_int_sub(&out->number, &zero, &args[0].number, m->program->env->width)
               ? RULE_FAULT_NONE
               : RULE_FAULT_OVERFLOW;
}

/* Between int and uint: the same number, when the other type has it. */
enum rule_fault number_convert(struct machine *m, struct rule_value *out,
                               const struct rule_value *args, const struct function *function)
{
    const mm_u256 *number = &args[0].number;
    out->type = function->result;
    const bool fits = rule_type_is(out->type, RULE_INT)
                          ? number_int_of(&out->number, number, false, m->program->env->width)
                          : !number_is_negative(number);
    if (fits)
        out->number = *number;
    return fits ? RULE_FAULT_NONE : RULE_FAULT_CONVERSION;
}

enum rule_fault number_print(struct machine *m, struct rule_value *out,
                             const struct rule_value *args, const struct function *function)
{
    char text[RULE_NUMBER_TEXT_MAX + 1];
    const size_t len = rule_number_text(text, args);
    out->type = function->result;
    if (!machine_charge(m, cost_of_bytes(len)))
        return RULE_FAULT_COST;
    m->err = mm_arena_copy(m->arena, &out->bytes, mm_bytes_from(text, len));
    return RULE_FAULT_NONE;
}

/* Decimal digits, for an int with a minus sign before them; nothing else, since other implementations do not agree on more. */
enum rule_fault number_read(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function)
{
    mm_bytes text = args[0].bytes;
    mm_u256 magnitude;
    out->type = function->result;
    const bool is_int = rule_type_is(out->type, RULE_INT);
    const bool is_negative = is_int && text.len > 0 && text.ptr[0] == '-';
    if (is_negative)
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
    if (!u256_from_decimal(&magnitude, text))
        return RULE_FAULT_CONVERSION;
    out->number = magnitude;
    const bool fits =
        is_int ? number_int_of(&out->number, &magnitude, is_negative, m->program->env->width)
               : number_uint_fits(&magnitude, m->program->env->width);
    return fits ? RULE_FAULT_NONE : RULE_FAULT_CONVERSION;
}

enum rule_fault compare_run(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function)
{
    (void)m;
    const int order = rule_value_compare(&args[0], &args[1]);
    const bool or_equal = function->name[1] == '=' && order == 0;
    *out = rule_bool(or_equal || (function->name[0] == '<' ? order < 0 : order > 0));
    return RULE_FAULT_NONE;
}

enum rule_fault equal_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    uint64_t units = 0;
    const bool is_equal = rule_value_equal(&args[0], &args[1], &units);
    *out = rule_bool(is_equal == (function->name[0] == '='));
    return machine_charge(m, units) ? RULE_FAULT_NONE : RULE_FAULT_COST;
}

enum rule_fault same_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                         const struct function *function)
{
    (void)m;
    (void)function;
    *out = args[0];
    return RULE_FAULT_NONE;
}

enum rule_fault not_run(struct machine *m, struct rule_value *out, const struct rule_value *args,
                        const struct function *function)
{
    (void)m;
    (void)function;
    *out = rule_bool(!args[0].is_true);
    return RULE_FAULT_NONE;
}

enum rule_fault bool_print(struct machine *m, struct rule_value *out, const struct rule_value *args,
                           const struct function *function)
{
    (void)m;
    (void)function;
    *out = rule_string(args[0].is_true ? MM_BYTES_LIT("true") : MM_BYTES_LIT("false"));
    return RULE_FAULT_NONE;
}

/* The words that CEL's vectors and cel-go take. */
enum rule_fault bool_read(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    static const char *const words[] = { "true",  "True",  "TRUE",  "t", "T", "1",
                                         "false", "False", "FALSE", "f", "F", "0" };
    (void)m;
    (void)function;
    for (size_t i = 0; i < MM_COUNT_OF(words); i++) {
        if (mm_bytes_equal(args[0].bytes, mm_bytes_str(words[i]))) {
            *out = rule_bool(i < MM_COUNT_OF(words) / 2);
            return RULE_FAULT_NONE;
        }
    }
    return RULE_FAULT_CONVERSION;
}
