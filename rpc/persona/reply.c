/* A conversation, from its beginning to the last reply.
 *
 * Nothing is kept between calls: what was said before is said again, and what the persona would have answered is thought and not
 * shown. So a reply depends on what stands in the transcript and on nothing else. */
#include "rpc/persona/mind.h"

/* ---- a case ---- */

static bool holds(const struct mind *mind, const struct persona_condition *condition)
{
    const struct persona_fact *fact;
    switch (condition->kind) {
    case PERSONA_WITHIN:
        fact = mind_find_fact(mind, condition->variable);
        return fact != NULL && fact->is_number && fact->number >= condition->from &&
               fact->number <= condition->to;
    case PERSONA_KNOWN:
        return mind->slots[condition->slot].len > 0;
    case PERSONA_UNKNOWN:
        return mind->slots[condition->slot].len == 0;
    }
    return false;
}

static mm_err remember(struct mind *mind, const struct persona_case *found,
                       const struct heard *heard)
{
    mm_bytes text;
    for (size_t i = 0; i < found->memory_count; i++) {
        const struct persona_memory *memory = &found->memories[i];
        if (mind_write(mind, &text, &memory->text, heard, PERSONA_SLOT_BYTES_MAX))
            MM_TRY(mm_arena_copy(mind->arena, &mind->slots[memory->slot], text));
    }
    if (!found->keeps || !mind_write(mind, &text, &found->keep, heard, PERSONA_REPLY_BYTES_MAX))
        return MM_OK;
    if (mind->kept_count == PERSONA_KEPT_MAX) {
        mind->kept_count--;
        memmove(mind->kept, mind->kept + 1, mind->kept_count * sizeof *mind->kept);
    }
    MM_TRY(mm_arena_copy(mind->arena, &mind->kept[mind->kept_count], text));
    mind->kept_count++;
    return MM_OK;
}

/* What is remembered is there when the reply is written. MM_ERR_NOT_FOUND: the case does not fit. */
static mm_err try_case(struct mind *mind, mm_bytes *reply, const struct persona_case *found,
                       const struct persona_words *words, size_t from, size_t to)
{
    struct persona_capture captures[PERSONA_CAPTURES_MAX] = { { 0 } };
    const struct heard heard = { words, captures };
    for (size_t i = 0; i < found->condition_count; i++) {
        if (!holds(mind, &found->conditions[i]))
            return MM_ERR_NOT_FOUND;
    }
    if (!mind_spend(mind, found->pattern.count * (to - from + 1)) ||
        !persona_pattern_fits(&found->pattern, captures, words->items, from, to))
        return MM_ERR_NOT_FOUND;
    MM_TRY(remember(mind, found, &heard));
    return mind_say(mind, reply, &found->replies, &heard);
}

/* ---- one thing said ---- */

/* Substitutions come before keys and patterns; what a word stands for ends the clause that it ended. */
static mm_err substitute(const struct mind *mind, struct persona_words *words)
{
    struct persona_word *items =
        MM_ARENA_ARRAY(mind->arena, struct persona_word, PERSONA_WORDS_MAX);
    size_t count = 0;
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < words->count && count < PERSONA_WORDS_MAX; i++) {
        const struct persona_word *word = &words->items[i];
        const struct persona_pair *pair = persona_find_pair(
            mind->script->substitutions, mind->script->substitution_count, word->folded);
        if (pair == NULL)
            items[count++] = *word;
        for (size_t j = 0; pair != NULL && j < pair->to.count && count < PERSONA_WORDS_MAX; j++)
            items[count++] = pair->to.items[j];
        items[count - 1].ends_clause = word->ends_clause;
    }
    if (count > 0)
        items[count - 1].ends_clause = true;
    *words = (struct persona_words){ items, count };
    return MM_OK;
}

static mm_err answer_by_key(struct mind *mind, mm_bytes *reply, const struct persona_words *words)
{
    struct candidates list;
    mind_find_candidates(mind, &list, words);
    for (size_t i = 0; i < list.count; i++) {
        const struct candidate *candidate = &list.items[i];
        const struct persona_rule *rule = &mind->script->rules[candidate->rule];
        for (size_t j = 0; j < rule->case_count; j++) {
            const mm_err err =
                try_case(mind, reply, &rule->cases[j], words, candidate->from, candidate->to);
            if (err != MM_ERR_NOT_FOUND)
                return err;
        }
    }
    return MM_ERR_NOT_FOUND;
}

static mm_err answer(struct mind *mind, mm_bytes *reply, mm_bytes said)
{
    static const struct heard nothing;
    struct persona_words words;
    MM_TRY(persona_words_split(mind->arena, &words, said));
    MM_TRY(substitute(mind, &words));
    mind->steps = PERSONA_STEPS_MAX;
    mm_err err = answer_by_key(mind, reply, &words);
    if (err == MM_ERR_NOT_FOUND && mind->kept_count > 0) {
        *reply = mind->kept[0];
        mind->kept_count--;
        memmove(mind->kept, mind->kept + 1, mind->kept_count * sizeof *mind->kept);
        return MM_OK;
    }
    mind->steps = PERSONA_STEPS_MAX; /* what is said to nothing in particular is always said */
    if (err == MM_ERR_NOT_FOUND)
        err = mind_say(mind, reply, &mind->script->otherwise, &nothing);
    if (err == MM_ERR_NOT_FOUND) { /* nothing of `otherwise` can be said now */
        *reply = MM_BYTES_LIT("…");
        err = MM_OK;
    }
    return err;
}

/* With which reply a list begins: a multiplicative hash, so that neighbouring seeds begin elsewhere. */
static void begin_turns(struct mind *mind)
{
    for (size_t i = 0; mind->talk->seed != 0 && i < mind->script->list_count; i++)
        mind->turns[i] = (uint32_t)(((mind->talk->seed + i) * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
}

mm_err persona_reply(const struct persona_script *script, struct mm_arena *arena, mm_bytes *reply,
                     const struct persona_talk *talk)
{
    /* Longer than any reply: a text of the largest size whose captures are all that can be said. What is longer is cut. */
    enum { OUT_BYTES = 256 << 10 };
    struct mind mind = { .script = script, .talk = talk, .arena = arena };
    void *memory = mm_arena_alloc(arena, OUT_BYTES);
    mind.turns = MM_ARENA_ARRAY(arena, uint32_t, script->list_count + 1);
    *reply = (mm_bytes){ 0 };
    if (memory == NULL || mind.turns == NULL)
        return MM_ERR_NO_MEMORY;
    mind.out = mm_buf_over(memory, OUT_BYTES);
    begin_turns(&mind);
    const size_t skipped =
        talk->said_count > PERSONA_TURNS_MAX ? talk->said_count - PERSONA_TURNS_MAX : 0;
    for (size_t i = skipped; i < talk->said_count; i++)
        MM_TRY(answer(&mind, reply, talk->said[i]));
    return MM_OK;
}
