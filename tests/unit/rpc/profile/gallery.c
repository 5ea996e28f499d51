#include "tests/unit/rpc/profile/gallery.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "contracts-native/natives/natives.h"
#include "p2p/content/import.h"
#include "p2p/content/store_internal.h"
#include "state/base/endian.h"

struct gallery gallery;

static uint64_t chain_id(void *ctx)
{
    (void)ctx;
    return GALLERY_CHAIN;
}

void gallery_open(void)
{
    struct gallery *g = &gallery;
    const struct sessions_options sessions = { chain_id, NULL };
    dev_chain_init(&g->dev, DEV_MEMORY, UINT64_MAX);
    cr_assert_eq(content_open(&g->content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    g->sessions = sessions_new(&sessions);
    cr_assert_not_null(g->sessions);
    g->profiles = (struct profiles){ .content = g->content,
                                     .ledger = chain_ledger(g->dev.chain),
                                     .natives = natives_all(),
                                     .sessions = g->sessions,
                                     .chain_id = chain_id };
    g->avatar = (struct avatar){ .content = g->content,
                                 .chain_id = chain_id,
                                 .profiles = &g->profiles,
                                 .sessions = g->sessions };
    sessions_routes(g->routes, g->sessions);
    profiles_routes(&g->routes[SESSION_ROUTES], &g->profiles);
    avatar_own_routes(&g->routes[SESSION_ROUTES + PROFILE_ROUTES], &g->avatar);
    const struct http_options http = { .routes = g->routes,
                                       .routes_count = MM_COUNT_OF(g->routes) };
    cr_assert_eq(http_server_start(&g->server, &http, NULL), MM_OK);
    g->port = http_server_port(g->server);
}

void gallery_close(void)
{
    http_server_stop(gallery.server);
    sessions_free(gallery.sessions);
    content_close(gallery.content);
    dev_chain_fini(&gallery.dev);
}

/* ---- content and tokens ---- */

const char *gallery_put(mm_bytes bytes)
{
    static char uris[8][GALLERY_URI_BYTES];
    static size_t at;
    char text[CID_TEXT_MAX + 1];
    struct content_writer *writer = content_writer_new(gallery.content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    cr_assert_eq(import_file_write(file, bytes), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    import_file_free(file);
    content_writer_free(writer);
    (void)cid_to_text(text, &result.cid, MULTIBASE_BASE32);
    at = (at + 1) % MM_COUNT_OF(uris);
    (void)snprintf(uris[at], GALLERY_URI_BYTES, "ipfs://%.200s", text);
    return uris[at];
}

void gallery_spoil(mm_bytes leaf)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = CID_RAW };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &leaf, 1), MM_OK);
    multihasher_free(hasher);
    struct kv_batch *batch = kv_batch_new(gallery.content->kv);
    const struct store_key key = store_key_of(&cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("other bytes"));
    cr_assert_eq(kv_write(gallery.content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
}

struct cid gallery_cid(const char *uri)
{
    struct cid cid;
    cr_assert_eq(cid_parse(&cid, mm_bytes_str(uri + strlen("ipfs://"))), CID_OK);
    return cid;
}

uint64_t gallery_mint(size_t owner, const char *uri)
{
    const uint64_t token = dev_chain_mint_uri(&gallery.dev, 0, owner, mm_bytes_str(uri));
    (void)dev_chain_block(&gallery.dev);
    return token;
}

uint64_t gallery_mint_picture(size_t owner, mm_bytes picture)
{
    char metadata[512];
    (void)snprintf(metadata, sizeof metadata, "{\"name\":\"A \\\"cat\\\"\",\"image\":\"%s\"}",
                   gallery_put(picture));
    return gallery_mint(owner, gallery_put(mm_bytes_str(metadata)));
}

struct content_claim gallery_claim(uint64_t token)
{
    struct content_claim claim = { .chain_id = GALLERY_CHAIN,
                                   .token = { .contract = DEV_COLLECTION } };
    mm_put_be64(claim.token.token_id.b + 24, token);
    return claim;
}

/* ---- people ---- */

void gallery_sign_in(char cookie[WALLET_COOKIE_BYTES], size_t person)
{
    struct wallet wallet = { .key = gallery.dev.people[person], .addr = gallery.dev.addrs[person] };
    address_to_text(wallet.address, &wallet.addr);
    wallet_sign_in(&wallet, cookie, gallery.port);
}

struct reply gallery_ask(const char *method, const char *path, size_t person, const char *headers,
                         mm_bytes body)
{
    static char text[2048];
    char address[ADDRESS_TEXT + 1];
    char where[256];
    const char *query = strchr(path, '?');
    address_to_text(address, &gallery.dev.addrs[person]);
    (void)snprintf(where, sizeof where, "%.*s%s%s",
                   (int)(query == NULL ? strlen(path) : (size_t)(query - path)), path, address,
                   query == NULL ? "" : query);
    (void)snprintf(text, sizeof text,
                   "%s %s HTTP/1.1\r\nHost: localhost:%u\r\n%sContent-Length: %zu\r\n\r\n", method,
                   where, gallery.port, headers, body.len);
    struct client client = client_connect(gallery.port);
    (void)(client_text(&client, text) && client_send(&client, body));
    struct reply reply = client_reply(&client, false);
    client_close(&client);
    return reply;
}
