/* Loops of an evaluation: all, exists, exists_one, filter, map. */
#include "contracts-native/rules/eval_internal.h"
#include "state/base/assert.h"

static bool builds(const struct node *node)
{
    return node->macro == MACRO_MAP || node->macro == MACRO_FILTER;
}

/* Its result in place of the list. */
static void end_loop(struct evaluating *e, const struct node *node)
{
    const struct turning *loop = &e->loops[--e->loop_count];
    struct slot *out = eval_push(e);
    *out = loop->found;
    if (out->fault != RULE_FAULT_NONE)
        return;
    if (node->macro == MACRO_EXISTS_ONE)
        out->value = rule_bool(loop->hits == 1);
    if (builds(node)) {
        out->value.list.items = loop->built;
        out->value.list.count = loop->built_count;
    }
}

/* The next turn, or the end. Returns where to go on. */
static size_t turn(struct evaluating *e, const struct node *node, size_t next, bool is_decided)
{
    struct turning *loop = &e->loops[e->loop_count - 1];
    if (!is_decided && loop->index + 1 < loop->count) {
        loop->index++;
        return machine_charge(&e->m, COST_ELEMENT) ? node->jump : next;
    }
    end_loop(e, node);
    return next;
}

/* The list is on the stack. */
size_t eval_loop(struct evaluating *e, const struct node *node, size_t next)
{
    const struct slot list = *eval_top(e);
    if (list.fault != RULE_FAULT_NONE)
        return node->jump; /* it stays as the result */
    e->count--;
    MM_ASSERT(e->loop_count < RULE_LOOPS_MAX);
    struct turning *loop = &e->loops[e->loop_count++];
    *loop = (struct turning){ .items = list.value.list.items, .count = list.value.list.count };
    loop->found.value = builds(node) ? list.value : rule_bool(node->macro == MACRO_ALL);
    const struct node *next_node = &e->m.program->nodes[node->jump - 1];
    if (node->macro == MACRO_MAP)
        loop->found.value.type = rule_list_of(rule_type_of(RULE_NONE));
    if (loop->count == 0) {
        end_loop(e, next_node);
        return node->jump;
    }
    if (builds(node)) {
        loop->built = mm_arena_alloc(e->m.arena, loop->count * sizeof *loop->built);
        if (loop->built == NULL)
            e->m.err = MM_ERR_NO_MEMORY;
    }
    return machine_charge(&e->m, COST_ELEMENT) ? next : node->jump;
}

static void build(struct evaluating *e, struct turning *loop, const struct rule_value *value)
{
    if (machine_charge(&e->m, COST_ELEMENT))
        loop->built[loop->built_count++] = *value;
}

/* What the body gave is on the stack. */
size_t eval_next(struct evaluating *e, const struct node *node, size_t next)
{
    struct turning *loop = &e->loops[e->loop_count - 1];
    const struct slot body = *eval_top(e);
    const bool is_fault = body.fault != RULE_FAULT_NONE;
    bool is_decided = false;
    e->count--;
    switch ((enum macro)node->macro) {
    case MACRO_ALL:
    case MACRO_EXISTS:
        is_decided = !is_fault && body.value.is_true == (node->macro == MACRO_EXISTS);
        if (is_decided || (is_fault && loop->found.fault == RULE_FAULT_NONE))
            loop->found = body;
        break;
    case MACRO_EXISTS_ONE:
        loop->hits += !is_fault && body.value.is_true;
        break;
    case MACRO_FILTER:
        if (!is_fault && body.value.is_true)
            build(e, loop, &loop->items[loop->index]);
        break;
    case MACRO_MAP:
        if (!is_fault) {
            const struct rule_type so_far = loop->found.value.type;
            if (!rule_type_unify(&loop->found.value.type, so_far, rule_list_of(body.value.type)))
                MM_UNREACHABLE(); /* the checker gave all turns one type */
            build(e, loop, &body.value);
        }
        break;
    }
    if (is_fault && node->macro != MACRO_ALL && node->macro != MACRO_EXISTS) {
        loop->found = body; /* nothing absorbs it */
        is_decided = true;
    }
    return turn(e, node, next, is_decided);
}

/* False leaves the element out, a fault ends the loop. */
size_t eval_test(struct evaluating *e, const struct node *node, size_t next)
{
    const struct slot condition = *eval_top(e);
    const struct node *next_node = &e->m.program->nodes[node->jump];
    struct turning *loop = &e->loops[e->loop_count - 1];
    e->count--;
    if (condition.fault == RULE_FAULT_NONE && condition.value.is_true)
        return next;
    if (condition.fault != RULE_FAULT_NONE)
        loop->found = condition;
    return turn(e, next_node, (size_t)node->jump + 1, condition.fault != RULE_FAULT_NONE);
}
