/* What liars say: their own signatures under anything, and others' where they were heard. Nobody's key but a liar's is used, except
 * on the other chain: there everyone signed what they liked, with the same keys (SIM_OTHER_GENESIS). */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

static const uint64_t OTHER_GENESIS_BYTE = 8;

static struct seal_domain other_domain(const struct sim *sim)
{
    struct seal_domain domain = sim->domain;
    domain.genesis_hash.b[0] ^= OTHER_GENESIS_BYTE;
    return domain;
}

static void sign_vote(struct sim *sim, const struct seal_domain *domain, const mm_addr *signer,
                      struct qbft_vote *vote, enum qbft_code code)
{
    const mm_hash32 digest = qbft_vote_digest(domain, code, vote);
    vote->signer = *signer;
    vote->signature = sim->world->sign(sim, signer, &digest);
}

void sim_forge_vote(const struct sim_node *node, struct qbft_vote *vote, enum qbft_code code,
                    uint64_t height, uint64_t round, const mm_hash32 *digest)
{
    *vote = (struct qbft_vote){ .height = height, .round = round, .digest = *digest };
    sign_vote(node->sim, &node->sim->domain, &node->addr, vote, code);
}

static void sign_change(struct sim *sim, const struct seal_domain *domain, const mm_addr *signer,
                        struct qbft_change *change)
{
    const mm_hash32 digest = qbft_change_digest(domain, change);
    change->signer = *signer;
    change->signature = sim->world->sign(sim, signer, &digest);
}

void sim_forge_change(const struct sim_node *node, struct qbft_change *change, uint64_t height,
                      uint64_t round, const uint64_t *prepared_round, const mm_hash32 *digest)
{
    *change = (struct qbft_change){ .height = height, .round = round };
    if (prepared_round != NULL) {
        change->is_prepared = true;
        change->prepared_round = *prepared_round;
        change->prepared_digest = *digest;
    }
    sign_change(node->sim, &node->sim->domain, &node->addr, change);
}

/* ---- blocks ---- */

struct qbft_block *sim_forge_block(struct sim_node *node, enum sim_spoil spoil)
{
    return node->sim->world->forge(node, spoil);
}

/* ---- what was heard ---- */

static const struct qbft_message *heard(const struct sim *sim, size_t i, unsigned code,
                                        uint64_t height)
{
    const struct sim_letter *letter = sim->archive.letters[i];
    if (letter == NULL || letter->state != LETTER_READ || letter->code != code ||
        qbft_message_height(letter->message) != height)
        return NULL;
    return letter->message;
}

static bool has_signer(const struct qbft_votes *votes, const mm_addr *signer)
{
    for (size_t i = 0; i < votes->count; i++) {
        if (mm_addr_equal(&votes->items[i].signer, signer))
            return true;
    }
    return false;
}

/* Votes of one kind for a digest, of distinct signers; UINT64_MAX: of any round. */
static void collect_votes(const struct sim_node *node, struct qbft_votes *votes, unsigned code,
                          uint64_t round, const mm_hash32 *digest)
{
    votes->count = 0;
    for (size_t i = 0; i < SIM_ARCHIVE && votes->count < MM_VALIDATORS_MAX; i++) {
        const struct qbft_message *message = heard(node->sim, i, code, node->state.height + 1);
        if (message != NULL && (round == UINT64_MAX || message->vote.round == round) &&
            mm_hash_equal(&message->vote.digest, digest) &&
            !has_signer(votes, &message->vote.signer))
            votes->items[votes->count++] = message->vote;
    }
}

/* A ROUND-CHANGE of the round, the one that suits best: of each signer the one prepared least, or any. */
static const struct qbft_message *find_change(const struct sim_node *node, const mm_addr *signer,
                                              uint64_t round, bool any_round)
{
    const struct qbft_message *found = NULL;
    for (size_t i = 0; i < SIM_ARCHIVE; i++) {
        const struct qbft_message *message =
            heard(node->sim, i, QBFT_ROUND_CHANGE, node->state.height + 1);
        if (message == NULL || !mm_addr_equal(&message->change.signer, signer) ||
            (!any_round && message->change.round != round))
            continue;
        if (found == NULL || (found->change.is_prepared && !message->change.is_prepared))
            found = message;
    }
    return found;
}

