/* The program beside a node of its own: what a user does, start to end. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/base/arena.h"
#include "state/codec/json.h"
#include "tests/unit/node/cli/program.h"

#define BOB "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define ALICE "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

static struct mm_arena arena;

static void set_up(void)
{
    program_begin();
    mm_arena_init(&arena, 64 << 20);
    FILE *out = fopen("cat's.png", "we");
    fwrite("\x89PNG\r\n\x1a\n", 1, 8, out);
    for (int i = 0; i < 3000000; i++) /* three chunks */
        fputc((int)((unsigned)i * 7919u >> 5 & 0xff), out);
    fclose(out);
}

static void tear_down(void)
{
    mm_arena_fini(&arena);
    program_end();
}

TestSuite(flow, .init = set_up, .fini = tear_down, .timeout = 150);

static struct json parsed(const struct said *said)
{
    struct json value;
    struct mm_reason reason = { "" };
    const struct json_options options = { .unique_keys = true };
    cr_assert_eq(
        json_parse(&arena, &value, mm_bytes_from(said->out, said->out_len), &options, &reason),
        JSON_OK, "%s: %s", reason.text, said->out);
    return value;
}

static void has(const struct said *said, const char *text)
{
    cr_assert_not_null(strstr(said->out, text), "no %s in:\n%s%s", text, said->out, said->err);
}

/* Members that are texts, one behind the other: find(object, "a", "b", NULL). */
static void is(const struct json *object, const char *key, const char *text)
{
    const struct json *value = json_find(object, key);
    cr_assert(value != NULL && json_is_text(value, text), "%s is not %s but %.*s", key, text,
              value == NULL ? 0 : (int)value->text.len,
              value == NULL ? "" : (const char *)value->text.ptr);
}

Test(flow, a_picture_is_minted_shown_listed_given_proven_and_burned)
{
    program_node("--ephemeral");
    struct said said = expect(0, "mintmark mint \"cat's.png\" --name 'Cat \"x\" \\ \xe7\x8c\xab' "
                                 "--description 'a\tb' -a eyes=green -a age:=3 --json");
    const struct json minted = parsed(&said);
    is(&minted, "tokenId", "1");
    is(&minted, "owner", ALICE);
    is(&minted, "imageType", "image/png");
    said_free(&said);
    said = expect(0, "mintmark show 1 --json --output out.png && cmp out.png \"cat's.png\"");
    const struct json shown = parsed(&said);
    is(json_find(&shown, "metadata"), "name", "Cat \"x\" \\ \xe7\x8c\xab");
    is(json_find(&shown, "metadata"), "description", "a\tb");
    said_free(&said);
    said = expect(0, "mintmark verify 1 --json");
    const struct json proven = parsed(&said);
    cr_assert_eq(json_find(&proven, "ok")->kind, JSON_TRUE);
    const struct json *steps = json_find(&proven, "steps");
    cr_assert_eq(steps->count, 6);
    cr_assert_eq(json_find(&steps->items[0], "blockNumber")->kind, JSON_NUMBER);
    said_free(&said);
    said = expect(0, "mintmark transfer 1 --to " BOB " && mintmark list --owner " BOB
                     " && mintmark list --owner " ALICE " && mintmark list");
    has(&said, "     1  " BOB "  Cat \"x\"");
    cr_assert_null(strstr(said.out, "     1  " ALICE));
    said_free(&said);
    said = expect(5, "mintmark transfer 1 --to " ALICE); /* not the signer's any more */
    cr_assert_not_null(strstr(said.err, "ERC721InsufficientApproval(" ALICE ", 1)"), "%s",
                       said.err);
    said_free(&said);
    said = expect(0, "mintmark burn 1 --from 1");
    said_free(&said);
    said = expect(3, "mintmark verify 1");
    has(&said, "\xe2\x9c\x97 owner");
    said_free(&said);
    said = expect(5, "mintmark show 1");
    cr_assert_not_null(strstr(said.err, "ERC721NonexistentToken(1)"), "%s", said.err);
    said_free(&said);
}

