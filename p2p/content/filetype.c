#include "p2p/content/filetype.h"

#include "state/base/assert.h"
#include "state/codec/utf8.h"

struct names {
    const char *media_type;
    const char *extension;
};

static const struct names TYPES[] = {
    [FILETYPE_UNKNOWN] = { "application/octet-stream", "bin" },
    [FILETYPE_PNG] = { "image/png", "png" },
    [FILETYPE_JPEG] = { "image/jpeg", "jpg" },
    [FILETYPE_GIF] = { "image/gif", "gif" },
    [FILETYPE_WEBP] = { "image/webp", "webp" },
    [FILETYPE_AVIF] = { "image/avif", "avif" },
    [FILETYPE_SVG] = { "image/svg+xml", "svg" },
    [FILETYPE_MP4] = { "video/mp4", "mp4" },
    [FILETYPE_WEBM] = { "video/webm", "webm" },
    [FILETYPE_MP3] = { "audio/mpeg", "mp3" },
    [FILETYPE_GLB] = { "model/gltf-binary", "glb" },
    [FILETYPE_PDF] = { "application/pdf", "pdf" },
    [FILETYPE_JSON] = { "application/json", "json" },
    [FILETYPE_TEXT] = { "text/plain; charset=utf-8", "txt" },
};

/* Beyond those of TYPES. */
static const struct names MORE[] = {
    { "image/jpeg", "jpeg" },
    { "text/html; charset=utf-8", "html" },
    { "text/html; charset=utf-8", "htm" },
    { "text/css; charset=utf-8", "css" },
    { "text/javascript; charset=utf-8", "js" },
    { "text/javascript; charset=utf-8", "mjs" },
    { "text/markdown; charset=utf-8", "md" },
    { "text/csv; charset=utf-8", "csv" },
    { "text/xml; charset=utf-8", "xml" },
    { "application/wasm", "wasm" },
    { "application/zip", "zip" },
    { "application/gzip", "gz" },
    { "application/x-tar", "tar" },
    { "application/vnd.ipld.car", "car" },
    { "model/gltf+json", "gltf" },
    { "image/bmp", "bmp" },
    { "image/x-icon", "ico" },
    { "image/tiff", "tiff" },
    { "image/apng", "apng" },
    { "audio/wav", "wav" },
    { "audio/ogg", "ogg" },
    { "audio/flac", "flac" },
    { "audio/mp4", "m4a" },
    { "video/mp4", "m4v" },
    { "video/quicktime", "mov" },
    { "font/woff", "woff" },
    { "font/woff2", "woff2" },
};

bool filetype_is_picture(enum filetype type)
{
    return type == FILETYPE_PNG || type == FILETYPE_JPEG || type == FILETYPE_GIF ||
           type == FILETYPE_WEBP || type == FILETYPE_AVIF;
}

const char *filetype_media_type(enum filetype type)
{
    MM_ASSERT((size_t)type < MM_COUNT_OF(TYPES));
    return TYPES[type].media_type;
}

const char *filetype_extension(enum filetype type)
{
    MM_ASSERT((size_t)type < MM_COUNT_OF(TYPES));
    return TYPES[type].extension;
}

/* --- detection --- */

static bool has_at(mm_bytes head, size_t at, mm_bytes expected)
{
    return head.len >= at + expected.len && memcmp(head.ptr + at, expected.ptr, expected.len) == 0;
}

static bool has_text_at(mm_bytes head, size_t at, const char *expected)
{
    return has_at(head, at, mm_bytes_str(expected));
}

/* ISO base media: a box "ftyp" of brands, four letters each; the first is the major one, then a version. */
static enum filetype detect_iso_media(mm_bytes head)
{
    static const char *const MP4_BRANDS[] = { "isom", "iso2", "iso4", "iso5", "iso6",
                                              "mp41", "mp42", "avc1", "M4V ", "M4A ",
                                              "dash", "MSNV", "f4v " };
    const size_t box = (size_t)head.ptr[0] << 24 | (size_t)head.ptr[1] << 16 |
                       (size_t)head.ptr[2] << 8 | head.ptr[3];
    const size_t end = box < head.len ? box : head.len;
    bool is_mp4 = false;
    for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
        if (has_text_at(head, at, "avif") || has_text_at(head, at, "avis"))
            return FILETYPE_AVIF;
        for (size_t i = 0; i < MM_COUNT_OF(MP4_BRANDS); i++)
            is_mp4 = is_mp4 || has_text_at(head, at, MP4_BRANDS[i]);
    }
    return is_mp4 ? FILETYPE_MP4 : FILETYPE_UNKNOWN;
}

