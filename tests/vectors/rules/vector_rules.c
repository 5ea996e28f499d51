#include "tests/vectors/rules/vector_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "state/codec/hex.h"

enum { FILE_BYTES_MAX = 1 << 20 };

static struct json read_json(struct mm_arena *arena, const char *path, FILE *file)
{
    struct json json = { 0 };
    struct mm_reason reason;
    uint8_t *text = mm_arena_alloc(arena, FILE_BYTES_MAX);
    cr_assert(text != NULL);
    const size_t len = fread(text, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    cr_assert(len > 0 && len < FILE_BYTES_MAX);
    const struct json_options options = { .unique_keys = true };
    cr_assert_eq(json_parse(arena, &json, mm_bytes_from(text, len), &options, &reason), JSON_OK,
                 "%s: %s", path, reason.text);
    cr_assert(json.kind == JSON_ARRAY && json.count > 0);
    return json;
}

struct json vector_own(struct mm_arena *arena, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/rules/%s", MINTMARK_VECTORS, name);
    FILE *file = fopen(path, "rb");
    cr_assert(file != NULL, "%s", path);
    return read_json(arena, path, file);
}

struct json vector_published(struct mm_arena *arena, const char *path)
{
    char full[1024];
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SHARED, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        printf("SKIPPED: %s is not there\n", full);
        cr_assert(getenv("CI") == NULL, "%s must be there in CI", full);
        cr_skip_test("no published vectors");
    }
    return read_json(arena, full, file);
}

static mm_u256 magnitude_of(mm_bytes digits)
{
    mm_u256 number;
    cr_assert(u256_from_decimal(&number, digits));
    return number;
}

static struct rule_value number_of(mm_bytes text, bool is_int)
{
    const bool is_negative = is_int && text.len > 0 && text.ptr[0] == '-';
    const mm_u256 zero = u256_from_u64(0);
    mm_u256 number = magnitude_of(mm_bytes_from(text.ptr + is_negative, text.len - is_negative));
    if (is_negative)
        number = u256_wrapping_sub(&zero, &number);
    return is_int ? rule_int(&number) : rule_uint(&number);
}

static bool list_of(struct mm_arena *arena, struct rule_value *value, const struct json *items)
{
    struct rule_value *values = mm_arena_alloc(arena, items->count * sizeof *values);
    struct rule_type element = rule_type_of(RULE_NONE);
    for (size_t i = 0; i < items->count; i++) {
        const struct rule_type so_far = element;
        if (!vector_value(arena, &values[i], &items->items[i]) ||
            !rule_type_unify(&element, so_far, values[i].type))
            return false;
    }
    *value = rule_list(element, values, items->count);
    return true;
}

bool vector_value(struct mm_arena *arena, struct rule_value *value, const struct json *json)
{
    const struct json *type = json_find(json, "type");
    const struct json *is = json_find(json, "value");
    if (json_is_text(type, "bool")) {
        *value = rule_bool(is->kind == JSON_TRUE);
    } else if (json_is_text(type, "int")) {
        *value = number_of(is->text, true);
    } else if (json_is_text(type, "uint")) {
        *value = number_of(is->text, false);
    } else if (json_is_text(type, "string")) {
        *value = rule_string(is->text);
    } else if (json_is_text(type, "bytes")) {
        size_t len;
        cr_assert(hex_data_len(&len, is->text));
        uint8_t *bytes = mm_arena_alloc(arena, len);
        cr_assert(hex_read_fixed(bytes, len, is->text));
        *value = rule_bytes(mm_bytes_from(bytes, len));
    } else if (json_is_text(type, "list")) {
        return list_of(arena, value, is);
    } else {
        return false;
    }
    return true;
}

bool vector_equals(const struct rule_value *value, const struct json *json)
{
    struct mm_arena arena;
    struct rule_value expected;
    uint64_t units = 0;
    mm_arena_init(&arena, 1 << 20);
    bool is_equal = vector_value(&arena, &expected, json);
    if (is_equal) {
        struct rule_type unified;
        is_equal = rule_type_unify(&unified, value->type, expected.type) &&
                   rule_value_equal(value, &expected, &units);
    }
    mm_arena_fini(&arena);
    return is_equal;
}

struct vector_run vector_run(struct mm_arena *arena, mm_bytes source, enum rule_width width,
                             const struct json *bindings)
{
    struct rule_variable variables[VECTOR_NAMES_MAX];
    struct rule_value values[VECTOR_NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; bindings != NULL && i < bindings->count; i++) {
        cr_assert(count < VECTOR_NAMES_MAX);
        if (!vector_value(arena, &values[count], &bindings->members[i].value))
            continue;
        variables[count] = (struct rule_variable){
            .name = mm_arena_text(arena, bindings->members[i].key),
            .type = values[count].type,
            .bytes_max = 256,
            .count_max = 64,
        };
        count++;
    }
    const struct rule_env env = { .width = width, .variables = variables, .variable_count = count };
    const struct rule_options options = { .env = &env, .cost_max = UINT64_MAX };
    const struct rule_inputs inputs = { .variables = values, .cost_limit = UINT64_MAX };
    struct vector_run run = { .was_run =
                                  false }; /* what it may cost is the chain's rule, not CEL's */
    const struct rule *rule;
    run.verdict = rule_compile(arena, &rule, &run.error, source, &options);
    cr_assert((rule != NULL) == (run.verdict == RULE_OK));
    if (rule == NULL)
        return run;
    run.was_run = true;
    run.type = rule_result_type(rule);
    cr_assert_eq(rule_eval(arena, &run.result, rule, &inputs), MM_OK);
    cr_assert_leq(run.result.cost, rule_cost_max(rule));
    return run;
}

bool vector_has_feature(const struct json *vector, const char *feature)
{
    const struct json *features = json_find(vector, "features");
    for (size_t i = 0; features != NULL && i < features->count; i++) {
        if (json_is_text(&features->items[i], feature))
            return true;
    }
    return false;
}
