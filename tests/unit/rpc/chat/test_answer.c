/* Answers in OpenAI's shape, byte for byte. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/chat/chat_internal.h"

static struct mm_buf out;

static void open_out(void)
{
    mm_buf_init(&out, 1 << 20);
}

static void close_out(void)
{
    mm_buf_fini(&out);
}

TestSuite(answer, .init = open_out, .fini = close_out);

static const struct chat_said said = { .model = { (const uint8_t *)"m", 1 },
                                       .content = { (const uint8_t *)"Hi \"you\"", 8 },
                                       .finish = "stop",
                                       .created_s = 5,
                                       .prompt_bytes = 9 };

static void is(const char *expected)
{
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out), mm_bytes_str(expected)), "%.*s", (int)out.len,
              (const char *)out.ptr);
}

#define ID "chatcmpl-000000000000000000000000"
#define ZEROS "0x0000000000000000000000000000000000000000000000000000000000000000"
#define RECORD                                                                                     \
    "\"ainft\":{\"asker\":\"0x0000000000000000000000000000000000000000\",\"block\":0,"             \
    "\"specVersion\":0,\"promptHash\":\"" ZEROS "\",\"replyHash\":\"" ZEROS                        \
    "\",\"signature\":\"" ZEROS                                                                    \
    "000000000000000000000000000000000000000000000000000000000000000000\"}"
#define CHUNK                                                                                      \
    "data: {\"id\":\"" ID "\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\","

Test(answer, a_completion)
{
    chat_write_completion(&out, &said);
    is("{\"id\":\"" ID "\",\"object\":\"chat.completion\",\"created\":5,\"model\":\"m\","
       "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi "
       "\\\"you\\\"\","
       "\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
       "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}," RECORD "}");
}

Test(answer, events_and_their_end)
{
    chat_write_first_event(&out, &said);
    is(CHUNK "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
             "\"finish_reason\":null}]}\n\n");
    mm_buf_reset(&out);
    chat_write_words_event(&out, &said, MM_BYTES_LIT("Hi"));
    is(CHUNK
       "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n");
    mm_buf_reset(&out);
    chat_write_last_events(&out, &said, true);
    is(CHUNK "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]," RECORD
             "}\n\n" CHUNK "\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
             "\"total_tokens\":5}}\n\ndata: [DONE]\n\n");
}

Test(answer, an_error)
{
    chat_write_error(&out, 402, "insufficient_credits", "five");
    is("{\"error\":{\"message\":\"five\",\"type\":\"insufficient_quota\",\"param\":null,"
       "\"code\":\"insufficient_credits\"}}");
}