/* ---- proposals ---- */

enum proposal_lie {
    LIE_UNPREPARED, /* those that prepared nothing are preferred, and its own is one of them */
    LIE_TWICE,      /* its own ROUND-CHANGE as often as needed */
    LIE_STALE,      /* of other rounds */
    LIE_LOWEST,     /* the block that was prepared first, not last */
    LIE_OLDER, /* a block that a quorum, itself among it, prepared in an earlier round: its own ROUND-CHANGE says so */
    LIE_CLAIMED,     /* a new block that nobody prepared but, it says, itself in the round before */
    LIE_UNPROVED,    /* a new block in spite of what was prepared */
    LIE_HALF_PROVED, /* its own PREPARE as often as needed */
    LIE_COUNT
};

static void gather(const struct sim_node *node, struct qbft_message *proposal, uint64_t round,
                   enum proposal_lie lie, const struct qbft_message **lowest)
{
    const struct validator_set *set = &node->state.set;
    *lowest = NULL;
    for (size_t i = 0; i < set->count; i++) {
        const struct qbft_message *change =
            find_change(node, &set->addrs[i], round, lie == LIE_STALE);
        if (mm_addr_equal(&set->addrs[i], &node->addr)) {
            sim_forge_change(node, &proposal->changes[proposal->change_count++],
                             node->state.height + 1, round, NULL, NULL);
            continue;
        }
        if (change == NULL)
            continue;
        proposal->changes[proposal->change_count++] = change->change;
        if (change->change.is_prepared && change->block != NULL &&
            (*lowest == NULL || change->change.prepared_round < (*lowest)->change.prepared_round))
            *lowest = change;
    }
}

/* Those that prepared go last, and are left out when there are enough. */
static void leave_prepared_out(const struct sim_node *node, struct qbft_message *proposal)
{
    const size_t quorum = validators_quorum(node->state.set.count);
    size_t count = 0;
    struct qbft_change sorted[MM_VALIDATORS_MAX];
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < proposal->change_count; i++) {
            if (proposal->changes[i].is_prepared == (pass == 1))
                sorted[count++] = proposal->changes[i];
        }
    }
    memcpy(proposal->changes, sorted, count * sizeof sorted[0]);
    if (proposal->change_count > quorum)
        proposal->change_count = quorum;
}

/* What everyone said on the other chain about this height and round. */
static void gather_elsewhere(const struct sim_node *node, struct qbft_message *proposal,
                             uint64_t round)
{
    const struct seal_domain domain = other_domain(node->sim);
    const struct validator_set *set = &node->state.set;
    for (size_t i = 0; i < set->count; i++) {
        struct qbft_change *change = &proposal->changes[proposal->change_count++];
        *change = (struct qbft_change){ .height = node->state.height + 1, .round = round };
        sign_change(node->sim, &domain, &set->addrs[i], change);
    }
}

static struct qbft_change *own_change(const struct sim_node *node, struct qbft_message *proposal)
{
    for (size_t i = 0; i < proposal->change_count; i++) {
        if (mm_addr_equal(&proposal->changes[i].signer, &node->addr))
            return &proposal->changes[i];
    }
    return NULL;
}

static void claim_older(struct sim_node *node, struct qbft_message *proposal, uint64_t round)
{
    const size_t quorum = validators_quorum(node->state.set.count);
    const uint64_t height = node->state.height + 1;
    struct qbft_change *own = own_change(node, proposal);
    for (size_t i = 0; i < SIM_ARCHIVE && own != NULL; i++) {
        const struct qbft_message *old = heard(node->sim, i, QBFT_PROPOSAL, height);
        struct qbft_votes *prepares = &proposal->prepares;
        if (old == NULL || old->vote.round >= round)
            continue;
        collect_votes(node, prepares, QBFT_PREPARE, old->vote.round, &old->vote.digest);
        if (prepares->count < MM_VALIDATORS_MAX && !has_signer(prepares, &node->addr))
            sim_forge_vote(node, &prepares->items[prepares->count++], QBFT_PREPARE, height,
                           old->vote.round, &old->vote.digest);
        if (prepares->count >= quorum) {
            proposal->block = qbft_block_ref(old->block);
            sim_forge_change(node, own, height, round, &old->vote.round, &old->vote.digest);
            return;
        }
        prepares->count = 0;
    }
}

