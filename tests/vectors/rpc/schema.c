#include "schema.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

/* The schema is a file of the specification and the answers are ours: recursion is bounded by their depth. */

struct at {
    const struct json *document;
    struct schema_problem *problem;
    char path[200];
};

static bool check(struct at *at, const struct json *schema, const struct json *value);

static bool fail(struct at *at, const char *what)
{
    (void)snprintf(at->problem->text, sizeof at->problem->text, "%.190s: %.200s", at->path, what);
    return false;
}

static const struct json *member(const struct json *object, mm_bytes key)
{
    for (size_t i = 0; i < object->count; i++) {
        if (mm_bytes_equal(object->members[i].key, key))
            return &object->members[i].value;
    }
    return NULL;
}

static const struct json *resolve(const struct at *at, mm_bytes ref)
{
    const struct json *place = at->document;
    size_t from = 2; /* behind "#/" */
    while (from <= ref.len && place != NULL) {
        size_t to = from;
        while (to < ref.len && ref.ptr[to] != '/')
            to++;
        place = member(place, mm_bytes_from(ref.ptr + from, to - from));
        from = to + 1;
    }
    return place;
}

static bool has_type(const char *type, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL:
        return strcmp(type, "null") == 0;
    case JSON_FALSE:
    case JSON_TRUE:
        return strcmp(type, "boolean") == 0;
    case JSON_NUMBER:
        return strcmp(type, "number") == 0 ||
               (strcmp(type, "integer") == 0 &&
                memchr(value->text.ptr, '.', value->text.len) == NULL);
    case JSON_STRING:
        return strcmp(type, "string") == 0;
    case JSON_ARRAY:
        return strcmp(type, "array") == 0;
    case JSON_OBJECT:
        return strcmp(type, "object") == 0;
    }
    return false;
}

static void text_of(char out[2000], mm_bytes text)
{
    const size_t len = text.len < 1999 ? text.len : 1999;
    memcpy(out, text.ptr, len);
    out[len] = '\0';
}

static bool check_type(struct at *at, const struct json *type, const struct json *value)
{
    char name[2000];
    text_of(name, type->text);
    return has_type(name, value) || fail(at, "another type");
}

static bool check_pattern(struct at *at, const struct json *pattern, const struct json *value)
{
    char text[2000];
    regex_t regex;
    if (value->kind != JSON_STRING || value->text.len > 1999)
        return true; /* patterns are about strings; long data has none but ^0x[0-9a-f]*$ */
    text_of(text, pattern->text);
    if (regcomp(&regex, text, REG_EXTENDED | REG_NOSUB) != 0)
        return fail(at, "a pattern that this test does not understand");
    text_of(text, value->text);
    const bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches || fail(at, text);
}

static bool check_enum(struct at *at, const struct json *options, const struct json *value)
{
    for (size_t i = 0; i < options->count; i++) {
        if (options->items[i].kind == value->kind &&
            mm_bytes_equal(options->items[i].text, value->text))
            return true;
    }
    return fail(at, "none of the enum");
}

static bool check_bound(struct at *at, const struct json *bound, const struct json *value, int sign)
{
    char text[2][2000];
    if (value->kind != JSON_NUMBER)
        return true;
    text_of(text[0], bound->text);
    text_of(text[1], value->text);
    const double distance = strtod(text[1], NULL) - strtod(text[0], NULL);
    return distance * sign >= 0 || fail(at, "out of bounds");
}

static bool check_required(struct at *at, const struct json *names, const struct json *value)
{
    for (size_t i = 0; value->kind == JSON_OBJECT && i < names->count; i++) {
        if (member(value, names->items[i].text) == NULL) {
            char text[100];
            (void)snprintf(text, sizeof text, "missing: %.*s",
                           names->items[i].text.len < 80 ? (int)names->items[i].text.len : 80,
                           (const char *)names->items[i].text.ptr);
            return fail(at, text);
        }
    }
    return true;
}

