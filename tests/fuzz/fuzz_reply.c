/* An answer in one piece and in small ones: the same verdict, status and body. The first byte says how small. */
#include "rpc/client/reply.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum reply_verdict verdict;
    unsigned status;
    size_t taken;
    size_t body_len;
    uint64_t digest; /* FNV-1a of the body */
};

static struct outcome feed(struct reply *reply, mm_bytes in, size_t step, bool is_head)
{
    struct outcome out = { .verdict = REPLY_MORE, .digest = UINT64_C(0xcbf29ce484222325) };
    reply_init(reply, is_head);
    while (out.verdict == REPLY_PIECE || (out.verdict == REPLY_MORE && out.taken < in.len)) {
        const size_t left = in.len - out.taken;
        size_t used;
        mm_bytes piece;
        out.verdict = reply_feed(
            reply, mm_bytes_from(in.ptr + out.taken, left < step ? left : step), &used, &piece);
        MM_ASSERT(used <= left && (piece.len > 0) == (out.verdict == REPLY_PIECE));
        MM_ASSERT(used > 0 || left == 0 || reply_is_refused(out.verdict) ||
                  out.verdict == REPLY_DONE);
        for (size_t i = 0; i < piece.len; i++)
            out.digest = (out.digest ^ piece.ptr[i]) * UINT64_C(0x100000001b3);
        out.body_len += piece.len;
        out.taken += used;
    }
    if (out.verdict == REPLY_MORE || out.verdict == REPLY_PIECE)
        out.verdict = reply_close(reply);
    out.status = reply->status;
    MM_ASSERT(out.body_len <= in.len);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reply reply;
    if (size == 0)
        return 0;
    const mm_bytes in = mm_bytes_from(data + 1, size - 1);
    const bool is_head = (data[0] & 0x80) != 0;
    const struct outcome whole = feed(&reply, in, SIZE_MAX, is_head);
    const struct outcome again = feed(&reply, in, 1 + (data[0] & 0x7f), is_head);
    MM_ASSERT(whole.verdict == again.verdict && whole.body_len == again.body_len &&
              whole.digest == again.digest);
    MM_ASSERT(reply_is_refused(whole.verdict) ||
              (whole.status == again.status && whole.taken == again.taken));
    return 0;
}
