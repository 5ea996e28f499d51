/* The parser: two states, before an operand and behind one. */
#include <stdio.h>

#include "contracts-native/rules/parser_internal.h"
#include "state/base/assert.h"

/* ---- what the parts share ---- */

enum rule_verdict parser_add(struct parser *p, const struct node *node, bool is_marker,
                             uint16_t *index)
{
    if (!is_marker && ++p->tree_count > RULE_NODES_MAX)
        return rule_refuse(p->c, RULE_TOO_LARGE, node->offset, node->len,
                           "the rule has more than %d parts", RULE_NODES_MAX);
    MM_ASSERT(p->count < p->capacity);
    if (index != NULL)
        *index = (uint16_t)p->count;
    p->nodes[p->count++] = *node;
    return RULE_OK;
}

enum rule_verdict parser_push(struct parser *p, const struct pending *pending)
{
    const bool is_deeper = pending->kind != PENDING_BINARY && pending->kind != PENDING_AND &&
                           pending->kind != PENDING_OR;
    if (is_deeper && ++p->depth > RULE_DEPTH_MAX)
        return rule_refuse(p->c, RULE_TOO_DEEP, pending->offset, pending->len,
                           "more than %d brackets, conditions and signs within each other",
                           RULE_DEPTH_MAX);
    MM_ASSERT(p->pending_count < PARSER_PENDING_MAX);
    p->pending[p->pending_count++] = *pending;
    return RULE_OK;
}

struct pending *parser_top(struct parser *p)
{
    return p->pending_count == 0 ? NULL : &p->pending[p->pending_count - 1];
}

enum rule_verdict parser_advance(struct parser *p)
{
    return lexer_next(p->c, &p->token, token_end(&p->token));
}

enum rule_verdict parser_expected(struct parser *p, const char *what)
{
    const struct token *token = &p->token;
    if (token->kind == TOKEN_END)
        return rule_refuse(p->c, RULE_SYNTAX, token->offset, 0, "expected %s, but the rule ends",
                           what);
    const int shown = token->len < 40 ? (int)token->len : 0;
    return rule_refuse(p->c, RULE_SYNTAX, token->offset, token->len, "expected %s, found %s%.*s%s",
                       what, shown == 0 ? "a long text" : "'", shown,
                       (const char *)p->c->source.ptr + token->offset, shown == 0 ? "" : "'");
}

static mm_bytes text_of(const struct parser *p, const struct token *token)
{
    return mm_bytes_from(p->c->source.ptr + token->offset, token->len);
}

static struct node node_at(enum op op, const struct token *token)
{
    return (struct node){ .op = (uint8_t)op, .offset = token->offset, .len = token->len };
}

/* ---- before an operand ---- */

static enum rule_verdict add_literal(struct parser *p, const struct node *node)
{
    PARSER_TRY(parser_add(p, node, false, NULL));
    p->wants_operator = true;
    return parser_advance(p);
}

static enum rule_verdict number(struct parser *p, bool is_negative)
{
    struct node node = node_at(OP_CONST, &p->token);
    PARSER_TRY(literal_number(p->c, &node.constant, &p->token, is_negative));
    return add_literal(p, &node);
}

static enum rule_verdict positive(struct parser *p)
{
    return number(p, false);
}

static enum rule_verdict text(struct parser *p)
{
    struct node node = node_at(OP_CONST, &p->token);
    PARSER_TRY(literal_text(p->c, &node.constant, &p->token));
    return add_literal(p, &node);
}

static enum rule_verdict truth(struct parser *p)
{
    struct node node = node_at(OP_CONST, &p->token);
    node.constant = rule_bool(p->token.kind == TOKEN_TRUE);
    return add_literal(p, &node);
}

/* - before a number belongs to it, so that the minimum can be written; CEL's grammar takes one kind of sign in a row. */
static enum rule_verdict sign(struct parser *p)
{
    const struct token token = p->token;
    const struct pending *top = parser_top(p);
    PARSER_TRY(parser_advance(p));
    if (token.kind == TOKEN_MINUS && p->token.kind == TOKEN_INT)
        return number(p, true);
    if (top != NULL && top->kind == PENDING_SIGN &&
        top->name.ptr[0] != p->c->source.ptr[token.offset])
        return rule_refuse(p->c, RULE_SYNTAX, token.offset, token.len,
                           "'!' and '-' need brackets between them");
    return parser_push(p, &(struct pending){ .kind = PENDING_SIGN,
                                             .holds = HOLDS_SIGN,
                                             .offset = token.offset,
                                             .len = token.len,
                                             .name = text_of(p, &token) });
}

