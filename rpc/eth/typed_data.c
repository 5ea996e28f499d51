#include "rpc/eth/typed_data.h"

#include "rpc/eth/typed_value.h"
#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/crypto/keccak.h"

struct field {
    mm_bytes name;
    mm_bytes type;
    size_t of_struct; /* the struct that the type is, or is an array of; NONE otherwise */
};

#define NONE SIZE_MAX

struct type {
    mm_bytes name;
    struct field *fields;
    size_t field_count;
    bool has_hash;
    mm_hash32 hash; /* keccak256(encodeType) */
};

struct typed {
    struct mm_arena *arena;
    struct type types[TYPED_DATA_TYPES_MAX];
    size_t count;
};

/* ---- the types ---- */

static bool is_name(mm_bytes text)
{
    if (text.len == 0 || text.len > TYPED_DATA_NAME_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!is_letter && !(c >= '0' && c <= '9' && i > 0))
            return false;
    }
    return true;
}

/* "Person[2][]" is an array of "Person". */
static mm_bytes base_of(mm_bytes type)
{
    size_t len = 0;
    while (len < type.len && type.ptr[len] != '[')
        len++;
    return mm_bytes_from(type.ptr, len);
}

static size_t find_type(const struct typed *t, mm_bytes name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (mm_bytes_equal(t->types[i].name, name))
            return i;
    }
    return NONE;
}

static const char *read_field(struct field *field, const struct json *value)
{
    const struct json *name = json_find(value, "name");
    const struct json *type = json_find(value, "type");
    if (name == NULL || name->kind != JSON_STRING || type == NULL || type->kind != JSON_STRING)
        return "a member of a type without name or type";
    if (!is_name(name->text))
        return "a member's name is no identifier";
    if (type->text.len > TYPED_DATA_NAME_MAX || !is_name(base_of(type->text)) ||
        !typed_brackets_are_valid(type->text))
        return "a member's type is not well-formed";
    *field = (struct field){ name->text, type->text, NONE };
    return NULL;
}

static const char *read_type(struct typed *t, const struct json_member *member)
{
    const struct json *list = &member->value;
    struct type *type = &t->types[t->count];
    if (!is_name(member->key) || typed_is_atomic(member->key))
        return "a type's name is no identifier of its own";
    if (find_type(t, member->key) != NONE)
        return "a type is given twice";
    if (list->kind != JSON_ARRAY || list->count > TYPED_DATA_FIELDS_MAX)
        return "a type is not an array of at most 128 members";
    *type = (struct type){ .name = member->key, .field_count = list->count };
    type->fields = MM_ARENA_ARRAY(t->arena, struct field, list->count);
    if (type->fields == NULL)
        return "out of memory";
    for (size_t i = 0; i < list->count; i++) {
        const char *reason = read_field(&type->fields[i], &list->items[i]);
        if (reason != NULL)
            return reason;
    }
    t->count++;
    return NULL;
}

/* Which members are structs; every type must be one of these or atomic. */
static const char *link_types(struct typed *t)
{
    for (size_t i = 0; i < t->count; i++) {
        for (size_t j = 0; j < t->types[i].field_count; j++) {
            struct field *field = &t->types[i].fields[j];
            const mm_bytes base = base_of(field->type);
            field->of_struct = find_type(t, base);
            if (field->of_struct == NONE && !typed_is_atomic(base))
                return "a member's type is not known";
        }
    }
    return NULL;
}

static const char *read_types(struct typed *t, const struct json *types)
{
    if (types == NULL || types->kind != JSON_OBJECT)
        return "types are missing";
    if (types->count > TYPED_DATA_TYPES_MAX)
        return "more than 64 types";
    for (size_t i = 0; i < types->count; i++) {
        const char *reason = read_type(t, &types->members[i]);
        if (reason != NULL)
            return reason;
    }
    return link_types(t);
}

/* ---- encodeType ---- */

