/* Sealed transcripts: read by those alone whose keys they were sealed to.
 *
 *     {"schema":"ainft-sealed/1","commitment":"0x…","nonce":"0x…","box":"0x…","keys":[{"to":"0x…","sealed":"0x…"}, …]}
 *
 *     box          the transcript under a key of its own that is used once (XSalsa20-Poly1305, crypto_secretbox)
 *     sealed       that key in a sealed box for each who may read (X25519, crypto_box_seal)
 *     commitment   keccak256 of the transcript, so that whoever has it can say that it is this one
 *
 * A reader's key pair comes from his wallet: its signature (personal_sign, deterministic by RFC 6979) over SEAL_KEY_TEXT, hashed, is
 * the seed. Nobody but the wallet can make it again, and nothing has to be kept.
 * Memory: the arena; secrets are wiped. Threads: seal draws random bytes, the rest is pure. Source: libsodium's documentation. */
#ifndef RPC_TRANSCRIPT_SEAL_H
#define RPC_TRANSCRIPT_SEAL_H

#include "rpc/transcript/transcript.h"

enum { SEAL_KEY_BYTES = 32, SEAL_KEYS_MAX = 9 /* of the specification, and the user's */ };

#define SEAL_KEY_TEXT "mintmark: the key that opens my conversations"

/* 32 random bytes, for salts. */
void seal_random(mm_hash32 *out);

struct seal_keys {
    mm_hash32 public_key;
    uint8_t secret_key[SEAL_KEY_BYTES];
};
/* From the wallet's signature over SEAL_KEY_TEXT. Wipe them with seal_keys_wipe. */
void seal_keys_of(struct seal_keys *keys, const uint8_t signature[SECP_SIGNATURE_BYTES]);
/* The same of who has the wallet's key himself. */
void seal_keys_for(struct seal_keys *keys, const struct secp_secret *secret);
void seal_keys_wipe(struct seal_keys *keys);

/* Appends the envelope. MM_ERR_INVALID: a key that nobody can have. */
MM_MUST_USE mm_err seal_write(struct mm_buf *out, struct mm_arena *arena, mm_bytes transcript,
                              const mm_hash32 *readers, size_t reader_count);
/* The commitment that an envelope has. False: it is none. */
MM_MUST_USE bool seal_commitment(struct mm_arena *arena, mm_hash32 *out, mm_bytes envelope);
/* Out: *transcript, in the arena. MM_ERR_INVALID: no envelope; MM_ERR_NOT_FOUND: not sealed to this key; MM_ERR_CRYPTO: it was
 * changed; MM_ERR_NO_MEMORY. */
MM_MUST_USE mm_err seal_open(struct mm_arena *arena, mm_bytes *transcript, mm_bytes envelope,
                             const struct seal_keys *keys);

#endif
