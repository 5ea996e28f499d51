/* The forms that content is served in: headers, tags, ranges, what is missing. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/car.h"
#include "p2p/content/dagpb.h"
#include "tests/unit/rpc/gateway/house.h"

TestSuite(gateway_forms, .init = house_open, .fini = house_close, .timeout = 60);

static const char TEXT[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* The value of a header, or "". */
static const char *value_of(const struct reply *reply, const char *name)
{
    static char values[4][1024];
    static size_t at;
    char *value = values[at++ % MM_COUNT_OF(values)];
    char line[64];
    (void)snprintf(line, sizeof line, "\r\n%s: ", name);
    const char *found = strstr(reply->head, line);
    value[0] = '\0';
    if (found != NULL)
        (void)snprintf(value, sizeof values[0], "%.*s", (int)strcspn(found + strlen(line), "\r"),
                       found + strlen(line));
    return value;
}

static void expect_value(const struct cid *cid, const char *path, const char *headers,
                         const char *name, const char *value)
{
    struct reply reply = house_get(cid, path, headers);
    cr_expect_str_eq(value_of(&reply, name), value, "%s: %s", path, reply.head);
    reply_free(&reply);
}

static size_t blocks_of(const struct reply *reply)
{
    struct car_reader *reader = car_reader_new();
    mm_bytes in = mm_bytes_from(reply->body, reply->body_len);
    mm_bytes block;
    struct cid cid;
    size_t count = 0;
    while (car_feed(reader, &cid, &block, &in) == CAR_BLOCK) {
        const struct cid named = house_name(cid.codec, block);
        cr_expect(cid_same_block(&named, &cid));
        count++;
    }
    cr_expect_eq(car_finish(reader), CAR_OK);
    car_reader_free(reader);
    return count;
}

static size_t count_blocks(const struct cid *cid, const char *path)
{
    struct reply reply = house_get(cid, path, "");
    cr_expect_eq(reply.status, 200, "%s: %s", path, reply.head);
    cr_expect(reply.ok);
    const size_t count = blocks_of(&reply);
    reply_free(&reply);
    return count;
}

