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
static size_t enter(struct persona_parsing *p, const char *format, ...) MM_PRINTF(2, 3);
static size_t enter(struct persona_parsing *p, const char *format, ...)
{
    const size_t len = strlen(p->place);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(p->place + len, sizeof p->place - len, format, args);
    va_end(args);
    return len;
}

static void leave(struct persona_parsing *p, size_t len)
{
    p->place[len] = '\0';
}

/* ---- members ---- */

static bool want(struct persona_parsing *p, const struct json *value, enum json_kind kind)
{
    static const char *const names[] = { [JSON_NUMBER] = "a number",
                                         [JSON_STRING] = "a text",
                                         [JSON_ARRAY] = "a list",
                                         [JSON_OBJECT] = "an object" };
    if (value != NULL && value->kind == kind)
        return true;
    return persona_fail(p, value == NULL ? "is missing: %s" : "must be %s", names[kind]);
}

static bool known_members(struct persona_parsing *p, const struct json *object,
                          const char *const *names, size_t count)
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
#define KNOWN(p, object, ...)                                                                      \
    known_members(p, object, (const char *const[]){ __VA_ARGS__ },                                 \
                  MM_COUNT_OF(((const char *const[]){ __VA_ARGS__ })))

static bool read_u64(struct persona_parsing *p, uint64_t *out, const struct json *object,
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

static bool read_pairs(struct persona_parsing *p, struct persona_pair **out, size_t *count,
                       const struct json *root, const char *key)
{
    const struct json *object = json_find(root, key);
    const size_t before = enter(p, "%s", key);
    if (object != NULL) {
        if (!want(p, object, JSON_OBJECT))
            return false;
        if (object->count > PERSONA_PAIRS_MAX)
            return persona_fail(p, "more than %d", PERSONA_PAIRS_MAX);
        *out = MM_ARENA_ARRAY(p->arena, struct persona_pair, object->count);
        if (*out == NULL)
            return persona_no_memory(p);
        for (size_t i = 0; i < object->count; i++) {
            const struct json_member *member = &object->members[i];
            struct persona_words from;
            const size_t here = enter(p, "[%zu]", i);
            if (!persona_read_words(p, &from, member->key, 1) ||
                !want(p, &member->value, JSON_STRING) ||
                !persona_read_words(p, &(*out)[i].to, member->value.text, PERSONA_KEY_WORDS_MAX))
                return false;
            (*out)[i].from = from.items[0].folded;
            leave(p, here);
        }
        *count = object->count;
        qsort(*out, *count, sizeof **out, compare_pairs);
        for (size_t i = 1; i < *count; i++) {
            if (mm_bytes_equal((*out)[i - 1].from, (*out)[i].from))
                return persona_fail(p, "'%.*s' is there twice", (int)(*out)[i].from.len,
                                    (const char *)(*out)[i].from.ptr);
        }
    }
    leave(p, before);
    return true;
}

static bool read_group_words(struct persona_parsing *p, struct persona_group *group,
                             const struct json *list)
{
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_CHOICES_MAX)
        return persona_fail(p, "must have 1 to %d words", PERSONA_CHOICES_MAX);
    mm_bytes *words = MM_ARENA_ARRAY(p->arena, mm_bytes, list->count);
    if (words == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        struct persona_words one;
        if (!want(p, &list->items[i], JSON_STRING) ||
            !persona_read_words(p, &one, list->items[i].text, 1))
            return false;
        words[i] = one.items[0].folded;
    }
    group->words = words;
    group->word_count = list->count;
    return true;
}

static bool read_groups(struct persona_parsing *p, const struct json *root)
{
    const struct json *object = json_find(root, "groups");
    if (object == NULL)
        return true;
    const size_t before = enter(p, "groups");
    if (!want(p, object, JSON_OBJECT))
        return false;
    if (object->count > PERSONA_GROUPS_MAX)
        return persona_fail(p, "more than %d", PERSONA_GROUPS_MAX);
    p->script->groups = MM_ARENA_ARRAY(p->arena, struct persona_group, object->count + 1);
    if (p->script->groups == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < object->count; i++) {
        struct persona_group *group = &p->script->groups[i];
        const size_t here = enter(p, "[%zu]", i);
        if (!persona_is_name(object->members[i].key))
            return persona_fail(p, "a name has 1 to %d letters, digits, '_' and '.'",
                                PERSONA_NAME_BYTES_MAX);
        if (mm_arena_copy(p->arena, &group->name, object->members[i].key) != MM_OK)
            return persona_no_memory(p);
        if (!read_group_words(p, group, &object->members[i].value))
            return false;
        p->script->group_count++;
        leave(p, here);
    }
    leave(p, before);
    return true;
}

/* ---- patterns of a rule ---- */

