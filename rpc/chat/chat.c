/* The door: whose request it is, and for which token. */
#include "rpc/chat/chat.h"

#include <stdio.h>
#include <time.h>

#include "rpc/chat/chat_internal.h"
#include "state/base/heap.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

static const char PATH[] = "/ainft/";

uint64_t chat_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

uint64_t chat_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t chat_chain_id(const struct chat *chat)
{
    return chat->options.backend->chain_id(chat->options.backend->ctx);
}

/* ---- the path ---- */

enum place {
    PLACE_METADATA,
    PLACE_MODELS,
    PLACE_COMPLETIONS,
    PLACE_PREPARE,
    PLACE_SAVE,
    PLACE_NONE
};

static enum place place_of(mm_bytes text)
{
    static const char *const names[] = { [PLACE_METADATA] = "metadata.json",
                                         [PLACE_MODELS] = "v1/models",
                                         [PLACE_COMPLETIONS] = "v1/chat/completions",
                                         [PLACE_PREPARE] = "v1/prepare",
                                         [PLACE_SAVE] = "v1/save" };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        if (mm_bytes_equal(text, mm_bytes_str(names[i])))
            return (enum place)i;
    }
    return PLACE_NONE;
}

/* Told to everyone, as the chain is. */
static bool is_read(enum place place)
{
    return place == PLACE_METADATA || place == PLACE_MODELS;
}

/* What stands before the next slash. */
static bool cut(mm_bytes *part, mm_bytes *rest)
{
    const uint8_t *slash = rest->len == 0 ? NULL : memchr(rest->ptr, '/', rest->len);
    if (slash == NULL)
        return false;
    *part = mm_bytes_from(rest->ptr, (size_t)(slash - rest->ptr));
    *rest = mm_bytes_from(slash + 1, rest->len - part->len - 1);
    return true;
}

/* False: answered. */
static bool read_path(struct chat_request *r, enum place *place)
{
    mm_bytes rest = http_path_rest(r->http);
    mm_bytes collection;
    mm_bytes token;
    if (!cut(&collection, &rest) || !cut(&token, &rest))
        return chat_fail(r, 404, "not_found", "the path is /ainft/COLLECTION/TOKEN/…");
    *place = place_of(rest);
    if (*place == PLACE_NONE)
        return chat_fail(r, 404, "not_found",
                         "there are metadata.json, v1/models, v1/chat/completions, v1/prepare and "
                         "v1/save");
    if (address_from_text(&r->collection, collection) != ADDRESS_OK)
        return chat_fail(r, 404, "collection_not_found",
                         "the collection is no address, or has a wrong checksum (EIP-55)");
    if (!u256_from_decimal(&r->token, token))
        return chat_fail(r, 404, "token_not_found", "the token is no decimal number");
    const bool is_get = http_method(r->http) != HTTP_POST;
    if (is_get != is_read(*place))
        return chat_fail(r, 405, "method_not_allowed",
                         "metadata.json and models are read (GET), all else is POST");
    return true;
}

/* ---- who asks ---- */

static mm_bytes key_of(struct chat_request *r)
{
    static const char scheme[] = "Bearer ";
    const size_t len = sizeof scheme - 1;
    const mm_bytes header = http_header(r->http, "Authorization");
    if (header.len < len || memcmp(header.ptr, scheme, len) != 0)
        return (mm_bytes){ 0 };
    return mm_bytes_from(header.ptr + len, header.len - len);
}

/* Without a key of ours: a development node believes an address, whoever has signed in is who he is, and a development node lets
 * those in who say nothing. What is said with the request goes before what the browser adds to it. */
static bool admit_without_key(struct chat_request *r, mm_bytes key)
{
    const struct chat_options *options = &r->chat->options;
    const bool is_believed = options->needs_no_key && http_origin_trusted(r->http);
    if (is_believed && address_from_text(&r->asker, key) == ADDRESS_OK)
        return true;
    if (options->gate != NULL && options->gate->who(options->gate->ctx, &r->asker, r->http))
        return true;
    r->asker = (mm_addr){ { 0 } };
    return is_believed;
}

/* False: answered. */
static bool find_asker(struct chat_request *r)
{
    const struct talk_key_place place = { chat_chain_id(r->chat), r->collection, r->token };
    const mm_bytes key = key_of(r);
    struct talk_key session;
    const enum talk_key_verdict verdict = talk_key_check(&session, key, &place, chat_now_s());
    r->asker = session.addr;
    if (verdict == TALK_KEY_OK || (verdict == TALK_KEY_NOT_OURS && admit_without_key(r, key)))
        return true;
    return chat_fail(r, 401, verdict == TALK_KEY_EXPIRED ? "session_expired" : "no_session", "%s",
                     talk_key_verdict_text(verdict));
}

/* ---- how often ---- */

