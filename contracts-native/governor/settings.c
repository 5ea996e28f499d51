/* How it is voted: delays, period, threshold, quorum, and the guardian. Only a proposal changes them; the guardian nobody. */
#include "contracts-native/governor/governor_internal.h"

enum { CLOCK_BITS = 48 };

enum exec_status governor_now(struct abi_call *call, uint64_t *now)
{
    *now = host_block(call->host)->timestamp;
    return *now <= CHECKPOINTS_KEY_MAX
               ? EXEC_OK
               : governor_refuse(call, GOVERNOR_CAST_OVERFLOWED,
                                 ABI_VALUES(abi_u64(CLOCK_BITS), abi_u64(*now)));
}

/* ---- an address with a number above it ---- */

static mm_u256 pack(const mm_addr *addr, uint64_t number)
{
    mm_u256 word = u256_from_addr(addr);
    word.limb[2] |= number << 32;
    word.limb[3] = number >> 32;
    return word;
}

static uint64_t above_addr(const mm_u256 *word)
{
    return word->limb[2] >> 32 | word->limb[3] << 32;
}

enum exec_status governor_collection(struct abi_call *call, mm_addr *collection)
{
    return storage_load_addr(call, collection, &GOVERNOR_COLLECTION);
}

enum exec_status governor_timelock_delay(struct abi_call *call, uint64_t *seconds)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &GOVERNOR_COLLECTION));
    *seconds = above_addr(&word) & CHECKPOINTS_KEY_MAX;
    return EXEC_OK;
}

enum exec_status governor_guardian(struct abi_call *call, mm_addr *guardian)
{
    mm_u256 word;
    uint64_t now;
    HOST_TRY(governor_now(call, &now));
    HOST_TRY(host_load(call->host, &word, &GOVERNOR_GUARDIAN));
    *guardian = now <= above_addr(&word) ? u256_to_addr(&word) : (mm_addr){ { 0 } };
    return EXEC_OK;
}

enum { PERIOD_BITS = 32 };

enum exec_status governor_load_times(struct abi_call *call, struct governor_times *times)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &GOVERNOR_TIMES));
    times->delay = word.limb[0] & CHECKPOINTS_KEY_MAX;
    times->period = (word.limb[0] >> CLOCK_BITS | word.limb[1] << (64 - CLOCK_BITS)) & UINT32_MAX;
    return EXEC_OK;
}

static enum exec_status store_times(struct abi_call *call, const struct governor_times *times)
{
    const mm_u256 word = { { times->delay | times->period << CLOCK_BITS,
                             times->period >> (64 - CLOCK_BITS), 0, 0 } };
    return host_store(call->host, &GOVERNOR_TIMES, &word);
}

_Static_assert(CLOCK_BITS + PERIOD_BITS <= 128, "both stand in the first two limbs");

/* ---- setting ---- */

static enum exec_status emit_change(struct abi_call *call, enum governor_event event,
                                    const struct abi_value *before, const struct abi_value *after)
{
    return abi_emit(call, &governor_events[event], ABI_VALUES(*before, *after));
}

static enum exec_status put_delay(struct abi_call *call, uint64_t delay)
{
    struct governor_times times;
    HOST_TRY(governor_load_times(call, &times));
    HOST_TRY(emit_change(call, GOVERNOR_VOTING_DELAY_SET, ABI_VALUES(abi_u64(times.delay)),
                         ABI_VALUES(abi_u64(delay))));
    times.delay = delay;
    return store_times(call, &times);
}

static enum exec_status put_period(struct abi_call *call, uint64_t period)
{
    struct governor_times times;
    if (period == 0)
        return governor_refuse(call, GOVERNOR_INVALID_VOTING_PERIOD, ABI_VALUES(abi_u64(0)));
    HOST_TRY(governor_load_times(call, &times));
    HOST_TRY(emit_change(call, GOVERNOR_VOTING_PERIOD_SET, ABI_VALUES(abi_u64(times.period)),
                         ABI_VALUES(abi_u64(period))));
    times.period = period;
    return store_times(call, &times);
}

static enum exec_status put_threshold(struct abi_call *call, const mm_u256 *threshold)
{
    mm_u256 before;
    HOST_TRY(host_load(call->host, &before, &GOVERNOR_THRESHOLD));
    HOST_TRY(emit_change(call, GOVERNOR_PROPOSAL_THRESHOLD_SET, ABI_VALUES(abi_word(&before)),
                         ABI_VALUES(abi_word(threshold))));
    return host_store(call->host, &GOVERNOR_THRESHOLD, threshold);
}

