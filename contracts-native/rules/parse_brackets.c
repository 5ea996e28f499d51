/* Brackets: groups, lists, indexes, calls, and the macros, which look like calls and are loops. */
#include <stdio.h>

#include "contracts-native/rules/parser_internal.h"
#include "state/base/assert.h"

static const struct {
    const char *name;
    enum macro macro;
} MACROS[] = {
    { "all", MACRO_ALL },
    { "exists", MACRO_EXISTS },
    { "exists_one", MACRO_EXISTS_ONE },
    { "existsOne", MACRO_EXISTS_ONE },
    { "filter", MACRO_FILTER },
    { "map", MACRO_MAP },
};

/* "line 2, column 3", or the column alone within one line. */
static const char *place_text(char out[64], const struct parser *p, uint32_t offset)
{
    uint32_t line;
    uint32_t column;
    uint32_t here;
    uint32_t ignored;
    rule_place(p->c->source, offset, &line, &column);
    rule_place(p->c->source, p->token.offset, &here, &ignored);
    if (line == here)
        (void)snprintf(out, 64, "column %u", column);
    else
        (void)snprintf(out, 64, "line %u, column %u", line, column);
    return out;
}

/* "expected ')' to close '(' at column 12, found 'x'" */
static enum rule_verdict unclosed(struct parser *p, const struct pending *top)
{
    char place[64];
    char what[128];
    const bool is_square = top->kind == PENDING_LIST || top->kind == PENDING_INDEX;
    if (top->kind == PENDING_IF)
        (void)snprintf(what, sizeof what, "':' for '?' at %s", place_text(place, p, top->offset));
    else
        (void)snprintf(what, sizeof what, "'%c' to close '%c' at %s", is_square ? ']' : ')',
                       is_square ? '[' : '(', place_text(place, p, top->open));
    return parser_expected(p, what);
}

enum rule_verdict parser_open(struct parser *p, enum pending_kind kind)
{
    const struct pending pending = { .kind = (uint8_t)kind,
                                     .holds = HOLDS_NOTHING,
                                     .offset = p->token.offset,
                                     .len = p->token.len,
                                     .open = p->token.offset };
    PARSER_TRY(parser_push(p, &pending));
    p->wants_operator = false;
    return parser_advance(p);
}

/* A macro is one when the name of a variable and a comma follow; else it is a call of a method that there is not. */
static bool find_macro(struct parser *p, const struct token *name, enum macro *macro,
                       struct token *variable)
{
    struct token comma;
    struct rule_error kept = *p->c->error;
    const mm_bytes text = mm_bytes_from(p->c->source.ptr + name->offset, name->len);
    size_t i = 0;
    while (i < MM_COUNT_OF(MACROS) && !mm_bytes_equal(text, mm_bytes_str(MACROS[i].name)))
        i++;
    if (i == MM_COUNT_OF(MACROS))
        return false;
    *macro = MACROS[i].macro;
    const bool is_one = lexer_next(p->c, variable, token_end(&p->token)) == RULE_OK &&
                        variable->kind == TOKEN_NAME &&
                        lexer_next(p->c, &comma, token_end(variable)) == RULE_OK &&
                        comma.kind == TOKEN_COMMA;
    *p->c->error = kept;
    return is_one;
}

static enum rule_verdict open_loop(struct parser *p, struct pending *pending,
                                   const struct token *variable)
{
    const struct node node = {
        .op = OP_LOOP,
        .macro = pending->macro,
        .offset = pending->offset,
        .len = pending->len,
        .name = mm_bytes_from(p->c->source.ptr + variable->offset, variable->len),
    };
    if (++p->loops > RULE_LOOPS_MAX)
        return rule_refuse(p->c, RULE_TOO_DEEP, pending->offset, pending->len,
                           "more than %d of all, exists, exists_one, filter, map within each other",
                           RULE_LOOPS_MAX);
    pending->kind = PENDING_LOOP;
    PARSER_TRY(parser_add(p, &node, false, &pending->node));
    PARSER_TRY(parser_push(p, pending));
    p->token = *variable;
    PARSER_TRY(parser_advance(p)); /* the comma */
    return parser_advance(p);
}

enum rule_verdict parser_open_call(struct parser *p, const struct token *name, bool has_receiver)
{
    enum macro macro = MACRO_ALL;
    struct token variable;
    struct pending pending = {
        .kind = PENDING_CALL,
        .holds = HOLDS_NOTHING,
        .form = has_receiver ? FORM_METHOD : FORM_FUNCTION,
        .count = has_receiver ? 1 : 0,
        .offset = name->offset,
        .len = name->len,
        .open = p->token.offset,
        .name = mm_bytes_from(p->c->source.ptr + name->offset, name->len),
    };
    p->wants_operator = false;
    if (has_receiver && find_macro(p, name, &macro, &variable)) {
        pending.macro = (uint8_t)macro;
        return open_loop(p, &pending, &variable);
    }
    PARSER_TRY(parser_push(p, &pending));
    return parser_advance(p);
}

