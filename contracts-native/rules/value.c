#include "contracts-native/rules/value.h"

#include <stdio.h>

#include "contracts-native/rules/cost_internal.h"
#include "contracts-native/rules/number_internal.h"
#include "state/base/assert.h"

bool rule_type_unify(struct rule_type *out, struct rule_type a, struct rule_type b)
{
    *out = a;
    if (a.kind == b.kind && a.depth == b.depth)
        return true;
    if (b.kind == RULE_NONE && b.depth <= a.depth)
        return true;
    *out = b;
    return a.kind == RULE_NONE && a.depth <= b.depth;
}

const char *rule_type_text(char out[RULE_TYPE_TEXT_MAX], struct rule_type type)
{
    static const char *const names[] = {
        [RULE_NONE] = "none", [RULE_BOOL] = "bool",     [RULE_INT] = "int",
        [RULE_UINT] = "uint", [RULE_STRING] = "string", [RULE_BYTES] = "bytes",
    };
    struct mm_buf text = mm_buf_over(out, RULE_TYPE_TEXT_MAX - 1);
    for (unsigned i = 0; i < type.depth; i++)
        mm_buf_add_text(&text, "list(");
    mm_buf_add_text(&text, names[type.kind]);
    for (unsigned i = 0; i < type.depth; i++)
        mm_buf_add_byte(&text, ')');
    MM_ASSERT(mm_buf_err(&text) == MM_OK);
    out[text.len] = '\0';
    return out;
}

int rule_value_compare(const struct rule_value *a, const struct rule_value *b)
{
    MM_ASSERT(a->type.depth == 0 && b->type.depth == 0 && a->type.kind == b->type.kind);
    switch ((enum rule_kind)a->type.kind) {
    case RULE_BOOL:
        return (int)a->is_true - (int)b->is_true;
    case RULE_INT:
        return number_int_compare(&a->number, &b->number);
    case RULE_UINT:
        return u256_compare(&a->number, &b->number);
    case RULE_STRING:
    case RULE_BYTES:
        return mm_bytes_compare(a->bytes, b->bytes);
    case RULE_NONE:
        break;
    }
    MM_UNREACHABLE();
}

/* Two lists of one length, as far as they were compared. */
struct pair {
    const struct rule_value *a;
    const struct rule_value *b;
    size_t left;
};

/* No list: their cost and whether they are the same. */
static bool scalars_equal(const struct rule_value *a, const struct rule_value *b, uint64_t *units)
{
    if (rule_type_is_text(a->type))
        *units += cost_of_bytes(a->bytes.len < b->bytes.len ? a->bytes.len : b->bytes.len);
    return rule_value_compare(a, b) == 0;
}

bool rule_value_equal(const struct rule_value *a, const struct rule_value *b, uint64_t *units)
{
    struct pair levels[RULE_LIST_DEPTH_MAX + 1] = { { a, b, 1 } };
    size_t depth = 1;
    while (depth > 0) {
        struct pair *level = &levels[depth - 1];
        if (level->left == 0) {
            depth--;
            continue;
        }
        const struct rule_value *x = level->a++;
        const struct rule_value *y = level->b++;
        level->left--;
        if (depth > 1)
            *units += COST_ELEMENT;
        if (x->type.depth == 0) {
            if (!scalars_equal(x, y, units))
                return false;
            continue;
        }
        if (x->list.count != y->list.count)
            return false;
        MM_ASSERT(depth <= RULE_LIST_DEPTH_MAX);
        levels[depth++] = (struct pair){ x->list.items, y->list.items, x->list.count };
    }
    return true;
}
