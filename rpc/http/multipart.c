#include "rpc/http/multipart.h"

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "state/base/assert.h"

enum state {
    PREAMBLE,
    AFTER_DELIMITER, /* right behind it */
    PADDING,         /* blanks before the line end */
    LINE_END,        /* CR was there */
    LAST_DASH,       /* one dash was there */
    HEADER,
    DATA,
    EPILOGUE,
};

const char *http_multipart_text(enum http_multipart_verdict verdict)
{
    switch (verdict) {
    case HTTP_MULTIPART_OK:
        return "ok";
    case HTTP_MULTIPART_NOT_ONE:
        return "the body is not multipart/form-data";
    case HTTP_MULTIPART_BAD_BOUNDARY:
        return "bad multipart boundary";
    case HTTP_MULTIPART_BAD_DELIMITER:
        return "bad multipart delimiter";
    case HTTP_MULTIPART_BAD_HEADER:
        return "bad header of a part";
    case HTTP_MULTIPART_HEADER_TOO_LARGE:
        return "the header of a part is too large";
    case HTTP_MULTIPART_TOO_MANY_PARTS:
        return "too many parts";
    case HTTP_MULTIPART_TRUNCATED:
        return "the multipart body ends early";
    case HTTP_MULTIPART_NO_MEMORY:
        return "no memory";
    case HTTP_MULTIPART_STOPPED:
        return "stopped";
    }
    return "unknown";
}

mm_bytes http_part_header(const struct http_part *part, const char *name)
{
    for (size_t i = 0; i < part->headers_count; i++) {
        if (http_equal_no_case(part->headers[i].name, mm_bytes_str(name)))
            return part->headers[i].value;
    }
    return mm_bytes_from(NULL, 0);
}

static bool is_boundary(mm_bytes text)
{
    if (text.len == 0 || text.len > HTTP_BOUNDARY_BYTES_MAX || text.ptr[text.len - 1] == ' ')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == 0 || strchr("'()+_,-./:=? ", c) == NULL))
            return false;
    }
    return true;
}

enum http_multipart_verdict http_multipart_init(struct http_multipart *multipart,
                                                mm_bytes content_type,
                                                const struct http_part_handler *handler,
                                                size_t parts_max)
{
    *multipart = (struct http_multipart){
        .handler = *handler,
        .parts_max = parts_max == 0 ? HTTP_PARTS_DEFAULT : parts_max,
        .matched = 2, /* the first delimiter may stand at the very front, as if behind a line end */
        .assumed = 2,
    };
    mm_buf_init(&multipart->header, HTTP_PART_HEADER_BYTES_MAX);
    uint8_t boundary[HTTP_PARAMETER_BYTES_MAX];
    size_t len = 0;
    mm_bytes rest;
    const mm_bytes type = http_value_front(content_type, &rest);
    static const char form[] = "multipart/";
    multipart->verdict = HTTP_MULTIPART_NOT_ONE;
    if (type.len < sizeof form - 1 ||
        !http_equal_no_case(mm_bytes_from(type.ptr, sizeof form - 1), MM_BYTES_LIT("multipart/")) ||
        http_parameter_find(boundary, &len, rest, "boundary") != HTTP_PARAMETER_OK)
        return multipart->verdict;
    multipart->verdict = HTTP_MULTIPART_BAD_BOUNDARY;
    if (!is_boundary(mm_bytes_from(boundary, len)))
        return multipart->verdict;
    memcpy(multipart->delimiter, "\r\n--", 4);
    memcpy(multipart->delimiter + 4, boundary, len);
    multipart->delimiter_len = 4 + len;
    multipart->verdict = HTTP_MULTIPART_OK;
    return multipart->verdict;
}

void http_multipart_fini(struct http_multipart *multipart)
{
    mm_buf_fini(&multipart->header);
}

static void give(struct http_multipart *multipart, mm_bytes bytes)
{
    if (multipart->state == DATA && bytes.len > 0 && multipart->verdict == HTTP_MULTIPART_OK &&
        !multipart->handler.data(multipart->handler.context, bytes))
        multipart->verdict = HTTP_MULTIPART_STOPPED;
}

/* How many bytes at the front are no part of a delimiter: up to the next CR. */
static size_t plain_len(mm_bytes bytes)
{
    const uint8_t *cr = memchr(bytes.ptr, '\r', bytes.len);
    return cr == NULL ? bytes.len : (size_t)(cr - bytes.ptr);
}