static void hash_one(struct keccak *k, const struct type *type)
{
    keccak_update(k, type->name);
    keccak_update(k, MM_BYTES_LIT("("));
    for (size_t i = 0; i < type->field_count; i++) {
        if (i > 0)
            keccak_update(k, MM_BYTES_LIT(","));
        keccak_update(k, type->fields[i].type);
        keccak_update(k, MM_BYTES_LIT(" "));
        keccak_update(k, type->fields[i].name);
    }
    keccak_update(k, MM_BYTES_LIT(")"));
}

/* Marks everything that the first type needs, itself included. */
static void mark_needed(const struct typed *t, bool needed[TYPED_DATA_TYPES_MAX], size_t first)
{
    size_t todo[TYPED_DATA_TYPES_MAX];
    size_t count = 0;
    needed[first] = true;
    todo[count++] = first;
    while (count > 0) {
        const struct type *type = &t->types[todo[--count]];
        for (size_t i = 0; i < type->field_count; i++) {
            const size_t next = type->fields[i].of_struct;
            if (next == NONE || needed[next])
                continue;
            needed[next] = true;
            todo[count++] = next;
        }
    }
}

static const mm_hash32 *type_hash(struct typed *t, size_t index)
{
    struct type *type = &t->types[index];
    if (type->has_hash)
        return &type->hash;
    bool needed[TYPED_DATA_TYPES_MAX] = { false };
    mark_needed(t, needed, index);
    needed[index] = false;
    struct keccak k;
    keccak_init(&k);
    hash_one(&k, type);
    for (;;) {
        size_t least = NONE; /* of the names that are left */
        for (size_t i = 0; i < t->count; i++) {
            if (needed[i] &&
                (least == NONE || mm_bytes_compare(t->types[i].name, t->types[least].name) < 0))
                least = i;
        }
        if (least == NONE)
            break;
        needed[least] = false;
        hash_one(&k, &t->types[least]);
    }
    type->hash = keccak_final(&k);
    type->has_hash = true;
    return &type->hash;
}

/* ---- hashStruct ---- */

/* A struct or array whose words are being gathered. */
struct frame {
    struct keccak k;
    const struct json *value;
    const struct type *type; /* NULL: an array */
    mm_bytes element_type;   /* of an array */
    size_t of_struct;        /* that its elements are, below all brackets; NONE otherwise */
    size_t next;             /* member or element */
};

struct hashing {
    struct typed *t;
    struct frame frames[MM_JSON_DEPTH_MAX + 1];
    size_t depth;
};

static const char *push_struct(struct hashing *h, size_t index, const struct json *value)
{
    if (value->kind != JSON_OBJECT)
        return "a struct's value is not an object";
    if (h->depth == MM_COUNT_OF(h->frames))
        return "values are nested too deeply";
    struct frame *frame = &h->frames[h->depth++];
    *frame = (struct frame){ .value = value, .type = &h->t->types[index] };
    keccak_init(&frame->k);
    keccak_update(&frame->k, mm_bytes_hash(type_hash(h->t, index)));
    return NULL;
}

/* The type ends with brackets; the last are the outermost. */
static const char *push_array(struct hashing *h, mm_bytes type, size_t of_struct,
                              const struct json *value)
{
    size_t len;
    bool is_fixed;
    const mm_bytes element_type = typed_element(type, &len, &is_fixed);
    if (value->kind != JSON_ARRAY)
        return "an array's value is not an array";
    if (is_fixed && value->count != len)
        return "an array of another length than its type says";
    if (h->depth == MM_COUNT_OF(h->frames))
        return "values are nested too deeply";
    struct frame *frame = &h->frames[h->depth++];
    *frame = (struct frame){ .value = value, .element_type = element_type, .of_struct = of_struct };
    keccak_init(&frame->k);
    return NULL;
}

