/* Transcripts: written, read, written again; and what is none. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rpc/transcript/transcript.h"
#include "state/base/heap.h"

static struct mm_arena arena;
static struct mm_reason reason;

static void open_arena(void)
{
    mm_arena_init(&arena, 16 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(transcript, .init = open_arena, .fini = close_arena);

static const char TEXT[] =
    "{\"schema\":\"ainft-transcript/1\",\"chainId\":31337,"
    "\"collection\":\"0x18fd26506c4ef8d9cfcca78c2917601a5fa096df\",\"tokenId\":\"7\","
    "\"author\":\"0xd41c057fd1c78805aac12b0a94a405c0461a6fbb\","
    "\"specification\":{\"uri\":\"ipfs://x\",\"version\":3,\"digest\":\"0x"
    "0101010101010101010101010101010101010101010101010101010101010101\"},"
    "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"},"
    "{\"role\":\"assistant\",\"content\":\"Good \\\"day\\\"\",\"ainft\":{"
    "\"asker\":\"0xd41c057fd1c78805aac12b0a94a405c0461a6fbb\",\"block\":12,\"specVersion\":3,"
    "\"promptHash\":\"0x0202020202020202020202020202020202020202020202020202020202020202\","
    "\"replyHash\":\"0x0303030303030303030303030303030303030303030303030303030303030303\","
    "\"signature\":\"0x0404040404040404040404040404040404040404"
    "04040404040404040404040404040404040404040404040404040404040404040404040404040404040404041b\"}}"
    "],"
    "\"salt\":\"0x0505050505050505050505050505050505050505050505050505050505050505\"}";

Test(transcript, what_is_read_is_written_again)
{
    struct transcript read;
    struct mm_buf out;
    cr_assert(transcript_read(&arena, &read, mm_bytes_str(TEXT), &reason), "%s", reason.text);
    cr_assert_eq(read.chain_id, 31337);
    cr_assert_eq(read.token.limb[0], 7);
    cr_assert_eq(read.spec_version, 3);
    cr_assert_eq(read.talk.count, 2);
    cr_assert(mm_bytes_equal(read.talk.messages[1].content, MM_BYTES_LIT("Good \"day\"")));
    cr_assert(read.talk.messages[1].has_reply);
    cr_assert_eq(read.talk.messages[1].reply.block_num, 12);
    mm_buf_init(&out, TRANSCRIPT_BYTES_MAX);
    transcript_write(&out, &read);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out), mm_bytes_str(TEXT)));
    mm_buf_fini(&out);
}

Test(transcript, no_member_can_be_missing_or_of_another_kind)
{
    static const char *const members[] = { "schema",    "chainId",       "collection", "tokenId",
                                           "author",    "specification", "version",    "digest",
                                           "messages",  "role",          "content",    "asker",
                                           "block",     "specVersion",   "promptHash", "replyHash",
                                           "signature", "salt" };
    struct transcript read;
    for (size_t i = 0; i < MM_COUNT_OF(members); i++) {
        char text[sizeof TEXT];
        char key[40];
        (void)snprintf(key, sizeof key, "\"%s\":", members[i]);
        memcpy(text, TEXT, sizeof TEXT);
        char *at = strstr(text, key);
        cr_assert_not_null(at, "%s", key);
        at[1] = 'X';
        cr_assert(!transcript_read(&arena, &read, mm_bytes_str(text), &reason), "%s", members[i]);
        cr_assert_neq(reason.text[0], '\0');
    }
    char longer[sizeof TEXT + 2];
    char *end = strstr(memcpy(longer, TEXT, sizeof TEXT), "041b\"");
    memmove(end + 2, end, strlen(end) + 1); /* a signature of 66 bytes */
    cr_assert(!transcript_read(&arena, &read, mm_bytes_str(longer), &reason));
}

#ifdef MINTMARK_CHECKED
Test(transcript, each_allocation_may_fail)
{
    bool is_through = false;
    for (size_t successes = 0; !is_through && successes < 100; successes++) {
        struct transcript read;
        struct mm_arena own;
        mm_arena_init(&own, 1 << 20);
        mm_heap_fail_after(successes);
        is_through = transcript_read(&own, &read, mm_bytes_str(TEXT), &reason);
        mm_heap_fail_after(SIZE_MAX);
        cr_assert(is_through || read.talk.count == 0);
        mm_arena_fini(&own);
    }
    cr_assert(is_through);
}
#endif

/* ---- messages of requests ---- */

static bool reads(struct talk *talk, const char *list)
{
    struct json root;
    cr_assert_eq(json_parse(&arena, &root, mm_bytes_str(list), NULL, NULL), JSON_OK);
    return talk_read(&arena, talk, &root, &reason);
}

Test(transcript, a_content_may_be_a_list_of_texts)
{
    struct talk talk;
    cr_assert(reads(&talk, "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hel\"},"
                           "{\"type\":\"text\",\"text\":\"lo\"}]}]"));
    cr_assert(mm_bytes_equal(talk.messages[0].content, MM_BYTES_LIT("Hello")));
    cr_assert(!reads(&talk, "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]"));
}

Test(transcript, messages_are_of_user_and_assistant_and_not_too_many_or_long)
{
    static char text[TALK_CONTENT_BYTES_MAX + 200];
    struct talk talk;
    cr_assert(!reads(&talk, "[]"));
    cr_assert(!reads(&talk, "{}"));
    cr_assert(!reads(&talk, "[{\"role\":\"system\",\"content\":\"be\"}]"));
    cr_assert(!reads(&talk, "[{\"role\":\"user\",\"content\":\"\"}]"));
    cr_assert(!reads(&talk, "[{\"role\":\"user\"}]"));
    cr_assert(!reads(&talk, "[1]"));
    for (size_t len = TALK_CONTENT_BYTES_MAX; len <= TALK_CONTENT_BYTES_MAX + 1; len++) {
        size_t at = (size_t)sprintf(text, "[{\"role\":\"user\",\"content\":\"");
        memset(text + at, 'a', len);
        (void)sprintf(text + at + len, "\"}]");
        cr_assert_eq(reads(&talk, text), len == TALK_CONTENT_BYTES_MAX);
    }
    static char many[(TALK_MESSAGES_MAX + 1) * 40];
    for (size_t count = TALK_MESSAGES_MAX; count <= TALK_MESSAGES_MAX + 1; count++) {
        size_t at = (size_t)sprintf(many, "[");
        for (size_t i = 0; i < count; i++)
            at += (size_t)sprintf(many + at, "%s{\"role\":\"user\",\"content\":\"a\"}",
                                  i == 0 ? "" : ",");
        (void)sprintf(many + at, "]");
        cr_assert_eq(reads(&talk, many), count == TALK_MESSAGES_MAX);
    }
}
