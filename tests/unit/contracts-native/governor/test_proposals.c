/* What may be proposed, by whom, and what it does when it is carried out. */
#include <stdio.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "tests/unit/contracts-native/governor/proposal.h"

static void proposal_refused(struct proposal *p, const char *error, const struct abi_value *args)
{
    govern_refused(p->f, ALICE, PROPOSE, to_propose(p), error, args);
}

/* ---- the whole way ---- */

Test(governor, a_rule_that_was_voted_for_is_in_force_in_the_block_after)
{
    struct fixture f;
    governed(&f);
    const struct abi_value args[] = { abi_u64(1), text("ipfs://new"), abi_u64(1) };
    (void)done(&f, ALICE, "setSpecification(uint256,string,bytes32)", args);
    struct proposal p = rule_change(&f, "spec", "caller == creator");
    carry_out(&p);
    cr_assert_eq(state_of(&p), GOVERNOR_EXECUTED);
    (void)done(&f, ALICE, "setSpecification(uint256,string,bytes32)", args);
    next_block(&f);
    refused(&f, ALICE, "setSpecification(uint256,string,bytes32)", args, "RuleDenied(bytes32)",
            ABI_VALUES(id_of("spec")));
    (void)done(&f, CREATOR, "setSpecification(uint256,string,bytes32)", args);
    fixture_fini(&f);
}

Test(governor, everything_that_is_governances_can_be_proposed)
{
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "all of it");
    const struct effect effect = { AINFT_SET_TRAIT, "level", "1u" };
    add_call(&p, &f.collection, "defineTrait(string,uint8,bytes32,bytes32)",
             ABI_VALUES(text("level"), abi_u64(1), abi_u64(0), abi_u64(9)));
    add_call(&p, &f.collection, "defineHistoryKind(string,uint8,uint16,uint32)",
             ABI_VALUES(text("visit"), abi_u64(1), abi_u64(100), abi_u64(1)));
    add_rule(&p, "trait:level", "new == old + 1u");
    add_rule(&p, "history:visit", "true");
    add_call(&p, &f.collection, "defineAction(string,string,string,(uint8,bytes32,string)[])",
             ABI_VALUES(text("up"), text("true"), text("0u"), effects_of(&f, &effect, 1)));
    add_call(&p, &f.collection, "setDefaultRoyalty(address,uint96)",
             ABI_VALUES(person(&f, ALICE), abi_u64(500)));
    add_call(&p, &f.collection, "setTokenRoyalty(uint256,address,uint96)",
             ABI_VALUES(abi_u64(1), person(&f, BOB), abi_u64(100)));
    add_call(&p, &f.collection, "setContractURI(string)", ABI_VALUES(text("ipfs://new")));
    add_call(&p, &f.collection, "setGovernor(address)", ABI_VALUES(person(&f, STRANGER)));
    carry_out(&p);
    next_block(&f);
    (void)done(&f, BOB, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
               ABI_VALUES(abi_u64(1), id_of("visit"), abi_u64(0), abi_u64(1), text("x")));
    const struct exec_outcome governor = call(&f, STRANGER, "governor()", NULL);
    const mm_u256 word = word_of(&governor, 0);
    const mm_addr addr = u256_to_addr(&word);
    cr_assert(mm_addr_equal(&addr, &f.people[STRANGER]));
    fixture_fini(&f);
}