/* The token behind the one at hand, when there is one that can be read. */
static enum token_kind kind_behind(struct parser *p)
{
    struct token next;
    struct rule_error kept = *p->c->error;
    const enum rule_verdict verdict = lexer_next(p->c, &next, token_end(&p->token));
    *p->c->error = kept;
    return verdict == RULE_OK ? next.kind : TOKEN_END;
}

/* "a" or "a.b.c" without what stands between; empty when there is no memory. */
static mm_bytes path_text(struct parser *p, uint32_t from, uint32_t to)
{
    uint8_t *text = mm_arena_alloc(p->c->arena, to - from);
    size_t len = 0;
    struct token token;
    if (text == NULL)
        return (mm_bytes){ 0 };
    for (uint32_t at = from; at < to; at = token_end(&token)) {
        const enum rule_verdict verdict = lexer_next(p->c, &token, at);
        MM_ASSERT(verdict == RULE_OK && token.kind != TOKEN_END); /* it was read before */
        memcpy(text + len, p->c->source.ptr + token.offset, token.len);
        len += token.len;
    }
    return mm_bytes_from(text, len);
}

/* . and a name behind an operand: a method. */
static enum rule_verdict member(struct parser *p)
{
    PARSER_TRY(parser_advance(p));
    if (p->token.kind == TOKEN_QUESTION)
        return rule_refuse(p->c, RULE_UNSUPPORTED, p->token.offset, p->token.len,
                           "optional fields ('.?') are not supported");
    if (p->token.kind != TOKEN_NAME && p->token.kind != TOKEN_RESERVED)
        return parser_expected(p, "a name behind '.'");
    const struct token name = p->token;
    PARSER_TRY(parser_advance(p));
    if (p->token.kind == TOKEN_OPEN_ROUND)
        return parser_open_call(p, &name, true);
    return rule_refuse(p->c, RULE_UNSUPPORTED, name.offset, name.len,
                       "values have no fields: '.%.*s' is not supported",
                       (int)(name.len < 40 ? name.len : 40), text_of(p, &name).ptr);
}

/* A name, with all that dots put behind it but a last one that is called: a.b.c, and in a.b.f(…) the a.b. */
static enum rule_verdict name(struct parser *p)
{
    struct token first = p->token;
    struct node node = node_at(OP_NAME, &first);
    uint32_t end = token_end(&first);
    bool is_called = false;
    PARSER_TRY(parser_advance(p));
    if (p->token.kind == TOKEN_OPEN_ROUND)
        return parser_open_call(p, &first, false);
    while (p->token.kind == TOKEN_DOT && kind_behind(p) == TOKEN_NAME && !is_called) {
        const struct token dot = p->token;
        PARSER_TRY(parser_advance(p));
        if (kind_behind(p) == TOKEN_OPEN_ROUND) {
            p->token = dot;
            is_called = true;
        } else {
            end = token_end(&p->token);
            PARSER_TRY(parser_advance(p));
        }
    }
    node.form = is_called ? FORM_METHOD : FORM_FUNCTION;
    node.len = end - first.offset;
    node.name = path_text(p, first.offset, end);
    if (node.name.len == 0)
        return rule_refuse(p->c, RULE_NO_MEMORY, first.offset, first.len, "out of memory");
    PARSER_TRY(parser_add(p, &node, false, NULL));
    p->wants_operator = true;
    return RULE_OK;
}

static enum rule_verdict unsupported(struct parser *p, const char *what)
{
    return rule_refuse(p->c, RULE_UNSUPPORTED, p->token.offset, p->token.len,
                       "%s are not supported", what);
}

static enum rule_verdict curly(struct parser *p)
{
    return unsupported(p, p->wants_operator ? "messages ('{')" : "maps ('{')");
}

static enum rule_verdict fraction(struct parser *p)
{
    return unsupported(p, "numbers with a fraction or exponent");
}

static enum rule_verdict null(struct parser *p)
{
    return unsupported(p, "null and what may be null");
}

static enum rule_verdict dot(struct parser *p)
{
    return kind_behind(p) == TOKEN_NAME ? unsupported(p, "names that begin with '.'")
                                        : parser_expected(p, "a value");
}