/* Adds the value's word to the frame, or opens a frame that will. */
static const char *take(struct hashing *h, struct frame *frame, mm_bytes type, size_t of_struct,
                        const struct json *value)
{
    static const mm_hash32 zero;
    if (type.len > 0 && type.ptr[type.len - 1] == ']')
        return value == NULL ? "a member is missing" : push_array(h, type, of_struct, value);
    if (of_struct != NONE) {
        if (value != NULL && value->kind != JSON_NULL)
            return push_struct(h, of_struct, value);
        keccak_update(&frame->k, mm_bytes_hash(&zero));
        return NULL;
    }
    mm_hash32 word;
    const char *reason =
        value == NULL ? "a member is missing" : typed_word(h->t->arena, &word, type, value);
    if (reason == NULL)
        keccak_update(&frame->k, mm_bytes_hash(&word));
    return reason;
}

static bool is_finished(const struct frame *frame)
{
    return frame->next == (frame->type != NULL ? frame->type->field_count : frame->value->count);
}

static const char *step(struct hashing *h, struct frame *frame)
{
    const size_t next = frame->next++;
    if (frame->type == NULL)
        return take(h, frame, frame->element_type, frame->of_struct, &frame->value->items[next]);
    const struct field *field = &frame->type->fields[next];
    return take(h, frame, field->type, field->of_struct, typed_find(frame->value, field->name));
}

static const char *hash_struct(struct hashing *h, mm_hash32 *out, size_t index,
                               const struct json *value)
{
    h->depth = 0;
    const char *reason = push_struct(h, index, value);
    while (reason == NULL) {
        struct frame *frame = &h->frames[h->depth - 1];
        if (!is_finished(frame)) {
            reason = step(h, frame);
            continue;
        }
        *out = keccak_final(&frame->k);
        if (--h->depth == 0)
            return NULL;
        keccak_update(&h->frames[h->depth - 1].k, mm_bytes_hash(out));
    }
    return reason;
}

/* ---- the digest ---- */

static const char *digest_of(struct hashing *h, mm_hash32 *digest, const struct json *data)
{
    const struct json *primary = json_find(data, "primaryType");
    const struct json *domain = json_find(data, "domain");
    const struct json *message = json_find(data, "message");
    const size_t domain_type = find_type(h->t, MM_BYTES_LIT("EIP712Domain"));
    if (primary == NULL || primary->kind != JSON_STRING)
        return "primaryType is missing";
    if (domain == NULL)
        return "domain is missing";
    if (domain_type == NONE)
        return "types have no EIP712Domain";
    const size_t primary_type = find_type(h->t, primary->text);
    if (primary_type == NONE)
        return "primaryType is none of the types";
    struct {
        uint8_t prefix[2];
        mm_hash32 hashes[2];
    } signed_data = { .prefix = { 0x19, 0x01 } };
    _Static_assert(sizeof signed_data == 2 + 2 * 32, "bytes alone");
    const char *reason = hash_struct(h, &signed_data.hashes[0], domain_type, domain);
    if (reason != NULL)
        return reason;
    /* A signature of the domain alone has no second hash. */
    if (primary_type == domain_type) {
        *digest = keccak256(mm_bytes_from(&signed_data, sizeof signed_data - sizeof(mm_hash32)));
        return NULL;
    }
    if (message == NULL)
        return "message is missing";
    reason = hash_struct(h, &signed_data.hashes[1], primary_type, message);
    if (reason == NULL)
        *digest = keccak256(mm_bytes_from(&signed_data, sizeof signed_data));
    return reason;
}

const char *typed_data_digest(struct mm_arena *arena, mm_hash32 *digest, const struct json *data)
{
    *digest = (mm_hash32){ { 0 } };
    if (data->kind != JSON_OBJECT)
        return "typed data is not an object";
    struct typed *t = MM_ARENA_NEW(arena, struct typed);
    struct hashing *h = MM_ARENA_NEW(arena, struct hashing);
    if (t == NULL || h == NULL)
        return "out of memory";
    t->arena = arena;
    h->t = t;
    const char *reason = read_types(t, json_find(data, "types"));
    return reason == NULL ? digest_of(h, digest, data) : reason;
}