Test(governor, tells_of_a_proposal_as_openzeppelin_does)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    const struct exec_outcome outcome = governed_ok(&f, ALICE, PROPOSE, to_propose(&p));
    const uint64_t now = f.chain.block.timestamp;
    const mm_u256 id = word_of(&outcome, 0);
    cr_assert_eq(outcome.log_count, 1);
    struct abi_signature event;
    struct abi_value values[ABI_ARGS_MAX];
    mm_bytes element;
    abi_signature_init(&event, "ProposalCreated(uint256,address,address[],uint256[],string[],"
                               "bytes[],uint256,uint256,string)");
    cr_assert(mm_hash_equal(&outcome.logs[0].topics[0], &event.hash));
    cr_assert_eq(abi_decode(values, outcome.logs[0].data, event.types, event.count, ABI_CALLDATA),
                 ABI_OK);
    cr_assert(u256_equal(&values[0].word, &id));
    cr_assert_eq(values[6].word.limb[0], now + DELAY);
    cr_assert_eq(values[7].word.limb[0], now + DELAY + PERIOD);
    cr_assert_eq(abi_list_at(&element, &values[4], 0), ABI_OK);
    cr_assert_eq(element.len, 0);
    cr_assert_eq(abi_list_at(&element, &values[5], 0), ABI_OK);
    cr_assert(mm_bytes_equal(element, p.data[0]));
    cr_assert(mm_bytes_equal(values[8].bytes, MM_BYTES_LIT("true")));
    fixture_fini(&f);
}

Test(governor, a_proposals_number_is_the_hash_of_all_that_it_is)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    const struct exec_outcome hashed = call_to(&f, STRANGER, &f.governor, HASH, to_act(&p));
    const mm_u256 id = word_of(&hashed, 0);
    cr_assert(u256_equal(&id, &p.id.word));
    mm_bytes encoded;
    struct abi_signature types;
    abi_signature_init(&types, "address[],uint256[],bytes[],bytes32");
    cr_assert_eq(
        abi_encode(&f.arena, &encoded, (mm_bytes){ 0 }, types.types, types.count, to_act(&p)),
        MM_OK);
    const mm_hash32 expected = keccak256(encoded);
    const mm_hash32 actual = u256_to_hash(&id);
    cr_assert(mm_hash_equal(&expected, &actual));
    fixture_fini(&f);
}

/* ---- by whom ---- */

Test(governor, who_has_fewer_votes_than_the_threshold_cannot_propose)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    govern_refused(&f, STRANGER, PROPOSE, to_propose(&p),
                   "GovernorInsufficientProposerVotes(address,uint256,uint256)",
                   ABI_VALUES(person(&f, STRANGER), abi_u64(0), abi_u64(1)));
    /* A vote of this block is none yet. */
    (void)mint_to(&f, STRANGER);
    govern_refused(&f, STRANGER, PROPOSE, to_propose(&p),
                   "GovernorInsufficientProposerVotes(address,uint256,uint256)",
                   ABI_VALUES(person(&f, STRANGER), abi_u64(0), abi_u64(1)));
    next_block(&f);
    propose(&p, STRANGER);
    fixture_fini(&f);
}

Test(governor, a_description_can_keep_a_proposal_for_one_proposer)
{
    static char description[128];
    char address[41];
    struct fixture f;
    governed(&f);
    hex_encode(address, mm_bytes_addr(&f.people[BOB]));
    address[40] = '\0';
    snprintf(description, sizeof description, "mine#proposer=0x%s", address);
    struct proposal p = proposal_new(&f, description);
    add_rule(&p, "spec", "true");
    govern_refused(&f, ALICE, PROPOSE, to_propose(&p), "GovernorRestrictedProposer(address)",
                   ABI_VALUES(person(&f, ALICE)));
    propose(&p, BOB);
    description[strlen(description) - 1] = 'g'; /* no address: nobody's */
    propose(&p, ALICE);
    fixture_fini(&f);
}

Test(governor, is_not_asked_before_the_hand_over)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    next_block(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    proposal_refused(&p, "NotGovernance(address)", ABI_VALUES(abi_addr(&f.governor)));
    fixture_fini(&f);
}

Test(governor, after_the_hand_over_the_creator_governs_no_more)
{
    struct fixture f;
    governed(&f);
    refused(&f, CREATOR, "setRule(string,string)", ABI_VALUES(text("spec"), text("true")),
            "NotGovernance(address)", ABI_VALUES(person(&f, CREATOR)));
    refused(&f, CREATOR, "setGovernor(address)", ABI_VALUES(person(&f, CREATOR)),
            "NotGovernance(address)", ABI_VALUES(person(&f, CREATOR)));
    fixture_fini(&f);
}

