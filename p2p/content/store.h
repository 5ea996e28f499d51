/* The content store: blocks by multihash, what is known about roots, and who holds them.
 *
 *     family  key                       value
 *     blk     multihash                 the block's bytes (kept out of compaction)
 *     size    multihash                 length, epoch: asked without reading the block
 *     pin     multihash kind owner      depth, expiry, CID as it was given
 *     root    multihash                 state (want, partial, whole), bytes, blocks, CID
 *     cref    contract token [part]     the token's URI, the CIDs of the roots it needs; or those of a part of it
 *     mark    what a collection met     gc_internal.h; empty while none is at work
 *     meta    "format", "totals"        version of this layout; bytes and blocks stored, epoch
 *             "strays"                  blocks may be in blk that nothing knows of: a process that wrote in bulk did not close
 *             "followed"                the last block of the chain whose tokens are known (needs.h)
 *             "lacks/" multihash        a root record that is not whole
 *             "avatar/" address         a profile picture (avatar.h)
 *             "claim/" address          the token that is shown as one (claim.h)
 *             "unread/" key in cref     what that URI names has not been read
 *
 * Blocks lie in blob files and do not pass through the log when there is much of them: a full batch goes straight to its table
 * (KV_BULK), and only when its blocks are on disk there do sizes and totals say that they are there. Until then they are nobody's but
 * the writer's, and a crash leaves bytes that nothing knows of: strays, which the next collection looks for.
 *
 * A block is hashed on the way in, by the importer that made it or by content_writer_put, and again on the
 * way out: bytes that do not hash to their key are MM_ERR_CORRUPT and never handed out. Q…, b… and a raw
 * alias of the same bytes share one entry.
 *
 * Writing goes through a writer. It gathers blocks into batches of at most CONTENT_BATCH_BYTES and writes
 * them as it goes; commit writes the last one synced, and with it everything before (kv.h), together
 * with the pins and root records that the caller gives. So a file costs one sync, and after a crash its pin
 * is there only if all its blocks are. What an abandoned writer has written is unreferenced, and garbage. A
 * block that is there already is not written again, it is touched: its epoch becomes the current one. The
 * price of adding does not depend on what is stored.
 *
 * Epochs are how garbage can be collected beside writers. A collector (gc.h) raises the epoch and remembers the
 * smallest epoch that a writer at work began in; of what its mark did not reach it may remove only blocks
 * whose epoch is below that. Whatever was written or touched since, or belongs to a writer that has not
 * committed yet, stays. Whoever pins what is there already is heard by a collection at work: what hangs from the root at
 * that moment is marked before anything more goes.
 *
 * Memory: a writer holds one batch, a reader one block. Threads: everything here may be called from several
 * threads at once; a writer or an iterator belongs to one. Writes take turns (the totals are exact), reads do
 * not wait for them.
 * Errors: MM_ERR_NOT_FOUND, MM_ERR_CORRUPT, MM_ERR_NO_SPACE (the quota or the disk), and those of kv.h.
 * There is no clock here: times are given. */
#ifndef P2P_CONTENT_STORE_H
#define P2P_CONTENT_STORE_H

#include "p2p/content/block.h"

enum {
    CONTENT_BATCH_BYTES = 4 << 20, /* four chunks of the largest size */
    CONTENT_OWNER_MAX = 64,        /* bytes of a pin's owner */
    CONTENT_TOKEN_ROOTS_MAX =
        64, /* roots that one token needs: metadata, image, animation, older versions */
    CONTENT_URI_MAX = 1024, /* bytes of a token's URI; ipfs:// and a path are a tenth of it */
};

#define CONTENT_QUOTA_DEFAULT_BYTES ((uint64_t)10 << 30)

struct content;

struct content_options {
    const char *path;     /* a folder; NULL: in memory */
    uint64_t quota_bytes; /* of blocks; 0: the default */
    size_t cache_bytes;   /* as kv_options */
    bool unsynced;        /* benchmarks */
};

/* Opens the store, making it if it is not there. MM_ERR_VERSION: of another layout. */
MM_MUST_USE mm_err content_open(struct content **content, const struct content_options *options,
                                struct mm_reason *reason);
/* Writers and iterators must be freed before. */
void content_close(struct content *content);