static bool fail_rate(struct chat_request *r, uint64_t wait_ms)
{
    char seconds[24];
    struct http_response response;
    (void)snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)(wait_ms + 999) / 1000);
    http_response_init(&response, 429, "application/json", 4096);
    chat_write_error(&response.body, 429, "rate_limit_exceeded",
                     "too many requests: wait as long as Retry-After says");
    http_response_header(&response, "Retry-After", mm_bytes_str(seconds));
    http_answer(r->http, &response);
    return false;
}

/* By who it is, and by where he sits: one wallet has many keys, and one machine many wallets. False: answered. */
static bool take_turn(struct chat_request *r)
{
    const unsigned per_minute = r->chat->options.rate_per_minute;
    const mm_hash32 place = keccak256(mm_bytes_str(http_remote(r->http)));
    const uint64_t now_ms = chat_now_ms();
    uint64_t wait_ms =
        chat_rate_take(&r->chat->rate, &place, per_minute * CHAT_RATE_PLACES, now_ms);
    if (wait_ms == 0 && !mm_addr_is_zero(&r->asker)) {
        const mm_hash32 who = keccak256(mm_bytes_addr(&r->asker));
        wait_ms = chat_rate_take(&r->chat->rate, &who, per_minute, now_ms);
    } else if (wait_ms == 0) {
        const mm_hash32 nobody = keccak256(mm_bytes_hash(&place));
        wait_ms = chat_rate_take(&r->chat->rate, &nobody, per_minute, now_ms);
    }
    return wait_ms == 0 || fail_rate(r, wait_ms);
}

/* ---- requests ---- */

static void serve(struct chat_request *r)
{
    enum place place = PLACE_NONE;
    if (!read_path(r, &place))
        return;
    if (!is_read(place) && (!find_asker(r) || !take_turn(r)))
        return;
    if (http_body(r->http).len > TALK_BYTES_MAX) {
        (void)chat_fail(r, 413, "too_large", "a request has at most %d bytes", TALK_BYTES_MAX);
        return;
    }
    switch (place) {
    case PLACE_METADATA:
        chat_metadata(r);
        return;
    case PLACE_MODELS:
        chat_models(r);
        return;
    case PLACE_COMPLETIONS:
        chat_complete(r);
        return;
    case PLACE_PREPARE:
        chat_prepare(r);
        return;
    case PLACE_SAVE:
        chat_save(r);
        return;
    case PLACE_NONE:
        return;
    }
}

static void respond(void *context, struct http_request *request)
{
    struct chat_request r = { .chat = context, .http = request };
    mm_arena_init(&r.arena, CHAT_ARENA_BYTES);
    serve(&r);
    mm_arena_fini(&r.arena);
}

struct http_route chat_route(struct chat *chat)
{
    return (struct http_route){
        .path = PATH,
        .prefix = true,
        .methods = HTTP_GET | HTTP_POST,
        .cors =
            HTTP_CORS_ANY, /* the key is sent by who has it; a cookie counts for our own page (chat_gate) */
        .cors_allow = "Authorization, Content-Type",
        .cors_expose = "Retry-After",
        .body_bytes_max = 2 * TALK_BYTES_MAX, /* what is a little too long is refused in shape */
        .respond = respond,
        .context = chat,
    };
}

/* ---- the door itself ---- */

mm_err chat_new(struct chat **out, const struct chat_options *options)
{
    struct chat *chat = mm_heap_zeroed(1, sizeof *chat);
    *out = NULL;
    if (chat == NULL)
        return MM_ERR_NO_MEMORY;
    chat->options = *options;
    if (chat->options.rate_per_minute == 0)
        chat->options.rate_per_minute = CHAT_RATE_DEFAULT;
    if (options->service != NULL)
        chat->service = secp_secret_addr(options->service);
    if (options->remote_key != NULL)
        (void)snprintf(chat->remote_key, sizeof chat->remote_key, "%s", options->remote_key);
    (void)pthread_mutex_init(&chat->rate.lock, NULL);
    (void)pthread_mutex_init(&chat->send_lock, NULL);
    (void)pthread_mutex_init(&chat->talk_lock, NULL);
    (void)pthread_cond_init(&chat->talk_ended, NULL);
    *out = chat;
    return MM_OK;
}

void chat_stop(struct chat *chat)
{
    if (chat == NULL)
        return;
    atomic_store(&chat->is_stopping, true);
    (void)pthread_mutex_lock(&chat->talk_lock);
    while (chat->talks > 0)
        (void)pthread_cond_wait(&chat->talk_ended, &chat->talk_lock);
    (void)pthread_mutex_unlock(&chat->talk_lock);
}

void chat_free(struct chat *chat)
{
    if (chat == NULL)
        return;
    chat_stop(chat);
    (void)pthread_mutex_destroy(&chat->rate.lock);
    (void)pthread_mutex_destroy(&chat->send_lock);
    (void)pthread_mutex_destroy(&chat->talk_lock);
    (void)pthread_cond_destroy(&chat->talk_ended);
    mm_heap_free(chat);
}

struct backend_persona chat_persona(struct chat *chat)
{
    return (struct backend_persona){ .ctx = chat, .verify = chat_verify };
}
