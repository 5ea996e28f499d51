#include "rpc/transcript/transcript.h"

#include "state/codec/hex.h"

/* ---- writing ---- */

static void add_hex(struct json_writer *w, const char *key, mm_bytes bytes)
{
    json_key(w, key);
    json_add_data(w, bytes);
}

static void add_u64(struct json_writer *w, const char *key, uint64_t number)
{
    json_key(w, key);
    json_add_u64(w, number);
}

void talk_write_reply(struct json_writer *w, const struct talk_reply *reply)
{
    json_open_object(w);
    add_hex(w, "asker", mm_bytes_addr(&reply->asker));
    add_u64(w, "block", reply->block_num);
    add_u64(w, "specVersion", reply->spec_version);
    add_hex(w, "promptHash", mm_bytes_hash(&reply->prompt_hash));
    add_hex(w, "replyHash", mm_bytes_hash(&reply->reply_hash));
    add_hex(w, "signature", MM_BYTES_OF(reply->signature));
    json_close_object(w);
}

void talk_write_message(struct json_writer *w, const struct talk_message *message)
{
    json_open_object(w);
    json_key(w, "role");
    json_add_text(w, message->role == TALK_USER ? "user" : "assistant");
    json_key(w, "content");
    json_add_string(w, message->content);
    if (message->has_reply) {
        json_key(w, "ainft");
        talk_write_reply(w, &message->reply);
    }
    json_close_object(w);
}

void transcript_write(struct mm_buf *out, const struct transcript *transcript)
{
    struct json_writer writer = json_writer_over(out);
    struct json_writer *w = &writer;
    char token[U256_DECIMAL_MAX + 1];
    u256_to_decimal(token, &transcript->token);
    json_open_object(w);
    json_key(w, "schema");
    json_add_text(w, "ainft-transcript/1");
    add_u64(w, "chainId", transcript->chain_id);
    add_hex(w, "collection", mm_bytes_addr(&transcript->collection));
    json_key(w, "tokenId");
    json_add_text(w, token);
    add_hex(w, "author", mm_bytes_addr(&transcript->author));
    json_key(w, "specification");
    json_open_object(w);
    json_key(w, "uri");
    json_add_string(w, transcript->spec_uri);
    add_u64(w, "version", transcript->spec_version);
    add_hex(w, "digest", mm_bytes_hash(&transcript->spec_digest));
    json_close_object(w);
    json_key(w, "messages");
    json_open_array(w);
    for (size_t i = 0; i < transcript->talk.count; i++)
        talk_write_message(w, &transcript->talk.messages[i]);
    json_close_array(w);
    add_hex(w, "salt", mm_bytes_hash(&transcript->salt));
    json_close_object(w);
}

/* ---- reading ---- */

static bool fail(struct mm_reason *reason, const char *what)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "%s", what);
    return false;
}

static bool read_hex(uint8_t *out, size_t len, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_fixed(out, len, value->text);
}

static bool read_u64(uint64_t *out, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && json_u64(out, value);
}

static bool read_reply(struct talk_reply *out, const struct json *object)
{
    return object->kind == JSON_OBJECT &&
           read_hex(out->asker.b, sizeof out->asker.b, object, "asker") &&
           read_u64(&out->block_num, object, "block") &&
           read_u64(&out->spec_version, object, "specVersion") &&
           read_hex(out->prompt_hash.b, sizeof out->prompt_hash.b, object, "promptHash") &&
           read_hex(out->reply_hash.b, sizeof out->reply_hash.b, object, "replyHash") &&
           read_hex(out->signature, sizeof out->signature, object, "signature");
}

/* A text, or the list of text parts that some clients make of one. */
static bool read_content(struct mm_arena *arena, mm_bytes *out, const struct json *value,
                         struct mm_reason *reason)
{
    *out = (mm_bytes){ 0 };
    if (value != NULL && value->kind == JSON_STRING) {
        *out = value->text;
        return true;
    }
    if (value == NULL || value->kind != JSON_ARRAY)
        return fail(reason, "content: must be a text");
    size_t len = 0;
    for (size_t i = 0; i < value->count; i++) {
        const struct json *type = json_find(&value->items[i], "type");
        const struct json *text = json_find(&value->items[i], "text");
        if (type == NULL || !json_is_text(type, "text") || text == NULL ||
            text->kind != JSON_STRING)
            return fail(reason, "content: parts must be texts; there are no pictures or sounds");
        len += text->text.len;
    }
    uint8_t *joined = mm_arena_alloc(arena, len);
    if (joined == NULL)
        return fail(reason, "out of memory");
    size_t at = 0;
    for (size_t i = 0; i < value->count; i++) {
        const mm_bytes text = json_find(&value->items[i], "text")->text;
        memcpy(joined + at, text.ptr, text.len);
        at += text.len;
    }
    *out = mm_bytes_from(joined, len);
    return true;
}