static struct cid directory_of_text(struct cid *file)
{
    *file =
        house_file(MM_BYTES_LIT("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    const struct house_entry entry = { "text", *file };
    return house_directory(&entry, 1);
}

Test(gateway_forms, gives_a_block_as_it_is_and_ranges_of_it)
{
    char line[300];
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("0123456789"));
    (void)snprintf(line, sizeof line, "Etag: \"%s.raw\"", house_text(&leaf));
    house_expect(&leaf, "?format=raw", "", 200, line);
    house_expect(&leaf, "?format=raw", "", 200, "Content-Type: application/vnd.ipld.raw");
    house_expect(&leaf, "?format=raw", "", 200,
                 "Cache-Control: public, max-age=29030400, immutable");
    (void)snprintf(line, sizeof line, "attachment; filename=\"%s.bin\"; filename*=UTF-8''%s.bin",
                   house_text(&leaf), house_text(&leaf));
    expect_value(&leaf, "?format=raw", "", "Content-Disposition", line);
    (void)snprintf(line, sizeof line, "If-None-Match: \"x\", W/\"%s.raw\"\r\n", house_text(&leaf));
    house_expect(&leaf, "?format=raw", line, 304, NULL);
    (void)snprintf(line, sizeof line, "If-None-Match: \"%s\"\r\n", house_text(&leaf));
    house_expect(&leaf, "?format=raw", line, 200, NULL); /* that is the file's */
    house_expect(&leaf, "", line, 304, NULL);
    struct reply reply = house_get(&leaf, "?format=raw", "Range: bytes=2-4\r\n");
    cr_expect_eq(reply.status, 206);
    cr_expect(reply_body_is(&reply, "234") && reply_has(&reply, "Content-Range: bytes 2-4/10"));
    reply_free(&reply);
    house_expect(&leaf, "?format=raw", "Range: bytes=10-\r\n", 416, "Content-Range: bytes */10");
}

Test(gateway_forms, gives_blocks_that_are_no_files)
{
    struct mm_buf node;
    mm_buf_init(&node, 100);
    dagpb_add_data(&node, MM_BYTES_LIT("\xff\xff no UnixFS"));
    const struct cid cid = house_put(CID_DAG_PB, mm_buf_bytes(&node));
    mm_buf_fini(&node);
    house_expect(&cid, "", "", 500, NULL);
    house_expect(&cid, "?format=raw", "", 200, "Accept-Ranges: bytes");
    cr_expect_eq(count_blocks(&cid, "?format=car"), 1);
}

Test(gateway_forms, says_where_the_form_is_that_accept_chose)
{
    struct cid file;
    const struct cid cid = directory_of_text(&file);
    char path[300];
    (void)snprintf(path, sizeof path, "/ipfs/%s/text?format=raw", house_text(&cid));
    expect_value(&cid, "/text", "Accept: application/vnd.ipld.raw\r\n", "Content-Location", path);
    (void)snprintf(
        path, sizeof path,
        "/ipfs/%s/text?dag-scope=block&format=car&car-version=1&car-order=dfs&car-dups=y",
        house_text(&cid));
    expect_value(&cid, "/text?dag-scope=block", "Accept: application/vnd.ipld.car; dups=y\r\n",
                 "Content-Location", path);
    (void)snprintf(path, sizeof path,
                   "/ipfs/%s/text?format=car&car-order=unk&car-version=1&car-dups=y",
                   house_text(&cid));
    expect_value(&cid, "/text?format=car&car-order=unk",
                 "Accept: application/vnd.ipld.car; dups=y\r\n", "Content-Location", path);
    expect_value(&cid, "/text?format=raw", "Accept: application/vnd.ipld.raw\r\n",
                 "Content-Location", "");
    expect_value(&cid, "/text", "", "Content-Location", "");
    expect_value(&cid, "/text", "", "Vary", "Accept");
    expect_value(&cid, "/text?format=raw", "", "Vary", "");
}

Test(gateway_forms, gives_each_car_a_tag_of_its_own)
{
    static const char *const paths[] = {
        "?format=car",
        "?format=car&dag-scope=block",
        "?format=car&dag-scope=entity",
        "?format=car&entity-bytes=0:*",
        "?format=car&entity-bytes=0:5",
        "?format=car&entity-bytes=0:-5",
        "?format=car&car-dups=y",
        "/text?format=car",
        "/text?format=raw",
        "/text",
        "/?format=car",
    };
    char tags[MM_COUNT_OF(paths)][300];
    struct cid file;
    const struct cid cid = directory_of_text(&file);
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++) {
        struct reply reply = house_get(&cid, paths[i], "");
        cr_expect_eq(reply.status, 200, "%s", paths[i]);
        (void)snprintf(tags[i], sizeof tags[i], "%s", value_of(&reply, "Etag"));
        reply_free(&reply);
        char line[400];
        (void)snprintf(line, sizeof line, "If-None-Match: %.300s\r\n", tags[i]);
        house_expect(&cid, paths[i], line, 304, NULL);
        for (size_t j = 0; j < i; j++) {
            const bool is_same =
                i + 1 == MM_COUNT_OF(paths) && j == 0; /* a slash changes nothing */
            cr_expect_eq(strcmp(tags[i], tags[j]) == 0, is_same, "%s, %s", paths[i], paths[j]);
        }
    }
    /* The same file by another way has other blocks before it. */
    struct reply reply = house_get(&file, "?format=car", "");
    cr_expect_str_neq(value_of(&reply, "Etag"), tags[7]);
    cr_expect_str_eq(value_of(&reply, "Accept-Ranges"), "none");
    cr_expect_str_neq(value_of(&reply, "Content-Length"),
                      ""); /* a short one is known to be whole */
    reply_free(&reply);
    house_expect(&file, "?format=car", "Range: bytes=0-1\r\n", 200, NULL);
}

