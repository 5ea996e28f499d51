/* Patterns: read, and fitted to the words of a clause.
 *
 * Fitting fills a table from the end: rest[i] has bit j set when elements i and later fit words j and later. A clause has at most
 * PERSONA_WORDS_MAX words, so a row is that many bits. Then the captures are taken from the front, each as short as the rest allows. */
#include "rpc/persona/script_internal.h"

/* ---- reading ---- */

static bool is_wild(const struct persona_element *element)
{
    return element->kind == PERSONA_ANY || element->kind == PERSONA_SOME;
}

static bool read_choice(struct persona_parsing *p, struct persona_element *element, mm_bytes token)
{
    size_t bars = 0;
    for (size_t i = 0; i < token.len; i++)
        bars += token.ptr[i] == '|';
    if (bars >= PERSONA_CHOICES_MAX)
        return persona_fail(p, "more than %d words between bars", PERSONA_CHOICES_MAX);
    mm_bytes *words = MM_ARENA_ARRAY(p->arena, mm_bytes, bars + 1);
    size_t at = 0;
    if (words == NULL)
        return persona_no_memory(p);
    while (at <= token.len) {
        const uint8_t *bar = at == token.len ? NULL : memchr(token.ptr + at, '|', token.len - at);
        const size_t end = bar == NULL ? token.len : (size_t)(bar - token.ptr);
        struct persona_words one;
        if (!persona_read_words(p, &one, mm_bytes_from(token.ptr + at, end - at), 1))
            return false;
        words[element->word_count++] = one.items[0].folded;
        at = end + 1;
    }
    element->words = words;
    return true;
}

static bool read_group(struct persona_parsing *p, struct persona_element *element, mm_bytes name)
{
    const struct persona_script *script = p->script;
    for (size_t i = 0; i < script->group_count; i++) {
        if (mm_bytes_equal(script->groups[i].name, name)) {
            element->words = script->groups[i].words;
            element->word_count = script->groups[i].word_count;
            return true;
        }
    }
    return persona_fail(
        p, "there is no group '%.*s'",
        (int)(name.len < PERSONA_NAME_BYTES_MAX ? name.len : PERSONA_NAME_BYTES_MAX),
        (const char *)name.ptr);
}

static bool read_element(struct persona_parsing *p, struct persona_element *element, mm_bytes token)
{
    *element = (struct persona_element){ .kind = PERSONA_CHOICE };
    if (token.len == 1 && token.ptr[0] == '*') {
        element->kind = PERSONA_ANY;
        return true;
    }
    if (token.len == 1 && token.ptr[0] == '+') {
        element->kind = PERSONA_SOME;
        return true;
    }
    if (token.len == 1 && token.ptr[0] == '?') {
        element->kind = PERSONA_ONE;
        return true;
    }
    if (token.ptr[0] == '@')
        return read_group(p, element, mm_bytes_from(token.ptr + 1, token.len - 1));
    if (memchr(token.ptr, '|', token.len) == NULL)
        element->kind = PERSONA_WORD;
    return read_choice(p, element, token);
}

bool persona_pattern_read(struct persona_parsing *p, struct persona_pattern *out, mm_bytes text)
{
    struct persona_element *elements =
        MM_ARENA_ARRAY(p->arena, struct persona_element, PERSONA_ELEMENTS_MAX);
    if (elements == NULL)
        return persona_no_memory(p);
    *out = (struct persona_pattern){ .elements = elements };
    size_t at = 0;
    for (;;) {
        while (at < text.len && text.ptr[at] == ' ')
            at++;
        if (at == text.len)
            break;
        const uint8_t *blank = memchr(text.ptr + at, ' ', text.len - at);
        const size_t end = blank == NULL ? text.len : (size_t)(blank - text.ptr);
        if (out->count == PERSONA_ELEMENTS_MAX)
            return persona_fail(p, "more than %d elements", PERSONA_ELEMENTS_MAX);
        struct persona_element *element = &elements[out->count];
        if (!read_element(p, element, mm_bytes_from(text.ptr + at, end - at)))
            return false;
        if (out->count > 0 && is_wild(element) && is_wild(element - 1))
            return persona_fail(p, "two of * and + side by side: nobody can say where one ends");
        out->count++;
        out->captures += element->kind != PERSONA_WORD;
        at = end;
    }
    if (out->count == 0)
        return persona_fail(p, "a pattern has one element at least");
    if (out->captures > PERSONA_CAPTURES_MAX)
        return persona_fail(p, "more than %d captures", PERSONA_CAPTURES_MAX);
    return true;
}

/* ---- fitting ---- */

enum { PLACES = PERSONA_WORDS_MAX + 1, ROW_WORDS = (PLACES + 63) / 64 };

struct row {
    uint64_t bits[ROW_WORDS];
};

static bool has(const struct row *row, size_t place)
{
    return (row->bits[place / 64] >> (place % 64) & 1) != 0;
}

static void set(struct row *row, size_t place)
{
    row->bits[place / 64] |= UINT64_C(1) << (place % 64);
}

static bool fits_word(const struct persona_element *element, const struct persona_word *word)
{
    if (element->kind == PERSONA_ONE)
        return true;
    for (size_t i = 0; i < element->word_count; i++) {
        if (mm_bytes_equal(element->words[i], word->folded))
            return true;
    }
    return false;
}

/* The row of an element from that of the next. */
static void fill_row(struct row *row, const struct row *next, const struct persona_element *element,
                     const struct persona_word *words, size_t count)
{
    *row = (struct row){ { 0 } };
    bool is_reachable = false; /* some place at or behind this one where the rest fits */
    for (size_t place = count + 1; place-- > 0;) {
        if (is_wild(element)) {
            const size_t from = element->kind == PERSONA_SOME ? place + 1 : place;
            is_reachable = is_reachable || (from <= count && has(next, from));
            if (is_reachable)
                set(row, place);
        } else if (place < count && has(next, place + 1) && fits_word(element, &words[place])) {
            set(row, place);
        }
    }
}

bool persona_pattern_fits(const struct persona_pattern *pattern,
                          struct persona_capture captures[PERSONA_CAPTURES_MAX],
                          const struct persona_word *words, size_t from, size_t to)
{
    struct row rest[PERSONA_ELEMENTS_MAX + 1];
    const size_t count = to - from;
    rest[pattern->count] = (struct row){ { 0 } };
    set(&rest[pattern->count], count);
    for (size_t i = pattern->count; i-- > 0;)
        fill_row(&rest[i], &rest[i + 1], &pattern->elements[i], words + from, count);
    if (!has(&rest[0], 0))
        return false;
    size_t place = 0;
    size_t captured = 0;
    for (size_t i = 0; i < pattern->count; i++) {
        const struct persona_element *element = &pattern->elements[i];
        size_t end = place + 1;
        if (is_wild(element)) {
            end = element->kind == PERSONA_SOME ? place + 1 : place;
            while (!has(&rest[i + 1], end))
                end++;
        }
        if (element->kind != PERSONA_WORD)
            captures[captured++] = (struct persona_capture){ from + place, from + end };
        place = end;
    }
    return true;
}
