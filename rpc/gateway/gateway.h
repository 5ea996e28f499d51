/* The content gateway: GET and HEAD of what is in the store, as browsers, wallets, `fetch` and verifying clients ask for it.
 *
 *     /ipfs/bafy…dir/images/cat.png      a file: its bytes, one range of them, or 304
 *     /ipfs/bafy…dir/images              a directory without a slash: 301 to the same with one, so that relative links work
 *     /ipfs/bafy…dir/images/             its index.html, or a listing
 *     /ipfs/bafy…dir/images?format=car   the blocks on the way there and all below, to be verified; raw: the one block (form.h)
 *     http://bafy…dir.ipfs.localhost:8080/images/cat.png
 *                                        the same file, in an origin that is the root's own (origin.h)
 *
 * Answers: 400 what is no CID, has an empty, "." or ".." segment or a parameter that makes no sense; 404 what is neither here nor
 * known to another node, or has no such name; 504 what another node has and did not send in time; 406 a form that is not served, or
 * a codec that the content is not of; 412 not here and only-if-cached; 416; 501 a path that ends within a document. What is missing
 * or wrong is found before the answer begins as far as that is possible: the first block of a file, the first 64 KiB of a CAR or tar
 * archive. Later the connection is cut.
 *
 * Content under a CID never changes, so a file is cached for good and its Etag is its CID; other forms have tags of their own, a CAR
 * one for each set of parameters; a page's is made of this code's version and the CID. The type comes from the name (?filename= first,
 * then the path), else from the first bytes; what is guessed can be wrong, so nosniff stands on every answer.
 *
 * Safety: pictures and pages come from strangers. Under /ipfs/ all live on one origin, so what a browser could run there (HTML, SVG,
 * XML, PDF) is sent with a sandboxing Content-Security-Policy: scripts do not run, and the page has an origin of its own.
 * trust_pages lifts that for a developer's own pages. Under {cid}.ipfs.localhost pages run, among their own root's files; no other
 * door of the node takes them for its owner's (rpc/http/authority.h). redirects sends browsers that ask localhost there.
 * The gateway is a server of its own (a port of its own), never that of the wallet page or of JSON-RPC. It only reads. Names from
 * directories are escaped for the place where they stand, and no path becomes one of the file system.
 *
 * What is not here is fetched block by block from nodes that said that they have the root (elsewhere.h), which keeps a worker waiting:
 * a door that has other nodes needs more of them. only-if-cached asks nobody.
 *
 * Memory: one reader a request (reader.h), or one walk (walk.h); files and archives in pieces, a page in one buffer. Threads: any number
 * of workers.
 * Source: IPFS Path, Trustless and Subdomain Gateway specifications; docs/CONTENT.md, "The gateway". */
#ifndef RPC_GATEWAY_GATEWAY_H
#define RPC_GATEWAY_GATEWAY_H

#include "p2p/content/elsewhere.h"
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
    bool trust_pages;        /* no sandbox for HTML, SVG, XML and PDF under /ipfs/ */
    const struct content_elsewhere
        *elsewhere; /* borrowed likewise; NULL: what is not here is nowhere */
    bool redirects; /* from http://localhost/ipfs/{cid} to {cid}.ipfs.localhost */
};

/* The route to put into a server's table: everything, since a host can name a root. gateway is borrowed as long as the server
 * runs. */
struct http_route gateway_route(struct gateway *gateway);

#endif
