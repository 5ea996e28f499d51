#include "state/codec/json.h"

#include <stdlib.h>

#include "state/base/heap.h"
#include "state/codec/json_internal.h"

const char *json_verdict_text(enum json_verdict verdict)
{
    switch (verdict) {
    case JSON_OK:
        return "ok";
    case JSON_SYNTAX:
        return "not valid JSON";
    case JSON_BAD_UTF8:
        return "text is not valid UTF-8";
    case JSON_TOO_DEEP:
        return "JSON is nested too deeply";
    case JSON_DUPLICATE:
        return "a key appears twice in one object";
    case JSON_NO_MEMORY:
        return "JSON is too large";
    }
    return "unknown verdict";
}

const struct json *json_find(const struct json *object, const char *key)
{
    if (object == NULL || object->kind != JSON_OBJECT)
        return NULL;
    const mm_bytes wanted = mm_bytes_str(key);
    for (size_t i = object->count; i-- > 0;) { /* from the end: the last one counts */
        if (mm_bytes_equal(object->members[i].key, wanted))
            return &object->members[i].value;
    }
    return NULL;
}

bool json_is_text(const struct json *value, const char *text)
{
    return value != NULL && value->kind == JSON_STRING &&
           mm_bytes_equal(value->text, mm_bytes_str(text));
}

bool json_u64(uint64_t *out, const struct json *number)
{
    *out = 0;
    if (number == NULL || number->kind != JSON_NUMBER)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < number->text.len; i++) {
        const unsigned digit = number->text.ptr[i] - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

/* By key, members with the same key in their order. */
static int compare_members(const void *a, const void *b)
{
    const struct json_member *const *first = a;
    const struct json_member *const *second = b;
    const int order = mm_bytes_compare((*first)->key, (*second)->key);
    if (order != 0)
        return order;
    return *first < *second ? -1 : *first > *second;
}

const struct json_member *json_find_duplicate(enum json_verdict *verdict, const struct json *object)
{
    const struct json_member *few[16];
    const struct json_member **index = few;
    *verdict = JSON_OK;
    if (object->count < 2)
        return NULL;
    if (object->count > MM_COUNT_OF(few)) {
        index = mm_heap_zeroed(object->count, sizeof *index);
        if (index == NULL) {
            *verdict = JSON_NO_MEMORY;
            return NULL;
        }
    }
    for (size_t i = 0; i < object->count; i++)
        index[i] = &object->members[i];
    qsort(index, object->count, sizeof *index, compare_members);
    const struct json_member *duplicate = NULL;
    for (size_t i = 1; i < object->count && duplicate == NULL; i++) {
        if (mm_bytes_equal(index[i - 1]->key, index[i]->key))
            duplicate = index[i];
    }
    if (index != few)
        mm_heap_free(index);
    return duplicate;
}
