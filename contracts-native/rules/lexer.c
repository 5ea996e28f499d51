#include <stdio.h>

#include "contracts-native/rules/lexer_internal.h"
#include "state/codec/utf8.h"

static const struct {
    const char *text;
    enum token_kind kind;
} SYMBOLS[] = {
    /* longer ones first */
    { "||", TOKEN_OR },         { "&&", TOKEN_AND },
    { "<=", TOKEN_LESS_EQUAL }, { ">=", TOKEN_GREATER_EQUAL },
    { "==", TOKEN_EQUAL },      { "!=", TOKEN_NOT_EQUAL },
    { "<", TOKEN_LESS },        { ">", TOKEN_GREATER },
    { "+", TOKEN_PLUS },        { "-", TOKEN_MINUS },
    { "*", TOKEN_STAR },        { "/", TOKEN_SLASH },
    { "%", TOKEN_PERCENT },     { "!", TOKEN_NOT },
    { "?", TOKEN_QUESTION },    { ":", TOKEN_COLON },
    { ".", TOKEN_DOT },         { ",", TOKEN_COMMA },
    { "(", TOKEN_OPEN_ROUND },  { ")", TOKEN_CLOSE_ROUND },
    { "[", TOKEN_OPEN_SQUARE }, { "]", TOKEN_CLOSE_SQUARE },
    { "{", TOKEN_OPEN_CURLY },  { "}", TOKEN_CLOSE_CURLY },
};

static const struct {
    const char *text;
    enum token_kind kind;
} WORDS[] = {
    { "true", TOKEN_TRUE },         { "false", TOKEN_FALSE },
    { "null", TOKEN_NULL },         { "in", TOKEN_IN },
    { "as", TOKEN_RESERVED },       { "break", TOKEN_RESERVED },
    { "const", TOKEN_RESERVED },    { "continue", TOKEN_RESERVED },
    { "else", TOKEN_RESERVED },     { "for", TOKEN_RESERVED },
    { "function", TOKEN_RESERVED }, { "if", TOKEN_RESERVED },
    { "import", TOKEN_RESERVED },   { "let", TOKEN_RESERVED },
    { "loop", TOKEN_RESERVED },     { "namespace", TOKEN_RESERVED },
    { "package", TOKEN_RESERVED },  { "return", TOKEN_RESERVED },
    { "var", TOKEN_RESERVED },      { "void", TOKEN_RESERVED },
    { "while", TOKEN_RESERVED },
};

