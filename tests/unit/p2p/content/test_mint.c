#include <criterion/criterion.h>
#include <stdio.h>

#include "empty_heap.h"
#include "p2p/content/filetype.h"
#include "p2p/content/mint.h"
#include "p2p/content/reader.h"
#include "state/codec/json.h"

#define TYPE(literal) filetype_detect(MM_BYTES_LIT(literal))

Test(filetype, is_found_by_the_first_bytes)
{
    cr_assert_eq(TYPE("\x89PNG\r\n\x1a\n\0\0"), FILETYPE_PNG);
    cr_assert_eq(TYPE("\x89PNG\n\n\x1a\n"), FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("\xff\xd8\xff\xe0"), FILETYPE_JPEG);
    cr_assert_eq(TYPE("GIF89a\x01"), FILETYPE_GIF);
    cr_assert_eq(TYPE("RIFF\x10\0\0\0WEBPVP8 "), FILETYPE_WEBP);
    cr_assert_eq(TYPE("RIFF\x10\0\0\0WAVEfmt "), FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("\0\0\0\x1c"
                      "ftypavif\0\0\0\0avifmif1"),
                 FILETYPE_AVIF);
    cr_assert_eq(TYPE("\0\0\0\x1c"
                      "ftypmif1\0\0\0\0miafavif"),
                 FILETYPE_AVIF);
    cr_assert_eq(TYPE("\0\0\0\x18"
                      "ftypmp42\0\0\0\0isommp42"),
                 FILETYPE_MP4);
    cr_assert_eq(TYPE("\0\0\0\x18"
                      "ftypheic\0\0\0\0heicmif1"),
                 FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("\0\0\0\x14"
                      "ftypqt  \0\0\0\0qt  avif"),
                 FILETYPE_UNKNOWN); /* avif stands behind the box */
    cr_assert_eq(TYPE("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"), FILETYPE_WEBM);
    cr_assert_eq(TYPE("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska"),
                 FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("ID3\x04\0\0"), FILETYPE_MP3);
    cr_assert_eq(TYPE("\xff\xfb\x90\x64\0"), FILETYPE_MP3);
    cr_assert_eq(TYPE("\xff\xff\xff\xff\0"), FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("glTF\x02\0\0\0\0"), FILETYPE_GLB);
    cr_assert_eq(TYPE("%PDF-1.7\n%\xe2\xe3"), FILETYPE_PDF);
    cr_assert_eq(TYPE("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), FILETYPE_SVG);
    cr_assert_eq(TYPE("\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- <svg> -->\n<!DOCTYPE svg PUBLIC "
                      "\"x\">\n<svg>"),
                 FILETYPE_SVG);
    cr_assert_eq(TYPE("<!-- <svg> "), FILETYPE_TEXT);
    cr_assert_eq(TYPE("<svgx>"), FILETYPE_TEXT);
    cr_assert_eq(TYPE("<html><svg></svg></html>"), FILETYPE_TEXT);
    cr_assert_eq(TYPE("{\"name\":\"x\"}"), FILETYPE_JSON);
    cr_assert_eq(TYPE(" [ 1 ]"), FILETYPE_JSON);
    cr_assert_eq(TYPE("{ not json"), FILETYPE_TEXT);
    cr_assert_eq(TYPE("[hello"), FILETYPE_TEXT);
    cr_assert_eq(TYPE("plain \xc3\xa4 text\n"), FILETYPE_TEXT);
    cr_assert_eq(TYPE("cut short \xc3"), FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE("bell \x07"), FILETYPE_UNKNOWN);
    cr_assert_eq(TYPE(""), FILETYPE_UNKNOWN);
}

Test(filetype, a_head_may_end_within_a_character)
{
    static uint8_t head[FILETYPE_HEAD_BYTES];
    memset(head, 'a', sizeof head);
    head[sizeof head - 1] = 0xe2;
    cr_assert_eq(filetype_detect(MM_BYTES_OF(head)), FILETYPE_TEXT);
    head[sizeof head - 5] = 0xe2;
    cr_assert_eq(filetype_detect(MM_BYTES_OF(head)), FILETYPE_UNKNOWN);
}

Test(filetype, a_file_in_pieces_is_what_it_is_in_one)
{
    struct filetype_head head = { .len = 0 };
    cr_assert_eq(filetype_head_detect(&head), FILETYPE_UNKNOWN);
    filetype_head_add(&head, MM_BYTES_LIT("\x89PN"));
    filetype_head_add(&head, (mm_bytes){ NULL, 0 });
    filetype_head_add(&head, MM_BYTES_LIT("G\r\n\x1a\n"));
    cr_assert_eq(filetype_head_detect(&head), FILETYPE_PNG);
    static const uint8_t rest[FILETYPE_HEAD_BYTES];
    filetype_head_add(&head, MM_BYTES_OF(rest));
    filetype_head_add(&head, MM_BYTES_OF(rest));
    cr_assert_eq(head.len, FILETYPE_HEAD_BYTES);
    cr_assert_eq(filetype_head_detect(&head), FILETYPE_PNG);
}

Test(filetype, a_name_promises_a_type)
{
    cr_assert_str_eq(filetype_of_name(MM_BYTES_LIT("a.PNG")), "image/png");
    cr_assert_str_eq(filetype_of_name(MM_BYTES_LIT("a.b.jpeg")), "image/jpeg");
    cr_assert_str_eq(filetype_of_name(MM_BYTES_LIT("index.html")), "text/html; charset=utf-8");
    cr_assert_null(filetype_of_name(MM_BYTES_LIT("png")));
    cr_assert_null(filetype_of_name(MM_BYTES_LIT(".png")));
    cr_assert_null(filetype_of_name(MM_BYTES_LIT("")));
    cr_assert_null(filetype_of_name(MM_BYTES_LIT("a.v2")));
}

static void expect_safe(const char *name, enum filetype type, const char *expected)
{
    char safe[FILETYPE_NAME_MAX + 1];
    const size_t len = filetype_safe_name(safe, mm_bytes_str(name), type);
    cr_assert_str_eq(safe, expected);
    cr_assert_eq(len, strlen(expected));
}

Test(filetype, a_safe_name_has_the_types_own_extension)
{
    expect_safe("cat.png", FILETYPE_PNG, "cat.png");
    expect_safe("cat.jpeg", FILETYPE_JPEG, "cat.jpg");
    expect_safe("cat.html", FILETYPE_PNG, "cat.png");
    expect_safe("cat.bin", FILETYPE_UNKNOWN, "cat.bin");
    expect_safe("cat.v2", FILETYPE_GIF, "cat.v2.gif");
    expect_safe("/home/me/My cat (1).PNG", FILETYPE_PNG, "My-cat-1.png");
    expect_safe("C:\\cats\\cat.png", FILETYPE_PNG, "cat.png");
    expect_safe("../../etc/passwd", FILETYPE_TEXT, "passwd.txt");
    expect_safe("..", FILETYPE_PNG, "file.png");
    expect_safe("", FILETYPE_UNKNOWN, "file.bin");
    expect_safe("\xe7\x8c\xab.png", FILETYPE_PNG, "file.png");
    expect_safe(".hidden.png", FILETYPE_PNG, "hidden.png");
    expect_safe("0123456789012345678901234567890123456789012345678901234567890123456789.png",
                FILETYPE_JSON, "01234567890123456789012345678901234567890123456789012345678.json");
}

/* --- metadata --- */

static enum mint_verdict metadata(struct mm_buf *out, const char *name, const char *description,
                                  const char *extra)
{
    const struct mint_metadata m = { mm_bytes_str(name), mm_bytes_str(description),
                                     MM_BYTES_LIT("ipfs://x/y.png"), mm_bytes_str(extra) };
    mm_buf_reset(out);
    return mint_metadata_write(out, &m, NULL);
}

Test(mint, metadata_has_its_members_in_canonical_order)
{
    struct mm_buf out;
    mm_buf_init(&out, MINT_METADATA_BYTES_MAX);
    cr_assert_eq(metadata(&out, "Cat", "", ""), MINT_OK);
    cr_assert(mm_bytes_equal(
        mm_buf_bytes(&out),
        MM_BYTES_LIT("{\"name\":\"Cat\",\"description\":\"\",\"image\":\"ipfs://x/y.png\"}")));
    cr_assert_eq(metadata(&out, "Cat", "d",
                          " { \"external_url\" : \"u\", \"z\" : 1.50e3, \"attributes\" : [ { "
                          "\"trait_type\" : \"Eyes\", "
                          "\"value\" : 12345678901234567890 } ], \"a\" : null } "),
                 MINT_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out),
                             MM_BYTES_LIT("{\"name\":\"Cat\",\"description\":\"d\",\"image\":"
                                          "\"ipfs://x/y.png\",\"attributes\":[{\"trait_type\":"
                                          "\"Eyes\",\"value\":12345678901234567890}],\"external_"
                                          "url\":\"u\",\"z\":1.50e3,\"a\":null}")));
    mm_buf_fini(&out);
}

