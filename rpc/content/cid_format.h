/* A CID in other words: version, codec and alphabet changed, and a format filled in.
 *
 *     %s  the CID          %S  without its prefix      %b  base32      %B  b         %v  cidv1     %V  1
 *     %m  the multihash    %M  without a prefix        %c  dag-pb      %C  112       %h  sha2-256  %H  18
 *     %d  the digest       %D  without a prefix        %L  32          %P  cidv1-dag-pb-sha2-256-32            %%  %
 *
 * The block stays the same but for its codec. Pure functions. Source: the formats of `ipfs cid format`. */
#ifndef RPC_CONTENT_CID_FORMAT_H
#define RPC_CONTENT_CID_FORMAT_H

#include "p2p/content/cid.h"
#include "state/base/buf.h"

enum cid_format_version { CID_FORMAT_SAME, CID_FORMAT_V0, CID_FORMAT_V1 };

struct cid_format {
    mm_bytes text; /* with at least one % */
    enum cid_format_version version;
    bool has_codec;
    uint64_t codec;
    bool has_base;
    enum multibase base;
};

/* Whether every % has a letter behind it that is one of the above, and there is one. */
MM_MUST_USE bool cid_format_is_valid(mm_bytes text);
/* The alphabet that a CID was written in. */
enum multibase cid_format_base_of(mm_bytes cid_text);
/* NULL, or why this CID has no such form; a literal. written: the alphabet that it came in, kept unless the format has another. */
MM_MUST_USE const char *cid_format_write(struct mm_buf *out, const struct cid_format *format,
                                         const struct cid *cid, enum multibase written);

#endif
