/* What the files of talking with a remote share.
 *
 *     remote.c         the thread, and whose turn it is
 *     remote_body.c    what the remote is asked
 *     remote_tell.c    what comes of it, told to the client as it comes, and how it ends */
#ifndef RPC_CHAT_REMOTE_H
#define RPC_CHAT_REMOTE_H

#include "rpc/chat/chat_internal.h"
#include "rpc/client/client.h"

struct remote_talk {
    struct chat *chat;
    struct mm_arena arena; /* the request's; owned */
    struct http_later *later;
    struct http_feed *feed; /* once words have come */
    struct chat_token token;
    mm_addr collection;
    mm_u256 id;
    mm_addr asker;
    struct chat_prompt prompt;
    struct chat_said said;
    struct mm_buf body;
    struct mm_buf reply;
    struct chat_events events;
    uint64_t deadline_ms;
    uint64_t refused_bytes;
    bool is_late;
    bool is_unheard; /* the client is gone */
    bool is_long;
};

/* ---- remote_body.c ---- */
void chat_remote_write_body(struct mm_buf *out, const struct spec *spec,
                            const struct chat_prompt *prompt);

/* ---- remote_tell.c ---- */
/* For chat_events: words of the remote's. */
mm_err chat_remote_take_words(void *ctx, mm_bytes words);
/* The client gets an error, in the stream where one has begun. */
void chat_remote_fail(struct remote_talk *t, unsigned status, const char *code,
                      const char *message);

/* How the asking ended. */
struct chat_remote_end {
    enum client_verdict verdict;
    unsigned status;          /* 0: none came */
    struct mm_reason ours;    /* why its answer is none */
    struct mm_reason clients; /* why it could not be asked */
};
/* The last word to the client. */
void chat_remote_end(struct remote_talk *t, const struct chat_remote_end *end);

#endif
