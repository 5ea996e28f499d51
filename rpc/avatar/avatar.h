/* Profile pictures over HTTP: one for an address, set by whoever has its key.
 *
 *     GET  /avatar/0xAddress                                        the ordinary picture; 404 where none was set
 *     GET  /avatar/0xAddress?verified=1                             before it, the picture of the token that the address shows and owns
 *     GET  /avatar/0xAddress?verified=1&fallback=identicon          and where there is neither, one made of the address (identicon.h)
 *     PUT  /avatar/0xAddress?expires=SECONDS&signature=0x…          the picture as the body; 201, or 200 when there was one
 *     PUT  /avatar/0xAddress                                        the same from our own page, by who is signed in (rpc/session)
 *     GET  /avatar.js                                               <mintmark-avatar>, an element for any page
 *
 * X-Mintmark-Avatar says which picture it is: verified, ordinary or generated. With verified=1 the answer is asked for anew each time
 * (`no-cache` and an entity tag): it holds for the last committed block and no longer (rpc/profile/look.h).
 *
 * The signature is a wallet's `personal_sign` (EIP-191) over this text, lines ended by a line feed but the last:
 *
 *     mintmark: set my profile picture
 *     address: 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266          with the checksum of EIP-55
 *     chain: 31337
 *     sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08        of the body
 *     expires: 1764201600                                           seconds since 1970, an hour ahead at most
 *
 * So it is good for this picture, this address and this chain, until then, and once: a later request must expire later, or an old one
 * could be sent again to bring an old picture back.
 *
 * What a picture is, its first bytes say: PNG, JPEG, GIF, WebP or AVIF. SVG is refused, it can hold scripts. An ordinary picture has
 * nothing to do with a token's, which is on the chain and cannot be changed here.
 *
 * Errors are a line of text: 400 what is asked is malformed, 401 the signature is another's, or too old, or was used, or nobody is signed
 * in, 403 another address is, or another page asks; 404, 413 too large, 415 no picture, 507 the store is full.
 * Memory: a picture. Threads: any number of workers. Source: EIP-191, EIP-55. */
#ifndef RPC_AVATAR_AVATAR_H
#define RPC_AVATAR_AVATAR_H

#include "p2p/content/store.h"
#include "rpc/http/http.h"
#include "rpc/profile/profile.h"

enum {
    AVATAR_BYTES_MAX = 2 << 20,
    AVATAR_AHEAD_MAX_S = 60 * 60,
    AVATAR_CACHE_S = 60,
    AVATAR_TEXT_MAX = 320,
    AVATAR_OWN_ROUTES = 3,
};

/* What a page of another origin may read of an answer's headers. */
#define AVATAR_EXPOSED "ETag, X-Ipfs-Path, X-Mintmark-Avatar"

struct avatar {
    struct content *content; /* borrowed, outlives the server */
    uint64_t (*chain_id)(void *ctx);
    void *ctx;
    const struct profiles *profiles; /* borrowed likewise; NULL: no token's picture is shown */
    struct sessions *sessions;       /* borrowed likewise; NULL: only signed requests set one */
};

/* The text that is signed; terminated. */
size_t avatar_text(char out[AVATAR_TEXT_MAX + 1], const mm_addr *addr, uint64_t chain_id,
                   const mm_hash32 *sha256, uint64_t expires_s);

/* For a server's table; avatar is borrowed as long as the server runs. may_put: PUT too. */
struct http_route avatar_route(struct avatar *avatar, bool may_put);
/* Of the door that pages and sessions belong to: reading for any page, setting for our own, and the element. */
void avatar_own_routes(struct http_route routes[AVATAR_OWN_ROUTES], struct avatar *avatar);

#endif
