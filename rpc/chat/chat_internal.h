/* What the files of this folder share.
 *
 *     chat.c       the door: whose request it is, and for which token
 *     rate.c       how often
 *     ask.c        JSON-RPC in the process
 *     entry.c      entries of a history in JSON-RPC's logs
 *     token.c      what the chain says of a token at a block, and the facts that a script may know
 *     file.c       files of the content store, and the specification among them
 *     metadata.c   the file at a token's URI with the chain's words in it
 *     answer.c     answers and errors in OpenAI's shape
 *     complete.c   a reply by the script
 *     remote.c     a reply by a remote, in a thread of its own (remote.h); events.c reads what it sends
 *     save.c       saving, from what is signed to the receipt (saving.h)
 *     verify.c     a saved conversation, checked and played again, with verify_talk.c */
#ifndef RPC_CHAT_CHAT_INTERNAL_H
#define RPC_CHAT_CHAT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "contracts-native/abi/abi.h"
#include "contracts-native/ainft/history_log.h"
#include "rpc/chat/chat.h"
#include "rpc/persona/spec.h"
#include "rpc/transcript/key.h"
#include "rpc/transcript/pin.h"
#include "rpc/transcript/transcript.h"

/* ---- rate.c ---- */

enum {
    CHAT_RATE_ENTRIES = 4096,
    CHAT_RATE_WAYS = 4
}; /* who has asked lately; the one that waited longest makes room */

struct chat_rate_entry {
    mm_hash32 who;
    uint64_t thousandths; /* of requests that are still free */
    uint64_t at_ms;
};

struct chat_rate {
    pthread_mutex_t lock;
    struct chat_rate_entry entries[CHAT_RATE_ENTRIES];
};

/* 0: it may ask. Else: after so many milliseconds. */
uint64_t chat_rate_take(struct chat_rate *rate, const mm_hash32 *who, unsigned per_minute,
                        uint64_t now_ms);

/* ---- chat.c ---- */

struct chat {
    struct chat_options options;
    mm_addr service; /* zero: none */
    char remote_key[CHAT_REMOTE_KEY_MAX + 1];
    struct chat_rate rate;
    pthread_mutex_t send_lock; /* from the choice of a nonce to its place in the pool */
    pthread_mutex_t talk_lock;
    pthread_cond_t talk_ended;
    unsigned talks; /* with the remote */
    atomic_bool is_stopping;
};

/* One request in work. */
struct chat_request {
    struct chat *chat;
    struct http_request *http; /* NULL once it is deferred */
    struct mm_arena arena;
    mm_addr collection;
    mm_u256 token;
    mm_addr asker; /* zero: nobody said who he is */
};

uint64_t chat_now_s(void);
uint64_t chat_now_ms(void); /* monotonic */
uint64_t chat_chain_id(const struct chat *chat);

/* ---- answer.c ---- */

/* Answers with an error; gives false. */
bool chat_fail(struct chat_request *r, unsigned status, const char *code, const char *format, ...)
    MM_PRINTF(4, 5);
/* The same as an object in a buffer, for answers that have begun. */
void chat_write_error(struct mm_buf *out, unsigned status, const char *code, const char *message);
/* Answers 200 with JSON. A buffer that failed is a 500. */
void chat_answer_json(struct chat_request *r, struct mm_buf *taken_json);

/* A reply, and all that is said about it. */
struct chat_said {
    mm_bytes model;
    mm_bytes content;
    const char *finish; /* "stop" or "length" */
    struct talk_reply record;
    uint64_t created_s;
    uint64_t prompt_bytes;
};
void chat_write_completion(struct mm_buf *out, const struct chat_said *said);
/* Events: the first, with the role; one with words; the last ones, with the record and [DONE]. */
void chat_write_first_event(struct mm_buf *out, const struct chat_said *said);
void chat_write_words_event(struct mm_buf *out, const struct chat_said *said, mm_bytes words);
void chat_write_last_events(struct mm_buf *out, const struct chat_said *said, bool with_usage);
void chat_event_headers(struct http_response *response);

/* ---- ask.c ---- */

/* One call of JSON-RPC, waiting for nothing. False with a reason: it is the error's message, and *data (may be NULL) what came with a
 * revert. */
bool chat_ask(struct chat *chat, struct mm_arena *arena, struct json *result, const char *method,
              mm_bytes params, mm_bytes *data, struct mm_reason *reason);
/* A view of a contract at a block. */
bool chat_view(struct chat *chat, struct mm_arena *arena, struct abi_value *out, const char *types,
               const mm_addr *to, uint64_t block_num, const char *signature,
               const struct abi_value *args, struct mm_reason *reason);
/* "AuthorSignatureInvalid" of revert data; NULL: none of the collection's. */
const char *chat_revert_name(mm_bytes data);

/* ---- entry.c ---- */

/* False: the log is no entry's. What it borrows is in the arena. */
bool chat_entry_read(struct mm_arena *arena, struct history_appended *entry,
                     const struct json *log);

