/* UTF-8 (RFC 3629): which bytes are text.
 *
 * Strict: no overlong forms, no surrogates (U+D800 to U+DFFF), nothing above U+10FFFF. Zero bytes and control characters are
 * text here; who does not want them says so. Nothing is allocated. */
#ifndef STATE_CODEC_UTF8_H
#define STATE_CODEC_UTF8_H

#include "state/base/bytes.h"

/* Bytes of the character that `text` begins with: 1 to 4; 0 when it does not begin with a whole one, or is empty. */
size_t utf8_char_len(mm_bytes text);
/* Whether all of it is UTF-8. */
bool utf8_is_valid(mm_bytes text);

#endif
