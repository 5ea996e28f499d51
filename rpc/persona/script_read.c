/* What all parts of a script are read with: places, kinds, words; and its pairs and groups. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rpc/persona/script_internal.h"

/* ---- saying what is wrong where ---- */

bool persona_fail(struct persona_parsing *p, const char *format, ...)
{
    char what[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)mm_fail(p->reason, MM_ERR_INVALID, "%s: %s", p->place, what);
    return false;
}

bool persona_no_memory(struct persona_parsing *p)
{
    p->no_memory = true;
    return false;
}

/* Goes into a member or item; the length of the place before is what leave takes. */
size_t persona_enter(struct persona_parsing *p, const char *format, ...)
{
    const size_t len = strlen(p->place);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(p->place + len, sizeof p->place - len, format, args);
    va_end(args);
    return len;
}

void persona_leave(struct persona_parsing *p, size_t len)
{
    p->place[len] = '\0';
}

/* ---- members ---- */

bool persona_want(struct persona_parsing *p, const struct json *value, enum json_kind kind)
{
    static const char *const names[] = { [JSON_NUMBER] = "a number",
                                         [JSON_STRING] = "a text",
                                         [JSON_ARRAY] = "a list",
                                         [JSON_OBJECT] = "an object" };
    if (value != NULL && value->kind == kind)
        return true;
    return persona_fail(p, value == NULL ? "is missing: %s" : "must be %s", names[kind]);
}

bool persona_known(struct persona_parsing *p, const struct json *object, const char *const *names,
                   size_t count)
{
    for (size_t i = 0; i < object->count; i++) {
        const mm_bytes key = object->members[i].key;
        size_t j = 0;
        while (j < count && !mm_bytes_equal(key, mm_bytes_str(names[j])))
            j++;
        if (j == count)
            return persona_fail(p, "'%.*s' is no member of it", (int)(key.len < 40 ? key.len : 40),
                                (const char *)key.ptr);
    }
    return true;
}

bool persona_read_u64(struct persona_parsing *p, uint64_t *out, const struct json *object,
                      const char *key, uint64_t otherwise)
{
    const struct json *value = json_find(object, key);
    *out = otherwise;
    if (value == NULL || json_u64(out, value))
        return true;
    return persona_fail(p, "%s: must be a whole number from 0 to 2^64 - 1", key);
}

bool persona_read_words(struct persona_parsing *p, struct persona_words *out, mm_bytes text,
                        size_t words_max)
{
    const mm_err err = persona_words_split(p->arena, out, text);
    if (err != MM_OK)
        return persona_no_memory(p);
    if (out->count == 0 || out->count > words_max)
        return persona_fail(p, words_max == 1 ? "must be one word" : "must be 1 to %zu words",
                            words_max);
    /* The table of words has room for the longest message; what is kept is as long as it is. */
    struct persona_word *kept = MM_ARENA_ARRAY(p->arena, struct persona_word, out->count);
    if (kept == NULL)
        return persona_no_memory(p);
    memcpy(kept, out->items, out->count * sizeof *kept);
    out->items = kept;
    for (size_t i = 0; i < out->count; i++) { /* the text is the document's, which goes */
        if (mm_arena_copy(p->arena, &kept[i].shown, kept[i].shown) != MM_OK)
            return persona_no_memory(p);
        kept[i].ends_clause = false;
    }
    return true;
}

/* ---- pairs and groups ---- */

static int compare_pairs(const void *a, const void *b)
{
    const struct persona_pair *first = a;
    const struct persona_pair *second = b;
    return mm_bytes_compare(first->from, second->from);
}

const struct persona_pair *persona_find_pair(const struct persona_pair *pairs, size_t count,
                                             mm_bytes word)
{
    const struct persona_pair wanted = { .from = word };
    return count == 0 ? NULL : bsearch(&wanted, pairs, count, sizeof *pairs, compare_pairs);
}

bool persona_read_pairs(struct persona_parsing *p, struct persona_pair **out, size_t *count,
                        const struct json *root, const char *key)
{
    const struct json *object = json_find(root, key);
    const size_t before = persona_enter(p, "%s", key);
    if (object != NULL) {
        if (!persona_want(p, object, JSON_OBJECT))
            return false;
        if (object->count > PERSONA_PAIRS_MAX)
            return persona_fail(p, "more than %d", PERSONA_PAIRS_MAX);
        *out = MM_ARENA_ARRAY(p->arena, struct persona_pair, object->count);
        if (*out == NULL)
            return persona_no_memory(p);
        for (size_t i = 0; i < object->count; i++) {
            const struct json_member *member = &object->members[i];
            struct persona_words from;
            const size_t here = persona_enter(p, "[%zu]", i);
            if (!persona_read_words(p, &from, member->key, 1) ||
                !persona_want(p, &member->value, JSON_STRING) ||
                !persona_read_words(p, &(*out)[i].to, member->value.text, PERSONA_KEY_WORDS_MAX))
                return false;
            (*out)[i].from = from.items[0].folded;
            persona_leave(p, here);
        }
        *count = object->count;
        qsort(*out, *count, sizeof **out, compare_pairs);
        for (size_t i = 1; i < *count; i++) {
            if (mm_bytes_equal((*out)[i - 1].from, (*out)[i].from))
                return persona_fail(p, "'%.*s' is there twice", (int)(*out)[i].from.len,
                                    (const char *)(*out)[i].from.ptr);
        }
    }
    persona_leave(p, before);
    return true;
}

static bool read_group_words(struct persona_parsing *p, struct persona_group *group,
                             const struct json *list)
{
    if (!persona_want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_CHOICES_MAX)
        return persona_fail(p, "must have 1 to %d words", PERSONA_CHOICES_MAX);
    mm_bytes *words = MM_ARENA_ARRAY(p->arena, mm_bytes, list->count);
    if (words == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        struct persona_words one;
        if (!persona_want(p, &list->items[i], JSON_STRING) ||
            !persona_read_words(p, &one, list->items[i].text, 1))
            return false;
        words[i] = one.items[0].folded;
    }
    group->words = words;
    group->word_count = list->count;
    return true;
}

bool persona_read_groups(struct persona_parsing *p, const struct json *root)
{
    const struct json *object = json_find(root, "groups");
    if (object == NULL)
        return true;
    const size_t before = persona_enter(p, "groups");
    if (!persona_want(p, object, JSON_OBJECT))
        return false;
    if (object->count > PERSONA_GROUPS_MAX)
        return persona_fail(p, "more than %d", PERSONA_GROUPS_MAX);
    p->script->groups = MM_ARENA_ARRAY(p->arena, struct persona_group, object->count + 1);
    if (p->script->groups == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < object->count; i++) {
        struct persona_group *group = &p->script->groups[i];
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!persona_is_name(object->members[i].key))
            return persona_fail(p, "a name has 1 to %d letters, digits, '_' and '.'",
                                PERSONA_NAME_BYTES_MAX);
        if (mm_arena_copy(p->arena, &group->name, object->members[i].key) != MM_OK)
            return persona_no_memory(p);
        if (!read_group_words(p, group, &object->members[i].value))
            return false;
        p->script->group_count++;
        persona_leave(p, here);
    }
    persona_leave(p, before);
    return true;
}
