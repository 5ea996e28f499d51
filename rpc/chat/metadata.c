/* metadata.json: the file at a token's URI, with what the chain says of the token in it, so that what shows NFTs shows the living one.
 *
 *     the file     {"name": "Cat", "image": "ipfs://…", "attributes": [{"trait_type": "level", "value": 1}, {"trait_type": "fur", …}]}
 *     the chain    level = 4, mood = "calm"
 *     together     {"name": "Cat", "image": "ipfs://…", "attributes": [level 4, fur, mood], "ainft": {specification, history, owner, block}}
 *
 * What both say, the chain decides (ERC-7496); what the file says of a trait besides, how to show it, stays. Without a file that can be
 * read there is what the chain says, and a name. */
#include <stdio.h>

#include "rpc/chat/chat_internal.h"
#include "state/codec/hex.h"

enum { METADATA_FILE_BYTES_MAX = 256 << 10, METADATA_BYTES_MAX = 1 << 20 };

static bool is_ours(mm_bytes key)
{
    return mm_bytes_equal(key, MM_BYTES_LIT("attributes")) ||
           mm_bytes_equal(key, MM_BYTES_LIT("ainft"));
}

static mm_bytes trait_of(const struct json *attribute)
{
    const struct json *name = json_find(attribute, "trait_type");
    return name == NULL || name->kind != JSON_STRING ? (mm_bytes){ 0 } : name->text;
}

/* The attribute of that trait in a list; NULL: there is none, or no list. */
static const struct json *find_trait(const struct json *list, mm_bytes trait)
{
    for (size_t i = 0; trait.len > 0 && list != NULL && list->kind == JSON_ARRAY && i < list->count;
         i++) {
        if (mm_bytes_equal(trait_of(&list->items[i]), trait))
            return &list->items[i];
    }
    return NULL;
}

/* The file's attribute, with the chain's value where the chain has one. */
static void add_attribute(struct json_writer *w, const struct json *attribute,
                          const struct json *chain)
{
    const struct json *ours = find_trait(chain, trait_of(attribute));
    if (ours == NULL) {
        json_add_value(w, attribute);
        return;
    }
    json_open_object(w);
    for (size_t i = 0; i < attribute->count; i++) {
        const struct json_member *member = &attribute->members[i];
        if (mm_bytes_equal(member->key, MM_BYTES_LIT("value")))
            continue;
        json_key_bytes(w, member->key);
        json_add_value(w, &member->value);
    }
    json_key(w, "value");
    json_add_value(w, json_find(ours, "value"));
    json_close_object(w);
}

static void add_attributes(struct json_writer *w, const struct json *file,
                           const struct json *metadata)
{
    const struct json *theirs = json_find(file, "attributes");
    const struct json *chain = json_find(metadata, "attributes");
    json_key(w, "attributes");
    json_open_array(w);
    for (size_t i = 0; theirs != NULL && theirs->kind == JSON_ARRAY && i < theirs->count; i++)
        add_attribute(w, &theirs->items[i], chain);
    for (size_t i = 0; chain != NULL && i < chain->count; i++) {
        if (find_trait(theirs, trait_of(&chain->items[i])) == NULL)
            json_add_value(w, &chain->items[i]);
    }
    json_close_array(w);
}

static void add_chain(struct json_writer *w, const struct json *metadata)
{
    json_key(w, "ainft");
    json_open_object(w);
    for (size_t i = 0; i < metadata->count; i++) {
        if (is_ours(metadata->members[i].key))
            continue;
        json_key_bytes(w, metadata->members[i].key);
        json_add_value(w, &metadata->members[i].value);
    }
    json_close_object(w);
}

/* An object at the token's URI, else an empty one. */
static struct json read_file(struct chat_request *r, const struct json *metadata)
{
    const struct json *uri = json_find(metadata, "tokenURI");
    struct mm_reason reason;
    struct json file = { .kind = JSON_NULL };
    mm_bytes text;
    if (uri == NULL || uri->kind != JSON_STRING ||
        !chat_file_read_uri(r->chat, &r->arena, &text, uri->text, METADATA_FILE_BYTES_MAX,
                            &reason) ||
        json_parse(&r->arena, &file, text, NULL, NULL) != JSON_OK || file.kind != JSON_OBJECT)
        return (struct json){ .kind = JSON_OBJECT };
    return file;
}

static void add_name(struct json_writer *w, const struct chat_request *r)
{
    char name[U256_DECIMAL_MAX + 2] = "#";
    u256_to_decimal(name + 1, &r->token);
    json_key(w, "name");
    json_add_text(w, name);
}

void chat_metadata(struct chat_request *r)
{
    struct mm_reason reason = { .text = "" };
    struct json metadata;
    struct mm_buf out;
    if (!chat_ask_metadata(r->chat, &r->arena, &metadata, &r->collection, &r->token, UINT64_MAX,
                           &reason)) {
        (void)chat_fail(r, 404, "token_not_found", "%s", reason.text);
        return;
    }
    const struct json file = read_file(r, &metadata);
    mm_buf_init(&out, METADATA_BYTES_MAX);
    struct json_writer w = json_writer_over(&out);
    json_open_object(&w);
    if (json_find(&file, "name") == NULL)
        add_name(&w, r);
    for (size_t i = 0; i < file.count; i++) {
        if (is_ours(file.members[i].key))
            continue;
        json_key_bytes(&w, file.members[i].key);
        json_add_value(&w, &file.members[i].value);
    }
    add_attributes(&w, &file, &metadata);
    add_chain(&w, &metadata);
    json_close_object(&w);
    chat_answer_json(r, &out);
}
