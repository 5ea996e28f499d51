/* A script's JSON, from its root down to conditions and replies. */
#include <stdio.h>
#include <stdlib.h>

#include "rpc/persona/script_internal.h"

/* ---- patterns of a rule ---- */

static bool read_replies(struct persona_parsing *p, struct persona_replies *out,
                         const struct json *list, const char *key, size_t captures)
{
    const size_t before = persona_enter(p, "%s", key);
    if (!persona_want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_REPLIES_MAX)
        return persona_fail(p, "must have 1 to %d texts", PERSONA_REPLIES_MAX);
    struct persona_text *items = MM_ARENA_ARRAY(p->arena, struct persona_text, list->count);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!persona_want(p, &list->items[i], JSON_STRING) ||
            !persona_text_read(p, &items[i], list->items[i].text, captures))
            return false;
        persona_leave(p, here);
    }
    *out = (struct persona_replies){ items, list->count, p->script->list_count++ };
    persona_leave(p, before);
    return true;
}

static bool read_condition(struct persona_parsing *p, struct persona_condition *out,
                           const struct json *object)
{
    if (!persona_want(p, object, JSON_OBJECT) ||
        !PERSONA_KNOWN(p, object, "variable", "from", "to", "known", "unknown"))
        return false;
    const struct json *variable = json_find(object, "variable");
    const struct json *known = json_find(object, "known");
    const struct json *unknown = json_find(object, "unknown");
    if ((variable != NULL) + (known != NULL) + (unknown != NULL) != 1)
        return persona_fail(p, "must have one of variable, known and unknown");
    const struct json *name = variable != NULL ? variable : known != NULL ? known : unknown;
    if (!persona_want(p, name, JSON_STRING))
        return false;
    out->kind = variable != NULL ? PERSONA_WITHIN : known != NULL ? PERSONA_KNOWN : PERSONA_UNKNOWN;
    if (variable == NULL)
        return persona_slot_of(p, &out->slot, name->text);
    if (!persona_is_name(name->text))
        return persona_fail(p, "variable: no name");
    if (mm_arena_copy(p->arena, &out->variable, name->text) != MM_OK)
        return persona_no_memory(p);
    return persona_read_u64(p, &out->from, object, "from", 0) &&
           persona_read_u64(p, &out->to, object, "to", UINT64_MAX);
}

static bool read_conditions(struct persona_parsing *p, struct persona_case *out,
                            const struct json *list)
{
    if (list == NULL)
        return true;
    const size_t before = persona_enter(p, ".when");
    if (!persona_want(p, list, JSON_ARRAY))
        return false;
    if (list->count > PERSONA_CONDITIONS_MAX)
        return persona_fail(p, "more than %d", PERSONA_CONDITIONS_MAX);
    struct persona_condition *items =
        MM_ARENA_ARRAY(p->arena, struct persona_condition, list->count + 1);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!read_condition(p, &items[i], &list->items[i]))
            return false;
        persona_leave(p, here);
    }
    out->conditions = items;
    out->condition_count = list->count;
    persona_leave(p, before);
    return true;
}

static bool read_memories(struct persona_parsing *p, struct persona_case *out,
                          const struct json *object)
{
    if (object == NULL)
        return true;
    const size_t before = persona_enter(p, ".remember");
    if (!persona_want(p, object, JSON_OBJECT))
        return false;
    if (object->count > PERSONA_SLOTS_MAX)
        return persona_fail(p, "more than %d", PERSONA_SLOTS_MAX);
    struct persona_memory *items =
        MM_ARENA_ARRAY(p->arena, struct persona_memory, object->count + 1);
    if (items == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!persona_slot_of(p, &items[i].slot, member->key) ||
            !persona_want(p, &member->value, JSON_STRING) ||
            !persona_text_read(p, &items[i].text, member->value.text, out->pattern.captures))
            return false;
        persona_leave(p, here);
    }
    out->memories = items;
    out->memory_count = object->count;
    persona_leave(p, before);
    return true;
}

