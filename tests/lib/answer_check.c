#include "tests/lib/answer_check.h"

#include "state/base/arena.h"
#include "state/base/assert.h"
#include "state/codec/json.h"

static void check_error(const struct json *error)
{
    const struct json *message = json_find(error, "message");
    MM_ASSERT(json_find(error, "code")->kind == JSON_NUMBER);
    MM_ASSERT(message->kind == JSON_STRING);
    MM_ASSERT(message->text.len < 14 || memcmp(message->text.ptr, "internal error", 14) != 0);
}

static void check_notification(const struct json *text)
{
    const struct json *params = json_find(text, "params");
    MM_ASSERT(json_is_text(json_find(text, "method"), "eth_subscription"));
    MM_ASSERT(text->count == 3 && params != NULL && params->count == 2);
    MM_ASSERT(json_find(params, "subscription")->kind == JSON_STRING);
    MM_ASSERT(json_find(params, "result") != NULL);
}

static void check_value(const struct json *value, enum answer_source source)
{
    MM_ASSERT(value->kind == JSON_OBJECT);
    MM_ASSERT(json_is_text(json_find(value, "jsonrpc"), "2.0"));
    if (source == ANSWER_OF_CONNECTION && json_find(value, "id") == NULL) {
        check_notification(value);
        return;
    }
    const struct json *error = json_find(value, "error");
    MM_ASSERT(json_find(value, "id") != NULL && value->count == 3);
    MM_ASSERT((error != NULL) != (json_find(value, "result") != NULL));
    if (error != NULL)
        check_error(error);
}

void check_answer_text(mm_bytes text, enum answer_source source)
{
    struct mm_arena arena;
    struct json value;
    const struct json_options options = { .unique_keys = true };
    mm_arena_init(&arena, 1 << 30);
    MM_ASSERT(json_parse(&arena, &value, text, &options, NULL) == JSON_OK);
    if (value.kind != JSON_ARRAY)
        check_value(&value, source);
    MM_ASSERT(value.kind != JSON_ARRAY || value.count > 0);
    for (size_t i = 0; value.kind == JSON_ARRAY && i < value.count; i++)
        check_value(&value.items[i], ANSWER_OF_BODY);
    mm_arena_fini(&arena);
}