/* EBML: WebM says so in its document type, among the first few elements. */
static enum filetype detect_ebml(mm_bytes head)
{
    const size_t looked = head.len < 128 ? head.len : 128;
    return memmem(head.ptr, looked, "\x42\x82\x84webm", 7) != NULL ? FILETYPE_WEBM
                                                                   : FILETYPE_UNKNOWN;
}

/* An MPEG audio frame: sync, layer III, a bit rate and a sampling rate that exist. */
static bool is_mp3_frame(mm_bytes head)
{
    if (head.len < 4 || head.ptr[0] != 0xff || (head.ptr[1] & 0xe0) != 0xe0)
        return false;
    const bool version = (head.ptr[1] & 0x18) != 0x08;
    const bool layer = (head.ptr[1] & 0x06) == 0x02;
    const unsigned rate = head.ptr[2] >> 4;
    return version && layer && rate != 0 && rate != 15 && (head.ptr[2] & 0x0c) != 0x0c;
}

static enum filetype detect_binary(mm_bytes head)
{
    if (has_at(head, 0, MM_BYTES_LIT("\x89PNG\r\n\x1a\n")))
        return FILETYPE_PNG;
    if (has_at(head, 0, MM_BYTES_LIT("\xff\xd8\xff")))
        return FILETYPE_JPEG;
    if (has_text_at(head, 0, "GIF87a") || has_text_at(head, 0, "GIF89a"))
        return FILETYPE_GIF;
    if (has_text_at(head, 0, "RIFF") && has_text_at(head, 8, "WEBP"))
        return FILETYPE_WEBP;
    if (has_text_at(head, 4, "ftyp"))
        return detect_iso_media(head);
    if (has_at(head, 0, MM_BYTES_LIT("\x1a\x45\xdf\xa3")))
        return detect_ebml(head);
    if (has_at(head, 0, MM_BYTES_LIT("glTF\x02\x00\x00\x00")))
        return FILETYPE_GLB;
    if (has_text_at(head, 0, "%PDF-"))
        return FILETYPE_PDF;
    if (has_text_at(head, 0, "ID3") || is_mp3_frame(head))
        return FILETYPE_MP3;
    return FILETYPE_UNKNOWN;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static mm_bytes from(mm_bytes text, size_t at)
{
    return (mm_bytes){ text.ptr + at, text.len - at };
}

static mm_bytes skip_space(mm_bytes text)
{
    size_t at = 0;
    while (at < text.len && is_space(text.ptr[at]))
        at++;
    return from(text, at);
}

/* UTF-8 without control characters; the head may end within a character. */
static bool is_text(mm_bytes head)
{
    mm_bytes left = head;
    while (left.len > 0) {
        const size_t len = utf8_char_len(left);
        if (len == 0)
            return head.len >= FILETYPE_HEAD_BYTES && left.len < 4;
        const uint8_t c = left.ptr[0];
        if ((c < 0x20 && !is_space(c) && c != '\f') || c == 0x7f)
            return false;
        left = from(left, len);
    }
    return true;
}

/* Past what may stand before the root element: declaration, comments, document type. */
static mm_bytes skip_prolog(mm_bytes text)
{
    for (;;) {
        text = skip_space(text);
        const char *end = NULL;
        if (has_text_at(text, 0, "<?"))
            end = "?>";
        else if (has_text_at(text, 0, "<!--"))
            end = "-->";
        else if (has_text_at(text, 0, "<!DOCTYPE"))
            end = ">";
        else
            return text;
        const uint8_t *found = memmem(text.ptr, text.len, end, strlen(end));
        if (found == NULL)
            return (mm_bytes){ text.ptr, 0 };
        text = from(text, (size_t)(found - text.ptr) + strlen(end));
    }
}

static bool looks_like_json(mm_bytes text)
{
    if (text.len < 2)
        return false;
    const mm_bytes inner = skip_space(from(text, 1));
    if (inner.len == 0)
        return false;
    if (text.ptr[0] == '{')
        return inner.ptr[0] == '"' || inner.ptr[0] == '}';
    return text.ptr[0] == '[' && strchr("{[\"]-0123456789tfn", inner.ptr[0]) != NULL &&
           inner.ptr[0] != 0;
}

enum filetype filetype_detect(mm_bytes head)
{
    if (head.len == 0)
        return FILETYPE_UNKNOWN;
    if (head.len > FILETYPE_HEAD_BYTES)
        head.len = FILETYPE_HEAD_BYTES;
    const enum filetype binary = detect_binary(head);
    if (binary != FILETYPE_UNKNOWN)
        return binary;
    if (!is_text(head))
        return FILETYPE_UNKNOWN;
    if (has_at(head, 0, MM_BYTES_LIT("\xef\xbb\xbf"))) /* byte order mark */
        head = from(head, 3);
    const mm_bytes body = skip_prolog(head);
    if (has_text_at(body, 0, "<svg") && body.len > 4 &&
        (is_space(body.ptr[4]) || body.ptr[4] == '>' || body.ptr[4] == '/'))
        return FILETYPE_SVG;
    return looks_like_json(body) ? FILETYPE_JSON : FILETYPE_TEXT;
}

void filetype_head_add(struct filetype_head *head, mm_bytes piece)
{
    const size_t room = sizeof head->bytes - head->len;
    const size_t taken = piece.len < room ? piece.len : room;
    if (taken > 0)
        memcpy(head->bytes + head->len, piece.ptr, taken);
    head->len += taken;
}

enum filetype filetype_head_detect(const struct filetype_head *head)
{
    return filetype_detect(mm_bytes_from(head->bytes, head->len));
}

/* --- names --- */

/* Behind the last dot; empty when there is none, or nothing before it. */
static mm_bytes extension_of(mm_bytes name)
{
    const uint8_t *dot = name.len == 0 ? NULL : memrchr(name.ptr, '.', name.len);
    if (dot == NULL || dot == name.ptr)
        return (mm_bytes){ name.ptr, 0 };
    return from(name, (size_t)(dot - name.ptr) + 1);
}

static bool equals_folded(mm_bytes text, const char *lower)
{
    if (text.len != strlen(lower))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != (uint8_t)lower[i])
            return false;
    }
    return true;
}

