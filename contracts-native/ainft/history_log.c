#include "contracts-native/ainft/history_log.h"

#include "contracts-native/ainft/ainft_internal.h"
#include "state/base/assert.h"

static const struct abi_signature *event_of(enum ainft_event which)
{
    const struct abi_signature *event = &ainft_events[which];
    MM_ASSERT(event->text != NULL); /* ainft_init was called */
    return event;
}

mm_hash32 history_log_appended(void)
{
    return event_of(AINFT_HISTORY_APPENDED)->hash;
}

mm_hash32 history_log_redacted(void)
{
    return event_of(AINFT_HISTORY_REDACTED)->hash;
}

bool history_log_read(struct history_appended *out, const mm_hash32 *topics, size_t topic_count,
                      mm_bytes data)
{
    const struct abi_signature *event = event_of(AINFT_HISTORY_APPENDED);
    enum { INDEXED = HISTORY_LOG_TOPICS - 1 }; /* the first of the arguments */
    struct abi_value values[ABI_ARGS_MAX];
    *out = (struct history_appended){ .form = 0 };
    if (topic_count != HISTORY_LOG_TOPICS || !mm_hash_equal(&topics[0], &event->hash) ||
        abi_decode(values, data, event->types + INDEXED, event->count - INDEXED, ABI_CALLDATA) !=
            ABI_OK)
        return false;
    const mm_u256 author = u256_from_hash(&topics[3]);
    *out = (struct history_appended){
        .token = u256_from_hash(&topics[1]),
        .kind = topics[2],
        .author = u256_to_addr(&author),
        .index = values[0].word,
        .submitter = u256_to_addr(&values[1].word),
        .form = values[2].word.limb[0],
        .weight = values[3].word.limb[0],
        .request_hash = u256_to_hash(&values[4].word),
        .content = values[5].bytes,
        .hash = u256_to_hash(&values[6].word),
    };
    return true;
}
