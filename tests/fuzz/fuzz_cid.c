/* CIDs as bytes and as text: what is read is written back to the same bytes, and every text of it reads as
 * the same CID. */
#include "p2p/content/cid.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct cid *cid)
{
    static const enum multibase bases[] = { MULTIBASE_BASE16, MULTIBASE_BASE32, MULTIBASE_BASE36,
                                            MULTIBASE_BASE58BTC, MULTIBASE_BASE64URL };
    for (size_t i = 0; i < MM_COUNT_OF(bases); i++) {
        char text[CID_TEXT_MAX + 1];
        struct cid again;
        const size_t len = cid_to_text(text, cid, bases[i]);
        const enum cid_verdict verdict = cid_parse(&again, mm_bytes_from(text, len));
        MM_ASSERT(verdict == (multihash_is_supported(&cid->hash) ? CID_OK : CID_UNSUPPORTED));
        MM_ASSERT(cid_equal(cid, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mm_bytes in = { data, size };
    struct cid cid;
    size_t used;
    uint8_t bytes[CID_BYTES_MAX];
    enum cid_verdict verdict = cid_decode_front(&cid, &used, in);
    if (verdict == CID_OK || verdict == CID_UNSUPPORTED) {
        const size_t len = cid_encode(bytes, &cid);
        MM_ASSERT(mm_bytes_equal((mm_bytes){ bytes, len }, (mm_bytes){ data, used }));
        check_texts(&cid);
    } else {
        MM_ASSERT(used == 0);
    }
    verdict = cid_parse(&cid, in);
    if (verdict == CID_OK || verdict == CID_UNSUPPORTED) {
        struct cid again;
        const size_t len = cid_encode(bytes, &cid);
        MM_ASSERT(cid_decode(&again, (mm_bytes){ bytes, len }) == verdict &&
                  cid_equal(&cid, &again));
        check_texts(&cid);
    }
    return 0;
}
