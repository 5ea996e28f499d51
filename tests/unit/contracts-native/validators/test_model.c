/* Random votes against a plain model of the rules: the same answer to each, and the same storage after it, slot by slot. */
#include <criterion/criterion.h>

#include "tests/lib/random.h"
#include "tests/unit/contracts-native/validators/fixture.h"

enum { STEPS = 250 };

struct model_vote {
    size_t candidate;
    bool add;
};

struct model {
    bool is_member[PEOPLE];
    struct model_vote votes[PEOPLE][VALIDATORS_VOTES_MAX];
    size_t counts[PEOPLE];
};

/* What a vote or a withdrawal comes to. */
struct answer {
    bool is_refused;
    enum validators_error error;
    enum validators_event events[2];
    size_t event_count;
};

static struct answer refusal(enum validators_error error)
{
    return (struct answer){ .is_refused = true, .error = error };
}

static size_t members(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        count += model->is_member[i];
    return count;
}

static size_t place_of(const struct model *model, size_t voter, struct model_vote vote)
{
    size_t place = 0;
    while (place < model->counts[voter] &&
           (model->votes[voter][place].candidate != vote.candidate ||
            model->votes[voter][place].add != vote.add))
        place++;
    return place;
}

static bool has(const struct model *model, size_t voter, struct model_vote vote)
{
    return place_of(model, voter, vote) < model->counts[voter];
}

static void drop(struct model *model, size_t voter, struct model_vote vote)
{
    const size_t place = place_of(model, voter, vote);
    if (place < model->counts[voter])
        model->votes[voter][place] = model->votes[voter][--model->counts[voter]];
}

static struct answer model_propose(struct model *model, size_t voter, struct model_vote vote)
{
    const size_t count = members(model);
    struct answer answer = { .event_count = 0 };
    if (!model->is_member[voter])
        return refusal(VALIDATORS_NOT_A_VALIDATOR);
    if (model->is_member[vote.candidate] == vote.add)
        return refusal(vote.add ? VALIDATORS_ALREADY_A_VALIDATOR : VALIDATORS_NOT_A_VALIDATOR);
    if (vote.add && count == 16)
        return refusal(VALIDATORS_SET_FULL);
    if (!vote.add && count == 1)
        return refusal(VALIDATORS_LAST_VALIDATOR);
    const bool is_new = !has(model, voter, vote);
    size_t votes = is_new;
    for (size_t i = 0; i < PEOPLE; i++)
        votes += model->is_member[i] && has(model, i, vote);
    const bool is_decided = 3 * votes >= 2 * count;
    if (!is_new && !is_decided)
        return refusal(VALIDATORS_ALREADY_VOTED);
    if (is_new && !is_decided && model->counts[voter] == VALIDATORS_VOTES_MAX)
        return refusal(VALIDATORS_TOO_MANY_VOTES);
    if (is_new)
        answer.events[answer.event_count++] = VALIDATORS_VOTED;
    if (!is_decided) {
        model->votes[voter][model->counts[voter]++] = vote;
        return answer;
    }
    for (size_t i = 0; i < PEOPLE; i++)
        drop(model, i, vote);
    model->is_member[vote.candidate] = vote.add;
    if (!vote.add)
        model->counts[vote.candidate] = 0;
    answer.events[answer.event_count++] = vote.add ? VALIDATORS_ADDED : VALIDATORS_REMOVED;
    return answer;
}

static struct answer model_withdraw(struct model *model, size_t voter, struct model_vote vote)
{
    if (!model->is_member[voter])
        return refusal(VALIDATORS_NOT_A_VALIDATOR);
    if (!has(model, voter, vote))
        return refusal(VALIDATORS_VOTE_NOT_FOUND);
    drop(model, voter, vote);
    return (struct answer){ .events = { VALIDATORS_VOTE_WITHDRAWN }, .event_count = 1 };
}

static void expect_answer(const struct exec_outcome *outcome, const struct answer *answer)
{
    if (answer->is_refused) {
        cr_assert(fixture_is_error(outcome, answer->error));
        return;
    }
    cr_assert_eq(outcome->status, EXEC_OK);
    cr_assert_eq(outcome->log_count, answer->event_count);
    for (size_t i = 0; i < answer->event_count; i++)
        cr_assert(
            mm_hash_equal(&outcome->logs[i].topics[0], &validators_events[answer->events[i]].hash));
}