static bool read_replies(struct persona_parsing *p, struct persona_replies *out,
                         const struct json *list, const char *key, size_t captures)
{
    const size_t before = enter(p, "%s", key);
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_REPLIES_MAX)
        return persona_fail(p, "must have 1 to %d texts", PERSONA_REPLIES_MAX);
    struct persona_text *items = MM_ARENA_ARRAY(p->arena, struct persona_text, list->count);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = enter(p, "[%zu]", i);
        if (!want(p, &list->items[i], JSON_STRING) ||
            !persona_text_read(p, &items[i], list->items[i].text, captures))
            return false;
        leave(p, here);
    }
    *out = (struct persona_replies){ items, list->count, p->script->list_count++ };
    leave(p, before);
    return true;
}

static bool read_condition(struct persona_parsing *p, struct persona_condition *out,
                           const struct json *object)
{
    if (!want(p, object, JSON_OBJECT) ||
        !KNOWN(p, object, "variable", "from", "to", "known", "unknown"))
        return false;
    const struct json *variable = json_find(object, "variable");
    const struct json *known = json_find(object, "known");
    const struct json *unknown = json_find(object, "unknown");
    if ((variable != NULL) + (known != NULL) + (unknown != NULL) != 1)
        return persona_fail(p, "must have one of variable, known and unknown");
    const struct json *name = variable != NULL ? variable : known != NULL ? known : unknown;
    if (!want(p, name, JSON_STRING))
        return false;
    out->kind = variable != NULL ? PERSONA_WITHIN : known != NULL ? PERSONA_KNOWN : PERSONA_UNKNOWN;
    if (variable == NULL)
        return persona_slot_of(p, &out->slot, name->text);
    if (!persona_is_name(name->text))
        return persona_fail(p, "variable: no name");
    if (mm_arena_copy(p->arena, &out->variable, name->text) != MM_OK)
        return persona_no_memory(p);
    return read_u64(p, &out->from, object, "from", 0) &&
           read_u64(p, &out->to, object, "to", UINT64_MAX);
}

static bool read_conditions(struct persona_parsing *p, struct persona_case *out,
                            const struct json *list)
{
    if (list == NULL)
        return true;
    const size_t before = enter(p, ".when");
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count > PERSONA_CONDITIONS_MAX)
        return persona_fail(p, "more than %d", PERSONA_CONDITIONS_MAX);
    struct persona_condition *items =
        MM_ARENA_ARRAY(p->arena, struct persona_condition, list->count + 1);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = enter(p, "[%zu]", i);
        if (!read_condition(p, &items[i], &list->items[i]))
            return false;
        leave(p, here);
    }
    out->conditions = items;
    out->condition_count = list->count;
    leave(p, before);
    return true;
}

static bool read_memories(struct persona_parsing *p, struct persona_case *out,
                          const struct json *object)
{
    if (object == NULL)
        return true;
    const size_t before = enter(p, ".remember");
    if (!want(p, object, JSON_OBJECT))
        return false;
    if (object->count > PERSONA_SLOTS_MAX)
        return persona_fail(p, "more than %d", PERSONA_SLOTS_MAX);
    struct persona_memory *items =
        MM_ARENA_ARRAY(p->arena, struct persona_memory, object->count + 1);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        const size_t here = enter(p, "[%zu]", i);
        if (!persona_slot_of(p, &items[i].slot, member->key) ||
            !want(p, &member->value, JSON_STRING) ||
            !persona_text_read(p, &items[i].text, member->value.text, out->pattern.captures))
            return false;
        leave(p, here);
    }
    out->memories = items;
    out->memory_count = object->count;
    leave(p, before);
    return true;
}

static bool read_case(struct persona_parsing *p, struct persona_case *out,
                      const struct json *object)
{
    const struct json *match = json_find(object, "match");
    const struct json *keep = json_find(object, "keep");
    if (!want(p, object, JSON_OBJECT) ||
        !KNOWN(p, object, "match", "when", "remember", "keep", "replies"))
        return false;
    size_t before = enter(p, ".match");
    if (!want(p, match, JSON_STRING) || !persona_pattern_read(p, &out->pattern, match->text))
        return false;
    leave(p, before);
    if (!read_conditions(p, out, json_find(object, "when")) ||
        !read_memories(p, out, json_find(object, "remember")))
        return false;
    if (keep != NULL) {
        before = enter(p, ".keep");
        if (!want(p, keep, JSON_STRING) ||
            !persona_text_read(p, &out->keep, keep->text, out->pattern.captures))
            return false;
        out->keeps = true;
        leave(p, before);
    }
    return read_replies(p, &out->replies, json_find(object, "replies"), ".replies",
                        out->pattern.captures);
}

/* ---- rules ---- */

static bool read_keys(struct persona_parsing *p, const struct json *list, size_t rule)
{
    struct persona_script *script = p->script;
    const size_t before = enter(p, ".keys");
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_KEYS_MAX)
        return persona_fail(p, "must have 1 to %d", PERSONA_KEYS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        struct persona_key *key = &script->keys[script->key_count];
        const size_t here = enter(p, "[%zu]", i);
        if (!want(p, &list->items[i], JSON_STRING) ||
            !persona_read_words(p, &key->words, list->items[i].text, PERSONA_KEY_WORDS_MAX))
            return false;
        key->rule = rule;
        script->key_count++;
        leave(p, here);
    }
    leave(p, before);
    return true;
}

