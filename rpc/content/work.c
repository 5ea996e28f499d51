#include "rpc/content/work.h"

#include <signal.h>

#include "rpc/content/api.h"
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

struct work {
    struct api_works *works;
    struct http_later *later; /* owned */
    api_work_fn *run;
    void *state;
    bool is_alone;
};

void api_works_init(struct api_works *works)
{
    *works = (struct api_works){ .count = 0 };
    (void)pthread_mutex_init(&works->mutex, NULL);
    (void)pthread_cond_init(&works->done, NULL);
    atomic_init(&works->is_ending, false);
}

void api_works_fini(struct api_works *works)
{
    atomic_store(&works->is_ending, true);
    (void)pthread_mutex_lock(&works->mutex);
    while (works->count > 0)
        (void)pthread_cond_wait(&works->done, &works->mutex);
    (void)pthread_mutex_unlock(&works->mutex);
    (void)pthread_cond_destroy(&works->done);
    (void)pthread_mutex_destroy(&works->mutex);
}

bool api_works_are_ending(const struct api_works *works)
{
    return atomic_load_explicit(&works->is_ending, memory_order_relaxed);
}

/* NULL, or why it may not run now. */
static const char *count_in(struct api_works *works, bool is_alone)
{
    const char *why = NULL;
    (void)pthread_mutex_lock(&works->mutex);
    if (is_alone && works->has_alone)
        why = "a collection or verification is running already; try again";
    else if (works->count == CONTENT_API_WORKS_MAX)
        why = "too many requests like this are at work; try again";
    else
        works->count++;
    works->has_alone |= why == NULL && is_alone;
    (void)pthread_mutex_unlock(&works->mutex);
    return why;
}

static void leave_alone(struct api_works *works)
{
    (void)pthread_mutex_lock(&works->mutex);
    works->has_alone = false;
    (void)pthread_mutex_unlock(&works->mutex);
}

/* The last thing that a thread does: whoever waits may free all of it. */
static void count_out(struct api_works *works)
{
    (void)pthread_mutex_lock(&works->mutex);
    works->count--;
    (void)pthread_cond_signal(&works->done);
    (void)pthread_mutex_unlock(&works->mutex);
}

static void *work_main(void *argument)
{
    struct work work = *(struct work *)argument;
    struct http_response response = { .status = 0 };
    mm_heap_free(argument);
    work.run(work.state, &response);
    if (work.is_alone)
        leave_alone(work.works);
    http_complete(work.later, &response);
    count_out(work.works);
    return NULL;
}

/* Without signals, which are the owner's of the process to handle. */
static bool start(struct work *work)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool is_started = pthread_create(&thread, &attributes, work_main, work) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return is_started;
}

static bool defer(struct http_request *request, const struct work *what)
{
    struct api_works *works = what->works;
    const char *why = count_in(works, what->is_alone);
    if (why != NULL) {
        api_fail(request, 503, "%s", why);
        return false;
    }
    struct work *work = mm_heap_zeroed(1, sizeof *work);
    struct http_later *later = work == NULL ? NULL : http_defer(request);
    if (later != NULL) {
        *work = *what;
        work->later = later;
        if (start(work))
            return true;
        struct http_response response;
        api_failure_err(&response, MM_ERR_NO_MEMORY);
        http_complete(later, &response);
    } else {
        api_fail_err(request, MM_ERR_NO_MEMORY);
    }
    mm_heap_free(work);
    if (what->is_alone)
        leave_alone(works);
    count_out(works);
    return false;
}

bool api_defer(struct api_works *works, struct http_request *request, api_work_fn *run, void *state)
{
    return defer(request, &(struct work){ .works = works, .run = run, .state = state });
}

bool api_defer_alone(struct api_works *works, struct http_request *request, api_work_fn *run,
                     void *state)
{
    return defer(request,
                 &(struct work){ .works = works, .run = run, .state = state, .is_alone = true });
}
