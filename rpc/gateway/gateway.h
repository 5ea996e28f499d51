/* The content gateway: GET and HEAD of /ipfs/{cid}[/path], as browsers, wallets and `fetch` ask for it.
 *
 *     /ipfs/bafy…dir/images/cat.png      a file: its bytes, one range of them, or 304
 *     /ipfs/bafy…dir/images              a directory without a slash: 301 to the same with one, so that relative links work
 *     /ipfs/bafy…dir/images/             its index.html, or a listing
 *
 * Answers: 400 what is no CID or has an empty, "." or ".." segment; 404 what is not here or has no such name (never fetched
 * from elsewhere); 406 a form that is not served (?format=, Accept: application/vnd.ipld.…); 412 not here and only-if-cached; 416.
 *
 * Content under a CID never changes, so a file is cached for good and its Etag is its CID; a listing's is made of this code's
 * version and the CID. The type comes from the name (?filename= first, then the path), else from the first bytes; what is
 * guessed can be wrong, so nosniff stands on every answer.
 *
 * Safety: pictures and pages come from strangers, and all live on one origin. What a browser could run there (HTML, SVG, XML, PDF)
 * is sent with a sandboxing Content-Security-Policy: scripts do not run, and the page has an origin of its own. The gateway is a
 * server of its own (a port of its own), never that of the wallet page or of JSON-RPC. trust_pages lifts the sandbox for
 * a developer's own pages. It only reads. Names from directories are escaped for the place where they stand.
 *
 * Memory: one reader a request (reader.h), files in pieces, a listing in one buffer. Threads: any number of workers.
 * Source: IPFS Path Gateway specification; docs/CONTENT.md, "The gateway". */
#ifndef RPC_GATEWAY_GATEWAY_H
#define RPC_GATEWAY_GATEWAY_H

#include "p2p/content/store.h"
#include "rpc/http/http.h"

enum {
    GATEWAY_CONNECTION_BYTES =
        32 << 10, /* for http_options: a path comes back in three headers of the answer */
    GATEWAY_LISTING_BYTES_MAX = 16 << 20,
    GATEWAY_LISTING_ENTRIES_MAX = 20000, /* then the page says that there are more */
    GATEWAY_PATH_ROOTS_MAX = 64,         /* as deep as a path is followed */
};

struct gateway {
    struct content *content; /* borrowed, outlives the server */
    bool trust_pages;        /* no sandbox for HTML, SVG, XML and PDF */
};

/* The route to put into a server's table. gateway is borrowed as long as the server runs. */
struct http_route gateway_route(struct gateway *gateway);

#endif
