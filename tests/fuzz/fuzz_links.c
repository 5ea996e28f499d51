/* Links of one hostile block under each codec, named by its first byte: every link that is told is a CID that can be written. */
#include "p2p/content/links.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool hear(void *context, const struct cid *cid)
{
    uint8_t bytes[CID_BYTES_MAX];
    struct cid again;
    const size_t len = cid_encode(bytes, cid);
    const enum cid_verdict verdict = cid_decode(&again, (mm_bytes){ bytes, len });
    MM_ASSERT((verdict == CID_OK || verdict == CID_UNSUPPORTED) && cid_equal(cid, &again));
    return ++*(size_t *)context < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum cid_codec codecs[] = { CID_DAG_PB, CID_DAG_CBOR, CID_DAG_JSON, CID_RAW };
    if (size == 0)
        return 0;
    size_t count = 0;
    const struct cid cid = { .version = 1, .codec = codecs[data[0] % 4] };
    const enum links_verdict verdict = content_links(&cid, (mm_bytes){ data + 1, size - 1 },
                                                     &(struct links_listener){ &count, hear });
    MM_ASSERT((verdict == LINKS_STOPPED) == (count == 1000));
    MM_ASSERT(cid.codec != CID_RAW || (verdict == LINKS_OK && count == 0));
    return 0;
}