Test(governor, a_contract_that_cannot_govern_a_collection_does_not_get_it)
{
    struct fixture f;
    fixture_init(&f);
    const mm_addr wrong[] = { f.credit, f.collection, f.factory };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++)
        refused(&f, CREATOR, "setGovernor(address)", ABI_VALUES(abi_addr(&wrong[i])),
                "NotGovernance(address)", ABI_VALUES(abi_addr(&wrong[i])));
    (void)done(&f, CREATOR, "setGovernor(address)", ABI_VALUES(abi_addr(&f.governor)));
    fixture_fini(&f);
}

/* ---- what ---- */

static void call_refused(struct fixture *f, const mm_addr *target, const char *signature,
                         const struct abi_value *args)
{
    struct proposal p = proposal_new(f, signature);
    uint8_t selector[ABI_WORD] = { 0 };
    add_rule(&p, "spec", "true");
    add_call(&p, target, signature, args);
    memcpy(selector, p.data[1].ptr, ABI_SELECTOR);
    const mm_u256 word = u256_from_be32(selector);
    proposal_refused(&p, NOT_ALLOWED, ABI_VALUES(abi_u64(1), abi_addr(target), abi_word(&word)));
}

Test(governor, what_touches_tokens_or_credits_of_holders_cannot_be_proposed)
{
    struct fixture f;
    governed(&f);
    const struct abi_value move[] = { person(&f, ALICE), person(&f, BOB), abi_u64(1) };
    call_refused(&f, &f.collection, "transferFrom(address,address,uint256)", move);
    call_refused(&f, &f.collection, "safeTransferFrom(address,address,uint256)", move);
    call_refused(&f, &f.collection, "approve(address,uint256)", ABI_VALUES(move[1], move[2]));
    call_refused(&f, &f.collection, "burn(uint256)", ABI_VALUES(abi_u64(1)));
    call_refused(&f, &f.collection, "mint(address,string,string,bytes32)",
                 ABI_VALUES(move[0], text(""), text(""), abi_u64(0)));
    call_refused(&f, &f.collection, "withdrawCredit(uint256,address,uint256)",
                 ABI_VALUES(abi_u64(1), move[1], abi_u64(1)));
    call_refused(&f, &f.collection, "delegate(address)", ABI_VALUES(move[1]));
    call_refused(&f, &f.collection, "setTrait(uint256,bytes32,bytes32)",
                 ABI_VALUES(abi_u64(1), abi_u64(1), abi_u64(1)));
    call_refused(&f, &f.credit, "move(address,address,uint256)", move);
    call_refused(&f, &f.credit, "mint(address,uint256)", ABI_VALUES(move[0], abi_u64(5)));
    call_refused(&f, &f.credit, "setRule(string,string)", ABI_VALUES(text("spec"), text("true")));
    call_refused(&f, &f.factory, "collectionCount()", NULL);
    fixture_fini(&f);
}

Test(governor, of_its_own_only_the_settings_can_be_proposed)
{
    struct fixture f;
    governed(&f);
    call_refused(&f, &f.governor, "castVote(uint256,uint8)", ABI_VALUES(abi_u64(1), abi_u64(1)));
    call_refused(&f, &f.governor, "relay(address,uint256,bytes)",
                 ABI_VALUES(abi_addr(&f.credit), abi_u64(0), text("")));
    call_refused(&f, &f.governor, "setRule(string,string)", ABI_VALUES(text("spec"), text("true")));
    call_refused(&f, &f.governor, "tryCalls(address[],bytes[])",
                 ABI_VALUES({ .bytes = { NULL, 0 } }, { .bytes = { NULL, 0 } }));
    fixture_fini(&f);
}

