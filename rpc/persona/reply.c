/* A conversation, from its beginning to the last reply.
 *
 * Nothing is kept between calls: what was said before is said again, and what the persona would have answered is thought and not
 * shown. So a reply depends on what stands in the transcript and on nothing else. */
#include <stdio.h>

#include "rpc/persona/script_internal.h"

enum { CANDIDATES_MAX = 64 };

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

/* False: they are spent. */
static bool spend(struct mind *mind, size_t steps)
{
    const bool ok = steps <= mind->steps;
    mind->steps -= ok ? steps : mind->steps;
    return ok;
}

/* ---- writing a text ---- */

static const struct persona_fact *find_fact(const struct mind *mind, mm_bytes name)
{
    for (size_t i = 0; i < mind->talk->fact_count; i++) {
        if (mm_bytes_equal(mind->talk->facts[i].name, name))
            return &mind->talk->facts[i];
    }
    return NULL;
}

static void add_words(struct mind *mind, const struct heard *heard,
                      const struct persona_capture *capture, bool is_reflected)
{
    for (size_t i = capture->from; i < capture->to; i++) {
        const struct persona_word *word = &heard->words->items[i];
        const struct persona_pair *pair =
            !is_reflected ? NULL
                          : persona_find_pair(mind->script->reflections,
                                              mind->script->reflection_count, word->folded);
        if (i > capture->from)
            mm_buf_add_byte(&mind->out, ' ');
        for (size_t j = 0; pair != NULL && j < pair->to.count; j++) {
            if (j > 0)
                mm_buf_add_byte(&mind->out, ' ');
            mm_buf_add(&mind->out, pair->to.items[j].shown);
        }
        if (pair == NULL)
            mm_buf_add(&mind->out, word->shown);
    }
}

static uint64_t sum_of(const struct persona_fact *fact, const struct persona_part *part)
{
    if (part->is_less)
        return fact->number < part->number ? 0 : fact->number - part->number;
    return fact->number > UINT64_MAX - part->number ? UINT64_MAX : fact->number + part->number;
}

/* False: it names what is not there. */
static bool add_part(struct mind *mind, const struct persona_part *part, const struct heard *heard)
{
    const struct persona_fact *fact;
    char number[24];
    if (!spend(mind, 1))
        return false;
    switch (part->kind) {
    case PERSONA_LITERAL:
        mm_buf_add(&mind->out, part->text);
        return true;
    case PERSONA_CAPTURE:
    case PERSONA_CAPTURE_RAW: {
        const struct persona_capture *capture = &heard->captures[part->number - 1];
        if (!spend(mind, capture->to - capture->from))
            return false;
        add_words(mind, heard, capture, part->kind == PERSONA_CAPTURE);
        return capture->to > capture->from;
    }
    case PERSONA_SLOT:
        mm_buf_add(&mind->out, mind->slots[part->number]);
        return mind->slots[part->number].len > 0;
    case PERSONA_VARIABLE:
        fact = find_fact(mind, part->text);
        if (fact == NULL || (part->number != 0 && !fact->is_number))
            return false;
        if (part->number == 0) {
            mm_buf_add(&mind->out, fact->text);
            return fact->text.len > 0;
        }
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)sum_of(fact, part));
        mm_buf_add_text(&mind->out, number);
        return true;
    case PERSONA_PLURAL:
        fact = find_fact(mind, part->text);
        if (fact == NULL || !fact->is_number)
            return false;
        mm_buf_add(&mind->out, fact->number == 1 ? part->one : part->many);
        return true;
    }
    return false;
}

/* The longest front of it that is whole characters. */
static size_t cut_at(mm_bytes text, size_t max)
{
    if (text.len <= max)
        return text.len;
    while (max > 0 && (text.ptr[max] & 0xc0) == 0x80)
        max--;
    return max;
}

/* False: it names what is not there, or says nothing; *shown is then empty. */
static bool write_text(struct mind *mind, mm_bytes *shown, const struct persona_text *text,
                       const struct heard *heard, size_t bytes_max)
{
    bool ok = true;
    mm_buf_reset(&mind->out);
    for (size_t i = 0; i < text->count && ok; i++)
        ok = add_part(mind, &text->parts[i], heard);
    const mm_bytes written = mm_buf_bytes(&mind->out);
    *shown = mm_bytes_from(written.ptr, ok ? cut_at(written, bytes_max) : 0);
    return ok && shown->len > 0;
}

