/* Texts, written with what was heard, remembered and known. */
#include <stdio.h>

#include "rpc/persona/mind.h"

bool mind_spend(struct mind *mind, size_t steps)
{
    const bool ok = steps <= mind->steps;
    mind->steps -= ok ? steps : mind->steps;
    return ok;
}

const struct persona_fact *mind_find_fact(const struct mind *mind, mm_bytes name)
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
    if (!mind_spend(mind, 1))
        return false;
    switch (part->kind) {
    case PERSONA_LITERAL:
        mm_buf_add(&mind->out, part->text);
        return true;
    case PERSONA_CAPTURE:
    case PERSONA_CAPTURE_RAW: {
        const struct persona_capture *capture = &heard->captures[part->number - 1];
        if (!mind_spend(mind, capture->to - capture->from))
            return false;
        add_words(mind, heard, capture, part->kind == PERSONA_CAPTURE);
        return capture->to > capture->from;
    }
    case PERSONA_SLOT:
        mm_buf_add(&mind->out, mind->slots[part->number]);
        return mind->slots[part->number].len > 0;
    case PERSONA_VARIABLE:
        fact = mind_find_fact(mind, part->text);
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
        fact = mind_find_fact(mind, part->text);
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

bool mind_write(struct mind *mind, mm_bytes *shown, const struct persona_text *text,
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

mm_err mind_say(struct mind *mind, mm_bytes *reply, const struct persona_replies *replies,
                const struct heard *heard)
{
    uint32_t *turn = &mind->turns[replies->number];
    for (size_t i = 0; i < replies->count; i++) {
        const size_t which = (*turn + i) % replies->count;
        if (mind_write(mind, reply, &replies->items[which], heard, PERSONA_REPLY_BYTES_MAX)) {
            *turn = (uint32_t)(which + 1);
            return mm_arena_copy(mind->arena, reply, *reply);
        }
    }
    return MM_ERR_NOT_FOUND;
}