static enum exec_status put_numerator(struct abi_call *call, const mm_u256 *numerator)
{
    const mm_u256 denominator = u256_from_u64(GOVERNOR_QUORUM_DENOMINATOR);
    struct checkpoint next = { .value = *numerator };
    struct checkpoint latest;
    if (u256_compare(numerator, &denominator) > 0)
        return governor_refuse(call, GOVERNOR_INVALID_QUORUM_FRACTION,
                               ABI_VALUES(abi_word(numerator), abi_word(&denominator)));
    HOST_TRY(checkpoints_latest(call, &latest, &GOVERNOR_QUORUM));
    HOST_TRY(governor_now(call, &next.key));
    HOST_TRY(checkpoints_push(call, &GOVERNOR_QUORUM, &next));
    return emit_change(call, GOVERNOR_QUORUM_NUMERATOR_UPDATED, ABI_VALUES(abi_word(&latest.value)),
                       ABI_VALUES(abi_word(numerator)));
}

static enum exec_status put_timelock(struct abi_call *call, uint64_t seconds)
{
    uint64_t before;
    mm_addr collection;
    HOST_TRY(governor_timelock_delay(call, &before));
    HOST_TRY(governor_collection(call, &collection));
    const mm_u256 word = pack(&collection, seconds);
    HOST_TRY(emit_change(call, GOVERNOR_TIMELOCK_DELAY_SET, ABI_VALUES(abi_u64(before)),
                         ABI_VALUES(abi_u64(seconds))));
    return host_store(call->host, &GOVERNOR_COLLECTION, &word);
}

enum exec_status governor_construct(struct abi_call *call, const struct governor_params *params)
{
    const mm_u256 collection = pack(&params->collection, 0);
    const mm_u256 guardian = pack(&params->guardian, params->guardian_until);
    const mm_u256 quorum = u256_from_u64(params->quorum_percent);
    HOST_TRY(storage_store_string(call, &GOVERNOR_NAME, params->name));
    HOST_TRY(put_delay(call, params->voting_delay));
    HOST_TRY(put_period(call, params->voting_period));
    HOST_TRY(put_threshold(call, &params->proposal_threshold));
    HOST_TRY(put_numerator(call, &quorum));
    HOST_TRY(host_store(call->host, &GOVERNOR_COLLECTION, &collection));
    HOST_TRY(put_timelock(call, params->timelock_delay));
    return host_store(call->host, &GOVERNOR_GUARDIAN, &guardian);
}

enum exec_status governor_check_executor(struct abi_call *call)
{
    const mm_addr *caller = host_caller(call->host);
    return mm_addr_equal(caller, host_self(call->host))
               ? EXEC_OK
               : governor_refuse(call, GOVERNOR_ONLY_EXECUTOR, ABI_VALUES(abi_addr(caller)));
}

/* ---- functions; args of the setters: the new one ---- */

enum exec_status governor_set_voting_delay(struct abi_call *call)
{
    HOST_TRY(governor_check_executor(call));
    return put_delay(call, call->args[0].word.limb[0]);
}

enum exec_status governor_set_voting_period(struct abi_call *call)
{
    HOST_TRY(governor_check_executor(call));
    return put_period(call, call->args[0].word.limb[0]);
}

enum exec_status governor_set_proposal_threshold(struct abi_call *call)
{
    HOST_TRY(governor_check_executor(call));
    return put_threshold(call, &call->args[0].word);
}

enum exec_status governor_set_timelock_delay(struct abi_call *call)
{
    HOST_TRY(governor_check_executor(call));
    return put_timelock(call, call->args[0].word.limb[0]);
}

enum exec_status governor_update_quorum_numerator(struct abi_call *call)
{
    HOST_TRY(governor_check_executor(call));
    return put_numerator(call, &call->args[0].word);
}

enum exec_status governor_token(struct abi_call *call)
{
    mm_addr collection;
    HOST_TRY(governor_collection(call, &collection));
    call->results[0] = abi_addr(&collection);
    return EXEC_OK;
}

enum exec_status governor_voting_delay(struct abi_call *call)
{
    struct governor_times times;
    HOST_TRY(governor_load_times(call, &times));
    call->results[0] = abi_u64(times.delay);
    return EXEC_OK;
}

enum exec_status governor_voting_period(struct abi_call *call)
{
    struct governor_times times;
    HOST_TRY(governor_load_times(call, &times));
    call->results[0] = abi_u64(times.period);
    return EXEC_OK;
}

enum exec_status governor_proposal_threshold(struct abi_call *call)
{
    return host_load(call->host, &call->results[0].word, &GOVERNOR_THRESHOLD);
}

enum exec_status governor_timelock_delay_view(struct abi_call *call)
{
    uint64_t seconds;
    HOST_TRY(governor_timelock_delay(call, &seconds));
    call->results[0] = abi_u64(seconds);
    return EXEC_OK;
}

enum exec_status governor_guardian_view(struct abi_call *call)
{
    mm_addr guardian;
    HOST_TRY(governor_guardian(call, &guardian));
    call->results[0] = abi_addr(&guardian);
    return EXEC_OK;
}

enum exec_status governor_guardian_until(struct abi_call *call)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &GOVERNOR_GUARDIAN));
    call->results[0] = abi_u64(above_addr(&word));
    return EXEC_OK;
}