/* ---- choosing what to say ---- */

/* MM_ERR_NOT_FOUND: none of them can be said. The reply is in mind->out until the next text. */
static mm_err say(struct mind *mind, mm_bytes *reply, const struct persona_replies *replies,
                  const struct heard *heard)
{
    uint32_t *turn = &mind->turns[replies->number];
    for (size_t i = 0; i < replies->count; i++) {
        const size_t which = (*turn + i) % replies->count;
        if (write_text(mind, reply, &replies->items[which], heard, PERSONA_REPLY_BYTES_MAX)) {
            *turn = (uint32_t)(which + 1);
            return mm_arena_copy(mind->arena, reply, *reply);
        }
    }
    return MM_ERR_NOT_FOUND;
}

static bool holds(const struct mind *mind, const struct persona_condition *condition)
{
    const struct persona_fact *fact;
    switch (condition->kind) {
    case PERSONA_WITHIN:
        fact = find_fact(mind, condition->variable);
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
        if (write_text(mind, &text, &memory->text, heard, PERSONA_SLOT_BYTES_MAX))
            MM_TRY(mm_arena_copy(mind->arena, &mind->slots[memory->slot], text));
    }
    if (!found->keeps || !write_text(mind, &text, &found->keep, heard, PERSONA_REPLY_BYTES_MAX))
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
    if (!spend(mind, found->pattern.count * (to - from + 1)) ||
        !persona_pattern_fits(&found->pattern, captures, words->items, from, to))
        return MM_ERR_NOT_FOUND;
    MM_TRY(remember(mind, found, &heard));
    return say(mind, reply, &found->replies, &heard);
}

/* ---- keys ---- */

struct candidate {
    uint64_t rank;
    size_t rule;
    size_t from; /* the clause */
    size_t to;
};

static bool key_stands_at(const struct persona_key *key, const struct persona_words *words,
                          size_t at, size_t to)
{
    if (key->words.count > to - at)
        return false;
    for (size_t i = 0; i < key->words.count; i++) {
        if (!mm_bytes_equal(key->words.items[i].folded, words->items[at + i].folded))
            return false;
    }
    return true;
}

/* The first key that begins with this word, or one behind it. */
static size_t first_key(const struct persona_script *script, mm_bytes word)
{
    size_t low = 0;
    size_t high = script->key_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (mm_bytes_compare(script->keys[middle].words.items[0].folded, word) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct candidates {
    struct candidate
        items[CANDIDATES_MAX]; /* the highest rank first; of equal ones what was said first */
    size_t count;
};

static void add_candidate(struct candidates *list, const struct candidate *candidate)
{
    size_t at = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].rule == candidate->rule && list->items[i].from == candidate->from)
            return;
    }
    while (at < list->count && list->items[at].rank >= candidate->rank)
        at++;
    if (at == CANDIDATES_MAX)
        return;
    if (list->count == CANDIDATES_MAX)
        list->count--;
    memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof *list->items);
    list->items[at] = *candidate;
    list->count++;
}

static void look_for_keys(struct mind *mind, struct candidates *list,
                          const struct persona_words *words, size_t from, size_t to)
{
    const struct persona_script *script = mind->script;
    for (size_t at = from; at < to; at++) {
        const mm_bytes word = words->items[at].folded;
        for (size_t i = first_key(script, word);
             i < script->key_count && mm_bytes_equal(script->keys[i].words.items[0].folded, word);
             i++) {
            const size_t rule = script->keys[i].rule;
            if (!spend(mind, 1))
                return;
            if (key_stands_at(&script->keys[i], words, at, to))
                add_candidate(list,
                              &(struct candidate){ script->rules[rule].rank, rule, from, to });
        }
    }
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
    struct candidates list = { .count = 0 };
    for (size_t from = 0; from < words->count;) {
        size_t to = from;
        while (!words->items[to].ends_clause)
            to++;
        look_for_keys(mind, &list, words, from, to + 1);
        from = to + 1;
    }
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
        err = say(mind, reply, &mind->script->otherwise, &nothing);
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
