#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "p2p/content/car.h"
#include "p2p/content/cbor.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/unixfs.h"
#include "tests/unit/rpc/content/doors.h"

TestSuite(dag, .init = doors_open, .fini = doors_close, .timeout = 60);

static void expect(const char *command, int status, const char *want)
{
    struct reply reply = doors_call(command);
    cr_expect_eq(reply.status, status, "%s: %d %s", command, reply.status, reply.body);
    cr_expect_not_null(strstr((const char *)reply.body, want), "%s: %s", command, reply.body);
    reply_free(&reply);
}

static void expect_of(const char *format, const char *hash, int status, const char *want)
{
    char command[512];
    (void)snprintf(command, sizeof command, "%s%s", format, hash);
    expect(command, status, want);
}

/* Uploads one part; the answer's body in `out`. */
static int upload(char out[4096], const char *command, mm_bytes content)
{
    struct form form = form_new();
    form_file(&form, "", content);
    struct reply reply = form_send_to(&form, command, 0);
    (void)snprintf(out, 4096, "%s", (const char *)reply.body);
    const int status = reply.status;
    reply_free(&reply);
    return status;
}

static void expect_upload(const char *command, mm_bytes content, int status, const char *want)
{
    char out[4096];
    const int got = upload(out, command, content);
    cr_expect_eq(got, status, "%s: %d %s", command, got, out);
    cr_expect_not_null(strstr(out, want), "%s: %s", command, out);
}

/* ---- put, get ---- */

Test(dag, put_stores_what_is_canonical_and_refuses_what_would_be_another_block)
{
    expect_upload("dag/put?store-codec=dag-json&input-codec=dag-json", MM_BYTES_LIT("{\"a\":1}"),
                  200, "{\"Cid\":{\"/\":\"baguqeera");
    expect_upload("dag/put?store-codec=dag-json&input-codec=dag-json", MM_BYTES_LIT("{ \"a\":1}"),
                  500, "not in canonical form");
    expect_upload("dag/put?store-codec=dag-cbor&input-codec=dag-cbor", MM_BYTES_LIT("\xa0"), 200,
                  "{\"Cid\":{\"/\":\"bafyrei");
    expect_upload("dag/put?store-codec=dag-cbor&input-codec=dag-cbor", MM_BYTES_LIT("\xbf\xff"),
                  500, "not of that codec");
    expect_upload("dag/put", MM_BYTES_LIT("{}"), 500, "no conversion between codecs");
    expect_upload("dag/put?store-codec=what", MM_BYTES_LIT("{}"), 500, "not known here");
    expect_upload("dag/put?store-codec=raw&input-codec=raw&hash=md5", MM_BYTES_LIT("x"), 500,
                  "hash function");
    expect_upload("dag/put?store-codec=raw&input-codec=raw&hash=identity", MM_BYTES_LIT("x"), 500,
                  "hash function");
    expect_upload("dag/put?store-codec=raw&input-codec=raw&trickle=1", MM_BYTES_LIT("x"), 500,
                  "option trickle: not supported; it could change the CID");
}

