/* Nodes that lie. A liar runs the machine as everyone does, and what leaves it is bent, told to some only, or withheld; and now and
 * then it says something by itself. Liars know what any of them has heard. There are f of them at most. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

enum { MISCHIEF_US = 300000 };

void sim_byzantine_observe(struct sim *sim, struct sim_letter *letter)
{
    struct sim_archive *archive = &sim->archive;
    if (!sim_is_consensus(letter->code))
        return;
    struct sim_letter **place = &archive->letters[archive->next++ % SIM_ARCHIVE];
    sim_letter_unref(*place);
    *place = sim_letter_ref(letter);
}

bool sim_byzantine_lies(struct sim_node *node, enum sim_fault fault)
{
    if (!sim_faults_strikes(node->sim, fault))
        return false;
    sim_trace(node->sim, TRACE_LIE, node->index, fault, 0);
    return true;
}

/* ---- saying ---- */

/* To each peer or, when it is for some, to half of them. */
static void spread(struct sim_node *node, struct sim_letter *letter, bool to_some)
{
    struct sim *sim = node->sim;
    for (size_t i = 0; i < sim->node_count; i++) {
        if (!to_some || sim_draw(sim, 2) == 0)
            sim_network_send(sim, node->index, i, letter);
    }
}

static void say(struct sim_node *node, const struct qbft_message *message, bool to_some)
{
    struct sim_letter *letter = sim_letter_of(message);
    (void)sim_letter_read(node->sim,
                          letter); /* liars look at what they remember, and so does the trace */
    spread(node, letter, to_some);
    sim_byzantine_observe(node->sim, letter);
    sim_letter_unref(letter);
}

static void say_vote(struct sim_node *node, enum qbft_code code, uint64_t height, uint64_t round,
                     const mm_hash32 *digest, bool to_some)
{
    struct qbft_message message = { .code = code };
    sim_forge_vote(node, &message.vote, code, height, round, digest);
    say(node, &message, to_some);
}

/* ---- instead of what the machine says ---- */

/* A forged proposal, and its own votes for it: a lie that its own machine would not vote for comes to nothing. */
static void propose_forged(struct sim_node *node, uint64_t round, bool to_some)
{
    struct qbft_message forged = { .code = QBFT_PROPOSAL };
    if (sim_forge_proposal(node, &forged, round)) {
        const struct qbft_vote *vote = &forged.vote;
        say(node, &forged, to_some);
        say_vote(node, QBFT_PREPARE, vote->height, round, &vote->digest, false);
        say_vote(node, QBFT_COMMIT, vote->height, round, &vote->digest, false);
    }
    qbft_message_fini(&forged);
}

/* One to these, one to those; the votes for both go the same ways later, by and by. */
static void propose_two(struct sim_node *node, const struct qbft_message *message,
                        struct sim_letter *letter, enum sim_spoil spoil)
{
    struct sim *sim = node->sim;
    struct qbft_message other = *message;
    other.block = sim_forge_block(node, spoil);
    sim_forge_vote(node, &other.vote, QBFT_PROPOSAL, message->vote.height, message->vote.round,
                   &other.block->hash);
    struct sim_letter *second = sim_letter_of(&other);
    sim_byzantine_observe(sim, second);
    for (size_t i = 0; i < sim->node_count; i++) {
        const uint64_t which = sim_draw(sim, 8);
        if (which != 0)
            sim_network_send(sim, node->index, i, which % 2 == 0 ? letter : second);
        if (which == 1)
            sim_network_send(sim, node->index, i, letter);
    }
    sim_letter_unref(second);
    qbft_block_unref(other.block);
}

