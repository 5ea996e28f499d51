/* A chain with tokens, their content, and the doors at which people show them. */
#ifndef TESTS_UNIT_RPC_PROFILE_GALLERY_H
#define TESTS_UNIT_RPC_PROFILE_GALLERY_H

#include "rpc/avatar/avatar.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/http_client.h"
#include "tests/lib/wallet.h"

#define GALLERY_PNG "\x89PNG\r\n\x1a\n"

enum { GALLERY_CHAIN = 31337, GALLERY_URI_BYTES = 256 };

struct gallery {
    struct dev_chain dev;
    struct content *content;
    struct sessions *sessions;
    struct profiles profiles;
    struct avatar avatar;
    struct http_route routes[SESSION_ROUTES + PROFILE_ROUTES + AVATAR_OWN_ROUTES];
    struct http_server *server;
    uint16_t port;
};
extern struct gallery gallery;

/* For TestSuite's init and fini. */
void gallery_open(void);
void gallery_close(void);

/* "ipfs://" and the CID of a file of these bytes, which is stored; good for the next few calls. */
const char *gallery_put(mm_bytes bytes);
/* Puts other bytes in the place of a block of a file, a leaf of its own, as a failing disk would. */
void gallery_spoil(mm_bytes leaf);
/* The CID alone of a URI that gallery_put gave. */
struct cid gallery_cid(const char *uri);
/* A token of the first person's with this URI; in a block. Its number. */
uint64_t gallery_mint(size_t owner, const char *uri);
/* One with a picture of these bytes and metadata that names it. */
uint64_t gallery_mint_picture(size_t owner, mm_bytes picture);

struct content_claim gallery_claim(uint64_t token);

/* Signs in as a person of the chain. Out: a Cookie header. */
void gallery_sign_in(char cookie[WALLET_COOKIE_BYTES], size_t person);
/* method and path of a person's: "PUT", "/profile/", person; header lines end with CRLF. */
struct reply gallery_ask(const char *method, const char *path, size_t person, const char *headers,
                         mm_bytes body);

#endif
