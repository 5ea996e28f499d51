/* What an argument of /api/v0 names: a root, and perhaps a path behind it.
 *
 *     Qm… | bafy… | bafy…/a/b.png | /ipfs/bafy…/a/b.png | ipfs://bafy…/a%20b.png | ipfs://ipfs/bafy…
 *
 * The query's own percent escapes are undone already. Only ipfs:// is a URI: escapes in its path are undone once more; in the other
 * forms a % is a %. A path keeps its leading slash; content_resolve minds no slash at either end.
 * Pure functions; a path of a URI is copied to the arena. */
#ifndef RPC_CONTENT_ARGUMENT_H
#define RPC_CONTENT_ARGUMENT_H

#include "p2p/content/cid.h"
#include "state/base/arena.h"

struct api_path {
    struct cid root;
    mm_bytes path; /* borrowed from the argument or the arena; empty: the root itself */
};

enum api_path_verdict {
    API_PATH_OK = 0,
    API_PATH_BAD_CID,    /* *cid_is says why */
    API_PATH_NOT_SERVED, /* /ipns/, ipns://: names are not resolved here */
    API_PATH_BAD_ESCAPE,
    API_PATH_NO_MEMORY,
};

/* Out: *path, empty on failure; *cid_is, why the CID is none. */
MM_MUST_USE enum api_path_verdict api_path_parse(struct mm_arena *arena, struct api_path *path,
                                                 enum cid_verdict *cid_is, mm_bytes argument);
/* Never NULL. */
const char *api_path_text(enum api_path_verdict verdict, enum cid_verdict cid_is);

#endif
