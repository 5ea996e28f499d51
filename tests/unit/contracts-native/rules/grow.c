#include "tests/unit/contracts-native/rules/grow.h"

#include "contracts-native/rules/value.h"

enum { DEPTH_MAX = 7, LOOPS_MAX = 2 };

struct growing {
    struct mm_buf *out;
    mm_bytes bytes;
    size_t at;
    unsigned depth;
    unsigned loops;
    struct rule_type locals[LOOPS_MAX]; /* v0, v1 */
};

static void grow(struct growing *g, struct rule_type type);

/* 0 when the bytes are used up. */
static unsigned choose(struct growing *g, unsigned below)
{
    return g->at < g->bytes.len ? g->bytes.ptr[g->at++] % below : 0;
}

static void say(struct growing *g, const char *text)
{
    mm_buf_add_text(g->out, text);
}

static struct rule_type any_scalar(struct growing *g)
{
    static const enum rule_kind kinds[] = { RULE_UINT, RULE_INT, RULE_BOOL, RULE_STRING,
                                            RULE_BYTES };
    return rule_type_of(kinds[choose(g, MM_COUNT_OF(kinds))]);
}

static struct rule_type any_type(struct growing *g)
{
    struct rule_type type = any_scalar(g);
    type.depth = (uint8_t)(choose(g, 4) / 2 * choose(g, 3));
    return type;
}

static void leaf(struct growing *g, struct rule_type type)
{
    static const char *const uints[] = {
        "1u",
        "0u",
        "token",
        "supply",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935u",
        "args[0]",
        "trait('level')",
        "history.count('chat')",
        "credits(caller)",
        "block.number"
    };
    static const char *const ints[] = {
        "1",
        "0",
        "-1",
        "7",
        "57896044618658097711785492504343953926634992332820282019728792003956564819967",
        "size(kind)",
        "-57896044618658097711785492504343953926634992332820282019728792003956564819968"
    };
    static const char *const bools[] = { "true", "false", "trait('frozen')", "approved(owner)",
                                         "(1/0==1)" };
    static const char *const strings[] = { "'chat'",          "''",   "kind",
                                           "trait('name')",   "'é😀'", "r'\\'",
                                           "\"\"\"a\"b\"\"\"" };
    static const char *const bytes[] = {
        "caller",        "owner",         "b''",
        "b'\\xff\\x00'", "trait('mark')", "addr('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266')"
    };
    if (type.depth > 0) {
        say(g, type.kind == RULE_UINT && type.depth == 1 && choose(g, 2) == 1 ? "args" : "[]");
        return;
    }
    switch ((enum rule_kind)type.kind) {
    case RULE_BOOL:
        say(g, bools[choose(g, MM_COUNT_OF(bools))]);
        return;
    case RULE_INT:
        say(g, ints[choose(g, MM_COUNT_OF(ints))]);
        return;
    case RULE_UINT:
        say(g, uints[choose(g, MM_COUNT_OF(uints))]);
        return;
    case RULE_STRING:
        say(g, strings[choose(g, MM_COUNT_OF(strings))]);
        return;
    case RULE_BYTES:
    case RULE_NONE:
        say(g, bytes[choose(g, MM_COUNT_OF(bytes))]);
        return;
    }
}

static bool local(struct growing *g, struct rule_type type)
{
    for (unsigned i = g->loops; i-- > 0;) {
        if (g->locals[i].kind == type.kind && g->locals[i].depth == type.depth) {
            mm_buf_printf(g->out, "v%u", i);
            return true;
        }
    }
    return false;
}

static void binary(struct growing *g, struct rule_type left, const char *operator_,
                   struct rule_type right)
{
    say(g, "(");
    grow(g, left);
    say(g, operator_);
    grow(g, right);
    say(g, ")");
}

static void condition(struct growing *g, struct rule_type type)
{
    say(g, "(");
    grow(g, rule_type_of(RULE_BOOL));
    say(g, "?");
    grow(g, type);
    say(g, ":");
    grow(g, type);
    say(g, ")");
}

/* A macro over a list of these elements, its body of this type; `test` puts a condition before it. */
static void loop(struct growing *g, const char *macro, struct rule_type element,
                 struct rule_type body, bool has_test)
{
    grow(g, rule_list_of(element));
    mm_buf_printf(g->out, ".%s(v%u,", macro, g->loops);
    g->locals[g->loops++] = element;
    if (has_test) {
        grow(g, rule_type_of(RULE_BOOL));
        say(g, ",");
    }
    grow(g, body);
    g->loops--;
    say(g, ")");
}

