/* What can be asked about the set and the open votes. */
#include "contracts-native/validators/validators_internal.h"
#include "state/base/assert.h"

/* An array of results in the making. */
struct words {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

static enum exec_status words_init(struct abi_call *call, struct words *words, size_t capacity)
{
    *words = (struct words){ .bytes = mm_arena_alloc(host_arena(call->host), capacity * ABI_WORD),
                             .capacity = capacity };
    return words->bytes != NULL ? EXEC_OK : host_fail(call->host, MM_ERR_LIMIT);
}

static void words_add(struct words *words, struct abi_value value)
{
    MM_ASSERT(words->count < words->capacity);
    u256_to_be32(words->bytes + words->count * ABI_WORD, &value.word);
    words->count++;
}

static struct abi_value words_value(const struct words *words)
{
    return abi_bytes(mm_bytes_from(words->bytes, words->count * ABI_WORD));
}

enum exec_status validators_list(struct abi_call *call)
{
    struct validator_set set;
    struct words words;
    HOST_TRY(validators_load(call, &set));
    HOST_TRY(words_init(call, &words, set.count));
    for (size_t i = 0; i < set.count; i++)
        words_add(&words, abi_addr(&set.addrs[i]));
    call->results[0] = words_value(&words);
    return EXEC_OK;
}

/* args: account */
enum exec_status validators_is_validator(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    struct validator_set set;
    HOST_TRY(validators_load(call, &set));
    call->results[0] = abi_bool(validators_has(&set, &account));
    return EXEC_OK;
}

enum exec_status validators_get_quorum(struct abi_call *call)
{
    struct validator_set set;
    HOST_TRY(validators_load(call, &set));
    call->results[0] = abi_u64(set.count == 0 ? 0 : validators_quorum(set.count));
    return EXEC_OK;
}

/* args: candidate, add */
enum exec_status validators_votes(struct abi_call *call)
{
    const struct validators_vote vote = { .candidate = u256_to_addr(&call->args[0].word),
                                          .add = !u256_is_zero(&call->args[1].word) };
    struct validator_set set;
    struct validators_ballot ballots[MM_VALIDATORS_MAX];
    struct words voters;
    HOST_TRY(validators_load(call, &set));
    HOST_TRY(validators_load_ballots(call, ballots, &set));
    HOST_TRY(words_init(call, &voters, set.count));
    for (size_t i = 0; i < set.count; i++) {
        if (validators_has_vote(&ballots[i], &vote))
            words_add(&voters, abi_addr(&set.addrs[i]));
    }
    call->results[0] = words_value(&voters);
    return EXEC_OK;
}

/* args: validator */
enum exec_status validators_votes_of(struct abi_call *call)
{
    const mm_addr voter = u256_to_addr(&call->args[0].word);
    struct validators_ballot ballot;
    struct words candidates;
    struct words adds;
    HOST_TRY(validators_load_ballot(call, &ballot, &voter));
    HOST_TRY(words_init(call, &candidates, ballot.count));
    HOST_TRY(words_init(call, &adds, ballot.count));
    for (size_t i = 0; i < ballot.count; i++) {
        words_add(&candidates, abi_addr(&ballot.votes[i].candidate));
        words_add(&adds, abi_bool(ballot.votes[i].add));
    }
    call->results[0] = words_value(&candidates);
    call->results[1] = words_value(&adds);
    return EXEC_OK;
}

/* What the first `count` ballots have of it. */
static bool is_in(const struct validators_ballot *ballots, size_t count,
                  const struct validators_vote *vote)
{
    for (size_t i = 0; i < count; i++) {
        if (validators_has_vote(&ballots[i], vote))
            return true;
    }
    return false;
}

static uint64_t voters(const struct validators_ballot *ballots, size_t count,
                       const struct validators_vote *vote)
{
    uint64_t voters = 0;
    for (size_t i = 0; i < count; i++)
        voters += validators_has_vote(&ballots[i], vote);
    return voters;
}

enum exec_status validators_proposals(struct abi_call *call)
{
    struct validator_set set;
    struct validators_ballot ballots[MM_VALIDATORS_MAX];
    struct words columns[3]; /* candidate, add, how many votes */
    HOST_TRY(validators_load(call, &set));
    HOST_TRY(validators_load_ballots(call, ballots, &set));
    size_t capacity = 0;
    for (size_t i = 0; i < set.count; i++)
        capacity += ballots[i].count;
    for (size_t i = 0; i < MM_COUNT_OF(columns); i++)
        HOST_TRY(words_init(call, &columns[i], capacity));
    for (size_t i = 0; i < set.count; i++) {
        for (size_t j = 0; j < ballots[i].count; j++) {
            const struct validators_vote *vote = &ballots[i].votes[j];
            if (is_in(ballots, i, vote))
                continue; /* a validator before this one has it */
            words_add(&columns[0], abi_addr(&vote->candidate));
            words_add(&columns[1], abi_bool(vote->add));
            words_add(&columns[2], abi_u64(voters(ballots, set.count, vote)));
        }
    }
    for (size_t i = 0; i < MM_COUNT_OF(columns); i++)
        call->results[i] = words_value(&columns[i]);
    return EXEC_OK;
}
