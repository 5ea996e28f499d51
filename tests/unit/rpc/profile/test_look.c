/* Whether a token that is shown is the address's, and what is said when it is not, or has nothing to show. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/base/endian.h"
#include "tests/unit/rpc/profile/gallery.h"

TestSuite(look, .init = gallery_open, .fini = gallery_close, .timeout = 60);

static struct mm_arena arena;
static struct look look;

static enum look_verdict look_deep(const struct content_claim *claim, size_t person,
                                   enum look_depth depth)
{
    const struct look_from from = { gallery.content, gallery.profiles.ledger,
                                    gallery.profiles.natives, GALLERY_CHAIN };
    if (arena.bytes_max == 0)
        mm_arena_init(&arena, LOOK_ARENA_BYTES_MAX);
    cr_assert_eq(look_at(&arena, &look, &from, claim, &gallery.dev.addrs[person], depth), MM_OK);
    return look.verdict;
}

static enum look_verdict verdict_of(uint64_t token, size_t person)
{
    const struct content_claim claim = gallery_claim(token);
    const enum look_verdict front = look_deep(&claim, person, LOOK_FRONT);
    const enum look_verdict whole = look_deep(&claim, person, LOOK_WHOLE);
    cr_assert_eq(front, whole);
    return whole;
}

Test(look, sees_owner_picture_and_block)
{
    const mm_bytes picture = MM_BYTES_LIT(GALLERY_PNG "a picture");
    const uint64_t token = gallery_mint_picture(1, picture);
    cr_assert_eq(verdict_of(token, 1), LOOK_OK);
    cr_assert_eq(look.block_num, 1);
    cr_assert(mm_bytes_equal(look.name, MM_BYTES_LIT("A \"cat\"")));
    cr_assert_eq(look.type, FILETYPE_PNG);
    cr_assert_eq(look.bytes, picture.len);
    const struct cid cid = gallery_cid(gallery_put(picture));
    cr_assert(cid_same_block(&look.picture, &cid));
    mm_arena_fini(&arena);
}

Test(look, sees_a_transfer_and_a_burn_with_their_block)
{
    const uint64_t token = gallery_mint_picture(1, MM_BYTES_LIT(GALLERY_PNG));
    cr_assert_eq(verdict_of(token, 1), LOOK_OK);
    cr_assert_eq(verdict_of(token, 2), LOOK_OTHER_OWNER);
    dev_chain_transfer(&gallery.dev, 1, 2, token);
    cr_assert_eq(verdict_of(token, 1), LOOK_OK, "it is not in a block yet");
    (void)dev_chain_block(&gallery.dev);
    cr_assert_eq(verdict_of(token, 1), LOOK_OTHER_OWNER);
    cr_assert_eq(look.block_num, 2);
    cr_assert_eq(verdict_of(token, 2), LOOK_OK);
    dev_chain_burn(&gallery.dev, 2, token);
    (void)dev_chain_block(&gallery.dev);
    cr_assert_eq(verdict_of(token, 2), LOOK_NO_TOKEN);
    cr_assert_eq(verdict_of(token + 1, 2), LOOK_NO_TOKEN);
    mm_arena_fini(&arena);
}

Test(look, asks_no_chain_but_its_own_and_no_account_but_a_collection)
{
    const uint64_t token = gallery_mint_picture(1, MM_BYTES_LIT(GALLERY_PNG));
    struct content_claim claim = gallery_claim(token);
    claim.chain_id++;
    cr_assert_eq(look_deep(&claim, 1, LOOK_FRONT), LOOK_OTHER_CHAIN);
    claim = gallery_claim(token);
    claim.token.contract = gallery.dev.addrs[3]; /* an account without code */
    cr_assert_eq(look_deep(&claim, 1, LOOK_FRONT), LOOK_NO_TOKEN);
    claim.token.contract = DEV_FACTORY; /* a contract without tokens */
    cr_assert_eq(look_deep(&claim, 1, LOOK_FRONT), LOOK_NO_TOKEN);
    mm_arena_fini(&arena);
}

