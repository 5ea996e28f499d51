/* The open votes of each validator: mapping(address => Vote[]) in slot 1. */
#include "contracts-native/validators/validators_internal.h"
#include "state/base/assert.h"

static const mm_u256 VOTES = { { 1 } };

enum { ADD_LIMB = 2, ADD_BIT = 32 }; /* bit 160 of the word: the byte above the address */

static mm_u256 word_of(const struct validators_vote *vote)
{
    mm_u256 word = u256_from_addr(&vote->candidate);
    word.limb[ADD_LIMB] |= (uint64_t)vote->add << ADD_BIT;
    return word;
}

static struct validators_vote vote_of(const mm_u256 *word)
{
    return (struct validators_vote){ .candidate = u256_to_addr(word),
                                     .add = (word->limb[ADD_LIMB] >> ADD_BIT & 0xff) != 0 };
}

static mm_u256 slot_of(const struct validators_ballot *ballot, size_t place)
{
    const mm_u256 index = u256_from_u64(place);
    return storage_array_slot(&ballot->slot, &index);
}

enum exec_status validators_load_ballot(struct abi_call *call, struct validators_ballot *ballot,
                                        const mm_addr *voter)
{
    mm_u256 length;
    *ballot = (struct validators_ballot){ .slot = storage_at_addr(voter, &VOTES) };
    HOST_TRY(host_load(call->host, &length, &ballot->slot));
    if (!u256_fits_u64(&length) || length.limb[0] > VALIDATORS_VOTES_MAX)
        return abi_panic(
            call, ABI_PANIC_MEMORY); /* an outside edit; the chain itself never stores more */
    for (size_t i = 0; i < length.limb[0]; i++) {
        const mm_u256 slot = slot_of(ballot, i);
        mm_u256 word;
        HOST_TRY(host_load(call->host, &word, &slot));
        ballot->votes[i] = vote_of(&word);
    }
    ballot->count = (size_t)length.limb[0];
    return EXEC_OK;
}

enum exec_status validators_load_ballots(struct abi_call *call, struct validators_ballot *ballots,
                                         const struct validator_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        HOST_TRY(validators_load_ballot(call, &ballots[i], &set->addrs[i]));
    return EXEC_OK;
}

size_t validators_find_vote(const struct validators_ballot *ballot,
                            const struct validators_vote *vote)
{
    size_t place = 0;
    while (place < ballot->count &&
           (ballot->votes[place].add != vote->add ||
            !mm_addr_equal(&ballot->votes[place].candidate, &vote->candidate)))
        place++;
    return place;
}

bool validators_has_vote(const struct validators_ballot *ballot, const struct validators_vote *vote)
{
    return validators_find_vote(ballot, vote) < ballot->count;
}

static enum exec_status store_length(struct abi_call *call, const struct validators_ballot *ballot)
{
    const mm_u256 length = u256_from_u64(ballot->count);
    return host_store(call->host, &ballot->slot, &length);
}

static enum exec_status store_place(struct abi_call *call, const struct validators_ballot *ballot,
                                    size_t place, const mm_u256 *word)
{
    const mm_u256 slot = slot_of(ballot, place);
    return host_store(call->host, &slot, word);
}

enum exec_status validators_add_vote(struct abi_call *call, struct validators_ballot *ballot,
                                     const struct validators_vote *vote)
{
    MM_ASSERT(ballot->count < VALIDATORS_VOTES_MAX);
    const mm_u256 word = word_of(vote);
    HOST_TRY(store_place(call, ballot, ballot->count, &word));
    ballot->votes[ballot->count++] = *vote;
    return store_length(call, ballot);
}

enum exec_status validators_remove_vote(struct abi_call *call, struct validators_ballot *ballot,
                                        size_t place)
{
    static const mm_u256 none;
    MM_ASSERT(place < ballot->count);
    const size_t last = ballot->count - 1;
    if (place != last) {
        const mm_u256 word = word_of(&ballot->votes[last]);
        ballot->votes[place] = ballot->votes[last];
        HOST_TRY(store_place(call, ballot, place, &word));
    }
    HOST_TRY(store_place(call, ballot, last, &none));
    ballot->count = last;
    return store_length(call, ballot);
}

enum exec_status validators_delete_ballot(struct abi_call *call, struct validators_ballot *ballot)
{
    static const mm_u256 none;
    if (ballot->count == 0)
        return EXEC_OK;
    for (size_t i = 0; i < ballot->count; i++)
        HOST_TRY(store_place(call, ballot, i, &none));
    ballot->count = 0;
    return store_length(call, ballot);
}
