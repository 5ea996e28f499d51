/* Content and requests that nobody honest makes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/unixfs.h"
#include "tests/unit/rpc/gateway/house.h"

TestSuite(gateway_hostile, .init = house_open, .fini = house_close, .timeout = 100);

/* The server still does its work. */
static void expect_alive(void)
{
    house_expect_at("localhost", "/ipfs/bafkqaaa", "", 200, NULL);
}

/* A node of a file with these children, each claimed to be so long. */
static struct cid put_file_node(const struct cid *children, size_t count, uint64_t size)
{
    struct mm_buf node, sizes, data;
    mm_buf_init(&node, BLOCK_BYTES_MAX);
    mm_buf_init(&sizes, BLOCK_BYTES_MAX);
    mm_buf_init(&data, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        dagpb_add_link(&node, &(struct dagpb_link){ .cid = children[i] });
        unixfs_add_blocksize(&sizes, size);
    }
    unixfs_encode(&data, &(struct unixfs){ .type = UNIXFS_FILE,
                                           .has_filesize = true,
                                           .filesize = count * size,
                                           .blocksizes = mm_buf_bytes(&sizes),
                                           .blocksize_count = count });
    dagpb_add_data(&node, mm_buf_bytes(&data));
    const struct cid cid = house_put(CID_DAG_PB, mm_buf_bytes(&node));
    mm_buf_fini(&node);
    mm_buf_fini(&sizes);
    mm_buf_fini(&data);
    return cid;
}

Test(gateway_hostile, does_not_follow_paths_and_files_without_end)
{
    struct cid directory = house_directory(NULL, 0);
    struct cid file = house_put(CID_RAW, MM_BYTES_LIT("x"));
    char path[400] = "";
    for (size_t i = 0; i < 80; i++) {
        const struct house_entry entry = { "a", directory };
        directory = house_directory(&entry, 1);
        file = put_file_node(&file, 1, 1);
        (void)strcat(path, "/a");
    }
    house_expect(&directory, path, "", 500, NULL);
    house_expect(&directory, "/a/a/a/", "", 200, NULL);
    house_expect(&file, "", "", 500, NULL);
    house_expect(&file, "?format=car", "", 500, NULL);
    (void)strcat(path, "?format=car");
    house_expect(&directory, path, "", 500, NULL);
    expect_alive();
}

/* 40 blocks with two links each to the next: a terabyte of paths. */
Test(gateway_hostile, gives_a_block_that_is_reached_by_a_billion_ways_once)
{
    struct cid cid = house_put(CID_RAW, MM_BYTES_LIT("x"));
    for (size_t i = 0; i < 40; i++) {
        const struct house_entry entries[] = { { "a", cid }, { "b", cid } };
        cid = house_directory(entries, 2);
    }
    struct reply reply = house_get(&cid, "?format=car", "");
    cr_expect_eq(reply.status, 200);
    cr_expect(reply.ok && reply.body_len < 10000);
    reply_free(&reply);
    /* Asked for as often as they are linked they come until the client goes. */
    char text[300];
    (void)snprintf(text, sizeof text,
                   "GET /ipfs/%s?format=car&car-dups=y HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   house_text(&cid));
    struct client client = client_connect(house.port);
    cr_assert(client_text(&client, text));
    cr_expect(client_wait(&client, 1 << 20));
    client_close(&client);
    expect_alive();
}

/* A file of two exabytes in 64 small blocks. */
Test(gateway_hostile, believes_no_length_before_it_is_there)
{
    struct cid cid = house_put(CID_RAW, MM_BYTES_LIT("0123456789abcdef"));
    uint64_t size = 16;
    for (size_t i = 0; i < 50; i++, size *= 2) {
        const struct cid twice[] = { cid, cid };
        cid = put_file_node(twice, 2, size);
    }
    struct reply reply = house_get(&cid, "", "Range: bytes=9007199254740992-9007199254741001\r\n");
    cr_expect_eq(reply.status, 206, "%s", reply.head);
    cr_expect(reply_body_is(&reply, "0123456789"));
    reply_free(&reply);
    house_expect(&cid, "?format=car&entity-bytes=-1:*", "", 200, NULL);
    /* One that claims more than its child has. */
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("short"));
    const struct cid liar = put_file_node(&leaf, 1, 1 << 30);
    house_expect(&liar, "", "", 500, NULL);
    house_expect(&liar, "", "Range: bytes=0-1\r\n", 500, NULL);
    expect_alive();
}

