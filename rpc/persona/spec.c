#include "rpc/persona/spec.h"

#include "state/codec/hex.h"
#include "state/codec/json.h"

struct reading {
    struct mm_arena *arena;
    struct mm_reason *reason;
    bool no_memory;
};

static bool fail(struct reading *r, const char *place, const char *what)
{
    (void)mm_fail(r->reason, MM_ERR_INVALID, "%s: %s", place, what);
    return false;
}

static bool no_memory(struct reading *r)
{
    r->no_memory = true;
    return false;
}

static bool is_integer(const struct json *value)
{
    uint64_t number;
    return value->kind == JSON_NUMBER && json_u64(&number, value);
}

/* ---- members ---- */

/* An optional text. */
static bool read_text(struct reading *r, mm_bytes *out, const struct json *object, const char *key,
                      const char *place, size_t bytes_max)
{
    const struct json *value = json_find(object, key);
    *out = (mm_bytes){ 0 };
    if (value == NULL)
        return true;
    if (value->kind != JSON_STRING)
        return fail(r, place, "must be a text");
    if (value->text.len > bytes_max)
        return fail(r, place, "is too long");
    return mm_arena_copy(r->arena, out, value->text) == MM_OK || no_memory(r);
}

static bool read_texts(struct reading *r, const mm_bytes **out, size_t *count,
                       const struct json *object, const char *key, size_t count_max,
                       size_t bytes_max)
{
    const struct json *list = json_find(object, key);
    *out = NULL;
    *count = 0;
    if (list == NULL)
        return true;
    if (list->kind != JSON_ARRAY || list->count > count_max)
        return fail(r, key, "must be a list of texts, and not too many");
    mm_bytes *texts = MM_ARENA_ARRAY(r->arena, mm_bytes, list->count + 1);
    if (texts == NULL)
        return no_memory(r);
    for (size_t i = 0; i < list->count; i++) {
        const struct json *item = &list->items[i];
        if (item->kind != JSON_STRING || item->text.len == 0 || item->text.len > bytes_max)
            return fail(r, key, "must be a list of texts, none empty or too long");
        if (mm_arena_copy(r->arena, &texts[i], item->text) != MM_OK)
            return no_memory(r);
    }
    *out = texts;
    *count = list->count;
    return true;
}

/* An optional object; *out NULL when it is not there. */
static bool read_object(struct reading *r, const struct json **out, const struct json *object,
                        const char *key, const char *place)
{
    *out = json_find(object, key);
    return *out == NULL || (*out)->kind == JSON_OBJECT || fail(r, place, "must be an object");
}

/* ---- the model ---- */

/* Digits, perhaps a point and digits: "0.7". It goes to a remote as it is. */
static bool is_temperature(mm_bytes text)
{
    size_t points = 0;
    if (text.len == 0 || text.len > SPEC_NUMBER_BYTES_MAX || text.ptr[0] < '0' || text.ptr[0] > '2')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        points += text.ptr[i] == '.';
        if (text.ptr[i] != '.' && (text.ptr[i] < '0' || text.ptr[i] > '9'))
            return false;
        if (text.ptr[0] == '2' && text.ptr[i] != '.' && text.ptr[i] != '0')
            return false;
    }
    return points <= 1 && (text.len == 1 || text.ptr[1] == '.') && text.ptr[text.len - 1] != '.';
}

static bool read_params(struct reading *r, struct spec *spec, const struct json *model)
{
    const struct json *params;
    if (!read_object(r, &params, model, "params", "model.params"))
        return false;
    if (params == NULL)
        return true;
    const struct json *temperature = json_find(params, "temperature");
    const struct json *seed = json_find(params, "seed");
    const struct json *tokens = json_find(params, "max_tokens");
    if (temperature != NULL &&
        !(temperature->kind == JSON_NUMBER && is_temperature(temperature->text)))
        return fail(r, "model.params.temperature", "must be a number from 0 to 2, like 0.7");
    if (temperature != NULL &&
        mm_arena_copy(r->arena, &spec->temperature, temperature->text) != MM_OK)
        return no_memory(r);
    if (seed != NULL && !is_integer(seed))
        return fail(r, "model.params.seed", "must be a whole number from 0 to 2^64 - 1");
    spec->has_seed = seed != NULL && json_u64(&spec->seed, seed);
    if (tokens != NULL && (!is_integer(tokens) || !json_u64(&spec->tokens_max, tokens) ||
                           spec->tokens_max == 0 || spec->tokens_max > SPEC_TOKENS_MAX))
        return fail(r, "model.params.max_tokens", "must be 1 to 4096");
    return true;
}

static bool read_model(struct reading *r, struct spec *spec, const struct json *root)
{
    const struct json *model = json_find(root, "model");
    if (model == NULL || model->kind != JSON_OBJECT)
        return fail(r, "model", "must be an object");
    const struct json *engine = json_find(model, "engine");
    if (engine != NULL && json_is_text(engine, "script"))
        spec->engine = SPEC_SCRIPT;
    else if (engine != NULL && json_is_text(engine, "openai"))
        spec->engine = SPEC_OPENAI;
    else
        return fail(r, "model.engine", "must be \"script\" or \"openai\"");
    if (!read_text(r, &spec->model, model, "id", "model.id", SPEC_NAME_BYTES_MAX) ||
        !read_text(r, &spec->script, model, "script", "model.script", SPEC_URI_BYTES_MAX) ||
        !read_text(r, &spec->base_url, model, "baseURL", "model.baseURL", SPEC_URI_BYTES_MAX) ||
        !read_params(r, spec, model))
        return false;
    if (spec->engine == SPEC_SCRIPT && spec->script.len == 0)
        return fail(r, "model.script", "is missing: the engine is \"script\"");
    if (spec->engine == SPEC_OPENAI && spec->model.len == 0)
        return fail(r, "model.id", "is missing: the engine is \"openai\"");
    return true;
}

