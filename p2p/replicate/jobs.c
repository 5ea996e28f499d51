/* Roots and single blocks on their way: walked, asked for, walked again, settled. */
#include "p2p/content/needs.h"
#include "p2p/replicate/replicate_internal.h"
#include "state/base/assert.h"

enum {
    ROWS_A_STEP = 32,
    VISITS_A_STEP = 16,
    ROOM_FOR_A_WALK = 64, /* below it no walk begins: it would find no place for what it finds */
    ROWS_A_MS = 10,       /* of many roots that nobody has, a look at them takes its time */
};
_Static_assert((int)ROOM_FOR_A_WALK > (int)REPLICATE_SINGLES,
               "a walk has room for a block at least");

/* ---- jobs ---- */

uint64_t replicate_candidates(const struct replicate *r, const struct job *job)
{
    const uint64_t up = replicate_up(r);
    if (job->asks_anybody)
        return up;
    const struct holder *holder = holders_find(&r->holders, &job->root.hash);
    return holder == NULL ? 0 : holder->peers & up;
}

static bool is_job(const struct replicate *r, const struct cid *root)
{
    for (size_t i = 0; i < REPLICATE_JOBS; i++) {
        if (r->jobs[i].is_open && cid_same_block(&r->jobs[i].root, root))
            return true;
    }
    for (size_t i = 0; i < r->settled_count; i++) {
        if (cid_same_block(&r->settled[i].cid, root))
            return true;
    }
    return false;
}

static struct job *free_job(struct replicate *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (!r->jobs[i].is_open)
            return &r->jobs[i];
    }
    return NULL;
}

void replicate_close_job(struct replicate *r, struct job *job)
{
    const size_t index = (size_t)(job - r->jobs);
    for (size_t i = 0; job->open_blocks > 0 && i < REPLICATE_LACKING_MAX; i++) {
        struct lacking *lacking = &r->lacking[i];
        if (lacking->state == LACKING_FREE || lacking->job != index)
            continue;
        lacking->state = LACKING_FREE;
        lacking->turn++;
        r->lacking_count--;
        job->open_blocks--;
    }
    if (r->walking == index)
        r->walking = JOB_NONE;
    job->is_open = false;
}

/* ---- blocks ---- */

/* False: there is no place for it. */
static bool add_lacking(struct replicate *r, struct job *job, const struct cid *cid)
{
    const size_t index = (size_t)(job - r->jobs);
    struct lacking *place = NULL;
    for (size_t i = 0; i < REPLICATE_LACKING_MAX; i++) {
        struct lacking *lacking = &r->lacking[i];
        if (lacking->state == LACKING_FREE)
            place = place == NULL ? lacking : place;
        else if (lacking->job == index && cid_same_block(&lacking->cid, cid))
            return true; /* linked more than once */
    }
    if (place == NULL || job->open_blocks == REPLICATE_LACKING_OF_JOB)
        return false;
    *place = (struct lacking){
        .state = LACKING_WANTED, .turn = place->turn + 1, .job = index, .cid = *cid
    };
    job->open_blocks++;
    r->lacking_count++;
    r->can_ask = true;
    return true;
}

/* All that was asked for is here, or nobody has it. */
static void end_asking(struct replicate *r, struct job *job)
{
    job->is_walked = false;
    if (!job->has_progress)
        replicate_close_job(r, job); /* the next round comes back to it */
}

void replicate_end_lacking(struct replicate *r, size_t place, bool came)
{
    struct lacking *lacking = &r->lacking[place];
    struct job *job = &r->jobs[lacking->job];
    const struct cid cid = lacking->cid;
    MM_ASSERT(lacking->state != LACKING_FREE && job->is_open && job->open_blocks > 0);
    lacking->state = LACKING_FREE;
    lacking->turn++;
    r->lacking_count--;
    job->open_blocks--;
    job->has_progress |= came;
    job->has_unsynced |= came;
    if (job->is_single) {
        replicate_close_job(r, job);
        r->options.host.fetched(r->options.host.ctx, &cid, came);
    } else if (job->open_blocks == 0 && job->is_walked) {
        end_asking(r, job);
    }
}

bool replicate_fetch(struct replicate *r, const struct cid *root, const struct cid *block,
                     uint64_t now_ms)
{
    struct job *job = free_job(r, REPLICATE_JOBS, JOB_NONE);
    if (job == NULL || now_ms < r->full_ms || !multihash_is_supported(&block->hash) ||
        block->hash.code == MULTIHASH_IDENTITY) /* which is nobody's to send */
        return false;
    struct job wanted = { .is_open = true, .is_single = true, .root = *root };
    if (replicate_candidates(r, &wanted) == 0)
        return false;
    *job = wanted;
    r->is_urgent = true;
    if (add_lacking(r, job, block))
        return true;
    job->is_open = false;
    return false;
}

/* ---- walks ---- */

/* Nothing was lacking. */
static void settle(struct replicate *r, struct job *job, uint64_t now_ms)
{
    if (r->settled_count == MM_COUNT_OF(r->settled)) { /* there was no memory to sync */
        replicate_close_job(r, job);
        return;
    }
    r->settled[r->settled_count] = r->walked;
    r->settled[r->settled_count++].cid = job->root;
    replicate_close_job(r, job);
    if (r->settled_count == MM_COUNT_OF(r->settled))
        replicate_sync(r, now_ms);
}

