/* What a name means: the variable of a loop, one of the environment, or the namespace before a function of the host. */
#include <stdio.h>

#include "contracts-native/rules/checker_internal.h"
#include "state/base/assert.h"
#include "state/base/buf.h"

enum { NAME_SHOWN_MAX = 60, DISTANCE_NAME_MAX = 32 };

static int shown(mm_bytes name)
{
    return (int)(name.len < NAME_SHOWN_MAX ? name.len : NAME_SHOWN_MAX);
}

bool checker_knows(const struct rule_env *env, const struct rule_variable *variable)
{
    return variable->places == 0 || env->place == 0 || (variable->places & env->place) != 0;
}

/* How many letters to add, leave out or change (Levenshtein); large for long names. */
static size_t distance(mm_bytes a, mm_bytes b)
{
    size_t row[DISTANCE_NAME_MAX + 1];
    if (a.len > DISTANCE_NAME_MAX || b.len > DISTANCE_NAME_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 0; i < a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.len; j++) {
            const size_t above = row[j + 1];
            size_t best = diagonal + (a.ptr[i] != b.ptr[j]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j] + 1 < best ? row[j] + 1 : best;
            diagonal = above;
            row[j + 1] = best;
        }
    }
    return row[b.len];
}

static void consider(const char **best, size_t *best_distance, mm_bytes name, const char *candidate)
{
    const size_t far = distance(name, mm_bytes_str(candidate));
    if (far < *best_distance) {
        *best_distance = far;
        *best = candidate;
    }
}

const char *checker_hint(char out[CHECKER_HINT_MAX], const struct rule_env *env, mm_bytes name,
                         bool is_function)
{
    const char *best = NULL;
    size_t best_distance = name.len > 3 ? 3 : 2; /* fewer letters than this may be wrong */
    for (size_t i = 0; i < env->variable_count && !is_function; i++) {
        if (checker_knows(env, &env->variables[i]))
            consider(&best, &best_distance, name, env->variables[i].name);
    }
    for (size_t i = 0; i < env->reader_count && is_function; i++)
        consider(&best, &best_distance, name, env->readers[i].name);
    for (size_t i = 0; i < FUNCTION_COUNT && is_function; i++) {
        if (FUNCTIONS[i].form != FORM_OPERATOR)
            consider(&best, &best_distance, name, FUNCTIONS[i].name);
    }
    out[0] = '\0';
    if (best != NULL)
        (void)snprintf(out, CHECKER_HINT_MAX, "; is it '%s'?", best);
    return out;
}

/* Whether the name is this one or begins with it and a dot. */
static bool is_or_in(mm_bytes name, mm_bytes outer)
{
    return name.len >= outer.len && mm_bytes_equal(mm_bytes_from(name.ptr, outer.len), outer) &&
           (name.len == outer.len || name.ptr[outer.len] == '.');
}

static bool is_namespace(const struct rule_env *env, mm_bytes name)
{
    for (size_t i = 0; i < env->reader_count; i++) {
        const mm_bytes reader = mm_bytes_str(env->readers[i].name);
        if (reader.len > name.len && is_or_in(reader, name))
            return true;
    }
    return false;
}

static enum rule_verdict no_fields(struct checker *k, const struct node *node, mm_bytes outer)
{
    return rule_refuse(k->c, RULE_UNSUPPORTED, node->offset, node->len,
                       "values have no fields: '%.*s' behind '%.*s' is not supported",
                       shown(mm_bytes_from(node->name.ptr + outer.len, node->name.len - outer.len)),
                       node->name.ptr + outer.len, shown(outer), outer.ptr);
}

/* "'to' is known in rules for mint and transfer alone" */
static enum rule_verdict elsewhere(struct checker *k, const struct node *node,
                                   const struct rule_variable *variable)
{
    char places[96];
    struct mm_buf text = mm_buf_over(places, sizeof places);
    for (unsigned bit = 0; bit < 32 && k->env->place_names != NULL; bit++) {
        if ((variable->places >> bit & 1) == 0)
            continue;
        mm_buf_printf(&text, "%s%s", text.len == 0 ? "" : ", ", k->env->place_names[bit]);
    }
    return rule_refuse(k->c, RULE_UNKNOWN, node->offset, node->len,
                       "'%s' is not known here, but in rules for: %.*s", variable->name,
                       (int)text.len, places);
}

static enum rule_verdict make_variable(struct checker *k, struct node *node, size_t index)
{
    const struct rule_variable *variable = &k->env->variables[index];
    const bool is_of_trait = rule_type_is(variable->type, RULE_NONE);
    if (!checker_knows(k->env, variable))
        return elsewhere(k, node, variable);
    node->op = OP_VARIABLE;
    node->index = (uint8_t)index;
    k->c->program->uses |= UINT64_C(1) << index;
    return checker_push(k, node, is_of_trait ? k->env->trait_type : variable->type);
}

static enum rule_verdict make_local(struct checker *k, struct node *node, size_t scope)
{
    if (node->name.len > k->scopes[scope].name.len)
        return no_fields(k, node, k->scopes[scope].name);
    node->op = OP_LOCAL;
    node->index = (uint8_t)scope;
    return checker_push(k, node, rule_element_of(k->scopes[scope].list));
}

enum rule_verdict checker_name(struct checker *k, struct node *node)
{
    char hint[CHECKER_HINT_MAX];
    const mm_bytes name = node->name;
    for (size_t i = k->scope_count; i-- > 0;) {
        if (is_or_in(name, k->scopes[i].name))
            return make_local(k, node, i);
    }
    for (size_t i = 0; i < k->env->variable_count; i++) {
        if (mm_bytes_equal(name, mm_bytes_str(k->env->variables[i].name)))
            return make_variable(k, node, i);
    }
    if (node->form == FORM_METHOD && is_namespace(k->env, name)) {
        CHECKER_TRY(checker_push(k, node, rule_type_of(RULE_NONE)));
        k->operands[k->count - 1].is_namespace = true;
        k->operands[k->count - 1].name = name;
        node->op = OP_NOTHING;
        return RULE_OK;
    }
    for (size_t i = 0; i < k->env->variable_count; i++) {
        const mm_bytes variable = mm_bytes_str(k->env->variables[i].name);
        if (is_or_in(name, variable))
            return no_fields(k, node, variable);
    }
    return rule_refuse(k->c, RULE_UNKNOWN, node->offset, node->len, "no such name: '%.*s'%s",
                       shown(name), name.ptr, checker_hint(hint, k->env, name, false));
}
