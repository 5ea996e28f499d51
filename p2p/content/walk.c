#include "p2p/content/walk.h"

#include "p2p/content/walk_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    FRAME_KEEPS_BYTES = 64 << 10, /* capacity that a frame keeps for the next block */
    LINKS_BYTES_MAX = 4 << 20,    /* a file's links may be longer here than in its block */
    TAG_GIVEN = 0,                /* the block was handed out; other tags: walked as this codec */
};
_Static_assert((int)CID_DAG_PB != (int)TAG_GIVEN && (int)CID_JSON <= UINT16_MAX,
               "a codec that has links is a tag");

struct content_walk *content_walk_new(const struct block_source *source,
                                      const struct walk_options *options)
{
    MM_ASSERT(source->get != NULL);
    struct content_walk *walk = mm_heap_zeroed(1, sizeof *walk);
    if (walk == NULL)
        return NULL;
    walk->source = *source;
    walk->options = *options;
    if (walk->options.visits_max == 0)
        walk->options.visits_max = WALK_VISITS_MAX;
    if (walk->options.bytes_max == 0)
        walk->options.bytes_max = UINT64_MAX;
    walk->is_over = true;
    seen_init(&walk->seen);
    mm_buf_init(&walk->block, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_init(&walk->frames[i].links, LINKS_BYTES_MAX);
    return walk;
}

void content_walk_free(struct content_walk *walk)
{
    if (walk == NULL)
        return;
    content_reader_free(walk->reader);
    seen_fini(&walk->seen);
    mm_buf_fini(&walk->block);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_fini(&walk->frames[i].links);
    mm_heap_free(walk);
}

const struct cid *content_walk_at(const struct content_walk *walk)
{
    return &walk->at;
}

mm_err content_walk_err(const struct content_walk *walk)
{
    return walk->err;
}

static void release(struct content_walk *walk, struct walk_frame *frame)
{
    walk->held_bytes -= mm_buf_bytes(&frame->links).len;
    if (frame->links.capacity > FRAME_KEEPS_BYTES) {
        mm_buf_fini(&frame->links);
        mm_buf_init(&frame->links, LINKS_BYTES_MAX);
    }
    mm_buf_reset(&frame->links);
}

static void forget(struct content_walk *walk)
{
    while (walk->depth > 0)
        release(walk, &walk->frames[--walk->depth]);
    MM_ASSERT(walk->held_bytes == 0);
    seen_reset(&walk->seen);
    walk->err = MM_OK;
    walk->is_over = true;
    walk->visits = 0;
    walk->bytes = 0;
    walk->path_count = 0;
    walk->path_at = 0;
    walk->has_root = false;
}

void content_walk_begin(struct content_walk *walk, const struct cid *root)
{
    const struct cid start = *root; /* it may be ours */
    forget(walk);
    walk->root = start;
    walk->at = start;
    walk->has_root = true;
    walk->is_over = false;
}

void content_walk_also(struct content_walk *walk, const struct cid *root)
{
    const struct cid start = *root;
    MM_ASSERT(walk->is_over && walk->depth == 0 && walk->err == MM_OK);
    walk->root = start;
    walk->at = start;
    walk->has_root = true;
    walk->is_over = false;
}

void content_walk_rewind(struct content_walk *walk)
{
    const size_t path_count = walk->path_count;
    const struct cid root = walk->root;
    content_walk_begin(walk, &root);
    walk->path_count = path_count;
}

/* The reader's source: remembers which blocks a path touched. */
static mm_err get_and_note(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct content_walk *walk = context;
    MM_TRY(walk->source.get(walk->source.context, block, cid));
    if (walk->path_count == WALK_PATH_BLOCKS_MAX)
        return MM_ERR_LIMIT;
    walk->path[walk->path_count++] = *cid;
    return MM_OK;
}

enum read_verdict content_walk_resolve(struct content_walk *walk, struct content_node *out,
                                       mm_bytes *rest, const struct cid *root, mm_bytes path,
                                       const struct content_path_listener *listener)
{
    const struct cid start = *root;
    forget(walk);
    *out = (struct content_node){ .cid = start, .kind = CONTENT_OTHER };
    walk->at = start;
    if (walk->reader == NULL)
        walk->reader = content_reader_new(&(struct block_source){ walk, get_and_note });
    if (walk->reader == NULL) {
        walk->err = MM_ERR_NO_MEMORY;
        return READ_FAILED;
    }
    const enum read_verdict verdict =
        content_resolve(walk->reader, out, rest, &start, path, listener);
    const size_t path_count = walk->path_count;
    if (verdict != READ_OK) {
        walk->at = *content_reader_at(walk->reader);
        walk->err = content_reader_err(walk->reader);
        walk->path_count = 0;
        return verdict;
    }
    content_walk_begin(walk, &out->cid);
    /* The last one is where the path ended, unless that was identity content. */
    walk->path_count = path_count;
    if (path_count > 0 && cid_same_block(&walk->path[path_count - 1], &out->cid))
        walk->path_count--;
    return READ_OK;
}

static enum walk_role root_role(const struct content_walk *walk)
{
    switch (walk->options.scope) {
    case WALK_ALL:
        return ROLE_ALL;
    case WALK_ENTITY:
        return ROLE_ROOT;
    case WALK_BLOCK:
        return ROLE_ALONE;
    }
    MM_UNREACHABLE();
}

/* What is to be visited next. False: nothing. */
static bool choose(struct content_walk *walk, struct walk_visit *visit)
{
    *visit = (struct walk_visit){ .role = ROLE_ALONE };
    if (walk->path_at < walk->path_count) {
        visit->cid = walk->path[walk->path_at++];
        return true;
    }
    if (walk->has_root) {
        walk->has_root = false;
        visit->cid = walk->root;
        visit->role = root_role(walk);
        return true;
    }
    while (walk->depth > 0) {
        struct walk_frame *frame = &walk->frames[walk->depth - 1];
        if (walk_take(frame, visit))
            return true;
        walk->depth--;
        release(walk, frame);
    }
    return false;
}

static enum read_verdict load(struct content_walk *walk, const struct cid *cid)
{
    if (!multihash_is_supported(&cid->hash))
        return READ_UNSUPPORTED;
    if (walk->visits == walk->options.visits_max)
        return READ_TOO_LARGE;
    walk->visits++;
    if (cid->hash.code == MULTIHASH_IDENTITY) {
        mm_buf_reset(&walk->block);
        mm_buf_add(&walk->block, (mm_bytes){ cid->hash.digest, cid->hash.len });
        walk->err = mm_buf_err(&walk->block);
    } else {
        walk->err = walk->source.get(walk->source.context, &walk->block, cid);
    }
    if (walk->err == MM_ERR_NOT_FOUND)
        return READ_NO_BLOCK;
    if (walk->err == MM_ERR_CORRUPT)
        return READ_CORRUPT;
    if (walk->err != MM_OK)
        return READ_FAILED;
    const size_t len = mm_buf_bytes(&walk->block).len;
    if (len > walk->options.bytes_max - walk->bytes)
        return READ_TOO_LARGE;
    walk->bytes += len;
    return READ_OK;
}

/* Whether all that would come of this visit has come already. A part of a file that is wanted only in part is never done: at another
 * place in the file other children of it may be wanted. There are two such parts a level at most. */
static bool is_partial(const struct content_walk *walk, const struct walk_visit *visit)
{
    return visit->role == ROLE_FILE && !walk_wants_all_of(walk, visit->start, visit->size);
}

static bool is_done(const struct content_walk *walk, const struct walk_visit *visit)
{
    const struct multihash *hash = &visit->cid.hash;
    if (walk->options.repeats || hash->code == MULTIHASH_IDENTITY || !multihash_is_supported(hash))
        return false;
    if (!walk_has_links(visit->role, visit->cid.codec))
        return seen_has(&walk->seen, hash, TAG_GIVEN);
    return !is_partial(walk, visit) && seen_has(&walk->seen, hash, (uint16_t)visit->cid.codec);
}

/* Notes the visit. Out: *is_given, whether the block is to be handed out. */
static mm_err note(struct content_walk *walk, bool *is_given, const struct walk_visit *visit)
{
    const struct multihash *hash = &visit->cid.hash;
    *is_given = hash->code != MULTIHASH_IDENTITY;
    if (walk->options.repeats || hash->code == MULTIHASH_IDENTITY)
        return MM_OK;
    bool is_new;
    if (walk_has_links(visit->role, visit->cid.codec) && !is_partial(walk, visit))
        MM_TRY(seen_add(&walk->seen, &is_new, hash, (uint16_t)visit->cid.codec));
    return seen_add(&walk->seen, is_given, hash, TAG_GIVEN);
}

/* The links of the loaded block become the deepest frame. */
static enum read_verdict descend(struct content_walk *walk, const struct walk_visit *visit)
{
    if (!walk_has_links(visit->role, visit->cid.codec)) {
        const bool is_leaf = visit->role == ROLE_FILE;
        if (is_leaf &&
            (visit->cid.codec != CID_RAW || mm_buf_bytes(&walk->block).len != visit->size))
            return READ_MALFORMED;
        return visit->role == ROLE_SHARD ? READ_MALFORMED : READ_OK;
    }
    MM_ASSERT(walk->depth < READ_DEPTH_MAX);
    struct walk_frame *frame = &walk->frames[walk->depth];
    const enum read_verdict verdict = walk_gather(walk, frame, visit);
    const size_t len = mm_buf_bytes(&frame->links).len;
    if (verdict != READ_OK || len == 0) {
        mm_buf_reset(&frame->links);
        return verdict;
    }
    if (walk->depth + 1 == READ_DEPTH_MAX || walk->held_bytes + len > READ_STACK_BYTES_MAX) {
        mm_buf_reset(&frame->links);
        return READ_TOO_DEEP;
    }
    walk->held_bytes += len;
    walk->depth++;
    return READ_OK;
}

/* One visit. Out: *is_given. */
static enum read_verdict visit_one(struct content_walk *walk, bool *is_given,
                                   const struct walk_visit *visit)
{
    *is_given = false;
    enum read_verdict verdict = load(walk, &visit->cid);
    if (verdict != READ_OK)
        return verdict;
    verdict = descend(walk, visit);
    if (verdict != READ_OK)
        return verdict;
    walk->err = note(walk, is_given, visit);
    return walk->err == MM_OK ? READ_OK : READ_FAILED;
}

enum read_verdict content_walk_next(struct content_walk *walk, struct cid *cid, mm_bytes *block)
{
    *cid = (struct cid){ .version = 0 };
    *block = (mm_bytes){ NULL, 0 };
    struct walk_visit visit;
    while (!walk->is_over) {
        if (!choose(walk, &visit)) {
            walk->is_over = true;
            return READ_END;
        }
        if (is_done(walk, &visit))
            continue;
        walk->at = visit.cid;
        bool is_given;
        const enum read_verdict verdict = visit_one(walk, &is_given, &visit);
        walk->is_over = verdict == READ_TOO_LARGE || verdict == READ_FAILED;
        if (verdict != READ_OK)
            return verdict;
        if (is_given) {
            *cid = visit.cid;
            *block = mm_buf_bytes(&walk->block);
            return READ_OK;
        }
    }
    return READ_END;
}

enum read_verdict content_survey(const struct block_source *source, struct walk_totals *totals,
                                 const struct cid *root)
{
    *totals = (struct walk_totals){ .blocks = 0 };
    struct content_walk *walk =
        content_walk_new(source, &(struct walk_options){ .scope = WALK_ALL });
    if (walk == NULL) {
        totals->err = MM_ERR_NO_MEMORY;
        return READ_FAILED;
    }
    content_walk_begin(walk, root);
    struct cid cid;
    mm_bytes block;
    enum read_verdict verdict;
    for (;;) {
        verdict = content_walk_next(walk, &cid, &block);
        if (verdict == READ_OK) {
            totals->blocks++;
            totals->bytes += block.len;
        } else if (verdict == READ_NO_BLOCK) {
            if (totals->missing++ == 0)
                totals->first_at = *content_walk_at(walk);
        } else {
            break;
        }
    }
    if (verdict == READ_END)
        verdict = totals->missing == 0 ? READ_OK : READ_NO_BLOCK;
    else
        totals->first_at = *content_walk_at(walk);
    totals->err = verdict == READ_FAILED ? content_walk_err(walk) : MM_OK;
    content_walk_free(walk);
    return verdict;
}