Test(gateway_forms, gives_the_blocks_that_scope_and_range_name)
{
    struct cid file;
    const struct cid cid = directory_of_text(&file); /* 4 leaves below 2 nodes below one */
    cr_expect_eq(count_blocks(&cid, "?format=car"), 8);
    cr_expect_eq(count_blocks(&cid, "?format=car&dag-scope=entity"), 1);
    cr_expect_eq(count_blocks(&cid, "/text?format=car"), 8);
    cr_expect_eq(count_blocks(&cid, "/text?format=car&dag-scope=block"), 2);
    cr_expect_eq(count_blocks(&cid, "/text?format=car&entity-bytes=0:0"), 4);
    cr_expect_eq(count_blocks(&file, "?format=car&entity-bytes=-1:*"), 3);
    cr_expect_eq(count_blocks(&file, "?format=car&entity-bytes=9999:*"), 1);
    house_expect(&file, "?format=raw&entity-bytes=x:y", "", 200, NULL); /* it is a CAR's alone */
    house_expect(&file, "?format=car&entity-bytes=x:y", "", 400, NULL);
    house_expect(&file, "?format=car&car-version=2", "", 400, NULL);
}

Test(gateway_forms, answers_head_with_the_headers_of_get)
{
    static const char *const queries[] = { "", "?format=raw", "?format=car" };
    struct cid file;
    const struct cid cid = directory_of_text(&file);
    for (size_t i = 0; i < MM_COUNT_OF(queries); i++) {
        char text[400];
        (void)snprintf(text, sizeof text,
                       "HEAD /ipfs/%s/text%s HTTP/1.1\r\nHost: localhost\r\n\r\n", house_text(&cid),
                       queries[i]);
        char path[64];
        (void)snprintf(path, sizeof path, "/text%s", queries[i]);
        struct client client = client_connect(house.port);
        cr_assert(client_text(&client, text));
        struct reply head = client_reply(&client, true);
        struct reply get = house_get(&cid, path, "");
        cr_expect_eq(head.status, 200);
        cr_expect_str_eq(value_of(&head, "Etag"), value_of(&get, "Etag"));
        cr_expect_str_eq(value_of(&head, "Content-Length"), value_of(&get, "Content-Length"));
        cr_expect_str_eq(value_of(&head, "Content-Type"), value_of(&get, "Content-Type"));
        reply_free(&head);
        reply_free(&get);
        client_close(&client);
    }
}

Test(gateway_forms, answers_a_range_although_other_blocks_are_missing)
{
    /* The same file in a store that has its inner nodes and its last leaf only. */
    const mm_bytes bytes = mm_bytes_from(TEXT, sizeof TEXT - 1);
    struct cid file = house_file(bytes);
    struct reply car = house_get(&file, "?format=car", "");
    house_close();
    house_open();
    struct car_reader *reader = car_reader_new();
    mm_bytes in = mm_bytes_from(car.body, car.body_len);
    mm_bytes block;
    struct cid cid;
    while (car_feed(reader, &cid, &block, &in) == CAR_BLOCK) {
        if (cid.codec == CID_DAG_PB || block.len < 16)
            (void)house_put(cid.codec, block);
    }
    car_reader_free(reader);
    reply_free(&car);
    struct reply reply = house_get(&file, "", "Range: bytes=-4\r\n");
    cr_expect_eq(reply.status, 206, "%s", reply.head);
    cr_expect(reply_body_is(&reply, "WXYZ"));
    reply_free(&reply);
    cr_expect_eq(count_blocks(&file, "?format=car&entity-bytes=-4:*"), 3);
    house_expect(&file, "", "Range: bytes=0-3\r\n", 404, "Cache-Control: no-store");
    house_expect(&file, "", "", 404, NULL);
    house_expect(&file, "?format=car", "", 404, NULL);
    house_expect(&file, "?format=car", "Cache-Control: no-cache, Only-If-Cached\r\n", 412, NULL);
    house_expect(&file, "?format=raw", "Cache-Control: only-if-cached\r\n", 200, NULL);
}

