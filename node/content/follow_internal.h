/* What the files of follow share. */
#ifndef NODE_CONTENT_FOLLOW_INTERNAL_H
#define NODE_CONTENT_FOLLOW_INTERNAL_H

#include "contracts-native/abi/abi.h"
#include "node/content/follow.h"

struct follow {
    struct follow_options options;
    struct abi_signature token_uri;
    struct abi_signature transfer;
    struct abi_signature update;
    struct abi_signature updates;
    struct mm_arena arena; /* of a call */
    bool is_asking;        /* every token that is known, again */
    bool has_asked;        /* up to this one */
    struct content_token asked;
};

/* The token's URI as of the view's head, in the arena; empty: it has none. */
MM_MUST_USE mm_err follow_ask_uri(struct follow *follow, mm_bytes *uri, struct ledger_view *view,
                                  const struct content_token *token);

#endif