static enum look_verdict verdict_of_metadata(const char *metadata)
{
    return verdict_of(gallery_mint(1, gallery_put(mm_bytes_str(metadata))), 1);
}

Test(look, says_why_there_is_nothing_to_show)
{
    static const char missing[] =
        "ipfs://bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    char metadata[512];
    cr_assert_eq(verdict_of(gallery_mint(1, ""), 1), LOOK_NO_URI);
    cr_assert_eq(verdict_of(gallery_mint(1, "https://example.org/1"), 1), LOOK_NO_URI);
    cr_assert_eq(verdict_of(gallery_mint(1, missing), 1), LOOK_NO_METADATA);
    cr_assert_eq(verdict_of_metadata("no JSON"), LOOK_BAD_METADATA);
    cr_assert_eq(verdict_of_metadata("[1]"), LOOK_NO_IMAGE);
    cr_assert_eq(verdict_of_metadata("{}"), LOOK_NO_IMAGE);
    cr_assert_eq(verdict_of_metadata("{\"image\":7}"), LOOK_NO_IMAGE);
    cr_assert_eq(verdict_of_metadata("{\"image\":\"https://example.org/cat.png\"}"), LOOK_NO_IMAGE);
    cr_assert_eq(verdict_of_metadata("{\"image\":\"data:image/png;base64,AAAA\"}"), LOOK_NO_IMAGE);
    (void)snprintf(metadata, sizeof metadata, "{\"image\":\"%s\"}", missing);
    cr_assert_eq(verdict_of_metadata(metadata), LOOK_NO_PICTURE);
    (void)snprintf(metadata, sizeof metadata, "{\"image\":\"%s/cat.png\"}",
                   gallery_put(MM_BYTES_LIT(GALLERY_PNG)));
    cr_assert_eq(verdict_of_metadata(metadata), LOOK_NO_PICTURE);
    mm_arena_fini(&arena);
}

Test(look, takes_pictures_alone_and_svg_is_none_of_them)
{
    static const struct {
        mm_bytes bytes;
        enum look_verdict verdict;
    } cases[] = {
        { { (const uint8_t *)GALLERY_PNG, 8 }, LOOK_OK },
        { { (const uint8_t *)"GIF89a", 6 }, LOOK_OK },
        { { (const uint8_t *)"\xff\xd8\xff\xe0", 4 }, LOOK_OK },
        { { (const uint8_t *)"RIFF\0\0\0\0WEBPVP8 ", 16 }, LOOK_OK },
        { { (const uint8_t *)"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", 41 },
          LOOK_NOT_A_PICTURE },
        { { (const uint8_t *)"text", 4 }, LOOK_NOT_A_PICTURE },
        { { (const uint8_t *)"", 0 }, LOOK_NOT_A_PICTURE },
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        const uint64_t token = gallery_mint_picture(1, cases[i].bytes);
        cr_expect_eq(verdict_of(token, 1), cases[i].verdict, "picture %zu: %s", i,
                     look_verdict_text(look.verdict));
    }
    mm_arena_fini(&arena);
}

Test(look, takes_pictures_up_to_a_size)
{
    uint8_t *large = calloc(1, LOOK_PICTURE_BYTES_MAX + 1);
    cr_assert_not_null(large);
    memcpy(large, GALLERY_PNG, 8);
    uint64_t token = gallery_mint_picture(1, mm_bytes_from(large, LOOK_PICTURE_BYTES_MAX));
    cr_assert_eq(verdict_of(token, 1), LOOK_OK);
    token = gallery_mint_picture(1, mm_bytes_from(large, LOOK_PICTURE_BYTES_MAX + 1));
    cr_assert_eq(verdict_of(token, 1), LOOK_PICTURE_TOO_LARGE);
    free(large);
    mm_arena_fini(&arena);
}