Test(mint, any_text_gives_valid_json_that_says_the_same)
{
    static const char *const texts[] = {
        "quote \" backslash \\ slash / tab \t newline \n",
        "\x01\x02\x1f\x7f",
        "\xf0\x9f\x98\xba \xe2\x80\xa8 \xc2\x85",
        "</script><script>",
        "\xef\xbf\xbf",
        "",
    };
    struct mm_buf out;
    struct mm_arena arena;
    mm_buf_init(&out, MINT_METADATA_BYTES_MAX);
    mm_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        cr_assert_eq(metadata(&out, texts[i], texts[MM_COUNT_OF(texts) - 1 - i], ""), MINT_OK);
        struct json value;
        cr_assert_eq(json_parse(&arena, &value, mm_buf_bytes(&out),
                                &(struct json_options){ .unique_keys = true }, NULL),
                     JSON_OK);
        cr_assert(mm_bytes_equal(json_find(&value, "name")->text, mm_bytes_str(texts[i])));
        cr_assert(mm_bytes_equal(json_find(&value, "description")->text,
                                 mm_bytes_str(texts[MM_COUNT_OF(texts) - 1 - i])));
    }
    mm_arena_fini(&arena);
    mm_buf_fini(&out);
}

Test(mint, metadata_is_refused_by_name)
{
    struct mm_buf out;
    mm_buf_init(&out, MINT_METADATA_BYTES_MAX);
    cr_assert_eq(metadata(&out, "\xff", "", ""), MINT_TEXT_NOT_UTF8);
    cr_assert_eq(metadata(&out, "", "\xed\xa0\x80", ""), MINT_TEXT_NOT_UTF8);
    cr_assert_eq(metadata(&out, "", "", "[]"), MINT_EXTRA_NOT_JSON);
    cr_assert_eq(metadata(&out, "", "", "{"), MINT_EXTRA_NOT_JSON);
    cr_assert_eq(metadata(&out, "", "", "{\"a\":1,\"a\":2}"), MINT_EXTRA_NOT_JSON);
    cr_assert_eq(metadata(&out, "", "", "{\"a\":{\"b\":1,\"b\":2}}"), MINT_EXTRA_NOT_JSON);
    cr_assert_eq(metadata(&out, "", "", "{\"image\":\"other\"}"), MINT_EXTRA_RESERVED);
    cr_assert_eq(metadata(&out, "", "", "{\"a\":1,\"name\":\"other\"}"), MINT_EXTRA_RESERVED);
    static char large[MINT_METADATA_BYTES_MAX];
    memset(large, 'a', sizeof large - 1);
    cr_assert_eq(metadata(&out, large, "", ""), MINT_METADATA_TOO_LARGE);
    mm_buf_fini(&out);
}

