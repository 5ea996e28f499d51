/* repo/gc and repo/verify: in a thread of their own, one at a time, answered when they have ended. */
#include <stdio.h>
#include <time.h>

#include "p2p/content/gc.h"
#include "p2p/content/verify.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

enum {
    /* of one answer: some 600 000 removed blocks; of more the summary says how many were left out */
    LINES_BYTES_MAX = 64 << 20
};

enum job_kind { JOB_COLLECT, JOB_VERIFY };

struct job {
    struct content_api *api;
    enum job_kind kind;
    bool is_dry;
    bool drops;
    bool is_quiet;
    bool has_summary;
    struct http_later *later; /* owned until it is answered */
    struct mm_buf lines;
    uint64_t left_out; /* lines beyond the buffer */
};

static uint64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Room for one more line; else it is counted. */
static bool has_room(struct job *job)
{
    const bool has = mm_buf_bytes(&job->lines).len + 1024 <= LINES_BYTES_MAX;
    job->left_out += !has;
    return has;
}

static void end_line(struct job *job, struct json_writer *json)
{
    json_close_object(json);
    mm_buf_add_byte(&job->lines, '\n');
}

/* ---- collection ---- */

static void tell_removed(void *context, const struct cid *cid, uint64_t bytes)
{
    struct job *job = context;
    if (job->is_quiet || !has_room(job))
        return;
    struct json_writer json = json_writer_over(&job->lines);
    json_open_object(&json);
    json_key(&json, "Key");
    api_add_link(&json, cid);
    json_key(&json, "Size");
    json_add_u64(&json, bytes);
    end_line(job, &json);
}

static void tell_collected(struct job *job, const struct content_gc_report *report)
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

static mm_err collect(struct job *job, struct mm_reason *reason)
{
    struct content_gc *gc;
    const struct content_gc_options options = {
        .now_ms = wall_clock_ms(), .is_dry = job->is_dry, .removed = tell_removed, .context = job
    };
    mm_err err = content_gc_new(&gc, job->api->options.content, &options);
    if (err == MM_ERR_BUSY)
        return mm_fail(reason, err, "a collection is running already; try again");
    if (err != MM_OK)
        return mm_fail(reason, err, "%s", mm_err_text(err));
    for (bool is_over = false; err == MM_OK && !is_over;)
        err =
            atomic_load(&job->api->job.is_ending) ? MM_ERR_STOPPED : content_gc_step(gc, &is_over);
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
    struct job *job = context;
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
    api_add_cid(&json, block);
    if (root != NULL) {
        json_key(&json, "Root");
        api_add_cid(&json, root);
    }
    end_line(job, &json);
}

static void tell_verified(struct job *job, const struct content_verify_report *report)
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

static mm_err verify(struct job *job, struct mm_reason *reason)
{
    const struct content_verify_options options = { .drops = job->drops,
                                                    .found = tell_found,
                                                    .context = job };
    struct content_verify *work = content_verify_new(job->api->options.content, &options);
    if (work == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    mm_err err = MM_OK;
    for (bool is_over = false; err == MM_OK && !is_over;)
        err = atomic_load(&job->api->job.is_ending) ? MM_ERR_STOPPED
                                                    : content_verify_step(work, &is_over);
    if (err == MM_OK)
        tell_verified(job, content_verify_report(work));
    else
        (void)mm_fail(reason, err, "%s", mm_err_text(err));
    content_verify_free(work);
    return err;
}

/* ---- the thread ---- */

static void answer(struct job *job, mm_err err, const struct mm_reason *reason)
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
    struct job *job = arg;
    struct api_job_room *room = &job->api->job;
    struct mm_reason reason = { "" };
    const mm_err err = job->kind == JOB_COLLECT ? collect(job, &reason) : verify(job, &reason);
    (void)pthread_mutex_lock(&room->lock);
    room->is_busy = false; /* before the answer: whoever has it may ask for the next */
    (void)pthread_mutex_unlock(&room->lock);
    answer(job, err, &reason);
    mm_buf_fini(&job->lines);
    mm_heap_free(job);
    return NULL;
}

