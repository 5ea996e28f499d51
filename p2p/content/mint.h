/* What a mint stores: the image and its metadata, in the shape that any IPFS gateway can serve.
 *
 *     image bytes ---> ipfs://<directory>/cat.png            a directory with one entry, the sanitised name: the name in the
 *                          ^                                  path tells every gateway the content type
 *     {"name":"Cat","description":"…","image":" | ","attributes":[…]}
 *           `----> ipfs://<directory>/metadata.json          the token URI
 *
 * The metadata is canonical: UTF-8, `name`, `description`, `image`, then `attributes`, then the other members
 * in the order they came, no spaces, no final newline, numbers as they were written. Same input, same CID on
 * every node. ERC-721 names the first three; everything else (`animation_url`, `external_url`, …) is passed
 * through.
 *
 * The image is streamed in. finish makes all blocks, a lease pin on both roots and their root records durable
 * in one step; so a crash leaves an unreferenced lease that expires, never a token without content. The
 * caller sends the transaction after that.
 * Memory: that of an importer and a writer (store.h); extra members are parsed into an arena of at most
 * MINT_ARENA_BYTES_MAX.
 * Threads: a mint belongs to one.
 * Source: ERC-721 metadata extension; OpenSea metadata standards. */
#ifndef P2P_CONTENT_MINT_H
#define P2P_CONTENT_MINT_H

#include "p2p/content/filetype.h"
#include "p2p/content/import.h"
#include "p2p/content/store.h"

enum {
    MINT_METADATA_BYTES_MAX = 256 << 10,
    MINT_ARENA_BYTES_MAX = 32 << 20,
    MINT_URI_MAX = 7 + 64 + 1 + FILETYPE_NAME_MAX, /* ipfs:// | CID of sha2-256 | / | name */
};

#define MINT_IMAGE_BYTES_DEFAULT ((uint64_t)100 << 20)

enum mint_verdict {
    MINT_OK = 0,
    MINT_NO_IMAGE, /* no bytes came, and no image URI was given */
    MINT_IMAGE_TOO_LARGE,
    MINT_TEXT_NOT_UTF8, /* name, description or image URI */
    MINT_EXTRA_NOT_JSON, /* the extra members are not one JSON object with each key once; the reason says where */
    MINT_EXTRA_RESERVED, /* the extra members name `name`, `description` or `image` */
    MINT_METADATA_TOO_LARGE,
    MINT_FAILED, /* the world: content_mint_err */
};

/* Never NULL. */
const char *mint_verdict_text(enum mint_verdict verdict);

struct mint_metadata {
    mm_bytes name;
    mm_bytes description;
    mm_bytes image_uri;
    mm_bytes extra; /* a JSON object; empty: none */
};
/* The canonical JSON appended to `out`, whose maximum is the limit (MINT_METADATA_BYTES_MAX). reason may be NULL.
 * MINT_FAILED: there is no memory. */
MM_MUST_USE enum mint_verdict mint_metadata_write(struct mm_buf *out,
                                                  const struct mint_metadata *metadata,
                                                  struct mm_reason *reason);

struct content_mint;

/* image_bytes_max 0: the default. NULL when there is no memory. */
struct content_mint *content_mint_new(struct content *content, uint64_t image_bytes_max);
/* Abandons what was not finished. */
void content_mint_free(struct content_mint *mint);
/* The next bytes of the image. MINT_OK, MINT_IMAGE_TOO_LARGE or MINT_FAILED; after a failure finish gives
 * it again. */
MM_MUST_USE enum mint_verdict content_mint_write(struct content_mint *mint, mm_bytes bytes);

struct mint_request {
    mm_bytes file_name; /* as the user's disk has it; may be empty */
    mm_bytes name;
    mm_bytes description;
    mm_bytes extra;       /* a JSON object of further members; empty: none */
    mm_bytes image_uri;   /* used when no image bytes came */
    mm_bytes lease_owner; /* at most CONTENT_OWNER_MAX */
    uint64_t lease_expires_ms;
};

struct minted {
    enum filetype image_type;
    bool has_image;             /* image bytes came, and image is filled */
    struct import_result image; /* the directory */
    struct import_result metadata;
    char image_uri[MINT_URI_MAX + 1]; /* empty when the request's was used */
    char metadata_uri[MINT_URI_MAX + 1];
};

/* Returns when everything is durable. reason may be NULL. */
MM_MUST_USE enum mint_verdict content_mint_finish(struct content_mint *mint, struct minted *out,
                                                  const struct mint_request *request,
                                                  struct mm_reason *reason);
/* What MINT_FAILED stands for. */
mm_err content_mint_err(const struct content_mint *mint);

/* For those who have the whole image in memory: new, write, finish, free. */
MM_MUST_USE enum mint_verdict content_store_token(struct content *content, struct minted *out,
                                                  mm_bytes image,
                                                  const struct mint_request *request,
                                                  struct mm_reason *reason);

#endif
