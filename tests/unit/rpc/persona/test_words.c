/* Words: what is one, where clauses end, and what is the same. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/persona/words.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 1 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(words, .init = open_arena, .fini = close_arena);

/* Folded words with a bar where a clause ends. */
static const char *split(const char *text)
{
    struct persona_words words;
    char *out = mm_arena_alloc(&arena, 4096);
    size_t len = 0;
    cr_assert_eq(persona_words_split(&arena, &words, mm_bytes_str(text)), MM_OK);
    for (size_t i = 0; i < words.count; i++) {
        const struct persona_word *word = &words.items[i];
        memcpy(out + len, word->folded.ptr, word->folded.len);
        len += word->folded.len;
        out[len++] = word->ends_clause ? '|' : ' ';
    }
    out[len] = '\0';
    return out;
}

Test(words, clauses_end_at_marks_and_at_the_end)
{
    cr_assert_str_eq(split("Yes, my name's Ada."), "yes|my name's ada|");
    cr_assert_str_eq(split("one; two: three (four) five!\nsix"), "one|two|three|four|five|six|");
    cr_assert_str_eq(split("no end"), "no end|");
    cr_assert_str_eq(split(""), "");
    cr_assert_str_eq(split(" ... ?! "), "");
}

Test(words, a_point_between_digits_is_of_the_number)
{
    cr_assert_str_eq(split("it costs 0.05 or 1."), "it costs 0.05 or 1|");
    cr_assert_str_eq(split("1.2.3"), "1.2.3|");
    cr_assert_str_eq(split(".5"), "5|");
}

Test(words, capitals_are_folded_where_their_length_stays)
{
    cr_assert_str_eq(split("ÀÉÞ ×"), "àéþ ×|");
    cr_assert_str_eq(split("ΑΩ ЖЁ"), "αω жё|");
    cr_assert_str_eq(split("ŁÓDŹ"), "ŁódŹ|"); /* beyond: as it is */
    cr_assert_str_eq(split("I’m"), "i'm|");
}

Test(words, marks_beyond_ascii_stand_between_words)
{
    cr_assert_str_eq(split("“well” — yes…"), "well yes|");
}

Test(words, a_long_word_is_cut_between_characters)
{
    char text[400];
    struct persona_words words;
    memset(text, 0, sizeof text);
    for (size_t i = 0; i < 60; i++)
        memcpy(text + 3 * i, "語", 3);
    cr_assert_eq(persona_words_split(&arena, &words, mm_bytes_str(text)), MM_OK);
    cr_assert_eq(words.count, 3);
    for (size_t i = 0; i < words.count; i++) {
        cr_assert_leq(words.items[i].shown.len, (size_t)PERSONA_WORD_BYTES_MAX);
        cr_assert_eq(words.items[i].shown.len % 3, 0);
    }
}

Test(words, what_is_no_utf8_is_nobodys_word)
{
    cr_assert_str_eq(split("a\xff\xfe b\xc3"), "a b|");
}

Test(words, more_than_the_limit_is_not_looked_at)
{
    char text[2 * PERSONA_WORDS_MAX + 20];
    struct persona_words words;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "a ", 2);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(persona_words_split(&arena, &words, mm_bytes_str(text)), MM_OK);
    cr_assert_eq(words.count, (size_t)PERSONA_WORDS_MAX);
    cr_assert(words.items[words.count - 1].ends_clause);
}