/* False: another one runs. */
static bool enter(struct api_job_room *room)
{
    (void)pthread_mutex_lock(&room->lock);
    const bool is_free = !room->is_busy;
    const bool is_left = is_free && room->has_thread;
    room->is_busy = true;
    if (is_left)
        room->has_thread = false;
    (void)pthread_mutex_unlock(&room->lock);
    if (is_left)
        (void)pthread_join(room->thread, NULL); /* it has nothing more to do than to answer */
    return is_free;
}

static bool start(struct api_job_room *room, struct job *job)
{
    (void)pthread_mutex_lock(&room->lock);
    room->has_thread = pthread_create(&room->thread, NULL, run, job) == 0;
    room->is_busy = room->has_thread;
    const bool started = room->has_thread;
    (void)pthread_mutex_unlock(&room->lock);
    return started;
}

static void begin(struct api_call *call, const struct job *what)
{
    struct api_job_room *room = &call->api->job;
    if (!enter(room)) {
        api_fail(call->request, 500, "a collection or verification is running already; try again");
        return;
    }
    struct job *job = mm_heap_zeroed(1, sizeof *job);
    struct http_later *later = job == NULL ? NULL : http_defer(call->request);
    if (later == NULL) {
        mm_heap_free(job);
        (void)pthread_mutex_lock(&room->lock);
        room->is_busy = false;
        (void)pthread_mutex_unlock(&room->lock);
        api_fail_err(call->request, MM_ERR_NO_MEMORY);
        return;
    }
    *job = *what;
    job->api = call->api;
    job->later = later;
    mm_buf_init(&job->lines, LINES_BYTES_MAX);
    if (start(room, job))
        return;
    const struct mm_reason reason = { "no thread can be started" };
    answer(job, MM_ERR_NO_MEMORY, &reason);
    mm_heap_free(job);
}

void api_job_room_init(struct api_job_room *room)
{
    (void)pthread_mutex_init(&room->lock, NULL);
}

void api_job_room_fini(struct api_job_room *room)
{
    atomic_store(&room->is_ending, true);
    if (room->has_thread)
        (void)pthread_join(room->thread, NULL);
    (void)pthread_mutex_destroy(&room->lock);
}

/* ---- repo/gc ---- */

static void respond_gc(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    begin(call, &(struct job){ .kind = JOB_COLLECT,
                               .is_dry = api_flag(call, "dry-run", false),
                               .is_quiet = api_flag(call, "silent", false),
                               .has_summary = api_flag(call, "summary", false) });
}

static const struct api_option GC_OPTIONS[] = {
    { "silent", NULL, API_FLAG, NULL, "no lines" },
    { "dry-run", NULL, API_FLAG, NULL, "remove nothing; not kubo's" },
    { "summary", NULL, API_FLAG, NULL,
      "a last line {Removed, RemovedBytes, Kept, ExpiredPins, LeftOut}; not kubo's" },
    { "quiet", "q", API_IGNORED, NULL, NULL },
    { "stream-errors", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_REPO_GC = {
    .name = "repo/gc",
    .arguments = "",
    .options = GC_OPTIONS,
    .option_count = MM_COUNT_OF(GC_OPTIONS),
    .summary = "remove what nothing holds: a line {Key, Size} for each block, once it is done",
    .respond = respond_gc,
};

/* ---- repo/verify ---- */

static void respond_verify(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call != NULL)
        begin(call, &(struct job){ .kind = JOB_VERIFY, .drops = api_flag(call, "drop", false) });
}

static const struct api_option VERIFY_OPTIONS[] = {
    { "drop", NULL, API_FLAG, NULL, "remove corrupt blocks; not kubo's" },
};

const struct api_command API_CMD_REPO_VERIFY = {
    .name = "repo/verify",
    .arguments = "",
    .options = VERIFY_OPTIONS,
    .option_count = MM_COUNT_OF(VERIFY_OPTIONS),
    .summary =
        "hash every block, walk every root: a line {Msg, Progress} for what is wrong, and one more",
    .respond = respond_verify,
};
