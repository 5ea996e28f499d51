/* What the files of verifying share: verify.c has the entry and the answer, verify_talk.c the conversation. */
#ifndef RPC_CHAT_VERIFY_H
#define RPC_CHAT_VERIFY_H

#include "rpc/chat/chat_internal.h"

enum check {
    CHECK_ENTRY,
    CHECK_CONTENT,
    CHECK_TRANSCRIPT,
    CHECK_REQUEST,
    CHECK_SPECIFICATION,
    CHECK_SIGNATURES,
    CHECK_REPLAY,
    CHECK_COUNT
};

enum outcome { OUTCOME_NOT_DONE = 0, OUTCOME_TRUE, OUTCOME_FALSE };

struct verifying {
    struct chat *chat;
    struct mm_arena *arena;
    mm_addr collection;
    mm_u256 token;
    uint64_t index;
    uint64_t head;
    struct history_appended entry;
    uint64_t block_num; /* of the entry */
    mm_bytes text;      /* of the transcript */
    struct transcript transcript;
    struct spec spec;
    enum outcome outcomes[CHECK_COUNT];
    const char *why[CHECK_COUNT]; /* in the arena or literals */
};

/* True: it holds, and the next check can be made. why: a literal, or in the arena; NULL for what holds. */
bool verify_conclude(struct verifying *v, enum check check, enum outcome outcome, const char *why);
bool verify_conclude_with(struct verifying *v, enum check check, enum outcome outcome,
                          const struct mm_reason *reason);
/* Everything behind the entry. given: the text of a transcript that is not stored openly, or empty. */
void verify_talk(struct verifying *v, mm_bytes given);

#endif
