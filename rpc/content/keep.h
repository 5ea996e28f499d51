/* /api/v0/pin and /api/v0/repo: what is kept, and looking after the store.
 *
 *     POST /api/v0/pin/add      ?arg=CID… &recursive=true &name=       {"Pins":["…"]}; all of it must be here
 *     POST /api/v0/pin/rm       ?arg=CID… &recursive=true              {"Pins":["…"]}; a user's pin or an upload's lease
 *     POST /api/v0/pin/ls       ?arg=CID… &type=all|recursive|direct|indirect &stream= &quiet= &names= &kinds=
 *                                                                      {"Keys":{"…":{"Type"}}} or lines {"Cid","Type"}
 *     POST /api/v0/pin/update   ?arg=FROM &arg=TO &unpin=true          {"Pins":["…","…"]}
 *     POST /api/v0/repo/stat    &size-only=                            {"RepoSize","StorageMax","NumObjects","RepoPath","Version"}
 *     POST /api/v0/repo/gc      &dry-run= &silent= &summary=           lines {"Key":{"/":"…"},"Size"}; of a summary one more
 *     POST /api/v0/repo/replicas ?arg=CID… &min=0 &wait=30             {"Replicas":2,"Min":2,"Reached":true}: how many other nodes have
 *                                                                      all of each root; once they are so many, or after so many s
 *     POST /api/v0/repo/verify  &drop=                                 lines {"Msg","Progress"}; the last has "Ok"
 *
 * Words and forms are kubo's, and what is here and not there is more members (Size, Kinds, Ok) and options (kinds, dry-run, summary, drop).
 * An option that is not known is an error. Pins of tokens are listed and cannot be removed here: the chain holds them.
 *
 * A collection and a verification take as long as they take: each runs in a thread of its own, one at a time, and the answer comes
 * when it has ended. Lists of pins are sent as they are made.
 * Memory: KEEP_LINES_BYTES_MAX for the lines of one collection or verification; of a list a piece.
 * Threads: any number of workers, and that one.
 * Source: kubo's RPC reference. */
#ifndef RPC_CONTENT_KEEP_H
#define RPC_CONTENT_KEEP_H

#include "p2p/content/elsewhere.h"
#include "rpc/http/http.h"

enum {
    CONTENT_KEEP_ROUTES = 8,
    KEEP_ARGUMENTS_MAX = 64,
    KEEP_LINES_BYTES_MAX =
        64 << 20, /* some 600 000 removed blocks; of more the summary says how many were left out */
};

struct content_keep;

/* content is borrowed and outlives it. NULL when there is no memory. */
struct content_keep *content_keep_new(struct content *content);
/* Before the server starts; borrowed likewise. Without it there are no other nodes. */
void content_keep_set_elsewhere(struct content_keep *keep,
                                const struct content_elsewhere *elsewhere);
/* After the server has stopped. Ends the collection or verification at work. */
void content_keep_free(struct content_keep *keep);
void content_keep_routes(struct content_keep *keep, struct http_route routes[CONTENT_KEEP_ROUTES]);

#endif
