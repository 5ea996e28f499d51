/* Votes: for whom they count, what they were, and who may say so. */
#include "contracts-native/ainft/layout.h"
#include "contracts-native/checkpoints/checkpoints.h"
#include "state/crypto/keccak.h"
#include "tests/lib/random.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

static uint64_t votes(struct fixture *f, enum person who)
{
    return ask(f, "getVotes(address)", ABI_VALUES(person(f, who)));
}

static uint64_t past_votes(struct fixture *f, enum person who, uint64_t time)
{
    return ask(f, "getPastVotes(address,uint256)", ABI_VALUES(person(f, who), abi_u64(time)));
}

static enum person delegate_of(struct fixture *f, enum person who)
{
    const struct exec_outcome outcome =
        call(f, STRANGER, "delegates(address)", ABI_VALUES(person(f, who)));
    const mm_u256 word = word_of(&outcome, 0);
    const mm_addr addr = u256_to_addr(&word);
    for (size_t i = 0; i < PEOPLE; i++) {
        if (mm_addr_equal(&addr, &f->people[i]))
            return (enum person)i;
    }
    cr_assert(false, "a delegate whom nobody knows");
    return PEOPLE;
}

static void delegate(struct fixture *f, enum person who, enum person to)
{
    (void)done(f, who, "delegate(address)", ABI_VALUES(person(f, to)));
}

static void move_token(struct fixture *f, enum person from, enum person to, uint64_t token)
{
    (void)done(f, from, "transferFrom(address,address,uint256)",
               ABI_VALUES(person(f, from), person(f, to), abi_u64(token)));
}

/* ---- for whom ---- */

Test(ainft_votes, a_holder_who_named_nobody_votes_for_himself)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    (void)mint_to(&f, ALICE);
    cr_assert_eq(votes(&f, ALICE), 2);
    cr_assert_eq(delegate_of(&f, ALICE), ALICE);
    cr_assert_eq(votes(&f, BOB), 0);
    fixture_fini(&f);
}

Test(ainft_votes, naming_a_delegate_moves_all_of_them_and_naming_nobody_brings_them_back)
{
    static const mm_addr nobody;
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    (void)mint_to(&f, ALICE);
    delegate(&f, ALICE, BOB);
    cr_assert_eq(votes(&f, ALICE), 0);
    cr_assert_eq(votes(&f, BOB), 2);
    cr_assert_eq(delegate_of(&f, ALICE), BOB);
    (void)done(&f, ALICE, "delegate(address)", ABI_VALUES(abi_addr(&nobody)));
    cr_assert_eq(votes(&f, ALICE), 2);
    cr_assert_eq(votes(&f, BOB), 0);
    cr_assert_eq(delegate_of(&f, ALICE), ALICE);
    fixture_fini(&f);
}

Test(ainft_votes, a_delegate_does_not_hand_on_what_was_handed_to_him)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    (void)mint_to(&f, BOB);
    delegate(&f, ALICE, BOB);
    delegate(&f, BOB, SERVICE);
    cr_assert_eq(votes(&f, BOB), 1);
    cr_assert_eq(votes(&f, SERVICE), 1);
    fixture_fini(&f);
}

Test(ainft_votes, go_with_the_token_and_end_with_it)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t token = mint_to(&f, ALICE);
    delegate(&f, BOB, SERVICE); /* who has none yet */
    move_token(&f, ALICE, BOB, token);
    cr_assert_eq(votes(&f, ALICE), 0);
    cr_assert_eq(votes(&f, SERVICE), 1);
    next_block(&f);
    (void)done(&f, BOB, "burn(uint256)", ABI_VALUES(abi_u64(token)));
    cr_assert_eq(votes(&f, SERVICE), 0);
    next_block(&f);
    cr_assert_eq(
        ask(&f, "getPastTotalSupply(uint256)", ABI_VALUES(abi_u64(f.chain.block.timestamp - 1))),
        0);
    fixture_fini(&f);
}

