/* What the files of answering share: what a persona has in mind while it goes through a conversation.
 *
 *     keys.c     which rules speak of what was said
 *     speak.c    texts, written with what was heard, remembered and known
 *     reply.c    a conversation, from its beginning to the last reply */
#ifndef RPC_PERSONA_MIND_H
#define RPC_PERSONA_MIND_H

#include "rpc/persona/script_internal.h"

struct mind {
    const struct persona_script *script;
    const struct persona_talk *talk;
    struct mm_arena *arena;
    uint32_t *turns; /* of each list of replies: which comes next */
    mm_bytes slots[PERSONA_SLOTS_MAX];
    mm_bytes kept[PERSONA_KEPT_MAX];
    size_t kept_count;
    size_t steps;      /* that are left for what is being answered */
    struct mm_buf out; /* over memory of the arena */
};

/* What stands behind the numbers of a text. */
struct heard {
    const struct persona_words *words;
    const struct persona_capture *captures;
};

/* ---- speak.c ---- */

/* False: they are spent. */
bool mind_spend(struct mind *mind, size_t steps);
/* NULL: there is no such fact. */
const struct persona_fact *mind_find_fact(const struct mind *mind, mm_bytes name);
/* False: it names what is not there, or says nothing; *shown is then empty. */
bool mind_write(struct mind *mind, mm_bytes *shown, const struct persona_text *text,
                const struct heard *heard, size_t bytes_max);
/* The next of the replies that can be said, in the arena. MM_ERR_NOT_FOUND: none of them can. */
MM_MUST_USE mm_err mind_say(struct mind *mind, mm_bytes *reply,
                            const struct persona_replies *replies, const struct heard *heard);

/* ---- keys.c ---- */

enum { CANDIDATES_MAX = 64 };

struct candidate {
    uint64_t rank;
    size_t rule;
    size_t from; /* the clause */
    size_t to;
};

/* The highest rank first; of equal ones what was said first. */
struct candidates {
    struct candidate items[CANDIDATES_MAX];
    size_t count;
};

/* The rules that have a key in these words, clause by clause. */
void mind_find_candidates(struct mind *mind, struct candidates *list,
                          const struct persona_words *words);

#endif