const char *filetype_of_name(mm_bytes name)
{
    const mm_bytes extension = extension_of(name);
    if (extension.len == 0)
        return NULL;
    for (size_t i = 1; i < MM_COUNT_OF(TYPES); i++)
        if (equals_folded(extension, TYPES[i].extension))
            return TYPES[i].media_type;
    for (size_t i = 0; i < MM_COUNT_OF(MORE); i++)
        if (equals_folded(extension, MORE[i].extension))
            return MORE[i].media_type;
    return NULL;
}

static bool is_safe(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_';
}

static mm_bytes last_part(mm_bytes name)
{
    for (size_t at = name.len; at > 0; at--)
        if (name.ptr[at - 1] == '/' || name.ptr[at - 1] == '\\')
            return from(name, at);
    return name;
}

size_t filetype_safe_name(char out[FILETYPE_NAME_MAX + 1], mm_bytes name, enum filetype type)
{
    const char *extension = filetype_extension(type);
    const size_t stem_max = FILETYPE_NAME_MAX - 1 - strlen(extension);
    mm_bytes stem = last_part(name);
    if (filetype_of_name(stem) != NULL || equals_folded(extension_of(stem), "bin"))
        stem.len -= extension_of(stem).len + 1;
    size_t len = 0;
    for (size_t i = 0; i < stem.len && len < stem_max; i++) {
        const uint8_t c = stem.ptr[i];
        if (is_safe(c) && !(len == 0 && c == '.')) /* no hidden files */
            out[len++] = (char)c;
        else if (len > 0 && out[len - 1] != '-')
            out[len++] = '-';
    }
    while (len > 0 && (out[len - 1] == '-' || out[len - 1] == '.'))
        len--;
    if (len == 0) {
        memcpy(out, "file", 4);
        len = 4;
    }
    out[len++] = '.';
    memcpy(out + len, extension, strlen(extension) + 1);
    return len + strlen(extension);
}
