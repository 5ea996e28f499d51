/* How often: a bucket for each who asks, that fills while he is silent. */
#include "rpc/chat/chat_internal.h"

enum { WHOLE = 1000, MINUTE_MS = 60 * 1000 };

/* The place of who asks: his own, a free one, or that of who was silent longest among its neighbours. */
static struct chat_rate_entry *find(struct chat_rate *rate, const mm_hash32 *who,
                                    unsigned per_minute, uint64_t now_ms)
{
    const size_t first = ((size_t)who->b[0] << 8 | who->b[1]) %
                         (CHAT_RATE_ENTRIES / CHAT_RATE_WAYS) * CHAT_RATE_WAYS;
    struct chat_rate_entry *oldest = &rate->entries[first];
    for (size_t i = 0; i < CHAT_RATE_WAYS; i++) {
        struct chat_rate_entry *entry = &rate->entries[first + i];
        if (mm_hash_equal(&entry->who, who))
            return entry;
        if (entry->at_ms < oldest->at_ms)
            oldest = entry;
    }
    *oldest = (struct chat_rate_entry){ .who = *who,
                                        .thousandths = (uint64_t)per_minute * WHOLE,
                                        .at_ms = now_ms };
    return oldest;
}

uint64_t chat_rate_take(struct chat_rate *rate, const mm_hash32 *who, unsigned per_minute,
                        uint64_t now_ms)
{
    const uint64_t full = (uint64_t)per_minute * WHOLE;
    uint64_t wait_ms = 0;
    (void)pthread_mutex_lock(&rate->lock);
    struct chat_rate_entry *entry = find(rate, who, per_minute, now_ms);
    const uint64_t silent_ms = now_ms > entry->at_ms ? now_ms - entry->at_ms : 0;
    const uint64_t filled =
        silent_ms >= MINUTE_MS ? full : entry->thousandths + silent_ms * full / MINUTE_MS;
    entry->thousandths = filled < full ? filled : full;
    entry->at_ms = now_ms;
    if (entry->thousandths >= WHOLE)
        entry->thousandths -= WHOLE;
    else
        wait_ms = (WHOLE - entry->thousandths) * MINUTE_MS / full + 1;
    (void)pthread_mutex_unlock(&rate->lock);
    return wait_ms;
}