static bool read_rule(struct persona_parsing *p, const struct json *object, size_t index)
{
    struct persona_rule *rule = &p->script->rules[index];
    if (!want(p, object, JSON_OBJECT) || !KNOWN(p, object, "keys", "rank", "patterns"))
        return false;
    if (!read_u64(p, &rule->rank, object, "rank", 0))
        return false;
    if (rule->rank > 1000)
        return persona_fail(p, "rank: 0 to 1000");
    if (!read_keys(p, json_find(object, "keys"), index))
        return false;
    const struct json *list = json_find(object, "patterns");
    const size_t before = enter(p, ".patterns");
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_PATTERNS_MAX)
        return persona_fail(p, "must have 1 to %d", PERSONA_PATTERNS_MAX);
    struct persona_case *cases = MM_ARENA_ARRAY(p->arena, struct persona_case, list->count);
    if (cases == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = enter(p, "[%zu]", i);
        if (!read_case(p, &cases[i], &list->items[i]))
            return false;
        leave(p, here);
    }
    rule->cases = cases;
    rule->case_count = list->count;
    leave(p, before);
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct persona_key *first = a;
    const struct persona_key *second = b;
    const int order = mm_bytes_compare(first->words.items[0].folded, second->words.items[0].folded);
    if (order != 0)
        return order;
    if (first->rule != second->rule)
        return first->rule < second->rule ? -1 : 1;
    return first->words.count < second->words.count   ? 1
           : first->words.count > second->words.count ? -1
                                                      : 0;
}

static bool read_rules(struct persona_parsing *p, const struct json *root)
{
    struct persona_script *script = p->script;
    const struct json *list = json_find(root, "rules");
    const size_t before = enter(p, "rules");
    if (!want(p, list, JSON_ARRAY))
        return false;
    if (list->count > PERSONA_RULES_MAX)
        return persona_fail(p, "more than %d", PERSONA_RULES_MAX);
    size_t key_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct json *keys = json_find(&list->items[i], "keys");
        key_count += keys == NULL ? 0 : keys->count;
    }
    script->rules = MM_ARENA_ARRAY(p->arena, struct persona_rule, list->count + 1);
    script->keys = MM_ARENA_ARRAY(p->arena, struct persona_key, key_count + 1);
    if (script->rules == NULL || script->keys == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = enter(p, "[%zu]", i);
        if (!read_rule(p, &list->items[i], i))
            return false;
        leave(p, here);
    }
    script->rule_count = list->count;
    qsort(script->keys, script->key_count, sizeof *script->keys, compare_keys);
    leave(p, before);
    return true;
}

/* ---- the whole ---- */

static bool read_root(struct persona_parsing *p, const struct json *root)
{
    if (!want(p, root, JSON_OBJECT) ||
        !KNOWN(p, root, "schema", "substitutions", "reflections", "groups", "rules", "otherwise"))
        return false;
    const struct json *schema = json_find(root, "schema");
    if (schema == NULL || !json_is_text(schema, "ainft-script/1"))
        return persona_fail(p, "schema: must be \"ainft-script/1\"");
    (void)snprintf(p->place, sizeof p->place, "%s", "");
    return read_pairs(p, &p->script->substitutions, &p->script->substitution_count, root,
                      "substitutions") &&
           read_pairs(p, &p->script->reflections, &p->script->reflection_count, root,
                      "reflections") &&
           read_groups(p, root) && read_rules(p, root) &&
           read_replies(p, &p->script->otherwise, json_find(root, "otherwise"), "otherwise", 0);
}

enum persona_verdict persona_script_parse(struct mm_arena *arena,
                                          const struct persona_script **script, mm_bytes json,
                                          struct mm_reason *reason)
{
    const struct json_options options = { .unique_keys = true };
    struct json root;
    *script = NULL;
    if (json.len > PERSONA_SCRIPT_BYTES_MAX) {
        (void)mm_fail(reason, MM_ERR_LIMIT, "a script has at most %d bytes",
                      PERSONA_SCRIPT_BYTES_MAX);
        return PERSONA_TOO_LARGE;
    }
    const enum json_verdict verdict = json_parse(arena, &root, json, &options, reason);
    if (verdict == JSON_NO_MEMORY)
        return PERSONA_NO_MEMORY;
    if (verdict != JSON_OK)
        return PERSONA_NOT_JSON;
    struct persona_parsing p = { .arena = arena,
                                 .reason = reason,
                                 .place = "script",
                                 .script = MM_ARENA_NEW(arena, struct persona_script) };
    if (p.script == NULL)
        return PERSONA_NO_MEMORY;
    if (!read_root(&p, &root))
        return p.no_memory ? PERSONA_NO_MEMORY : PERSONA_INVALID;
    *script = p.script;
    return PERSONA_OK;
}
