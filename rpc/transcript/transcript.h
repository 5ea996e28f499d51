/* A transcript: a conversation as it is saved, in one block of the content store.
 *
 *     {"schema":"ainft-transcript/1","chainId":31337,"collection":"0x…","tokenId":"1","author":"0x…",
 *      "specification":{"uri":"ipfs://…","version":1,"digest":"0x…"},
 *      "messages":[{"role":"user","content":"…"},
 *                  {"role":"assistant","content":"…","ainft":{"asker":"0x…","block":12,"specVersion":1,
 *                                                               "promptHash":"0x…","replyHash":"0x…","signature":"0x…"}}],
 *      "salt":"0x…"}
 *
 * It is written in this order without spaces. The salt is 32 random bytes, so that nobody finds a conversation by hashing guesses;
 * keccak256 of the whole text is its commitment.
 * Reading is for anybody's bytes: exact kinds, bounded counts, every role known. Memory: the arena. Threads: pure. */
#ifndef RPC_TRANSCRIPT_TRANSCRIPT_H
#define RPC_TRANSCRIPT_TRANSCRIPT_H

#include "rpc/transcript/talk.h"
#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/codec/json.h"

enum {
    TRANSCRIPT_BYTES_MAX = 1 << 20, /* with escapes and replies' records; one chunk of the store */
    TRANSCRIPT_URI_BYTES_MAX = 1024,
};

struct transcript {
    uint64_t chain_id;
    mm_addr collection;
    mm_u256 token;
    mm_addr author;
    mm_bytes spec_uri;
    uint64_t spec_version;
    mm_hash32 spec_digest;
    struct talk talk;
    mm_hash32 salt;
};

/* Appends the text. */
void transcript_write(struct mm_buf *out, const struct transcript *transcript);
/* False with a reason: it is no transcript. */
MM_MUST_USE bool transcript_read(struct mm_arena *arena, struct transcript *out, mm_bytes text,
                                 struct mm_reason *reason);
/* A list of messages, as requests have them too. */
MM_MUST_USE bool talk_read(struct mm_arena *arena, struct talk *out, const struct json *list,
                           struct mm_reason *reason);
/* The record of a reply, as an object. */
void talk_write_reply(struct json_writer *w, const struct talk_reply *reply);
/* Role, content and, of a reply, the object above: as it stands in a transcript and in a request. */
void talk_write_message(struct json_writer *w, const struct talk_message *message);

#endif
