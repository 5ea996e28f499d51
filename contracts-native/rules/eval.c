/* Evaluation: one walk along the program with a stack of values, of which each may be a fault instead. */
#include "contracts-native/rules/eval_internal.h"
#include "state/base/assert.h"

struct slot *eval_push(struct evaluating *e)
{
    MM_ASSERT(e->count < e->m.program->stack_max);
    struct slot *slot = &e->slots[e->count++];
    *slot = (struct slot){ .fault = RULE_FAULT_NONE };
    return slot;
}

static void push_value(struct evaluating *e, const struct rule_value *value)
{
    eval_push(e)->value = *value;
}

struct slot *eval_top(struct evaluating *e)
{
    MM_ASSERT(e->count > 0);
    return &e->slots[e->count - 1];
}

/* The first fault among the last `count` values, from the left; NULL when there is none. */
static const struct slot *first_fault(const struct evaluating *e, size_t count)
{
    for (size_t i = e->count - count; i < e->count; i++) {
        if (e->slots[i].fault != RULE_FAULT_NONE)
            return &e->slots[i];
    }
    return NULL;
}

/* Takes `count` operands off, of which one is a fault, and puts that in their place. */
static void pass_fault_on(struct evaluating *e, const struct slot *fault, size_t count)
{
    const struct slot kept = *fault;
    e->count -= count;
    *eval_push(e) = kept;
}

/* ---- calls ---- */

/* Of what the handler does not count itself. */
static bool charge_call(struct evaluating *e, const struct node *node,
                        const struct rule_value *args)
{
    struct rule_size sizes[RULE_ARGS_MAX];
    const enum cost_kind kind = (enum cost_kind)node->function->cost;
    if (kind == COST_OF_NOTHING || kind == COST_OF_DIGITS || kind == COST_OF_EQUAL ||
        kind == COST_OF_MEMBER)
        return true;
    for (size_t i = 0; i < node->count; i++)
        sizes[i] = size_of_value(&args[i]);
    return machine_charge(&e->m, cost_extra(kind, sizes));
}

static void run(struct evaluating *e, const struct node *node)
{
    struct rule_value args[RULE_ARGS_MAX];
    const struct slot *fault = first_fault(e, node->count);
    if (fault != NULL) {
        pass_fault_on(e, fault, node->count);
        return;
    }
    e->count -= node->count;
    for (size_t i = 0; i < node->count; i++)
        args[i] = e->slots[e->count + i].value;
    if (!charge_call(e, node, args))
        return;
    struct slot *out = eval_push(e);
    out->offset = node->offset;
    out->fault = node->function->run(&e->m, &out->value, args, node->function);
}

/* The host keeps to the type and size of the reader: else the bound would be none. */
static bool is_as_declared(const struct rule_reader *reader, const struct rule_value *value)
{
    return value->type.depth == 0 &&
           (reader->is_of_trait || value->type.kind == reader->result.kind) &&
           (!rule_type_is_text(value->type) || value->bytes.len <= reader->bytes_max);
}

static void read_host(struct evaluating *e, const struct node *node)
{
    struct rule_value args[RULE_ARGS_MAX];
    bool is_first = true;
    const struct rule_host *host = e->m.inputs->host;
    const struct slot *fault = first_fault(e, node->count);
    if (fault != NULL) {
        pass_fault_on(e, fault, node->count);
        return;
    }
    e->count -= node->count;
    for (size_t i = 0; i < node->count; i++)
        args[i] = e->slots[e->count + i].value;
    struct slot *out = eval_push(e);
    e->m.err = host->read(host->ctx, &out->value, &is_first, node->reader, args);
    if (e->m.err != MM_OK)
        return;
    MM_ASSERT(is_as_declared(node->reader, &out->value));
    if (!machine_charge(&e->m, is_first ? COST_READ_COLD : COST_READ_WARM))
        out->fault = RULE_FAULT_COST;
}

static void build_list(struct evaluating *e, const struct node *node)
{
    const struct slot *fault = first_fault(e, node->count);
    struct rule_type element = rule_type_of(RULE_NONE);
    if (!machine_charge(&e->m, (uint64_t)COST_ELEMENT * node->count))
        return;
    if (fault != NULL) {
        pass_fault_on(e, fault, node->count);
        return;
    }
    struct rule_value *items = mm_arena_alloc(e->m.arena, node->count * sizeof *items);
    if (items == NULL) {
        e->m.err = MM_ERR_NO_MEMORY;
        return;
    }
    e->count -= node->count;
    for (size_t i = 0; i < node->count; i++) {
        const struct rule_type so_far = element;
        items[i] = e->slots[e->count + i].value;
        if (!rule_type_unify(&element, so_far, items[i].type))
            MM_UNREACHABLE(); /* the checker unified them */
    }
    eval_push(e)->value = rule_list(element, items, node->count);
}

/* ---- && and || ---- */