Test(dag, get_gives_a_block_in_its_own_codec_alone)
{
    char out[4096];
    char hash[128];
    cr_assert_eq(upload(out, "dag/put?store-codec=dag-json&input-codec=dag-json",
                        MM_BYTES_LIT("{\"a\":[1,{\"/\":\"bafkqabtimvwgy3yk\"}]}")),
                 200);
    cr_assert_eq(sscanf(out, "{\"Cid\":{\"/\":\"%127[a-z0-9]", hash), 1, "%s", out);
    expect_of("dag/get?arg=", hash, 200, "{\"a\":[1,{\"/\":\"bafkqabtimvwgy3yk\"}]}");
    expect_of("dag/get?output-codec=dag-cbor&arg=", hash, 500,
              "the block is dag-json, and dag-cbor was asked for");
    expect_of("dag/get?output-codec=what&arg=", hash, 500, "not known here");
    char inside[256];
    (void)snprintf(inside, sizeof inside, "%s/a/0", hash);
    expect_of("dag/get?arg=", inside, 500, "what is inside a block (a/0) is not given out");
    (void)snprintf(inside, sizeof inside, "%s/a/0", hash);
    expect_of("dag/resolve?arg=", inside, 200, "\"RemPath\":\"a/0\"}");
    (void)snprintf(inside, sizeof inside, "%s/a/1", hash);
    expect_of("dag/resolve?arg=", inside, 200,
              "{\"Cid\":{\"/\":\"bafkqabtimvwgy3yk\"},\"RemPath\":\"\"}");
    (void)snprintf(inside, sizeof inside, "%s/b", hash);
    expect_of("dag/resolve?arg=", inside, 500, "\"Type\":\"error\"");
    expect("dag/resolve?arg=bafkqabtimvwgy3yk", 200, "\"RemPath\":\"\"");
}

Test(dag, block_put_names_blocks_as_its_options_say)
{
    static const struct {
        const char *query, *key;
    } CASES[] = {
        { "", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" },
        { "format=raw&mhtype=sha2-256&mhlen=32",
          "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" },
        { "format=v0", "QmaozNR7DZHQK1ZcU9p7QdrshMvXqWK6gpu5rmrkPdT3L4" },
        { "format=protobuf", "bafybeifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" },
        { "cid-codec=dag-cbor", "bafyreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e" },
        { "mhtype=sha2-512", "bafkrgqb" },
        { "mhtype=blake2b-256", "bafk2bz" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        char command[128];
        char want[128];
        (void)snprintf(command, sizeof command, "block/put?%s", CASES[i].query);
        (void)snprintf(want, sizeof want, "{\"Key\":\"%s", CASES[i].key);
        expect_upload(command, MM_BYTES_LIT("hello world"), 200, want);
    }
    expect_upload("block/put?mhlen=20", MM_BYTES_LIT("x"), 500, "digests are not cut");
    expect_upload("block/put?format=v0&mhtype=sha2-512", MM_BYTES_LIT("x"), 500, "sha2-256");
    expect_upload("block/put?format=v0&cid-codec=raw", MM_BYTES_LIT("x"), 500, "both");
    expect_upload("block/put?mhtype=identity", MM_BYTES_LIT("x"), 500, "hash function");
    expect("block/put", 500, "multipart");
    struct mm_buf big;
    mm_buf_init(&big, 4 << 20);
    mm_buf_add_zeros(&big, 2 << 20);
    expect_upload("block/put", mm_buf_bytes(&big), 200, "\"Size\":2097152}");
    mm_buf_add_byte(&big, 0);
    expect_upload("block/put", mm_buf_bytes(&big), 500, "a block has at most 2 MiB");
    mm_buf_fini(&big);
}

/* dag-pb {link to sha2-256 of nothing that is here}. */
Test(dag, put_pins_what_is_whole_and_nothing_else)
{
    char out[4096];
    struct mm_buf block;
    mm_buf_init(&block, 4096);
    struct cid missing = { .version = 1,
                           .codec = CID_RAW,
                           .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    dagpb_add_link(&block, &(struct dagpb_link){ .cid = missing, .has_name = true });
    cr_assert_eq(upload(out, "block/put?cid-codec=dag-pb&pin=true", mm_buf_bytes(&block)), 500);
    cr_assert_not_null(strstr(out, "cannot pin"), "%s", out);
    cr_assert_eq(upload(out, "block/put?cid-codec=dag-pb", mm_buf_bytes(&block)), 200);
    cr_assert_eq(upload(out, "block/put?pin=true", MM_BYTES_LIT("whole")), 200);
    struct content_pins *pins = content_pins_new(doors.content, NULL);
    struct content_pin pin;
    size_t users = 0, leases = 0;
    while (content_pins_next(pins, &pin) == MM_OK) {
        users += pin.kind == CONTENT_PIN_USER;
        leases += pin.kind == CONTENT_PIN_UPLOAD && pin.expires_ms > 0;
    }
    content_pins_free(pins);
    cr_assert_eq(users, 1);
    cr_assert_eq(leases, 1);
    mm_buf_fini(&block);
}

/* ---- CAR ---- */

/* header, then a section of these bytes under the CID of `named`. */
static struct mm_buf car_of(mm_bytes content, mm_bytes named)
{
    struct mm_buf car;
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = CID_RAW };
    uint8_t head[CAR_SECTION_HEAD_MAX];
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &named, 1), MM_OK);
    multihasher_free(hasher);
    mm_buf_init(&car, 8 << 20);
    car_add_header(&car, &cid, 1);
    mm_buf_add(&car, mm_bytes_from(head, car_section_head(head, &cid, content.len)));
    mm_buf_add(&car, content);
    return car;
}

