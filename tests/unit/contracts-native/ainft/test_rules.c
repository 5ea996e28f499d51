/* Rules in a collection: which is in force, what it says, what it costs, and what is no rule. */
#include <stdio.h>

#include "contracts-native/ainft/layout.h"
#include "contracts-native/rules/rules.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

static const char *const SET = "setRule(string,string)";
static const char *const APPEND = "appendHistory(uint256,bytes32,uint8,uint32,bytes)";
static const char *const CHECK = "checkRule(bytes32,address,uint256,bytes)";

static void append_refused(struct fixture *f, const char *error, const struct abi_value *args)
{
    refused(f, BOB, APPEND,
            ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x")), error, args);
}

static void append_done(struct fixture *f)
{
    (void)done(f, BOB, APPEND,
               ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x")));
}

Test(ainft_rules, a_text_that_does_not_compile_is_refused_with_code_and_place)
{
    static const struct {
        const char *source;
        enum rule_verdict verdict;
        uint64_t offset;
    } bad[] = {
        { "caller ==", RULE_SYNTAX, 9 },
        { "1 + 1u == 2u", RULE_TYPE, 2 },
        { "1u", RULE_TYPE, 0 },
        { "nothing", RULE_UNKNOWN, 0 },
        { "1.5 > 1.0", RULE_UNSUPPORTED, 0 },
        { "", RULE_SYNTAX, 0 },
        { "caller == to", RULE_UNKNOWN, 10 },
    };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        refused(&f, CREATOR, SET, ABI_VALUES(text("spec"), text(bad[i].source)),
                "RuleInvalid(uint8,uint32)",
                ABI_VALUES(abi_u64(bad[i].verdict), abi_u64(bad[i].offset)));
        const struct exec_outcome outcome = call(&f, BOB, "compileRule(string,string)",
                                                 ABI_VALUES(text("spec"), text(bad[i].source)));
        expect_revert(&f, &outcome, "RuleInvalid(uint8,uint32)",
                      ABI_VALUES(abi_u64(bad[i].verdict), abi_u64(bad[i].offset)));
    }
    fixture_fini(&f);
}

Test(ainft_rules, a_text_that_could_run_long_is_refused_before_it_does)
{
    char source[4096];
    size_t len = 0;
    struct fixture f;
    fixture_init(&f);
    for (int i = 0; i < 50; i++)
        len += (size_t)snprintf(source + len, sizeof source - len, "%shistory.count('k%d') == 0u",
                                i == 0 ? "" : " && ", i);
    refused(&f, CREATOR, SET, ABI_VALUES(text("spec"), text(source)),
            "RuleCostExceeded(bytes32,uint256)", ABI_VALUES(id_of("spec"), abi_u64(100000)));
    fixture_fini(&f);
}

Test(ainft_rules, faults_refuse_with_their_code)
{
    static const struct {
        const char *source;
        uint64_t code;
    } bad[] = {
        { "0u - weight == 0u", 1 },      { "weight / (weight - 1u) == 0u", 2 },
        { "[weight][1] == 1u", 3 },      { "uint(int(weight) - 2) == 0u", 4 },
        { "string(b'\\xff') == ''", 6 },
    };
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        set_rule(&f, "history:chat", bad[i].source);
        append_refused(&f, "RuleFailed(bytes32,uint8)",
                       ABI_VALUES(id_of("history:chat"), abi_u64(bad[i].code)));
    }
    char source[2000];
    (void)snprintf(source, sizeof source, "['%01500d'].exists(t, (t + t + t).size() > 0)", 0);
    set_rule(&f, "history:chat", source);
    append_refused(&f, "RuleFailed(bytes32,uint8)", ABI_VALUES(id_of("history:chat"), abi_u64(5)));
    fixture_fini(&f);
}

Test(ainft_rules, a_change_is_in_force_from_the_next_block_and_the_old_text_until_then)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    append_refused(&f, "RuleDenied(bytes32)", ABI_VALUES(id_of("history:chat")));
    (void)done(&f, CREATOR, SET, ABI_VALUES(text("history:chat"), text("true")));
    append_refused(&f, "RuleDenied(bytes32)", ABI_VALUES(id_of("history:chat")));
    next_block(&f);
    append_done(&f);
    (void)done(&f, CREATOR, SET, ABI_VALUES(text("history:chat"), text("false")));
    (void)done(&f, CREATOR, SET, ABI_VALUES(text("history:chat"), text("1u == 2u")));
    append_done(&f);
    next_block(&f);
    append_refused(&f, "RuleDenied(bytes32)", ABI_VALUES(id_of("history:chat")));
    fixture_fini(&f);
}

