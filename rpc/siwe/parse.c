/* A message, line by line. No part of it may hold a line feed, so its lines are its fields, and each is looked at alone. */
#include "rpc/siwe/siwe_internal.h"
#include "state/crypto/address.h"

/* The lines of a text. A text that ends with a line feed has an empty last line. */
struct lines {
    mm_bytes line; /* the one to be looked at */
    bool is_over;  /* there is none any more */
    mm_bytes rest;
    bool has_rest; /* behind a line feed */
};

static void next_line(struct lines *lines)
{
    lines->is_over = !lines->has_rest;
    lines->line = lines->rest;
    lines->has_rest = false;
    const uint8_t *end =
        lines->rest.len == 0 ? NULL : memchr(lines->rest.ptr, '\n', lines->rest.len);
    if (lines->is_over || end == NULL)
        return;
    lines->line.len = (size_t)(end - lines->rest.ptr);
    lines->rest = mm_bytes_from(end + 1, lines->rest.len - lines->line.len - 1);
    lines->has_rest = true;
}

/* What stands behind the title in the line at hand, and moves on. False: another line, or none. */
static bool take(mm_bytes *value, struct lines *lines, mm_bytes title)
{
    if (lines->is_over || lines->line.len < title.len ||
        memcmp(lines->line.ptr, title.ptr, title.len) != 0)
        return false;
    *value = mm_bytes_from(lines->line.ptr + title.len, lines->line.len - title.len);
    next_line(lines);
    return true;
}

static bool take_blank(struct lines *lines)
{
    if (lines->is_over || lines->line.len > 0)
        return false;
    next_line(lines);
    return true;
}

/* ---- who asks whom, and why ---- */

static enum siwe_verdict take_domain(struct siwe_message *message, struct lines *lines)
{
    const mm_bytes words = MM_BYTES_LIT(" wants you to sign in with your Ethereum account:");
    mm_bytes front = lines->line;
    if (lines->is_over || front.len < words.len ||
        memcmp(front.ptr + front.len - words.len, words.ptr, words.len) != 0)
        return SIWE_BAD_FIRST_LINE;
    front.len -= words.len;
    /* An authority has no slash, so this is where a scheme ends. */
    const uint8_t *mark = front.len < 3 ? NULL : memmem(front.ptr, front.len, "://", 3);
    if (mark != NULL) {
        message->scheme = mm_bytes_from(front.ptr, (size_t)(mark - front.ptr));
        if (!siwe_is_scheme(message->scheme))
            return SIWE_BAD_SCHEME;
        front = mm_bytes_from(mark + 3, front.len - message->scheme.len - 3);
    }
    message->domain = front;
    next_line(lines);
    return front.len > 0 && siwe_is_authority(front) ? SIWE_OK : SIWE_BAD_DOMAIN;
}

/* EIP-55: as a checksum is written, which all-lower case is not. */
static enum siwe_verdict take_address(struct siwe_message *message, struct lines *lines)
{
    char text[ADDRESS_TEXT + 1];
    const mm_bytes line = lines->line;
    if (lines->is_over)
        return SIWE_BAD_ADDRESS;
    switch (address_from_text(&message->address, line)) {
    case ADDRESS_MALFORMED:
        return SIWE_BAD_ADDRESS;
    case ADDRESS_BAD_CHECKSUM:
        return SIWE_BAD_CHECKSUM;
    case ADDRESS_OK:
        break;
    }
    address_to_text(text, &message->address);
    next_line(lines);
    return mm_bytes_equal(line, mm_bytes_str(text)) ? SIWE_OK : SIWE_BAD_CHECKSUM;
}

/* [ statement LF ] LF, behind an empty line. */
static enum siwe_verdict take_statement(struct siwe_message *message, struct lines *lines)
{
    if (!take_blank(lines))
        return SIWE_BAD_ADDRESS; /* it goes on behind the 42 characters */
    if (take_blank(lines))
        return SIWE_OK;
    if (lines->is_over || !siwe_is_run(lines->line, SIWE_GEN_DELIMS " ", SIWE_NO_ESCAPES))
        return SIWE_BAD_STATEMENT;
    message->statement = lines->line;
    next_line(lines);
    return take_blank(lines) ? SIWE_OK : SIWE_BAD_STATEMENT;
}

static enum siwe_verdict parse_front(struct siwe_message *message, struct lines *lines)
{
    enum siwe_verdict verdict = take_domain(message, lines);
    if (verdict == SIWE_OK)
        verdict = take_address(message, lines);
    if (verdict == SIWE_OK)
        verdict = take_statement(message, lines);
    return verdict;
}

