/* A session with a token: one wallet signature that a client sends as its API key, so that `openai` and its like work unchanged.
 *
 *     mm1.0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266.7.1764201600.0x…
 *         who asks                                   │ until      signature
 *                                                    └ the token, or * for all of the collection
 *
 * The signature is a wallet's `personal_sign` (EIP-191) over this text, lines ended by a line feed but the last:
 *
 *     mintmark: talk with a token
 *     address: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266          with the checksum of EIP-55
 *     chain: 31337
 *     collection: 0x…                                              likewise
 *     token: 7
 *     expires: 1764201600                                          seconds since 1970, a day ahead at most
 *
 * Whoever has the key may talk as this address until then, and nothing else: saving takes a signature of its own.
 * Threads: pure; the time is an argument. Source: EIP-191, EIP-55. */
#ifndef RPC_TRANSCRIPT_KEY_H
#define RPC_TRANSCRIPT_KEY_H

#include "state/codec/u256.h"
#include "state/crypto/secp.h"

enum {
    TALK_KEY_AHEAD_MAX_S = 24 * 60 * 60, /* a lost key is of no use the next day */
    TALK_KEY_TEXT_MAX = 400,
    TALK_KEY_MAX = 320, /* characters of a key: an address, 78 digits, a time, a signature */
};

struct talk_key {
    mm_addr addr;
    bool any_token; /* of the collection */
    mm_u256 token;  /* zero with any_token */
    uint64_t expires_s;
};

/* Where it is to be good. */
struct talk_key_place {
    uint64_t chain_id;
    mm_addr collection;
    mm_u256 token;
};

/* The text that is signed; terminated. */
size_t talk_key_text(char out[TALK_KEY_TEXT_MAX + 1], const struct talk_key *session,
                     const struct talk_key_place *place);
/* The key; terminated. */
size_t talk_key_write(char out[TALK_KEY_MAX + 1], const struct talk_key *session,
                      const uint8_t signature[SECP_SIGNATURE_BYTES]);

enum talk_key_verdict {
    TALK_KEY_OK = 0,
    TALK_KEY_MALFORMED,   /* it begins as a key does, and is none */
    TALK_KEY_OTHER_TOKEN, /* signed for another one */
    TALK_KEY_EXPIRED,     /* or good for more than a day */
    TALK_KEY_FORGED,      /* the signature is not this address's over this text */
    TALK_KEY_NOT_OURS,    /* no key of this kind */
};
/* Never NULL: words for the answer. */
const char *talk_key_verdict_text(enum talk_key_verdict verdict);
MM_MUST_USE enum talk_key_verdict talk_key_check(struct talk_key *out, mm_bytes key,
                                                 const struct talk_key_place *place,
                                                 uint64_t now_s);

#endif
