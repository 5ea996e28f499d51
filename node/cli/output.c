/* What people and scripts read. */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/cli/command.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"
#include "state/crypto/address.h"

bool cli_has_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return (no_colour == NULL || *no_colour == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0 && isatty(fd);
}

MM_PRINTF(3, 0)
static void say(const struct cli_run *run, const char *kind, const char *format, va_list args)
{
    char line[1024];
    vsnprintf(line, sizeof line, format, args);
    fflush(stdout); /* in the order in which it happened */
    const bool plain = !cli_has_colour(STDERR_FILENO);
    fprintf(stderr, "%smintmark%s%s:%s %s", plain ? "" : "\033[31m",
            run->command == NULL ? "" : " ", run->command == NULL ? "" : run->command->name,
            plain ? "" : "\033[0m", kind);
    cli_print(stderr, mm_bytes_str(line));
    fputc('\n', stderr);
}

int cli_fail(const struct cli_run *run, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(run, "", format, args);
    va_end(args);
    return status;
}

int cli_misuse(const struct cli_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(run, "", format, args);
    va_end(args);
    cli_usage_line(stderr, run->command);
    return CLI_USAGE;
}

void cli_note(const struct cli_run *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(run, "note: ", format, args);
    va_end(args);
}

/* U+202A to U+202E and U+2066 to U+2069 turn the reading direction; U+200E, U+200F and U+061C lean on it. */
static bool is_treacherous(const uint8_t *c, size_t len)
{
    if (len == 1)
        return (*c < 0x20 && *c != '\t') || *c == 0x7f;
    if (len == 2)
        return (c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xd8 && c[1] == 0x9c);
    if (len != 3 || c[0] != 0xe2)
        return false;
    return (c[1] == 0x80 && ((c[2] >= 0xa8 && c[2] <= 0xae) || c[2] == 0x8e || c[2] == 0x8f)) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

static unsigned code_point(const uint8_t *c, size_t len)
{
    return len == 1   ? c[0]
           : len == 2 ? (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu)
                      : (c[0] & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
}

void cli_print(FILE *out, mm_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        const uint8_t *c = text.ptr + at;
        const size_t len = utf8_char_len(mm_bytes_from(c, text.len - at));
        if (len == 0)
            fputs("\xef\xbf\xbd", out);
        else if (is_treacherous(c, len))
            fprintf(out, "\\u%04x", code_point(c, len));
        else
            fwrite(c, 1, len, out);
        at += len == 0 ? 1 : len;
    }
}

void cli_print_lines(mm_bytes text)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);
        cli_print(stdout, mm_bytes_from(text.ptr, len));
        putchar('\n');
        text = end == NULL ? mm_bytes_from(NULL, 0)
                           : mm_bytes_from(text.ptr + len + 1, text.len - len - 1);
    }
}

void cli_field(const struct cli_run *run, const char *label, mm_bytes value)
{
    enum { COLUMN = 14 };
    printf("%s%-*s%s", run->colour ? "\033[2m" : "", COLUMN, label, run->colour ? "\033[0m" : "");
    cli_print(stdout, value);
    putchar('\n');
}

const char *cli_mark(const struct cli_run *run, bool ok)
{
    if (!run->colour)
        return ok ? "✓" : "✗";
    return ok ? "\033[32m✓\033[0m" : "\033[31m✗\033[0m";
}

int cli_print_json(const struct cli_run *run, struct mm_buf *taken_json)
{
    const mm_err err = mm_buf_err(taken_json);
    if (err == MM_OK) {
        fwrite(taken_json->ptr, 1, taken_json->len, stdout);
        putchar('\n');
    }
    mm_buf_fini(taken_json);
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "the answer: %s", mm_err_text(err));
}

void cli_json_token(struct json_writer *w, const mm_u256 *id)
{
    char text[U256_DECIMAL_MAX + 1];
    u256_to_decimal(text, id);
    json_key(w, "tokenId");
    json_add_text(w, text);
}

void cli_json_addr(struct json_writer *w, const char *key, const mm_addr *addr)
{
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, addr);
    json_key(w, key);
    json_add_text(w, text);
}

bool cli_token_id(const struct cli_run *run, mm_u256 *id, const char *text)
{
    const mm_bytes bytes = mm_bytes_str(text);
    if (u256_from_decimal(id, bytes) || hex_read_u256(id, bytes))
        return true;
    (void)cli_misuse(run, "'%s' is no token id: a decimal number, or 0x and digits", text);
    return false;
}
