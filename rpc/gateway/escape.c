#include "rpc/gateway/escape.h"

void escape_html(struct mm_buf *out, mm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&':
            mm_buf_add_text(out, "&amp;");
            break;
        case '<':
            mm_buf_add_text(out, "&lt;");
            break;
        case '>':
            mm_buf_add_text(out, "&gt;");
            break;
        case '"':
            mm_buf_add_text(out, "&#34;");
            break;
        case '\'':
            mm_buf_add_text(out, "&#39;");
            break;
        default:
            if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
                mm_buf_add_text(out, "\xef\xbf\xbd");
            else
                mm_buf_add_byte(out, text.ptr[i]);
        }
    }
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void escape_path(struct mm_buf *out, mm_bytes text, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (is_unreserved(c) || (c == '/' && keep_slash)) {
            mm_buf_add_byte(out, c);
        } else {
            mm_buf_add_byte(out, '%');
            mm_buf_add_byte(out, (uint8_t)digits[c >> 4]);
            mm_buf_add_byte(out, (uint8_t)digits[c & 15]);
        }
    }
}

void escape_disposition(struct mm_buf *out, const char *kind, mm_bytes filename)
{
    mm_buf_printf(out, "%s; filename=\"", kind);
    for (size_t i = 0; i < filename.len; i++) {
        const uint8_t c = filename.ptr[i];
        if ((c & 0xc0) == 0x80)
            continue; /* one blank a character, not one a byte of UTF-8 */
        mm_buf_add_byte(out, c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '%' ? '_' : c);
    }
    mm_buf_add_text(out, "\"; filename*=UTF-8''");
    escape_path(out, filename, false);
}
