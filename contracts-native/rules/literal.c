/* What literals mean: numbers in decimal and hexadecimal, text with CEL's escapes. */
#include "contracts-native/rules/lexer_internal.h"
#include "contracts-native/rules/number_internal.h"
#include "state/base/assert.h"
#include "state/codec/utf8.h"

static unsigned digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - (unsigned)'0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - (unsigned)'a' + 10 : 16;
}

/* Any number of leading zeros. */
static bool read_hex(mm_u256 *out, mm_bytes digits)
{
    mm_u256 value = u256_from_u64(0);
    for (size_t i = 0; i < digits.len; i++) {
        if (value.limb[3] >> 60 != 0)
            return false;
        for (size_t limb = 4; limb-- > 1;)
            value.limb[limb] = value.limb[limb] << 4 | value.limb[limb - 1] >> 60;
        value.limb[0] = value.limb[0] << 4 | digit_of(digits.ptr[i]);
    }
    *out = value;
    return true;
}

enum rule_verdict literal_number(struct compiling *c, struct rule_value *value,
                                 const struct token *token, bool is_negative)
{
    const enum rule_width width = c->program->env->width;
    const bool is_uint = token->kind == TOKEN_UINT;
    mm_bytes digits = mm_bytes_from(c->source.ptr + token->offset, token->len - is_uint);
    mm_u256 magnitude = u256_from_u64(0);
    const bool is_hex = digits.len > 2 && digits.ptr[1] == 'x';
    bool fits = is_hex ? read_hex(&magnitude, mm_bytes_from(digits.ptr + 2, digits.len - 2))
                       : u256_from_decimal(&magnitude, digits);
    MM_ASSERT(!(is_negative && is_uint));
    *value = (struct rule_value){ .type = rule_type_of(is_uint ? RULE_UINT : RULE_INT) };
    if (fits && is_uint) {
        fits = number_uint_fits(&magnitude, width);
        value->number = magnitude;
    } else if (fits) {
        fits = number_int_of(&value->number, &magnitude, is_negative, width);
    }
    if (fits)
        return RULE_OK;
    return rule_refuse(c, RULE_BAD_NUMBER, token->offset, token->len,
                       is_uint ? "the number is too large for uint, which has %d bits"
                               : "the number is too large for int, which has %d bits and a sign; "
                                 "with 'u' behind it, it would be a uint",
                       width == RULE_WIDTH_64 ? 64 : 256);
}

/* The text as it is written out. */
struct unescaping {
    struct compiling *c;
    const struct token *token;
    uint32_t at;
    uint32_t end;
    uint8_t *out; /* no escape is shorter than what it stands for */
    size_t len;
};

static void add_code_point(struct unescaping *u, uint32_t code)
{
    uint8_t *out = u->out + u->len;
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        u->len += 1;
    } else if (code < 0x800) {
        out[0] = (uint8_t)(0xc0 | code >> 6);
        out[1] = (uint8_t)(0x80 | (code & 0x3f));
        u->len += 2;
    } else if (code < 0x10000) {
        out[0] = (uint8_t)(0xe0 | code >> 12);
        out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code & 0x3f));
        u->len += 3;
    } else {
        out[0] = (uint8_t)(0xf0 | code >> 18);
        out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        out[3] = (uint8_t)(0x80 | (code & 0x3f));
        u->len += 4;
    }
}

static enum rule_verdict bad_escape(struct unescaping *u, uint32_t from, uint32_t to,
                                    const char *why)
{
    const uint32_t end = to < u->end ? to : u->end;
    return rule_refuse(u->c, RULE_BAD_TEXT, from, end - from, "%s", why);
}

/* `count` digits of a base behind the `skip` characters of the escape at u->at. */
static enum rule_verdict read_code(struct unescaping *u, uint32_t skip, uint32_t count,
                                   unsigned base)
{
    const bool is_bytes = u->token->kind == TOKEN_BYTES;
    const uint32_t from = u->at;
    uint32_t code = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t place = from + skip + i;
        const unsigned digit = place < u->end ? digit_of(u->c->source.ptr[place]) : 16;
        if (digit >= base)
            return bad_escape(u, from, place + 1,
                              base == 8 ? "an octal escape has three digits: \\033"
                                        : "too few hexadecimal digits in the escape: \\x41, "
                                          "\\u0041, \\U00000041");
        code = code * base + digit;
    }
    u->at = from + skip + count;
    if (base == 8 && code > 0xff)
        return bad_escape(u, from, u->at, "an octal escape is at most \\377");
    if (is_bytes && count > 3)
        return bad_escape(u, from, u->at, "bytes have no code points: write \\x41");
    if (!is_bytes && (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)))
        return bad_escape(u, from, u->at, "the escape is no code point of Unicode");
    if (is_bytes)
        u->out[u->len++] = (uint8_t)code;
    else
        add_code_point(u, code);
    return RULE_OK;
}

static enum rule_verdict read_escape(struct unescaping *u)
{
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char meanings[] = "\a\b\f\n\r\t\v\\?\"'`";
    /* The lexer does not end a text behind a backslash. */
    MM_ASSERT(u->at + 1 < u->end);
    const uint8_t letter = u->c->source.ptr[u->at + 1];
    switch (letter) {
    case 'x':
    case 'X':
        return read_code(u, 2, 2, 16);
    case 'u':
        return read_code(u, 2, 4, 16);
    case 'U':
        return read_code(u, 2, 8, 16);
    case '0':
    case '1':
    case '2':
    case '3':
        return read_code(u, 1, 3, 8);
    }
    const char *found = letter == 0 ? NULL : strchr(letters, letter);
    if (found == NULL) {
        const size_t len =
            utf8_char_len(mm_bytes_from(u->c->source.ptr + u->at + 1, u->end - u->at - 1));
        return bad_escape(u, u->at, u->at + 1 + (uint32_t)len, "no such escape");
    }
    u->out[u->len++] = (uint8_t)meanings[found - letters];
    u->at += 2;
    return RULE_OK;
}

enum rule_verdict literal_text(struct compiling *c, struct rule_value *value,
                               const struct token *token)
{
    const mm_bytes body = mm_bytes_from(c->source.ptr + token->body_offset, token->body_len);
    *value = (struct rule_value){
        .type = rule_type_of(token->kind == TOKEN_BYTES ? RULE_BYTES : RULE_STRING),
        .bytes = body,
    };
    if (token->is_raw || body.len == 0 || memchr(body.ptr, '\\', body.len) == NULL)
        return RULE_OK;
    struct unescaping u = { .c = c,
                            .token = token,
                            .at = token->body_offset,
                            .end = token->body_offset + token->body_len,
                            .out = mm_arena_alloc(c->arena, body.len) };
    if (u.out == NULL)
        return rule_refuse(c, RULE_NO_MEMORY, token->offset, token->len, "out of memory");
    while (u.at < u.end) {
        if (c->source.ptr[u.at] != '\\') {
            u.out[u.len++] = c->source.ptr[u.at++];
            continue;
        }
        const enum rule_verdict verdict = read_escape(&u);
        if (verdict != RULE_OK)
            return verdict;
    }
    value->bytes = mm_bytes_from(u.out, u.len);
    return RULE_OK;
}

_Static_assert((int)RULE_SOURCE_BYTES_MAX <= (int)RULE_TEXT_BYTES_MAX,
               "a literal is no longer than a text may be");
