/* Words of what somebody said: in which a script looks for its keys.
 *
 *     "Yes, my name's Ada."  ──►  yes │ my name is ada │         two clauses; each word as written and folded
 *
 * A word is letters, digits, apostrophes, hyphens and everything beyond ASCII; what else there is stands between words. Folding makes
 * lower case of ASCII, Latin-1, Greek and Cyrillic capitals, whose pairs have the same length in UTF-8, and a straight apostrophe of
 * the curly one. A clause ends at . , ! ? ; : ( ) and at a line's end, but not at a point between two digits.
 * Memory: the arena. Threads: pure. Limits: below; what is said beyond them is not looked at. */
#ifndef RPC_PERSONA_WORDS_H
#define RPC_PERSONA_WORDS_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    PERSONA_WORDS_MAX = 256,     /* of one message: two minutes of speech */
    PERSONA_WORD_BYTES_MAX = 64, /* of one word; the rest of a longer one is another */
};

struct persona_word {
    mm_bytes shown;  /* as it was written */
    mm_bytes folded; /* as it is compared */
    bool ends_clause;
};

struct persona_words {
    struct persona_word *items;
    size_t count;
};

/* text is UTF-8. */
MM_MUST_USE mm_err persona_words_split(struct mm_arena *arena, struct persona_words *out,
                                       mm_bytes text);
/* Folds in place; the length stays. */
void persona_fold(uint8_t *text, size_t len);

#endif