/* With no proof at all, or its own PREPARE as often as needed. */
static void claim_alone(struct sim_node *node, struct qbft_message *proposal, uint64_t round)
{
    const size_t quorum = validators_quorum(node->state.set.count);
    const uint64_t height = node->state.height + 1;
    const uint64_t prepared = round - 1;
    struct qbft_change *own = own_change(node, proposal);
    if (own == NULL)
        return;
    proposal->block = sim_forge_block(node, SPOIL_NOTHING);
    sim_forge_change(node, own, height, round, &prepared, &proposal->block->hash);
    const bool has_proof = sim_draw(node->sim, 2) == 0;
    for (size_t i = 0; has_proof && i < quorum; i++)
        sim_forge_vote(node, &proposal->prepares.items[proposal->prepares.count++], QBFT_PREPARE,
                       height, prepared, &proposal->block->hash);
}

static void justify(struct sim_node *node, struct qbft_message *proposal, uint64_t round)
{
    struct sim *sim = node->sim;
    const struct qbft_message *lowest = NULL;
    const uint64_t drawn = sim_draw(sim, 2 * LIE_COUNT);
    /* More often than others the one that would undo a block that was decided, if it were believed. */
    const enum proposal_lie lie = drawn < LIE_COUNT ? (enum proposal_lie)drawn
                                  : drawn % 2 == 0  ? LIE_CLAIMED
                                                    : LIE_OLDER;
    if (sim_faults_level(sim, SIM_OTHER_GENESIS) > 0 && sim_draw(sim, 3) == 0) {
        gather_elsewhere(node, proposal, round);
        return;
    }
    gather(node, proposal, round, lie, &lowest);
    if (lie == LIE_UNPREPARED)
        leave_prepared_out(node, proposal);
    for (size_t i = 1; lie == LIE_TWICE && i < MM_VALIDATORS_MAX; i++) {
        sim_forge_change(node, &proposal->changes[i], node->state.height + 1, round, NULL, NULL);
        proposal->changes[0] = proposal->changes[i];
        proposal->change_count = validators_quorum(node->state.set.count);
    }
    if (lie == LIE_OLDER)
        claim_older(node, proposal, round);
    if (lie == LIE_CLAIMED)
        claim_alone(node, proposal, round);
    if (lie == LIE_LOWEST && lowest != NULL) {
        proposal->block = qbft_block_ref(lowest->block);
        proposal->prepares = lowest->prepares;
    }
    if (lie == LIE_HALF_PROVED && lowest != NULL) {
        proposal->block = qbft_block_ref(lowest->block);
        const size_t quorum = validators_quorum(node->state.set.count);
        for (; proposal->prepares.count < quorum; proposal->prepares.count++)
            sim_forge_vote(node, &proposal->prepares.items[proposal->prepares.count], QBFT_PREPARE,
                           node->state.height + 1, lowest->change.prepared_round,
                           &lowest->block->hash);
    }
}

bool sim_forge_proposal(struct sim_node *node, struct qbft_message *proposal, uint64_t round)
{
    if (round > 0)
        justify(node, proposal, round);
    if (proposal->block == NULL)
        proposal->block = sim_forge_block(node, SPOIL_NOTHING);
    sim_forge_vote(node, &proposal->vote, QBFT_PROPOSAL, node->state.height + 1, round,
                   &proposal->block->hash);
    return true;
}

/* ---- ROUND-CHANGEs ---- */

static const struct qbft_message *some_proposal(const struct sim_node *node)
{
    const size_t start = (size_t)sim_draw(node->sim, SIM_ARCHIVE);
    for (size_t i = 0; i < SIM_ARCHIVE; i++) {
        const struct qbft_message *message =
            heard(node->sim, (start + i) % SIM_ARCHIVE, QBFT_PROPOSAL, node->state.height + 1);
        if (message != NULL)
            return message;
    }
    return NULL;
}

