/* /api/v0: the part of kubo's HTTP RPC that scripts use to put content into the node's store and read it back.
 *
 *     POST /api/v0/add        multipart upload of files and folders; a JSON object a line for each, folders after their files
 *     POST /api/v0/cat        ?arg=CID[/path] &offset= &length=
 *     POST /api/v0/pin/add    ?arg=CID… &recursive=true &name=; pin/rm, pin/ls, pin/update: what is held, and for whom
 *     POST /api/v0/repo/gc    repo/verify, repo/stat: the store as a whole; one that collects or verifies at a time
 *     POST /api/v0/repo/replicas  how many other nodes have all of a root, now or once they are enough; not kubo's
 *     POST /api/v0/…          the others: command.h, commands.c; docs/CONTENT.md has the list
 *     POST /api/v0/files/ls   404: {"Message":"command not found: …","Code":0,"Type":"error"}
 *
 * Errors are HTTP 500 with {"Message","Code":0,"Type":"error"}, as kubo's clients expect; 507 when the store is full, 503 when too
 * many uploads run, 413 when one is too large. Everything is POST: a page elsewhere can send a GET without being asked, and so GET is 405.
 * A page of another origin is refused by its Origin unless the server's options list it.
 *
 * add without options makes the CIDs that kubo makes without options (unixfs-v0-2015). Options that decide the CID: cid-version, raw-leaves,
 * chunker=size-N, max-file-links, wrap-with-directory, and profile=NAME of import.h; only-hash stores nothing; pin (the default) holds
 * the roots as an operator's pins, pin=false leaves them a lease of 24 hours. An option that is not known here is an error, never
 * ignored: it could have meant another CID.
 *
 *     part filename      "" | "a.txt" | "col%2F1.json" (decoded as kubo does, + is a blank)
 *     part content type  application/x-directory: a folder that is there even if empty; anything else: a file
 *
 * Pins of tokens are listed and cannot be removed here: the chain holds them. What pin and repo have and kubo has not is more members
 * (Size, Kinds, Ok) and options (kinds, dry-run, summary, drop).
 *
 * Blocks are durable, together with their pins, before the answer begins (one synced write an upload). Memory: an upload holds a chunk, a
 * batch of the store, and the names and CIDs of its entries, whatever the size of the files; a long answer is made as it is sent.
 * Threads: any number of workers; an upload belongs to one request; long walks have threads of their own (work.h).
 * Source: kubo's RPC reference; the exchanges recorded from kubo-rpc-client. */
#ifndef RPC_CONTENT_API_H
#define RPC_CONTENT_API_H

#include "p2p/content/elsewhere.h"
#include "rpc/http/http.h"

enum {
    CONTENT_API_CONNECTION_BYTES =
        128 << 10, /* for http_options: an upload arrives in pieces of half of it */
    CONTENT_API_PARTS_MAX = 20000,
    CONTENT_API_TOPS_MAX = 256, /* folders side by side in one upload, without a wrapping one */
    CONTENT_API_UPLOADS_MAX = 8,
    CONTENT_API_WORKS_MAX = 8, /* walks over whole DAGs at the same time, in threads of their own */
    CONTENT_API_UPLOAD_BYTES_MAX = 100 << 20,
    CONTENT_API_PART_BYTES = 512, /* around a file of an upload, its path included; an average */
};

struct content_api;

/* A node that this one is linked with. */
struct content_api_peer {
    mm_hash32 key;       /* tells nodes apart */
    const char *address; /* /ip4/127.0.0.1/tcp/30303 */
    bool is_inbound;
};

struct content_api_options {
    struct content *content;                   /* borrowed, outlives the server */
    const struct content_elsewhere *elsewhere; /* borrowed likewise; NULL: no other nodes */
    const char *version;                       /* of the program; borrowed */
    mm_hash32
        peer_key; /* 32 bytes that tell this node apart (its public key): the ID of /api/v0/id */
    uint64_t upload_bytes_max; /* of the files of one request; 0: the default above */
    unsigned uploads_max;      /* at the same time; 0: the default above */
    /* Out: *peers in the arena. NULL: there are none. */
    mm_err (*peers)(void *context, struct mm_arena *arena, const struct content_api_peer **peers,
                    size_t *count);
    void *peers_context;
};

/* NULL when there is no memory. */
struct content_api *content_api_new(const struct content_api_options *options);
/* After the server has stopped. Waits for what is still at work. */
void content_api_free(struct content_api *api);
/* The routes of a server's table; they live as long as the api. */
const struct http_route *content_api_routes(const struct content_api *api, size_t *count);

#endif
