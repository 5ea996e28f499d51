/* What the files of siwe share: the parts of a message that have grammars of their own. Private to rpc/siwe. */
#ifndef RPC_SIWE_SIWE_INTERNAL_H
#define RPC_SIWE_SIWE_INTERNAL_H

#include "rpc/siwe/siwe.h"

/* ---- characters (RFC 3986 section 2, RFC 5234 appendix B) ---- */

bool siwe_is_alpha(uint8_t c);
bool siwe_is_digit(uint8_t c);
/* Only digits, one at least. */
bool siwe_is_number(mm_bytes text);

/* Whether every character is unreserved, a sub-delimiter, or one of `more`; or, where escapes are allowed, part of "%" and two digits. */
enum siwe_escapes { SIWE_NO_ESCAPES, SIWE_ESCAPES };
bool siwe_is_run(mm_bytes text, const char *more, enum siwe_escapes escapes);
#define SIWE_GEN_DELIMS ":/?#[]@"
#define SIWE_PCHAR ":@"

/* ---- uri.c (RFC 3986) ---- */

struct siwe_uri {
    mm_bytes scheme;
    bool has_authority;
    mm_bytes authority;
};
MM_MUST_USE bool siwe_parse_uri(struct siwe_uri *uri, mm_bytes text);
bool siwe_is_scheme(mm_bytes text);
/* [userinfo@]host[:port]; the host may be empty. */
bool siwe_is_authority(mm_bytes text);

/* ---- time.c (RFC 3339) ---- */

MM_MUST_USE bool siwe_parse_time(struct siwe_time *time, mm_bytes text);

#endif
