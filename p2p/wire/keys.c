#include "p2p/wire/keys_internal.h"

#include "p2p/wire/frame.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

_Static_assert(FRAME_SEAL_BYTES == crypto_secretstream_xchacha20poly1305_ABYTES,
               "a tag and what authenticates");
_Static_assert(HANDSHAKE_EPHEMERAL_BYTES == crypto_scalarmult_SCALARBYTES, "X25519's secret");

static const char PROTOCOL[] = "mintmark link";
static const char CONTEXT[crypto_kdf_CONTEXTBYTES] = { 'm', 'i', 'n', 't', 'm', 'a', 'r', 'k' };

/* Subkeys of a connection: a key and a nonce for each direction. */
enum { SUBKEY_KEY = 1, SUBKEY_NONCE = 3 };

static void absorb(crypto_generichash_state *hash, const void *bytes, size_t len)
{
    (void)crypto_generichash_update(hash, bytes, len);
}

/* The part of the transcript that both know after the first two messages. */
static void absorb_opening(crypto_generichash_state *hash, const struct keys_transcript *transcript)
{
    uint8_t head[2] = { WIRE_VERSION, transcript->is_plain };
    uint8_t chain_id[8];
    mm_put_be64(chain_id, transcript->domain.chain_id);
    absorb(hash, PROTOCOL, sizeof PROTOCOL);
    absorb(hash, head, sizeof head);
    absorb(hash, chain_id, sizeof chain_id);
    absorb(hash, transcript->domain.genesis_hash.b, sizeof transcript->domain.genesis_hash.b);
    absorb(hash, transcript->ephemeral, sizeof transcript->ephemeral);
}

/* The stream's nonce comes from the key derivation too, where libsodium would draw one and send it along: a key is of one
 * connection and one direction, so a nonce need not differ. A stream that pushes begins in the state of one that pulls. */
static void start_stream(struct keys_stream *stream, const uint8_t master[crypto_kdf_KEYBYTES],
                         enum handshake_role sender)
{
    uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    uint8_t nonce[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    (void)crypto_kdf_derive_from_key(key, sizeof key, SUBKEY_KEY + sender, CONTEXT, master);
    (void)crypto_kdf_derive_from_key(nonce, sizeof nonce, SUBKEY_NONCE + sender, CONTEXT, master);
    (void)crypto_secretstream_xchacha20poly1305_init_pull(&stream->state, nonce, key);
    sodium_memzero(key, sizeof key);
    sodium_memzero(nonce, sizeof nonce);
}

bool keys_derive(struct keys_stream streams[2], const struct keys_transcript *transcript,
                 const uint8_t secret[HANDSHAKE_EPHEMERAL_BYTES], enum handshake_role own)
{
    uint8_t shared[crypto_scalarmult_BYTES];
    uint8_t master[crypto_kdf_KEYBYTES];
    crypto_generichash_state hash;
    const uint8_t *other =
        transcript
            ->ephemeral[own == HANDSHAKE_INITIATOR ? HANDSHAKE_RESPONDER : HANDSHAKE_INITIATOR];
    /* Minus one for a point of small order, whose shared secret is zero with any key. */
    if (crypto_scalarmult(shared, secret, other) != 0)
        return false;
    (void)crypto_generichash_init(&hash, shared, sizeof shared, sizeof master);
    absorb_opening(&hash, transcript);
    (void)crypto_generichash_final(&hash, master, sizeof master);
    for (unsigned role = 0; role < 2; role++) {
        streams[role].is_plain = transcript->is_plain;
        start_stream(&streams[role], master, (enum handshake_role)role);
    }
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(master, sizeof master);
    sodium_memzero(&hash, sizeof hash);
    return true;
}

void keys_digest(uint8_t digest[32], const struct keys_transcript *transcript,
                 enum handshake_role signer)
{
    const uint8_t role = (uint8_t)signer;
    crypto_generichash_state hash;
    (void)crypto_generichash_init(&hash, NULL, 0, 32);
    absorb_opening(&hash, transcript);
    absorb(&hash, transcript->nodes, sizeof transcript->nodes);
    absorb(&hash, &role, sizeof role);
    (void)crypto_generichash_final(&hash, digest, 32);
}

size_t keys_seal_bytes(const struct keys_stream *stream)
{
    return stream->is_plain ? 0 : FRAME_SEAL_BYTES;
}

/* libsodium's chunk is a byte of tag, the content and what authenticates both. Its cipher works in place when input and output
 * are the very same bytes, which is why the content stands one byte into the chunk. */
void keys_seal(struct keys_stream *stream, uint8_t *chunk, size_t len)
{
    if (stream->is_plain)
        return;
    const int result = crypto_secretstream_xchacha20poly1305_push(
        &stream->state, chunk, NULL, chunk + 1, len, NULL, 0,
        crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
    MM_ASSERT(result == 0);
}

bool keys_open(struct keys_stream *stream, mm_bytes *content, uint8_t *chunk, size_t len)
{
    uint8_t tag = 0;
    *content = mm_bytes_from(chunk, len);
    if (stream->is_plain)
        return true;
    *content = mm_bytes_from(chunk, 0);
    if (len < FRAME_SEAL_BYTES ||
        crypto_secretstream_xchacha20poly1305_pull(&stream->state, chunk + 1, NULL, &tag, chunk,
                                                   len, NULL, 0) != 0)
        return false;
    *content = mm_bytes_from(chunk + 1, len - FRAME_SEAL_BYTES);
    return tag == crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
}