static void grow_bool(struct growing *g)
{
    static const char *const orders[] = { "<", "<=", ">", ">=" };
    static const char *const texts[] = { ".contains(", ".startsWith(", ".endsWith(" };
    static const char *const macros[] = { "all", "exists", "exists_one" };
    const struct rule_type boolean = rule_type_of(RULE_BOOL);
    struct rule_type type;
    switch (choose(g, g->loops < LOOPS_MAX ? 9 : 8)) {
    case 0:
        binary(g, boolean, "&&", boolean);
        return;
    case 1:
        binary(g, boolean, "||", boolean);
        return;
    case 2:
        say(g, "!");
        binary(g, boolean, "==", boolean);
        return;
    case 3:
        type = any_type(g);
        binary(g, type, choose(g, 2) == 0 ? "==" : "!=", type);
        return;
    case 4:
        type = any_scalar(g);
        binary(g, type, orders[choose(g, MM_COUNT_OF(orders))], type);
        return;
    case 5:
        type = any_type(g);
        binary(g, type, " in ", rule_list_of(type));
        return;
    case 6:
        grow(g, rule_type_of(RULE_STRING));
        say(g, texts[choose(g, MM_COUNT_OF(texts))]);
        grow(g, rule_type_of(RULE_STRING));
        say(g, ")");
        return;
    case 7:
        condition(g, boolean);
        return;
    case 8:
        loop(g, macros[choose(g, MM_COUNT_OF(macros))], any_type(g), boolean, false);
        return;
    }
}

static void call(struct growing *g, const char *function, struct rule_type type)
{
    say(g, function);
    grow(g, type);
    say(g, ")");
}

static void grow_number(struct growing *g, struct rule_type type)
{
    static const char *const operators[] = { "+", "-", "*", "/", "%" };
    const bool is_int = type.kind == RULE_INT;
    switch (choose(g, 5)) {
    case 0:
    case 1:
        binary(g, type, operators[choose(g, MM_COUNT_OF(operators))], type);
        return;
    case 2:
        if (is_int)
            call(g, "size(",
                 choose(g, 2) == 0 ? rule_list_of(any_type(g)) : rule_type_of(RULE_STRING));
        else
            call(g, "history.count(", rule_type_of(RULE_STRING));
        return;
    case 3:
        call(g, is_int ? "int(" : "uint(", rule_type_of(is_int ? RULE_UINT : RULE_INT));
        return;
    case 4:
        condition(g, type);
        return;
    }
}

static void grow_text(struct growing *g, struct rule_type type)
{
    const bool is_string = type.kind == RULE_STRING;
    switch (choose(g, 4)) {
    case 0:
    case 1:
        binary(g, type, "+", type);
        return;
    case 2:
        call(g, is_string ? "string(" : "bytes(",
             is_string ? any_scalar(g) : rule_type_of(RULE_STRING));
        return;
    case 3:
        condition(g, type);
        return;
    }
}

static void grow_list(struct growing *g, struct rule_type type)
{
    const struct rule_type element = rule_element_of(type);
    const unsigned count = choose(g, 5);
    switch (choose(g, g->loops < LOOPS_MAX ? 6 : 4)) {
    case 0:
    case 1:
        say(g, "[");
        for (unsigned i = 0; i < count; i++) {
            grow(g, element);
            say(g, i + 1 < count ? "," : "");
        }
        say(g, "]");
        return;
    case 2:
        binary(g, type, "+", type);
        return;
    case 3:
        condition(g, type);
        return;
    case 4:
        loop(g, "filter", element, rule_type_of(RULE_BOOL), false);
        return;
    case 5:
        loop(g, "map", any_type(g), element, choose(g, 3) == 0);
        return;
    }
}

static void grow(struct growing *g, struct rule_type type)
{
    const unsigned what = choose(g, 8);
    if ((what == 7 && local(g, type)))
        return;
    if (g->depth == DEPTH_MAX || g->at >= g->bytes.len || what == 6) {
        leaf(g, type);
        return;
    }
    g->depth++;
    if (what == 5 && type.depth < 3) {
        grow(g, rule_list_of(type));
        say(g, "[");
        grow(g, rule_type_of(RULE_INT));
        say(g, "]");
    } else if (type.depth > 0) {
        grow_list(g, type);
    } else if (type.kind == RULE_BOOL) {
        grow_bool(g);
    } else if (type.kind == RULE_INT || type.kind == RULE_UINT) {
        grow_number(g, type);
    } else {
        grow_text(g, type);
    }
    g->depth--;
}

void grow_rule(struct mm_buf *out, mm_bytes bytes)
{
    struct growing g = { .out = out, .bytes = bytes };
    grow(&g, any_type(&g));
}
