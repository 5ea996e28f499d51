/* Text that comes from strangers, for the places where the gateway writes it. */
#ifndef RPC_GATEWAY_ESCAPE_H
#define RPC_GATEWAY_ESCAPE_H

#include "state/base/buf.h"

/* For HTML text and quoted attributes: & < > " ' become references, control characters U+FFFD. */
void escape_html(struct mm_buf *out, mm_bytes text);
/* For a path in a URL: unreserved characters stay, everything else is percent-encoded, and '/' stays when keep_slash. */
void escape_path(struct mm_buf *out, mm_bytes text, bool keep_slash);
/* Content-Disposition: `inline; filename="plain"; filename*=UTF-8''exact` (RFC 6266). */
void escape_disposition(struct mm_buf *out, const char *kind, mm_bytes filename);

#endif
