/* Ordinary profile pictures over HTTP: one for an address, set by whoever has its key.
 *
 *     GET  /avatar/0xAddress                                        the picture; 404 where none was set
 *     PUT  /avatar/0xAddress?expires=SECONDS&signature=0x…          the picture as the body; 201, or 200 when there was one
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
 * What a picture is, its first bytes say: PNG, JPEG, GIF, WebP or AVIF. SVG is refused, it can hold scripts. An avatar has nothing
 * to do with a token's picture, which is on the chain and cannot be changed here.
 *
 * Errors are a line of text: 400 what is asked is malformed, 401 the signature is another's, or too old, or was used, 404, 413 too
 * large, 415 no picture, 507 the store is full.
 * Memory: a picture. Threads: any number of workers. Source: EIP-191, EIP-55. */
#ifndef RPC_AVATAR_AVATAR_H
#define RPC_AVATAR_AVATAR_H

#include "p2p/content/store.h"
#include "rpc/http/http.h"

enum {
    AVATAR_BYTES_MAX = 2 << 20,
    AVATAR_AHEAD_MAX_S = 60 * 60,
    AVATAR_CACHE_S = 60,
    AVATAR_TEXT_MAX = 320,
};

struct avatar {
    struct content *content; /* borrowed, outlives the server */
    uint64_t (*chain_id)(void *ctx);
    void *ctx;
};

/* The text that is signed; terminated. */
size_t avatar_text(char out[AVATAR_TEXT_MAX + 1], const mm_addr *addr, uint64_t chain_id,
                   const mm_hash32 *sha256, uint64_t expires_s);

/* For a server's table; avatar is borrowed as long as the server runs. may_put: PUT too. */
struct http_route avatar_route(struct avatar *avatar, bool may_put);

#endif
