/* Vectors of rule texts: files, typed values, and a rule compiled and run as a vector says. */
#ifndef TESTS_VECTORS_RULES_VECTOR_RULES_H
#define TESTS_VECTORS_RULES_VECTOR_RULES_H

#include "contracts-native/rules/rules.h"
#include "state/codec/json.h"

enum { VECTOR_ARENA_BYTES_MAX = 256 << 20, VECTOR_NAMES_MAX = 16 };

/* A file of our own beside this one. */
struct json vector_own(struct mm_arena *arena, const char *name);
/* A published one, by its path below MINTMARK_SHARED; the test is skipped without it. */
struct json vector_published(struct mm_arena *arena, const char *path);

/* False: of a type that rules have not. */
bool vector_value(struct mm_arena *arena, struct rule_value *value, const struct json *json);
bool vector_equals(const struct rule_value *value, const struct json *json);

/* A rule, and what became of it. */
struct vector_run {
    enum rule_verdict verdict;
    struct rule_error error;
    struct rule_type type;
    bool was_run;
    struct rule_result result;
};

/* `bindings` (may be NULL) are its variables. Those of types that rules have not are left out. */
struct vector_run vector_run(struct mm_arena *arena, mm_bytes source, enum rule_width width,
                             const struct json *bindings);

bool vector_has_feature(const struct json *vector, const char *feature);
/* "id" as a text that can be printed. */
#define VECTOR_ID(vector) (int)json_find(vector, "id")->text.len, json_find(vector, "id")->text.ptr

#endif
