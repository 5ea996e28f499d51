/* Which row of the table a call or operator is, by its name and the types of its arguments. */
#include <stdio.h>

#include "contracts-native/rules/checker_internal.h"
#include "state/base/assert.h"
#include "state/crypto/address.h"

enum { NAME_SHOWN_MAX = 60, TYPES_TEXT_MAX = 3 * RULE_TYPE_TEXT_MAX };

static int shown(mm_bytes name)
{
    return (int)(name.len < NAME_SHOWN_MAX ? name.len : NAME_SHOWN_MAX);
}

/* "int and uint", "int, uint, bool"; cut when there are many. */
static const char *types_text(char out[TYPES_TEXT_MAX], const struct rule_type *types, size_t count,
                              const char *between)
{
    char type[RULE_TYPE_TEXT_MAX];
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && len + RULE_TYPE_TEXT_MAX + 8 < TYPES_TEXT_MAX; i++)
        len += (size_t)snprintf(out + len, TYPES_TEXT_MAX - len, "%s%s", i == 0 ? "" : between,
                                rule_type_text(type, types[i]));
    return out;
}

/* A name that there is, with arguments that it does not take. */
static enum rule_verdict not_taken(struct checker *k, const struct node *node,
                                   const struct rule_type *types, size_t count)
{
    char text[TYPES_TEXT_MAX];
    const bool mixes =
        count == 2 && ((rule_type_is(types[0], RULE_INT) && rule_type_is(types[1], RULE_UINT)) ||
                       (rule_type_is(types[0], RULE_UINT) && rule_type_is(types[1], RULE_INT)));
    if (mm_bytes_equal(node->name, MM_BYTES_LIT("[]")))
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len,
                           "[] takes a list and an int, not %s",
                           types_text(text, types, count, " and "));
    if (node->form == FORM_OPERATOR)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "'%.*s' does not take %s%s",
                           (int)node->name.len, node->name.ptr,
                           types_text(text, types, count, " and "),
                           mixes ? ": 1u is a uint, 1 an int; uint(…) and int(…) convert" : "");
    if (node->form == FORM_METHOD && count == 1)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len,
                           "%s.%.*s() does not take no arguments", types_text(text, types, 1, ""),
                           shown(node->name), node->name.ptr);
    if (node->form == FORM_METHOD) {
        char receiver[RULE_TYPE_TEXT_MAX];
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "%s.%.*s() does not take (%s)",
                           rule_type_text(receiver, types[0]), shown(node->name), node->name.ptr,
                           types_text(text, types + 1, count - 1, ", "));
    }
    return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "%.*s() does not take (%s)",
                       shown(node->name), node->name.ptr, types_text(text, types, count, ", "));
}

static bool is_macro(mm_bytes name)
{
    static const char *const names[] = {
        "all", "exists", "exists_one", "existsOne", "filter", "map"
    };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        if (mm_bytes_equal(name, mm_bytes_str(names[i])))
            return true;
    }
    return false;
}

static enum rule_verdict no_function(struct checker *k, const struct node *node, mm_bytes name)
{
    char hint[CHECKER_HINT_MAX];
    if (node->form == FORM_METHOD && is_macro(name))
        return rule_refuse(k->c, RULE_UNKNOWN, node->offset, node->len,
                           "%.*s needs a variable's name and a condition: xs.%.*s(x, …)",
                           shown(name), name.ptr, shown(name), name.ptr);
    if (function_is_unsupported(name))
        return rule_refuse(k->c, RULE_UNSUPPORTED, node->offset, node->len,
                           "%.*s() is not supported", shown(name), name.ptr);
    return rule_refuse(k->c, RULE_UNKNOWN, node->offset, node->len, "no such function: %.*s()%s",
                       shown(name), name.ptr, checker_hint(hint, k->env, name, true));
}

/* The literal before the node, which is its one argument; NULL when that is no literal. */
static struct node *literal_before(const struct checker *k, const struct node *node)
{
    struct node *before = &k->nodes[node - k->nodes - 1];
    return before->op == OP_CONST && rule_type_is(before->constant.type, RULE_STRING) ? before
                                                                                      : NULL;
}

/* addr("0x…"): the literal becomes the address, and nothing is left to do for the call. */
static enum rule_verdict make_address(struct checker *k, struct node *node)
{
    struct node *literal = literal_before(k, node);
    mm_addr *addr = MM_ARENA_NEW(k->c->arena, mm_addr);
    if (literal == NULL)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len,
                           "addr() takes a literal: addr(\"0x…\")");
    if (addr == NULL)
        return rule_refuse(k->c, RULE_NO_MEMORY, node->offset, node->len, "out of memory");
    switch (address_from_text(addr, literal->constant.bytes)) {
    case ADDRESS_OK:
        break;
    case ADDRESS_MALFORMED:
        return rule_refuse(k->c, RULE_BAD_TEXT, literal->offset, literal->len,
                           "no address: 0x and 40 hexadecimal digits");
    case ADDRESS_BAD_CHECKSUM:
        return rule_refuse(k->c, RULE_BAD_TEXT, literal->offset, literal->len,
                           "the checksum of the address is wrong (EIP-55): a digit was mistyped");
    }
    literal->constant = rule_bytes(mm_bytes_addr(addr));
    node->op = OP_NOTHING;
    return checker_push(k, node, rule_type_of(RULE_BYTES));
}