/* --- the mint --- */

static void read_uri(struct content *content, struct mm_buf *out, const char *uri)
{
    cr_assert_eq(strncmp(uri, "ipfs://", 7), 0);
    const char *path = strchr(uri + 7, '/');
    cr_assert_not_null(path);
    struct cid root;
    cr_assert_eq(cid_parse(&root, mm_bytes_from(uri + 7, (size_t)(path - uri - 7))), CID_OK);
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    struct content_node node;
    cr_assert_eq(content_resolve(reader, &node, NULL, &root, mm_bytes_str(path), NULL), READ_OK);
    mm_buf_reset(out);
    cr_assert_eq(content_file_read(reader, out, &node.cid), READ_OK);
    content_reader_free(reader);
}

static const struct mint_request REQUEST = {
    .file_name = MM_BYTES_LIT("my cat.PNG"),
    .name = MM_BYTES_LIT("Cat"),
    .description = MM_BYTES_LIT("A \"cat\""),
    .extra = MM_BYTES_LIT("{\"attributes\":[]}"),
    .lease_owner = MM_BYTES_LIT("upload 1"),
    .lease_expires_ms = 1000,
};

Test(mint, a_token_reads_back_from_its_uris)
{
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    const mm_bytes image = MM_BYTES_LIT("\x89PNG\r\n\x1a\npixels");
    struct minted minted;
    cr_assert_eq(content_store_token(content, &minted, image, &REQUEST, NULL), MINT_OK);
    cr_assert_eq(minted.image_type, FILETYPE_PNG);
    cr_assert_not_null(strstr(minted.image_uri, "/my-cat.png"));
    cr_assert_not_null(strstr(minted.metadata_uri, "/metadata.json"));
    struct mm_buf out;
    mm_buf_init(&out, 1 << 20);
    read_uri(content, &out, minted.image_uri);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out), image));
    read_uri(content, &out, minted.metadata_uri);
    char expected[400];
    (void)snprintf(
        expected, sizeof expected,
        "{\"name\":\"Cat\",\"description\":\"A \\\"cat\\\"\",\"image\":\"%s\",\"attributes\":[]}",
        minted.image_uri);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out), mm_bytes_str(expected)));
    /* both roots are held, and known to be whole */
    const struct cid *roots[] = { &minted.image.cid, &minted.metadata.cid };
    for (size_t i = 0; i < 2; i++) {
        struct content_pins *pins = content_pins_new(content, roots[i]);
        struct content_pin pin;
        cr_assert_eq(content_pins_next(pins, &pin), MM_OK);
        cr_assert(pin.kind == CONTENT_PIN_UPLOAD && pin.expires_ms == 1000 &&
                  mm_bytes_equal(pin.owner, REQUEST.lease_owner));
        content_pins_free(pins);
        struct content_root root;
        cr_assert_eq(content_root_get(content, &root, roots[i]), MM_OK);
        cr_assert_eq(root.state, CONTENT_ROOT_WHOLE);
    }
    cr_assert_eq(content_totals(content).blocks,
                 minted.image.dag_blocks + minted.metadata.dag_blocks);
    /* the same again, in pieces: the same CIDs and nothing new */
    struct content_mint *mint = content_mint_new(content, 0);
    struct minted again;
    for (size_t i = 0; i < image.len; i++)
        cr_assert_eq(content_mint_write(mint, (mm_bytes){ image.ptr + i, 1 }), MINT_OK);
    cr_assert_eq(content_mint_finish(mint, &again, &REQUEST, NULL), MINT_OK);
    cr_assert_str_eq(again.metadata_uri, minted.metadata_uri);
    cr_assert_eq(content_totals(content).blocks,
                 minted.image.dag_blocks + minted.metadata.dag_blocks);
    content_mint_free(mint);
    mm_buf_fini(&out);
    content_close(content);
}

