/* Actions: defined once, quoted, performed whole or not at all. The first test is the story of docs/AINFT.md. */
#include <stdio.h>

#include "tests/unit/contracts-native/ainft/fixture.h"

static const char *const DEFINE = "defineAction(string,string,string,(uint8,bytes32,string)[])";
static const char *const PERFORM = "perform(uint256,bytes32,uint256[],uint256)";
static const char *const QUOTE = "quote(uint256,bytes32,address,uint256[])";
static const char *const BALANCE = "balanceOf(address)";

static struct abi_value short_text(const char *content)
{
    uint8_t word[ABI_WORD] = { 0 };
    memcpy(word, content, strlen(content));
    const mm_u256 value = u256_from_be32(word);
    return abi_word(&value);
}

static uint64_t credits_of(struct fixture *f, enum person who)
{
    const struct exec_outcome outcome =
        call_to(f, BOB, &f->credit, BALANCE, ABI_VALUES(person(f, who)));
    return word_of(&outcome, 0).limb[0];
}

static const struct abi_value *perform_args(struct fixture *f, const char *action,
                                            uint64_t price_max)
{
    static struct abi_value args[4];
    args[0] = abi_u64(1);
    args[1] = id_of(action);
    args[2] = numbers(f, NULL, 0);
    args[3] = abi_u64(price_max);
    return args;
}

static void perform(struct fixture *f, enum person who, const char *action)
{
    (void)done(f, who, PERFORM, perform_args(f, action, UINT64_MAX));
}

static void perform_refused(struct fixture *f, enum person who, const char *action,
                            uint64_t price_max, const char *error, const struct abi_value *args)
{
    refused(f, who, PERFORM, perform_args(f, action, price_max), error, args);
}

/* A token of ALICE's with a level; credits for whoever asks. */
static void open_token(struct fixture *f)
{
    static const struct effect gift = { AINFT_MINT_CREDITS, NULL, "100u" };
    (void)mint_to(f, ALICE);
    define_trait(f, "level", AINFT_TRAIT_UINT, 100);
    define_kind(f, "levelup");
    define_action(f, "gift", "true", "0u", &gift, 1);
    set_rule(f, "history:chat", "author != owner");
}

static void define_levelup(struct fixture *f)
{
    static const struct effect effects[] = {
        { AINFT_SET_TRAIT, "level", "trait('level') + 1u" },
        { AINFT_APPEND_HISTORY, "levelup", "trait('level') + 1u" },
    };
    define_action(f, "levelup",
                  "caller == owner && history.count('chat') >= 2u * (trait('level') + 1u) && "
                  "history.authors('chat') >= 2u && trait('level') < 100u",
                  "5u * (trait('level') + 1u)", effects, 2);
}

static void chat(struct fixture *f, enum person who)
{
    (void)done(f, who, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
               ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("hi")));
}

Test(ainft_actions, a_level_is_earned_by_chats_and_paid_with_credits)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_levelup(&f);
    chat(&f, BOB);
    perform_refused(&f, ALICE, "levelup", 100, "RuleDenied(bytes32)",
                    ABI_VALUES(id_of("action:levelup")));
    chat(&f, STRANGER);
    perform_refused(&f, ALICE, "levelup", 4, "PriceExceeded(uint256,uint256)",
                    ABI_VALUES(abi_u64(5), abi_u64(4)));
    perform_refused(&f, ALICE, "levelup", 5, "ERC20InsufficientBalance(address,uint256,uint256)",
                    ABI_VALUES(person(&f, ALICE), abi_u64(0), abi_u64(5)));
    perform(&f, ALICE, "gift");
    cr_assert_eq(credits_of(&f, ALICE), 100);
    const struct exec_outcome outcome = done(&f, ALICE, PERFORM, perform_args(&f, "levelup", 5));
    cr_assert_eq(word_of(&outcome, 0).limb[0], 5);
    cr_assert_eq(outcome.log_count,
                 5); /* Transfer of the credit, TraitUpdated, HistoryAppended, … */
    cr_assert_eq(credits_of(&f, ALICE), 95);
    cr_assert_eq(ask(&f, "getTraitValue(uint256,bytes32)", ABI_VALUES(abi_u64(1), id_of("level"))),
                 1);
    cr_assert_eq(ask(&f, "historyCountBy(uint256,bytes32,address)",
                     ABI_VALUES(abi_u64(1), id_of("levelup"), person(&f, ALICE))),
                 1);
    perform_refused(&f, ALICE, "levelup", 100, "RuleDenied(bytes32)",
                    ABI_VALUES(id_of("action:levelup")));
    fixture_fini(&f);
}

