/* Votes: how many an account has, what was cast, and how many make a quorum. */
#include "contracts-native/governor/governor_internal.h"

enum exec_status governor_past_votes(struct abi_call *call, mm_u256 *votes, const mm_addr *account,
                                     const mm_u256 *time)
{
    const struct abi_question question = { "getPastVotes(address,uint256)", "uint256",
                                           ABI_VALUES(abi_addr(account), abi_word(time)) };
    struct abi_value answer;
    mm_addr collection;
    HOST_TRY(governor_collection(call, &collection));
    HOST_TRY(abi_ask(call, &answer, &collection, &question));
    *votes = answer.word;
    return EXEC_OK;
}

static enum exec_status past_total(struct abi_call *call, mm_u256 *votes, const mm_u256 *time)
{
    const struct abi_question question = { "getPastTotalSupply(uint256)", "uint256",
                                           ABI_VALUES(abi_word(time)) };
    struct abi_value answer;
    mm_addr collection;
    HOST_TRY(governor_collection(call, &collection));
    HOST_TRY(abi_ask(call, &answer, &collection, &question));
    *votes = answer.word;
    return EXEC_OK;
}

static enum exec_status numerator_at(struct abi_call *call, mm_u256 *numerator, const mm_u256 *time)
{
    const bool is_late = !u256_fits_u64(time) || time->limb[0] > CHECKPOINTS_KEY_MAX;
    return checkpoints_at(call, numerator, &GOVERNOR_QUORUM,
                          is_late ? CHECKPOINTS_KEY_MAX : time->limb[0]);
}

enum exec_status governor_quorum_at(struct abi_call *call, mm_u256 *quorum, const mm_u256 *time)
{
    const mm_u256 denominator = u256_from_u64(GOVERNOR_QUORUM_DENOMINATOR);
    mm_u256 total;
    mm_u256 numerator;
    HOST_TRY(past_total(call, &total, time));
    HOST_TRY(numerator_at(call, &numerator, time));
    if (!u256_mul(quorum, &total, &numerator))
        return abi_panic(call,
                         ABI_PANIC_OVERFLOW); /* a fraction above 1, which no function stores */
    u256_divmod(quorum, NULL, quorum, &denominator);
    return EXEC_OK;
}

enum exec_status governor_load_tally(struct abi_call *call, struct governor_tally *tally,
                                     const mm_u256 *id)
{
    const mm_u256 slot = storage_at_word(id, &GOVERNOR_VOTES);
    for (size_t i = 0; i < MM_COUNT_OF(tally->sums); i++) {
        const mm_u256 at = governor_word(&slot, i);
        HOST_TRY(host_load(call->host, &tally->sums[i], &at));
    }
    return EXEC_OK;
}

/* ---- functions ---- */

enum exec_status governor_counting_mode(struct abi_call *call)
{
    call->results[0] = abi_bytes(MM_BYTES_LIT("support=bravo&quorum=for,abstain"));
    return EXEC_OK;
}

/* args: account, time; and params, which say nothing here */
enum exec_status governor_get_votes(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    return governor_past_votes(call, &call->results[0].word, &account, &call->args[1].word);
}

/* args: proposal, account */
enum exec_status governor_has_voted(struct abi_call *call)
{
    const mm_u256 votes = storage_at_word(&call->args[0].word, &GOVERNOR_VOTES);
    const mm_u256 voters = governor_word(&votes, GOVERNOR_HAS_VOTED);
    const mm_u256 slot = storage_at_word(&call->args[1].word, &voters);
    bool has_voted;
    HOST_TRY(storage_load_bool(call, &has_voted, &slot));
    call->results[0] = abi_bool(has_voted);
    return EXEC_OK;
}

/* args: proposal */
enum exec_status governor_proposal_votes(struct abi_call *call)
{
    struct governor_tally tally;
    HOST_TRY(governor_load_tally(call, &tally, &call->args[0].word));
    for (size_t i = 0; i < MM_COUNT_OF(tally.sums); i++)
        call->results[i] = abi_word(&tally.sums[i]);
    return EXEC_OK;
}

/* args: time */
enum exec_status governor_quorum(struct abi_call *call)
{
    return governor_quorum_at(call, &call->results[0].word, &call->args[0].word);
}

enum exec_status governor_quorum_numerator(struct abi_call *call)
{
    struct checkpoint latest;
    HOST_TRY(checkpoints_latest(call, &latest, &GOVERNOR_QUORUM));
    call->results[0] = abi_word(&latest.value);
    return EXEC_OK;
}

/* args: time */
enum exec_status governor_quorum_numerator_at(struct abi_call *call)
{
    return numerator_at(call, &call->results[0].word, &call->args[0].word);
}

enum exec_status governor_quorum_denominator(struct abi_call *call)
{
    call->results[0] = abi_u64(GOVERNOR_QUORUM_DENOMINATOR);
    return EXEC_OK;
}