/* Two sides that are both there: what decides wins over a fault, and a fault over what does not. */
static void join(struct evaluating *e, bool deciding)
{
    const struct slot right = *eval_top(e);
    e->count--;
    struct slot *left = eval_top(e);
    const bool right_decides = right.fault == RULE_FAULT_NONE && right.value.is_true == deciding;
    if (right_decides || left->fault == RULE_FAULT_NONE)
        *left = right;
}

/* ---- the walk ---- */

/* IF: a fault is the result of the whole. Returns where to go on. */
static size_t branch(struct evaluating *e, const struct node *node, size_t next)
{
    const struct slot *condition = eval_top(e);
    if (condition->fault != RULE_FAULT_NONE)
        return e->m.program->nodes[node->jump - 1].jump; /* ELSE knows where ENDIF is */
    e->count--;
    return condition->value.is_true ? next : node->jump;
}

static bool is_node(const struct node *node)
{
    switch ((enum op)node->op) {
    case OP_NOTHING:
    case OP_AND:
    case OP_OR:
    case OP_ELSE:
    case OP_ENDIF:
    case OP_TEST:
    case OP_NEXT:
        return false;
    case OP_CONST:
    case OP_NAME:
    case OP_VARIABLE:
    case OP_LOCAL:
    case OP_CALL:
    case OP_RUN:
    case OP_READ:
    case OP_LIST:
    case OP_AND_LEFT:
    case OP_OR_LEFT:
    case OP_IF:
    case OP_LOOP:
        return true;
    }
    MM_UNREACHABLE();
}

/* As the environment says that it is: else the bound would be none. */
static bool is_as_bound(const struct rule_env *env, size_t index, const struct rule_value *value)
{
    const struct rule_variable *variable = &env->variables[index];
    const bool is_of_trait = rule_type_is(variable->type, RULE_NONE);
    const struct rule_type type = is_of_trait ? env->trait_type : variable->type;
    if (type.depth > 0)
        return value->type.depth > 0 && value->list.count <= variable->count_max;
    return value->type.depth == 0 && value->type.kind == type.kind &&
           (!rule_type_is_text(type) || value->bytes.len <= variable->bytes_max);
}

static void push_variable(struct evaluating *e, size_t index)
{
    const struct rule_value *value = &e->m.inputs->variables[index];
    MM_ASSERT(is_as_bound(e->m.program->env, index, value));
    push_value(e, value);
}

/* Returns where to go on. */
static size_t step(struct evaluating *e, const struct node *node, size_t next)
{
    const struct turning *loop;
    switch ((enum op)node->op) {
    case OP_NOTHING:
    case OP_ENDIF:
        return next;
    case OP_CONST:
        push_value(e, &node->constant);
        return next;
    case OP_VARIABLE:
        push_variable(e, node->index);
        return next;
    case OP_LOCAL:
        loop = &e->loops[node->index];
        push_value(e, &loop->items[loop->index]);
        return next;
    case OP_RUN:
        run(e, node);
        return next;
    case OP_READ:
        read_host(e, node);
        return next;
    case OP_LIST:
        build_list(e, node);
        return next;
    case OP_AND_LEFT:
    case OP_OR_LEFT:
        return eval_top(e)->fault == RULE_FAULT_NONE &&
                       eval_top(e)->value.is_true == (node->op == OP_OR_LEFT)
                   ? node->jump
                   : next;
    case OP_AND:
    case OP_OR:
        join(e, node->op == OP_OR);
        return next;
    case OP_IF:
        return branch(e, node, next);
    case OP_ELSE:
        return node->jump;
    case OP_LOOP:
        return eval_loop(e, node, next);
    case OP_TEST:
        return eval_test(e, node, next);
    case OP_NEXT:
        return eval_next(e, node, next);
    case OP_NAME:
    case OP_CALL:
        break; /* the checker left none */
    }
    MM_UNREACHABLE();
}

mm_err rule_eval(struct mm_arena *arena, struct rule_result *result, const struct rule *rule,
                 const struct rule_inputs *inputs)
{
    const struct program *program = &rule->program;
    struct evaluating e = { .m = { .arena = arena, .program = program, .inputs = inputs } };
    *result = (struct rule_result){ .fault = RULE_FAULT_COST };
    e.slots = mm_arena_alloc(arena, program->stack_max * sizeof *e.slots);
    if (e.slots == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t at = 0; at < program->count && e.m.err == MM_OK && !e.m.is_out;) {
        const struct node *node = &program->nodes[at];
        result->offset = node->offset;
        at = is_node(node) && !machine_charge(&e.m, COST_NODE) ? at : step(&e, node, at + 1);
    }
    result->cost = e.m.cost;
    if (e.m.err != MM_OK || e.m.is_out)
        return e.m.err;
    MM_ASSERT(e.count == 1 && e.loop_count == 0 && e.m.cost <= rule->cost_max);
    result->fault = e.slots[0].fault;
    result->offset = e.slots[0].offset;
    if (result->fault == RULE_FAULT_NONE)
        result->value = e.slots[0].value;
    return MM_OK;
}