/* More blocks than the first page of logs has (node/cli/log_pages.h). */
Test(flow, what_an_owner_received_is_found_over_many_blocks)
{
    program_node("--ephemeral");
    struct said said =
        expect(0, "mintmark mint \"cat's.png\" --to " BOB " && mintmark rpc hardhat_mine 0x1388"
                  " && mintmark mint \"cat's.png\" --to " ALICE
                  " && mintmark mint \"cat's.png\" --to " BOB);
    said_free(&said);
    said = expect(0, "mintmark list --owner " BOB " --json --no-names");
    const struct json tokens = parsed(&said);
    cr_assert_eq(tokens.count, 2, "%s", said.out);
    is(&tokens.items[0], "tokenId", "1");
    is(&tokens.items[1], "tokenId", "3");
    said_free(&said);
}

Test(flow, a_block_hash_that_is_not_the_chain_s_is_not_believed)
{
    program_node("--ephemeral");
    struct said said = expect(0, "mintmark mint \"cat's.png\" --json");
    const struct json minted = parsed(&said);
    const struct json *hash = json_find(&minted, "blockHash");
    struct said good = expect(0, "mintmark verify 1 --trust %.*s", (int)hash->text.len,
                              (const char *)hash->text.ptr);
    struct said bad = expect(3, "mintmark verify 1 --trust 0x%064d", 7);
    has(&bad, "\xe2\x9c\x97 trusted");
    has(&bad, "the node does not know the trusted block");
    said_free(&said);
    said_free(&good);
    said_free(&bad);
}

Test(flow, an_old_block_still_proves_what_was_true_then)
{
    program_node("--ephemeral");
    struct said said = expect(0, "mintmark mint \"cat's.png\" && mintmark transfer 1 --to " BOB);
    struct said then = expect(0, "mintmark verify 1 --block 1");
    has(&then, ALICE);
    struct said now = expect(0, "mintmark verify 1");
    has(&now, BOB);
    said_free(&said);
    said_free(&then);
    said_free(&now);
}

/* Members of a step of `verify --json`. */
static uint64_t number_in(const struct json *verified, const char *name, const char *key)
{
    const struct json *steps = json_find(verified, "steps");
    for (size_t i = 0; i < steps->count; i++) {
        uint64_t number;
        if (!json_is_text(json_find(&steps->items[i], "step"), name))
            continue;
        cr_assert(json_u64(&number, json_find(&steps->items[i], key)), "%s.%s", name, key);
        return number;
    }
    cr_assert_fail("no step %s", name);
    return 0;
}

/* Trusts a block by its number and verifies token 1. */
static struct json trusting(const char *block, const char *options)
{
    struct said said =
        expect(0,
               "mintmark verify 1 --json %s --trust $(mintmark rpc eth_getBlockByNumber %s false |"
               "sed -n 's/.*\"hash\":\"\\(0x[0-9a-f]*\\)\".*/\\1/p')",
               options, block);
    const struct json verified = parsed(&said);
    is(&verified, "trusted", "given");
    said_free(&said);
    return verified;
}

Test(flow, headers_are_followed_from_a_trusted_block_to_the_head_or_an_earlier_one)
{
    program_node("--ephemeral");
    struct said said = expect(0, "mintmark mint \"cat's.png\" && mintmark rpc hardhat_mine 0x4b0");
    struct json verified = trusting("0x0", "");
    cr_assert_eq(number_in(&verified, "chain", "headers"), 1201);
    cr_assert_eq(number_in(&verified, "chain", "certificates"), 3, "one a batch");
    cr_assert_eq(number_in(&verified, "header", "blockNumber"), 1201);
    verified = trusting("0x258", "--every-seal");
    cr_assert_eq(number_in(&verified, "trusted", "blockNumber"), 600);
    cr_assert_eq(number_in(&verified, "chain", "certificates"), 601);
    cr_assert_eq(number_in(&verified, "chain", "setChanges"), 0);
    verified = trusting("0x0", "--block 600");
    cr_assert_eq(number_in(&verified, "chain", "headers"), 600);
    cr_assert_eq(number_in(&verified, "chain", "seals"), 2);
    verified = trusting("latest", "");
    cr_assert_eq(number_in(&verified, "chain", "headers"), 0);
    said_free(&said);
}