static struct job *find_ready(struct replicate *r, bool has_unsynced)
{
    for (size_t i = 0; i < REPLICATE_JOBS; i++) {
        struct job *job = &r->jobs[i];
        if (job->is_open && !job->is_walked && job->open_blocks == 0 &&
            job->has_unsynced == has_unsynced)
            return job;
    }
    return NULL;
}

/* It walks over what is stored, so what came for it is synced first, and with that what came for all others. */
static struct job *next_ready(struct replicate *r, uint64_t now_ms)
{
    struct job *job = find_ready(r, false);
    if (job != NULL || find_ready(r, true) == NULL)
        return job;
    replicate_sync(r, now_ms);
    return find_ready(r, false);
}

static bool begin_walk(struct replicate *r, uint64_t now_ms)
{
    if (r->lacking_count + ROOM_FOR_A_WALK > REPLICATE_LACKING_MAX)
        return false;
    struct job *job = next_ready(r, now_ms);
    if (job == NULL || !replicate_has_writer(r, now_ms))
        return false;
    r->walking = (size_t)(job - r->jobs);
    r->walked = (struct content_root){ .state = CONTENT_ROOT_WHOLE };
    job->has_progress = false;
    job->was_lacking = false;
    content_walk_begin(r->walk, &job->root);
    return true;
}

static void end_walk(struct replicate *r, struct job *job, uint64_t now_ms)
{
    r->walking = JOB_NONE;
    job->is_walked = true;
    if (!job->was_lacking)
        settle(r, job, now_ms);
    else if (job->open_blocks == 0)
        end_asking(r, job); /* what it found came, or went, while it walked on */
}

/* False: the walk is over. */
static bool take_visit(struct replicate *r, struct job *job, enum read_verdict verdict,
                       mm_bytes block, uint64_t now_ms)
{
    mm_err err = MM_OK;
    const struct cid *at = content_walk_at(r->walk);
    if (verdict == READ_END) {
        end_walk(r, job, now_ms);
        return false;
    }
    if (verdict == READ_TOO_LARGE) {
        replicate_close_job(r, job);
        return false;
    }
    if (verdict == READ_OK) {
        r->walked.blocks++;
        r->walked.bytes += block.len;
    }
    if (verdict == READ_CORRUPT)
        err = content_drop_corrupt(r->options.content, at);
    else if (verdict == READ_FAILED)
        err = content_walk_err(r->walk);
    if (err != MM_OK) {
        replicate_store_failed(r, err, now_ms);
        return false;
    }
    if (verdict != READ_NO_BLOCK && verdict != READ_CORRUPT)
        return true; /* it is here, or it is one of which nobody can have more */
    job->was_lacking = true;
    if (add_lacking(r, job, at))
        return true;
    end_walk(r, job, now_ms); /* the next one finds the rest */
    return false;
}

bool replicate_walk_on(struct replicate *r, uint64_t now_ms)
{
    if (now_ms < r->full_ms)
        return false;
    if (r->walking == JOB_NONE && !begin_walk(r, now_ms)) {
        if (r->settled_count > 0)
            replicate_sync(r, now_ms); /* nothing else is to be done that would go with it */
        return false;
    }
    (void)replicate_has_writer(r, now_ms); /* a sync may have come between */
    for (size_t i = 0; i < VISITS_A_STEP; i++) {
        struct cid cid;
        mm_bytes block;
        const enum read_verdict verdict = content_walk_next(r->walk, &cid, &block);
        if (!take_visit(r, &r->jobs[r->walking], verdict, block, now_ms))
            break;
    }
    return true;
}

/* ---- roots that lack something ---- */

/* False: there is no room for another job. */
static bool consider(struct replicate *r, bool *must, const struct content_root *root,
                     uint64_t now_ms)
{
    const mm_err err = replicate_must_hold(r, must, &root->cid);
    if (err != MM_OK)
        replicate_store_failed(r, err, now_ms);
    if (err != MM_OK || !*must || is_job(r, &root->cid))
        return true;
    struct job wanted = { .is_open = true, .root = root->cid };
    if (replicate_candidates(r, &wanted) == 0) {
        wanted.asks_anybody = r->round_count % REPLICATE_ANYBODY_ROUNDS == 0;
        if (replicate_candidates(r, &wanted) == 0)
            return true;
    }
    struct job *job = free_job(r, 0, REPLICATE_JOBS);
    if (job != NULL)
        *job = wanted;
    return job != NULL;
}

static void end_round(struct replicate *r, uint64_t now_ms)
{
    struct round *round = &r->lacks;
    r->counts.wanting = round->seen;
    *round = (struct round){ .next_ms = now_ms + REPLICATE_ROUND_MS + round->rows / ROWS_A_MS };
    r->round_count++;
}

bool replicate_look_for_lacking(struct replicate *r, uint64_t now_ms)
{
    struct round *round = &r->lacks;
    if (now_ms < r->full_ms || (!round->has_place && now_ms < round->next_ms))
        return false;
    struct content_roots *roots =
        content_roots_new(r->options.content, true, round->has_place ? &round->place : NULL);
    if (roots == NULL)
        return false;
    struct content_root root;
    mm_err err = MM_OK;
    bool has_room = true;
    bool must;
    for (size_t i = 0; i < ROWS_A_STEP && (err = content_roots_next(roots, &root)) == MM_OK; i++) {
        has_room = consider(r, &must, &root, now_ms);
        if (!has_room)
            break;
        round->has_place = true;
        round->place = root.cid;
        round->rows++;
        round->seen += must;
    }
    content_roots_free(roots);
    if (err != MM_OK)
        end_round(r, now_ms);
    return err == MM_OK && has_room && now_ms >= r->full_ms;
}