static bool bend_proposal(struct sim_node *node, const struct qbft_message *message,
                          struct sim_letter *letter)
{
    static const enum sim_spoil roots[] = { SPOIL_ROOT, SPOIL_RECEIPTS, SPOIL_SET };
    static const enum sim_spoil others[] = { SPOIL_PARENT, SPOIL_TX_TWICE, SPOIL_TX_GAP,
                                             SPOIL_TIME };
    if (sim_byzantine_lies(node, SIM_SILENCE))
        return true;
    enum sim_spoil spoil = SPOIL_NOTHING;
    if (message->vote.round > 0 && sim_byzantine_lies(node, SIM_FORGED_PROPOSAL)) {
        propose_forged(node, message->vote.round, false);
        return true;
    }
    if (sim_byzantine_lies(node, SIM_WRONG_ROOT))
        spoil = roots[sim_draw(node->sim, MM_COUNT_OF(roots))];
    else if (sim_byzantine_lies(node, SIM_INVALID_BLOCK))
        spoil = others[sim_draw(node->sim, MM_COUNT_OF(others))];
    else if (!sim_byzantine_lies(node, SIM_TWO_PROPOSALS))
        return false;
    propose_two(node, message, letter, spoil);
    return true;
}

static const mm_hash32 *some_digest(struct sim *sim)
{
    for (size_t tries = 0; tries < 8; tries++) {
        const struct sim_letter *letter = sim->archive.letters[sim_draw(sim, SIM_ARCHIVE)];
        if (letter != NULL && letter->state == LETTER_READ && letter->message->block != NULL)
            return &letter->message->block->hash;
    }
    static const mm_hash32 nothing = { { 9 } };
    return &nothing;
}

static bool bend_vote(struct sim_node *node, const struct qbft_message *message,
                      struct sim_letter *letter)
{
    if (sim_byzantine_lies(node, SIM_WITHHELD))
        return true;
    if (sim_byzantine_lies(node, SIM_TWO_VOTES)) {
        say_vote(node, (enum qbft_code)message->code, message->vote.height, message->vote.round,
                 some_digest(node->sim), true);
        spread(node, letter, true);
        return true;
    }
    if (!sim_byzantine_lies(node, SIM_SOME_ONLY))
        return false;
    spread(node, letter, true);
    return true;
}

static bool bend_change(struct sim_node *node, const struct qbft_message *message,
                        struct sim_letter *letter)
{
    struct qbft_message claim = { .code = QBFT_ROUND_CHANGE };
    if (sim_byzantine_lies(node, SIM_WITHHELD))
        return true;
    if (!sim_byzantine_lies(node, SIM_FALSE_CLAIM) ||
        !sim_forge_claim(node, &claim, message->change.round))
        return false;
    say(node, &claim, false);
    spread(node, letter, true);
    qbft_message_fini(&claim);
    return true;
}

void sim_byzantine_send(struct sim_node *node, const struct qbft_send *send)
{
    struct sim_letter *letter = sim_letter_known(node->sim, send->code, send->bytes);
    const struct qbft_message *message = sim_letter_read(node->sim, letter);
    MM_ASSERT(message != NULL);
    bool is_bent = false;
    sim_byzantine_observe(node->sim, letter);
    if (message->code == QBFT_PROPOSAL)
        is_bent = bend_proposal(node, message, letter);
    else if (message->code == QBFT_ROUND_CHANGE)
        is_bent = bend_change(node, message, letter);
    else
        is_bent = bend_vote(node, message, letter);
    if (!is_bent)
        spread(node, letter, false);
    sim_letter_unref(letter);
}

/* ---- by itself ---- */

/* For each proposal of this height that is known: PREPARE and COMMIT, whatever was said before. */
static void vote_for_all(struct sim_node *node)
{
    struct sim *sim = node->sim;
    struct qbft_vote votes[8];
    size_t count = 0;
    for (size_t i = 0; i < SIM_ARCHIVE && count < MM_COUNT_OF(votes); i++) {
        const struct sim_letter *letter = sim->archive.letters[i];
        if (letter != NULL && letter->state == LETTER_READ && letter->code == QBFT_PROPOSAL &&
            letter->message->vote.height == node->state.height + 1)
            votes[count++] = letter->message->vote;
    }
    for (size_t i = 0; i < count; i++) {
        say_vote(node, QBFT_PREPARE, votes[i].height, votes[i].round, &votes[i].digest, false);
        say_vote(node, QBFT_COMMIT, votes[i].height, votes[i].round, &votes[i].digest,
                 sim_draw(sim, 2) == 0);
    }
}