Test(ainft_actions, all_is_worked_out_on_the_state_before_any_of_it_is_done)
{
    static const struct effect effects[] = {
        { AINFT_SET_TRAIT, "a", "trait('b') + 1u" },
        { AINFT_SET_TRAIT, "b", "trait('a') + 10u" },
        { AINFT_SET_TRAIT, "a", "trait('a')" },
    };
    struct fixture f;
    fixture_init(&f);
    (void)mint_to(&f, ALICE);
    define_trait(&f, "a", AINFT_TRAIT_UINT, 1000);
    define_trait(&f, "b", AINFT_TRAIT_UINT, 1000);
    define_action(&f, "swap", "true", "0u", effects, 2);
    perform(&f, BOB, "swap");
    cr_assert_eq(ask(&f, "getTraitValue(uint256,bytes32)", ABI_VALUES(abi_u64(1), id_of("a"))), 1);
    cr_assert_eq(ask(&f, "getTraitValue(uint256,bytes32)", ABI_VALUES(abi_u64(1), id_of("b"))), 10);
    /* In their order: the last one wins. */
    define_action(&f, "swap", "true", "0u", effects, 3);
    perform(&f, BOB, "swap");
    cr_assert_eq(ask(&f, "getTraitValue(uint256,bytes32)", ABI_VALUES(abi_u64(1), id_of("a"))), 1);
    fixture_fini(&f);
}

Test(ainft_actions, one_effect_that_fails_undoes_all)
{
    static const struct effect effects[] = {
        { AINFT_MINT_CREDITS, NULL, "10u" },
        { AINFT_SET_TRAIT, "level", "trait('level') + 60u" },
    };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "jump", "true", "0u", effects, 2);
    perform(&f, BOB, "jump");
    cr_assert_eq(credits_of(&f, BOB), 10);
    perform_refused(&f, BOB, "jump", 0, "TraitValueInvalid(bytes32,bytes32)",
                    ABI_VALUES(id_of("level"), abi_u64(120)));
    cr_assert_eq(credits_of(&f, BOB), 10);
    fixture_fini(&f);
}

Test(ainft_actions, faults_in_guard_price_and_effects_refuse_with_their_code)
{
    static const struct effect good = { AINFT_MINT_CREDITS, NULL, "1u" };
    static const struct effect bad = { AINFT_MINT_CREDITS, NULL, "1u / trait('level')" };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "x", "1u / trait('level') == 1u", "0u", &good, 1);
    perform_refused(&f, BOB, "x", 0, "RuleFailed(bytes32,uint8)",
                    ABI_VALUES(id_of("action:x"), abi_u64(2)));
    define_action(&f, "x", "true", "trait('level') - 1u", &good, 1);
    perform_refused(&f, BOB, "x", 0, "RuleFailed(bytes32,uint8)",
                    ABI_VALUES(id_of("action:x"), abi_u64(1)));
    define_action(&f, "x", "true", "0u", &bad, 1);
    perform_refused(&f, BOB, "x", 0, "RuleFailed(bytes32,uint8)",
                    ABI_VALUES(id_of("action:x"), abi_u64(2)));
    define_action(&f, "x", "args[0] == 1u", "0u", &good, 1);
    perform_refused(&f, BOB, "x", 0, "RuleFailed(bytes32,uint8)",
                    ABI_VALUES(id_of("action:x"), abi_u64(3)));
    fixture_fini(&f);
}

Test(ainft_actions, take_up_to_sixteen_arguments)
{
    static const struct effect effect = { AINFT_MINT_CREDITS, NULL, "args[0] + args[15]" };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "sum", "args.size() == 16", "0u", &effect, 1);
    (void)done(&f, BOB, PERFORM,
               ABI_VALUES(abi_u64(1), id_of("sum"),
                          NUMBERS(&f, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2), abi_u64(0)));
    cr_assert_eq(credits_of(&f, BOB), 3);
    refused(&f, BOB, PERFORM,
            ABI_VALUES(abi_u64(1), id_of("sum"),
                       NUMBERS(&f, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3), abi_u64(0)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(short_text("args"), abi_u64(16)));
    fixture_fini(&f);
}

Test(ainft_actions, of_what_there_is_not_are_refused)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    perform_refused(&f, BOB, "nothing", 0, "UnknownAction(bytes32)", ABI_VALUES(id_of("nothing")));
    refused(&f, BOB, PERFORM,
            ABI_VALUES(abi_u64(2), id_of("gift"), numbers(&f, NULL, 0), abi_u64(0)),
            "ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(2)));
    fixture_fini(&f);
}

