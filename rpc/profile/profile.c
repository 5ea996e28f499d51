#include "rpc/profile/profile.h"

#include <stdio.h>

#include "p2p/content/avatar.h"
#include "rpc/profile/text.h"
#include "state/crypto/address.h"

enum { ANSWER_BYTES_MAX = 64 << 10 };

static struct look_from look_from(const struct profiles *profiles)
{
    return (struct look_from){ profiles->content, profiles->ledger, profiles->natives,
                               profiles->chain_id(profiles->ctx) };
}

mm_err profiles_find(const struct profiles *profiles, struct mm_arena *arena,
                     struct content_claim *claim, struct look *look, const mm_addr *addr)
{
    const struct look_from from = look_from(profiles);
    MM_TRY(content_claim_get(profiles->content, claim, addr));
    return look_at(arena, look, &from, claim, addr, LOOK_FRONT);
}

/* ---- answers ---- */

/* What an address shows, for the answer. */
static void add_profile(struct mm_buf *body, const struct profiles *profiles, const mm_addr *addr,
                        const struct content_claim *claim, const struct look *look)
{
    struct content_avatar ordinary;
    const struct profile_text text = {
        .addr = addr,
        .claim = claim,
        .look = look,
        .has_avatar = content_avatar_get(profiles->content, &ordinary, addr) == MM_OK,
    };
    profile_write(body, &text);
}

static void answer_profile(const struct profiles *profiles, struct http_request *request,
                           unsigned status, const mm_addr *addr, const struct content_claim *claim,
                           const struct look *look)
{
    struct http_response response;
    http_response_init(&response, status, "application/json", ANSWER_BYTES_MAX);
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-cache"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_response_header(&response, "Cross-Origin-Resource-Policy", MM_BYTES_LIT("cross-origin"));
    add_profile(&response.body, profiles, addr, claim, look);
    http_answer(request, &response);
}

static void get(const struct profiles *profiles, struct http_request *request, const mm_addr *addr,
                struct mm_arena *arena)
{
    struct content_claim claim;
    struct look look;
    const mm_err err = profiles_find(profiles, arena, &claim, &look, addr);
    if (err == MM_OK)
        answer_profile(profiles, request, 200, addr, &claim, &look);
    else if (err == MM_ERR_NOT_FOUND)
        answer_profile(profiles, request, 200, addr, NULL, NULL);
    else
        http_answer_text(request, 500, mm_err_text(err));
}

/* ---- changes ---- */

static unsigned status_of(enum look_verdict verdict)
{
    switch (verdict) {
    case LOOK_OK:
        return 200;
    case LOOK_OTHER_OWNER:
        return 403;
    case LOOK_NO_TOKEN:
        return 404;
    case LOOK_OTHER_CHAIN:
    case LOOK_NO_METADATA:
    case LOOK_NO_PICTURE:
        return 409;
    case LOOK_PICTURE_TOO_LARGE:
        return 413;
    case LOOK_NOT_A_PICTURE:
        return 415;
    case LOOK_NO_URI:
    case LOOK_BAD_METADATA:
    case LOOK_NO_IMAGE:
        return 422;
    }
    return 500;
}

static void put(const struct profiles *profiles, struct http_request *request, const mm_addr *addr,
                struct mm_arena *arena)
{
    const struct look_from from = look_from(profiles);
    struct content_claim claim;
    struct look look;
    if (!sessions_allow(profiles->sessions, request, addr))
        return;
    if (!profile_read(arena, &claim, http_body(request))) {
        http_answer_text(
            request, 400,
            "the body is {\"chain\": 31337, \"collection\": \"0x…\", \"token\": \"7\"}");
        return;
    }
    mm_err err = look_at(arena, &look, &from, &claim, addr, LOOK_WHOLE);
    if (err == MM_OK && look.verdict != LOOK_OK) {
        http_answer_text(request, status_of(look.verdict), look_verdict_text(look.verdict));
        return;
    }
    if (err == MM_OK)
        err = content_claim_put(profiles->content, &claim, addr);
    if (err == MM_OK)
        answer_profile(profiles, request, 200, addr, &claim, &look);
    else
        http_answer_text(request, err == MM_ERR_NO_SPACE ? 507 : 500, mm_err_text(err));
}

static void del(const struct profiles *profiles, struct http_request *request, const mm_addr *addr)
{
    struct http_response response;
    if (!sessions_allow(profiles->sessions, request, addr))
        return;
    const mm_err err = content_claim_del(profiles->content, addr);
    if (err != MM_OK) {
        http_answer_text(request, 500, mm_err_text(err));
        return;
    }
    http_response_init(&response, 204, NULL, 0);
    http_answer(request, &response);
}

/* ---- routes ---- */

static void respond(void *context, struct http_request *request)
{
    const struct profiles *profiles = context;
    struct mm_arena arena;
    mm_addr addr;
    if (address_from_text(&addr, http_path_rest(request)) != ADDRESS_OK) {
        http_answer_text(request, 400,
                         "the path is /profile/ and an address, 0x and 40 digits (EIP-55)");
        return;
    }
    mm_arena_init(&arena, LOOK_ARENA_BYTES_MAX);
    if (http_method(request) == HTTP_PUT)
        put(profiles, request, &addr, &arena);
    else if (http_method(request) == HTTP_DELETE)
        del(profiles, request, &addr);
    else
        get(profiles, request, &addr, &arena);
    mm_arena_fini(&arena);
}

void profiles_routes(struct http_route routes[PROFILE_ROUTES], struct profiles *profiles)
{
    routes[0] = (struct http_route){ .path = "/profile/",
                                     .prefix = true,
                                     .methods = HTTP_GET,
                                     .cors = HTTP_CORS_ANY,
                                     .respond = respond,
                                     .context = profiles };
    routes[1] = (struct http_route){ .path = "/profile/",
                                     .prefix = true,
                                     .methods = HTTP_PUT | HTTP_DELETE,
                                     .body_bytes_max = PROFILE_BODY_BYTES_MAX,
                                     .respond = respond,
                                     .context = profiles };
}