static void expect_slot(const struct fixture *f, const mm_u256 *array, size_t place, mm_u256 value)
{
    const mm_u256 index = u256_from_u64(place);
    const mm_u256 slot = storage_array_slot(array, &index);
    const mm_u256 stored = fixture_slot(f, &slot);
    cr_assert(u256_equal(&stored, &value));
}

/* Every slot that the contract can ever have written; what is not in the model is zero. */
static void expect_storage(const struct fixture *f, const struct model *model)
{
    const mm_u256 zero = { { 0 } };
    const mm_u256 one = { { 1 } };
    size_t place = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        const mm_addr person = fixture_person(i);
        if (model->is_member[i])
            expect_slot(f, &zero, place++, u256_from_addr(&person));
    }
    cr_assert_eq(fixture_slot(f, &zero).limb[0], place);
    while (place < MM_VALIDATORS_MAX)
        expect_slot(f, &zero, place++, zero);
    for (size_t i = 0; i < PEOPLE; i++) {
        const mm_addr person = fixture_person(i);
        const mm_u256 ballot = storage_at_addr(&person, &one);
        cr_assert_eq(fixture_slot(f, &ballot).limb[0], model->counts[i]);
        for (size_t j = 0; j < VALIDATORS_VOTES_MAX; j++) {
            mm_u256 word = zero;
            if (j < model->counts[i]) {
                const mm_addr candidate = fixture_person(model->votes[i][j].candidate);
                word = u256_from_addr(&candidate);
                word.limb[2] += (uint64_t)model->votes[i][j].add << 32;
            }
            expect_slot(f, &ballot, j, word);
        }
    }
}

/* Mostly members, and questions that are open; now and then anyone and anything. */
static size_t pick_voter(const struct model *model, struct test_random *random)
{
    size_t voter = test_random_below(random, PEOPLE);
    if (test_random_below(random, 8) == 0)
        return voter;
    while (!model->is_member[voter])
        voter = (voter + 1) % PEOPLE;
    return voter;
}

static struct model_vote pick_vote(const struct model *model, struct test_random *random,
                                   size_t candidates)
{
    struct model_vote vote = { .candidate = test_random_below(random, candidates) };
    vote.add = test_random_below(random, 8) == 0 ? test_random_below(random, 2) == 1
                                                 : !model->is_member[vote.candidate];
    return vote;
}

/* How often each answer was given. */
struct tally {
    size_t errors[VALIDATORS_ERRORS];
    size_t events[VALIDATORS_EVENTS];
};

static void count_answer(struct tally *tally, const struct answer *answer)
{
    if (answer->is_refused)
        tally->errors[answer->error]++;
    for (size_t i = 0; i < answer->event_count; i++)
        tally->events[answer->events[i]]++;
}

static void run(struct tally *tally, uint64_t seed, size_t count, size_t candidates)
{
    struct test_random random = { seed };
    struct model model = { .counts = { 0 } };
    struct fixture f;
    fixture_begin(&f, count);
    for (size_t i = 0; i < count; i++)
        model.is_member[i] = true;
    for (size_t step = 0; step < STEPS; step++) {
        const size_t voter = pick_voter(&model, &random);
        const struct model_vote vote = pick_vote(&model, &random, candidates);
        const bool withdraws = test_random_below(&random, 12) == 0;
        const mm_addr candidate = fixture_person(vote.candidate);
        const struct answer answer =
            withdraws ? model_withdraw(&model, voter, vote) : model_propose(&model, voter, vote);
        const struct exec_outcome outcome =
            fixture_send(&f, voter, withdraws ? "withdraw(address,bool)" : "propose(address,bool)",
                         &candidate, vote.add);
        expect_answer(&outcome, &answer);
        expect_storage(&f, &model);
        count_answer(tally, &answer);
        mm_arena_reset(&f.arena);
    }
    fixture_end(&f);
}

Test(validators_model, agrees_with_the_contract)
{
    struct tally tally = { .errors = { 0 } };
    for (size_t count = 1; count <= MM_VALIDATORS_MAX; count++) {
        run(&tally, 100 + count, count, PEOPLE);
        run(&tally, 200 + count, count, 6);
    }
    for (size_t i = 0; i < VALIDATORS_ERRORS; i++) {
        if (i != VALIDATORS_INVALID_VALIDATOR) /* nobody here is the zero address */
            cr_expect_gt(tally.errors[i], 0, "error %zu was never met", i);
    }
    for (size_t i = 0; i < VALIDATORS_EVENTS; i++)
        cr_expect_gt(tally.events[i], 50, "event %zu came %zu times", i, tally.events[i]);
}
