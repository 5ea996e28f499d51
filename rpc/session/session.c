#include "rpc/session/session.h"

#include <pthread.h>
#include <sodium.h>

#include "rpc/session/cookie.h"
#include "rpc/session/nonces.h"
#include "rpc/siwe/siwe.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/json.h"
#include "state/crypto/address.h"

struct sessions {
    struct sessions_options options;
    pthread_mutex_t lock; /* of both tables */
    struct nonces nonces;
    struct tokens tokens;
};

struct sessions *sessions_new(const struct sessions_options *options)
{
    struct sessions *sessions = mm_heap_zeroed(1, sizeof *sessions);
    MM_ASSERT(sodium_init() >= 0);
    if (sessions == NULL)
        return NULL;
    sessions->options = *options;
    MM_ASSERT(pthread_mutex_init(&sessions->lock, NULL) == 0);
    return sessions;
}

void sessions_free(struct sessions *sessions)
{
    if (sessions == NULL)
        return;
    (void)pthread_mutex_destroy(&sessions->lock);
    sodium_memzero(&sessions->tokens, sizeof sessions->tokens);
    mm_heap_free(sessions);
}

static void lock(struct sessions *sessions)
{
    MM_ASSERT(pthread_mutex_lock(&sessions->lock) == 0);
}

static void unlock(struct sessions *sessions)
{
    MM_ASSERT(pthread_mutex_unlock(&sessions->lock) == 0);
}

static uint64_t chain_id_of(const struct sessions *sessions)
{
    return sessions->options.chain_id(sessions->options.ctx);
}

/* ---- who ---- */

static bool find(struct sessions *sessions, mm_addr *address, uint64_t *expires_s,
                 struct http_request *request)
{
    uint8_t token[TOKEN_BYTES];
    *address = (mm_addr){ { 0 } };
    if (!cookie_read(request, token))
        return false;
    lock(sessions);
    const bool is_found =
        tokens_find(&sessions->tokens, address, expires_s, token, http_now_ms() / 1000);
    unlock(sessions);
    return is_found;
}

bool sessions_find(struct sessions *sessions, mm_addr *address, struct http_request *request)
{
    uint64_t expires_s;
    return find(sessions, address, &expires_s, request);
}

bool sessions_find_own(struct sessions *sessions, mm_addr *address, struct http_request *request)
{
    *address = (mm_addr){ { 0 } };
    return http_is_own_page(request) && sessions_find(sessions, address, request);
}

/* False: answered. */
static bool is_own_page(struct http_request *request)
{
    if (http_is_own_page(request))
        return true;
    http_answer_text(request, 403, "only a page of this origin may ask that");
    return false;
}

bool sessions_allow(struct sessions *sessions, struct http_request *request, const mm_addr *address)
{
    mm_addr own;
    if (!is_own_page(request))
        return false;
    if (!sessions_find(sessions, &own, request)) {
        http_answer_text(request, 401, "nobody is signed in");
        return false;
    }
    if (mm_addr_equal(&own, address))
        return true;
    http_answer_text(request, 403, "another address is signed in");
    return false;
}

/* ---- answers ---- */