Test(ainft_actions, what_does_not_compile_is_not_defined)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    const struct effect good = { AINFT_MINT_CREDITS, NULL, "1u" };
    const struct {
        const char *guard;
        const char *price;
        struct effect effect;
        uint64_t code;
    } bad[] = {
        { "1u", "0u", good, 10 },
        { "true", "0", good, 10 },
        { "true &&", "0u", good, 3 },
        { "true", "0u", { AINFT_MINT_CREDITS, NULL, "1" }, 10 },
        { "true", "0u", { AINFT_SET_TRAIT, "level", "true" }, 10 },
        { "true", "0u", { AINFT_APPEND_HISTORY, "levelup", "[1u]" }, 10 },
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        const struct exec_outcome outcome =
            send(&f, CREATOR, DEFINE,
                 ABI_VALUES(text("x"), text(bad[i].guard), text(bad[i].price),
                            effects_of(&f, &bad[i].effect, 1)));
        struct abi_signature invalid;
        abi_signature_init(&invalid, "RuleInvalid(uint8,uint32)");
        cr_assert_eq(outcome.status, EXEC_REVERT);
        cr_assert_eq(memcmp(outcome.output.ptr, invalid.hash.b, 4), 0, "%zu", i);
        cr_assert_eq(outcome.output.ptr[4 + 31], bad[i].code, "%zu: %u", i,
                     outcome.output.ptr[4 + 31]);
    }
    const struct effect wrong[] = { { 6, NULL, "1u" },
                                    { AINFT_SET_TRAIT, "nothing", "1u" },
                                    { AINFT_APPEND_HISTORY, "nothing", "1u" } };
    refused(&f, CREATOR, DEFINE,
            ABI_VALUES(text("x"), text("true"), text("0u"), effects_of(&f, &wrong[0], 1)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(short_text("op"), abi_u64(5)));
    refused(&f, CREATOR, DEFINE,
            ABI_VALUES(text("x"), text("true"), text("0u"), effects_of(&f, &wrong[1], 1)),
            "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("nothing")));
    refused(&f, CREATOR, DEFINE,
            ABI_VALUES(text("x"), text("true"), text("0u"), effects_of(&f, &wrong[2], 1)),
            "UnknownHistoryKind(bytes32)", ABI_VALUES(id_of("nothing")));
    const struct effect nine[9] = { good, good, good, good, good, good, good, good, good };
    refused(&f, CREATOR, DEFINE,
            ABI_VALUES(text("x"), text("true"), text("0u"), effects_of(&f, nine, 9)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(short_text("effects"), abi_u64(8)));
    fixture_fini(&f);
}

Test(ainft_actions, can_be_defined_anew_and_read_back)
{
    const struct effect effects[] = { { AINFT_MINT_CREDITS, NULL, "1u" },
                                      { AINFT_MINT_CREDITS, NULL, "2u" },
                                      { AINFT_MINT_CREDITS, NULL, "3u" } };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "x", "true", "0u", effects, 3);
    define_action(&f, "x", "false", "1u", effects, 1);
    const struct exec_outcome outcome = call(&f, BOB, "getAction(bytes32)", ABI_VALUES(id_of("x")));
    struct abi_signature results;
    struct abi_value values[ABI_ARGS_MAX];
    struct abi_value effect[3];
    abi_signature_init(&results, "string,string,string,(uint8,bytes32,string)[],uint64");
    cr_assert_eq(abi_decode(values, outcome.output, results.types, results.count, ABI_CALLDATA),
                 ABI_OK);
    cr_assert(mm_bytes_equal(values[0].bytes, MM_BYTES_LIT("x")));
    cr_assert(mm_bytes_equal(values[1].bytes, MM_BYTES_LIT("false")));
    cr_assert(mm_bytes_equal(values[2].bytes, MM_BYTES_LIT("1u")));
    cr_assert_eq(values[3].word.limb[0], 1);
    cr_assert_eq(abi_tuple_at(effect, &values[3], &results.types[3], 0), ABI_OK);
    cr_assert(mm_bytes_equal(effect[2].bytes, MM_BYTES_LIT("1u")));
    cr_assert_eq(values[7].word.limb[0], 2);
    char name[16];
    for (int i = 2; i < AINFT_ACTIONS_MAX; i++) { /* besides gift and x */
        (void)snprintf(name, sizeof name, "a%d", i);
        define_action(&f, name, "true", "0u", effects, 0);
    }
    refused(&f, CREATOR, DEFINE,
            ABI_VALUES(text("more"), text("true"), text("0u"), effects_of(&f, effects, 0)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(short_text("actions"), abi_u64(64)));
    fixture_fini(&f);
}

Test(ainft_actions, a_quote_is_what_performing_then_does)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_levelup(&f);
    const struct abi_value none = numbers(&f, NULL, 0);
    struct exec_outcome quote = call(
        &f, STRANGER, QUOTE, ABI_VALUES(abi_u64(1), id_of("levelup"), person(&f, ALICE), none));
    cr_assert_eq(word_of(&quote, 0).limb[0], 0);
    cr_assert_eq(word_of(&quote, 1).limb[0], 5);
    chat(&f, BOB);
    chat(&f, STRANGER);
    quote = call(&f, STRANGER, QUOTE,
                 ABI_VALUES(abi_u64(1), id_of("levelup"), person(&f, ALICE), none));
    cr_assert_eq(word_of(&quote, 0).limb[0], 1);
    cr_assert_gt(word_of(&quote, 2).limb[0], 2100);
    quote =
        call(&f, STRANGER, QUOTE, ABI_VALUES(abi_u64(1), id_of("levelup"), person(&f, BOB), none));
    cr_assert_eq(word_of(&quote, 0).limb[0], 0);
    fixture_fini(&f);
}

Test(ainft_actions, append_any_value_as_its_abi_encoding)
{
    const struct effect effects[] = { { AINFT_APPEND_HISTORY, "levelup", "true" },
                                      { AINFT_APPEND_HISTORY, "levelup", "-1" },
                                      { AINFT_APPEND_HISTORY, "levelup", "'text'" },
                                      { AINFT_APPEND_HISTORY, "levelup", "caller" } };
    static const size_t lengths[] = { 32, 32, 96, 96 };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "x", "true", "0u", effects, 4);
    const struct exec_outcome outcome = done(&f, BOB, PERFORM, perform_args(&f, "x", 0));
    for (size_t i = 0; i < 4; i++) {
        /* index, submitter, form, weight, requestHash, content, entryHash */
        struct abi_signature data;
        struct abi_value values[ABI_ARGS_MAX];
        abi_signature_init(&data, "uint256,address,uint8,uint32,bytes32,bytes,bytes32");
        cr_assert_eq(abi_decode(values, outcome.logs[i].data, data.types, data.count, ABI_CALLDATA),
                     ABI_OK);
        cr_assert_eq(values[5].bytes.len, lengths[i], "%zu", i);
    }
    fixture_fini(&f);
}