Test(ainft_rules, until_a_first_rule_of_a_target_is_in_force_the_general_one_is)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 100);
    (void)done(&f, CREATOR, SET, ABI_VALUES(text("trait:level"), text("new == old + 1u")));
    refused(&f, BOB, "setTrait(uint256,bytes32,bytes32)",
            ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(1)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("trait:*")));
    next_block(&f);
    (void)done(&f, BOB, "setTrait(uint256,bytes32,bytes32)",
               ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(1)));
    fixture_fini(&f);
}

Test(ainft_rules, every_version_keeps_its_hash)
{
    static const char *const sources[] = { "true", "false", "caller == owner" };
    struct fixture f;
    fixture_init(&f);
    for (uint64_t i = 0; i < 3; i++)
        set_rule(&f, "spec", sources[i]);
    for (uint64_t i = 0; i < 3; i++) {
        const struct exec_outcome outcome =
            call(&f, BOB, "ruleHash(bytes32,uint64)",
                 ABI_VALUES(id_of("spec"), abi_u64(i + 2))); /* the first is the default */
        const mm_u256 hash = word_of(&outcome, 0);
        const struct abi_value expected = id_of(sources[i]);
        cr_assert(u256_equal(&hash, &expected.word));
    }
    const struct exec_outcome rule = call(&f, BOB, "getRule(bytes32)", ABI_VALUES(id_of("spec")));
    cr_assert_eq(word_of(&rule, 3).limb[0], 4);
    cr_assert_eq(word_of(&rule, 4).limb[0], f.chain.block.number);
    fixture_fini(&f);
}

Test(ainft_rules, stand_only_at_targets_that_there_are)
{
    struct fixture f;
    fixture_init(&f);
    static const char *const none[] = {
        "transfer", "action:x", "nothing", "", "history", "trait:"
    };
    for (size_t i = 0; i < MM_COUNT_OF(none); i++)
        refused(&f, CREATOR, SET, ABI_VALUES(text(none[i]), text("true")), "RuleMissing(bytes32)",
                ABI_VALUES(id_of(none[i])));
    refused(&f, CREATOR, SET, ABI_VALUES(text("trait:level"), text("true")),
            "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("level")));
    refused(&f, CREATOR, SET, ABI_VALUES(text("history:visit"), text("true")),
            "UnknownHistoryKind(bytes32)", ABI_VALUES(id_of("visit")));
    refused(&f, CREATOR, SET, ABI_VALUES(text("trait:*"), text("new == old")),
            "RuleInvalid(uint8,uint32)", ABI_VALUES(abi_u64(RULE_UNKNOWN), abi_u64(0)));
    fixture_fini(&f);
}

Test(ainft_rules, there_are_at_most_64)
{
    struct fixture f;
    fixture_init(&f);
    char name[32];
    for (int i = 7; i < AINFT_RULES_MAX; i++) {
        (void)snprintf(name, sizeof name, "meta:key%d", i);
        (void)done(&f, CREATOR, SET, ABI_VALUES(text(name), text("true")));
    }
    uint8_t word[ABI_WORD] = "rules";
    const mm_u256 what = u256_from_be32(word);
    refused(&f, CREATOR, SET, ABI_VALUES(text("meta:more"), text("true")),
            "LimitReached(bytes32,uint256)", ABI_VALUES(abi_word(&what), abi_u64(64)));
    (void)done(&f, CREATOR, SET, ABI_VALUES(text("meta:key7"), text("false")));
    fixture_fini(&f);
}

Test(ainft_rules, compiling_one_says_its_type_and_the_most_it_costs)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome outcome =
        call(&f, BOB, "compileRule(string,string)",
             ABI_VALUES(text("action:x"), text("5u * (history.count('chat') + 1u)")));
    const struct abi_value hash = id_of("5u * (history.count('chat') + 1u)");
    const mm_u256 given = word_of(&outcome, 0);
    cr_assert(u256_equal(&given, &hash.word));
    cr_assert_eq(word_of(&outcome, 2).limb[0], 2100 + 6 * 5 + 5);
    cr_assert_eq(memcmp(outcome.output.ptr + 4 * ABI_WORD, "uint", 4), 0);
    fixture_fini(&f);
}

/* ---- asking ---- */

