#include "contracts-native/rules/cost_internal.h"

#include "contracts-native/rules/functions_internal.h"
#include "state/base/assert.h"

/* ---- what both uses share ---- */

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint16_t lesser(unsigned a, unsigned b)
{
    return (uint16_t)(a < b ? a : b);
}

static uint16_t greater(unsigned a, unsigned b)
{
    return (uint16_t)(a > b ? a : b);
}

struct rule_size size_of_value(const struct rule_value *value)
{
    struct rule_size size = { 0 };
    if (value->type.depth > 0)
        size.counts[0] = (uint16_t)value->list.count;
    else if (rule_type_is_text(value->type))
        size.bytes = (uint16_t)value->bytes.len;
    return size;
}

/* Equal as far as both go: at each level as many elements as the shorter one has. A level that is not there has none. */
static uint64_t cost_of_equal(const struct rule_size *a, const struct rule_size *b)
{
    uint64_t each = cost_of_bytes(lesser(a->bytes, b->bytes));
    size_t depth = RULE_LIST_DEPTH_MAX;
    while (depth > 0 && a->counts[depth - 1] == 0 && b->counts[depth - 1] == 0)
        depth--;
    while (depth-- > 0)
        each = times(lesser(a->counts[depth], b->counts[depth]), plus(each, COST_ELEMENT));
    return each;
}

static struct rule_size element_of(const struct rule_size *list)
{
    struct rule_size element = { .bytes = list->bytes };
    memcpy(element.counts, list->counts + 1, sizeof list->counts - sizeof list->counts[0]);
    return element;
}

uint64_t cost_extra(enum cost_kind kind, const struct rule_size *args)
{
    struct rule_size element;
    switch (kind) {
    case COST_OF_NOTHING:
        return 0;
    case COST_OF_MATH:
        return COST_MATH;
    case COST_OF_FIRST:
        return cost_of_bytes(args[0].bytes);
    case COST_OF_LESSER:
        return cost_of_bytes(lesser(args[0].bytes, args[1].bytes));
    case COST_OF_BOTH:
        return cost_of_bytes((size_t)args[0].bytes + args[1].bytes);
    case COST_OF_DIGITS:
        return cost_of_bytes(RULE_NUMBER_TEXT_MAX);
    case COST_OF_ELEMENTS:
        return times(COST_ELEMENT, (uint64_t)args[0].counts[0] + args[1].counts[0]);
    case COST_OF_EQUAL:
        return cost_of_equal(&args[0], &args[1]);
    case COST_OF_MEMBER:
        element = element_of(&args[1]);
        return times(args[1].counts[0], plus(COST_ELEMENT, cost_of_equal(&args[0], &element)));
    }
    MM_UNREACHABLE();
}

/* Of either value. */
static struct rule_size size_of_greater(const struct rule_size *a, const struct rule_size *b)
{
    struct rule_size size = { .bytes = greater(a->bytes, b->bytes) };
    for (size_t i = 0; i < RULE_LIST_DEPTH_MAX; i++)
        size.counts[i] = greater(a->counts[i], b->counts[i]);
    return size;
}

/* Both one behind the other: a text of both lengths, or a list of both counts whose elements are of either. */
static struct rule_size size_of_sum(const struct rule_size *a, const struct rule_size *b)
{
    struct rule_size size = size_of_greater(a, b);
    const unsigned count = (unsigned)a->counts[0] + b->counts[0];
    if (count > 0)
        size.counts[0] = lesser(count, RULE_LIST_COUNT_MAX);
    else
        size.bytes = lesser((unsigned)a->bytes + b->bytes, RULE_TEXT_BYTES_MAX);
    return size;
}

struct rule_size size_of_result(enum size_kind kind, const struct rule_size *args)
{
    switch (kind) {
    case SIZE_OF_NOTHING:
        return (struct rule_size){ 0 };
    case SIZE_OF_FIRST:
        return args[0];
    case SIZE_OF_SUM:
        return size_of_sum(&args[0], &args[1]);
    case SIZE_OF_DIGITS:
        return (struct rule_size){ .bytes = RULE_NUMBER_TEXT_MAX };
    case SIZE_OF_ELEMENT:
        return element_of(&args[0]);
    case SIZE_OF_WORD:
        return (struct rule_size){ .bytes = sizeof "false" - 1 };
    }
    MM_UNREACHABLE();
}

/* ---- the bound ---- */

/* A loop, whose body is added up alone; or a condition, of which the dearer side counts. */
struct part {
    uint64_t before; /* what was there when it began */
    uint64_t other;  /* of a condition: the side that is complete */
};

struct bounding {
    const struct program *program;
    uint64_t cost;
    struct rule_size *sizes; /* of the values that the program has at this point */
    size_t count;
    struct part parts[RULE_DEPTH_MAX + 1];
    size_t part_count;
    struct rule_size loops[RULE_LOOPS_MAX]; /* the lists of those that are open */
    size_t loop_count;
};

static struct rule_size *pop(struct bounding *b, size_t count)
{
    MM_ASSERT(b->count >= count);
    b->count -= count;
    return &b->sizes[b->count];
}

