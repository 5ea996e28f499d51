/* What mint computes is what a node stores; and the URIs of content. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/cli/fetch.h"
#include "node/cli/layout.h"
#include "node/cli/metadata.h"

static struct cli_run run;
static char path[] = "/tmp/mintmark cat's-XXXXXX.png";

static void set_up(void)
{
    static const struct cli_command command = { .name = "mint", .arguments = "" };
    run = (struct cli_run){ .command = &command };
    mm_arena_init(&run.arena, 64 << 20);
}

static void tear_down(void)
{
    mm_arena_fini(&run.arena);
}

TestSuite(content, .init = set_up, .fini = tear_down);

static void make_image(mm_bytes bytes)
{
    const int fd = mkstemps(path, 4);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes.ptr, bytes.len), (ssize_t)bytes.len);
    close(fd);
}

static void agrees_with_the_store(mm_bytes image, const char *name, const char *extra)
{
    struct content *content;
    struct minted minted;
    struct layout layout;
    struct mm_reason reason;
    const struct content_options options = { .path = NULL };
    cr_assert_eq(content_open(&content, &options, &reason), MM_OK);
    make_image(image);
    const struct mint_request request = {
        .file_name = mm_bytes_str(path),
        .name = mm_bytes_str(name),
        .description = MM_BYTES_LIT("\"quoted\"\nand \x01 more"),
        .extra = mm_bytes_str(extra),
    };
    cr_assert_eq(content_store_token(content, &minted, image, &request, &reason), MINT_OK, "%s",
                 reason.text);
    cr_assert_eq(layout_image(&run, &layout, path), CLI_OK);
    cr_assert_eq(layout_metadata(&run, &layout, request.name, request.description, request.extra),
                 CLI_OK);
    cr_assert_str_eq(layout.image_uri, minted.image_uri);
    cr_assert_str_eq(layout.metadata_uri, minted.metadata_uri);
    cr_assert(cid_equal(&layout.image.cid, &minted.image.cid));
    cr_assert_eq(layout.type, minted.image_type);
    content_close(content);
    unlink(path);
}

Test(content, a_mint_has_the_uris_that_the_content_store_gives_it)
{
    agrees_with_the_store(
        MM_BYTES_LIT("\x89PNG\r\n\x1a\n\0\0\0\rIHDR and more"), "Cat \\ \xe7\x8c\xab",
        "{\"external_url\":\"https://x\",\"attributes\":[{\"trait_type\":\"a\",\"value\":5.50}]}");
}

Test(content, an_image_of_several_chunks_has_them_too)
{
    uint8_t *bytes = mm_arena_zeroed(&run.arena, 1, (3 << 20) + 5);
    memcpy(bytes, "GIF89a", 6);
    agrees_with_the_store(mm_bytes_from(bytes, (3 << 20) + 5), "", "");
}

Test(content, attributes_become_trait_types_and_values)
{
    static const char *const attributes[] = { "eyes=green", "age:=3", "x=a=b",
                                              "empty=", "wild:=true" };
    mm_bytes extra;
    cr_assert_eq(layout_extra(&run, &extra, attributes, 5, NULL), CLI_OK);
    cr_assert(
        mm_bytes_equal(
            extra,
            MM_BYTES_LIT(
                "{\"attributes\":[{\"trait_type\":\"eyes\",\"value\":\"green\"},"
                "{\"trait_type\":\"age\",\"value\":3},{\"trait_type\":\"x\",\"value\":\"a=b\"},"
                "{\"trait_type\":\"empty\",\"value\":\"\"},{\"trait_type\":\"wild\",\"value\":true}"
                "]}")),
        "%.*s", (int)extra.len, (const char *)extra.ptr);
}

Test(content, an_attribute_without_trait_or_value_is_refused)
{
    static const char *const bad[] = { "eyes", "=green", ":=3", "age:=three" };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        mm_bytes extra;
        cr_assert_eq(layout_extra(&run, &extra, &bad[i], 1, NULL), CLI_USAGE, "%s", bad[i]);
    }
}

#define CID "bafybeiagrbx45nqbbxgpignw4x2vk5pzr6grxnckyf2rrq5gp4uulaa62q"

Test(content, uris_are_read_in_the_forms_that_are_about)
{
    struct cid cid;
    mm_bytes rest;
    cr_assert(fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("ipfs://" CID "/a%20b/c")));
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("/a b/c")));
    cr_assert(fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("ipfs://ipfs/" CID)));
    cr_assert_eq(rest.len, 0);
    cr_assert(fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("/ipfs/" CID "/a%20b")));
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("/a%20b"))); /* a path is no URI */
    cr_assert(fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT(CID "/x")));
    cr_assert(!fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("")));
    cr_assert(!fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("https://example.org/1")));
    cr_assert(!fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("ipfs://" CID "/%2")));
    cr_assert(!fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("ipfs://" CID "/%zz")));
    cr_assert(fetch_parse(&run.arena, &cid, &rest, MM_BYTES_LIT("ipfs://" CID "/%41")));
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("/A")));
}

Test(content, data_uris_are_read)
{
    mm_bytes out;
    cr_assert(metadata_decode_data(&run.arena, &out,
                                   MM_BYTES_LIT("data:application/json;base64,eyJhIjoxfQ==")));
    cr_assert(mm_bytes_equal(out, MM_BYTES_LIT("{\"a\":1}")));
    cr_assert(metadata_decode_data(&run.arena, &out,
                                   MM_BYTES_LIT("data:application/json;utf8,{%22a%22:1}")));
    cr_assert(mm_bytes_equal(out, MM_BYTES_LIT("{\"a\":1}")));
    cr_assert(
        !metadata_decode_data(&run.arena, &out, MM_BYTES_LIT("data:application/json;base64,!!")));
    cr_assert(!metadata_decode_data(&run.arena, &out, MM_BYTES_LIT("data:nothing")));
    cr_assert(!metadata_decode_data(&run.arena, &out, MM_BYTES_LIT("http://x,y")));
}
