/* The keys of one connection: from two ephemeral X25519 keys and the chain to a stream of chunks in each direction, and the digest
 * that each side signs. handshake.h says why they are made so. */
#ifndef P2P_WIRE_KEYS_INTERNAL_H
#define P2P_WIRE_KEYS_INTERNAL_H

#include <sodium.h>

#include "p2p/wire/handshake.h"

/* What both sides have seen of each other. Roles index pairs: HANDSHAKE_INITIATOR first. */
struct keys_transcript {
    struct wire_domain domain;
    bool is_plain;
    uint8_t ephemeral[2][crypto_scalarmult_BYTES];
    node_id nodes[2];
};

/* One direction. Plain: chunks go as they are. */
struct keys_stream {
    bool is_plain;
    crypto_secretstream_xchacha20poly1305_state state;
};

/* Fills both streams, by the role of who sends in them. False: the shared secret is all zero. */
MM_MUST_USE bool keys_derive(struct keys_stream streams[2],
                             const struct keys_transcript *transcript,
                             const uint8_t secret[HANDSHAKE_EPHEMERAL_BYTES],
                             enum handshake_role own);
/* What the node of that role signs. */
void keys_digest(uint8_t digest[32], const struct keys_transcript *transcript,
                 enum handshake_role signer);

/* Longer by that much than what it hides. */
size_t keys_seal_bytes(const struct keys_stream *stream);
/* Seals in place: `chunk` has FRAME_SEAL_BYTES more than len when the stream is sealed, and its content from chunk + 1 on; plain,
 * it has the content and nothing else. */
void keys_seal(struct keys_stream *stream, uint8_t *chunk, size_t len);
/* Opens in place. Out: *content, in the chunk. False: forged, or too short to be one. */
MM_MUST_USE bool keys_open(struct keys_stream *stream, mm_bytes *content, uint8_t *chunk,
                           size_t len);

#endif