static bool read_message(struct mm_arena *arena, struct talk_message *out,
                         const struct json *object, struct mm_reason *reason)
{
    const struct json *role = json_find(object, "role");
    const struct json *reply = json_find(object, "ainft");
    *out = (struct talk_message){ .role = TALK_USER };
    if (role != NULL && json_is_text(role, "assistant"))
        out->role = TALK_ASSISTANT;
    else if (role == NULL || !json_is_text(role, "user"))
        return fail(reason, "role: must be user or assistant; the token's specification has its "
                            "instructions");
    if (!read_content(arena, &out->content, json_find(object, "content"), reason))
        return false;
    if (out->content.len == 0 && out->role == TALK_USER)
        return fail(reason, "content: is empty");
    if (out->content.len > TALK_CONTENT_BYTES_MAX)
        return fail(reason, "content: a message has at most 8192 bytes");
    if (reply == NULL || reply->kind == JSON_NULL)
        return true;
    out->has_reply = true;
    if (out->role != TALK_ASSISTANT || !read_reply(&out->reply, reply))
        return fail(reason, "ainft: must be what came with a reply");
    return true;
}

bool talk_read(struct mm_arena *arena, struct talk *out, const struct json *list,
               struct mm_reason *reason)
{
    *out = (struct talk){ 0 };
    if (list == NULL || list->kind != JSON_ARRAY || list->count == 0)
        return fail(reason, "messages: must be a list, and not empty");
    if (list->count > TALK_MESSAGES_MAX)
        return fail(reason, "messages: more than 200");
    struct talk_message *messages = MM_ARENA_ARRAY(arena, struct talk_message, list->count);
    if (messages == NULL)
        return fail(reason, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        if (!read_message(arena, &messages[i], &list->items[i], reason))
            return false;
    }
    *out = (struct talk){ messages, list->count };
    return true;
}

static bool read_specification(struct transcript *out, const struct json *object)
{
    const struct json *uri = object == NULL ? NULL : json_find(object, "uri");
    if (uri == NULL || uri->kind != JSON_STRING || uri->text.len > TRANSCRIPT_URI_BYTES_MAX)
        return false;
    out->spec_uri = uri->text;
    return read_u64(&out->spec_version, object, "version") &&
           read_hex(out->spec_digest.b, sizeof out->spec_digest.b, object, "digest");
}

bool transcript_read(struct mm_arena *arena, struct transcript *out, mm_bytes text,
                     struct mm_reason *reason)
{
    const struct json_options options = { .unique_keys = true };
    struct json root;
    struct transcript read = { 0 };
    *out = (struct transcript){ 0 };
    if (text.len > TRANSCRIPT_BYTES_MAX)
        return fail(reason, "a transcript has at most 1 MiB");
    if (json_parse(arena, &root, text, &options, reason) != JSON_OK)
        return false;
    const struct json *schema = json_find(&root, "schema");
    const struct json *token = json_find(&root, "tokenId");
    if (schema == NULL || !json_is_text(schema, "ainft-transcript/1"))
        return fail(reason, "schema: must be \"ainft-transcript/1\"");
    if (token == NULL || token->kind != JSON_STRING || !u256_from_decimal(&read.token, token->text))
        return fail(reason, "tokenId: must be a decimal number, as a text");
    if (!read_u64(&read.chain_id, &root, "chainId") ||
        !read_hex(read.collection.b, sizeof read.collection.b, &root, "collection") ||
        !read_hex(read.author.b, sizeof read.author.b, &root, "author") ||
        !read_hex(read.salt.b, sizeof read.salt.b, &root, "salt"))
        return fail(reason, "chainId, collection, author or salt is not what it must be");
    if (!read_specification(&read, json_find(&root, "specification")))
        return fail(reason, "specification: must have uri, version and digest");
    if (!talk_read(arena, &read.talk, json_find(&root, "messages"), reason))
        return false;
    *out = read;
    return true;
}