/* Looks for the delimiter in data or the preamble. Returns the bytes used; the state changes when it is complete. */
static size_t scan(struct http_multipart *multipart, mm_bytes bytes)
{
    size_t at = 0;
    while (at < bytes.len && multipart->matched < multipart->delimiter_len) {
        const mm_bytes left = mm_bytes_from(bytes.ptr + at, bytes.len - at);
        if (multipart->matched == 0) {
            const size_t plain = plain_len(left);
            give(multipart, mm_bytes_from(left.ptr, plain));
            at += plain;
            if (plain < left.len) {
                multipart->matched = 1;
                at++;
            }
        } else if (left.ptr[0] == multipart->delimiter[multipart->matched]) {
            multipart->matched++;
            at++;
        } else {
            give(multipart, mm_bytes_from(multipart->delimiter + multipart->assumed,
                                          multipart->matched - multipart->assumed));
            multipart->matched = multipart->assumed = 0;
        }
    }
    return at;
}

static enum http_multipart_verdict parse_disposition(struct http_part *part, mm_bytes value,
                                                     uint8_t *memory)
{
    mm_bytes rest;
    (void)http_value_front(value, &rest);
    size_t len = 0;
    switch (http_parameter_find(memory, &len, rest, "name")) {
    case HTTP_PARAMETER_OK:
        part->name = mm_bytes_from(memory, len);
        break;
    case HTTP_PARAMETER_NONE:
        break;
    case HTTP_PARAMETER_BAD:
        return HTTP_MULTIPART_BAD_HEADER;
    }
    memory += HTTP_PARAMETER_BYTES_MAX;
    switch (http_parameter_find(memory, &len, rest, "filename")) {
    case HTTP_PARAMETER_OK:
        part->filename = mm_bytes_from(memory, len);
        break;
    case HTTP_PARAMETER_NONE:
        break;
    case HTTP_PARAMETER_BAD:
        return HTTP_MULTIPART_BAD_HEADER;
    }
    return HTTP_MULTIPART_OK;
}

/* Cuts a line without its CRLF off the text, which ends with one. */
static mm_bytes cut_line(mm_bytes *text)
{
    const uint8_t *end = memmem(text->ptr, text->len, "\r\n", 2);
    MM_ASSERT(end != NULL);
    const mm_bytes line = mm_bytes_from(text->ptr, (size_t)(end - text->ptr));
    *text = mm_bytes_from(end + 2, text->len - line.len - 2);
    return line;
}

static bool parse_line(struct http_part_header *header, mm_bytes line)
{
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || colon == line.ptr)
        return false;
    header->name = mm_bytes_from(line.ptr, (size_t)(colon - line.ptr));
    for (size_t i = 0; i < header->name.len; i++) {
        if (header->name.ptr[i] <= ' ' || header->name.ptr[i] >= 0x7f)
            return false; /* among them the blank that begins a folded line */
    }
    header->value = http_trim(mm_bytes_from(colon + 1, line.len - header->name.len - 1));
    return memchr(line.ptr, 0, line.len) == NULL;
}

static enum http_multipart_verdict begin_part(struct http_multipart *multipart)
{
    if (multipart->parts == multipart->parts_max)
        return HTTP_MULTIPART_TOO_MANY_PARTS;
    multipart->parts++;
    struct http_part_header headers[HTTP_PART_HEADERS_MAX];
    struct http_part part = { .headers = headers };
    uint8_t memory[2 * HTTP_PARAMETER_BYTES_MAX];
    mm_bytes text = mm_buf_bytes(&multipart->header);
    for (mm_bytes line = cut_line(&text); line.len > 0; line = cut_line(&text)) {
        if (part.headers_count == HTTP_PART_HEADERS_MAX ||
            !parse_line(&headers[part.headers_count], line))
            return HTTP_MULTIPART_BAD_HEADER;
        part.headers_count++;
    }
    part.content_type = http_part_header(&part, "Content-Type");
    const enum http_multipart_verdict verdict =
        parse_disposition(&part, http_part_header(&part, "Content-Disposition"), memory);
    if (verdict != HTTP_MULTIPART_OK)
        return verdict;
    return multipart->handler.part(multipart->handler.context, &part) ? HTTP_MULTIPART_OK
                                                                      : HTTP_MULTIPART_STOPPED;
}

