/* What a remote model sends.
 *
 * First byte: in pieces of how many bytes the rest comes.
 * Properties: the words do not depend on the pieces; a refusal has a reason; what is done stays done. */
#include <stdint.h>
#include <stdlib.h>

#include "rpc/chat/chat_internal.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mm_err take(void *ctx, mm_bytes words)
{
    struct mm_buf *all = ctx;
    mm_buf_add(all, words);
    return mm_buf_err(all);
}

static mm_err run(struct mm_buf *words, mm_bytes rest, size_t step)
{
    struct chat_events events;
    struct mm_reason reason = { .text = "" };
    mm_err err = MM_OK;
    chat_events_init(&events);
    events.ctx = words;
    events.words = take;
    while (rest.len > 0 && err == MM_OK) {
        const size_t len = rest.len < step ? rest.len : step;
        err = chat_events_feed(&events, mm_bytes_from(rest.ptr, len), &reason);
        rest = mm_bytes_from(rest.ptr + len, rest.len - len);
    }
    if (err == MM_OK)
        err = chat_events_end(&events, &reason);
    else if (err == MM_ERR_STOPPED)
        err = chat_events_end(&events, &reason);
    MM_ASSERT(err != MM_ERR_INVALID || reason.text[0] != '\0');
    chat_events_fini(&events);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mm_buf whole;
    struct mm_buf pieces;
    if (size == 0)
        return 0;
    const mm_bytes rest = mm_bytes_from(data + 1, size - 1);
    mm_buf_init(&whole, 1 << 20);
    mm_buf_init(&pieces, 1 << 20);
    const mm_err first = run(&whole, rest, SIZE_MAX);
    const mm_err second = run(&pieces, rest, (size_t)data[0] + 1);
    MM_ASSERT(first == second);
    MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&whole), mm_buf_bytes(&pieces)));
    mm_buf_fini(&whole);
    mm_buf_fini(&pieces);
    return 0;
}