Test(dag, import_takes_whole_files_and_says_what_is_wrong_with_others)
{
    const mm_bytes hello = MM_BYTES_LIT("hello world");
    struct mm_buf car = car_of(hello, hello);
    const mm_bytes whole = mm_buf_bytes(&car);
    expect_upload("dag/import?stats=true", whole, 200,
                  "{\"Root\":{\"Cid\":{\"/\":\"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei6"
                  "6wof36n5e\"},\"PinErrorMsg\":\"\"}}\n"
                  "{\"Stats\":{\"BlockCount\":1,\"BlockBytesCount\":11}}\n");
    char out[4096];
    cr_assert_eq(upload(out, "dag/import?pin-roots=false", whole), 200);
    cr_assert_str_empty(out);
    cr_assert_eq(upload(out, "dag/import?silent=true&stats=true", whole), 200);
    cr_assert_str_empty(out);
    for (size_t len = 0; len < whole.len; len++) {
        const int status = upload(out, "dag/import", mm_bytes_from(whole.ptr, len));
        /* Cut between two sections nothing is missing in the file itself: the root is. */
        const bool is_between = len == whole.len - 11 - 37;
        cr_expect_eq(status, is_between ? 200 : 500, "%zu: %d %s", len, status, out);
        cr_expect_not_null(strstr(out, is_between ? "PinErrorMsg" : "CAR"), "%zu: %s", len, out);
    }
    mm_buf_fini(&car);
    car = car_of(MM_BYTES_LIT("hello worle"), hello);
    expect_upload("dag/import", mm_buf_bytes(&car), 500, "does not hash to its CID");
    mm_buf_fini(&car);
    expect_upload("dag/import", MM_BYTES_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), 500, "CAR");
    expect("dag/import", 500, "multipart");
}

/* A length that promises what never comes costs no memory; nor does an import that goes on and on cost more than a batch. */
Test(dag, import_believes_no_length)
{
    struct mm_buf car;
    mm_buf_init(&car, 4096);
    car_add_header(&car, NULL, 0);
    mm_buf_add(&car, MM_BYTES_LIT("\x80\x80\x80\x80\x80\x80\x80\x40")); /* 2^55 bytes */
    expect_upload("dag/import", mm_buf_bytes(&car), 500, "too large");
    mm_buf_fini(&car);
}

Test(dag, partial_files_name_what_is_missing)
{
    struct mm_buf car, block;
    struct multihasher *hasher = multihasher_new();
    struct cid missing = { .version = 1,
                           .codec = CID_RAW,
                           .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    struct cid root = { .version = 1, .codec = CID_DAG_CBOR };
    uint8_t head[CAR_SECTION_HEAD_MAX];
    mm_buf_init(&block, 4096);
    mm_buf_init(&car, 4096);
    cbor_add_link(&block, &missing);
    const mm_bytes bytes = mm_buf_bytes(&block);
    cr_assert_eq(multihasher_digest(hasher, &root.hash, MULTIHASH_SHA2_256, &bytes, 1), MM_OK);
    multihasher_free(hasher);
    car_add_header(&car, &root, 1);
    mm_buf_add(&car, mm_bytes_from(head, car_section_head(head, &root, bytes.len)));
    mm_buf_add(&car, bytes);
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &missing, MULTIBASE_BASE32);
    expect_upload("dag/import", mm_buf_bytes(&car), 200, text);
    (void)cid_to_text(text, &root, MULTIBASE_BASE32);
    expect_of("dag/export?arg=", text, 500, "not found locally");
    expect_of("dag/stat?arg=", text, 500, "not found locally");
    expect_of("refs?recursive=true&arg=", text, 200, "\"Ref\":\"bafkreiaaaaaa");
    mm_buf_fini(&car);
    mm_buf_fini(&block);
}

