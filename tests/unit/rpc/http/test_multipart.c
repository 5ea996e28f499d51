#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rpc/http/multipart.h"

#define TYPE "multipart/form-data; boundary=XX"
#define PART(name, body)                                                                           \
    "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" body "\r\n"

/* What was heard, as text: [name|filename|type] then the data, then ; */
struct heard {
    char text[65536];
    size_t len;
    int stop_at; /* part number to stop at */
    int parts;
};

static void add(struct heard *heard, mm_bytes bytes)
{
    cr_assert_lt(heard->len + bytes.len, sizeof heard->text);
    if (bytes.len > 0)
        memcpy(heard->text + heard->len, bytes.ptr, bytes.len);
    heard->len += bytes.len;
    heard->text[heard->len] = '\0';
}

static bool on_part(void *context, const struct http_part *part)
{
    struct heard *heard = context;
    if (++heard->parts == heard->stop_at)
        return false;
    add(heard, MM_BYTES_LIT("["));
    add(heard, part->name);
    add(heard, MM_BYTES_LIT("|"));
    add(heard, part->filename.ptr == NULL ? MM_BYTES_LIT("-") : part->filename);
    add(heard, MM_BYTES_LIT("|"));
    add(heard, part->content_type);
    add(heard, MM_BYTES_LIT("]"));
    return true;
}

static bool on_data(void *context, mm_bytes bytes)
{
    cr_assert_gt(bytes.len, 0);
    add(context, bytes);
    return true;
}

static bool on_end(void *context)
{
    add(context, MM_BYTES_LIT(";"));
    return true;
}

static enum http_multipart_verdict parse(struct heard *heard, const char *type, mm_bytes body,
                                         size_t step, size_t parts_max)
{
    struct http_multipart multipart;
    const struct http_part_handler handler = { heard, on_part, on_data, on_end };
    heard->len = 0;
    heard->parts = 0;
    heard->text[0] = '\0';
    (void)http_multipart_init(&multipart, mm_bytes_str(type), &handler, parts_max);
    for (size_t at = 0; at < body.len; at += step)
        (void)http_multipart_feed(
            &multipart, mm_bytes_from(body.ptr + at, body.len - at < step ? body.len - at : step));
    const enum http_multipart_verdict verdict = http_multipart_finish(&multipart);
    http_multipart_fini(&multipart);
    return verdict;
}

/* The same however it is split. */
static void expect(const char *type, const char *body, enum http_multipart_verdict want,
                   const char *want_heard)
{
    static struct heard heard;
    for (size_t step = 1; step < 70; step++) {
        const enum http_multipart_verdict verdict =
            parse(&heard, type, mm_bytes_str(body), step, 0);
        cr_assert_eq(verdict, want, "verdict %d in steps of %zu for %s", verdict, step, body);
        if (want_heard != NULL)
            cr_assert_str_eq(heard.text, want_heard, "in steps of %zu", step);
    }
}

Test(multipart, reads_fields_and_files)
{
    expect(
        TYPE,
        PART("a",
             "1") "--XX\r\ncontent-disposition: form-data; name=file; filename=\"col%2F1.json\"\r\n"
                  "Content-Type: application/octet-stream\r\nX-Other: "
                  "y\r\n\r\n{}\r\n--XX--\r\nepilogue --XX",
        HTTP_MULTIPART_OK, "[a|-|]1;[file|col%2F1.json|application/octet-stream]{};");
}

Test(multipart, knows_parts_without_bytes)
{
    expect(TYPE,
           "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
           "filename=\"dir\"\r\nContent-Type: application/x-directory\r\n\r\n"
           "\r\n--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n--XX--",
           HTTP_MULTIPART_OK, "[file|dir|application/x-directory];[b|-|];");
    expect(TYPE, "--XX\r\n\r\nno header\r\n--XX--", HTTP_MULTIPART_OK, "[|-|]no header;");
    expect(TYPE, "--XX--", HTTP_MULTIPART_OK, "");
    expect(TYPE, "preamble\r\n--XX  \t\r\n\r\n1\r\n--XX--", HTTP_MULTIPART_OK, "[|-|]1;");
}

Test(multipart, keeps_data_that_looks_like_a_delimiter)
{
    expect(TYPE, PART("a", "\r\n--X\r\n--XY \r\r\n--\r\n\r\n-") "--XX--", HTTP_MULTIPART_OK,
           "[a|-|]\r\n--X\r\n--XY \r\r\n--\r\n\r\n-;");
    expect(TYPE, PART("a", "-x") "--XX--", HTTP_MULTIPART_OK, "[a|-|]-x;");
    expect(TYPE, PART("a", "--X") "--XX--", HTTP_MULTIPART_OK, "[a|-|]--X;");
    expect(TYPE, PART("a", "--XXY") "--XX--", HTTP_MULTIPART_OK, "[a|-|]--XXY;");
    expect(TYPE, PART("a", "\r\n--XXY\r") "--XX--", HTTP_MULTIPART_OK, "[a|-|]\r\n--XXY\r;");
    expect(TYPE, PART("a", "\r\n\r\n") "--XX--", HTTP_MULTIPART_OK, "[a|-|]\r\n\r\n;");
}