/* ---- the rest ---- */

static size_t characters(mm_bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

static bool read_keys(struct reading *r, struct spec *spec, const struct json *history)
{
    const struct json *list = json_find(history, "keys");
    if (list == NULL)
        return true;
    if (list->kind != JSON_ARRAY || list->count > SPEC_KEYS_MAX)
        return fail(r, "history.keys", "must be a list of at most 8 keys");
    mm_hash32 *keys = MM_ARENA_ARRAY(r->arena, mm_hash32, list->count + 1);
    if (keys == NULL)
        return no_memory(r);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != JSON_STRING || !hex_read_hash(&keys[i], list->items[i].text))
            return fail(r, "history.keys", "a key is 0x and 64 digits");
    }
    spec->keys = keys;
    spec->key_count = list->count;
    return true;
}

static bool read_history(struct reading *r, struct spec *spec, const struct json *root)
{
    const struct json *history;
    if (!read_object(r, &history, root, "history", "history"))
        return false;
    const struct json *privacy = history == NULL ? NULL : json_find(history, "privacy");
    if (privacy == NULL || json_is_text(privacy, "public"))
        spec->privacy = SPEC_PUBLIC;
    else if (json_is_text(privacy, "encrypted"))
        spec->privacy = SPEC_ENCRYPTED;
    else if (json_is_text(privacy, "commitment"))
        spec->privacy = SPEC_COMMITMENT;
    else
        return fail(r, "history.privacy", "must be \"public\", \"encrypted\" or \"commitment\"");
    return history == NULL || read_keys(r, spec, history);
}

static bool read_access(struct reading *r, struct spec *spec, const struct json *root)
{
    const struct json *access;
    if (!read_object(r, &access, root, "access", "access"))
        return false;
    const struct json *credits = access == NULL ? NULL : json_find(access, "credits");
    if (credits == NULL)
        return true;
    if ((credits->kind != JSON_NUMBER && credits->kind != JSON_STRING) ||
        !u256_from_decimal(&spec->credits, credits->text))
        return fail(r, "access.credits", "must be a whole number of 256 bits at most");
    return true;
}

static bool read_root(struct reading *r, struct spec *spec, const struct json *root)
{
    if (root->kind != JSON_OBJECT)
        return fail(r, "specification", "must be an object");
    const struct json *schema = json_find(root, "schema");
    const struct json *kind = json_find(root, "kind");
    if (schema == NULL || !json_is_text(schema, "ainft-spec/1"))
        return fail(r, "schema", "must be \"ainft-spec/1\"");
    if (kind == NULL || !json_is_text(kind, "persona"))
        return fail(r, "kind", "must be \"persona\"");
    if (!read_model(r, spec, root) ||
        !read_text(r, &spec->name, root, "name", "name", SPEC_NAME_BYTES_MAX) ||
        !read_text(r, &spec->instructions, root, "instructions", "instructions",
                   4 * SPEC_INSTRUCTIONS_MAX) ||
        !read_text(r, &spec->greeting, root, "greeting", "greeting", SPEC_GREETING_BYTES_MAX))
        return false;
    if (characters(spec->instructions) > SPEC_INSTRUCTIONS_MAX)
        return fail(r, "instructions", "has more than 10000 characters");
    return read_texts(r, &spec->starters, &spec->starter_count, root, "chatStarters",
                      SPEC_STARTERS_MAX, SPEC_STARTER_BYTES_MAX) &&
           read_texts(r, &spec->tags, &spec->tag_count, root, "tags", SPEC_TAGS_MAX,
                      SPEC_TAG_BYTES_MAX) &&
           read_access(r, spec, root) && read_history(r, spec, root);
}

const char *spec_privacy_text(enum spec_privacy privacy)
{
    switch (privacy) {
    case SPEC_PUBLIC:
        return "public";
    case SPEC_ENCRYPTED:
        return "encrypted";
    case SPEC_COMMITMENT:
        return "commitment";
    }
    return "";
}

enum persona_verdict spec_parse(struct mm_arena *arena, struct spec *spec, mm_bytes json,
                                struct mm_reason *reason)
{
    const struct json_options options = { .unique_keys = true };
    struct reading r = { .arena = arena, .reason = reason };
    struct json root;
    *spec = (struct spec){ 0 };
    if (json.len > SPEC_BYTES_MAX) {
        (void)mm_fail(reason, MM_ERR_LIMIT, "a specification has at most %d bytes", SPEC_BYTES_MAX);
        return PERSONA_TOO_LARGE;
    }
    const enum json_verdict verdict = json_parse(arena, &root, json, &options, reason);
    if (verdict == JSON_NO_MEMORY)
        return PERSONA_NO_MEMORY;
    if (verdict != JSON_OK)
        return PERSONA_NOT_JSON;
    struct spec read = { 0 };
    if (!read_root(&r, &read, &root))
        return r.no_memory ? PERSONA_NO_MEMORY : PERSONA_INVALID;
    *spec = read;
    return PERSONA_OK;
}