Test(governor, a_call_without_a_function_is_refused_by_what_there_is_of_it)
{
    static const uint8_t data[] = { 0x75, 0x6f };
    static const uint8_t word[ABI_WORD] = { 0x75, 0x6f };
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "short");
    add_rule(&p, "spec", "true");
    p.data[0] = mm_bytes_from(data, sizeof data);
    const mm_u256 selector = u256_from_be32(word);
    proposal_refused(&p, NOT_ALLOWED,
                     ABI_VALUES(abi_u64(0), abi_addr(&f.collection), abi_word(&selector)));
    fixture_fini(&f);
}

Test(governor, ether_cannot_be_sent_along)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    p.values[0] = 7;
    proposal_refused(&p, "ProposalValueNotAllowed(uint256,uint256)",
                     ABI_VALUES(abi_u64(0), abi_u64(7)));
    fixture_fini(&f);
}

Test(governor, a_rule_that_does_not_compile_is_refused_when_it_is_proposed)
{
    struct fixture f;
    governed(&f);
    struct proposal syntax = rule_change(&f, "spec", "caller == ");
    proposal_refused(&syntax, "RuleInvalid(uint8,uint32)", ABI_VALUES(abi_u64(3), abi_u64(10)));
    struct proposal target = rule_change(&f, "transfer", "true");
    proposal_refused(&target, "RuleMissing(bytes32)", ABI_VALUES(id_of("transfer")));
    struct proposal trait = rule_change(&f, "trait:level", "true");
    proposal_refused(&trait, "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("level")));
    struct proposal action = proposal_new(&f, "a guard that is a number");
    const struct effect effect = { AINFT_MINT_CREDITS, NULL, "1u" };
    add_call(&action, &f.collection, "defineAction(string,string,string,(uint8,bytes32,string)[])",
             ABI_VALUES(text("a"), text("tru"), text("0u"), effects_of(&f, &effect, 1)));
    const struct exec_outcome outcome = govern(&f, ALICE, PROPOSE, to_propose(&action));
    const mm_bytes invalid =
        calldata(&f, "RuleInvalid(uint8,uint32)", ABI_VALUES(abi_u64(0), abi_u64(0)));
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert(outcome.output.len >= 4 && memcmp(outcome.output.ptr, invalid.ptr, 4) == 0);
    fixture_fini(&f);
}

Test(governor, what_it_tries_leaves_nothing_behind)
{
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "a trait");
    add_call(&p, &f.collection, "defineTrait(string,uint8,bytes32,bytes32)",
             ABI_VALUES(text("level"), abi_u64(1), abi_u64(0), abi_u64(9)));
    add_rule(&p, "trait:level", "new > old"); /* which the call before makes possible */
    test_chain_seal(&f.chain);
    const mm_hash32 before = memory_state_storage_root(&f.chain.state, &f.collection);
    propose(&p, ALICE);
    test_chain_seal(&f.chain);
    const mm_hash32 afterwards = memory_state_storage_root(&f.chain.state, &f.collection);
    cr_assert(mm_hash_equal(&before, &afterwards));
    fixture_fini(&f);
}

Test(governor, arguments_that_are_none_fail_without_words)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    p.data[0] = mm_bytes_from(p.data[0].ptr, ABI_SELECTOR);
    proposal_refused(&p, "FailedCall()", NULL);
    fixture_fini(&f);
}

Test(governor, calls_are_as_many_as_targets_and_at_least_one)
{
    struct fixture f;
    governed(&f);
    struct proposal none = proposal_new(&f, "nothing");
    proposal_refused(&none, "GovernorInvalidProposalLength(uint256,uint256,uint256)",
                     ABI_VALUES(abi_u64(0), abi_u64(0), abi_u64(0)));
    struct proposal p = rule_change(&f, "spec", "true");
    struct abi_value args[4];
    memcpy(args, to_propose(&p), sizeof args);
    args[1] = abi_bytes((mm_bytes){ 0 });
    govern_refused(&f, ALICE, PROPOSE, args,
                   "GovernorInvalidProposalLength(uint256,uint256,uint256)",
                   ABI_VALUES(abi_u64(1), abi_u64(1), abi_u64(0)));
    fixture_fini(&f);
}