/* hardhat_setChainId is for transactions; seals go on naming the genesis's. */
Test(flow, another_chain_id_of_dev_control_changes_nothing_about_seals)
{
    program_node("--ephemeral");
    struct said said = expect(0, "mintmark mint \"cat's.png\" && mintmark rpc hardhat_setChainId "
                                 "0x3039 && mintmark rpc hardhat_mine 0x2");
    const struct json verified = trusting("0x1", "");
    cr_assert_eq(number_in(&verified, "chain", "certificates"), 1);
    said_free(&said);
}

Test(flow, a_block_before_the_trusted_one_and_an_old_one_are_refused)
{
    program_node("--ephemeral");
    struct said said =
        expect(0, "mintmark mint \"cat's.png\" && mintmark rpc hardhat_mine 0x2 >/dev/null &&"
                  "mintmark rpc eth_getBlockByNumber latest false |"
                  "sed -n 's/.*\"hash\":\"\\(0x[0-9a-f]*\\)\".*/\\1/p' > trust");
    struct said before = expect(1, "mintmark verify 1 --trust $(cat trust) --block 1");
    cr_assert_not_null(strstr(before.err, "block 1 is before the trusted one, 3"), "%s",
                       before.err);
    struct said later = expect(3, "mintmark verify 1 --trust $(cat trust) --block 4");
    has(&later, "block 4: the node has no header of it");
    struct said old = expect(3, "sleep 2; mintmark verify 1 --block 1 --max-age 0.5");
    has(&old, "s old: the node is behind, or keeps newer blocks to itself");
    said_free(&said);
    said_free(&before);
    said_free(&later);
    said_free(&old);
}

Test(flow, a_collection_of_one_s_own_and_a_key_of_one_s_own)
{
    program_node("--ephemeral");
    struct said said =
        expect(0, "mintmark collection new --name 'Street cats' --symbol CAT --json");
    const struct json made = parsed(&said);
    const struct json *address = json_find(&made, "collection");
    struct said used = expect(
        0,
        "export MINTMARK_COLLECTION=%.*s; mintmark mint \"cat's.png\" && mintmark list && mintmark "
        "verify 1 &&"
        "echo secret > p; mintmark account new --light --password-file p --keystore ks --json > "
        "a.json;"
        "A=$(sed 's/.*\"address\":\"\\([^\"]*\\)\".*/\\1/' a.json); mintmark transfer 1 --to $A;"
        "mintmark rpc hardhat_setBalance $A 0xde0b6b3a7640000 >/dev/null;"
        "mintmark transfer 1 --to " BOB " --keystore ks --password-file p",
        (int)address->text.len, (const char *)address->text.ptr);
    has(&used, BOB);
    struct said closed = expect(5, "mintmark mint \"cat's.png\" --from 1 --collection %.*s",
                                (int)address->text.len, (const char *)address->text.ptr);
    cr_assert_not_null(strstr(closed.err, "OwnableUnauthorizedAccount(" BOB ")"), "%s", closed.err);
    said_free(&said);
    said_free(&used);
    said_free(&closed);
}

Test(flow, nothing_is_sent_to_an_address_without_a_contract)
{
    program_node("--ephemeral");
    struct said said = expect(1, "mintmark mint \"cat's.png\" --collection " BOB);
    cr_assert_not_null(strstr(said.err, "no contract"), "%s", said.err);
    said_free(&said);
}

