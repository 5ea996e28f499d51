#include "rpc/avatar/avatar.h"

#include "p2p/content/avatar.h"
#include "p2p/content/import.h"
#include "rpc/avatar/avatar_internal.h"
#include "rpc/avatar/files.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

static bool take_addr(struct http_request *request, mm_addr *addr)
{
    switch (address_from_text(addr, http_path_rest(request))) {
    case ADDRESS_OK:
        return true;
    case ADDRESS_MALFORMED:
        http_answer_text(request, 400, "the path is /avatar/ and an address, 0x and 40 digits");
        return false;
    case ADDRESS_BAD_CHECKSUM:
        http_answer_text(request, 400, "the address has a wrong checksum (EIP-55)");
        return false;
    }
    return false;
}

/* ---- PUT ---- */

static bool read_expiry(struct http_request *request, uint64_t *expires_s)
{
    mm_bytes text;
    *expires_s = 0;
    bool ok = http_query(request, "expires", &text) && text.len > 0 && text.len <= 12;
    for (size_t i = 0; ok && i < text.len; i++) {
        ok = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        *expires_s = *expires_s * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (!ok)
        http_answer_text(request, 400, "expires: seconds since 1970");
    return ok;
}

static bool read_signature(struct http_request *request, struct secp_signature *signature)
{
    mm_bytes text;
    const bool ok =
        http_query(request, "signature", &text) && personal_read_signature(signature, text);
    if (!ok)
        http_answer_text(request, 400, "signature: 0x and 130 digits");
    return ok;
}

/* False: answered. */
static bool is_signed(const struct avatar *avatar, struct http_request *request,
                      const mm_addr *addr, uint64_t *expires_s)
{
    struct secp_signature signature;
    if (!read_expiry(request, expires_s) || !read_signature(request, &signature))
        return false;
    const uint64_t now_s = http_now_ms() / 1000;
    if (*expires_s <= now_s || *expires_s > now_s + AVATAR_AHEAD_MAX_S) {
        http_answer_text(request, 401, "the request has expired, or expires in more than an hour");
        return false;
    }
    struct multihasher *hasher = multihasher_new();
    struct multihash hash;
    const mm_bytes body = http_body(request);
    const bool hashed =
        hasher != NULL && multihasher_digest(hasher, &hash, MULTIHASH_SHA2_256, &body, 1) == MM_OK;
    multihasher_free(hasher);
    if (!hashed) {
        http_answer_text(request, 503, "out of memory");
        return false;
    }
    mm_hash32 sha256;
    memcpy(sha256.b, hash.digest, sizeof sha256.b);
    char text[AVATAR_TEXT_MAX + 1];
    const size_t len = avatar_text(text, addr, avatar->chain_id(avatar->ctx), &sha256, *expires_s);
    mm_addr signer;
    if (personal_signer(&signer, mm_bytes_from(text, len), &signature) &&
        mm_addr_equal(&signer, addr))
        return true;
    http_answer_text(request, 401,
                     "the signature is not this address's over this picture, chain and time");
    return false;
}

/* By a signature over this request, or else by who is signed in. False: answered. */
static bool is_allowed(const struct avatar *avatar, struct http_request *request,
                       const mm_addr *addr, uint64_t *expires_s)
{
    mm_bytes value;
    *expires_s = 0;
    if (avatar->sessions == NULL || http_query(request, "signature", &value) ||
        http_query(request, "expires", &value))
        return is_signed(avatar, request, addr, expires_s);
    return sessions_allow(avatar->sessions, request, addr);
}

static mm_err store(struct content *content, struct content_avatar *picture, mm_bytes bytes,
                    const mm_addr *addr)
{
    struct content_writer *writer = content_writer_new(content);
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    mm_err err = file == NULL ? MM_ERR_NO_MEMORY : import_file_write(file, bytes);
    if (err == MM_OK)
        err = import_file_finish(file, &result);
    if (err == MM_OK)
        err = content_writer_commit(writer, NULL);
    if (err == MM_OK) {
        picture->cid = result.cid;
        err = content_avatar_put(content, picture, addr);
    }
    import_file_free(file);
    content_writer_free(writer);
    return err;
}

static void answer_set(struct http_request *request, const struct content_avatar *picture,
                       bool was_there)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &picture->cid, MULTIBASE_BASE32);
    struct http_response response;
    http_response_init(&response, was_there ? 200 : 201, "application/json", 4096);
    mm_buf_printf(&response.body, "{\"cid\":\"%s\",\"type\":\"%s\",\"bytes\":%llu,\"time\":%llu}\n",
                  text, filetype_media_type(picture->type), (unsigned long long)picture->bytes,
                  (unsigned long long)(picture->time_ms / 1000));
    http_answer(request, &response);
}

static void put(const struct avatar *avatar, struct http_request *request, const mm_addr *addr)
{
    const mm_bytes body = http_body(request);
    struct content_avatar picture = { .type = filetype_detect(body),
                                      .bytes = body.len,
                                      .time_ms = http_now_ms() };
    struct content_avatar old;
    if (!filetype_is_picture(picture.type)) {
        http_answer_text(request, 415,
                         picture.type == FILETYPE_SVG
                             ? "SVG can hold scripts and is not taken: PNG, JPEG, GIF, WebP or AVIF"
                             : "the body is no picture: PNG, JPEG, GIF, WebP or AVIF");
        return;
    }
    if (!is_allowed(avatar, request, addr, &picture.expires_s))
        return;
    const bool was_there = content_avatar_get(avatar->content, &old, addr) == MM_OK;
    const mm_err err = store(avatar->content, &picture, body, addr);
    if (err == MM_OK)
        answer_set(request, &picture, was_there);
    else if (err == MM_ERR_EXISTS)
        http_answer_text(request, 401,
                         "a request that expires as late or later was there before; sign another");
    else
        http_answer_text(request, err == MM_ERR_NO_SPACE ? 507 : 500, mm_err_text(err));
}

static void respond(void *context, struct http_request *request)
{
    const struct avatar *avatar = context;
    mm_addr addr;
    if (!take_addr(request, &addr))
        return;
    if (http_method(request) == HTTP_PUT)
        put(avatar, request, &addr);
    else
        avatar_show(avatar, request, &addr);
}

struct http_route avatar_route(struct avatar *avatar, bool may_put)
{
    return (struct http_route){
        .path = "/avatar/",
        .prefix = true,
        .methods = HTTP_GET | (may_put ? (unsigned)HTTP_PUT : 0u),
        .cors = HTTP_CORS_ANY,
        .cors_expose = AVATAR_EXPOSED,
        .body_bytes_max = AVATAR_BYTES_MAX,
        .respond = respond,
        .context = avatar,
    };
}

/* ---- the node's own door ---- */

static void respond_file(void *context, struct http_request *request)
{
    (void)context;
    static const struct http_file_header headers[] = { { "Cross-Origin-Resource-Policy",
                                                         "cross-origin" } };
    http_answer_file(request, &avatar_files[0], headers, MM_COUNT_OF(headers));
}

void avatar_own_routes(struct http_route routes[AVATAR_OWN_ROUTES], struct avatar *avatar)
{
    routes[0] = avatar_route(avatar, false);
    routes[1] = avatar_route(avatar, true);
    routes[1].methods = HTTP_PUT;
    routes[1].cors = HTTP_CORS_NONE; /* what a cookie may do */
    routes[2] = (struct http_route){ .path = avatar_files[0].path,
                                     .methods = HTTP_GET,
                                     .cors = HTTP_CORS_ANY,
                                     .respond = respond_file };
}
