#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum {
    TOKEN_KEY_BYTES = 20 + 32,
    PART_KEY_BYTES = TOKEN_KEY_BYTES + 1 + 8, /* of another part than the metadata */
    TOKEN_HEAD_BYTES = 1 + 2,                 /* whether it is read, length of the URI */
    TOKEN_VALUE_MAX =
        TOKEN_HEAD_BYTES + CONTENT_URI_MAX + CONTENT_TOKEN_ROOTS_MAX * (1 + CID_BYTES_MAX),
    FOLLOW_ROW_BYTES = 32 + 32 + 8,
    UNREAD_PREFIX_BYTES = 7,
};
_Static_assert((int)PART_KEY_BYTES <= (int)CONTENT_OWNER_MAX, "a token can own a pin");
_Static_assert(CID_BYTES_MAX < 256, "a CID's length is a byte");

struct token_key {
    uint8_t bytes[UNREAD_PREFIX_BYTES + PART_KEY_BYTES]; /* "unread/", then the key in cref */
    size_t len;                                          /* of that key */
};

static struct token_key token_key_of(const struct content_token *token)
{
    struct token_key key;
    memcpy(key.bytes, "unread/", UNREAD_PREFIX_BYTES);
    memcpy(key.bytes + UNREAD_PREFIX_BYTES, token->contract.b, 20);
    memcpy(key.bytes + UNREAD_PREFIX_BYTES + 20, token->token_id.b, 32);
    key.len = TOKEN_KEY_BYTES;
    if (token->part == CONTENT_PART_METADATA)
        return key;
    uint8_t *part = key.bytes + UNREAD_PREFIX_BYTES + TOKEN_KEY_BYTES;
    part[0] = (uint8_t)token->part;
    mm_put_be64(part + 1, token->number);
    key.len = PART_KEY_BYTES;
    return key;
}

static mm_bytes in_unread(const struct token_key *key)
{
    return (mm_bytes){ key->bytes, UNREAD_PREFIX_BYTES + key->len };
}

static mm_bytes in_cref(const struct token_key *key)
{
    return (mm_bytes){ key->bytes + UNREAD_PREFIX_BYTES, key->len };
}

/* False: no key of a token or a part. */
static bool decode_key(struct content_token *token, mm_bytes key)
{
    *token = (struct content_token){ .part = CONTENT_PART_METADATA };
    if (key.len != TOKEN_KEY_BYTES && key.len != PART_KEY_BYTES)
        return false;
    memcpy(token->contract.b, key.ptr, 20);
    memcpy(token->token_id.b, key.ptr + 20, 32);
    if (key.len == TOKEN_KEY_BYTES)
        return true;
    const uint8_t part = key.ptr[TOKEN_KEY_BYTES];
    if (part == CONTENT_PART_METADATA || part >= CONTENT_PARTS)
        return false;
    token->part = (enum content_part)part;
    token->number = mm_get_be64(key.ptr + TOKEN_KEY_BYTES + 1);
    return true;
}

bool content_pin_token(struct content_token *token, const struct content_pin *pin)
{
    *token = (struct content_token){ .contract = { { 0 } } };
    return pin->kind == CONTENT_PIN_CHAIN && decode_key(token, pin->owner);
}

/* ---- rows ---- */

/* is read 1 | length of the URI 2 | URI | CIDs one behind the other, each after its length */
static mm_err decode_token(struct content_token_record *out, mm_bytes value)
{
    if (value.len < TOKEN_HEAD_BYTES)
        return MM_ERR_CORRUPT;
    out->is_read = value.ptr[0] != 0;
    out->uri_len = (size_t)value.ptr[1] << 8 | value.ptr[2];
    if (out->uri_len > CONTENT_URI_MAX || out->uri_len > value.len - TOKEN_HEAD_BYTES)
        return MM_ERR_CORRUPT;
    memcpy(out->uri, value.ptr + TOKEN_HEAD_BYTES, out->uri_len);
    out->uri[out->uri_len] = '\0';
    for (size_t at = TOKEN_HEAD_BYTES + out->uri_len; at < value.len;) {
        const size_t len = value.ptr[at++];
        if (len > value.len - at || out->count == CONTENT_TOKEN_ROOTS_MAX ||
            cid_decode(&out->roots[out->count], (mm_bytes){ value.ptr + at, len }) != CID_OK)
            return MM_ERR_CORRUPT;
        at += len;
        out->count++;
    }
    return MM_OK;
}

