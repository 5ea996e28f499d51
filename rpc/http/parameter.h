/* Header values of the form  token ; name=value ; name="quoted value"  (RFC 9110 section 5.6). Pure functions. */
#ifndef RPC_HTTP_PARAMETER_H
#define RPC_HTTP_PARAMETER_H

#include "state/base/bytes.h"

enum { HTTP_PARAMETER_BYTES_MAX = 8 << 10 };

enum http_parameter_verdict {
    HTTP_PARAMETER_OK = 0,
    HTTP_PARAMETER_NONE, /* no parameter of this name */
    HTTP_PARAMETER_BAD,  /* given twice, an open quote, no name or no value, or too long */
};

/* Without blanks and tabs at both ends. */
mm_bytes http_trim(mm_bytes text);
/* What stands before the first semicolon; *rest begins with that semicolon, or is empty. */
mm_bytes http_value_front(mm_bytes value, mm_bytes *rest);
/* The parameter's value with its quotes and the escapes \" and \\ undone (other backslashes stay: browsers write file names so).
 * The whole list is checked. out has room for HTTP_PARAMETER_BYTES_MAX. */
enum http_parameter_verdict http_parameter_find(uint8_t *out, size_t *len, mm_bytes rest,
                                                const char *name);

/* The first value of that name in a Cookie header, which is its own kind of list: "a=1; b=2" (RFC 6265 section 4.2). False: none. */
bool http_cookie_find(mm_bytes *value, mm_bytes header, mm_bytes name);

#endif
