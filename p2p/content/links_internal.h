/* What the readers of dag-json share. Private to p2p/content. */
#ifndef P2P_CONTENT_LINKS_INTERNAL_H
#define P2P_CONTENT_LINKS_INTERNAL_H

#include "p2p/content/links.h"
#include "state/codec/json.h"

/* The text of a link, {"/": "CID"}, or NULL when the value is none. */
const struct json *links_json_text(const struct json *value);

#endif
