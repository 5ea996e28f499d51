/* Casting votes, in person or by a signature that somebody else brings. */
#include "contracts-native/governor/governor_internal.h"

struct ballot {
    mm_addr voter;
    uint64_t support;
    mm_bytes reason;
    mm_bytes params; /* are said in the event, and nothing more */
};

/* Once for each account; Against, For or Abstain. */
static enum exec_status count(struct abi_call *call, const mm_u256 *id, const struct ballot *ballot,
                              const mm_u256 *weight)
{
    const mm_u256 votes = storage_at_word(id, &GOVERNOR_VOTES);
    const mm_u256 voters = governor_word(&votes, GOVERNOR_HAS_VOTED);
    const mm_u256 voter_slot = storage_at_addr(&ballot->voter, &voters);
    bool has_voted;
    mm_u256 sum;
    HOST_TRY(storage_load_bool(call, &has_voted, &voter_slot));
    if (has_voted)
        return governor_refuse(call, GOVERNOR_ALREADY_CAST_VOTE,
                               ABI_VALUES(abi_addr(&ballot->voter)));
    HOST_TRY(storage_store_bool(call, &voter_slot, true));
    if (ballot->support > GOVERNOR_ABSTAIN)
        return governor_refuse(call, GOVERNOR_INVALID_VOTE_TYPE, NULL);
    const mm_u256 sum_slot = governor_word(&votes, ballot->support);
    HOST_TRY(host_load(call->host, &sum, &sum_slot));
    if (!u256_add(&sum, &sum, weight))
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    return host_store(call->host, &sum_slot, &sum);
}

static enum exec_status emit_vote(struct abi_call *call, const mm_u256 *id,
                                  const struct ballot *ballot, const mm_u256 *weight)
{
    const enum governor_event event =
        ballot->params.len == 0 ? GOVERNOR_VOTE_CAST : GOVERNOR_VOTE_CAST_WITH_PARAMS;
    return abi_emit(call, &governor_events[event],
                    ABI_VALUES(abi_addr(&ballot->voter), abi_word(id), abi_u64(ballot->support),
                               abi_word(weight), abi_bytes(ballot->reason),
                               abi_bytes(ballot->params)));
}

static enum exec_status cast(struct abi_call *call, const struct ballot *ballot)
{
    const mm_u256 *id = &call->args[0].word;
    struct governor_proposal proposal;
    mm_u256 weight;
    HOST_TRY(governor_load(call, &proposal, id));
    HOST_TRY(governor_require_state(call, &proposal, UINT64_C(1) << GOVERNOR_ACTIVE));
    const mm_u256 snapshot = u256_from_u64(proposal.vote_start);
    HOST_TRY(governor_past_votes(call, &weight, &ballot->voter, &snapshot));
    HOST_TRY(count(call, id, ballot, &weight));
    HOST_TRY(emit_vote(call, id, ballot, &weight));
    call->results[0] = abi_word(&weight);
    return EXEC_OK;
}

/* args: proposal, support */
enum exec_status governor_cast_vote(struct abi_call *call)
{
    const struct ballot ballot = { .voter = *host_caller(call->host),
                                   .support = call->args[1].word.limb[0] };
    return cast(call, &ballot);
}

/* args: proposal, support, reason */
enum exec_status governor_cast_vote_with_reason(struct abi_call *call)
{
    const struct ballot ballot = { .voter = *host_caller(call->host),
                                   .support = call->args[1].word.limb[0],
                                   .reason = call->args[2].bytes };
    return cast(call, &ballot);
}

/* args: proposal, support, reason, params */
enum exec_status governor_cast_vote_with_params(struct abi_call *call)
{
    const struct ballot ballot = { .voter = *host_caller(call->host),
                                   .support = call->args[1].word.limb[0],
                                   .reason = call->args[2].bytes,
                                   .params = call->args[3].bytes };
    return cast(call, &ballot);
}

/* ---- by signature ---- */

static const char *const BALLOT =
    "Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)";
static const char *const EXTENDED_BALLOT =
    "ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,"
    "bytes params)";

static mm_u256 type_hash(const char *type)
{
    return eip712_hash(mm_bytes_str(type));
}

/* GovernorInvalidSignature unless the voter signed a ballot of these words with his next nonce, which is the fourth of them after
 * the type and is then used up. An account with code cannot sign here: none has ERC-1271. */
static enum exec_status check_signature(struct abi_call *call, const mm_addr *voter, mm_u256 *words,
                                        size_t count, mm_bytes signature)
{
    const mm_u256 nonce_slot = storage_at_addr(voter, &GOVERNOR_NONCES);
    mm_addr signer;
    mm_bytes name;
    HOST_TRY(storage_count(call, &words[4], &nonce_slot, true));
    const mm_u256 struct_hash = eip712_hash_words(words, count);
    HOST_TRY(storage_load_string(call, &name, &GOVERNOR_NAME));
    const mm_hash32 digest = eip712_digest(call, name, &struct_hash);
    HOST_TRY(eip712_signer(call, &signer, &digest, signature));
    if (!mm_addr_is_zero(&signer) && mm_addr_equal(&signer, voter))
        return EXEC_OK;
    return governor_refuse(call, GOVERNOR_INVALID_SIGNATURE, ABI_VALUES(abi_addr(voter)));
}

/* args: proposal, support, voter, signature */
enum exec_status governor_cast_vote_by_sig(struct abi_call *call)
{
    const struct abi_value *args = call->args;
    const struct ballot ballot = { .voter = u256_to_addr(&args[2].word),
                                   .support = args[1].word.limb[0] };
    mm_u256 words[] = {
        type_hash(BALLOT), args[0].word, args[1].word, args[2].word, { { 0 } },
    };
    HOST_TRY(check_signature(call, &ballot.voter, words, MM_COUNT_OF(words), args[3].bytes));
    return cast(call, &ballot);
}

/* args: proposal, support, voter, reason, params, signature */
enum exec_status governor_cast_vote_with_params_by_sig(struct abi_call *call)
{
    const struct abi_value *args = call->args;
    const struct ballot ballot = { .voter = u256_to_addr(&args[2].word),
                                   .support = args[1].word.limb[0],
                                   .reason = args[3].bytes,
                                   .params = args[4].bytes };
    mm_u256 words[] = {
        type_hash(EXTENDED_BALLOT),
        args[0].word,
        args[1].word,
        args[2].word,
        { { 0 } },
        eip712_hash(ballot.reason),
        eip712_hash(ballot.params),
    };
    HOST_TRY(check_signature(call, &ballot.voter, words, MM_COUNT_OF(words), args[5].bytes));
    return cast(call, &ballot);
}

/* ---- views ---- */

static enum exec_status give_word(struct abi_call *call, const mm_u256 *word)
{
    call->results[0] = abi_word(word);
    return EXEC_OK;
}

enum exec_status governor_ballot_typehash(struct abi_call *call)
{
    const mm_u256 hash = type_hash(BALLOT);
    return give_word(call, &hash);
}

enum exec_status governor_extended_ballot_typehash(struct abi_call *call)
{
    const mm_u256 hash = type_hash(EXTENDED_BALLOT);
    return give_word(call, &hash);
}

/* args: account */
enum exec_status governor_nonces(struct abi_call *call)
{
    const mm_u256 slot = storage_at_word(&call->args[0].word, &GOVERNOR_NONCES);
    return host_load(call->host, &call->results[0].word, &slot);
}