static enum rule_verdict question(struct parser *p)
{
    const struct pending *top = parser_top(p);
    const bool is_optional =
        top != NULL && (top->kind == PENDING_LIST || top->kind == PENDING_INDEX);
    return is_optional ? unsupported(p, "optional elements ('[?')") : parser_expected(p, "a value");
}

static enum rule_verdict reserved(struct parser *p)
{
    return rule_refuse(p->c, RULE_SYNTAX, p->token.offset, p->token.len,
                       "'%.*s' is a reserved word and names nothing", (int)p->token.len,
                       text_of(p, &p->token).ptr);
}

static enum rule_verdict open_group(struct parser *p)
{
    return parser_open(p, PENDING_GROUP);
}

static enum rule_verdict open_list(struct parser *p)
{
    return parser_open(p, PENDING_LIST);
}

static enum rule_verdict open_index(struct parser *p)
{
    return parser_open(p, PENDING_INDEX);
}

/* ---- the two states ---- */

typedef enum rule_verdict (*parser_step)(struct parser *p);

/* What begins an operand, and what stands there and should not. */
static const parser_step OPERAND[TOKEN_KINDS] = {
    [TOKEN_INT] = positive,
    [TOKEN_UINT] = positive,
    [TOKEN_STRING] = text,
    [TOKEN_BYTES] = text,
    [TOKEN_TRUE] = truth,
    [TOKEN_FALSE] = truth,
    [TOKEN_NAME] = name,
    [TOKEN_NOT] = sign,
    [TOKEN_MINUS] = sign,
    [TOKEN_OPEN_ROUND] = open_group,
    [TOKEN_OPEN_SQUARE] = open_list,
    [TOKEN_CLOSE_ROUND] = parser_close, /* of what may be empty */
    [TOKEN_CLOSE_SQUARE] = parser_close,
    [TOKEN_OPEN_CURLY] = curly,
    [TOKEN_DOUBLE] = fraction,
    [TOKEN_NULL] = null,
    [TOKEN_DOT] = dot,
    [TOKEN_QUESTION] = question,
    [TOKEN_RESERVED] = reserved,
};

/* What goes on behind an operand. */
static const parser_step BEHIND[TOKEN_KINDS] = {
    [TOKEN_DOT] = member,
    [TOKEN_OPEN_SQUARE] = open_index,
    [TOKEN_CLOSE_ROUND] = parser_close,
    [TOKEN_CLOSE_SQUARE] = parser_close,
    [TOKEN_COMMA] = parser_comma,
};

static enum rule_verdict operand(struct parser *p)
{
    return OPERAND[p->token.kind] == NULL ? parser_expected(p, "a value")
                                          : OPERAND[p->token.kind](p);
}

static enum rule_verdict behind(struct parser *p)
{
    if (parser_is_operator(p->token.kind))
        return parser_operator(p);
    if (p->token.kind == TOKEN_OPEN_CURLY && p->nodes[p->count - 1].op == OP_NAME)
        return curly(p);
    return BEHIND[p->token.kind] == NULL ? parser_expected(p, "an operator")
                                         : BEHIND[p->token.kind](p);
}

/* Before the parser begins, so that no part of it need think of it. */
static enum rule_verdict parser_init(struct parser *p, struct compiling *c)
{
    *p = (struct parser){ .c = c };
    /* Every node of the tree takes a character at least, and brings two markers at most. */
    const size_t nodes = c->source.len < RULE_NODES_MAX ? c->source.len : RULE_NODES_MAX;
    p->capacity = 3 * nodes + 3;
    p->nodes = MM_ARENA_ARRAY(c->arena, struct node, p->capacity);
    if (p->nodes == NULL)
        return rule_refuse(c, RULE_NO_MEMORY, 0, 0, "out of memory");
    return lexer_next(c, &p->token, 0);
}

enum rule_verdict program_parse(struct compiling *c)
{
    struct parser parser;
    struct parser *p = &parser;
    PARSER_TRY(parser_init(p, c));
    while (p->token.kind != TOKEN_END || !p->wants_operator)
        PARSER_TRY(p->wants_operator ? behind(p) : operand(p));
    PARSER_TRY(parser_finish(p));
    c->program->nodes = p->nodes;
    c->program->count = p->count;
    return RULE_OK;
}