static void clear(struct content_token_record *out)
{
    out->uri[0] = '\0';
    out->uri_len = 0;
    out->count = 0;
    out->is_read = false;
}

mm_err content_token_get(struct content *content, struct content_token_record *out,
                         const struct content_token *token)
{
    clear(out);
    const struct token_key key = token_key_of(token);
    struct mm_buf value;
    mm_buf_init(&value, TOKEN_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_CREF, in_cref(&key), &value);
    if (err == MM_OK)
        err = decode_token(out, mm_buf_bytes(&value));
    mm_buf_fini(&value);
    if (err != MM_OK)
        clear(out);
    return err;
}

static void put_token_row(struct kv_batch *batch, const struct token_key *key,
                          const struct content_token_needs *needs)
{
    uint8_t value[TOKEN_VALUE_MAX];
    value[0] = needs->is_read;
    value[1] = (uint8_t)(needs->uri.len >> 8);
    value[2] = (uint8_t)needs->uri.len;
    size_t at = TOKEN_HEAD_BYTES;
    if (needs->uri.len > 0)
        memcpy(value + at, needs->uri.ptr, needs->uri.len);
    at += needs->uri.len;
    for (size_t i = 0; i < needs->count; i++) {
        const size_t len = cid_encode(value + at + 1, &needs->roots[i]);
        value[at] = (uint8_t)len;
        at += 1 + len;
    }
    kv_batch_put(batch, FAMILY_CREF, in_cref(key), (mm_bytes){ value, at });
    if (needs->is_read)
        kv_batch_del(batch, FAMILY_META, in_unread(key));
    else
        kv_batch_put(batch, FAMILY_META, in_unread(key), MM_BYTES_LIT(""));
}

/* ---- put ---- */

static bool names(const struct content_token_needs *needs, const struct cid *root)
{
    for (size_t i = 0; needs != NULL && i < needs->count; i++)
        if (cid_same_block(&needs->roots[i], root))
            return true;
    return false;
}

/* Pins of roots that the token named before and does not name now. */
static void release_old(struct kv_batch *batch, struct content_pin *pin,
                        const struct content_token_record *old,
                        const struct content_token_needs *needs)
{
    for (size_t i = 0; i < old->count; i++) {
        pin->root = old->roots[i];
        if (names(needs, &pin->root))
            continue;
        if (pin->expires_ms != 0)
            store_put_pin(batch, pin);
        else
            store_del_pin(batch, pin);
    }
}

/* The caller holds the lock. */
static mm_err hold_new(struct content *content, struct kv_batch *batch, struct content_pin *pin,
                       const struct content_token_needs *needs)
{
    for (size_t i = 0; i < needs->count; i++) {
        pin->root = needs->roots[i];
        store_put_pin(batch, pin);
        store_tell_collection(content, batch, pin);
        struct content_root known;
        const mm_err found = content_root_get(content, &known, &pin->root);
        if (found == MM_ERR_NOT_FOUND)
            store_put_root(batch,
                           &(struct content_root){ .cid = pin->root, .state = CONTENT_ROOT_WANT });
        else if (found != MM_OK)
            return found;
    }
    return MM_OK;
}

static mm_err fill_token_batch(struct content *content, struct kv_batch *batch,
                               const struct content_token *token,
                               const struct content_token_needs *needs, uint64_t old_expires_ms)
{
    const struct token_key key = token_key_of(token);
    struct content_pin pin = { .kind = CONTENT_PIN_CHAIN,
                               .depth = CONTENT_PIN_RECURSIVE,
                               .owner = in_cref(&key),
                               .expires_ms = old_expires_ms };
    struct content_token_record old;
    const mm_err err = content_token_get(content, &old, token);
    if (err != MM_OK && err != MM_ERR_NOT_FOUND)
        return err;
    const bool is_stale =
        needs != NULL && needs->is_read &&
        (err != MM_OK || !mm_bytes_equal(needs->uri, mm_bytes_from(old.uri, old.uri_len)));
    if (is_stale)
        return MM_OK;
    release_old(batch, &pin, &old, needs);
    if (needs == NULL) {
        kv_batch_del(batch, FAMILY_CREF, in_cref(&key));
        kv_batch_del(batch, FAMILY_META, in_unread(&key));
        return MM_OK;
    }
    pin.expires_ms = 0;
    MM_TRY(hold_new(content, batch, &pin, needs));
    put_token_row(batch, &key, needs);
    return MM_OK;
}