/* The header ends with an empty line: CRLF CRLF, or CRLF alone when it has no lines. */
static bool header_is_complete(mm_bytes header)
{
    if (header.len == 2)
        return memcmp(header.ptr, "\r\n", 2) == 0;
    return header.len >= 4 && memcmp(header.ptr + header.len - 4, "\r\n\r\n", 4) == 0;
}

static void take_header_byte(struct http_multipart *multipart, uint8_t byte)
{
    mm_buf_add_byte(&multipart->header, byte);
    const mm_err err = mm_buf_err(&multipart->header);
    if (err != MM_OK) {
        multipart->verdict =
            err == MM_ERR_LIMIT ? HTTP_MULTIPART_HEADER_TOO_LARGE : HTTP_MULTIPART_NO_MEMORY;
        return;
    }
    if (!header_is_complete(mm_buf_bytes(&multipart->header)))
        return;
    multipart->verdict = begin_part(multipart);
    mm_buf_reset(&multipart->header);
    multipart->state = DATA;
    multipart->matched = multipart->assumed =
        2; /* the empty line may be the delimiter's own, of a part without a body */
}

static void end_part(struct http_multipart *multipart)
{
    if (multipart->parts > 0 && !multipart->handler.part_end(multipart->handler.context))
        multipart->verdict = HTTP_MULTIPART_STOPPED;
}

/* The delimiter is complete. One byte tells whether it is one: the boundary may also begin a longer line of data. */
static bool after_delimiter(struct http_multipart *multipart, uint8_t byte)
{
    if (byte != '-' && byte != '\r' && byte != ' ' && byte != '\t') {
        multipart->state = multipart->scanned_state;
        give(multipart, mm_bytes_from(multipart->delimiter + multipart->assumed,
                                      multipart->delimiter_len - multipart->assumed));
        multipart->matched = multipart->assumed = 0;
        return false;
    }
    multipart->matched = multipart->assumed = 0;
    end_part(multipart);
    multipart->state = byte == '-' ? LAST_DASH : byte == '\r' ? LINE_END : PADDING;
    return true;
}

/* One byte in a state that is not scanned. Returns false when the byte was not used. */
static bool take_byte(struct http_multipart *multipart, uint8_t byte)
{
    switch ((enum state)multipart->state) {
    case AFTER_DELIMITER:
        return after_delimiter(multipart, byte);
    case PADDING:
        if (byte == '\r')
            multipart->state = LINE_END;
        else if (byte != ' ' && byte != '\t')
            multipart->verdict = HTTP_MULTIPART_BAD_DELIMITER;
        return true;
    case LINE_END:
        multipart->state = HEADER;
        if (byte != '\n')
            multipart->verdict = HTTP_MULTIPART_BAD_DELIMITER;
        return true;
    case LAST_DASH:
        multipart->state = EPILOGUE;
        if (byte != '-')
            multipart->verdict = HTTP_MULTIPART_BAD_DELIMITER;
        return true;
    case HEADER:
        take_header_byte(multipart, byte);
        return true;
    case PREAMBLE:
    case DATA:
    case EPILOGUE:
        break;
    }
    MM_UNREACHABLE();
}

enum http_multipart_verdict http_multipart_feed(struct http_multipart *multipart, mm_bytes bytes)
{
    size_t at = 0;
    while (at < bytes.len && multipart->verdict == HTTP_MULTIPART_OK &&
           multipart->state != EPILOGUE) {
        if (multipart->state != PREAMBLE && multipart->state != DATA) {
            at += take_byte(multipart, bytes.ptr[at]) ? 1 : 0;
            continue;
        }
        at += scan(multipart, mm_bytes_from(bytes.ptr + at, bytes.len - at));
        if (multipart->matched == multipart->delimiter_len) {
            multipart->scanned_state = multipart->state;
            multipart->state = AFTER_DELIMITER;
        }
    }
    return multipart->verdict;
}

enum http_multipart_verdict http_multipart_finish(struct http_multipart *multipart)
{
    if (multipart->verdict == HTTP_MULTIPART_OK && multipart->state != EPILOGUE)
        multipart->verdict = HTTP_MULTIPART_TRUNCATED;
    return multipart->verdict;
}
