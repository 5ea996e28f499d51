/* Which rules speak of what was said: those of whose keys the words stand in it. */
#include "rpc/persona/mind.h"

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
            if (!mind_spend(mind, 1))
                return;
            if (key_stands_at(&script->keys[i], words, at, to))
                add_candidate(list,
                              &(struct candidate){ script->rules[rule].rank, rule, from, to });
        }
    }
}

void mind_find_candidates(struct mind *mind, struct candidates *list,
                          const struct persona_words *words)
{
    list->count = 0;
    for (size_t from = 0; from < words->count;) {
        size_t to = from;
        while (!words->items[to].ends_clause)
            to++;
        look_for_keys(mind, list, words, from, to + 1);
        from = to + 1;
    }
}