Test(multipart, undoes_quotes_in_names)
{
    expect("Multipart/Form-Data; charset=x; boundary=\"a b:c\"",
           "--a b:c\r\nContent-Disposition: form-data; name=\"q\\\"\\\\\\x\"; "
           "filename=\"a;b=c\"\r\n\r\n1\r\n--a b:c--",
           HTTP_MULTIPART_OK, "[q\"\\\\x|a;b=c|]1;");
}

Test(multipart, refuses_what_is_none)
{
    expect("application/json", "--XX--", HTTP_MULTIPART_NOT_ONE, "");
    expect("multipart/form-data", "--XX--", HTTP_MULTIPART_NOT_ONE, "");
    expect("multipart/form-data; boundary=", "--XX--", HTTP_MULTIPART_NOT_ONE, "");
    expect("multipart/form-data; boundary=\"a\rb\"", "--XX--", HTTP_MULTIPART_BAD_BOUNDARY, "");
    expect("multipart/form-data; "
           "boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
           "x", HTTP_MULTIPART_BAD_BOUNDARY, "");
}

Test(multipart, refuses_broken_bodies)
{
    expect(TYPE, "", HTTP_MULTIPART_TRUNCATED, "");
    expect(TYPE, PART("a", "1"), HTTP_MULTIPART_TRUNCATED, "[a|-|]1");
    expect(TYPE, PART("a", "1") "--XX-", HTTP_MULTIPART_TRUNCATED, "[a|-|]1;");
    expect(TYPE, PART("a", "1") "--XX-x", HTTP_MULTIPART_BAD_DELIMITER, "[a|-|]1;");
    expect(TYPE, PART("a", "1") "--XX x", HTTP_MULTIPART_BAD_DELIMITER, "[a|-|]1;");
    expect(TYPE, "--XX\r\nno colon\r\n\r\n1\r\n--XX--", HTTP_MULTIPART_BAD_HEADER, "");
    expect(TYPE, "--XX\r\nA: b\r\n folded\r\n\r\n1\r\n--XX--", HTTP_MULTIPART_BAD_HEADER, "");
    expect(TYPE, "--XX\r\nContent-Disposition: form-data; name=\"open\r\n\r\n1\r\n--XX--",
           HTTP_MULTIPART_BAD_HEADER, "");
    expect(TYPE, "--XX\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n--XX--",
           HTTP_MULTIPART_BAD_HEADER, "");
}

Test(multipart, has_limits)
{
    static char body[200000];
    static struct heard heard;
    size_t len = (size_t)snprintf(body, sizeof body, "--XX\r\nA: ");
    memset(body + len, 'x', 9000);
    cr_assert_eq(parse(&heard, TYPE, mm_bytes_from(body, len + 9000), 1000, 0),
                 HTTP_MULTIPART_HEADER_TOO_LARGE);
    len = 0;
    for (int i = 0; i < 4; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, PART("a", "1"));
    len += (size_t)snprintf(body + len, sizeof body - len, "--XX--");
    cr_assert_eq(parse(&heard, TYPE, mm_bytes_from(body, len), 7, 3),
                 HTTP_MULTIPART_TOO_MANY_PARTS);
    cr_assert_eq(parse(&heard, TYPE, mm_bytes_from(body, len), 7, 4), HTTP_MULTIPART_OK);
    len = (size_t)snprintf(body, sizeof body, "--XX\r\n");
    for (int i = 0; i < 30; i++)
        len += (size_t)snprintf(body + len, sizeof body - len, "A: b\r\n");
    len += (size_t)snprintf(body + len, sizeof body - len, "\r\n1\r\n--XX--");
    cr_assert_eq(parse(&heard, TYPE, mm_bytes_from(body, len), 7, 4), HTTP_MULTIPART_BAD_HEADER);
}

Test(multipart, stops_when_told)
{
    static struct heard heard = { .stop_at = 2 };
    cr_assert_eq(parse(&heard, TYPE, MM_BYTES_LIT(PART("a", "1") PART("b", "2") "--XX--"), 3, 0),
                 HTTP_MULTIPART_STOPPED);
    cr_assert_str_eq(heard.text, "[a|-|]1;");
}
