#include "rpc/transcript/seal.h"

#include <sodium.h>

#include "rpc/transcript/typed.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/crypto/personal.h"

_Static_assert(SEAL_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "X25519");
_Static_assert(SEAL_KEY_BYTES == crypto_box_SECRETKEYBYTES, "X25519");
_Static_assert(SEAL_KEY_BYTES == crypto_box_SEEDBYTES, "a hash is a seed");

enum { SEALED_BYTES = crypto_secretbox_KEYBYTES + crypto_box_SEALBYTES };

void seal_random(mm_hash32 *out)
{
    randombytes_buf(out->b, sizeof out->b);
}

void seal_keys_of(struct seal_keys *keys, const uint8_t signature[SECP_SIGNATURE_BYTES])
{
    /* Without v, which wallets write in two ways. */
    mm_hash32 seed = keccak256(mm_bytes_from(signature, SECP_SIGNATURE_BYTES - 1));
    (void)crypto_box_seed_keypair(keys->public_key.b, keys->secret_key, seed.b);
    sodium_memzero(&seed, sizeof seed);
}

void seal_keys_for(struct seal_keys *keys, const struct secp_secret *secret)
{
    uint8_t signature[SECP_SIGNATURE_BYTES];
    const mm_hash32 digest = personal_digest(MM_BYTES_LIT(SEAL_KEY_TEXT));
    typed_sign(signature, secret, &digest);
    seal_keys_of(keys, signature);
    sodium_memzero(signature, sizeof signature);
}

void seal_keys_wipe(struct seal_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}

/* ---- sealing ---- */

static void add_hex(struct json_writer *w, const char *key, mm_bytes bytes)
{
    json_key(w, key);
    json_add_data(w, bytes);
}

static mm_err add_reader(struct json_writer *w, const mm_hash32 *reader,
                         const uint8_t key[crypto_secretbox_KEYBYTES])
{
    uint8_t sealed[SEALED_BYTES];
    if (crypto_box_seal(sealed, key, crypto_secretbox_KEYBYTES, reader->b) != 0)
        return MM_ERR_INVALID;
    json_open_object(w);
    add_hex(w, "to", mm_bytes_hash(reader));
    add_hex(w, "sealed", MM_BYTES_OF(sealed));
    json_close_object(w);
    return MM_OK;
}

mm_err seal_write(struct mm_buf *out, struct mm_arena *arena, mm_bytes transcript,
                  const mm_hash32 *readers, size_t reader_count)
{
    struct json_writer w = json_writer_over(out);
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t nonce[crypto_secretbox_NONCEBYTES];
    const size_t box_len = transcript.len + crypto_secretbox_MACBYTES;
    const mm_hash32 commitment = keccak256(transcript);
    uint8_t *box = mm_arena_alloc(arena, box_len);
    mm_err err = MM_OK;
    if (box == NULL)
        return MM_ERR_NO_MEMORY;
    crypto_secretbox_keygen(key);
    randombytes_buf(nonce, sizeof nonce);
    (void)crypto_secretbox_easy(box, transcript.ptr, transcript.len, nonce, key);
    json_open_object(&w);
    json_key(&w, "schema");
    json_add_text(&w, "ainft-sealed/1");
    add_hex(&w, "commitment", mm_bytes_hash(&commitment));
    add_hex(&w, "nonce", MM_BYTES_OF(nonce));
    add_hex(&w, "box", mm_bytes_from(box, box_len));
    json_key(&w, "keys");
    json_open_array(&w);
    for (size_t i = 0; i < reader_count && err == MM_OK; i++)
        err = add_reader(&w, &readers[i], key);
    json_close_array(&w);
    json_close_object(&w);
    sodium_memzero(key, sizeof key);
    return err == MM_OK ? mm_buf_err(out) : err;
}

/* ---- opening ---- */

static bool read_hex(uint8_t *out, size_t len, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_fixed(out, len, value->text);
}

static bool read_envelope(struct mm_arena *arena, struct json *root, mm_bytes envelope)
{
    const struct json_options options = { .unique_keys = true };
    if (json_parse(arena, root, envelope, &options, NULL) != JSON_OK)
        return false;
    const struct json *schema = json_find(root, "schema");
    return schema != NULL && json_is_text(schema, "ainft-sealed/1");
}

bool seal_commitment(struct mm_arena *arena, mm_hash32 *out, mm_bytes envelope)
{
    struct json root;
    return read_envelope(arena, &root, envelope) &&
           read_hex(out->b, sizeof out->b, &root, "commitment");
}

/* The key of the box, from what was sealed to us. */
static mm_err find_key(uint8_t key[crypto_secretbox_KEYBYTES], const struct json *list,
                       const struct seal_keys *keys)
{
    for (size_t i = 0; list != NULL && i < list->count && list->kind == JSON_ARRAY; i++) {
        uint8_t sealed[SEALED_BYTES];
        mm_hash32 to;
        if (!read_hex(to.b, sizeof to.b, &list->items[i], "to") ||
            !mm_hash_equal(&to, &keys->public_key))
            continue;
        if (!read_hex(sealed, sizeof sealed, &list->items[i], "sealed"))
            return MM_ERR_INVALID;
        return crypto_box_seal_open(key, sealed, sizeof sealed, keys->public_key.b,
                                    keys->secret_key) == 0
                   ? MM_OK
                   : MM_ERR_CRYPTO;
    }
    return MM_ERR_NOT_FOUND;
}

mm_err seal_open(struct mm_arena *arena, mm_bytes *transcript, mm_bytes envelope,
                 const struct seal_keys *keys)
{
    struct json root;
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t nonce[crypto_secretbox_NONCEBYTES];
    mm_hash32 commitment;
    size_t len;
    *transcript = (mm_bytes){ 0 };
    if (!read_envelope(arena, &root, envelope))
        return MM_ERR_INVALID;
    const struct json *box = json_find(&root, "box");
    if (box == NULL || box->kind != JSON_STRING || !hex_data_len(&len, box->text) ||
        len < crypto_secretbox_MACBYTES || !read_hex(nonce, sizeof nonce, &root, "nonce") ||
        !read_hex(commitment.b, sizeof commitment.b, &root, "commitment"))
        return MM_ERR_INVALID;
    uint8_t *bytes = mm_arena_alloc(arena, len);
    uint8_t *opened = mm_arena_alloc(arena, len);
    if (bytes == NULL || opened == NULL)
        return MM_ERR_NO_MEMORY;
    if (!hex_decode(bytes, mm_bytes_from(box->text.ptr + 2, 2 * len)))
        return MM_ERR_INVALID;
    MM_TRY(find_key(key, json_find(&root, "keys"), keys));
    const int failed = crypto_secretbox_open_easy(opened, bytes, len, nonce, key);
    sodium_memzero(key, sizeof key);
    const mm_bytes text = mm_bytes_from(opened, len - crypto_secretbox_MACBYTES);
    const mm_hash32 hash = keccak256(text);
    if (failed != 0 || !mm_hash_equal(&hash, &commitment))
        return MM_ERR_CRYPTO;
    *transcript = text;
    return MM_OK;
}
