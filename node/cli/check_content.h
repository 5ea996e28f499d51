/* Metadata and picture of a token, from its URI on: each must hash to the CID that names it (fetch.h). Two steps of `verify`. */
#ifndef NODE_CLI_CHECK_CONTENT_H
#define NODE_CLI_CHECK_CONTENT_H

#include "node/cli/remote.h"
#include "node/cli/steps.h"

/* CLI_OK, CLI_UNVERIFIED with the reason in its step, or the status of a node that does not answer (printed). */
MM_MUST_USE int check_content(struct steps *steps, struct remote *remote, mm_bytes uri);

#endif
