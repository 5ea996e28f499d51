/* Collections and verifications: in a thread of their own, one at a time, answered when they have ended. */
#include <stdio.h>
#include <time.h>

#include "p2p/content/gc.h"
#include "p2p/content/verify.h"
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

static uint64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Room for one more line; else it is counted. */
static bool has_room(struct keep_job *job)
{
    const bool has = mm_buf_bytes(&job->lines).len + 1024 <= KEEP_LINES_BYTES_MAX;
    job->left_out += !has;
    return has;
}

static void add_cid(struct json_writer *json, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    json_add_text(json, text);
}

static void end_line(struct keep_job *job, struct json_writer *json)
{
    json_close_object(json);
    mm_buf_add_byte(&job->lines, '\n');
}

/* ---- collection ---- */

static void tell_removed(void *context, const struct cid *cid, uint64_t bytes)
{
    struct keep_job *job = context;
    if (job->is_quiet || !has_room(job))
        return;
    struct json_writer json = json_writer_over(&job->lines);
    json_open_object(&json);
    json_key(&json, "Key");
    json_open_object(&json);
    json_key(&json, "/");
    add_cid(&json, cid);
    json_close_object(&json);
    json_key(&json, "Size");
    json_add_u64(&json, bytes);
    end_line(job, &json);
}

static void tell_collected(struct keep_job *job, const struct content_gc_report *report)
{
    struct json_writer json = json_writer_over(&job->lines);
    json_open_object(&json);
    json_key(&json, "Removed");
    json_add_u64(&json, report->removed_blocks);
    json_key(&json, "RemovedBytes");
    json_add_u64(&json, report->removed_bytes);
    json_key(&json, "Kept");
    json_add_u64(&json, report->kept_blocks);
    json_key(&json, "ExpiredPins");
    json_add_u64(&json, report->expired_pins);
    json_key(&json, "LeftOut");
    json_add_u64(&json, job->left_out);
    end_line(job, &json);
}

static mm_err collect(struct keep_job *job, struct mm_reason *reason)
{
    struct content_gc *gc;
    const struct content_gc_options options = {
        .now_ms = wall_clock_ms(), .is_dry = job->is_dry, .removed = tell_removed, .context = job
    };
    mm_err err = content_gc_new(&gc, job->keep->content, &options);
    if (err == MM_ERR_BUSY)
        return mm_fail(reason, err, "a collection is running already; try again");
    if (err != MM_OK)
        return mm_fail(reason, err, "%s", mm_err_text(err));
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = atomic_load(&job->keep->is_ending) ? MM_ERR_STOPPED : content_gc_step(gc, &is_over);
    const struct content_gc_report *report = content_gc_report(gc);
    char at[CID_TEXT_MAX + 1];
    (void)cid_to_text(at, &report->damaged_at, MULTIBASE_BASE32);
    if (err == MM_ERR_CORRUPT && report->damaged > 0)
        (void)mm_fail(
            reason, err,
            "%llu pinned blocks are corrupt, the first is %.128s: nothing was removed; see "
            "repo verify",
            (unsigned long long)report->damaged, at);
    else if (err != MM_OK)
        (void)mm_fail(reason, err, "%s", mm_err_text(err));
    else if (job->has_summary)
        tell_collected(job, report);
    content_gc_free(gc);
    return err;
}

/* ---- verification ---- */

static void tell_found(void *context, enum read_verdict verdict, const struct cid *block,
                       const struct cid *root)
{
    struct keep_job *job = context;
    if (!has_room(job))
        return;
    char text[2 * CID_TEXT_MAX];
    char at[CID_TEXT_MAX + 1];
    (void)cid_to_text(at, block, MULTIBASE_BASE32);
    (void)snprintf(text, sizeof text, "block %s: %s", at,
                   verdict == READ_NO_BLOCK ? "missing" : read_verdict_text(verdict));
    struct json_writer json = json_writer_over(&job->lines);
    json_open_object(&json);
    json_key(&json, "Msg");
    json_add_text(&json, text);
    json_key(&json, "Progress");
    json_add_u64(&json, 0);
    json_key(&json, "Block");
    add_cid(&json, block);
    if (root != NULL) {
        json_key(&json, "Root");
        add_cid(&json, root);
    }
    end_line(job, &json);
}

