/* Which picture an address has at this moment, and its answer. */
#include <stdio.h>

#include "p2p/content/avatar.h"
#include "rpc/avatar/avatar_internal.h"
#include "rpc/avatar/identicon.h"
#include "rpc/gateway/body.h"
#include "rpc/http/conditional.h"
#include "rpc/profile/profile.h"
#include "state/crypto/address.h"

enum { ETAG_BYTES = CID_TEXT_MAX + 16 };

enum kind { KIND_VERIFIED, KIND_ORDINARY, KIND_GENERATED };

struct shown {
    enum kind kind;
    struct cid cid; /* unless it is generated */
    enum filetype type;
    bool is_asked_anew; /* the answer may be another with the next block */
    char etag[ETAG_BYTES];
};

/* ---- the question ---- */

struct wish {
    bool verified; /* a token's picture goes before the ordinary one */
    bool identicon;
};

/* A parameter that is "" or one word. False: another word, answered. */
static bool read_flag(struct http_request *request, bool *flag, const char *name, const char *word)
{
    mm_bytes value;
    char line[64];
    *flag = http_query(request, name, &value);
    if (!*flag || mm_bytes_equal(value, mm_bytes_str(word)))
        return true;
    (void)snprintf(line, sizeof line, "%s: %s, or nothing", name, word);
    http_answer_text(request, 400, line);
    return false;
}

static bool read_wish(struct http_request *request, struct wish *wish)
{
    return read_flag(request, &wish->verified, "verified", "1") &&
           read_flag(request, &wish->identicon, "fallback", "identicon");
}

/* ---- the choice ---- */

static void set_etag(struct shown *shown, const mm_addr *addr)
{
    char text[CID_TEXT_MAX + 1];
    if (shown->kind == KIND_GENERATED)
        address_to_text(text, addr);
    else
        (void)cid_to_text(text, &shown->cid, MULTIBASE_BASE32);
    /* The same picture with and without its frame is not the same answer. */
    (void)snprintf(shown->etag, sizeof shown->etag, "\"%s%s\"", text,
                   shown->kind == KIND_VERIFIED ? ".verified" : "");
}

/* MM_ERR_NOT_FOUND: no token is shown, or it does not hold. */
static mm_err find_verified(const struct avatar *avatar, struct shown *shown, const mm_addr *addr)
{
    struct content_claim claim;
    struct look look;
    struct mm_arena arena;
    mm_arena_init(&arena, LOOK_ARENA_BYTES_MAX);
    mm_err err = profiles_find(avatar->profiles, &arena, &claim, &look, addr);
    if (err == MM_OK && look.verdict != LOOK_OK)
        err = MM_ERR_NOT_FOUND;
    if (err == MM_OK) {
        shown->kind = KIND_VERIFIED;
        shown->cid = look.picture;
        shown->type = look.type;
    }
    mm_arena_fini(&arena);
    return err;
}

static mm_err find_ordinary(const struct avatar *avatar, struct shown *shown, const mm_addr *addr)
{
    struct content_avatar picture;
    MM_TRY(content_avatar_get(avatar->content, &picture, addr));
    shown->kind = KIND_ORDINARY;
    shown->cid = picture.cid;
    shown->type = picture.type;
    return MM_OK;
}

/* MM_ERR_NOT_FOUND: there is none of what is wished for. */
static mm_err choose(const struct avatar *avatar, struct shown *shown, const struct wish *wish,
                     const mm_addr *addr)
{
    mm_err err = MM_ERR_NOT_FOUND;
    *shown = (struct shown){ .is_asked_anew = wish->verified };
    if (wish->verified && avatar->profiles != NULL)
        err = find_verified(avatar, shown, addr);
    if (err == MM_ERR_NOT_FOUND)
        err = find_ordinary(avatar, shown, addr);
    if (err == MM_ERR_NOT_FOUND && wish->identicon) {
        shown->kind = KIND_GENERATED;
        shown->type = FILETYPE_SVG;
        err = MM_OK;
    }
    if (err == MM_OK)
        set_etag(shown, addr);
    return err;
}

/* ---- the answer ---- */

static const char *kind_text(enum kind kind)
{
    static const char *const texts[] = { "verified", "ordinary", "generated" };
    return texts[kind];
}

static void add_headers(struct http_response *response, const struct shown *shown)
{
    char text[CID_TEXT_MAX + 1];
    char cache[48];
    (void)snprintf(cache, sizeof cache, "public, max-age=%d, must-revalidate", AVATAR_CACHE_S);
    http_response_header(response, "ETag", mm_bytes_str(shown->etag));
    http_response_header(response, "Cache-Control",
                         shown->is_asked_anew ? MM_BYTES_LIT("no-cache") : mm_bytes_str(cache));
    http_response_header(response, "X-Mintmark-Avatar", mm_bytes_str(kind_text(shown->kind)));
    http_response_header(response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_response_header(response, "Content-Security-Policy",
                         MM_BYTES_LIT("sandbox; default-src 'none'"));
    http_response_header(response, "Cross-Origin-Resource-Policy", MM_BYTES_LIT("cross-origin"));
    if (shown->kind == KIND_GENERATED)
        return;
    (void)cid_to_text(text, &shown->cid, MULTIBASE_BASE32);
    http_response_header(response, "X-Ipfs-Path", mm_bytes_str(text));
}

/* The file as the body. */
static enum read_verdict fill(struct http_response *response, const struct avatar *avatar,
                              const struct shown *shown)
{
    const struct block_source source = content_source(avatar->content);
    struct content_reader *reader = content_reader_new(&source);
    uint64_t bytes = 0;
    enum read_verdict verdict =
        reader == NULL ? READ_FAILED : content_file_open(reader, &bytes, &shown->cid);
    if (verdict == READ_OK)
        verdict = body_of_file(response, &reader, 0, bytes);
    content_reader_free(reader);
    return verdict;
}

static void send(const struct avatar *avatar, struct http_request *request,
                 const struct shown *shown, const mm_addr *addr)
{
    struct http_response response;
    enum read_verdict verdict = READ_OK;
    http_response_init(&response, 200, filetype_media_type(shown->type), IDENTICON_BYTES_MAX);
    if (shown->kind == KIND_GENERATED)
        identicon_write(&response.body, addr);
    else
        verdict = fill(&response, avatar, shown);
    if (verdict != READ_OK) {
        http_response_fini(&response);
        http_answer_text(request, 500, read_verdict_text(verdict));
        return;
    }
    add_headers(&response, shown);
    http_answer(request, &response);
}

void avatar_show(const struct avatar *avatar, struct http_request *request, const mm_addr *addr)
{
    struct wish wish;
    struct shown shown;
    if (!read_wish(request, &wish))
        return;
    const mm_err err = choose(avatar, &shown, &wish, addr);
    if (err == MM_ERR_NOT_FOUND) {
        http_answer_text(request, 404, "no profile picture was set for this address");
        return;
    }
    if (err != MM_OK) {
        http_answer_text(request, 500, mm_err_text(err));
        return;
    }
    if (!http_etag_is_listed(http_header(request, "If-None-Match"), mm_bytes_str(shown.etag))) {
        send(avatar, request, &shown, addr);
        return;
    }
    struct http_response response;
    http_response_init(&response, 304, NULL, 0);
    add_headers(&response, &shown);
    http_answer(request, &response);
}
