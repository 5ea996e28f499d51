/* What is sent and answered at /profile/…, as JSON.
 * Private to rpc/profile. Memory: the caller's arena and buffer. Threads: pure functions. */
#ifndef RPC_PROFILE_TEXT_H
#define RPC_PROFILE_TEXT_H

#include "rpc/profile/look.h"
#include "state/base/buf.h"

/* {"chain", "collection", "token"}: chain and token as a JSON number, decimal digits, or a quantity of JSON-RPC. False: malformed. */
MM_MUST_USE bool profile_read(struct mm_arena *arena, struct content_claim *claim, mm_bytes body);

struct profile_text {
    const mm_addr *addr;
    const struct content_claim *claim; /* NULL: no token is set */
    const struct look *look;           /* of it */
    bool has_avatar;
};
void profile_write(struct mm_buf *out, const struct profile_text *text);

#endif