/* ---- what they were ---- */

Test(ainft_votes, what_they_were_stays_readable)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t token = mint_to(&f, ALICE);
    const uint64_t first = f.chain.block.timestamp;
    next_block(&f);
    (void)mint_to(&f, ALICE);
    (void)mint_to(&f, BOB);
    const uint64_t second = f.chain.block.timestamp;
    next_block(&f);
    move_token(&f, ALICE, BOB, token);
    const uint64_t third = f.chain.block.timestamp;
    next_block(&f);
    cr_assert_eq(past_votes(&f, ALICE, first - 1), 0);
    cr_assert_eq(past_votes(&f, ALICE, first), 1);
    cr_assert_eq(past_votes(&f, ALICE, second - 1), 1);
    cr_assert_eq(past_votes(&f, ALICE, second), 2);
    cr_assert_eq(past_votes(&f, ALICE, third), 1);
    cr_assert_eq(past_votes(&f, BOB, third), 2);
    cr_assert_eq(ask(&f, "getPastTotalSupply(uint256)", ABI_VALUES(abi_u64(first))), 1);
    cr_assert_eq(ask(&f, "getPastTotalSupply(uint256)", ABI_VALUES(abi_u64(third))), 3);
    fixture_fini(&f);
}

Test(ainft_votes, of_now_and_later_nothing_is_said_as_of_the_past)
{
    struct fixture f;
    fixture_init(&f);
    const struct abi_value now = abi_u64(f.chain.block.timestamp);
    const mm_u256 huge = { { 0, 0, 0, 1 } };
    refused(&f, ALICE, "getPastVotes(address,uint256)", ABI_VALUES(person(&f, ALICE), now),
            "ERC5805FutureLookup(uint256,uint48)", ABI_VALUES(now, now));
    refused(&f, ALICE, "getPastTotalSupply(uint256)", ABI_VALUES(abi_word(&huge)),
            "ERC5805FutureLookup(uint256,uint48)", ABI_VALUES(abi_word(&huge), now));
    fixture_fini(&f);
}

Test(ainft_votes, the_clock_is_the_time_of_the_block)
{
    struct fixture f;
    fixture_init(&f);
    cr_assert_eq(ask(&f, "clock()", NULL), f.chain.block.timestamp);
    const struct exec_outcome mode = call(&f, STRANGER, "CLOCK_MODE()", NULL);
    cr_assert(
        mm_bytes_equal(mm_bytes_from(mode.output.ptr + 64, 14), MM_BYTES_LIT("mode=timestamp")));
    fixture_fini(&f);
}

static bool is_event(const struct log *log, const char *text)
{
    struct abi_signature event;
    abi_signature_init(&event, text);
    return mm_hash_equal(&log->topics[0], &event.hash);
}

Test(ainft_votes, a_mint_tells_of_them_between_the_transfer_and_the_uri)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome outcome =
        done(&f, CREATOR, "mint(address,string,string,bytes32)",
             ABI_VALUES(person(&f, ALICE), text("u"), text(""), abi_u64(0)));
    cr_assert_eq(outcome.log_count, 3);
    cr_assert(is_event(&outcome.logs[0], "Transfer(address,address,uint256)"));
    cr_assert(is_event(&outcome.logs[1], "DelegateVotesChanged(address,uint256,uint256)"));
    cr_assert(is_event(&outcome.logs[2], "MetadataUpdate(uint256)"));
    const struct exec_outcome named =
        done(&f, ALICE, "delegate(address)", ABI_VALUES(person(&f, BOB)));
    cr_assert_eq(named.log_count, 3);
    cr_assert(is_event(&named.logs[0], "DelegateChanged(address,address,address)"));
    fixture_fini(&f);
}

/* ---- by signature ---- */

struct delegation {
    enum person signer;
    enum person to;
    uint64_t nonce;
    uint64_t expiry;
};