Test(mint, an_image_may_live_elsewhere_but_there_must_be_one)
{
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    struct mint_request request = REQUEST;
    struct minted minted;
    cr_assert_eq(content_store_token(content, &minted, MM_BYTES_LIT(""), &request, NULL),
                 MINT_NO_IMAGE);
    request.image_uri = MM_BYTES_LIT("https://example.org/cat.png");
    cr_assert_eq(content_store_token(content, &minted, MM_BYTES_LIT(""), &request, NULL), MINT_OK);
    cr_assert(!minted.has_image && minted.image_uri[0] == '\0');
    struct mm_buf out;
    mm_buf_init(&out, 1000);
    read_uri(content, &out, minted.metadata_uri);
    cr_assert_not_null(memmem(mm_buf_bytes(&out).ptr, mm_buf_bytes(&out).len,
                              "\"image\":\"https://example.org/cat.png\"", 37));
    mm_buf_fini(&out);
    content_close(content);
}

Test(mint, the_densest_extra_members_fit_the_arena)
{
    static char extra[MINT_METADATA_BYTES_MAX];
    size_t len = (size_t)snprintf(extra, sizeof extra, "{\"a\":[0");
    for (; len < sizeof extra - 1000; len += 2)
        memcpy(extra + len, ",0", 2);
    memcpy(extra + len, "]}", 3);
    struct mm_buf out;
    mm_buf_init(&out, MINT_METADATA_BYTES_MAX);
    cr_assert_eq(metadata(&out, "", "", extra), MINT_OK);
    for (len = 6; len < sizeof extra - 1000; len += 3)
        memcpy(extra + len, "[],", 3);
    memcpy(extra + len, "[]]}", 5);
    cr_assert_eq(metadata(&out, "", "", extra), MINT_OK);
    mm_buf_fini(&out);
}

