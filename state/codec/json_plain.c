/* The texts that requests are made of: no escapes, nothing but ASCII. Whatever else there is, or is wrong, goes to yajl, which
 * knows all of JSON and says what is wrong; so this one accepts less than that and never anything more.
 *
 *     value   ──► AFTER ──► ',' ──► VALUE or KEY              each step: skip white space, look at one byte
 *     '['     ──► VALUE, or ']'
 *     '{'     ──► KEY, or '}';    KEY: string, ':' ──► VALUE
 *
 * Source: RFC 8259, sections 2 to 7. */
#include "state/codec/json_tree.h"

enum step { VALUE, VALUE_OR_END, KEY, KEY_OR_END, AFTER };

struct plain {
    struct json_tree *tree;
    const uint8_t *at;
    const uint8_t *end;
};

static size_t left(const struct plain *p)
{
    return (size_t)(p->end - p->at);
}

static void skip_space(struct plain *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
        p->at++;
}

/* Behind the opening quote. */
static bool read_string(struct plain *p, mm_bytes *text)
{
    const size_t len = json_plain_run(p->at, left(p));
    if (len == left(p) || p->at[len] != '"')
        return false; /* cut off, an escape, a control character, or beyond ASCII */
    *text = mm_bytes_from(p->at, len);
    p->at += len + 1;
    return true;
}

static size_t digits(const struct plain *p)
{
    size_t len = 0;
    while (len < left(p) && p->at[len] >= '0' && p->at[len] <= '9')
        len++;
    return len;
}

/* [minus] int [frac] [exp] */
static bool read_number(struct plain *p, mm_bytes *text)
{
    const uint8_t *start = p->at;
    if (*p->at == '-')
        p->at++;
    const size_t whole = digits(p);
    if (whole == 0 || (whole > 1 && *p->at == '0'))
        return false;
    p->at += whole;
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        const size_t fraction = digits(p);
        p->at += fraction;
        if (fraction == 0)
            return false;
    }
    if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        p->at++;
        if (p->at < p->end && (*p->at == '+' || *p->at == '-'))
            p->at++;
        const size_t exponent = digits(p);
        p->at += exponent;
        if (exponent == 0)
            return false;
    }
    *text = mm_bytes_from(start, (size_t)(p->at - start));
    return true;
}

static bool add_text(struct plain *p, enum json_kind kind)
{
    mm_bytes text;
    if (kind == JSON_STRING)
        p->at++;
    if (!(kind == JSON_STRING ? read_string(p, &text) : read_number(p, &text)))
        return false;
    struct json *value = json_tree_push(p->tree, kind);
    if (value != NULL)
        value->text = text;
    return value != NULL;
}

static bool add_literal(struct plain *p, enum json_kind kind, mm_bytes word)
{
    if (left(p) < word.len || memcmp(p->at, word.ptr, word.len) != 0)
        return false;
    p->at += word.len;
    return json_tree_push(p->tree, kind) != NULL;
}

static bool open(struct plain *p, enum json_kind kind, enum step *next)
{
    p->at++;
    *next = kind == JSON_OBJECT ? KEY_OR_END : VALUE_OR_END;
    return json_tree_open(p->tree, kind);
}

static bool read_value(struct plain *p, enum step *next)
{
    *next = AFTER;
    switch (*p->at) {
    case '"':
        return add_text(p, JSON_STRING);
    case '{':
        return open(p, JSON_OBJECT, next);
    case '[':
        return open(p, JSON_ARRAY, next);
    case 't':
        return add_literal(p, JSON_TRUE, MM_BYTES_LIT("true"));
    case 'f':
        return add_literal(p, JSON_FALSE, MM_BYTES_LIT("false"));
    case 'n':
        return add_literal(p, JSON_NULL, MM_BYTES_LIT("null"));
    default:
        return add_text(p, JSON_NUMBER);
    }
}

static bool read_key(struct plain *p, enum step *next)
{
    if (*p->at != '"')
        return false;
    p->at++;
    if (!read_string(p, &p->tree->key))
        return false;
    skip_space(p);
    if (p->at == p->end || *p->at != ':')
        return false;
    p->at++;
    *next = VALUE;
    return true;
}

/* A container's end, or what goes on in it. */
static bool read_after(struct plain *p, enum step *next)
{
    const struct json_tree *tree = p->tree;
    const bool is_object = tree->stack[tree->open[tree->depth - 1]].value.kind == JSON_OBJECT;
    const uint8_t byte = *p->at++;
    *next = is_object ? KEY : VALUE;
    if (byte == ',')
        return true;
    *next = AFTER;
    return byte == (is_object ? '}' : ']') && json_tree_close(p->tree);
}

static bool is_end(const struct plain *p, enum step step)
{
    return (step == VALUE_OR_END && *p->at == ']') || (step == KEY_OR_END && *p->at == '}');
}

bool json_plain_parse(struct json_tree *tree, mm_bytes text)
{
    if (text.len == 0)
        return false;
    struct plain p = { tree, text.ptr, text.ptr + text.len };
    enum step step = VALUE;
    for (;;) {
        skip_space(&p);
        if (step == AFTER && tree->depth == 0)
            return p.at == p.end;
        if (p.at == p.end)
            return false;
        bool ok;
        if (step == AFTER || is_end(&p, step))
            ok = read_after(&p, &step);
        else if (step == KEY || step == KEY_OR_END)
            ok = read_key(&p, &step);
        else
            ok = read_value(&p, &step);
        if (!ok)
            return false;
    }
}
