/* Profiles over HTTP: the token that an address shows as its picture, for as long as it owns it.
 *
 *     PUT    /profile/0xAddress  {"chain": 31337, "collection": "0x…", "token": "7"}     by whoever is signed in as the address
 *     GET    /profile/0xAddress  {"address", "verified": {…} or null, "was": {…} or null, "avatar": "/avatar/0x…" or null}
 *     DELETE /profile/0xAddress                                                          likewise; 204
 *
 * What is kept is chain, collection and token (p2p/content/claim.h). Whether they hold is looked at when they are set, and again at each
 * GET (look.h), at the last committed block, which the answer names:
 *
 *     verified   chain, collection, token, asset (CAIP-22), name, tokenURI, image, cid, gatewayPath, type, bytes, picture, block
 *     was        chain, collection, token, asset, reason, text, block: what is set and does not hold now
 *     avatar     the ordinary picture (rpc/avatar), whether or not a token is shown
 *
 * A token that comes back to the address holds again. Which token an address shows is this node's record; other nodes do not know it.
 *
 * GET is for any page; PUT and DELETE for our own (rpc/session). Errors are a line of text: 400 malformed, 401 nobody is signed in, 403
 * another page, another address, or a token that is another's; 404 no such token, 409 another chain or content that is not here (yet),
 * 413, 415, 422 the token has nothing to show.
 * Memory: an arena for a request. Threads: any number of workers. */
#ifndef RPC_PROFILE_PROFILE_H
#define RPC_PROFILE_PROFILE_H

#include "rpc/http/http.h"
#include "rpc/profile/look.h"
#include "rpc/session/session.h"

enum { PROFILE_ROUTES = 2, PROFILE_BODY_BYTES_MAX = 4 << 10 };

/* Everything is borrowed, and outlives the server. */
struct profiles {
    struct content *content;
    struct ledger *ledger;
    const struct exec_natives *natives;
    struct sessions *sessions;
    uint64_t (*chain_id)(void *ctx);
    void *ctx;
};

void profiles_routes(struct http_route routes[PROFILE_ROUTES], struct profiles *profiles);

/* The token that an address shows, and how it stands. MM_ERR_NOT_FOUND: it shows none. */
MM_MUST_USE mm_err profiles_find(const struct profiles *profiles, struct mm_arena *arena,
                                 struct content_claim *claim, struct look *look,
                                 const mm_addr *addr);

#endif