static mm_err check(const struct content_token_needs *needs)
{
    if (needs == NULL)
        return MM_OK;
    if (needs->count > CONTENT_TOKEN_ROOTS_MAX || needs->uri.len > CONTENT_URI_MAX)
        return MM_ERR_LIMIT;
    for (size_t i = 0; i < needs->count; i++)
        if (!multihash_is_supported(&needs->roots[i].hash))
            return MM_ERR_INVALID;
    return MM_OK;
}

mm_err content_token_put(struct content *content, const struct content_token *token,
                         const struct content_token_needs *needs, uint64_t old_expires_ms)
{
    MM_TRY(check(needs));
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_lock(content);
    mm_err err = fill_token_batch(content, batch, token, needs, old_expires_ms);
    if (err == MM_OK)
        err = kv_write(content->kv, batch, KV_BUFFERED);
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}

/* ---- all of them ---- */

struct content_tokens {
    struct kv_iter *iter; /* owned */
    size_t prefix_len;    /* of the keys: 0, or that of "unread/" */
};

struct content_tokens *content_tokens_new(struct content *content, enum content_tokens_which which,
                                          const struct content_token *after)
{
    struct content_tokens *tokens = mm_heap_zeroed(1, sizeof *tokens);
    if (tokens == NULL)
        return NULL;
    const bool unread = which == CONTENT_TOKENS_UNREAD;
    tokens->prefix_len = unread ? (size_t)UNREAD_PREFIX_BYTES : 0;
    tokens->iter = kv_iter_new(content->kv, NULL, unread ? FAMILY_META : FAMILY_CREF);
    if (tokens->iter == NULL) {
        mm_heap_free(tokens);
        return NULL;
    }
    const struct content_token first = { .contract = { { 0 } } };
    const struct token_key key = token_key_of(after == NULL ? &first : after);
    const mm_bytes from = unread ? in_unread(&key) : in_cref(&key);
    kv_iter_seek(tokens->iter, from);
    if (after != NULL && kv_iter_valid(tokens->iter) &&
        mm_bytes_equal(kv_iter_key(tokens->iter), from))
        kv_iter_next(tokens->iter);
    return tokens;
}

void content_tokens_free(struct content_tokens *tokens)
{
    if (tokens == NULL)
        return;
    kv_iter_free(tokens->iter);
    mm_heap_free(tokens);
}

mm_err content_tokens_next(struct content_tokens *tokens, struct content_token *token)
{
    *token = (struct content_token){ .contract = { { 0 } } };
    if (!kv_iter_valid(tokens->iter)) {
        MM_TRY(kv_iter_err(tokens->iter));
        return MM_ERR_NOT_FOUND;
    }
    const mm_bytes key = kv_iter_key(tokens->iter);
    if (key.len < tokens->prefix_len || memcmp(key.ptr, "unread/", tokens->prefix_len) != 0 ||
        !decode_key(token,
                    mm_bytes_from(key.ptr + tokens->prefix_len, key.len - tokens->prefix_len)))
        return MM_ERR_NOT_FOUND;
    kv_iter_next(tokens->iter);
    return MM_OK;
}

/* ---- how far the chain was followed ---- */

mm_err content_follow_put(struct content *content, const struct content_follow *follow)
{
    uint8_t row[FOLLOW_ROW_BYTES];
    memcpy(row, follow->genesis.b, 32);
    memcpy(row + 32, follow->block.b, 32);
    mm_put_be64(row + 64, follow->block_num);
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    kv_batch_put(batch, FAMILY_META, MM_BYTES_LIT("followed"), MM_BYTES_OF(row));
    const mm_err err = store_write(content, batch, KV_SYNCED);
    kv_batch_free(batch);
    return err;
}

mm_err content_follow_get(struct content *content, struct content_follow *follow)
{
    *follow = (struct content_follow){ .block_num = 0 };
    uint8_t row[FOLLOW_ROW_BYTES];
    MM_TRY(store_get_small(content, row, sizeof row, FAMILY_META, MM_BYTES_LIT("followed")));
    memcpy(follow->genesis.b, row, 32);
    memcpy(follow->block.b, row + 32, 32);
    follow->block_num = mm_get_be64(row + 64);
    return MM_OK;
}