static void tell_verified(struct keep_job *job, const struct content_verify_report *report)
{
    char text[256] = "verify complete, all blocks validated.";
    const bool is_ok = report->corrupt == 0 && report->lacking == 0;
    if (!is_ok)
        (void)snprintf(text, sizeof text,
                       "verify complete: %llu blocks are corrupt, %llu of %llu pinned roots lack "
                       "something.",
                       (unsigned long long)report->corrupt, (unsigned long long)report->lacking,
                       (unsigned long long)report->roots);
    struct json_writer json = json_writer_over(&job->lines);
    json_open_object(&json);
    json_key(&json, "Msg");
    json_add_text(&json, text);
    json_key(&json, "Progress");
    json_add_u64(&json, report->blocks);
    json_key(&json, "Ok");
    json_add_bool(&json, is_ok);
    json_key(&json, "Bytes");
    json_add_u64(&json, report->bytes);
    json_key(&json, "Roots");
    json_add_u64(&json, report->roots);
    json_key(&json, "LeftOut");
    json_add_u64(&json, job->left_out);
    end_line(job, &json);
}

static mm_err verify(struct keep_job *job, struct mm_reason *reason)
{
    const struct content_verify_options options = { .drops = job->drops,
                                                    .found = tell_found,
                                                    .context = job };
    struct content_verify *work = content_verify_new(job->keep->content, &options);
    if (work == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    mm_err err = MM_OK;
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = atomic_load(&job->keep->is_ending) ? MM_ERR_STOPPED
                                                 : content_verify_step(work, &is_over);
    if (err == MM_OK)
        tell_verified(job, content_verify_report(work));
    else
        (void)mm_fail(reason, err, "%s", mm_err_text(err));
    content_verify_free(work);
    return err;
}

/* ---- the thread ---- */

static void answer(struct keep_job *job, mm_err err, const struct mm_reason *reason)
{
    struct http_response response;
    if (err == MM_OK) {
        http_response_init(&response, 200, "application/json", 0);
        response.body = job->lines;
        mm_buf_init(&job->lines, 0);
        http_response_header(&response, "X-Chunked-Output", MM_BYTES_LIT("1"));
    } else {
        http_response_init(&response, err == MM_ERR_NO_MEMORY ? 503 : 500, "application/json",
                           4096);
        api_write_failure(&response.body, reason->text);
    }
    http_complete(job->later, &response);
}

static void *run(void *arg)
{
    struct keep_job *job = arg;
    struct content_keep *keep = job->keep;
    struct mm_reason reason = { "" };
    const mm_err err = job->kind == KEEP_COLLECT ? collect(job, &reason) : verify(job, &reason);
    (void)pthread_mutex_lock(&keep->lock);
    keep->is_busy = false; /* before the answer: whoever has it may ask for the next */
    (void)pthread_mutex_unlock(&keep->lock);
    answer(job, err, &reason);
    mm_buf_fini(&job->lines);
    mm_heap_free(job);
    return NULL;
}

/* False: another one runs. */
static bool enter(struct content_keep *keep)
{
    (void)pthread_mutex_lock(&keep->lock);
    const bool is_free = !keep->is_busy;
    const bool is_left = is_free && keep->has_thread;
    keep->is_busy = true;
    if (is_left)
        keep->has_thread = false;
    (void)pthread_mutex_unlock(&keep->lock);
    if (is_left)
        (void)pthread_join(keep->thread, NULL); /* it has nothing more to do than to answer */
    return is_free;
}

static bool start(struct content_keep *keep, struct keep_job *job)
{
    (void)pthread_mutex_lock(&keep->lock);
    keep->has_thread = pthread_create(&keep->thread, NULL, run, job) == 0;
    keep->is_busy = keep->has_thread;
    const bool started = keep->has_thread;
    (void)pthread_mutex_unlock(&keep->lock);
    return started;
}

void keep_start(struct content_keep *keep, struct http_request *request,
                const struct keep_job *what)
{
    if (!enter(keep)) {
        api_fail(request, 500, "a collection or verification is running already; try again");
        return;
    }
    struct keep_job *job = mm_heap_zeroed(1, sizeof *job);
    struct http_later *later = job == NULL ? NULL : http_defer(request);
    if (later == NULL) {
        mm_heap_free(job);
        (void)pthread_mutex_lock(&keep->lock);
        keep->is_busy = false;
        (void)pthread_mutex_unlock(&keep->lock);
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    *job = *what;
    job->keep = keep;
    job->later = later;
    mm_buf_init(&job->lines, KEEP_LINES_BYTES_MAX);
    if (start(keep, job))
        return;
    const struct mm_reason reason = { "no thread can be started" };
    answer(job, MM_ERR_NO_MEMORY, &reason);
    mm_heap_free(job);
}