Test(gateway_forms, cuts_the_connection_when_a_car_cannot_go_on)
{
    enum { FILE_BYTES = 1 << 20 };
    uint8_t *bytes = calloc(1, FILE_BYTES);
    cr_assert_not_null(bytes);
    for (size_t i = 0; i < FILE_BYTES; i++)
        bytes[i] = (uint8_t)(i >> 12);
    const struct cid file = house_large_file(mm_bytes_from(bytes, FILE_BYTES));
    cr_expect_eq(count_blocks(&file, "?format=car"), 5);
    const struct cid last =
        house_name(CID_RAW, mm_bytes_from(bytes + FILE_BYTES - (256 << 10), 256 << 10));
    house_spoil(&last, MM_BYTES_LIT("something else"));
    struct reply reply = house_get(&file, "?format=car", "");
    cr_expect_eq(reply.status, 200);
    cr_expect_not(reply.ok);
    reply_free(&reply);
    reply = house_get(&file, "", "");
    cr_expect_eq(reply.status, 200);
    cr_expect_not(reply.ok);
    reply_free(&reply);
    house_expect(&file, "", "Range: bytes=0-9\r\n", 206, NULL);
    free(bytes);
}

Test(gateway_forms, shows_documents_to_people_and_gives_them_as_they_are_to_others)
{
    const struct cid leaf = house_put(CID_RAW, MM_BYTES_LIT("leaf"));
    char text[400];
    (void)snprintf(text, sizeof text, "{\"<script>\":{\"/\":\"%s\"}}", house_text(&leaf));
    const struct cid cid = house_put(CID_DAG_JSON, mm_bytes_str(text));
    struct reply reply = house_get(&cid, "", "Accept: text/html,*/*;q=0.8\r\n");
    cr_expect_eq(reply.status, 200, "%s", reply.head);
    const char *body = (const char *)reply.body;
    cr_expect_null(strstr(body, "<script>"));
    cr_expect_not_null(strstr(body, "&lt;script&gt;"));
    (void)snprintf(text, sizeof text, "<a href=\"/ipfs/%s\">", house_text(&leaf));
    cr_expect_not_null(strstr(body, text));
    cr_expect(strncmp(value_of(&reply, "Etag"), "\"DagIndex-", 10) == 0);
    cr_expect(strstr(value_of(&reply, "Content-Security-Policy"), "sandbox") != NULL);
    reply_free(&reply);
    house_expect(&cid, "", "Accept: */*\r\n", 200, "Content-Type: application/vnd.ipld.dag-json");
    house_expect(&cid, "?format=json", "", 200, "Content-Type: application/json");
    house_expect(&cid, "?format=dag-json", "", 200, "Content-Type: application/vnd.ipld.dag-json");
    house_expect(&cid, "?format=cbor", "", 406, NULL);
    house_expect(&cid, "/%3Cscript%3E", "", 200, "Content-Length: 4");
    house_expect(&cid, "/nothing", "", 404, NULL);
    const struct cid broken = house_put(CID_DAG_JSON, MM_BYTES_LIT("{\"/\":"));
    house_expect(&broken, "", "Accept: text/html\r\n", 500, NULL);
    house_expect(&broken, "", "", 200, NULL);
    const struct cid strange = house_put(0x1234, MM_BYTES_LIT("?"));
    house_expect(&strange, "", "", 406, NULL);
    house_expect(&strange, "?format=raw", "", 200, NULL);
}

Test(gateway_forms, answers_a_symlink_with_its_target)
{
    const struct house_entry entry = { "link", house_symlink("../../etc/passwd") };
    const struct cid cid = house_directory(&entry, 1);
    struct reply reply = house_get(&cid, "/link", "");
    cr_expect_eq(reply.status, 200);
    cr_expect(reply_body_is(&reply, "../../etc/passwd"));
    reply_free(&reply);
    house_expect(&cid, "/link/x", "", 404, NULL);
}

/* ---- tar ---- */

/* Whether the archive's member at this place, in blocks of 512 bytes, is of this name and type. */
static bool has_member(const struct reply *reply, size_t block, const char *name, char type)
{
    const char *head = (const char *)reply->body + block * 512;
    return reply->body_len >= (block + 1) * 512 && strcmp(head, name) == 0 && head[156] == type;
}