/* One more element or argument is complete. */
static enum rule_verdict count_item(struct parser *p, struct pending *top)
{
    if (++top->count > RULE_ITEMS_MAX)
        return rule_refuse(p->c, RULE_TOO_LARGE, p->token.offset, p->token.len,
                           top->kind == PENDING_LIST ? "a list has at most %d elements"
                                                     : "a call has at most %d arguments",
                           RULE_ITEMS_MAX);
    return RULE_OK;
}

/* Behind the condition of a map that has one; another macro with two commas is CEL's, of two variables. */
static enum rule_verdict loop_comma(struct parser *p, struct pending *top)
{
    if (top->macro != MACRO_MAP || top->has_test)
        return rule_refuse(p->c, RULE_UNSUPPORTED, p->token.offset, p->token.len,
                           "macros of two variables are not supported");
    const struct node node = {
        .op = OP_TEST, .macro = MACRO_MAP, .offset = top->offset, .len = top->len
    };
    top->has_test = true;
    return parser_add(p, &node, true, &top->test);
}

enum rule_verdict parser_comma(struct parser *p)
{
    PARSER_TRY(parser_reduce(p, HOLDS_CONDITION));
    struct pending *top = parser_top(p);
    if (top == NULL)
        return parser_expected(p, "an operator");
    if (top->kind == PENDING_LOOP)
        PARSER_TRY(loop_comma(p, top));
    else if (top->kind == PENDING_LIST || top->kind == PENDING_CALL)
        PARSER_TRY(count_item(p, top));
    else
        return unclosed(p, top);
    p->wants_operator = false;
    return parser_advance(p);
}

/* The brackets are complete: what they make. */
static enum rule_verdict close_node(struct parser *p, const struct pending *top)
{
    struct node node = { .offset = top->offset, .len = top->len, .count = top->count };
    switch ((enum pending_kind)top->kind) {
    case PENDING_GROUP:
        return RULE_OK;
    case PENDING_LIST:
        node.op = OP_LIST;
        node.len = token_end(&p->token) - top->offset;
        return parser_add(p, &node, false, NULL);
    case PENDING_INDEX:
        node.op = OP_CALL;
        node.form = FORM_OPERATOR;
        node.count = 2;
        node.len = token_end(&p->token) - top->offset;
        node.name = MM_BYTES_LIT("[]");
        return parser_add(p, &node, false, NULL);
    case PENDING_CALL:
        node.op = OP_CALL;
        node.form = top->form;
        node.name = top->name;
        return parser_add(p, &node, false, NULL);
    case PENDING_LOOP:
        node.op = OP_NEXT;
        node.macro = top->macro;
        node.jump = (uint16_t)(top->node + 1);
        p->loops--;
        p->nodes[top->node].jump = (uint16_t)(p->count + 1);
        if (top->has_test)
            p->nodes[top->test].jump = (uint16_t)p->count;
        return parser_add(p, &node, true, NULL);
    case PENDING_BINARY:
    case PENDING_AND:
    case PENDING_OR:
    case PENDING_SIGN:
    case PENDING_IF:
    case PENDING_ELSE:
        break;
    }
    MM_UNREACHABLE();
}

/* Where an operand should begin the brackets may end when nothing stands in them, and a list behind a comma. */
static bool may_be_empty(const struct pending *top)
{
    const bool is_first = top->count == (top->form == FORM_METHOD ? 1 : 0);
    return top->kind == PENDING_LIST || (top->kind == PENDING_CALL && is_first);
}

enum rule_verdict parser_close(struct parser *p)
{
    const bool is_square = p->token.kind == TOKEN_CLOSE_SQUARE;
    struct pending *top;
    if (p->wants_operator)
        PARSER_TRY(parser_reduce(p, HOLDS_CONDITION));
    top = parser_top(p);
    if (!p->wants_operator && (top == NULL || !may_be_empty(top)))
        return parser_expected(p, "a value");
    if (top == NULL)
        return rule_refuse(p->c, RULE_SYNTAX, p->token.offset, 1, "'%c' closes no bracket",
                           is_square ? ']' : ')');
    const bool is_square_open = top->kind == PENDING_LIST || top->kind == PENDING_INDEX;
    if (top->kind == PENDING_IF || is_square != is_square_open)
        return unclosed(p, top);
    if (p->wants_operator && (top->kind == PENDING_LIST || top->kind == PENDING_CALL))
        PARSER_TRY(count_item(p, top));
    const struct pending closed = *top;
    p->pending_count--;
    p->depth--;
    PARSER_TRY(close_node(p, &closed));
    p->wants_operator = true;
    return parser_advance(p);
}

enum rule_verdict parser_finish(struct parser *p)
{
    PARSER_TRY(parser_reduce(p, HOLDS_CONDITION));
    return parser_top(p) == NULL ? RULE_OK : unclosed(p, parser_top(p));
}
