#include "rpc/gateway/origin.h"

#include "rpc/http/authority.h"

bool origin_label(char out[ORIGIN_LABEL_MAX + 1], const struct cid *cid)
{
    const struct cid v1 = cid_as_v1(cid);
    char text[CID_TEXT_MAX + 1];
    size_t len = cid_to_text(text, &v1, MULTIBASE_BASE32);
    if (len > ORIGIN_LABEL_MAX)
        len = cid_to_text(text, &v1, MULTIBASE_BASE36);
    out[0] = '\0';
    if (len > ORIGIN_LABEL_MAX)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

/* Names are sent in any case: what is no CID as it stands may be one in lower case. */
static bool parse_label(struct cid *cid, mm_bytes label)
{
    uint8_t lower[ORIGIN_LABEL_MAX];
    if (cid_parse(cid, label) == CID_OK)
        return true;
    if (label.len > sizeof lower)
        return false;
    for (size_t i = 0; i < label.len; i++) {
        const uint8_t c = label.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
    }
    return cid_parse(cid, mm_bytes_from(lower, label.len)) == CID_OK;
}

enum origin_verdict origin_parse(struct cid *cid, mm_bytes authority)
{
    struct http_authority parts;
    *cid = (struct cid){ .version = 0 };
    if (!http_authority_parse(&parts, authority) || parts.kind != HTTP_HOST_NAME)
        return ORIGIN_NONE;
    const mm_bytes suffix = MM_BYTES_LIT(".ipfs.localhost");
    if (!http_host_is_under(parts.host, suffix))
        return ORIGIN_NONE;
    const mm_bytes label = mm_bytes_from(parts.host.ptr, parts.host.len - suffix.len);
    if (!parse_label(cid, label)) {
        *cid = (struct cid){ .version = 0 };
        return ORIGIN_BAD;
    }
    char own[ORIGIN_LABEL_MAX + 1];
    const bool is_own = origin_label(own, cid) && http_equal_no_case(label, mm_bytes_str(own));
    return is_own ? ORIGIN_OK : ORIGIN_OTHER;
}
