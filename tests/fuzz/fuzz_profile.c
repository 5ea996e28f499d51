/* What is sent to a profile, from anywhere: what is read is a token, and the answer about it, read back, names the same one; the answer
 * is JSON whatever name and URIs the token's content has. */
#include <stdlib.h>

#include "rpc/profile/text.h"
#include "state/base/assert.h"
#include "state/codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(struct mm_arena *arena, const struct content_claim *claim, mm_bytes text,
                         enum look_verdict verdict)
{
    const mm_addr addr = { { 0xab, 0xcd } };
    const struct look look = {
        .verdict = verdict, .name = text, .token_uri = text, .image = text, .type = FILETYPE_PNG
    };
    const struct profile_text profile = { &addr, claim, &look, verdict == LOOK_OK };
    struct mm_buf out;
    struct json answer;
    struct content_claim again;
    mm_buf_init(&out, 1 << 20);
    profile_write(&out, &profile);
    MM_ASSERT(mm_buf_err(&out) == MM_OK);
    MM_ASSERT(json_parse(arena, &answer, mm_buf_bytes(&out),
                         &(struct json_options){ .unique_keys = true }, NULL) == JSON_OK);
    const struct json *token = json_find(&answer, verdict == LOOK_OK ? "verified" : "was");
    MM_ASSERT(token != NULL && token->kind == JSON_OBJECT);
    struct mm_buf body;
    mm_buf_init(&body, 1 << 20);
    struct json_writer w = json_writer_over(&body);
    json_add_value(&w, token);
    MM_ASSERT(profile_read(arena, &again, mm_buf_bytes(&body)));
    MM_ASSERT(memcmp(&again, claim, sizeof again) == 0);
    mm_buf_fini(&body);
    mm_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mm_arena arena;
    struct content_claim claim;
    const mm_bytes text = mm_bytes_from(data, size);
    mm_arena_init(&arena, 64 << 20);
    if (size <= 4096 && profile_read(&arena, &claim, text)) {
        check_answer(&arena, &claim, text, LOOK_OK);
        check_answer(&arena, &claim, text, LOOK_OTHER_OWNER);
        check_answer(&arena, &claim, text, LOOK_OTHER_CHAIN);
    }
    mm_arena_fini(&arena);
    return 0;
}
