#include "rpc/avatar/avatar.h"

#include <stdio.h>
#include <time.h>

#include "p2p/content/avatar.h"
#include "p2p/content/import.h"
#include "rpc/gateway/body.h"
#include "rpc/http/conditional.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"
#include "state/crypto/secp.h"

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

/* ---- GET ---- */

static void add_headers(struct http_response *response, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    char etag[CID_TEXT_MAX + 3];
    char cache[48];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    (void)snprintf(etag, sizeof etag, "\"%s\"", text);
    (void)snprintf(cache, sizeof cache, "public, max-age=%d, must-revalidate", AVATAR_CACHE_S);
    http_response_header(response, "ETag", mm_bytes_str(etag));
    http_response_header(response, "Cache-Control", mm_bytes_str(cache));
    http_response_header(response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    http_response_header(response, "Content-Security-Policy",
                         MM_BYTES_LIT("sandbox; default-src 'none'"));
    http_response_header(response, "Cross-Origin-Resource-Policy", MM_BYTES_LIT("cross-origin"));
    http_response_header(response, "X-Ipfs-Path", mm_bytes_str(text));
}

static bool has_it(struct http_request *request, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    char etag[CID_TEXT_MAX + 3];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    (void)snprintf(etag, sizeof etag, "\"%s\"", text);
    return http_etag_is_listed(http_header(request, "If-None-Match"), mm_bytes_str(etag));
}

static void send_picture(const struct avatar *avatar, struct http_request *request,
                         const struct content_avatar *picture)
{
    const struct block_source source = content_source(avatar->content);
    struct content_reader *reader = content_reader_new(&source);
    struct http_response response;
    uint64_t bytes = 0;
    http_response_init(&response, 200, filetype_media_type(picture->type), 0);
    enum read_verdict verdict =
        reader == NULL ? READ_FAILED : content_file_open(reader, &bytes, &picture->cid);
    if (verdict == READ_OK)
        verdict = body_of_file(&response, &reader, 0, bytes);
    if (verdict == READ_OK) {
        add_headers(&response, &picture->cid);
        http_answer(request, &response);
    } else {
        http_response_fini(&response);
        http_answer_text(request, 500, read_verdict_text(verdict));
    }
    content_reader_free(reader);
}

static void get(const struct avatar *avatar, struct http_request *request, const mm_addr *addr)
{
    struct content_avatar picture;
    const mm_err err = content_avatar_get(avatar->content, &picture, addr);
    if (err == MM_ERR_NOT_FOUND) {
        http_answer_text(request, 404, "no profile picture was set for this address");
        return;
    }
    if (err != MM_OK) {
        http_answer_text(request, 500, mm_err_text(err));
        return;
    }
    if (!has_it(request, &picture.cid)) {
        send_picture(avatar, request, &picture);
        return;
    }
    struct http_response response;
    http_response_init(&response, 304, NULL, 0);
    add_headers(&response, &picture.cid);
    http_answer(request, &response);
}

/* ---- PUT ---- */

static uint64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

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

/* r | s | v as wallets give it: v is 27 or 28, or 0 or 1. */
static bool read_signature(struct http_request *request, struct secp_signature *signature)
{
    mm_bytes text;
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    bool ok = http_query(request, "signature", &text) && hex_read_fixed(bytes, sizeof bytes, text);
    if (ok && bytes[SECP_SIGNATURE_BYTES - 1] >= 27)
        bytes[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(bytes[SECP_SIGNATURE_BYTES - 1] - 27);
    ok = ok && secp_signature_from_bytes(signature, bytes);
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
    const uint64_t now_s = wall_clock_ms() / 1000;
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
    const mm_hash32 digest = personal_digest(mm_bytes_from(text, len));
    mm_addr signer;
    if (secp_recover(&signer, &signature, &digest, SECP_LOW_S) && mm_addr_equal(&signer, addr))
        return true;
    http_answer_text(request, 401,
                     "the signature is not this address's over this picture, chain and time");
    return false;
}

static bool is_picture(enum filetype type)
{
    return type == FILETYPE_PNG || type == FILETYPE_JPEG || type == FILETYPE_GIF ||
           type == FILETYPE_WEBP || type == FILETYPE_AVIF;
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
                                      .time_ms = wall_clock_ms() };
    struct content_avatar old;
    if (!is_picture(picture.type)) {
        http_answer_text(request, 415,
                         picture.type == FILETYPE_SVG
                             ? "SVG can hold scripts and is not taken: PNG, JPEG, GIF, WebP or AVIF"
                             : "the body is no picture: PNG, JPEG, GIF, WebP or AVIF");
        return;
    }
    if (!is_signed(avatar, request, addr, &picture.expires_s))
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
        get(avatar, request, &addr);
}

struct http_route avatar_route(struct avatar *avatar, bool may_put)
{
    return (struct http_route){
        .path = "/avatar/",
        .prefix = true,
        .methods = HTTP_GET | (may_put ? (unsigned)HTTP_PUT : 0u),
        .cors = HTTP_CORS_ANY,
        .cors_expose = "ETag, X-Ipfs-Path",
        .body_bytes_max = AVATAR_BYTES_MAX,
        .respond = respond,
        .context = avatar,
    };
}