static bool read_case(struct persona_parsing *p, struct persona_case *out,
                      const struct json *object)
{
    const struct json *match = json_find(object, "match");
    const struct json *keep = json_find(object, "keep");
    if (!persona_want(p, object, JSON_OBJECT) ||
        !PERSONA_KNOWN(p, object, "match", "when", "remember", "keep", "replies"))
        return false;
    size_t before = persona_enter(p, ".match");
    if (!persona_want(p, match, JSON_STRING) ||
        !persona_pattern_read(p, &out->pattern, match->text))
        return false;
    persona_leave(p, before);
    if (!read_conditions(p, out, json_find(object, "when")) ||
        !read_memories(p, out, json_find(object, "remember")))
        return false;
    if (keep != NULL) {
        before = persona_enter(p, ".keep");
        if (!persona_want(p, keep, JSON_STRING) ||
            !persona_text_read(p, &out->keep, keep->text, out->pattern.captures))
            return false;
        out->keeps = true;
        persona_leave(p, before);
    }
    return read_replies(p, &out->replies, json_find(object, "replies"), ".replies",
                        out->pattern.captures);
}

/* ---- rules ---- */

static bool read_keys(struct persona_parsing *p, const struct json *list, size_t rule)
{
    struct persona_script *script = p->script;
    const size_t before = persona_enter(p, ".keys");
    if (!persona_want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_KEYS_MAX)
        return persona_fail(p, "must have 1 to %d", PERSONA_KEYS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        struct persona_key *key = &script->keys[script->key_count];
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!persona_want(p, &list->items[i], JSON_STRING) ||
            !persona_read_words(p, &key->words, list->items[i].text, PERSONA_KEY_WORDS_MAX))
            return false;
        key->rule = rule;
        script->key_count++;
        persona_leave(p, here);
    }
    persona_leave(p, before);
    return true;
}

static bool read_rule(struct persona_parsing *p, const struct json *object, size_t index)
{
    struct persona_rule *rule = &p->script->rules[index];
    if (!persona_want(p, object, JSON_OBJECT) ||
        !PERSONA_KNOWN(p, object, "keys", "rank", "patterns"))
        return false;
    if (!persona_read_u64(p, &rule->rank, object, "rank", 0))
        return false;
    if (rule->rank > 1000)
        return persona_fail(p, "rank: 0 to 1000");
    if (!read_keys(p, json_find(object, "keys"), index))
        return false;
    const struct json *list = json_find(object, "patterns");
    const size_t before = persona_enter(p, ".patterns");
    if (!persona_want(p, list, JSON_ARRAY))
        return false;
    if (list->count == 0 || list->count > PERSONA_PATTERNS_MAX)
        return persona_fail(p, "must have 1 to %d", PERSONA_PATTERNS_MAX);
    struct persona_case *cases = MM_ARENA_ARRAY(p->arena, struct persona_case, list->count);
    if (cases == NULL)
        return persona_no_memory(p);
    for (size_t i = 0; i < list->count; i++) {
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!read_case(p, &cases[i], &list->items[i]))
            return false;
        persona_leave(p, here);
    }
    rule->cases = cases;
    rule->case_count = list->count;
    persona_leave(p, before);
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
    const size_t before = persona_enter(p, "rules");
    if (!persona_want(p, list, JSON_ARRAY))
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
        const size_t here = persona_enter(p, "[%zu]", i);
        if (!read_rule(p, &list->items[i], i))
            return false;
        persona_leave(p, here);
    }
    script->rule_count = list->count;
    qsort(script->keys, script->key_count, sizeof *script->keys, compare_keys);
    persona_leave(p, before);
    return true;
}

/* ---- the whole ---- */

static bool read_root(struct persona_parsing *p, const struct json *root)
{
    if (!persona_want(p, root, JSON_OBJECT) ||
        !PERSONA_KNOWN(p, root, "schema", "substitutions", "reflections", "groups", "rules",
                       "otherwise"))
        return false;
    const struct json *schema = json_find(root, "schema");
    if (schema == NULL || !json_is_text(schema, "ainft-script/1"))
        return persona_fail(p, "schema: must be \"ainft-script/1\"");
    (void)snprintf(p->place, sizeof p->place, "%s", "");
    return persona_read_pairs(p, &p->script->substitutions, &p->script->substitution_count, root,
                              "substitutions") &&
           persona_read_pairs(p, &p->script->reflections, &p->script->reflection_count, root,
                              "reflections") &&
           persona_read_groups(p, root) && read_rules(p, root) &&
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