Test(governor, a_proposal_has_at_most_sixteen_calls)
{
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "many");
    for (size_t i = 0; i < GOVERNOR_CALLS_MAX; i++)
        add_rule(&p, "spec", "true");
    propose(&p, ALICE);
    add_rule(&p, "spec", "true");
    const struct abi_value what = { .word = { { 0, 0, 0, 0x63616c6c73000000 } } }; /* "calls" */
    proposal_refused(&p, "LimitReached(bytes32,uint256)",
                     ABI_VALUES(what, abi_u64(GOVERNOR_CALLS_MAX)));
    govern_refused(&f, ALICE, HASH, to_act(&p), "LimitReached(bytes32,uint256)",
                   ABI_VALUES(what, abi_u64(GOVERNOR_CALLS_MAX)));
    /* Targets and values are counted too, whatever there is of the rest. */
    for (size_t i = 0; i < 2; i++) {
        struct abi_value args[4];
        memcpy(args, to_act(&p), sizeof args);
        cr_assert_eq(abi_encode_list(&f.arena, &args[2], p.data, 1), MM_OK);
        args[i].bytes.len = ABI_WORD;
        govern_refused(&f, ALICE, HASH, args, "LimitReached(bytes32,uint256)",
                       ABI_VALUES(what, abi_u64(GOVERNOR_CALLS_MAX)));
    }
    fixture_fini(&f);
}

/* ---- carrying out ---- */

Test(governor, all_of_a_proposal_is_carried_out_or_nothing)
{
    struct fixture f;
    governed(&f);
    struct proposal first = proposal_new(&f, "a number");
    struct proposal second = proposal_new(&f, "a text");
    add_call(&first, &f.collection, "defineTrait(string,uint8,bytes32,bytes32)",
             ABI_VALUES(text("level"), abi_u64(AINFT_TRAIT_UINT), abi_u64(0), abi_u64(9)));
    add_rule(&second, "mint", "false");
    add_call(&second, &f.collection, "defineTrait(string,uint8,bytes32,bytes32)",
             ABI_VALUES(text("level"), abi_u64(AINFT_TRAIT_STRING), abi_u64(0), abi_u64(0)));
    propose(&first, ALICE);
    propose(&second, ALICE);
    next_block(&f);
    vote(&first, ALICE, GOVERNOR_FOR);
    vote(&second, ALICE, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD);
    queue(&first);
    queue(&second);
    seconds_pass(&f, TIMELOCK);
    execute(&first);
    govern_refused(&f, ALICE, EXECUTE, to_act(&second), "TraitValueInvalid(bytes32,bytes32)",
                   ABI_VALUES(id_of("level"), abi_u64(AINFT_TRAIT_STRING)));
    cr_assert_eq(state_of(&second), GOVERNOR_QUEUED);
    next_block(&f);
    (void)mint_to(&f, ALICE); /* by the rule that there was */
    fixture_fini(&f);
}

Test(governor, what_it_may_not_do_any_more_fails_when_it_is_carried_out)
{
    struct fixture f;
    governed(&f);
    struct proposal away = proposal_new(&f, "to somebody");
    struct proposal late = rule_change(&f, "spec", "true");
    add_call(&away, &f.collection, "setGovernor(address)", ABI_VALUES(person(&f, CREATOR)));
    propose(&away, ALICE);
    propose(&late, ALICE);
    next_block(&f);
    vote(&away, ALICE, GOVERNOR_FOR);
    vote(&late, ALICE, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD);
    queue(&away);
    queue(&late);
    seconds_pass(&f, TIMELOCK);
    execute(&away);
    govern_refused(&f, ALICE, EXECUTE, to_act(&late), "NotGovernance(address)",
                   ABI_VALUES(abi_addr(&f.governor)));
    fixture_fini(&f);
}