/* Two files of one upload: the root of the first is in it, the block that it links to in the second. */
Test(dag, import_looks_at_a_root_again_when_all_files_are_in)
{
    const mm_bytes hello = MM_BYTES_LIT("hello world");
    struct mm_buf second = car_of(hello, hello);
    struct mm_buf first, block;
    struct multihasher *hasher = multihasher_new();
    struct cid leaf = { .version = 1, .codec = CID_RAW };
    struct cid root = { .version = 1, .codec = CID_DAG_CBOR };
    uint8_t head[CAR_SECTION_HEAD_MAX];
    mm_buf_init(&first, 4096);
    mm_buf_init(&block, 4096);
    cr_assert_eq(multihasher_digest(hasher, &leaf.hash, MULTIHASH_SHA2_256, &hello, 1), MM_OK);
    cbor_add_link(&block, &leaf);
    const mm_bytes bytes = mm_buf_bytes(&block);
    cr_assert_eq(multihasher_digest(hasher, &root.hash, MULTIHASH_SHA2_256, &bytes, 1), MM_OK);
    multihasher_free(hasher);
    car_add_header(&first, &root, 1);
    mm_buf_add(&first, mm_bytes_from(head, car_section_head(head, &root, bytes.len)));
    mm_buf_add(&first, bytes);
    struct form form = form_new();
    form_file(&form, "", mm_buf_bytes(&first));
    form_file(&form, "", mm_buf_bytes(&second));
    struct reply reply = form_send_to(&form, "dag/import?stats=true", 5);
    cr_assert_eq(reply.status, 200);
    const char *body = (const char *)reply.body;
    const char *empty = strstr(body, "\"PinErrorMsg\":\"\"");
    cr_assert(empty != NULL && strstr(empty + 1, "\"PinErrorMsg\":\"\"") != NULL, "%s", body);
    cr_assert_not_null(strstr(body, "\"BlockCount\":2"), "%s", body);
    reply_free(&reply);
    struct content_pins *pins = content_pins_new(doors.content, &root);
    struct content_pin pin;
    cr_assert_eq(content_pins_next(pins, &pin), MM_OK);
    cr_assert_eq(pin.kind, CONTENT_PIN_USER);
    content_pins_free(pins);
    mm_buf_fini(&first);
    mm_buf_fini(&second);
    mm_buf_fini(&block);
}

/* ---- reading ---- */

