/* The types of a program: every operator and function gets its row, every name its meaning, every node one type. */
#include "contracts-native/rules/checker_internal.h"
#include "state/base/assert.h"

enum rule_verdict checker_push(struct checker *k, const struct node *node, struct rule_type type)
{
    if (type.depth > RULE_LIST_DEPTH_MAX)
        return rule_refuse(k->c, RULE_TOO_DEEP, node->offset, node->len,
                           "lists in more than %d lists", RULE_LIST_DEPTH_MAX);
    MM_ASSERT(k->count < MM_COUNT_OF(k->operands));
    k->operands[k->count++] = (struct operand){ .type = type };
    if (k->count > k->c->program->stack_max)
        k->c->program->stack_max = k->count;
    return RULE_OK;
}

const struct operand *checker_pop(struct checker *k, size_t count)
{
    MM_ASSERT(k->count >= count);
    k->count -= count;
    return &k->operands[k->count];
}

/* What is not of the type that its place needs. */
static enum rule_verdict wrong_type(struct checker *k, const struct node *node, const char *what,
                                    struct rule_type is)
{
    char text[RULE_TYPE_TEXT_MAX];
    return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "%s, not %s", what,
                       rule_type_text(text, is));
}

/* Takes a bool off. */
static enum rule_verdict pop_bool(struct checker *k, const struct node *node, const char *what)
{
    struct rule_type unified;
    const struct operand operand = *checker_pop(k, 1);
    if (rule_type_unify(&unified, operand.type, rule_type_of(RULE_BOOL)))
        return RULE_OK;
    return wrong_type(k, node, what, operand.type);
}

static enum rule_verdict check_list(struct checker *k, const struct node *node)
{
    char first[RULE_TYPE_TEXT_MAX];
    char other[RULE_TYPE_TEXT_MAX];
    struct rule_type element = rule_type_of(RULE_NONE);
    const struct operand *items = checker_pop(k, node->count);
    for (size_t i = 0; i < node->count; i++) {
        const struct rule_type so_far = element;
        if (!rule_type_unify(&element, so_far, items[i].type))
            return rule_refuse(k->c, RULE_UNSUPPORTED, node->offset, node->len,
                               "lists of different types are not supported: %s and %s",
                               rule_type_text(first, so_far), rule_type_text(other, items[i].type));
    }
    return checker_push(k, node, rule_list_of(element));
}

static enum rule_verdict check_logic(struct checker *k, const struct node *node)
{
    const bool is_and = node->op == OP_AND || node->op == OP_AND_LEFT;
    CHECKER_TRY(pop_bool(
        k, node, is_and ? "'&&' takes bool on both sides" : "'||' takes bool on both sides"));
    if (node->op == OP_AND || node->op == OP_OR)
        (void)checker_pop(k, 1); /* the left side, which was looked at before */
    return checker_push(k, node, rule_type_of(RULE_BOOL));
}

static enum rule_verdict check_endif(struct checker *k, const struct node *node)
{
    char first[RULE_TYPE_TEXT_MAX];
    char second[RULE_TYPE_TEXT_MAX];
    struct rule_type type;
    const struct operand *sides = checker_pop(k, 2);
    if (rule_type_unify(&type, sides[0].type, sides[1].type))
        return checker_push(k, node, type);
    return rule_refuse(k->c, RULE_TYPE, node->offset, node->len,
                       "both sides of ':' must have one type, not %s and %s",
                       rule_type_text(first, sides[0].type), rule_type_text(second, sides[1].type));
}

static enum rule_verdict check_loop(struct checker *k, struct node *node)
{
    const struct operand operand = *checker_pop(k, 1);
    struct rule_type list = operand.type;
    if (operand.is_namespace)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "'%.*s' is no list",
                           (int)operand.name.len, operand.name.ptr);
    if (rule_type_is(list, RULE_NONE))
        list.depth = 1; /* an element of [] may be a list */
    if (list.depth == 0)
        return wrong_type(k, node, "all, exists, exists_one, filter and map take a list", list);
    MM_ASSERT(k->scope_count < RULE_LOOPS_MAX);
    k->scopes[k->scope_count++] = (struct scope){ .name = node->name, .list = list };
    return RULE_OK;
}

static enum rule_verdict check_next(struct checker *k, const struct node *node)
{
    const struct scope scope = k->scopes[--k->scope_count];
    if (node->macro == MACRO_MAP)
        return checker_push(k, node, rule_list_of(checker_pop(k, 1)->type));
    CHECKER_TRY(pop_bool(k, node, "the condition of all, exists, exists_one and filter is bool"));
    return checker_push(k, node,
                        node->macro == MACRO_FILTER ? scope.list : rule_type_of(RULE_BOOL));
}

static enum rule_verdict check_node(struct checker *k, struct node *node)
{
    switch ((enum op)node->op) {
    case OP_CONST:
        return checker_push(k, node, node->constant.type);
    case OP_NAME:
        return checker_name(k, node);
    case OP_CALL:
        return checker_call(k, node);
    case OP_LIST:
        return check_list(k, node);
    case OP_AND_LEFT:
    case OP_AND:
    case OP_OR_LEFT:
    case OP_OR:
        return check_logic(k, node);
    case OP_IF:
        return pop_bool(k, node, "the condition before '?' must be bool");
    case OP_ELSE:
        return RULE_OK;
    case OP_ENDIF:
        return check_endif(k, node);
    case OP_LOOP:
        return check_loop(k, node);
    case OP_TEST:
        return pop_bool(k, node, "the condition of map is bool");
    case OP_NEXT:
        return check_next(k, node);
    case OP_NOTHING:
    case OP_VARIABLE:
    case OP_LOCAL:
    case OP_RUN:
    case OP_READ:
        break; /* made here, and not gone over again */
    }
    MM_UNREACHABLE();
}

enum rule_verdict program_check(struct compiling *c)
{
    struct checker checker; /* operands and scopes beyond their counts are never read */
    checker.c = c;
    checker.env = c->program->env;
    checker.nodes = c->program->nodes;
    checker.count = checker.scope_count = 0;
    MM_ASSERT(c->program->env->variable_count <= PROGRAM_VARIABLES_MAX);
    for (size_t i = 0; i < c->program->count; i++)
        CHECKER_TRY(check_node(&checker, &c->program->nodes[i]));
    MM_ASSERT(checker.count == 1 && checker.scope_count == 0);
    c->program->result = checker.operands[0].type;
    return RULE_OK;
}