/* That a quorum prepared it: true of an old round, perhaps; or with its own PREPARE again and again; or one round too late. */
bool sim_forge_claim(struct sim_node *node, struct qbft_message *change, uint64_t round)
{
    struct sim *sim = node->sim;
    const uint64_t height = node->state.height + 1;
    const struct qbft_message *proposal = some_proposal(node);
    const uint64_t how = sim_draw(sim, 4);
    if (proposal == NULL || how == 0) {
        sim_forge_change(node, &change->change, height, round, NULL, NULL);
        return true;
    }
    const mm_hash32 *digest = &proposal->vote.digest;
    uint64_t prepared = proposal->vote.round;
    change->block = qbft_block_ref(proposal->block);
    collect_votes(node, &change->prepares, QBFT_PREPARE, prepared, digest);
    if (how == 1)
        prepared += 1 + sim_draw(sim, 3);
    const size_t quorum = validators_quorum(node->state.set.count);
    for (; how >= 2 && change->prepares.count < quorum; change->prepares.count++)
        sim_forge_vote(node, &change->prepares.items[change->prepares.count], QBFT_PREPARE, height,
                       prepared, digest);
    sim_forge_change(node, &change->change, height, round, &prepared, digest);
    return true;
}

/* ---- certificates ---- */

static void add_seal(struct certificate *certificate, const struct qbft_vote *commit)
{
    certificate->seals[certificate->seal_count++] = commit->signature;
}

static void sort_by_signer(struct qbft_votes *votes)
{
    for (size_t i = 1; i < votes->count; i++) {
        const struct qbft_vote vote = votes->items[i];
        size_t at = i;
        for (; at > 0 && mm_bytes_compare(mm_bytes_addr(&votes->items[at - 1].signer),
                                          mm_bytes_addr(&vote.signer)) > 0;
             at--)
            votes->items[at] = votes->items[at - 1];
        votes->items[at] = vote;
    }
}

/* Seals of the other chain under a block of this one. */
static void seal_elsewhere(const struct sim_node *node, struct qbft_message *decided)
{
    const struct seal_domain domain = other_domain(node->sim);
    const struct validator_set *set = &node->state.set;
    for (size_t i = 0; i < set->count; i++) {
        struct qbft_vote vote = { .height = node->state.height + 1,
                                  .digest = decided->block->hash };
        sign_vote(node->sim, &domain, &set->addrs[i], &vote, QBFT_COMMIT);
        add_seal(&decided->certificate, &vote);
    }
}

/* COMMITs that were heard and its own, of one round or of several; too few as a rule, or one of them again and again. */
bool sim_forge_decided(struct sim_node *node, struct qbft_message *decided)
{
    struct sim *sim = node->sim;
    const struct qbft_message *proposal = some_proposal(node);
    const bool is_new = proposal == NULL || sim_draw(sim, 3) == 0;
    decided->block =
        is_new ? sim_forge_block(node, SPOIL_NOTHING) : qbft_block_ref(proposal->block);
    if (sim_faults_level(sim, SIM_OTHER_GENESIS) > 0 && sim_draw(sim, 2) == 0) {
        seal_elsewhere(node, decided);
        return true;
    }
    struct qbft_votes commits = { .count = 0 };
    const uint64_t round = is_new ? 0 : proposal->vote.round;
    decided->certificate.round = round;
    if (!is_new)
        collect_votes(node, &commits, QBFT_COMMIT, sim_draw(sim, 4) == 0 ? UINT64_MAX : round,
                      &decided->block->hash);
    if (commits.count < MM_VALIDATORS_MAX && !has_signer(&commits, &node->addr))
        sim_forge_vote(node, &commits.items[commits.count++], QBFT_COMMIT, node->state.height + 1,
                       round, &decided->block->hash);
    sort_by_signer(&commits);
    const bool is_doubled = sim_draw(sim, 2) == 0;
    for (size_t i = 0; i < commits.count; i++)
        add_seal(&decided->certificate, &commits.items[i]);
    while (is_doubled && decided->certificate.seal_count < validators_quorum(node->state.set.count))
        add_seal(&decided->certificate, &commits.items[commits.count - 1]);
    return true;
}
