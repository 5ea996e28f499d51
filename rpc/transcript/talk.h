/* A conversation, and the hashes that stand for it.
 *
 *     requestHash   keccak256( keccak256(content) of each message of the user's, in order )        what an author signs
 *     promptHash    keccak256( keccak256(role) keccak256(content) of each message, in order )      what a reply was an answer to
 *     replyHash     keccak256( content )
 *
 * Hashes stand one behind the other, 32 bytes each. Roles are "user" and "assistant". Threads: pure. */
#ifndef RPC_TRANSCRIPT_TALK_H
#define RPC_TRANSCRIPT_TALK_H

#include "rpc/transcript/typed.h"

enum {
    TALK_MESSAGES_MAX = 200,          /* of one conversation; the engine looks at 128 things said */
    TALK_CONTENT_BYTES_MAX = 8 << 10, /* of a message: a page and a half */
    TALK_BYTES_MAX = 256 << 10, /* of a request's body: a whole conversation comes with each */
};

enum talk_role { TALK_USER, TALK_ASSISTANT };

/* What a service said about a reply of its own. */
struct talk_reply {
    mm_addr asker; /* zero: nobody said who he was */
    uint64_t block_num;
    uint64_t spec_version;
    mm_hash32 prompt_hash;
    mm_hash32 reply_hash;
    uint8_t signature[SECP_SIGNATURE_BYTES];
};

struct talk_message {
    enum talk_role role;
    mm_bytes content;
    bool has_reply; /* of an assistant's */
    struct talk_reply reply;
};

struct talk {
    const struct talk_message *messages;
    size_t count;
};

mm_hash32 talk_request_hash(const struct talk *talk);
/* Of the first `count` messages. */
mm_hash32 talk_prompt_hash(const struct talk *talk, size_t count);
/* How many the user said. */
size_t talk_turns(const struct talk *talk);
/* User and assistant in turn, the user first and the assistant last. */
bool talk_is_whole(const struct talk *talk);
/* Whether the reply at this place is what its record says, signed by that service. */
bool talk_reply_holds(const struct talk *talk, size_t at, const struct typed_domain *domain,
                      const mm_u256 *token, const mm_addr *service);

#endif
