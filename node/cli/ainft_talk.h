/* A conversation with a token over its node's door (docs/CHAT.md), wherever its words come from and go to.
 *
 *     begin ──► about ──► say … say ──► save ──► say …
 *
 * The signer's session is made here; his key never leaves the program. The node keeps nothing of a conversation: all of it goes with
 * each turn. What fails was printed, and the conversation may go on.
 * Memory: words and answers in the run's arena. */
#ifndef NODE_CLI_AINFT_TALK_H
#define NODE_CLI_AINFT_TALK_H

#include "node/cli/remote.h"
#include "rpc/transcript/key.h"
#include "rpc/transcript/transcript.h"

enum { AINFT_TALK_TARGET_BYTES = 200 };

struct ainft_talk {
    struct cli_run *run; /* this, */
    struct remote *remote;
    const struct secp_secret *secret;
    mm_addr collection;
    mm_u256 token; /* and up to here the caller's to fill */
    mm_addr self;
    uint64_t chain_id;
    char key[TALK_KEY_MAX + 1];
    char path[AINFT_TALK_TARGET_BYTES]; /* /ainft/…/1 */
    bool is_sealed;                     /* what is saved is */
    struct talk_message messages[TALK_MESSAGES_MAX];
    size_t count;
};

/* Everything else zero. */
MM_MUST_USE int ainft_talk_begin(struct ainft_talk *talk);
/* What the token says of itself: name, greeting, chat starters … */
MM_MUST_USE int ainft_talk_about(struct ainft_talk *talk, const struct json **about);
/* What was said, and the reply to it. What is not answered was not said. */
MM_MUST_USE int ainft_talk_say(struct ainft_talk *talk, const struct talk_message **reply,
                               mm_bytes line);
/* All that was said since the last time; the node's answer. What is said from here on is another conversation. */
MM_MUST_USE int ainft_talk_save(struct ainft_talk *talk, struct json *saved);

/* A text of an answer; empty where there is none. */
mm_bytes ainft_talk_text(const struct json *object, const char *key);

#endif
