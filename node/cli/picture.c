#include "node/cli/picture.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "state/base/endian.h"

enum { CHUNK_BYTES = 3072, CHUNK_TEXT = 4096 }; /* the protocol's limit, as base64 */

bool picture_can_show(void)
{
    const char *term = getenv("TERM");
    const char *program = getenv("TERM_PROGRAM");
    if (!isatty(STDOUT_FILENO) || getenv("TMUX") != NULL)
        return false;
    return getenv("KITTY_WINDOW_ID") != NULL || getenv("KONSOLE_VERSION") != NULL ||
           (term != NULL && (strstr(term, "kitty") != NULL || strstr(term, "ghostty") != NULL)) ||
           (program != NULL &&
            (strcmp(program, "WezTerm") == 0 || strcmp(program, "ghostty") == 0));
}

unsigned picture_columns(mm_bytes png)
{
    enum {
        WIDTH_AT = 16,
        HEADER_BYTES = 24
    }; /* signature, then IHDR: length, name, width, height */
    struct winsize size;
    if (png.len < HEADER_BYTES || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
        size.ws_xpixel == 0)
        return 0;
    return mm_get_be32(png.ptr + WIDTH_AT) > size.ws_xpixel ? size.ws_col : 0;
}

void picture_show(FILE *out, mm_bytes png, unsigned columns)
{
    char text[CHUNK_TEXT + 1];
    for (size_t at = 0; at < png.len; at += CHUNK_BYTES) {
        const size_t len = png.len - at < CHUNK_BYTES ? png.len - at : CHUNK_BYTES;
        const bool is_last = at + len == png.len;
        sodium_bin2base64(text, sizeof text, png.ptr + at, len, sodium_base64_VARIANT_ORIGINAL);
        fputs("\033_G", out);
        if (at == 0)
            fputs("a=T,f=100,", out); /* transmit and show; 100: PNG */
        if (at == 0 && columns > 0)
            fprintf(out, "c=%u,", columns);
        fprintf(out, "m=%d;%s\033\\", is_last ? 0 : 1, text);
    }
    fputc('\n', out);
}
