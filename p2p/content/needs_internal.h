/* What the files of needs share. Private to p2p/content. */
#ifndef P2P_CONTENT_NEEDS_INTERNAL_H
#define P2P_CONTENT_NEEDS_INTERNAL_H

#include "p2p/content/needs.h"
#include "p2p/content/walk.h"

/* Reads the metadata of a token whose metadata's root is whole, and makes what it names needed. Nothing to read is MM_OK. */
MM_MUST_USE mm_err needs_read_token(struct content *content, const struct content_token *token);

#endif
