/* What the files of saving share.
 *
 *     prepare.c    what is read of a request, and what the author signs
 *     save.c       what is checked, and what is stored where
 *     append.c     the transaction
 *     saved.c      the answer, once there is a receipt */
#ifndef RPC_CHAT_SAVING_H
#define RPC_CHAT_SAVING_H

#include "rpc/chat/chat_internal.h"

/* What is saved, once it has been checked; in the request's arena. */
struct chat_saving {
    struct chat_token token;
    struct talk talk;
    mm_addr author;
    uint64_t deadline;
    uint8_t signature[SECP_SIGNATURE_BYTES];
    mm_hash32 request_hash;
    enum spec_privacy privacy;
    mm_bytes transcript; /* the text */
    mm_bytes stored;     /* what goes into the store; empty: nothing */
    char pin_owner[TRANSCRIPT_PIN_OWNER_MAX + 1];
    struct cid cid; /* of it */
    uint8_t content[CID_BYTES_MAX];
    size_t content_len;
};

/* ---- prepare.c ---- */

/* The conversation and its author. False: answered. */
bool saving_read_talk(struct chat_request *r, struct json *root, struct chat_saving *s);
/* False: answered. */
bool saving_read_deadline(struct chat_request *r, const struct json *root, struct chat_saving *s,
                          bool is_needed);
/* The author's, at the block of s->token. False: answered. */
bool saving_next_nonce(struct chat_request *r, mm_u256 *nonce, const struct chat_saving *s);
/* What the author signs. */
struct typed_request saving_request(const struct chat_request *r, const struct chat_saving *s,
                                    const mm_u256 *nonce);

/* ---- append.c ---- */

/* Sends the transaction, and answers when there is a receipt. The request's arena goes with it. */
void saving_append(struct chat_request *r, const struct chat_saving *saving);

/* ---- saved.c ---- */

/* What waits for a receipt. */
struct sending {
    struct chat *chat;
    struct mm_arena arena; /* the request's; owned */
    struct http_later *later;
    struct rpc_eth_answer answer;
    struct chat_saving saving;
    mm_addr collection;
    mm_hash32 tx_hash;
};

/* Lets go of what was stored and is not appended. */
void saving_release(struct chat *chat, const struct chat_saving *saving);
/* Answers, and frees it: for rpc_eth_settle. */
void saving_done(void *sending);

#endif