static bool check_below(struct at *at, const struct json *schema, const struct json *value,
                        mm_bytes step)
{
    const size_t len = strlen(at->path);
    (void)snprintf(at->path + len, sizeof at->path - len, ".%.*s", (int)step.len,
                   (const char *)step.ptr);
    const bool ok = check(at, schema, value);
    at->path[len] = '\0';
    return ok;
}

static bool check_members(struct at *at, const struct json *schema, const struct json *value)
{
    const struct json *properties = json_find(schema, "properties");
    const struct json *additional = json_find(schema, "additionalProperties");
    for (size_t i = 0; value->kind == JSON_OBJECT && i < value->count; i++) {
        const struct json_member *m = &value->members[i];
        const struct json *known = properties == NULL ? NULL : member(properties, m->key);
        if (known == NULL && additional != NULL && additional->kind == JSON_FALSE)
            return check_below(at, &(struct json){ .kind = JSON_FALSE }, &m->value, m->key);
        if (known == NULL && additional != NULL && additional->kind == JSON_OBJECT)
            known = additional;
        if (known != NULL && !check_below(at, known, &m->value, m->key))
            return false;
    }
    return true;
}

static bool check_items(struct at *at, const struct json *schema, const struct json *value)
{
    for (size_t i = 0; value->kind == JSON_ARRAY && i < value->count; i++) {
        if (!check_below(at, schema, &value->items[i], MM_BYTES_LIT("[]")))
            return false;
    }
    return true;
}

static bool check_some(struct at *at, const struct json *options, const struct json *value,
                       size_t max)
{
    size_t accepted = 0;
    for (size_t i = 0; i < options->count; i++)
        accepted += check(at, &options->items[i], value);
    if (accepted == 0)
        return false; /* the last problem stands */
    return accepted <= max || fail(at, "more than one of oneOf");
}

static bool check_all(struct at *at, const struct json *parts, const struct json *value)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (!check(at, &parts->items[i], value))
            return false;
    }
    return true;
}

static bool is_remark(mm_bytes key)
{
    static const char *const REMARKS[] = { "title",    "description", "example",
                                           "examples", "properties",  "additionalProperties" };
    for (size_t i = 0; i < MM_COUNT_OF(REMARKS); i++) {
        if (mm_bytes_equal(key, mm_bytes_str(REMARKS[i])))
            return true; /* the last two are looked at by check_members */
    }
    return false;
}

static bool check_keyword(struct at *at, mm_bytes key, const struct json *rule,
                          const struct json *value)
{
    if (mm_bytes_equal(key, MM_BYTES_LIT("$ref"))) {
        const struct json *target = resolve(at, rule->text);
        return target == NULL ? fail(at, "a $ref that leads nowhere") : check(at, target, value);
    }
    if (mm_bytes_equal(key, MM_BYTES_LIT("type")))
        return check_type(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("pattern")))
        return check_pattern(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("enum")))
        return check_enum(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("minimum")))
        return check_bound(at, rule, value, 1);
    if (mm_bytes_equal(key, MM_BYTES_LIT("maximum")))
        return check_bound(at, rule, value, -1);
    if (mm_bytes_equal(key, MM_BYTES_LIT("required")))
        return check_required(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("items")))
        return check_items(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("allOf")))
        return check_all(at, rule, value);
    if (mm_bytes_equal(key, MM_BYTES_LIT("anyOf")))
        return check_some(at, rule, value, SIZE_MAX);
    if (mm_bytes_equal(key, MM_BYTES_LIT("oneOf")))
        return check_some(at, rule, value, 1);
    char text[2000];
    text_of(text, key);
    return is_remark(key) || fail(at, text);
}

static bool check(struct at *at, const struct json *schema, const struct json *value)
{
    if (schema->kind == JSON_FALSE)
        return fail(at, "not one of the properties");
    for (size_t i = 0; i < schema->count; i++) {
        if (!check_keyword(at, schema->members[i].key, &schema->members[i].value, value))
            return false;
    }
    return check_members(at, schema, value);
}

bool schema_accepts(const struct json *document, const struct json *schema,
                    const struct json *value, struct schema_problem *problem)
{
    struct at at = { .document = document, .problem = problem, .path = "" };
    return check(&at, schema, value);
}
