/* What the three builders of import.h share. Private to p2p/content. */
#ifndef P2P_CONTENT_IMPORT_INTERNAL_H
#define P2P_CONTENT_IMPORT_INTERNAL_H

#include "p2p/content/import.h"

/* Names blocks by their hash and hands them to the sink. */
struct import_out {
    struct content_profile profile;
    struct block_sink sink;     /* put is NULL: hash only */
    struct multihasher *hasher; /* owned */
};

/* False when there is no memory. */
MM_MUST_USE bool import_out_init(struct import_out *out, const struct content_profile *profile,
                                 const struct block_sink *sink);
void import_out_fini(struct import_out *out);

static inline bool import_out_keeps(const struct import_out *out)
{
    return out->sink.put != NULL;
}

/* The CID of a block that is given in parts. */
MM_MUST_USE mm_err import_hash(struct import_out *out, struct cid *cid, enum cid_codec codec,
                               const mm_bytes *parts, size_t part_count);
/* The CID of a block; the block goes to the sink. */
MM_MUST_USE mm_err import_emit(struct import_out *out, struct cid *cid, enum cid_codec codec,
                               mm_bytes block);

#endif