/* ---- token.c ---- */

enum { CHAT_FACTS_MAX = 96 };

struct chat_token {
    uint64_t block_num;
    mm_addr owner;
    mm_addr service;
    mm_bytes name; /* the collection's */
    mm_bytes spec_uri;
    mm_hash32 spec_digest;
    uint64_t spec_version;
    mm_addr credit;
    struct persona_fact facts[CHAT_FACTS_MAX];
    size_t fact_count;
};

/* UINT64_MAX: at the head. False with a reason: no such token, or the block's state is not here. */
bool chat_token_read(struct chat *chat, struct mm_arena *arena, struct chat_token *out,
                     const mm_addr *collection, const mm_u256 *id, const mm_addr *asker,
                     uint64_t block_num, struct mm_reason *reason);
/* What ainft_metadata says, at a block. UINT64_MAX: at the head. */
bool chat_ask_metadata(struct chat *chat, struct mm_arena *arena, struct json *out,
                       const mm_addr *collection, const mm_u256 *id, uint64_t block_num,
                       struct mm_reason *reason);
bool chat_token_credits_of(struct chat *chat, struct mm_arena *arena, mm_u256 *out,
                           const struct chat_token *token, const mm_addr *who,
                           struct mm_reason *reason);

/* ---- file.c ---- */

/* The file that an ipfs:// URI names, in the arena. */
bool chat_file_read_uri(struct chat *chat, struct mm_arena *arena, mm_bytes *out, mm_bytes uri,
                        size_t bytes_max, struct mm_reason *reason);
bool chat_file_read_cid(struct chat *chat, struct mm_arena *arena, mm_bytes *out,
                        const struct cid *cid, size_t bytes_max, struct mm_reason *reason);
bool chat_file_sha256(mm_hash32 *out, mm_bytes bytes);
/* The CID that a file will have; nothing is stored. */
MM_MUST_USE mm_err chat_file_cid(struct cid *out, mm_bytes bytes);
/* Stores it with a pin of that owner's (rpc/transcript/pin.h), synced. */
MM_MUST_USE mm_err chat_file_store(struct chat *chat, struct cid *out, mm_bytes bytes,
                                   const char *owner);
void chat_file_release(struct chat *chat, const struct cid *cid, const char *owner);

/* A specification whose bytes have that digest, and the script that it names. */
bool chat_spec_load(struct chat *chat, struct mm_arena *arena, struct spec *spec, mm_bytes uri,
                    const mm_hash32 *digest, struct mm_reason *reason);
bool chat_script_load(struct chat *chat, struct mm_arena *arena,
                      const struct persona_script **script, const struct spec *spec,
                      struct mm_reason *reason);

/* ---- complete.c, remote.c, save.c ---- */

/* The token and its specification, when this node answers for it; answers otherwise. */
bool chat_find_persona(struct chat_request *r, struct chat_token *token, struct spec *spec);
void chat_models(struct chat_request *r);
void chat_metadata(struct chat_request *r);
void chat_complete(struct chat_request *r);
/* What was asked for. */
struct chat_prompt {
    struct talk talk;
    bool streams;
    bool with_usage;
    uint64_t tokens_max; /* 0: not said */
};
struct talk_reply chat_sign(const struct chat *chat, const struct chat_token *token,
                            const mm_addr *collection, const mm_u256 *id, const mm_addr *asker,
                            const struct talk *talk, mm_bytes content);
uint64_t chat_talk_bytes(const struct talk *talk);
/* Answers, or defers. */
void chat_remote(struct chat_request *r, const struct chat_token *token, const struct spec *spec,
                 const struct chat_prompt *prompt);
void chat_prepare(struct chat_request *r);
void chat_save(struct chat_request *r);

/* ---- events.c ---- */

/* What a remote sends, piece by piece: events, or one JSON object when it does not stream. */
struct chat_events {
    struct mm_buf line;
    struct mm_arena arena; /* of one event */
    uint64_t bytes;
    bool is_object; /* the whole is one */
    bool has_begun;
    bool is_done;
    bool is_cut; /* by length, the remote says */
    void *ctx;
    mm_err (*words)(void *ctx, mm_bytes words); /* an error ends it */
};
void chat_events_init(struct chat_events *events);
void chat_events_fini(struct chat_events *events);
/* MM_ERR_STOPPED: that was all. MM_ERR_INVALID, MM_ERR_LIMIT, or what `words` gave; reason says which. */
MM_MUST_USE mm_err chat_events_feed(struct chat_events *events, mm_bytes piece,
                                    struct mm_reason *reason);
/* The connection has ended. */
MM_MUST_USE mm_err chat_events_end(struct chat_events *events, struct mm_reason *reason);

/* ---- verify.c ---- */
mm_err chat_verify(void *ctx, struct mm_arena *arena, struct json_writer *w,
                   const mm_addr *collection, const mm_u256 *token, uint64_t index,
                   mm_bytes transcript, struct mm_reason *reason);

#endif