Test(flow, what_is_added_comes_out_again)
{
    program_node("--ephemeral");
    struct said said = expect(
        0, "mkdir -p col/sub; for i in 1 2 3; do echo $i > col/$i.json; done; cp \"cat's.png\" "
           "'col/sub/a +%%.png';"
           "for p in unixfs-v1-2025 unixfs-v0-2015 kubo-cidv1 kubo-cidv1-no-raw kubo-cidv0-raw; do"
           " test $(mintmark add col --profile $p) = $(mintmark add col -n --profile $p) || exit "
           "9; done;"
           "mintmark cat $(mintmark add \"cat's.png\") | cmp - \"cat's.png\" &&"
           "mintmark cat ipfs://$(mintmark add \"cat's.png\" --wrap)/cat%%27s.png | cmp - "
           "\"cat's.png\" &&"
           "test \"$(mintmark cat $(mintmark add col)/2.json)\" = 2 &&"
           "cid=$(mintmark add col) && mintmark cat $cid/sub/a\\ +%%.png | cmp - \"cat's.png\" &&"
           "mintmark cat --list $cid");
    has(&said, "  2.json\n");
    has(&said, "  sub\n");
    said_free(&said);
    said = expect(1, "mintmark cat $(mintmark add \"cat's.png\") > /dev/full");
    cr_assert_str_eq(said.err, "mintmark cat: standard output: No space left on device\n");
    said_free(&said);
}

Test(flow, a_log_line_is_json_whatever_the_folder_is_called)
{
    program_node("--log-format json --data 'a \"b\" c\\d=e'");
    struct said said = expect(0, "head -n 1 node.log");
    const struct json line = parsed(&said);
    is(&line, "data", "a \"b\" c\\d=e");
    cr_assert_eq(json_find(&line, "head")->kind, JSON_NUMBER);
    said_free(&said);
}

Test(flow, a_listing_says_where_the_next_begins)
{
    program_node("--ephemeral");
    struct said said = expect(
        0, "for i in 1 2 3; do mintmark mint \"cat's.png\" --name $i >/dev/null || exit 9; done;"
           "mintmark list --limit 2 >/dev/null");
    cr_assert_not_null(strstr(said.err, "--after 2\n"), "%s", said.err);
    said_free(&said);
    said = expect(0, "mintmark list --after 2");
    cr_assert_not_null(strstr(said.out, "     3  0x"), "%s", said.out);
    cr_assert_null(strstr(said.out, "     2  0x"), "%s", said.out);
    said_free(&said);
    said = expect(0, "mintmark list --after 18446744073709551615");
    cr_assert_str_empty(said.out);
    said_free(&said);
}

Test(flow, an_exported_genesis_starts_a_chain_of_the_same_state)
{
    program_node("--data one");
    struct said said =
        expect(0, "mintmark mint \"cat's.png\" && mintmark mint \"cat's.png\" --name two && "
                  "mintmark burn 2 && mintmark transfer 1 --to " BOB
                  " && mintmark collection new --name C --symbol C --open && mintmark rpc "
                  "hardhat_setBalance " BOB " 0x5 &&"
                  "mintmark rpc hardhat_setStorageAt 0x00000000000000000000000000000000000000aa "
                  "0x1 0x0000000000000000000000000000000000000000000000000000000000000007 &&"
                  "mintmark rpc evm_mine");
    said_free(&said);
    struct said busy = expect(1, "mintmark export genesis --data one");
    cr_assert_not_null(strstr(busy.err, "stop the node first"), "%s", busy.err);
    said_free(&busy);
    struct said old = expect(0, "mintmark rpc eth_getBlockByNumber latest false");
    const struct json before = parsed(&old);
    cr_assert_eq(program_node_stop(), 0);
    said = expect(
        0,
        "mintmark db check --data one --replay && mintmark export genesis --data one -o two.json");
    has(&said, "no problem found");
    said_free(&said);
    program_node("--data two --genesis two.json");
    struct said again = expect(0, "mintmark rpc eth_getBlockByNumber latest false");
    const struct json after = parsed(&again);
    cr_assert(mm_bytes_equal(json_find(&before, "stateRoot")->text,
                             json_find(&after, "stateRoot")->text));
    is(&after, "number", "0x0");
    said = expect(0, "mintmark list --no-names");
    has(&said, BOB);
    said_free(&said);
    said_free(&old);
    said_free(&again);
}