/* ---- what must be there ---- */

static bool is_nonce(mm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!siwe_is_alpha(text.ptr[i]) && !siwe_is_digit(text.ptr[i]))
            return false;
    }
    return text.len >= SIWE_NONCE_MIN;
}

static enum siwe_verdict parse_fields(struct siwe_message *message, struct lines *lines)
{
    struct siwe_uri uri;
    mm_bytes value;
    if (!take(&message->uri, lines, MM_BYTES_LIT("URI: ")) || !siwe_parse_uri(&uri, message->uri))
        return SIWE_BAD_URI;
    if (!take(&value, lines, MM_BYTES_LIT("Version: ")) ||
        !mm_bytes_equal(value, MM_BYTES_LIT("1")))
        return SIWE_BAD_VERSION;
    if (!take(&message->chain_id, lines, MM_BYTES_LIT("Chain ID: ")) ||
        !siwe_is_number(message->chain_id))
        return SIWE_BAD_CHAIN_ID;
    if (!take(&message->nonce, lines, MM_BYTES_LIT("Nonce: ")) || !is_nonce(message->nonce))
        return SIWE_BAD_NONCE;
    if (!take(&value, lines, MM_BYTES_LIT("Issued At: ")) ||
        !siwe_parse_time(&message->issued_at, value))
        return SIWE_BAD_ISSUED_AT;
    return SIWE_OK;
}

/* ---- what may be there ---- */

static enum siwe_verdict take_resources(struct siwe_message *message, struct lines *lines)
{
    mm_bytes text;
    mm_bytes value;
    struct siwe_uri uri;
    if (!take(&text, lines, MM_BYTES_LIT("Resources:")))
        return SIWE_OK;
    message->has_resources = true;
    if (text.len > 0)
        return SIWE_BAD_RESOURCES;
    const uint8_t *first = lines->line.ptr;
    while (!lines->is_over) {
        if (!take(&value, lines, MM_BYTES_LIT("- ")) || !siwe_parse_uri(&uri, value))
            return SIWE_BAD_RESOURCES;
        message->resource_count++;
        message->resources = mm_bytes_from(first, (size_t)(value.ptr + value.len - first));
    }
    return SIWE_OK;
}

static enum siwe_verdict parse_options(struct siwe_message *message, struct lines *lines)
{
    mm_bytes value;
    if (take(&value, lines, MM_BYTES_LIT("Expiration Time: ")) &&
        !siwe_parse_time(&message->expiration_time, value))
        return SIWE_BAD_EXPIRATION_TIME;
    if (take(&value, lines, MM_BYTES_LIT("Not Before: ")) &&
        !siwe_parse_time(&message->not_before, value))
        return SIWE_BAD_NOT_BEFORE;
    message->has_request_id = take(&message->request_id, lines, MM_BYTES_LIT("Request ID: "));
    if (message->has_request_id && !siwe_is_run(message->request_id, SIWE_PCHAR, SIWE_ESCAPES))
        return SIWE_BAD_REQUEST_ID;
    const enum siwe_verdict verdict = take_resources(message, lines);
    return verdict != SIWE_OK || lines->is_over ? verdict : SIWE_BAD_LINE;
}

enum siwe_verdict siwe_parse(struct siwe_message *message, mm_bytes text)
{
    *message = (struct siwe_message){ .text = text };
    struct lines lines = { .rest = text, .has_rest = true };
    enum siwe_verdict verdict = text.len > SIWE_TEXT_MAX ? SIWE_TOO_LONG : SIWE_OK;
    next_line(&lines);
    if (verdict == SIWE_OK)
        verdict = parse_front(message, &lines);
    if (verdict == SIWE_OK)
        verdict = parse_fields(message, &lines);
    if (verdict == SIWE_OK)
        verdict = parse_options(message, &lines);
    if (verdict != SIWE_OK)
        *message = (struct siwe_message){ .text = mm_bytes_from(NULL, 0) };
    return verdict;
}

bool siwe_resource_next(mm_bytes *left, mm_bytes *uri)
{
    if (left->len < 2)
        return false;
    const uint8_t *end = memchr(left->ptr, '\n', left->len);
    const size_t len = end == NULL ? left->len : (size_t)(end - left->ptr);
    *uri = mm_bytes_from(left->ptr + 2, len - 2);
    const size_t taken = end == NULL ? len : len + 1;
    *left = mm_bytes_from(left->ptr + taken, left->len - taken);
    return true;
}
