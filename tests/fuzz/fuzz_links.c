/* Links of one hostile block under each codec, named by its first byte: every link that is told is a CID that can be written. A path
 * through a document, which is what stands behind the block's last zero byte, finds no other. */
#include "p2p/content/document.h"
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

struct looked_for {
    struct cid cid;
    bool is_there;
};

static bool compare(void *context, const struct cid *cid)
{
    struct looked_for *looked_for = context;
    looked_for->is_there = looked_for->is_there || cid_equal(cid, &looked_for->cid);
    return true;
}

static void check_path(const struct cid *cid, mm_bytes block)
{
    const uint8_t *zero = block.len == 0 ? NULL : memrchr(block.ptr, 0, block.len);
    if (zero == NULL || zero + 1 == block.ptr + block.len)
        return;
    mm_bytes path = { zero + 1, (size_t)(block.ptr + block.len - zero - 1) };
    block.len = (size_t)(zero - block.ptr);
    struct looked_for looked_for = { .is_there = false };
    if (document_follow(&looked_for.cid, &path, cid, block) != DOCUMENT_LINK)
        return;
    const enum links_verdict verdict =
        content_links(cid, block, &(struct links_listener){ &looked_for, compare });
    MM_ASSERT(verdict == LINKS_MALFORMED || looked_for.is_there);
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
    if (cid.codec == CID_DAG_CBOR || cid.codec == CID_DAG_JSON)
        check_path(&cid, (mm_bytes){ data + 1, size - 1 });
    MM_ASSERT(cid.codec != CID_RAW || (verdict == LINKS_OK && count == 0));
    return 0;
}
