/* The invariants, looked at from outside the nodes: the checker has a state of its own, executes each block the first time that
 * anyone commits it, and counts quorums itself, so that it does not share a mistake with what it checks. */
#include <stdarg.h>
#include <stdio.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

void sim_checker_init(struct sim_checker *checker, const struct sim_state *genesis)
{
    *checker = (struct sim_checker){ .state = *genesis };
}

void sim_checker_fini(struct sim_checker *checker)
{
    mm_heap_free(checker->heights);
    for (size_t i = 0; i < SIM_NODES_MAX; i++)
        mm_heap_free(checker->signers[i].items);
}

static void say(struct sim_checker *checker, bool *what, const char *format, va_list args)
{
    if (checker->is_violated || checker->is_stalled)
        return; /* the first is the one to look at */
    *what = true;
    (void)vsnprintf(checker->problem, sizeof checker->problem, format, args);
}

void sim_checker_violated(struct sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(&sim->checker, &sim->checker.is_violated, format, args);
    va_end(args);
}

void sim_checker_stalled(struct sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(&sim->checker, &sim->checker.is_stalled, format, args);
    va_end(args);
}

/* ---- what is committed ---- */

static size_t place_in(const struct validator_set *set, const mm_addr *addr)
{
    size_t place = 0;
    while (place < set->count && !mm_addr_equal(&set->addrs[place], addr))
        place++;
    return place;
}

/* Distinct members of the set that signed COMMIT for it, in the certificate's round: two thirds at least. */
static bool is_sealed(const struct sim *sim, const struct validator_set *set,
                      const struct sim_decided *decided)
{
    const struct certificate *certificate = &decided->certificate;
    const mm_hash32 digest = seal_commit_digest(&sim->domain, decided->block->height,
                                                certificate->round, &decided->block->hash);
    bool seen[MM_VALIDATORS_MAX] = { false };
    for (size_t i = 0; i < certificate->seal_count; i++) {
        mm_addr signer;
        if (!sim->crypto.recover(sim->crypto.ctx, &signer, &certificate->seals[i], &digest))
            return false;
        const size_t place = place_in(set, &signer);
        if (place == set->count || seen[place])
            return false;
        seen[place] = true;
    }
    return 3 * certificate->seal_count >= 2 * set->count;
}

/* It was the builder's turn in a round up to the one in which the block was decided. */
static bool had_turn(const struct sim_state *parent, const mm_addr *builder, uint64_t round)
{
    const struct validator_set *set = &parent->set;
    const size_t place = place_in(set, builder);
    size_t start = 0;
    if (parent->height > 0) {
        while (start < set->count && mm_bytes_compare(mm_bytes_addr(&set->addrs[start]),
                                                      mm_bytes_addr(&parent->builder)) <= 0)
            start++;
        start %= set->count;
    }
    return place < set->count && (place + set->count - start) % set->count <= round;
}

static void note_set(struct sim *sim, const struct validator_set *before)
{
    const struct validator_set *set = &sim->checker.state.set;
    size_t faulty = 0;
    if (set->count == before->count && memcmp(set->addrs, before->addrs, sizeof set->addrs) == 0)
        return;
    sim->checker.set_changes++;
    for (size_t i = 0; i < sim->node_count; i++)
        faulty += sim->nodes[i].is_faulty && place_in(set, &sim->nodes[i].addr) < set->count;
    if (3 * faulty >= set->count && faulty > 0)
        sim->checker.is_void = true;
}

/* The first of its height. */
static void extend(struct sim_node *node, const struct sim_decided *decided)
{
    struct sim *sim = node->sim;
    struct sim_checker *checker = &sim->checker;
    const struct sim_state parent = checker->state;
    const struct qbft_block *block = decided->block;
    if (!sim->world->execute(sim, &checker->state, &parent, decided)) {
        checker->state = parent;
        sim_checker_violated(sim, "validity: node %zu commits an invalid block at %llu",
                             node->index, (unsigned long long)block->height);
        return;
    }
    if (!had_turn(&parent, &block->builder, decided->certificate.round))
        sim_checker_violated(sim, "proposer rule: node %zu commits a block at %llu out of turn",
                             node->index, (unsigned long long)block->height);
    if (checker->count == checker->capacity) {
        checker->heights =
            mm_heap_grow(checker->heights, &checker->capacity, 64, sizeof *checker->heights);
        MM_ASSERT(checker->heights != NULL);
    }
    checker->heights[checker->count++] =
        (struct sim_height){ block->hash, checker->state.root, parent.set };
    checker->rounds += decided->certificate.round;
    note_set(sim, &parent.set);
    sim_clients_included(sim);
}

