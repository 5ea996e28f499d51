#include "tests/unit/rpc/gateway/house.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/import.h"
#include "p2p/content/store_internal.h"
#include "p2p/content/unixfs.h"

enum { TARGET_BYTES_MAX = 16 << 10 };

struct house house;

void house_open(void)
{
    struct mm_reason reason;
    cr_assert_eq(content_open(&house.content, &(struct content_options){ 0 }, &reason), MM_OK, "%s",
                 reason.text);
    house.gateway = (struct gateway){ .content = house.content };
    house.route = gateway_route(&house.gateway);
    const struct http_options options = { .routes = &house.route,
                                          .routes_count = 1,
                                          .connection_bytes = GATEWAY_CONNECTION_BYTES };
    cr_assert_eq(http_server_start(&house.server, &options, &reason), MM_OK, "%s", reason.text);
    house.port = http_server_port(house.server);
}

void house_close(void)
{
    http_server_stop(house.server);
    content_close(house.content);
}

struct cid house_name(uint64_t codec, mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = codec };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    multihasher_free(hasher);
    return cid;
}

struct cid house_put(uint64_t codec, mm_bytes block)
{
    const struct cid cid = house_name(codec, block);
    struct content_writer *writer = content_writer_new(house.content);
    cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    return cid;
}

void house_spoil(const struct cid *cid, mm_bytes bytes)
{
    struct kv_batch *batch = kv_batch_new(house.content->kv);
    const struct store_key key = store_key_of(cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), bytes);
    cr_assert_eq(kv_write(house.content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
}

static struct cid import(mm_bytes bytes, const struct content_profile *profile)
{
    struct content_writer *writer = content_writer_new(house.content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(profile, &sink);
    struct import_result result;
    cr_assert_eq(import_file_write(file, bytes), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    import_file_free(file);
    content_writer_free(writer);
    return result.cid;
}

struct cid house_file(mm_bytes bytes)
{
    static const struct content_profile tiny = {
        .cid_version = 1, .raw_leaves = true, .chunk_bytes = 16, .links_max = 3
    };
    return import(bytes, &tiny);
}

struct cid house_large_file(mm_bytes bytes)
{
    static const struct content_profile large = {
        .cid_version = 1, .raw_leaves = true, .chunk_bytes = 256 << 10, .links_max = 174
    };
    return import(bytes, &large);
}

static struct cid put_node(struct mm_buf *links, const struct unixfs *data)
{
    struct mm_buf text;
    mm_buf_init(&text, 4096);
    unixfs_encode(&text, data);
    dagpb_add_data(links, mm_buf_bytes(&text));
    cr_assert_eq(mm_buf_err(links), MM_OK);
    const struct cid cid = house_put(CID_DAG_PB, mm_buf_bytes(links));
    mm_buf_fini(&text);
    mm_buf_fini(links);
    return cid;
}

struct cid house_symlink(const char *target)
{
    struct mm_buf none;
    mm_buf_init(&none, 4096);
    return put_node(
        &none,
        &(struct unixfs){ .type = UNIXFS_SYMLINK, .has_data = true, .data = mm_bytes_str(target) });
}

struct cid house_directory(const struct house_entry *entries, size_t count)
{
    struct mm_buf links;
    mm_buf_init(&links, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct dagpb_link link = { .cid = entries[i].cid,
                                         .has_name = true,
                                         .name = mm_bytes_str(entries[i].name) };
        dagpb_add_link(&links, &link);
    }
    return put_node(&links, &(struct unixfs){ .type = UNIXFS_DIRECTORY });
}

const char *house_text(const struct cid *cid)
{
    static char texts[8][CID_TEXT_MAX + 1];
    static size_t at;
    at = (at + 1) % MM_COUNT_OF(texts);
    (void)cid_to_text(texts[at], cid, MULTIBASE_BASE32);
    return texts[at];
}

struct reply house_get_at(const char *host, const char *target, const char *headers)
{
    static char text[2 * TARGET_BYTES_MAX];
    const int len =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, host, headers);
    cr_assert_lt((size_t)len, sizeof text);
    return client_ask(house.port, text);
}

struct reply house_get(const struct cid *cid, const char *path, const char *headers)
{
    static char target[TARGET_BYTES_MAX];
    const int len = snprintf(target, sizeof target, "/ipfs/%s%s", house_text(cid), path);
    cr_assert_lt((size_t)len, sizeof target);
    return house_get_at("127.0.0.1", target, headers);
}

static void expect(struct reply *reply, const char *target, int status, const char *line)
{
    cr_expect_eq(reply->status, status, "%s: %s", target, reply->head);
    cr_expect(line == NULL || reply_has(reply, line), "%s lacks %s: %s", target, line, reply->head);
    cr_expect(reply_has(reply, "X-Content-Type-Options: nosniff"), "%s: %s", target, reply->head);
    cr_expect(reply_has(reply, "Access-Control-Allow-Origin: *"));
    reply_free(reply);
}

void house_expect(const struct cid *cid, const char *path, const char *headers, int status,
                  const char *line)
{
    struct reply reply = house_get(cid, path, headers);
    expect(&reply, path, status, line);
}

void house_expect_at(const char *host, const char *target, const char *headers, int status,
                     const char *line)
{
    struct reply reply = house_get_at(host, target, headers);
    expect(&reply, target, status, line);
}