struct content_totals {
    uint64_t bytes;
    uint64_t blocks;
    uint64_t quota_bytes;
    uint64_t disk_bytes; /* what the database takes, roughly */
};
struct content_totals content_totals(struct content *content);
/* Goes up whenever a writer commits or a pin is put or removed: whoever waits for content looks again when it has changed. */
uint64_t content_commits(struct content *content);

/* --- blocks --- */

/* Replaces what is in *block, whose maximum should be BLOCK_BYTES_MAX. MM_ERR_NOT_FOUND, MM_ERR_CORRUPT;
 * MM_ERR_INVALID when the CID's hash function is not computed here. An identity CID answers itself. */
MM_MUST_USE mm_err content_get(struct content *content, struct mm_buf *block,
                               const struct cid *cid);
/* Whether a block is there and how long it is, without reading it. */
MM_MUST_USE mm_err content_find(struct content *content, uint64_t *bytes, const struct cid *cid);
/* Removes a block whose bytes are not what its CID says (looked at again first), so that it can be put once more. MM_OK as well when
 * it is not there or is right. */
MM_MUST_USE mm_err content_drop_corrupt(struct content *content, const struct cid *cid);
/* For a reader: content_get. */
struct block_source content_source(struct content *content);

enum content_pin_kind {
    CONTENT_PIN_CHAIN = 1, /* a token or a part of it needs it; owner: its key in cref */
    CONTENT_PIN_USER = 2,  /* asked for by the operator; owner: a name, may be empty */
    CONTENT_PIN_UPLOAD =
        3, /* a lease for what was just uploaded; owner: whatever tells uploads apart */
};

enum content_pin_depth {
    CONTENT_PIN_RECURSIVE = 1,
    CONTENT_PIN_DIRECT = 2, /* the one block */
};

struct content_pin {
    struct cid root;
    enum content_pin_kind kind;
    enum content_pin_depth depth;
    mm_bytes owner;      /* borrowed, at most CONTENT_OWNER_MAX */
    uint64_t expires_ms; /* wall clock; 0: never */
};

enum content_root_state {
    CONTENT_ROOT_WANT = 1,    /* needed, nothing of it may be here */
    CONTENT_ROOT_PARTIAL = 2, /* being fetched */
    CONTENT_ROOT_WHOLE = 3,   /* every block below it was here */
};

struct content_root {
    struct cid cid;
    enum content_root_state state;
    uint64_t bytes; /* of the blocks below it, each as often as it is linked */
    uint64_t blocks;
};

struct content_writer;

/* NULL when there is no memory. */
struct content_writer *content_writer_new(struct content *content);
/* Abandons what was not committed. */
void content_writer_free(struct content_writer *writer);
/* A block from outside: hashed first, MM_ERR_INVALID when it is not what its CID says. Copied. After a
 * failure of another kind the writer is good for nothing but to be freed. */
MM_MUST_USE mm_err content_writer_put(struct content_writer *writer, const struct cid *cid,
                                      mm_bytes block);
/* A block that is there stays, as if it had been put: no collection removes it while the writer is at work, and none that is at work
 * now. MM_ERR_NOT_FOUND: it is not there. */
MM_MUST_USE mm_err content_writer_keep(struct content_writer *writer, const struct cid *cid);
/* For a walk after which what it found is to be relied on: content_get, of which every block is kept. Valid as long as the writer. */
struct block_source content_writer_source(struct content_writer *writer);
/* For an importer, which has computed the CID from the block: not hashed a second time. Valid as long as
 * the writer. */
struct block_sink content_writer_sink(struct content_writer *writer);

/* What becomes durable together with the writer's blocks. */
struct content_commit {
    const struct content_pin *pins;
    size_t pin_count;
    const struct content_root *roots;
    size_t root_count;
};
/* Returns when everything put since the last commit is on disk. commit may be NULL. The writer can go on. */
MM_MUST_USE mm_err content_writer_commit(struct content_writer *writer,
                                         const struct content_commit *commit);

/* --- pins --- */

/* What of a token. Each has a URI and needs of its own, beside those of the others. */
enum content_part {
    CONTENT_PART_METADATA = 0,  /* what tokenURI says */
    CONTENT_PART_CONTRACT,      /* what contractURI says; the token is 0 */
    CONTENT_PART_SPECIFICATION, /* of an AINFT; its number is the version */
    CONTENT_PART_ENTRY,         /* of an AINFT's history, by its CID; its number is the index */
    CONTENT_PARTS,
};