Test(dag, export_stat_ls_refs_and_get_agree_about_a_folder)
{
    struct form form = form_new();
    form_file(&form, "col%2Fa.txt", MM_BYTES_LIT("hello world"));
    form_file(&form, "col%2Fb%2Fc.txt", MM_BYTES_LIT("hello world"));
    struct reply reply = form_send(&form, "cid-version=1", 0);
    cr_assert_eq(reply.status, 200);
    const char *last = strstr((const char *)reply.body, "{\"Name\":\"col\",\"Hash\":\"");
    char col[128];
    cr_assert_eq(sscanf(last, "{\"Name\":\"col\",\"Hash\":\"%127[a-z0-9]", col), 1);
    reply_free(&reply);
    expect_of("dag/stat?arg=", col, 200, "{\"UniqueBlocks\":3,\"TotalSize\":");
    expect_of("dag/stat?arg=", col, 200, "\"NumBlocks\":3}]}\n");
    char twice[300];
    (void)snprintf(twice, sizeof twice, "%s/b&arg=%s", col, col);
    expect_of("dag/stat?arg=", twice, 200, "\"UniqueBlocks\":3,");
    expect_of("ls?arg=", col, 200, "\"Name\":\"a.txt\",\"Hash\":\"bafkreifzjut3te2n");
    expect_of("ls?arg=", col, 200, "\"Size\":11,\"Type\":2,\"Target\":\"\"}");
    expect_of("ls?arg=", col, 200, "\"Size\":0,\"Type\":1,\"Target\":\"\"}]}]}\n");
    expect_of("ls?stream=true&arg=", col, 200, "\"Target\":\"\"}]}]}\n{\"Objects\":[{\"Hash\":\"");
    expect_of("ls?resolve-type=false&size=false&arg=", col, 200, "\"Size\":0,\"Type\":0");
    (void)snprintf(twice, sizeof twice, "%s/a.txt", col);
    expect_of("ls?arg=", twice, 200,
              "{\"Objects\":[{\"Hash\":\"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5"
              "e\",\"Size\":11,\"Type\":2,\"Links\":[]}]}\n");
    expect_of("refs?format=%3Csrc%3E%20%3Clinkname%3E%20x&arg=", col, 200,
              " b x\",\"Err\":\"\"}\n");
    expect_of("refs?edges=true&format=x&arg=", col, 500, "edges is not allowed");
    expect_of("refs?recursive=true&max-depth=0&arg=", col, 500, "max-depth");
    (void)snprintf(twice, sizeof twice, "get?arg=%s", col);
    reply = doors_call(twice);
    cr_assert(reply.status == 200 && reply.body_len == 5 * 512 + 2 * 512 + 1024 - 512, "%d %zu",
              reply.status, reply.body_len);
    cr_assert(reply_has(&reply, "Content-Type: application/x-tar"));
    reply_free(&reply);
    expect_of("get?compress=true&arg=", col, 500, "option compress: not supported");
    (void)snprintf(twice, sizeof twice, "%s/no", col);
    expect_of("get?arg=", twice, 500, "\"Type\":\"error\"");
    expect("get?arg=QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", 500, "not found locally");
    expect("ls?arg=QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", 500, "not found locally");
    expect("dag/export?arg=QmYzfKSE55XCjD1MW128RfciAf2DViABhEiXfgVFMabSjN", 500,
           "not found locally");
}

/* A folder that is larger than what is made before the answer begins. */
Test(dag, long_answers_come_in_pieces_and_are_cut_where_something_is_missing)
{
    struct form form = form_new();
    char name[32];
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(name, sizeof name, "d%%2F%04d", i);
        form_file(&form, name, mm_bytes_str(name));
    }
    char command[256];
    char hash[128];
    struct reply reply = form_send(&form, "cid-version=1", 0);
    cr_assert_eq(reply.status, 200);
    const char *last = strstr((const char *)reply.body, "{\"Name\":\"d\",\"Hash\":\"");
    cr_assert_eq(sscanf(last, "{\"Name\":\"d\",\"Hash\":\"%127[a-z0-9]", hash), 1);
    reply_free(&reply);
    static const char *const commands[] = { "ls", "get", "refs", "dag/export" };
    for (size_t i = 0; i < MM_COUNT_OF(commands); i++) {
        (void)snprintf(command, sizeof command, "%s?arg=%s", commands[i], hash);
        reply = doors_call(command);
        cr_expect(reply.ok && reply.status == 200 && reply.body_len > 64 << 10, "%s %d %zu",
                  commands[i], reply.status, reply.body_len);
        cr_expect(reply_has(&reply, "Transfer-Encoding: chunked"), "%s", reply.head);
        reply_free(&reply);
    }
}