/* A zero beyond the end, which no token has in it. */
static uint8_t at(const struct compiling *c, uint32_t offset)
{
    return offset < c->source.len ? c->source.ptr[offset] : 0;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex_digit(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static bool begins_name(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool goes_on_name(uint8_t byte)
{
    return begins_name(byte) || is_digit(byte);
}

/* White space and comments, which run from // to the end of the line. */
static uint32_t skip_blanks(const struct compiling *c, uint32_t offset)
{
    for (;;) {
        const uint8_t byte = at(c, offset);
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f') {
            offset++;
        } else if (byte == '/' && at(c, offset + 1) == '/') {
            while (offset < c->source.len && at(c, offset) != '\n')
                offset++;
        } else {
            return offset;
        }
    }
}

static void read_name(const struct compiling *c, struct token *token)
{
    while (goes_on_name(at(c, token_end(token))))
        token->len++;
    const mm_bytes text = mm_bytes_from(c->source.ptr + token->offset, token->len);
    token->kind = TOKEN_NAME;
    for (size_t i = 0; i < MM_COUNT_OF(WORDS); i++) {
        if (mm_bytes_equal(text, mm_bytes_str(WORDS[i].text)))
            token->kind = WORDS[i].kind;
    }
}

/* A fraction or exponent makes it a double; `1.f()` is a call on 1. */
static bool read_fraction(const struct compiling *c, struct token *token)
{
    const uint32_t before = token->len;
    if (at(c, token_end(token)) == '.' && is_digit(at(c, token_end(token) + 1))) {
        token->len++;
        while (is_digit(at(c, token_end(token))))
            token->len++;
    }
    if (at(c, token_end(token)) == 'e' || at(c, token_end(token)) == 'E') {
        const uint8_t sign = at(c, token_end(token) + 1);
        const uint32_t skip = sign == '+' || sign == '-' ? 2 : 1;
        if (is_digit(at(c, token_end(token) + skip))) {
            token->len += skip;
            while (is_digit(at(c, token_end(token))))
                token->len++;
        }
    }
    return token->len != before;
}

static enum rule_verdict read_number(struct compiling *c, struct token *token)
{
    const bool is_hex = at(c, token->offset) == '0' && at(c, token->offset + 1) == 'x' &&
                        is_hex_digit(at(c, token->offset + 2));
    token->kind = TOKEN_INT;
    token->len = is_hex ? 2 : 0;
    while (is_hex ? is_hex_digit(at(c, token_end(token))) : is_digit(at(c, token_end(token))))
        token->len++;
    if (!is_hex && read_fraction(c, token))
        token->kind = TOKEN_DOUBLE;
    else if (at(c, token_end(token)) == 'u' || at(c, token_end(token)) == 'U') {
        token->kind = TOKEN_UINT;
        token->len++;
    }
    if (!goes_on_name(at(c, token_end(token))))
        return RULE_OK;
    while (goes_on_name(at(c, token_end(token))))
        token->len++;
    return rule_refuse(c, RULE_SYNTAX, token->offset, token->len, "'%.*s' is no number",
                       (int)(token->len < 40 ? token->len : 40), c->source.ptr + token->offset);
}

static bool is_quotes(const struct compiling *c, uint32_t offset, uint8_t quote, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (at(c, offset + i) != quote)
            return false;
    }
    return true;
}

/* From the first quote on; what stands before it is in the token already. */
static enum rule_verdict read_text(struct compiling *c, struct token *token)
{
    const uint8_t quote = at(c, token_end(token));
    const uint32_t quotes = is_quotes(c, token_end(token), quote, 3) ? 3 : 1;
    const uint32_t body = token_end(token) + quotes;
    uint32_t end = body;
    while (end < c->source.len && !is_quotes(c, end, quote, quotes)) {
        if (quotes == 1 && (at(c, end) == '\n' || at(c, end) == '\r'))
            break;
        end += !token->is_raw && at(c, end) == '\\' ? 2 : 1;
    }
    if (!is_quotes(c, end, quote, quotes))
        return rule_refuse(c, RULE_SYNTAX, token->offset, token->len + quotes,
                           "the text that begins here has no end: expected %.*s", (int)quotes,
                           quote == '"' ? "\"\"\"" : "'''");
    token->body_offset = body;
    token->body_len = end - body;
    token->len = end + quotes - token->offset;
    return RULE_OK;
}

/* Whether a text begins here, with b and r before its quote in either case, and each once at most: b first, as CEL has it. */
static bool begins_text(const struct compiling *c, struct token *token)
{
    uint32_t skip = 0;
    token->kind = TOKEN_STRING;
    if ((at(c, token->offset) | 0x20) == 'b') {
        token->kind = TOKEN_BYTES;
        skip++;
    }
    if ((at(c, token->offset + skip) | 0x20) == 'r') {
        token->is_raw = true;
        skip++;
    }
    token->len = skip;
    return at(c, token->offset + skip) == '"' || at(c, token->offset + skip) == '\'';
}

static enum rule_verdict read_symbol(struct compiling *c, struct token *token)
{
    const mm_bytes rest =
        mm_bytes_from(c->source.ptr + token->offset, c->source.len - token->offset);
    for (size_t i = 0; i < MM_COUNT_OF(SYMBOLS); i++) {
        token->len = (uint32_t)strlen(SYMBOLS[i].text);
        if (token->len <= rest.len && memcmp(rest.ptr, SYMBOLS[i].text, token->len) == 0) {
            token->kind = SYMBOLS[i].kind;
            return RULE_OK;
        }
    }
    token->len = (uint32_t)utf8_char_len(rest);
    switch (rest.ptr[0]) {
    case '=':
        return rule_refuse(c, RULE_SYNTAX, token->offset, 1, "'=' is no operator; '==' compares");
    case '&':
        return rule_refuse(c, RULE_SYNTAX, token->offset, 1, "'&' is no operator; 'and' is '&&'");
    case '|':
        return rule_refuse(c, RULE_SYNTAX, token->offset, 1, "'|' is no operator; 'or' is '||'");
    case '`':
        return rule_refuse(c, RULE_UNSUPPORTED, token->offset, 1,
                           "names in backquotes are not supported");
    }
    if (rest.ptr[0] < 0x20 || rest.ptr[0] == 0x7f)
        return rule_refuse(c, RULE_SYNTAX, token->offset, 1, "unexpected byte 0x%02x", rest.ptr[0]);
    return rule_refuse(c, RULE_SYNTAX, token->offset, token->len, "unexpected '%.*s'",
                       (int)token->len, rest.ptr);
}

enum rule_verdict lexer_next(struct compiling *c, struct token *token, uint32_t offset)
{
    *token = (struct token){ .kind = TOKEN_END, .offset = skip_blanks(c, offset) };
    if (token->offset == c->source.len)
        return RULE_OK;
    if (begins_text(c, token))
        return read_text(c, token);
    token->len = 0;
    token->is_raw = false;
    const uint8_t first = at(c, token->offset);
    if (begins_name(first)) {
        read_name(c, token);
        return RULE_OK;
    }
    if (is_digit(first) || (first == '.' && is_digit(at(c, token->offset + 1))))
        return read_number(c, token);
    return read_symbol(c, token);
}