static uint64_t round_of(const struct sim_node *node)
{
    struct qbft_status status;
    sim_world_of(node)->read_status(node, &status);
    return status.round;
}

static void claim_huge_round(struct sim_node *node)
{
    static const uint64_t rounds[] = { 9, 17, 1000, UINT64_C(1) << 40, UINT64_MAX - 1, UINT64_MAX };
    struct qbft_message change = { .code = QBFT_ROUND_CHANGE };
    const uint64_t round = rounds[sim_draw(node->sim, MM_COUNT_OF(rounds))];
    sim_forge_change(node, &change.change, node->state.height + 1, round, NULL, NULL);
    say(node, &change, true);
    const uint64_t ahead =
        sim_draw(node->sim, 20); /* not among the arguments: their order is the compiler's */
    say_vote(node, QBFT_COMMIT, node->state.height + 1, round_of(node) + ahead,
             some_digest(node->sim), true);
}

/* What anyone said once, to whoever it may surprise. */
static void replay(struct sim_node *node)
{
    struct sim *sim = node->sim;
    for (size_t i = 0; i < 8; i++) {
        struct sim_letter *letter = sim->archive.letters[sim_draw(sim, SIM_ARCHIVE)];
        if (letter != NULL)
            spread(node, letter, true);
    }
}

static void propose_in_own_turn(struct sim_node *node)
{
    struct sim *sim = node->sim;
    const struct qbft_height height = sim_node_height(node);
    const uint64_t round = round_of(node);
    for (uint64_t ahead = 0; ahead <= height.set.count; ahead++) {
        if (round > UINT64_MAX - ahead ||
            !mm_addr_equal(qbft_proposer(&height, round + ahead), &node->addr))
            continue;
        propose_forged(node, round + ahead, sim_draw(sim, 2) == 0);
        return;
    }
}

static void claim_prepared(struct sim_node *node)
{
    struct qbft_message claim = { .code = QBFT_ROUND_CHANGE };
    if (sim_forge_claim(node, &claim, round_of(node) + sim_draw(node->sim, 3)))
        say(node, &claim, sim_draw(node->sim, 2) == 0);
    qbft_message_fini(&claim);
}

static void say_decided(struct sim_node *node)
{
    struct qbft_message decided = { .code = QBFT_DECIDED };
    if (sim_forge_decided(node, &decided))
        say(node, &decided, false);
    qbft_message_fini(&decided);
}

void sim_byzantine_act(struct sim_node *node)
{
    struct sim *sim = node->sim;
    if (node->is_up && validators_has(&node->state.set, &node->addr)) {
        if (sim_byzantine_lies(node, SIM_TWO_VOTES))
            vote_for_all(node);
        if (sim_byzantine_lies(node, SIM_HUGE_ROUND))
            claim_huge_round(node);
        if (sim_byzantine_lies(node, SIM_REPLAY))
            replay(node);
        if (sim_byzantine_lies(node, SIM_FORGED_PROPOSAL) ||
            sim_byzantine_lies(node, SIM_OTHER_GENESIS))
            propose_in_own_turn(node);
        if (sim_byzantine_lies(node, SIM_FALSE_CLAIM))
            claim_prepared(node);
        if (sim_byzantine_lies(node, SIM_BAD_CERTIFICATE) ||
            sim_byzantine_lies(node, SIM_OTHER_GENESIS))
            say_decided(node);
    }
    const struct sim_event event = { .at_us =
                                         sim->now_us + 1 + sim_draw_exponential(sim, MISCHIEF_US),
                                     .kind = SIM_MISCHIEF,
                                     .node = node->index };
    sim_heap_push(&sim->heap, &event);
}
