#include "rpc/persona/words.h"

#include "state/codec/utf8.h"

/* ---- folding ---- */

/* Characters of two bytes whose lower case has two bytes as well. */
static uint32_t fold_two(uint32_t c)
{
    if (c >= 0xc0 && c <= 0xde && c != 0xd7) /* À to Þ, without × */
        return c + 0x20;
    if (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) /* Α to Ω */
        return c + 0x20;
    if (c >= 0x410 && c <= 0x42f) /* А to Я */
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40f) /* Ѐ to Џ */
        return c + 0x50;
    return c;
}

void persona_fold(uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') {
            text[i] = (uint8_t)(text[i] + ('a' - 'A'));
        } else if ((text[i] & 0xe0) == 0xc0 && i + 1 < len) {
            const uint32_t c = (uint32_t)(text[i] & 0x1f) << 6 | (text[i + 1] & 0x3f);
            const uint32_t folded = fold_two(c);
            text[i] = (uint8_t)(0xc0 | folded >> 6);
            text[i + 1] = (uint8_t)(0x80 | (folded & 0x3f));
            i++;
        }
    }
}

/* ---- splitting ---- */

/* U+2010 to U+2027 but the apostrophe, and U+2030 to U+205E: dashes, quotes, dots. */
static bool is_wide_mark(mm_bytes c)
{
    return c.len == 3 && c.ptr[0] == 0xe2 && (c.ptr[1] == 0x80 || c.ptr[1] == 0x81) &&
           !(c.ptr[1] == 0x80 && c.ptr[2] == 0x99);
}

static bool is_digit(mm_bytes text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

static bool is_of_word(mm_bytes text, size_t at, size_t len)
{
    const uint8_t c = text.ptr[at];
    if (len > 1)
        return !is_wide_mark(mm_bytes_from(text.ptr + at, len));
    if (c == '.') /* 0.5 */
        return at > 0 && is_digit(text, at - 1) && is_digit(text, at + 1);
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '\'' || c == '-' || c == '_';
}

static bool is_clause_end(uint8_t c)
{
    return c != '\0' && strchr(".,!?;:()\n", c) != NULL;
}

/* An apostrophe is one byte once it is folded. */
static mm_err fold_word(struct mm_arena *arena, struct persona_word *word)
{
    uint8_t *copy = mm_arena_alloc(arena, word->shown.len);
    size_t len = 0;
    if (copy == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < word->shown.len; i++) {
        if (word->shown.len - i >= 3 && memcmp(word->shown.ptr + i, "\xe2\x80\x99", 3) == 0) {
            copy[len++] = '\'';
            i += 2;
        } else {
            copy[len++] = word->shown.ptr[i];
        }
    }
    persona_fold(copy, len);
    word->folded = mm_bytes_from(copy, len);
    return MM_OK;
}

/* The word that begins at `at`, which is of one. */
static mm_bytes take_word(mm_bytes text, size_t at)
{
    size_t end = at;
    for (;;) {
        const size_t len = utf8_char_len(mm_bytes_from(text.ptr + end, text.len - end));
        if (len == 0 || !is_of_word(text, end, len) || end + len - at > PERSONA_WORD_BYTES_MAX)
            break;
        end += len;
    }
    return mm_bytes_from(text.ptr + at, end - at);
}

mm_err persona_words_split(struct mm_arena *arena, struct persona_words *out, mm_bytes text)
{
    *out = (struct persona_words){ 0 };
    /* No two words without something between them, but where a long one is cut. */
    const size_t bound = text.len / 2 + 1 + text.len / (PERSONA_WORD_BYTES_MAX - 3);
    const size_t words_max = bound < PERSONA_WORDS_MAX ? bound : (size_t)PERSONA_WORDS_MAX;
    struct persona_word *items = MM_ARENA_ARRAY(arena, struct persona_word, words_max);
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    size_t count = 0;
    size_t at = 0;
    while (at < text.len && count < words_max) {
        const size_t len = utf8_char_len(mm_bytes_from(text.ptr + at, text.len - at));
        if (len == 0) { /* no UTF-8: nothing of it is anybody's word */
            at++;
        } else if (is_of_word(text, at, len)) {
            struct persona_word *word = &items[count++];
            word->shown = take_word(text, at);
            MM_TRY(fold_word(arena, word));
            at += word->shown.len;
        } else {
            if (count > 0 && is_clause_end(text.ptr[at]))
                items[count - 1].ends_clause = true;
            at += len;
        }
    }
    if (count > 0)
        items[count - 1].ends_clause = true;
    *out = (struct persona_words){ items, count };
    return MM_OK;
}