static struct exec_outcome check(struct fixture *f, const char *target, enum person who,
                                 const char *types, const struct abi_value *values)
{
    struct abi_signature signature;
    mm_bytes input;
    abi_signature_init(&signature, types);
    cr_assert_eq(
        abi_encode(&f->arena, &input, (mm_bytes){ 0 }, signature.types, signature.count, values),
        MM_OK);
    return call(f, STRANGER, CHECK,
                ABI_VALUES(id_of(target), person(f, who), abi_u64(1), abi_bytes(input)));
}

Test(ainft_rules, asking_one_changes_nothing_and_says_what_it_would)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    struct exec_outcome outcome = check(&f, "spec", ALICE, "", NULL);
    cr_assert_eq(word_of(&outcome, 0).limb[0], 1);
    cr_assert_eq(word_of(&outcome, 2).limb[0], 18);
    outcome = check(&f, "spec", BOB, "", NULL);
    cr_assert_eq(word_of(&outcome, 0).limb[0], 0);
    set_rule(&f, "history:chat", "kind == 'chat' && form == 1u && weight / (length - 5u) > 0u");
    outcome = check(&f, "history:chat", BOB, "bytes32,uint8,uint32,uint256,address",
                    ABI_VALUES(id_of("chat"), abi_u64(1), abi_u64(9), abi_u64(7), abi_u64(0)));
    cr_assert_eq(word_of(&outcome, 0).limb[0], 1);
    outcome = check(&f, "history:chat", BOB, "bytes32,uint8,uint32,uint256,address",
                    ABI_VALUES(id_of("chat"), abi_u64(1), abi_u64(9), abi_u64(5), abi_u64(0)));
    cr_assert_eq(word_of(&outcome, 0).limb[0], 0);
    cr_assert_eq(word_of(&outcome, 1).limb[0], 2);
    outcome = check(&f, "history:chat", BOB, "bytes32", ABI_VALUES(id_of("chat")));
    cr_assert_eq(outcome.status, EXEC_REVERT);
    outcome = check(&f, "redact", BOB, "address", ABI_VALUES(person(&f, BOB)));
    cr_assert_eq(word_of(&outcome, 0).limb[0], 1);
    outcome = check(&f, "nothing", BOB, "", NULL);
    expect_revert(&f, &outcome, "RuleMissing(bytes32)", ABI_VALUES(id_of("nothing")));
    fixture_fini(&f);
}

/* ---- what it reads ---- */

Test(ainft_rules, read_what_the_collection_has)
{
    static const char *const truths[] = {
        "history.count('chat') == 2u && history.weight('chat') == 2u",
        "history.authors('chat') == 1u && history.length() == 2u",
        "history.last('chat') == block.timestamp - 12u || history.last('chat') <= block.timestamp",
        "history.countBy('chat', caller) == 2u && history.countBy('chat', owner) == 0u",
        "history.count('other') == 0u",
        "balance(owner) == 1u && votes(owner) == 1u && totalVotes == 1u && supply == 1u",
        "balance(caller) == 0u && balance(b'') == 0u",
        "approved(owner) && !approved(caller)",
        "spec.version() == 0u && tokenCredit() == 0u && credits(caller) == 0u",
        "token == 1u && creator != owner && service.size() == 20 && value == 0u",
        "trait('level') == 0u && !trait('open') && trait('name') == '' && trait('raw').size() == "
        "32",
        "block.number > 1u && author == caller && kind == 'chat' && length == 1u",
    };
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 10);
    define_trait(&f, "open", AINFT_TRAIT_BOOL, 0);
    define_trait(&f, "raw", AINFT_TRAIT_BYTES32, 0);
    define_trait(&f, "name", AINFT_TRAIT_STRING, 0);
    set_rule(&f, "history:chat", "true");
    append_done(&f);
    append_done(&f);
    for (size_t i = 0; i < MM_COUNT_OF(truths); i++) {
        set_rule(&f, "history:chat", truths[i]);
        const struct exec_outcome outcome =
            check(&f, "history:chat", BOB, "bytes32,uint8,uint32,uint256,address",
                  ABI_VALUES(id_of("chat"), abi_u64(0), abi_u64(1), abi_u64(1), person(&f, BOB)));
        cr_expect_eq(word_of(&outcome, 0).limb[0], 1, "%s", truths[i]);
    }
    fixture_fini(&f);
}