/* ---- credits ---- */

Test(ainft_credits, go_into_a_token_and_out_again_by_its_owner)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    perform(&f, BOB, "gift");
    (void)done(&f, BOB, "depositCredit(uint256,uint256)", ABI_VALUES(abi_u64(1), abi_u64(30)));
    cr_assert_eq(credits_of(&f, BOB), 70);
    cr_assert_eq(ask(&f, "tokenCredit(uint256)", ABI_VALUES(abi_u64(1))), 30);
    refused(&f, BOB, "withdrawCredit(uint256,address,uint256)",
            ABI_VALUES(abi_u64(1), person(&f, BOB), abi_u64(1)),
            "ERC721IncorrectOwner(address,uint256,address)",
            ABI_VALUES(person(&f, BOB), abi_u64(1), person(&f, ALICE)));
    refused(&f, ALICE, "withdrawCredit(uint256,address,uint256)",
            ABI_VALUES(abi_u64(1), person(&f, ALICE), abi_u64(31)),
            "InsufficientTokenCredit(uint256,uint256,uint256)",
            ABI_VALUES(abi_u64(1), abi_u64(30), abi_u64(31)));
    (void)done(&f, ALICE, "withdrawCredit(uint256,address,uint256)",
               ABI_VALUES(abi_u64(1), person(&f, STRANGER), abi_u64(12)));
    cr_assert_eq(credits_of(&f, STRANGER), 12);
    refused(&f, BOB, "depositCredit(uint256,uint256)", ABI_VALUES(abi_u64(1), abi_u64(71)),
            "ERC20InsufficientBalance(address,uint256,uint256)",
            ABI_VALUES(person(&f, BOB), abi_u64(70), abi_u64(71)));
    refused(&f, BOB, "depositCredit(uint256,uint256)", ABI_VALUES(abi_u64(2), abi_u64(1)),
            "ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(2)));
    fixture_fini(&f);
}

