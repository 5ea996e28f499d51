#include "rpc/client/jsonrpc.h"

#include <criterion/criterion.h>

static struct mm_arena arena;

static bool read_answer(struct jsonrpc_reply *replies, size_t count, bool is_batch,
                        const char *text)
{
    struct mm_reason reason;
    mm_arena_init(&arena, 1 << 20);
    return jsonrpc_read(&arena, replies, count, is_batch, mm_bytes_str(text), &reason);
}

static void done(void)
{
    mm_arena_fini(&arena);
}

TestSuite(jsonrpc, .fini = done);

Test(jsonrpc, takes_a_result_of_our_id)
{
    struct jsonrpc_reply reply;
    cr_assert(read_answer(&reply, 1, false, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}"));
    cr_assert(!reply.is_error);
    cr_assert(json_is_text(&reply.result, "0x1"));
}

Test(jsonrpc, a_null_result_is_a_result)
{
    struct jsonrpc_reply reply;
    cr_assert(read_answer(&reply, 1, false, "{\"id\":1,\"result\":null}"));
    cr_assert(!reply.is_error);
    cr_assert_eq(reply.result.kind, JSON_NULL);
}

Test(jsonrpc, takes_an_error_with_code_message_and_data)
{
    struct jsonrpc_reply reply;
    cr_assert(read_answer(
        &reply, 1, false,
        "{\"id\":1,\"error\":{\"code\":-32000,\"message\":\"nonce too low\",\"data\":\"0x\"}}"));
    cr_assert(reply.is_error);
    cr_assert_eq(reply.code, -32000);
    cr_assert(mm_bytes_equal(reply.message, MM_BYTES_LIT("nonce too low")));
    cr_assert(json_is_text(reply.data, "0x"));
}

Test(jsonrpc, takes_an_error_of_a_request_that_was_not_understood)
{
    struct jsonrpc_reply reply;
    cr_assert(read_answer(&reply, 1, false,
                          "{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"parse error\"}}"));
    cr_assert(reply.is_error);
}

Test(jsonrpc, puts_a_batch_into_the_order_of_the_requests)
{
    struct jsonrpc_reply replies[3];
    cr_assert(read_answer(
        replies, 3, true,
        "[{\"id\":3,\"result\":30},{\"id\":1,\"result\":10},{\"id\":2,\"error\":{\"code\":3}}]"));
    cr_assert(mm_bytes_equal(replies[0].result.text, MM_BYTES_LIT("10")));
    cr_assert_eq(replies[1].code, 3);
    cr_assert(mm_bytes_equal(replies[2].result.text, MM_BYTES_LIT("30")));
}

Test(jsonrpc, refuses_what_is_no_answer_to_the_question)
{
    static const char *const single[] = { "",
                                          "[]",
                                          "1",
                                          "{}",
                                          "{\"id\":2,\"result\":1}",
                                          "{\"id\":\"1\",\"result\":1}",
                                          "{\"result\":1}",
                                          "{\"id\":1}",
                                          "{\"id\":1,\"error\":\"no\"}",
                                          "[{\"id\":1,\"result\":1}]",
                                          "<html>" };
    static const char *const batch[] = { "[]",
                                         "{\"id\":1,\"result\":1}",
                                         "[{\"id\":1,\"result\":1}]",
                                         "[{\"id\":1,\"result\":1},{\"id\":1,\"result\":1}]",
                                         "[{\"id\":1,\"result\":1},{\"id\":3,\"result\":1}]",
                                         "[{\"id\":0,\"result\":1},{\"id\":1,\"result\":1}]",
                                         "[{\"id\":1,\"result\":1},7]" };
    struct jsonrpc_reply replies[2];
    for (size_t i = 0; i < MM_COUNT_OF(single); i++) {
        cr_assert(!read_answer(replies, 1, false, single[i]), "%s", single[i]);
        mm_arena_fini(&arena);
    }
    for (size_t i = 0; i < MM_COUNT_OF(batch); i++) {
        cr_assert(!read_answer(replies, 2, true, batch[i]), "%s", batch[i]);
        mm_arena_fini(&arena);
    }
}
