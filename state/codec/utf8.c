#include "state/codec/utf8.h"

/* RFC 3629, section 4: by the first byte, how many follow, and what the second one may be; the others are 80 to BF. */
struct lead {
    uint8_t len;
    uint8_t second_min;
    uint8_t second_max;
};

static struct lead lead_of(uint8_t byte)
{
    if (byte < 0x80)
        return (struct lead){ 1, 0, 0 };
    if (byte < 0xc2) /* a continuation, or an overlong form of U+0000 to U+007F */
        return (struct lead){ 0, 0, 0 };
    if (byte < 0xe0)
        return (struct lead){ 2, 0x80, 0xbf };
    if (byte < 0xf0) /* below E0 A0 it is overlong, ED A0 to ED BF are the surrogates */
        return (struct lead){ 3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf };
    if (byte < 0xf5) /* below F0 90 it is overlong, F4 90 is above U+10FFFF */
        return (struct lead){ 4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf };
    return (struct lead){ 0, 0, 0 };
}

size_t utf8_char_len(mm_bytes text)
{
    if (text.len == 0)
        return 0;
    const struct lead lead = lead_of(text.ptr[0]);
    if (lead.len <= 1)
        return lead.len;
    if (text.len < lead.len || text.ptr[1] < lead.second_min || text.ptr[1] > lead.second_max)
        return 0;
    for (size_t i = 2; i < lead.len; i++) {
        if ((text.ptr[i] & 0xc0) != 0x80)
            return 0;
    }
    return lead.len;
}

bool utf8_is_valid(mm_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        uint64_t eight;
        if (text.len - at >= sizeof eight) { /* ASCII, eight bytes a step */
            memcpy(&eight, text.ptr + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        const size_t len = utf8_char_len(mm_bytes_from(text.ptr + at, text.len - at));
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}
