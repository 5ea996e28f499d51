/* Look: whether a token that an address shows is its own now, and what its picture is.
 *
 *     chain ── ours? ──► ownerOf ── the address? ──► tokenURI ── ipfs://? ──► metadata in the store, JSON ──► image ── ipfs://? ──►
 *     the file in the store: its type by its first bytes, its size; when the token is set, every byte
 *
 * Everything is asked anew each time: the chain at its last committed block, the content by its CIDs, so that each block is hashed as it
 * is read. Nothing is remembered between two looks, so a token that was given away is another's with its block, and nobody has to be told.
 *
 * The types are those of ordinary profile pictures: PNG, JPEG, GIF, WebP, AVIF. SVG is not among them: it can hold scripts, and it may
 * draw something else for each who looks, which its CID does not show.
 *
 * Memory: the caller's arena. Threads: any. Source: ERC-721 with its metadata extension, CAIP-2, CAIP-22. */
#ifndef RPC_PROFILE_LOOK_H
#define RPC_PROFILE_LOOK_H

#include "p2p/content/claim.h"
#include "p2p/content/filetype.h"
#include "state/base/arena.h"
#include "state/exec/host.h"
#include "state/ledger/ledger.h"

enum {
    /* A page shows it at a hundred pixels or so, and fetches all of it for that. */
    LOOK_PICTURE_BYTES_MAX = 16 << 20,
    LOOK_NAME_BYTES_MAX = 256,
    LOOK_ARENA_BYTES_MAX = 64 << 20, /* hostile metadata as JSON, and two calls */
    LOOK_ASSET_TEXT_MAX = 200, /* "eip155:" 20 digits "/erc721:" 42 characters "/" 78 digits */
};

/* What a look needs. */
struct look_from {
    struct content *content;
    struct ledger *ledger;
    const struct exec_natives *natives;
    uint64_t chain_id;
};

/* A value a rule, in the order in which they are looked at. */
enum look_verdict {
    LOOK_OK = 0,
    LOOK_OTHER_CHAIN,
    LOOK_NO_TOKEN, /* burned, or never there */
    LOOK_OTHER_OWNER,
    LOOK_NO_URI,        /* none, or one that is not ipfs:// */
    LOOK_NO_METADATA,   /* the store has no such file */
    LOOK_BAD_METADATA,  /* not JSON, or too large */
    LOOK_NO_IMAGE,      /* it names none by ipfs:// */
    LOOK_NO_PICTURE,    /* the store has no such file */
    LOOK_NOT_A_PICTURE, /* of another type */
    LOOK_PICTURE_TOO_LARGE,
};

/* A line for a person, and a word for a program. Never NULL. */
const char *look_verdict_text(enum look_verdict verdict);
const char *look_verdict_word(enum look_verdict verdict);

/* Texts are in the arena. */
struct look {
    enum look_verdict verdict;
    uint64_t block_num; /* as of which */
    mm_hash32 block_hash;
    mm_bytes token_uri; /* this and what follows: as far as the look came */
    mm_bytes name;      /* empty: the metadata has none, or none that is short */
    mm_bytes image;     /* the URI */
    struct cid picture; /* the file */
    enum filetype type;
    uint64_t bytes;
};

enum look_depth {
    LOOK_FRONT, /* as much of the picture as says its type */
    LOOK_WHOLE, /* every block of it */
};

/* An mm_err is the world's: anything about the token or its content is a verdict. */
MM_MUST_USE mm_err look_at(struct mm_arena *arena, struct look *look, const struct look_from *from,
                           const struct content_claim *claim, const mm_addr *addr,
                           enum look_depth depth);

/* "eip155:31337/erc721:0x…/7", terminated (CAIP-22, ENSIP-12). */
void look_asset_text(char out[LOOK_ASSET_TEXT_MAX + 1], const struct content_claim *claim);

#endif