void sim_checker_committed(struct sim_node *node, const struct sim_decided *decided,
                           const struct sim_state *state)
{
    struct sim *sim = node->sim;
    struct sim_checker *checker = &sim->checker;
    const uint64_t height = decided->block->height;
    const unsigned long long at = height;
    if (node->is_liar)
        return; /* what it has is its own business, and it may well be ahead of all */
    if (height == 0 || height > checker->count + 1 || height != state->height) {
        sim_checker_violated(sim, "gap: node %zu commits %llu", node->index, at);
        return;
    }
    if (height == checker->count + 1)
        extend(node, decided);
    if (height > checker->count)
        return;
    const struct sim_height *known = &checker->heights[height - 1];
    if (!mm_hash_equal(&known->hash, &decided->block->hash))
        sim_checker_violated(sim, "agreement: node %zu commits another block at %llu", node->index,
                             at);
    if (!mm_hash_equal(&known->root, &state->root))
        sim_checker_violated(sim, "state: node %zu has another root at %llu", node->index, at);
    if (!is_sealed(sim, &known->set, decided))
        sim_checker_violated(sim, "certificate: node %zu commits %llu without a quorum",
                             node->index, at);
    if (height > 1 &&
        (node->disk.count < height - 1 || !mm_hash_equal(&node->disk.chain[height - 2].block->hash,
                                                         &checker->heights[height - 2].hash)))
        sim_checker_violated(sim, "link: node %zu commits %llu on another parent", node->index, at);
}

/* ---- what is signed ---- */

static uint64_t payload_id(const struct qbft_message *message)
{
    if (message->code != QBFT_ROUND_CHANGE)
        return sim_hash_bytes(mm_bytes_hash(&message->vote.digest));
    const struct qbft_change *change = &message->change;
    if (!change->is_prepared)
        return 0;
    return sim_mix(sim_hash_bytes(mm_bytes_hash(&change->prepared_digest)), change->prepared_round);
}

/* Heights that are over for good are forgotten: a node never signs for them, which is checked too. */
static void drop_old(struct sim_signer *signer, uint64_t height)
{
    size_t kept = 0;
    for (size_t i = 0; i < signer->count; i++) {
        if (signer->items[i].height + 1 >= height)
            signer->items[kept++] = signer->items[i];
    }
    signer->count = kept;
}

void sim_checker_signed(struct sim_node *node, struct sim_letter *letter)
{
    struct sim *sim = node->sim;
    struct sim_signer *signer = &sim->checker.signers[node->index];
    const struct qbft_message *message = sim_letter_read(sim, letter);
    if (message == NULL || !mm_addr_equal(qbft_message_signer(message), &node->addr)) {
        sim_checker_violated(sim, "signature: node %zu sends what it did not sign", node->index);
        return;
    }
    const struct sim_signed new = { qbft_message_height(message), qbft_message_round(message),
                                    message->code, payload_id(message) };
    if (new.height != node->state.height &&new.height != node->state.height + 1)
        sim_checker_violated(sim, "node %zu signs for height %llu at head %llu", node->index,
                             (unsigned long long)new.height,
                             (unsigned long long)node->state.height);
    for (size_t i = signer->count; i-- > 0;) {
        const struct sim_signed *old = &signer->items[i];
        if (old->height != new.height || old->round != new.round || old->code != new.code)
            continue;
        if (old->id != new.id)
            sim_checker_violated(sim, "node %zu signs two of 0x%x for (%llu, %llu)", node->index,
                                 new.code, (unsigned long long)new.height,
                                 (unsigned long long)new.round);
        return;
    }
    if (signer->count == signer->capacity) {
        drop_old(signer, node->state.height);
        if (2 * signer->count >= signer->capacity)
            signer->items =
                mm_heap_grow(signer->items, &signer->capacity, 64, sizeof *signer->items);
        MM_ASSERT(signer->items != NULL);
    }
    signer->items[signer->count++] = new;
}
