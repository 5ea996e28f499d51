/* Operators between operands: which hold more strongly, and what they become when both sides are there. */
#include "contracts-native/rules/parser_internal.h"
#include "state/base/assert.h"

static enum precedence holds_of(enum token_kind kind)
{
    static const uint8_t holds[TOKEN_KINDS] = {
        [TOKEN_QUESTION] = HOLDS_CONDITION,
        [TOKEN_COLON] = HOLDS_CONDITION,
        [TOKEN_OR] = HOLDS_OR,
        [TOKEN_AND] = HOLDS_AND,
        [TOKEN_LESS] = HOLDS_RELATION,
        [TOKEN_LESS_EQUAL] = HOLDS_RELATION,
        [TOKEN_GREATER] = HOLDS_RELATION,
        [TOKEN_GREATER_EQUAL] = HOLDS_RELATION,
        [TOKEN_EQUAL] = HOLDS_RELATION,
        [TOKEN_NOT_EQUAL] = HOLDS_RELATION,
        [TOKEN_IN] = HOLDS_RELATION,
        [TOKEN_PLUS] = HOLDS_SUM,
        [TOKEN_MINUS] = HOLDS_SUM,
        [TOKEN_STAR] = HOLDS_PRODUCT,
        [TOKEN_SLASH] = HOLDS_PRODUCT,
        [TOKEN_PERCENT] = HOLDS_PRODUCT,
    };
    return (enum precedence)holds[kind];
}

bool parser_is_operator(enum token_kind kind)
{
    return holds_of(kind) != HOLDS_NOTHING;
}

/* Both operands are in the program: adds what takes them. */
static enum rule_verdict complete(struct parser *p)
{
    const struct pending top = *parser_top(p);
    struct node node = {
        .op = OP_CALL, .form = FORM_OPERATOR, .offset = top.offset, .len = top.len, .name = top.name
    };
    p->pending_count--;
    switch ((enum pending_kind)top.kind) {
    case PENDING_BINARY:
        node.count = 2;
        return parser_add(p, &node, false, NULL);
    case PENDING_SIGN:
        p->depth--;
        node.count = 1;
        return parser_add(p, &node, false, NULL);
    case PENDING_AND:
    case PENDING_OR:
        node.op = top.kind == PENDING_AND ? OP_AND : OP_OR;
        PARSER_TRY(parser_add(p, &node, true, NULL));
        p->nodes[top.node].jump = (uint16_t)p->count;
        return RULE_OK;
    case PENDING_ELSE:
        p->depth--;
        node.op = OP_ENDIF;
        p->nodes[top.node].jump = (uint16_t)p->count;
        return parser_add(p, &node, true, NULL);
    case PENDING_IF:
    case PENDING_GROUP:
    case PENDING_LIST:
    case PENDING_INDEX:
    case PENDING_CALL:
    case PENDING_LOOP:
        break;
    }
    MM_UNREACHABLE();
}

/* IF and brackets hold nothing: they end only with what belongs to them. */
enum rule_verdict parser_reduce(struct parser *p, enum precedence holds)
{
    MM_ASSERT(holds > HOLDS_NOTHING);
    while (parser_top(p) != NULL && parser_top(p)->holds >= holds)
        PARSER_TRY(complete(p));
    return RULE_OK;
}

static enum rule_verdict colon(struct parser *p)
{
    PARSER_TRY(parser_reduce(p, HOLDS_CONDITION));
    struct pending *top = parser_top(p);
    if (top == NULL || top->kind != PENDING_IF)
        return rule_refuse(p->c, RULE_SYNTAX, p->token.offset, 1, "':' belongs to no '?'");
    const struct node node = { .op = OP_ELSE, .offset = top->offset, .len = top->len };
    const uint16_t marker = top->node;
    top->kind = PENDING_ELSE;
    top->holds = HOLDS_CONDITION;
    PARSER_TRY(parser_add(p, &node, true, &top->node));
    p->nodes[marker].jump = (uint16_t)p->count;
    return RULE_OK;
}

static enum rule_verdict question(struct parser *p, struct pending *pending)
{
    PARSER_TRY(parser_reduce(p, HOLDS_OR));
    const struct pending *top = parser_top(p);
    if (top != NULL && top->kind == PENDING_IF)
        return rule_refuse(p->c, RULE_SYNTAX, p->token.offset, 1,
                           "a condition between '?' and ':' needs brackets around it");
    const struct node node = { .op = OP_IF, .offset = pending->offset, .len = pending->len };
    pending->kind = PENDING_IF;
    pending->holds = HOLDS_NOTHING;
    PARSER_TRY(parser_add(p, &node, false, &pending->node));
    return parser_push(p, pending);
}

static enum rule_verdict binary(struct parser *p, struct pending *pending)
{
    const bool is_and = p->token.kind == TOKEN_AND;
    PARSER_TRY(parser_reduce(p, pending->holds));
    if (is_and || p->token.kind == TOKEN_OR) {
        const struct node node = { .op = is_and ? OP_AND_LEFT : OP_OR_LEFT,
                                   .offset = pending->offset,
                                   .len = pending->len };
        pending->kind = is_and ? PENDING_AND : PENDING_OR;
        PARSER_TRY(parser_add(p, &node, false, &pending->node));
    }
    return parser_push(p, pending);
}

enum rule_verdict parser_operator(struct parser *p)
{
    struct pending pending = {
        .kind = PENDING_BINARY,
        .holds = (uint8_t)holds_of(p->token.kind),
        .offset = p->token.offset,
        .len = p->token.len,
        .name = mm_bytes_from(p->c->source.ptr + p->token.offset, p->token.len),
    };
    if (p->token.kind == TOKEN_COLON)
        PARSER_TRY(colon(p));
    else if (p->token.kind == TOKEN_QUESTION)
        PARSER_TRY(question(p, &pending));
    else
        PARSER_TRY(binary(p, &pending));
    p->wants_operator = false;
    return parser_advance(p);
}