Test(gateway_forms, gives_a_folder_as_a_tar_archive)
{
    struct cid file;
    char text[300];
    const struct cid folder = directory_of_text(&file);
    struct reply reply = house_get(&folder, "?format=tar", "");
    cr_assert_eq(reply.status, 200, "%s", reply.head);
    cr_expect_str_eq(value_of(&reply, "Content-Type"), "application/x-tar");
    cr_expect_str_eq(value_of(&reply, "Accept-Ranges"), "none");
    (void)snprintf(text, sizeof text, "W/\"%s.x-tar\"", house_text(&folder));
    cr_expect_str_eq(value_of(&reply, "Etag"), text);
    (void)snprintf(text, sizeof text, "attachment; filename=\"%s.tar\"; filename*=UTF-8''%s.tar",
                   house_text(&folder), house_text(&folder));
    cr_expect_str_eq(value_of(&reply, "Content-Disposition"), text);
    (void)snprintf(text, sizeof text, "%s/", house_text(&folder));
    cr_expect(has_member(&reply, 0, text, '5'));
    (void)snprintf(text, sizeof text, "%s/text", house_text(&folder));
    cr_expect(has_member(&reply, 1, text, '0'));
    cr_assert_eq(reply.body_len, 5 * 512);
    cr_expect_arr_eq(reply.body + 2 * 512, TEXT, sizeof TEXT - 1);
    reply_free(&reply);
    /* A file at the end of a path is called by its CID, and has the same archive wherever it is named. */
    reply = house_get(&folder, "/text?format=tar", "");
    cr_expect(has_member(&reply, 0, house_text(&file), '0'));
    cr_expect_eq(reply.body_len, 4 * 512);
    struct reply bare = house_get(&file, "?format=tar", "");
    cr_assert_eq(bare.body_len, reply.body_len);
    cr_expect_arr_eq(bare.body, reply.body, bare.body_len);
    cr_expect_str_eq(value_of(&bare, "Etag"), value_of(&reply, "Etag"));
    reply_free(&bare);
    reply_free(&reply);
}

Test(gateway_forms, tells_a_tar_archive_that_is_known_asked_for_or_impossible)
{
    struct cid file;
    char line[300];
    const struct cid folder = directory_of_text(&file);
    (void)snprintf(line, sizeof line, "If-None-Match: W/\"%s.x-tar\"\r\n", house_text(&folder));
    house_expect(&folder, "?format=tar", line, 304, NULL);
    (void)snprintf(line, sizeof line, "Content-Location: /ipfs/%s?format=tar", house_text(&folder));
    house_expect(&folder, "", "Accept: application/x-tar\r\n", 200, line);
    house_expect(&folder, "", "Accept: application/x-tar\r\n", 200, "Vary: Accept");
    house_expect(&folder, "/nothing?format=tar", "", 404, NULL);
    const struct cid document = house_put(CID_DAG_CBOR, MM_BYTES_LIT("\xa0"));
    house_expect(&document, "?format=tar", "", 406, NULL);
    const struct cid missing = house_name(CID_RAW, MM_BYTES_LIT("nowhere"));
    const struct house_entry lacking = { "a", missing };
    const struct cid lacks = house_directory(&lacking, 1);
    house_expect(&missing, "?format=tar", "", 404, NULL);
    house_expect(&lacks, "?format=tar", "", 404, NULL);
    const struct house_entry twice[] = { { "a", file }, { "a", file } };
    const struct cid doubled = house_directory(twice, 2);
    house_expect(&doubled, "?format=tar", "", 500, NULL);
    const struct house_entry up = { "..", file };
    const struct cid climbs = house_directory(&up, 1);
    house_expect(&climbs, "?format=tar", "", 500, NULL);
    const struct house_entry around = { "../a",
                                        file }; /* out of the root, or inside it: deeper down */
    const struct cid winds = house_directory(&around, 1);
    house_expect(&winds, "?format=tar", "", 500, NULL);
    const struct house_entry inner = { "inner", winds };
    const struct cid holds = house_directory(&inner, 1);
    house_expect(&holds, "?format=tar", "", 200, NULL);
    const struct house_entry link = { "a", house_symlink("../../etc/passwd") };
    const struct cid leads_out = house_directory(&link, 1);
    house_expect(&leads_out, "?format=tar", "", 500, NULL);
}