static const struct rule_reader *find_reader(const struct rule_env *env, mm_bytes space,
                                             mm_bytes name)
{
    for (size_t i = 0; i < env->reader_count; i++) {
        const mm_bytes full = mm_bytes_str(env->readers[i].name);
        const size_t skip = space.len == 0 ? 0 : space.len + 1;
        if (full.len == skip + name.len &&
            mm_bytes_equal(mm_bytes_from(full.ptr, space.len), space) &&
            (skip == 0 || full.ptr[space.len] == '.') &&
            mm_bytes_equal(mm_bytes_from(full.ptr + skip, name.len), name))
            return &env->readers[i];
    }
    return NULL;
}

/* The type of the trait that the literal names. */
static enum rule_verdict trait_type(struct checker *k, const struct node *node,
                                    const struct rule_reader *reader, struct rule_type *type)
{
    const struct node *literal = literal_before(k, node);
    if (literal == NULL)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len,
                           "%s() takes a literal: %s(\"name\")", reader->name, reader->name);
    const mm_bytes name = literal->constant.bytes;
    if (k->env->traits.find != NULL && k->env->traits.find(k->env->traits.ctx, type, name))
        return RULE_OK;
    return rule_refuse(k->c, RULE_UNKNOWN, literal->offset, literal->len, "no such trait: \"%.*s\"",
                       shown(name), name.ptr);
}

static enum rule_verdict make_read(struct checker *k, struct node *node,
                                   const struct rule_reader *reader, const struct operand *args,
                                   size_t count)
{
    char text[TYPES_TEXT_MAX];
    struct rule_type result = reader->result;
    bool fits = count == reader->param_count;
    for (size_t i = 0; i < count && fits; i++) {
        struct rule_type unified;
        fits = !args[i].is_namespace && rule_type_unify(&unified, args[i].type, reader->params[i]);
    }
    if (!fits)
        return rule_refuse(k->c, RULE_TYPE, node->offset, node->len, "it is %s(%s)", reader->name,
                           types_text(text, reader->params, reader->param_count, ", "));
    if (reader->is_of_trait)
        CHECKER_TRY(trait_type(k, node, reader, &result));
    node->op = OP_READ;
    node->count = (uint16_t)count;
    node->reader = reader;
    return checker_push(k, node, result);
}

/* Of an element of [], which there never is, several rows may take: then nothing is known of the result either, unless they
 * agree. Whichever is kept never runs. */
static enum rule_verdict make_run(struct checker *k, struct node *node,
                                  const struct rule_type *types, size_t count)
{
    struct rule_type result = rule_type_of(RULE_NONE);
    const struct function *found = NULL;
    bool is_known = false;
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        const struct function *function = &FUNCTIONS[i];
        struct rule_type given;
        if (!function_is(function, node->name, (enum form)node->form))
            continue;
        is_known = true;
        if (!function_takes(function, &given, types, count))
            continue;
        if (found == NULL)
            result = given;
        else if (result.kind != given.kind || result.depth != given.depth)
            result = rule_type_of(RULE_NONE);
        found = function;
    }
    if (found == NULL)
        return is_known ? not_taken(k, node, types, count) : no_function(k, node, node->name);
    if (found->is_constant)
        return make_address(k, node);
    node->op = OP_RUN;
    node->function = found;
    return checker_push(k, node, result);
}

enum rule_verdict checker_call(struct checker *k, struct node *node)
{
    struct rule_type types[RULE_ITEMS_MAX + 1];
    const struct operand *args = checker_pop(k, node->count);
    const bool is_in_space = node->form == FORM_METHOD && args[0].is_namespace;
    const struct rule_reader *reader = NULL;
    MM_ASSERT(node->count <= MM_COUNT_OF(types));
    if (is_in_space)
        reader = find_reader(k->env, args[0].name, node->name);
    else if (node->form == FORM_FUNCTION)
        reader = find_reader(k->env, (mm_bytes){ 0 }, node->name);
    if (reader != NULL)
        return make_read(k, node, reader, args + is_in_space, node->count - is_in_space);
    if (is_in_space)
        return rule_refuse(k->c, RULE_UNKNOWN, node->offset, node->len,
                           "no such function: %.*s.%.*s()", shown(args[0].name), args[0].name.ptr,
                           shown(node->name), node->name.ptr);
    for (size_t i = 0; i < node->count; i++)
        types[i] = args[i].type;
    return make_run(k, node, types, node->count);
}