static void begin(struct http_response *response, unsigned status)
{
    http_response_init(response, status, status == 204 ? NULL : "application/json", 1024);
    http_response_header(response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_response_header(response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
}

static void add_session(struct http_response *response, const struct sessions *sessions,
                        const mm_addr *address, uint64_t expires_s)
{
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, address);
    struct json_writer w = json_writer_over(&response->body);
    json_open_object(&w);
    json_key(&w, "address");
    json_add_text(&w, text);
    json_key(&w, "chainId");
    json_add_u64(&w, chain_id_of(sessions));
    json_key(&w, "expires");
    json_add_u64(&w, expires_s);
    json_close_object(&w);
    mm_buf_add_text(&response->body, "\n");
}

/* ---- signing in ---- */

static void answer_nonce(void *context, struct http_request *request)
{
    struct sessions *sessions = context;
    uint8_t random[NONCE_CHARS];
    char text[NONCE_CHARS];
    struct http_response response;
    if (!is_own_page(request))
        return;
    randombytes_buf(random, sizeof random);
    lock(sessions);
    nonces_put(&sessions->nonces, text, random, http_now_ms() / 1000);
    unlock(sessions);
    begin(&response, 200);
    mm_buf_printf(&response.body, "{\"nonce\":\"%.*s\"}\n", NONCE_CHARS, text);
    http_answer(request, &response);
}

/* Out: borrowed from the request's arena. False: answered. */
static bool read_body(struct http_request *request, mm_bytes *message, mm_bytes *signature)
{
    struct json body;
    const enum json_verdict verdict =
        json_parse(http_arena(request), &body, http_body(request),
                   &(struct json_options){ .unique_keys = true }, NULL);
    const struct json *text = verdict == JSON_OK ? json_find(&body, "message") : NULL;
    const struct json *by = verdict == JSON_OK ? json_find(&body, "signature") : NULL;
    if (text == NULL || text->kind != JSON_STRING || by == NULL || by->kind != JSON_STRING) {
        http_answer_text(request, 400, "the body is {\"message\": text, \"signature\": text}");
        return false;
    }
    *message = text->text;
    *signature = by->text;
    return true;
}

static enum siwe_verdict check_page(struct sessions *sessions, struct http_request *request,
                                    const struct siwe_message *message)
{
    const struct siwe_page page = { .authority = http_host(request),
                                    .is_secure = cookie_is_secure(request),
                                    .chain_id = chain_id_of(sessions) };
    return siwe_check_page(message, &page);
}

static bool take_nonce(struct sessions *sessions, mm_bytes nonce, uint64_t now_ms)
{
    lock(sessions);
    const bool is_good = nonces_take(&sessions->nonces, nonce, now_ms / 1000);
    unlock(sessions);
    return is_good;
}

/* False: answered. */
static bool check(struct sessions *sessions, struct http_request *request,
                  struct siwe_message *message, uint64_t now_ms)
{
    mm_bytes text;
    mm_bytes signature;
    if (!read_body(request, &text, &signature))
        return false;
    enum siwe_verdict verdict = siwe_parse(message, text);
    if (verdict != SIWE_OK) {
        http_answer_text(request, 400, siwe_verdict_text(verdict));
        return false;
    }
    verdict = check_page(sessions, request, message);
    if (verdict == SIWE_OK && !take_nonce(sessions, message->nonce, now_ms)) {
        http_answer_text(request, 401, "the nonce was not given out here, was used, or is too old");
        return false;
    }
    if (verdict == SIWE_OK)
        verdict = siwe_check_times(message, (int64_t)now_ms);
    if (verdict == SIWE_OK)
        verdict = siwe_check_signature(message, signature);
    if (verdict == SIWE_OK)
        return true;
    http_answer_text(request, verdict == SIWE_MALFORMED_SIGNATURE ? 400 : 401,
                     siwe_verdict_text(verdict));
    return false;
}

/* In whole seconds, rounded up: a message that expires within this second is good until its end. */
static uint64_t expiry_of(const struct siwe_message *message, uint64_t now_s)
{
    const uint64_t own = now_s + SESSION_LIFE_S;
    if (message->expiration_time.text.len == 0)
        return own;
    const uint64_t asked = ((uint64_t)message->expiration_time.ms + 999) / 1000;
    return asked < own ? asked : own;
}

static void sign_in(struct sessions *sessions, struct http_request *request)
{
    const uint64_t now_ms = http_now_ms();
    struct siwe_message message;
    struct http_response response;
    uint8_t token[TOKEN_BYTES];
    uint8_t old[TOKEN_BYTES];
    if (!check(sessions, request, &message, now_ms))
        return;
    const bool has_old = cookie_read(request, old);
    const uint64_t expires_s = expiry_of(&message, now_ms / 1000);
    randombytes_buf(token, sizeof token);
    lock(sessions);
    if (has_old)
        tokens_drop(&sessions->tokens, old);
    tokens_put(&sessions->tokens, token, &message.address, now_ms / 1000, expires_s);
    unlock(sessions);
    begin(&response, 200);
    add_session(&response, sessions, &message.address, expires_s);
    cookie_set(&response, request, token, expires_s - now_ms / 1000);
    sodium_memzero(token, sizeof token);
    http_answer(request, &response);
}

/* ---- and out ---- */

static void sign_out(struct sessions *sessions, struct http_request *request)
{
    uint8_t token[TOKEN_BYTES];
    struct http_response response;
    if (cookie_read(request, token)) {
        lock(sessions);
        tokens_drop(&sessions->tokens, token);
        unlock(sessions);
    }
    begin(&response, 204);
    cookie_set(&response, request, NULL, 0);
    http_answer(request, &response);
}

static void tell(struct sessions *sessions, struct http_request *request)
{
    mm_addr address;
    uint64_t expires_s;
    struct http_response response;
    if (!find(sessions, &address, &expires_s, request)) {
        http_answer_text(request, 401, "nobody is signed in");
        return;
    }
    begin(&response, 200);
    add_session(&response, sessions, &address, expires_s);
    http_answer(request, &response);
}

static void respond(void *context, struct http_request *request)
{
    struct sessions *sessions = context;
    if (!is_own_page(request))
        return;
    if (http_method(request) == HTTP_POST)
        sign_in(sessions, request);
    else if (http_method(request) == HTTP_DELETE)
        sign_out(sessions, request);
    else
        tell(sessions, request);
}

void sessions_routes(struct http_route routes[SESSION_ROUTES], struct sessions *sessions)
{
    routes[0] = (struct http_route){
        .path = "/session/nonce", .methods = HTTP_GET, .respond = answer_nonce, .context = sessions
    };
    routes[1] = (struct http_route){ .path = "/session",
                                     .methods = HTTP_GET | HTTP_POST | HTTP_DELETE,
                                     .body_bytes_max = SESSION_BODY_BYTES_MAX,
                                     .respond = respond,
                                     .context = sessions };
}
