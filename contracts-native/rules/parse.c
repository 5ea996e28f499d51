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
    if (p->count == p->capacity) {
        const size_t capacity = p->capacity == 0 ? PARSER_NODES_FIRST : 2 * p->capacity;
        struct node *nodes = mm_arena_grow(p->c->arena, p->nodes, p->capacity * sizeof *nodes,
                                           capacity * sizeof *nodes);
        if (nodes == NULL)
            return rule_refuse(p->c, RULE_NO_MEMORY, node->offset, node->len, "out of memory");
        p->nodes = nodes;
        p->capacity = capacity;
    }
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

mm_bytes parser_text(const struct parser *p, const struct token *token)
{
    return mm_bytes_from(p->c->source.ptr + token->offset, token->len);
}

struct node parser_node(enum op op, const struct token *token)
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
    struct node node = parser_node(OP_CONST, &p->token);
    PARSER_TRY(literal_number(p->c, &node.constant, &p->token, is_negative));
    return add_literal(p, &node);
}

static enum rule_verdict positive(struct parser *p)
{
    return number(p, false);
}

static enum rule_verdict text(struct parser *p)
{
    struct node node = parser_node(OP_CONST, &p->token);
    PARSER_TRY(literal_text(p->c, &node.constant, &p->token));
    return add_literal(p, &node);
}

static enum rule_verdict truth(struct parser *p)
{
    struct node node = parser_node(OP_CONST, &p->token);
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
                                             .name = parser_text(p, &token) });
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
    return parser_kind_behind(p) == TOKEN_NAME ? unsupported(p, "names that begin with '.'")
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
                       parser_text(p, &p->token).ptr);
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
    [TOKEN_NAME] = parser_name,
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
    [TOKEN_DOT] = parser_member,        [TOKEN_OPEN_SQUARE] = open_index,
    [TOKEN_CLOSE_ROUND] = parser_close, [TOKEN_CLOSE_SQUARE] = parser_close,
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

enum rule_verdict program_parse(struct compiling *c)
{
    struct parser parser;
    struct parser *p = &parser;
    p->c = c;
    p->nodes = NULL;
    p->count = p->capacity = p->tree_count = 0;
    p->pending_count = 0; /* what is beyond it is never read */
    p->depth = p->loops = 0;
    p->wants_operator = false;
    PARSER_TRY(lexer_next(c, &p->token, 0));
    while (p->token.kind != TOKEN_END || !p->wants_operator)
        PARSER_TRY(p->wants_operator ? behind(p) : operand(p));
    PARSER_TRY(parser_finish(p));
    c->program->nodes = p->nodes;
    c->program->count = p->count;
    return RULE_OK;
}
