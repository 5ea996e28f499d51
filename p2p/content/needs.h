/* Needs: what this node must hold for the tokens of its chain, and what of it is lacking.
 *
 *     committed block (node/tokens) ──► needs_set_token          token 7 of 0xabc…: ipfs://ROOT/metadata.json
 *                                            │
 *                                            ▼
 *        record of ROOT    want ──some of its blocks──► partial ──all of them──► whole
 *                            ▲                                                     │ its metadata is read
 *                            │                                                     ▼
 *                            └───────────────────────── image, animation_url: roots of their own
 *
 * A token has parts (store.h), each with a URI of its own: its metadata, each version of an AINFT's specification, each entry of its
 * history that is a CID; a contract has its own. What their files name is needed as well: `image`, `animation_url`; of a specification
 * the script of its model; of a contract its pictures.
 *
 * An obligation is a chain pin (store.h): its root, owned by the token or the part. It holds against a collection whether or not there is
 * anything to hold yet. What must be held is the list of all pins; what is lacking, the roots among them that are not whole:
 *
 *     needs_new, needs_next        each root that is pinned, by a token, a user or an upload, and not whole
 *     needs_lacking                the blocks below one that are not here, as far as they are known
 *     content_writer_put, _commit  stores what a peer sent: hashed, durable
 *     needs_settle                 looks again: partial or whole, and when whole, what its metadata names is needed too
 *
 * So replication is a loop over these four, and is resumed after a restart because the records are on disk. What is found corrupt
 * (verify.h, or by a walk here) is dropped and lacking again: a repair is a fetch.
 *
 * Nothing from outside is believed: a URI that is not ipfs:// and a CID, metadata that is not JSON, or that is too large, needs
 * nothing, which is no error. Consensus never depends on any of this.
 *
 * A token's whole DAG is pinned from its root on: a folder that holds a collection is held once, however many tokens name it.
 *
 * Memory: a walk (walk.h); metadata of at most NEEDS_METADATA_BYTES_MAX in an arena. Threads: any; those that settle the same root
 * at the same time do the work twice. Times are given.
 * Source: ERC-721 metadata extension (`image`), OpenSea metadata standards (`animation_url`), ERC-7572 (a contract's). */
#ifndef P2P_CONTENT_NEEDS_H
#define P2P_CONTENT_NEEDS_H

#include "p2p/content/store.h"

enum {
    NEEDS_METADATA_BYTES_MAX = 256 << 10,
    NEEDS_ARENA_BYTES_MAX = 32 << 20, /* for metadata as JSON */
    /* How long what a token does not name any more is kept: a day in which whoever burned it by mistake can pin it. */
    NEEDS_GRACE_MS = 24 * 60 * 60 * 1000,
};

/* "ipfs://CID[/path]" or "ipfs://ipfs/CID[/path]"; a query and a fragment are cut off. Out: *path, percent-decoded into `memory`
 * (CONTENT_URI_MAX bytes). False: nothing of this node's to hold. */
MM_MUST_USE bool needs_parse_uri(struct cid *root, mm_bytes *path, uint8_t *memory, mm_bytes uri);

/* The URI of a token, or of a part, is this from now on; empty: it was burned. What it named before is held until now_ms +
 * NEEDS_GRACE_MS, and longer where another token, another part or a user pins it. Says the same again without harm. Not synced (content_follow_put). */
MM_MUST_USE mm_err needs_set_token(struct content *content, const struct content_token *token,
                                   mm_bytes uri, uint64_t now_ms);

/* Reads what the token's URI names, if its root is whole and it was not read yet, and makes what that names needed too. MM_OK as well
 * when it is not all here: needs_look reads it when it is. */
MM_MUST_USE mm_err needs_read_if_whole(struct content *content, const struct content_token *token);

struct needs;

/* Every root that is pinned and not whole, once each, in the order of the hashes. NULL when there is no memory. */
struct needs *needs_new(struct content *content);
void needs_free(struct needs *needs);
/* MM_ERR_NOT_FOUND at the end. */
MM_MUST_USE mm_err needs_next(struct needs *needs, struct content_root *root);

/* The first `max` blocks below a root that are not here, or corrupt, in the order of a walk; what is below them is not known yet.
 * *count 0: nothing is lacking (needs_settle makes it known). Each call walks from the root: for a DAG of very many blocks hold a
 * walk of your own. */
MM_MUST_USE mm_err needs_lacking(struct content *content, struct cid *blocks, size_t max,
                                 size_t *count, const struct cid *root);

/* Walks a root, keeps what is here of it (content_writer_keep), drops blocks that are corrupt, and makes its record say how it
 * stands. Of a whole one the metadata of each token is read that names it and was not read yet. Out: the record.
 * MM_ERR_NOT_FOUND: there is no record, nobody needs it. */
MM_MUST_USE mm_err needs_settle(struct content *content, struct content_root *out,
                                const struct cid *root);

/* Settles what may have become whole since: a bounded number of roots from where the last call ended. The place is kept by the
 * caller, zeroed before the first. Out: *is_over, the list is through. */
struct needs_place {
    bool has_token;
    struct content_token token;
    bool has_root;
    struct cid root;
};
MM_MUST_USE mm_err needs_look(struct content *content, struct needs_place *place, bool *is_over);

/* Pins what is here: walks the root (of a direct pin the one block), keeps every block, then puts the pin, and of a recursive one the
 * record that the root is whole, in one synced step. MM_ERR_NOT_FOUND: *lacking is not here, MM_ERR_CORRUPT: it is not what it must
 * be, MM_ERR_LIMIT: more than a walk visits; nothing was pinned then. */
MM_MUST_USE mm_err needs_hold(struct content *content, struct cid *lacking,
                              const struct content_pin *pin);

/* Who holds the space, as far as root records say: what two roots share counts twice. Reads all pins. */
struct needs_holder {
    struct cid root;
    enum content_pin_kind kind;
    uint64_t bytes;
};
enum { NEEDS_LARGEST = 3 };
struct needs_holders {
    uint64_t roots[CONTENT_PIN_UPLOAD + 1]; /* by kind */
    uint64_t bytes[CONTENT_PIN_UPLOAD + 1];
    struct needs_holder largest[NEEDS_LARGEST]; /* the first is the largest; bytes 0: none */
};
MM_MUST_USE mm_err needs_holders(struct content *content, struct needs_holders *holders);

struct needs_counts {
    uint64_t pins[CONTENT_PIN_UPLOAD + 1]; /* by enum content_pin_kind */
    uint64_t want;                         /* pinned roots that lack something, by their state */
    uint64_t partial;
};
/* Reads all pins. */
MM_MUST_USE mm_err needs_count(struct content *content, struct needs_counts *counts);

#endif
