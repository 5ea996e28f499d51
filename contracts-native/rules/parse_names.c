/* Names, the paths that dots make of them, and methods. */
#include "contracts-native/rules/parser_internal.h"
#include "state/base/assert.h"

/* The token behind the one at hand, when there is one that can be read. */
enum token_kind parser_kind_behind(struct parser *p)
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
enum rule_verdict parser_member(struct parser *p)
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
                       (int)(name.len < 40 ? name.len : 40), parser_text(p, &name).ptr);
}

/* A name, with all that dots put behind it but a last one that is called: a.b.c, and in a.b.f(…) the a.b. */
enum rule_verdict parser_name(struct parser *p)
{
    struct token first = p->token;
    struct node node = parser_node(OP_NAME, &first);
    uint32_t end = token_end(&first);
    bool is_called = false;
    PARSER_TRY(parser_advance(p));
    if (p->token.kind == TOKEN_OPEN_ROUND)
        return parser_open_call(p, &first, false);
    while (p->token.kind == TOKEN_DOT && parser_kind_behind(p) == TOKEN_NAME && !is_called) {
        const struct token dot = p->token;
        PARSER_TRY(parser_advance(p));
        if (parser_kind_behind(p) == TOKEN_OPEN_ROUND) {
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