/* Gas follows from the state alone: the second call of a block pays what a second call pays, however often it was made before. */
Test(ainft_rules, cost_gas_that_the_state_alone_decides)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    set_rule(&f, "history:chat", "history.count('chat') >= 0u && history.count('chat') < 100u");
    const struct abi_value *args =
        ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x"));
    const uint64_t first = call(&f, BOB, APPEND, args).gas_used;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(call(&f, BOB, APPEND, args).gas_used, first);
    cr_assert_eq(send(&f, BOB, APPEND, args).gas_used, first);
    fixture_fini(&f);
}

/* So many other texts that the one in question is kept no more. */
static void forget_compiled(struct fixture *f)
{
    char source[32];
    for (int i = 0; i < 600; i++) {
        (void)snprintf(source, sizeof source, "supply == %du", i);
        expect_ok(
            call(f, BOB, "compileRule(string,string)", ABI_VALUES(text("spec"), text(source))));
    }
}

Test(ainft_rules, cost_the_same_whether_their_compiled_form_was_kept_or_not)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 100);
    define_trait(&f, "rank", AINFT_TRAIT_UINT, 100);
    set_rule(&f, "history:chat",
             "trait('level') < 5u && trait('rank') < 5u && trait('level') < 9u");
    const struct abi_value *args =
        ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x"));
    const uint64_t kept = call(&f, BOB, APPEND, args).gas_used;
    forget_compiled(&f);
    cr_assert_eq(call(&f, BOB, APPEND, args).gas_used, kept);
    cr_assert_eq(call(&f, BOB, APPEND, args).gas_used, kept);
    /* A trait that is of another kind now: the text no longer compiles, and costs the same each time. */
    const mm_u256 key = id_of("rank").word;
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, &key);
    const mm_u256 other = u256_from_u64(AINFT_TRAIT_BOOL | 1 << 8);
    const struct edit edit = {
        .kind = EDIT_SLOT, .addr = f.collection, .slot = slot, .value = other
    };
    test_chain_edit(&f.chain, &edit);
    const struct exec_outcome first = call(&f, BOB, APPEND, args);
    const struct exec_outcome second = call(&f, BOB, APPEND, args);
    cr_assert_eq(first.status, EXEC_REVERT);
    cr_assert_eq(first.gas_used, second.gas_used);
    cr_assert(mm_bytes_equal(first.output, second.output));
    fixture_fini(&f);
}

/* Two texts of one length, so that loading them costs the same; the second evaluates more. */
Test(ainft_rules, are_charged_what_they_cost_unit_by_unit)
{
    static const char *const sources[] = { "true || history.length() == 7u",
                                           "history.length() == 7u || true" };
    uint64_t gas[2];
    uint64_t cost[2];
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        fixture_init(&f);
        (void)mint_to(&f, ALICE);
        set_rule(&f, "spec", sources[i]);
        const struct exec_outcome asked = check(&f, "spec", BOB, "", NULL);
        cost[i] = word_of(&asked, 2).limb[0];
        gas[i] = call(&f, BOB, "setSpecification(uint256,string,bytes32)",
                      ABI_VALUES(abi_u64(1), text("s"), abi_u64(1)))
                     .gas_used;
        fixture_fini(&f);
    }
    cr_assert_gt(cost[1], cost[0] + 2100);
    cr_assert_eq(gas[1] - gas[0], cost[1] - cost[0]);
}

Test(ainft_rules, a_write_that_runs_out_of_gas_leaves_nothing)
{
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    set_rule(&f, "history:chat", "true");
    test_chain_seal(&f.chain);
    const mm_hash32 before = memory_state_storage_root(&f.chain.state, &f.collection);
    struct abi_signature function;
    struct exec_message message = { .from = f.people[BOB], .to = f.collection };
    abi_signature_init(&function, APPEND);
    cr_assert_eq(
        abi_encode(&f.arena, &message.input, abi_selector(&function), function.types,
                   function.count,
                   ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x"))),
        MM_OK);
    size_t dry = 0;
    for (message.gas_limit = 25000;; message.gas_limit += 1777) {
        const struct exec_outcome outcome = test_chain_call(&f.chain, &message);
        if (outcome.status == EXEC_OK)
            break;
        cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
        cr_assert_eq(test_chain_transact(&f.chain, &message).status, EXEC_OUT_OF_GAS);
        dry++;
    }
    cr_assert(dry > 30);
    test_chain_seal(&f.chain);
    const mm_hash32 after = memory_state_storage_root(&f.chain.state, &f.collection);
    cr_assert(mm_hash_equal(&before, &after));
    fixture_fini(&f);
}