Test(ainft_credits, of_a_token_are_earned_and_spent_by_actions)
{
    static const struct effect earn = { AINFT_ADD_TOKEN_CREDIT, NULL, "40u" };
    static const struct effect spend = { AINFT_TAKE_TOKEN_CREDIT, NULL, "25u" };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "earn", "caller == owner", "0u", &earn, 1);
    define_action(&f, "spend", "true", "0u", &spend, 1);
    perform(&f, ALICE, "earn");
    perform(&f, BOB, "spend");
    cr_assert_eq(ask(&f, "tokenCredit(uint256)", ABI_VALUES(abi_u64(1))), 15);
    perform_refused(&f, BOB, "spend", 0, "InsufficientTokenCredit(uint256,uint256,uint256)",
                    ABI_VALUES(abi_u64(1), abi_u64(15), abi_u64(25)));
    const struct exec_outcome supply = call_to(&f, BOB, &f.credit, "totalSupply()", NULL);
    cr_assert_eq(word_of(&supply, 0).limb[0], 15);
    fixture_fini(&f);
}

Test(ainft_credits, are_never_more_than_their_maximum)
{
    static const struct effect much = { AINFT_MINT_CREDITS, NULL, "999999u" };
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    define_action(&f, "much", "true", "0u", &much, 1);
    perform(&f, BOB, "much");
    perform_refused(&f, BOB, "gift", 0, "ERC20ExceededCap(uint256,uint256)",
                    ABI_VALUES(abi_u64(1000099), abi_u64(1000000)));
    fixture_fini(&f);
}

static void credit_refused(struct fixture *f, const char *signature, const struct abi_value *args,
                           const char *error, const struct abi_value *error_args)
{
    const struct exec_outcome outcome = send_to(f, BOB, &f->credit, signature, args);
    expect_revert(f, &outcome, error, error_args);
}

Test(ainft_credits, are_an_erc_20_whose_collection_alone_mints_and_burns)
{
    struct fixture f;
    fixture_init(&f);
    open_token(&f);
    perform(&f, BOB, "gift");
    credit_refused(&f, "mint(address,uint256)", ABI_VALUES(person(&f, BOB), abi_u64(1)),
                   "OwnableUnauthorizedAccount(address)", ABI_VALUES(person(&f, BOB)));
    credit_refused(&f, "burn(address,uint256)", ABI_VALUES(person(&f, BOB), abi_u64(1)),
                   "OwnableUnauthorizedAccount(address)", ABI_VALUES(person(&f, BOB)));
    credit_refused(&f, "move(address,address,uint256)",
                   ABI_VALUES(person(&f, ALICE), person(&f, BOB), abi_u64(0)),
                   "OwnableUnauthorizedAccount(address)", ABI_VALUES(person(&f, BOB)));
    credit_refused(&f, "transfer(address,uint256)", ABI_VALUES(abi_u64(0), abi_u64(1)),
                   "ERC20InvalidReceiver(address)", ABI_VALUES(abi_u64(0)));
    credit_refused(&f, "transfer(address,uint256)", ABI_VALUES(person(&f, ALICE), abi_u64(101)),
                   "ERC20InsufficientBalance(address,uint256,uint256)",
                   ABI_VALUES(person(&f, BOB), abi_u64(100), abi_u64(101)));
    credit_refused(&f, "approve(address,uint256)", ABI_VALUES(abi_u64(0), abi_u64(1)),
                   "ERC20InvalidSpender(address)", ABI_VALUES(abi_u64(0)));
    expect_ok(send_to(&f, BOB, &f.credit, "approve(address,uint256)",
                      ABI_VALUES(person(&f, ALICE), abi_u64(10))));
    const struct exec_outcome too_much =
        send_to(&f, ALICE, &f.credit, "transferFrom(address,address,uint256)",
                ABI_VALUES(person(&f, BOB), person(&f, ALICE), abi_u64(11)));
    expect_revert(&f, &too_much, "ERC20InsufficientAllowance(address,uint256,uint256)",
                  ABI_VALUES(person(&f, ALICE), abi_u64(10), abi_u64(11)));
    expect_ok(send_to(&f, ALICE, &f.credit, "transferFrom(address,address,uint256)",
                      ABI_VALUES(person(&f, BOB), person(&f, STRANGER), abi_u64(10))));
    cr_assert_eq(credits_of(&f, STRANGER), 10);
    cr_assert_eq(credits_of(&f, BOB), 90);
    fixture_fini(&f);
}