static void push(struct bounding *b, const struct rule_size *size)
{
    b->sizes[b->count++] = *size;
}

static void begin_part(struct bounding *b)
{
    MM_ASSERT(b->part_count < MM_COUNT_OF(b->parts));
    b->parts[b->part_count++] = (struct part){ .before = b->cost };
    b->cost = 0;
}

static struct rule_size size_of_variable(const struct rule_variable *variable)
{
    struct rule_size size = { .bytes = variable->bytes_max };
    if (variable->type.depth > 0)
        size.counts[0] = variable->count_max;
    return size;
}

/* A list of these elements. */
static void bound_list(struct bounding *b, const struct node *node)
{
    struct rule_size list = { 0 };
    const struct rule_size *items = pop(b, node->count);
    for (size_t i = 0; i < node->count; i++) {
        struct rule_size as_list = { .bytes = items[i].bytes };
        memcpy(as_list.counts + 1, items[i].counts, sizeof list.counts - sizeof list.counts[0]);
        list = size_of_greater(&list, &as_list);
    }
    list.counts[0] = node->count;
    b->cost = plus(b->cost, times(COST_ELEMENT, node->count));
    push(b, &list);
}

/* Each turn looks at an element, and filter and map build one. */
static void end_loop(struct bounding *b, const struct node *node)
{
    const struct part *part = &b->parts[--b->part_count];
    const struct rule_size list = b->loops[--b->loop_count];
    const struct rule_size body = *pop(b, 1);
    const bool builds = node->macro == MACRO_MAP || node->macro == MACRO_FILTER;
    struct rule_size result = { 0 };
    uint64_t turn = plus(b->cost, COST_ELEMENT);
    if (builds) {
        turn = plus(turn, COST_ELEMENT);
        result = list;
    }
    if (node->macro == MACRO_MAP) {
        result.bytes = body.bytes;
        memcpy(result.counts + 1, body.counts, sizeof body.counts - sizeof body.counts[0]);
    }
    b->cost = plus(part->before, times(list.counts[0], turn));
    push(b, &result);
}

static void bound_call(struct bounding *b, const struct node *node)
{
    const struct rule_size *args = pop(b, node->count);
    struct rule_size result = { 0 };
    if (node->op == OP_READ) {
        b->cost = plus(b->cost, COST_READ_COLD);
        result.bytes = node->reader->bytes_max;
    } else {
        b->cost = plus(b->cost, cost_extra(node->function->cost, args));
        result = size_of_result(node->function->size, args);
    }
    push(b, &result);
}

static void bound_node(struct bounding *b, const struct node *node)
{
    struct rule_size size = { 0 };
    struct part *part;
    switch ((enum op)node->op) {
    case OP_NOTHING:
        return;
    case OP_CONST:
        size = size_of_value(&node->constant);
        push(b, &size);
        break;
    case OP_VARIABLE:
        size = size_of_variable(&b->program->env->variables[node->index]);
        push(b, &size);
        break;
    case OP_LOCAL:
        size = element_of(&b->loops[node->index]);
        push(b, &size);
        break;
    case OP_RUN:
    case OP_READ:
        bound_call(b, node);
        break;
    case OP_LIST:
        bound_list(b, node);
        break;
    case OP_AND_LEFT:
    case OP_OR_LEFT:
        break;
    case OP_AND:
    case OP_OR:
        (void)pop(b, 1);
        return;
    case OP_IF:
        (void)pop(b, 1);
        b->cost = plus(b->cost, COST_NODE);
        begin_part(b);
        return;
    case OP_ELSE:
        part = &b->parts[b->part_count - 1];
        part->other = b->cost;
        b->cost = 0;
        return;
    case OP_ENDIF:
        part = &b->parts[--b->part_count];
        b->cost = plus(part->before, b->cost > part->other ? b->cost : part->other);
        (void)pop(b, 2);
        size = size_of_greater(&b->sizes[b->count], &b->sizes[b->count + 1]);
        push(b, &size);
        return;
    case OP_LOOP:
        MM_ASSERT(b->loop_count < RULE_LOOPS_MAX);
        b->loops[b->loop_count++] = *pop(b, 1);
        b->cost = plus(b->cost, COST_NODE);
        begin_part(b);
        return;
    case OP_TEST:
        (void)pop(b, 1);
        return;
    case OP_NEXT:
        end_loop(b, node);
        return;
    case OP_NAME:
    case OP_CALL:
        MM_UNREACHABLE(); /* the checker left none */
    }
    b->cost = plus(b->cost, COST_NODE);
}

uint64_t cost_bound(const struct program *program)
{
    struct rule_size sizes[RULE_NODES_MAX + 1];
    struct bounding b; /* parts and loops beyond their counts are never read */
    b.program = program;
    b.sizes = sizes;
    b.cost = 0;
    b.count = b.part_count = b.loop_count = 0;
    MM_ASSERT(program->stack_max <= RULE_NODES_MAX);
    for (size_t i = 0; i < program->count; i++)
        bound_node(&b, &program->nodes[i]);
    MM_ASSERT(b.count == 1 && b.part_count == 0);
    return b.cost;
}