/* Arguments of delegateBySig. */
static const struct abi_value *signed_by(struct fixture *f, struct abi_value args[6],
                                         const struct delegation *d)
{
    const struct abi_value words[] = {
        id_of("Delegation(address delegatee,uint256 nonce,uint256 expiry)"), person(f, d->to),
        abi_u64(d->nonce), abi_u64(d->expiry)
    };
    const mm_u256 hash = hash_words(words, MM_COUNT_OF(words));
    const mm_bytes signature = sign(f, d->signer, &hash);
    const mm_u256 r = u256_from_be32(signature.ptr);
    const mm_u256 s = u256_from_be32(signature.ptr + ABI_WORD);
    args[0] = person(f, d->to);
    args[1] = abi_u64(d->nonce);
    args[2] = abi_u64(d->expiry);
    args[3] = abi_u64(signature.ptr[2 * ABI_WORD]);
    args[4] = abi_word(&r);
    args[5] = abi_word(&s);
    return args;
}

static const char *const BY_SIG = "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)";

Test(ainft_votes, a_signature_names_a_delegate_once)
{
    struct abi_value args[6];
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    const struct delegation d = { ALICE, BOB, 0, f.chain.block.timestamp };
    (void)done(&f, STRANGER, BY_SIG, signed_by(&f, args, &d));
    cr_assert_eq(votes(&f, BOB), 1);
    cr_assert_eq(ask(&f, "nonces(address)", ABI_VALUES(person(&f, ALICE))), 1);
    refused(&f, STRANGER, BY_SIG, args, "InvalidAccountNonce(address,uint256)",
            ABI_VALUES(person(&f, ALICE), abi_u64(1)));
    next_block(&f);
    refused(&f, STRANGER, BY_SIG, args, "VotesExpiredSignature(uint256)",
            ABI_VALUES(abi_u64(d.expiry)));
    fixture_fini(&f);
}

Test(ainft_votes, a_signature_that_is_none_is_refused_by_its_fault)
{
    static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                       0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b,
                                       0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41 };
    struct abi_value args[6];
    struct fixture f;
    fixture_init(&f);
    const struct delegation d = { ALICE, BOB, 0, f.chain.block.timestamp };
    (void)signed_by(&f, args, &d);
    const mm_u256 n = u256_from_be32(order);
    const struct abi_value low = args[5];
    args[5].word = u256_wrapping_sub(&n, &low.word);
    args[3] = abi_u64(args[3].word.limb[0] == 27 ? 28 : 27); /* the same point, the other s */
    refused(&f, STRANGER, BY_SIG, args, "ECDSAInvalidSignatureS(bytes32)", ABI_VALUES(args[5]));
    args[5] = low;
    args[3] = abi_u64(29);
    refused(&f, STRANGER, BY_SIG, args, "ECDSAInvalidSignature()", NULL);
    fixture_fini(&f);
}

/* ---- in rules ---- */

Test(ainft_votes, rules_read_those_that_count_for_an_account_and_all_there_are)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t token = mint_to(&f, ALICE);
    (void)mint_to(&f, BOB);
    (void)mint_to(&f, BOB);
    set_rule(&f, "spec", "votes(caller) * 2u > totalVotes && totalVotes == supply");
    const struct abi_value args[] = { abi_u64(token), text("u"), abi_u64(1) };
    (void)done(&f, BOB, "setSpecification(uint256,string,bytes32)", args);
    refused(&f, ALICE, "setSpecification(uint256,string,bytes32)", args, "RuleDenied(bytes32)",
            ABI_VALUES(id_of("spec")));
    delegate(&f, BOB, ALICE);
    (void)done(&f, ALICE, "setSpecification(uint256,string,bytes32)", args);
    refused(&f, BOB, "setSpecification(uint256,string,bytes32)", args, "RuleDenied(bytes32)",
            ABI_VALUES(id_of("spec")));
    fixture_fini(&f);
}

/* ---- always ---- */

enum { TOKENS = 12, BLOCKS_MAX = 80, OPS_A_BLOCK = 4 };

