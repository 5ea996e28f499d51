/* A token's specification: what its logic is, as a file of the content store that the chain names by URI and digest.
 *
 *     {
 *       "schema": "ainft-spec/1",
 *       "kind": "persona",
 *       "name": "Iris",                                       what it calls itself; may be absent, as all that follows the model
 *       "model": {
 *         "engine": "script",                                 or "openai": a remote one, if the node's operator allows it
 *         "script": "ipfs://…",                               of engine script (script.h)
 *         "id": "iris-1",                                     the model's name; of engine openai the remote's
 *         "baseURL": "http://…",                              of engine openai; the node asks its operator's URL alone
 *         "params": { "temperature": 0.7, "seed": 1, "max_tokens": 400 }
 *       },
 *       "instructions": "…",                                  at most 10 000 characters
 *       "greeting": "…", "chatStarters": ["…"], "tags": ["…"],
 *       "access": { "credits": 5 },                           of the collection's credits who asks must hold so many
 *       "history": { "privacy": "public", "keys": ["0x…"] }   or encrypted, or commitment; keys (X25519) of who may read beside the user
 *     }
 *
 * Other members are allowed and not looked at. The parser says what is wrong where.
 * Memory: the arena. Threads: pure. Limits: below. */
#ifndef RPC_PERSONA_SPEC_H
#define RPC_PERSONA_SPEC_H

#include "rpc/persona/script.h"
#include "state/codec/u256.h"

enum {
    SPEC_BYTES_MAX = 256 << 10,    /* as metadata */
    SPEC_INSTRUCTIONS_MAX = 10000, /* characters: what AINFT assistants have */
    SPEC_GREETING_BYTES_MAX = 2048,
    SPEC_NAME_BYTES_MAX = 200,
    SPEC_STARTERS_MAX = 16,
    SPEC_STARTER_BYTES_MAX = 400,
    SPEC_TAGS_MAX = 32,
    SPEC_TAG_BYTES_MAX = 64,
    SPEC_URI_BYTES_MAX = 1024, /* as a token's */
    SPEC_KEYS_MAX = 8,
    SPEC_KEY_BYTES = 32,
    SPEC_TOKENS_MAX = 4096,    /* max_tokens */
    SPEC_NUMBER_BYTES_MAX = 8, /* of a temperature, as written */
};

enum spec_engine { SPEC_SCRIPT, SPEC_OPENAI };
enum spec_privacy { SPEC_PUBLIC, SPEC_ENCRYPTED, SPEC_COMMITMENT };

struct spec {
    mm_bytes name; /* empty when it is not there, and so are the other texts */
    enum spec_engine engine;
    mm_bytes model;
    mm_bytes script;
    mm_bytes base_url;
    mm_bytes temperature; /* as written, a number from 0 to 2; empty: the remote's own */
    uint64_t seed;
    bool has_seed;
    uint64_t tokens_max; /* 0: not said */
    mm_bytes instructions;
    mm_bytes greeting;
    const mm_bytes *starters;
    size_t starter_count;
    const mm_bytes *tags;
    size_t tag_count;
    mm_u256 credits;
    enum spec_privacy privacy;
    const mm_hash32 *keys;
    size_t key_count;
};

/* Out: *spec, in the arena. reason may be NULL. The verdicts are those of a script. */
MM_MUST_USE enum persona_verdict spec_parse(struct mm_arena *arena, struct spec *spec,
                                            mm_bytes json, struct mm_reason *reason);
/* "public", "encrypted", "commitment". */
const char *spec_privacy_text(enum spec_privacy privacy);

#endif