Test(gateway_hostile, lists_the_widest_directory_and_says_that_there_is_more)
{
    enum { ENTRIES = 30000 };
    static struct house_entry entries[ENTRIES];
    static char names[ENTRIES][12];
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("x"));
    for (size_t i = 0; i < ENTRIES; i++) {
        (void)snprintf(names[i], sizeof names[i], "%zu", i);
        entries[i] = (struct house_entry){ names[i], leaf };
    }
    const struct cid cid = house_directory(entries, ENTRIES);
    struct reply reply = house_get(&cid, "/", "");
    cr_expect_eq(reply.status, 200);
    cr_expect_not_null(strstr((const char *)reply.body, "and more than these 20000"));
    reply_free(&reply);
    house_expect(&cid, "/29999", "", 200, NULL);
}

Test(gateway_hostile, hands_out_nothing_that_does_not_hash_to_its_name)
{
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("what it was"));
    house_spoil(&leaf, MM_BYTES_LIT("what it is now"));
    const struct house_entry entry = { "a", leaf };
    const struct cid cid = house_directory(&entry, 1);
    static const char *const paths[] = { "/a", "/a?format=raw", "/a?format=car", "?format=car" };
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++) {
        struct reply reply = house_get(&cid, paths[i], "");
        cr_expect_eq(reply.status, 500, "%s", paths[i]);
        cr_expect_null(strstr((const char *)reply.body, "what it is now"));
        reply_free(&reply);
    }
    house_expect(&cid, "/?format=car&dag-scope=block", "", 200, NULL);
}

/* Each block of a small folder, cut short at every byte, under the name that it then has. */
Test(gateway_hostile, answers_whatever_a_block_is)
{
    const struct house_entry entry = { "a", house_put(CID_RAW, MM_BYTES_LIT("x")) };
    const struct cid cid = house_directory(&entry, 1);
    struct reply whole = house_get(&cid, "?format=raw", "");
    for (size_t len = 0; len < whole.body_len; len++) {
        const mm_bytes cut = mm_bytes_from(whole.body, len);
        static const uint64_t codecs[] = { CID_DAG_PB, CID_DAG_CBOR, CID_DAG_JSON };
        for (size_t i = 0; i < MM_COUNT_OF(codecs); i++) {
            const struct cid bad = house_put(codecs[i], cut);
            static const char *const paths[] = { "", "/", "/a", "?format=car", "/a?format=car" };
            for (size_t j = 0; j < MM_COUNT_OF(paths); j++) {
                struct reply reply = house_get(&bad, paths[j], "Accept: text/html\r\n");
                cr_expect(reply.ok && reply.status >= 200, "%zu %s", len, paths[j]);
                reply_free(&reply);
            }
            house_expect(&bad, "?format=raw", "", 200, NULL);
        }
    }
    reply_free(&whole);
    expect_alive();
}

Test(gateway_hostile, lets_no_path_escape)
{
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("x"));
    const struct house_entry entries[] = { { "..", leaf },
                                           { "../../etc/passwd", leaf },
                                           { "/etc/passwd", leaf },
                                           { "\"><img src=x onerror=alert(1)>", leaf },
                                           { "javascript:alert(1)", leaf } };
    const struct cid cid = house_directory(entries, MM_COUNT_OF(entries));
    static const char *const bad[] = { "/..",
                                       "/../..",
                                       "/%2e%2e/%2e%2e/etc/passwd",
                                       "/..%2f..%2fetc%2fpasswd",
                                       "//etc/passwd",
                                       "/%2fetc/passwd",
                                       "/.",
                                       "/a/./b" };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        char path[200];
        house_expect(&cid, bad[i], "", 400, NULL);
        (void)snprintf(path, sizeof path, "%s?format=car", bad[i]);
        house_expect(&cid, path, "", 400, NULL);
    }
    struct reply reply = house_get(&cid, "/%00", "");
    cr_expect_eq(reply.status, 400);
    reply_free(&reply);
    /* Encoded twice it is decoded once, and a name like others. */
    house_expect(&cid, "/%252e%252e", "", 404, NULL);
    /* Links of the listing stay within it whatever names are. */
    reply = house_get(&cid, "/", "");
    const char *body = (const char *)reply.body;
    char prefix[200];
    cr_expect_eq(reply.status, 200);
    cr_expect_null(strstr(body, "<img"));
    (void)snprintf(prefix, sizeof prefix, "<a href=\"/ipfs/%s/", house_text(&cid));
    size_t links = 0;
    for (const char *at = body; (at = strstr(at, "<a href=\"")) != NULL; at++, links++)
        cr_expect(strncmp(at, prefix, strlen(prefix)) == 0, "%.100s", at);
    cr_expect_eq(links, MM_COUNT_OF(entries));
    cr_expect_not_null(strstr(body, "/..%2F..%2Fetc%2Fpasswd\""));
    reply_free(&reply);
}

