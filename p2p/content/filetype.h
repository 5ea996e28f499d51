/* File types: what a file is by its first bytes, what to call it, and what a name promises.
 *
 * Detection looks at signatures, never at a name, and knows the types that NFTs use; what is none of them is
 * text when it is UTF-8 without control characters, else unknown. HTML is on purpose no type of its own here:
 * bytes that nobody named .html are served as text. Nothing allocates. Threads: pure functions.
 * Source: the formats' own specifications; names of media types as IANA registers them. */
#ifndef P2P_CONTENT_FILETYPE_H
#define P2P_CONTENT_FILETYPE_H

#include "state/base/bytes.h"

enum filetype {
    FILETYPE_UNKNOWN = 0,
    FILETYPE_PNG,
    FILETYPE_JPEG,
    FILETYPE_GIF,
    FILETYPE_WEBP,
    FILETYPE_AVIF,
    FILETYPE_SVG,
    FILETYPE_MP4,
    FILETYPE_WEBM,
    FILETYPE_MP3,
    FILETYPE_GLB,
    FILETYPE_PDF,
    FILETYPE_JSON,
    FILETYPE_TEXT,
};

enum {
    FILETYPE_HEAD_BYTES =
        4096, /* as much of the front as is looked at; an SVG may begin with long comments */
    FILETYPE_NAME_MAX = 64, /* of a sanitised name */
};

/* head: the front of the file; no more than its first FILETYPE_HEAD_BYTES are looked at, and no fewer will do. */
enum filetype filetype_detect(mm_bytes head);

/* The front of a file that comes in pieces; zeroed before the first. */
struct filetype_head {
    size_t len;
    uint8_t bytes[FILETYPE_HEAD_BYTES];
};
/* The next piece: as much of it as is still looked at. */
void filetype_head_add(struct filetype_head *head, mm_bytes piece);
enum filetype filetype_head_detect(const struct filetype_head *head);

/* PNG, JPEG, GIF, WebP or AVIF: what every browser draws, the same for all, and what can hold no script, which SVG can. */
bool filetype_is_picture(enum filetype type);
/* "image/png"; "application/octet-stream" for the unknown. */
const char *filetype_media_type(enum filetype type);
/* "png"; "bin" for the unknown. */
const char *filetype_extension(enum filetype type);
/* The media type that a file name's extension promises, more of them than are detected; NULL when it
 * promises nothing. */
const char *filetype_of_name(mm_bytes name);

/* A name that is safe in a URL path, on every file system and in a header: the last part of `name` with
 * everything outside [A-Za-z0-9._-] as one dash, a known extension replaced by the type's own, at most
 * FILETYPE_NAME_MAX bytes. Terminated. Returns its length. */
size_t filetype_safe_name(char out[FILETYPE_NAME_MAX + 1], mm_bytes name, enum filetype type);

#endif
