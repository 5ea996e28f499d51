/* The clocks that a writer goes by. */
#include "node/writer/writer_internal.h"

uint64_t writer_wall_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

uint64_t writer_now_ms(void *ctx)
{
    (void)ctx;
    return clock_ms();
}

bool writer_is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

uint64_t writer_clock_s(const struct settings *settings)
{
    return (uint64_t)((int64_t)writer_wall_clock_s() + settings->clock_offset_s);
}