Test(dag, cid_format_says_the_same_in_other_words)
{
#define V0 "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"
#define V1 "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34"
    expect("cid/base32?arg=" V0, 200,
           "{\"CidStr\":\"" V0 "\",\"Formatted\":\"" V1 "\",\"ErrorMsg\":\"\"}\n");
    expect("cid/format?arg=" V1 "&v=0", 200, "\"Formatted\":\"" V0 "\"");
    expect("cid/format?arg=" V0, 200, "\"Formatted\":\"" V0 "\"");
    expect("cid/format?arg=" V0 "&v=1", 200, "\"Formatted\":\"zdj7W");
    expect("cid/format?arg=" V0 "&b=base16", 200, "\"Formatted\":\"f01701220");
    expect("cid/format?arg=" V1 "&mc=raw&f=%25c-%25S", 200, "\"Formatted\":\"raw-afkrei");
    expect("cid/format?arg=" V1 "&f=%25P%20%25b%20%25B%20%25v%20%25V%20%25C%20%25H%20%25L%20%25%25",
           200, "\"Formatted\":\"cidv1-dag-pb-sha2-256-32 base32 b cidv1 1 112 18 32 %\"");
    expect("cid/format?arg=" V1 "&b=base16&f=%25M", 200,
           "\"Formatted\":\"12209d6c2be50f706953479a");
    expect("cid/format?arg=" V1 "&b=base16&f=%25d", 200, "\"Formatted\":\"f9d6c2be50f706953479a");
    expect("cid/format?arg=bafkqabtimvwgy3yk&v=0", 200,
           "\"Formatted\":\"\",\"ErrorMsg\":\"only dag-pb");
    expect("cid/format?arg=nope&arg=" V1, 200, "\"Formatted\":\"" V1 "\"");
    expect("cid/format?arg=" V1 "&f=%25q", 500, "option f");
    expect("cid/format?arg=" V1 "&f=x", 500, "option f");
    expect("cid/format?arg=" V1 "&v=2", 500, "option v");
    expect("cid/format?arg=" V1 "&v=0&b=base32", 500, "base58btc");
    expect("cid/format?arg=" V1 "&b=base64", 500, "option b");
}

/* ---- hostile uploads ---- */

Test(dag, paths_of_parts_do_not_leave_their_folder)
{
    static const char *const names[] = { "a%2F..%2Fb", "..%2Fb",    "a%2F%2Fb", "a%2F.%2Fb",
                                         "a%2F",       "a%2F%00",   "..",       ".",
                                         "a%zz",       "%2F..%2Fb", "a/../../b" };
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        for (int wrap = 0; wrap < 2; wrap++) {
            struct form form = form_new();
            form_file(&form, names[i], MM_BYTES_LIT("x"));
            struct reply reply = form_send(&form, wrap ? "wrap-with-directory=true" : "", 0);
            /* Without a folder around it a file's name is an answer's and nothing else: one name, no path. */
            const bool is_bare =
                !wrap && (strcmp(names[i], "..") == 0 || strcmp(names[i], ".") == 0);
            cr_expect_eq(reply.status, is_bare ? 200 : 500, "%s %d: %d %s", names[i], wrap,
                         reply.status, reply.body);
            reply_free(&reply);
        }
    }
}

Test(dag, one_part_too_many_is_refused)
{
    static const char *const commands[] = { "add?only-hash=true", "block/put" };
    for (size_t c = 0; c < MM_COUNT_OF(commands); c++) {
        for (size_t more = 0; more < 2; more++) {
            struct form form = form_new();
            for (size_t i = 0; i < CONTENT_API_PARTS_MAX + more; i++)
                form_file(&form, "", MM_BYTES_LIT("x"));
            struct reply reply = form_send_to(&form, commands[c], 0);
            cr_expect_eq(reply.status, more == 0 ? 200 : 500, "%s %zu: %d", commands[c], more,
                         reply.status);
            if (more == 1)
                cr_expect_not_null(strstr((const char *)reply.body, "parts"), "%s", reply.body);
            reply_free(&reply);
        }
    }
}
