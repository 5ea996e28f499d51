/* CAR files pushed whole and in pieces: the same blocks and the same verdict. The first byte is the size
 * of the pieces. */
#include "p2p/content/car.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum car_verdict verdict;
    size_t blocks;
    uint64_t sum; /* of all CIDs and blocks, in order */
};

static uint64_t mix(uint64_t sum, mm_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        sum = (sum ^ bytes.ptr[i]) * 0x100000001b3u;
    return sum;
}

static struct outcome feed(mm_bytes car, size_t piece)
{
    struct car_reader *reader = car_reader_new();
    struct outcome outcome = { .verdict = CAR_MORE, .sum = 1 };
    for (size_t at = 0; at < car.len && outcome.verdict == CAR_MORE; at += piece) {
        mm_bytes in = { car.ptr + at, car.len - at < piece ? car.len - at : piece };
        struct cid cid;
        mm_bytes block;
        while ((outcome.verdict = car_feed(reader, &cid, &block, &in)) == CAR_BLOCK) {
            uint8_t bytes[CID_BYTES_MAX];
            const size_t len = cid_encode(bytes, &cid);
            outcome.blocks++;
            outcome.sum = mix(mix(outcome.sum, (mm_bytes){ bytes, len }), block);
        }
    }
    if (outcome.verdict == CAR_MORE)
        outcome.verdict = car_finish(reader);
    car_reader_free(reader);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes car = { data + 1, size - 1 };
    const struct outcome whole = feed(car, size);
    const struct outcome pieces = feed(car, (size_t)data[0] + 1);
    MM_ASSERT(whole.verdict == pieces.verdict && whole.blocks == pieces.blocks &&
              whole.sum == pieces.sum);
    return 0;
}