struct content_token {
    mm_addr contract;
    mm_hash32 token_id; /* big-endian */
    enum content_part part;
    uint64_t number; /* of the part, where it has one */
};

/* Adds a pin, or replaces the one of the same root, kind and owner. Synced. */
MM_MUST_USE mm_err content_pin_put(struct content *content, const struct content_pin *pin);
/* MM_ERR_NOT_FOUND when there is none. Synced. */
MM_MUST_USE mm_err content_pin_del(struct content *content, const struct cid *root,
                                   enum content_pin_kind kind, mm_bytes owner);

/* The token that owns a chain pin. False: it has another kind of owner. */
MM_MUST_USE bool content_pin_token(struct content_token *token, const struct content_pin *pin);

struct content_pins;

/* The pins of one root, or all (root NULL), ordered by root. NULL when there is no memory. */
struct content_pins *content_pins_new(struct content *content, const struct cid *root);
void content_pins_free(struct content_pins *pins);
/* MM_ERR_NOT_FOUND at the end. pin->owner is borrowed until the next call. */
MM_MUST_USE mm_err content_pins_next(struct content_pins *pins, struct content_pin *pin);

/* --- roots --- */

MM_MUST_USE mm_err content_root_put(struct content *content, const struct content_root *root);
MM_MUST_USE mm_err content_root_get(struct content *content, struct content_root *out,
                                    const struct cid *cid);

struct content_roots;

/* All root records, or those alone that are not whole, in the order of the hashes, those behind `after` (NULL: from the first). NULL
 * when there is no memory. */
struct content_roots *content_roots_new(struct content *content, bool lacking_only,
                                        const struct cid *after);
void content_roots_free(struct content_roots *roots);
/* MM_ERR_NOT_FOUND at the end. */
MM_MUST_USE mm_err content_roots_next(struct content_roots *roots, struct content_root *root);

/* --- what tokens need (needs.h is what they are for) --- */

struct content_token_needs {
    mm_bytes uri;            /* of the metadata, at most CONTENT_URI_MAX */
    const struct cid *roots; /* the metadata's first */
    size_t count;
    bool is_read; /* what the metadata names is among them; put only while the token has this URI */
};

struct content_token_record {
    char uri[CONTENT_URI_MAX + 1]; /* terminated */
    size_t uri_len;
    struct cid roots[CONTENT_TOKEN_ROOTS_MAX];
    size_t count;
    bool is_read;
};

/* What a token needs from now on (needs NULL: nothing, it was burned), in one step: the record, a
 * chain pin for each root, a root record in state want for each that has none. Pins of roots that are no
 * longer named go at old_expires_ms; 0: at once. Not synced: the next synced write is after it (content_follow_put). */
MM_MUST_USE mm_err content_token_put(struct content *content, const struct content_token *token,
                                     const struct content_token_needs *needs,
                                     uint64_t old_expires_ms);
/* MM_ERR_NOT_FOUND when the token needs nothing. */
MM_MUST_USE mm_err content_token_get(struct content *content, struct content_token_record *out,
                                     const struct content_token *token);

struct content_tokens;

enum content_tokens_which { CONTENT_TOKENS_ALL, CONTENT_TOKENS_UNREAD };

/* Tokens that need something, ordered by contract and number, behind each its other parts; those behind `after` (NULL: from the
 * first). NULL when there is no memory. */
struct content_tokens *content_tokens_new(struct content *content, enum content_tokens_which which,
                                          const struct content_token *after);
void content_tokens_free(struct content_tokens *tokens);
/* MM_ERR_NOT_FOUND at the end. */
MM_MUST_USE mm_err content_tokens_next(struct content_tokens *tokens, struct content_token *token);

/* How far the chain has been followed: everything up to this block is in what tokens need. */
struct content_follow {
    mm_hash32 genesis; /* hash of block 0: another one is another chain */
    mm_hash32 block;
    uint64_t block_num;
};
/* Synced, and with it all that was written before. */
MM_MUST_USE mm_err content_follow_put(struct content *content, const struct content_follow *follow);
/* MM_ERR_NOT_FOUND when no chain was followed yet. */
MM_MUST_USE mm_err content_follow_get(struct content *content, struct content_follow *follow);

#endif