/* What a reader knows who saw every transaction. */
struct model {
    struct test_random random;
    enum person owners[TOKENS + 1]; /* PEOPLE: burnt, or not there yet */
    enum person delegates[PEOPLE];
    uint64_t minted;
    uint64_t times[BLOCKS_MAX];
    uint64_t history[BLOCKS_MAX][PEOPLE];
    size_t blocks;
};

static uint64_t below(struct model *m, uint64_t limit)
{
    return test_random_below(&m->random, limit);
}

static void operate(struct fixture *f, struct model *m)
{
    const enum person who = (enum person)below(m, PEOPLE);
    const uint64_t token = 1 + below(m, m->minted + 1);
    const bool exists = token <= m->minted && m->owners[token] != PEOPLE;
    switch (below(m, 5)) {
    case 0:
        if (m->minted == TOKENS)
            return;
        m->owners[mint_to(f, who)] = who;
        m->minted++;
        return;
    case 1:
    case 2:
        if (!exists)
            return;
        move_token(f, m->owners[token], who, token);
        m->owners[token] = who;
        return;
    case 3:
        m->delegates[who] = (enum person)below(m, PEOPLE);
        delegate(f, who, m->delegates[who]);
        return;
    default:
        if (!exists || below(m, 3) > 0)
            return;
        (void)done(f, m->owners[token], "burn(uint256)", ABI_VALUES(abi_u64(token)));
        m->owners[token] = PEOPLE;
        return;
    }
}

static void remember(struct fixture *f, struct model *m)
{
    uint64_t *now = m->history[m->blocks];
    for (uint64_t token = 1; token <= m->minted; token++) {
        if (m->owners[token] != PEOPLE)
            now[m->delegates[m->owners[token]]]++;
    }
    m->times[m->blocks++] = f->chain.block.timestamp;
    uint64_t sum = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        cr_assert_eq(votes(f, (enum person)i), now[i]);
        sum += now[i];
    }
    cr_assert_eq(ask(f, "totalSupply()", NULL), sum);
}

static void keys_never_decrease(struct fixture *f, const mm_addr *delegate_addr)
{
    const mm_u256 slot = layout_votes(delegate_addr);
    const mm_u256 count = memory_state_slot(&f->chain.state, &f->collection, &slot);
    uint64_t last = 0;
    for (uint64_t i = 0; i < count.limb[0]; i++) {
        const mm_u256 index = u256_from_u64(i);
        const mm_u256 at = storage_array_slot(&slot, &index);
        const mm_u256 word = memory_state_slot(&f->chain.state, &f->collection, &at);
        const struct checkpoint checkpoint = checkpoint_from_word(&word);
        cr_assert(checkpoint.key > last); /* a block has one */
        last = checkpoint.key;
    }
}

Test(ainft_votes, their_sum_is_the_supply_and_the_past_is_what_was_seen)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct model m = { .random = { seed } };
        struct fixture f;
        fixture_init(&f);
        for (size_t i = 0; i < PEOPLE; i++)
            m.delegates[i] = (enum person)i;
        while (m.blocks < BLOCKS_MAX) {
            for (size_t i = 0; i < OPS_A_BLOCK; i++)
                operate(&f, &m);
            remember(&f, &m);
            next_block(&f);
        }
        for (size_t i = 0; i < m.blocks; i++) {
            uint64_t sum = 0;
            for (size_t k = 0; k < PEOPLE; k++) {
                cr_assert_eq(past_votes(&f, (enum person)k, m.times[i] + below(&m, 12)),
                             m.history[i][k]);
                sum += m.history[i][k];
            }
            cr_assert_eq(ask(&f, "getPastTotalSupply(uint256)", ABI_VALUES(abi_u64(m.times[i]))),
                         sum);
        }
        test_chain_seal(&f.chain);
        for (size_t k = 0; k < PEOPLE; k++)
            keys_never_decrease(&f, &f.people[k]);
        fixture_fini(&f);
    }
}