Test(mint, what_is_too_large_or_wrong_stores_nothing)
{
    struct content *content;
    cr_assert_eq(content_open(&content,
                              &(struct content_options){ .path = NULL, .quota_bytes = 1000 }, NULL),
                 MM_OK);
    struct content_mint *mint = content_mint_new(content, 10);
    struct minted minted;
    cr_assert_eq(content_mint_write(mint, MM_BYTES_LIT("0123456789")), MINT_OK);
    cr_assert_eq(content_mint_write(mint, MM_BYTES_LIT("0")), MINT_IMAGE_TOO_LARGE);
    cr_assert_eq(content_mint_finish(mint, &minted, &REQUEST, NULL), MINT_IMAGE_TOO_LARGE);
    content_mint_free(mint);
    struct mint_request request = REQUEST;
    request.extra = MM_BYTES_LIT("{]");
    struct mm_reason reason = { "" };
    cr_assert_eq(content_store_token(content, &minted, MM_BYTES_LIT("x"), &request, &reason),
                 MINT_EXTRA_NOT_JSON);
    cr_assert_gt(strlen(reason.text), 0);
    static const uint8_t large[2000];
    cr_assert_eq(content_store_token(content, &minted, MM_BYTES_OF(large), &REQUEST, &reason),
                 MINT_FAILED);
    cr_assert_not_null(strstr(reason.text, mm_err_text(MM_ERR_NO_SPACE)));
    cr_assert_eq(content_totals(content).blocks, 0);
    content_close(content);
}

static mm_err mint_once(void)
{
    struct content *content;
    MM_TRY(content_open(&content, &(struct content_options){ .path = NULL }, NULL));
    struct minted minted;
    struct mm_reason reason = { "" };
    const enum mint_verdict verdict =
        content_store_token(content, &minted, MM_BYTES_LIT("GIF89a"), &REQUEST, &reason);
    mm_err err = verdict == MINT_OK ? MM_OK : MM_ERR_NO_MEMORY;
    cr_assert(verdict == MINT_OK || verdict == MINT_FAILED, "%s", mint_verdict_text(verdict));
    struct cid root = minted.metadata.cid;
    const struct block_source source = content_source(content);
    struct content_reader *reader = err == MM_OK ? content_reader_new(&source) : NULL;
    if (err == MM_OK && reader == NULL)
        err = MM_ERR_NO_MEMORY;
    struct mm_buf out;
    mm_buf_init(&out, 1000);
    struct content_node node;
    if (err == MM_OK &&
        content_resolve(reader, &node, NULL, &root, MM_BYTES_LIT("metadata.json"), NULL) != READ_OK)
        err = content_reader_err(reader);
    if (err == MM_OK && content_file_read(reader, &out, &node.cid) != READ_OK)
        err = content_reader_err(reader);
    mm_buf_fini(&out);
    content_reader_free(reader);
    content_close(content);
    return err;
}

Test(mint, an_empty_heap_is_an_error_and_loses_nothing)
{
    cr_assert_gt(empty_heap_failures(mint_once), 30);
}
