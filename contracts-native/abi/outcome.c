/* What leaves a contract besides results: errors and events. */
#include "contracts-native/abi/dispatch.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"

enum { TOPICS_MAX = 4 };

enum exec_status abi_revert_raw(struct abi_call *call, mm_bytes data)
{
    call->revert_data = data;
    return EXEC_REVERT;
}

enum exec_status abi_revert(struct abi_call *call, const struct abi_signature *error,
                            const struct abi_value *args)
{
    const mm_err err = abi_encode(host_arena(call->host), &call->revert_data, abi_selector(error),
                                  error->types, error->count, args);
    return err == MM_OK ? EXEC_REVERT : host_fail(call->host, err);
}

enum exec_status abi_panic(struct abi_call *call, enum abi_panic code)
{
    /* Parsed when it happens: it hardly ever does. */
    struct abi_signature panic;
    abi_signature_init(&panic, "Panic(uint256)");
    return abi_revert(call, &panic, ABI_VALUES(abi_u64((uint64_t)code)));
}

static mm_hash32 topic_of(const struct abi_type *type, const struct abi_value *value)
{
    return abi_type_is_dynamic(type) ? keccak256(value->bytes) : u256_to_hash(&value->word);
}

enum exec_status abi_emit(struct abi_call *call, const struct abi_signature *event,
                          const struct abi_value *args)
{
    mm_hash32 topics[TOPICS_MAX];
    struct abi_type types[ABI_ARGS_MAX];
    struct abi_value values[ABI_ARGS_MAX];
    size_t topic_count = 0;
    size_t count = 0;
    topics[topic_count++] = event->hash;
    for (size_t i = 0; i < event->count; i += abi_type_span(&event->types[i])) {
        const size_t span = abi_type_span(&event->types[i]);
        if ((event->indexed >> i & 1) != 0) {
            MM_ASSERT(topic_count < TOPICS_MAX && event->types[i].kind != ABI_TUPLE);
            topics[topic_count++] = topic_of(&event->types[i], &args[i]);
            continue;
        }
        memcpy(&types[count], &event->types[i], span * sizeof *types);
        memset(&values[count], 0, span * sizeof *values);
        /* Members of an array of tuples are in its bytes, and nothing stands for them in args. */
        memcpy(&values[count], &args[i], (event->types[i].is_array ? 1 : span) * sizeof *values);
        count += span;
    }
    mm_bytes data = { 0 };
    if (count > 0 &&
        abi_encode(host_arena(call->host), &data, (mm_bytes){ 0 }, types, count, values) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    return host_log(call->host, topics, topic_count, data);
}
