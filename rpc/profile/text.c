#include "rpc/profile/text.h"

#include <stdio.h>

#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "state/crypto/address.h"

/* ---- what is sent ---- */

static bool read_number(mm_u256 *out, const struct json *value)
{
    if (value == NULL || (value->kind != JSON_NUMBER && value->kind != JSON_STRING))
        return false;
    return u256_from_decimal(out, value->text) ||
           (value->kind == JSON_STRING && hex_read_u256(out, value->text));
}

bool profile_read(struct mm_arena *arena, struct content_claim *claim, mm_bytes body)
{
    struct json value;
    mm_u256 chain;
    mm_u256 token;
    *claim = (struct content_claim){ .chain_id = 0 };
    if (json_parse(arena, &value, body, &(struct json_options){ .unique_keys = true }, NULL) !=
        JSON_OK)
        return false;
    const struct json *collection = json_find(&value, "collection");
    if (!read_number(&chain, json_find(&value, "chain")) || !u256_fits_u64(&chain) ||
        !read_number(&token, json_find(&value, "token")) || collection == NULL ||
        collection->kind != JSON_STRING ||
        address_from_text(&claim->token.contract, collection->text) != ADDRESS_OK)
        return false;
    claim->chain_id = chain.limb[0];
    claim->token.token_id = u256_to_hash(&token);
    return true;
}

/* ---- what is answered ---- */

static void add_text(struct json_writer *w, const char *key, const char *value)
{
    json_key(w, key);
    json_add_text(w, value);
}

static void add_bytes(struct json_writer *w, const char *key, mm_bytes value)
{
    json_key(w, key);
    if (value.len > 0)
        json_add_string(w, value);
    else
        json_add_null(w);
}

static void add_token(struct json_writer *w, const struct content_claim *claim)
{
    char collection[ADDRESS_TEXT + 1];
    char token[U256_DECIMAL_MAX + 1];
    char asset[LOOK_ASSET_TEXT_MAX + 1];
    const mm_u256 number = u256_from_hash(&claim->token.token_id);
    address_to_text(collection, &claim->token.contract);
    (void)u256_to_decimal(token, &number);
    look_asset_text(asset, claim);
    json_key(w, "chain");
    json_add_u64(w, claim->chain_id);
    add_text(w, "collection", collection);
    add_text(w, "token", token);
    add_text(w, "asset", asset);
}

static void add_block(struct json_writer *w, const struct look *look)
{
    json_key(w, "block");
    json_open_object(w);
    json_key(w, "number");
    json_add_u64(w, look->block_num);
    json_key(w, "hash");
    json_add_data(w, mm_bytes_hash(&look->block_hash));
    json_close_object(w);
}

static void add_verified(struct json_writer *w, const struct profile_text *text,
                         const char *address)
{
    const struct look *look = text->look;
    char cid[CID_TEXT_MAX + 1];
    char path[CID_TEXT_MAX + 64];
    (void)cid_to_text(cid, &look->picture, MULTIBASE_BASE32);
    json_open_object(w);
    add_token(w, text->claim);
    add_bytes(w, "name", look->name);
    add_bytes(w, "tokenURI", look->token_uri);
    add_bytes(w, "image", look->image);
    add_text(w, "cid", cid);
    (void)snprintf(path, sizeof path, "/ipfs/%s", cid);
    add_text(w, "gatewayPath", path);
    add_text(w, "type", filetype_media_type(look->type));
    json_key(w, "bytes");
    json_add_u64(w, look->bytes);
    (void)snprintf(path, sizeof path, "/avatar/%s?verified=1", address);
    add_text(w, "picture", path);
    add_block(w, look);
    json_close_object(w);
}

static void add_was(struct json_writer *w, const struct profile_text *text)
{
    json_open_object(w);
    add_token(w, text->claim);
    add_text(w, "reason", look_verdict_word(text->look->verdict));
    add_text(w, "text", look_verdict_text(text->look->verdict));
    if (text->look->verdict != LOOK_OTHER_CHAIN) /* of which no block was asked */
        add_block(w, text->look);
    json_close_object(w);
}

void profile_write(struct mm_buf *out, const struct profile_text *text)
{
    struct json_writer w = json_writer_over(out);
    char address[ADDRESS_TEXT + 1];
    char avatar[ADDRESS_TEXT + 16];
    const bool is_verified = text->claim != NULL && text->look->verdict == LOOK_OK;
    address_to_text(address, text->addr);
    (void)snprintf(avatar, sizeof avatar, "/avatar/%s", address);
    json_open_object(&w);
    add_text(&w, "address", address);
    json_key(&w, "verified");
    if (is_verified)
        add_verified(&w, text, address);
    else
        json_add_null(&w);
    json_key(&w, "was");
    if (text->claim != NULL && !is_verified)
        add_was(&w, text);
    else
        json_add_null(&w);
    json_key(&w, "avatar");
    if (text->has_avatar)
        json_add_text(&w, avatar);
    else
        json_add_null(&w);
    json_close_object(&w);
    mm_buf_add_text(out, "\n");
}