Test(gateway_hostile, sandboxes_pages_whatever_they_are_called)
{
    static const char script[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>";
    const struct cid svg = house_put(CID_RAW, mm_bytes_str(script));
    const struct house_entry entries[] = { { "a", svg },        { "a.SVG", svg },
                                           { "a.htm", svg },    { "a.html", svg },
                                           { "a.xml", svg },    { "a.pdf", svg },
                                           { "a.png", svg },    { "a.x.svg", svg },
                                           { "a.unknown", svg } };
    const struct cid cid = house_directory(entries, MM_COUNT_OF(entries));
    for (size_t i = 0; i < MM_COUNT_OF(entries); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/%s", entries[i].name);
        struct reply reply = house_get(&cid, path, "");
        const bool is_image = strcmp(entries[i].name, "a.png") == 0;
        cr_expect_eq(strstr(reply.head, "Content-Security-Policy: sandbox;") == NULL, is_image,
                     "%s", reply.head);
        cr_expect(reply_has(&reply, "X-Content-Type-Options: nosniff"));
        reply_free(&reply);
    }
    house_expect(&cid, "/a.png?filename=b.html", "", 200, "Content-Type: text/html; charset=utf-8");
    struct reply reply = house_get(&cid, "/a.png?filename=b.html", "");
    cr_expect_not_null(strstr(reply.head, "Content-Security-Policy: sandbox;"));
    reply_free(&reply);
}

Test(gateway_hostile, reads_numbers_of_any_size)
{
    const struct cid cid = house_put(CID_RAW, MM_BYTES_LIT("0123456789"));
    house_expect(&cid, "", "Range: bytes=0-99999999999999999999999\r\n", 206,
                 "Content-Range: bytes 0-9/10");
    house_expect(&cid, "", "Range: bytes=-99999999999999999999999\r\n", 206,
                 "Content-Range: bytes 0-9/10");
    house_expect(&cid, "", "Range: bytes=99999999999999999999999-\r\n", 416, NULL);
    house_expect(&cid, "", "Range: bytes=18446744073709551615-18446744073709551615\r\n", 416, NULL);
    house_expect(&cid, "", "Range: bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0\r\n", 206,
                 "Content-Range: bytes 0-0/10");
    house_expect(&cid, "?format=car&entity-bytes=0:99999999999999999999999", "", 400, NULL);
    house_expect(&cid, "?format=car&entity-bytes=-9223372036854775807:9223372036854775807", "", 400,
                 NULL);
    house_expect(&cid, "?format=car&entity-bytes=-922337203685477580:922337203685477580", "", 200,
                 NULL);
}

Test(gateway_hostile, survives_heads_as_large_as_they_may_be)
{
    static char path[9000];
    static char headers[9000];
    const struct cid cid = house_put(CID_RAW, MM_BYTES_LIT("x"));
    const struct house_entry entry = { "a", cid };
    const struct cid directory = house_directory(&entry, 1);
    (void)strcpy(path, "/a?filename=");
    memset(path + strlen(path), 'f', 6000);
    house_expect(&directory, path, "Accept: application/vnd.ipld.car\r\n", 200, NULL);
    memset(path, 0, sizeof path);
    for (size_t i = 0; i < 4000; i++)
        (void)memcpy(path + 2 * i, "/a", 2);
    house_expect(&directory, path, "", 404, NULL);
    (void)strcpy(headers, "Accept: ");
    for (size_t i = 0; i < 4000; i++)
        (void)memcpy(headers + 8 + 2 * i, ";,", 2);
    (void)strcpy(headers + 8008, "\r\n");
    house_expect(&directory, "/a", headers, 200, NULL);
    (void)strcpy(headers, "If-None-Match: ");
    memset(headers + 15, '"', 8000);
    (void)strcpy(headers + 8015, "\r\n");
    house_expect(&directory, "/a", headers, 200, NULL);
    expect_alive();
}
