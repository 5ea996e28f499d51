/* Storage that no transaction makes, but hardhat_setStorageAt does: an answer that says so, and never the end of the process. */
#include "contracts-native/ainft/layout.h"
#include "contracts-native/rules/rules.h"
#include "state/crypto/keccak.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

static const mm_u256 all_ones = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };

static void set(struct fixture *f, const mm_u256 *slot, const mm_u256 *value)
{
    const struct edit edit = {
        .kind = EDIT_SLOT, .addr = f->collection, .slot = *slot, .value = *value
    };
    test_chain_edit(&f->chain, &edit);
}

static mm_u256 id(const char *name)
{
    return id_of(name).word;
}

/* A token, a trait, an open history, and an action that sets the trait. */
static void open_all(struct fixture *f)
{
    static const struct effect effect = { AINFT_SET_TRAIT, "level", "trait('level') + 1u" };
    static const struct effect plain = { AINFT_SET_TRAIT, "level", "7u" };
    (void)mint_to(f, ALICE);
    define_trait(f, "level", AINFT_TRAIT_UINT, 100);
    define_action(f, "up", "true", "0u", &effect, 1);
    define_action(f, "seven", "true", "0u", &plain, 1);
    set_rule(f, "history:chat", "true");
}

static struct exec_outcome perform(struct fixture *f, const char *action)
{
    return send(f, BOB, "perform(uint256,bytes32,uint256[],uint256)",
                ABI_VALUES(abi_u64(1), id_of(action), numbers(f, NULL, 0), abi_u64(0)));
}

static struct exec_outcome append(struct fixture *f)
{
    return send(f, BOB, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
                ABI_VALUES(abi_u64(1), id_of("chat"), abi_u64(0), abi_u64(1), text("x")));
}

Test(ainft_edited_storage, a_trait_that_is_gone_is_named)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 key = id("level");
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, &key);
    const mm_u256 none = { { 0 } };
    set(&f, &slot, &none);
    struct exec_outcome outcome = perform(&f, "seven");
    expect_revert(&f, &outcome, "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("level")));
    outcome = perform(&f, "up");
    cr_assert_eq(outcome.status, EXEC_REVERT); /* its text names a trait that there is not */
    set(&f, &slot, &all_ones);
    outcome = perform(&f, "seven");
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert_eq(call(&f, BOB, "getTraitMetadataURI()", NULL).status, EXEC_OK);
    fixture_fini(&f);
}

Test(ainft_edited_storage, a_trait_of_another_kind_and_a_value_that_is_none_are_read_as_they_can_be)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 key = id("level");
    const mm_u256 token = u256_from_u64(1);
    const mm_u256 def = layout_at(LAYOUT_TRAIT_DEFS, &key);
    const mm_u256 value = layout_trait_value(&token, &key);
    set(&f, &value, &all_ones);
    for (uint64_t kind = 1; kind <= 5; kind++) {
        const mm_u256 word = u256_from_u64(kind | 1 << 8);
        set(&f, &def, &word);
        cr_assert_eq(perform(&f, "up").status, EXEC_REVERT);
        cr_assert_eq(perform(&f, "seven").status, kind == 1 ? EXEC_OK : EXEC_REVERT);
        set(&f, &value, &all_ones);
    }
    fixture_fini(&f);
}

Test(ainft_edited_storage, a_rule_that_is_no_text_is_invalid)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 target = id("history:chat");
    const mm_u256 rule = layout_at(LAYOUT_RULES, &target);
    const mm_u256 source = layout_word(&rule, 3);
    const mm_u256 bytes = { { 2 * 3, 0, 0, 0xfffefd0000000000 } };
    set(&f, &source, &bytes);
    struct exec_outcome outcome = append(&f);
    expect_revert(&f, &outcome, "RuleInvalid(uint8,uint32)",
                  ABI_VALUES(abi_u64(RULE_NOT_UTF8), abi_u64(0)));
    set(&f, &source, &all_ones);
    cr_assert_eq(append(&f).status, EXEC_OUT_OF_GAS);
    fixture_fini(&f);
}

Test(ainft_edited_storage, a_kind_whose_name_is_none_is_unknown)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 kind = id("chat");
    const mm_u256 def = layout_at(LAYOUT_KINDS, &kind);
    const mm_u256 name = layout_word(&def, 1);
    const mm_u256 long_text = u256_from_u64(2 * 100 + 1); /* 100 zero bytes */
    set(&f, &name, &long_text);
    const struct exec_outcome outcome = append(&f);
    expect_revert(&f, &outcome, "UnknownHistoryKind(bytes32)", ABI_VALUES(id_of("chat")));
    fixture_fini(&f);
}

Test(ainft_edited_storage, an_effect_that_there_is_not_does_nothing_and_says_no)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 action = id("seven");
    const mm_u256 slot = layout_at(LAYOUT_ACTIONS, &action);
    const mm_u256 effects = layout_word(&slot, 4);
    const mm_u256 first = storage_data_slot(&effects);
    const mm_u256 op = u256_from_u64(9);
    set(&f, &first, &op);
    cr_assert_eq(perform(&f, "seven").status, EXEC_REVERT);
    set(&f, &effects, &all_ones); /* eight at most are looked at */
    cr_assert_eq(perform(&f, "seven").status, EXEC_REVERT);
    cr_assert_eq(call(&f, BOB, "getAction(bytes32)", ABI_VALUES(id_of("seven"))).status, EXEC_OK);
    fixture_fini(&f);
}

Test(ainft_edited_storage, counters_do_not_wrap)
{
    struct fixture f;
    fixture_init(&f);
    open_all(&f);
    const mm_u256 token = u256_from_u64(1);
    const mm_u256 kind = id("chat");
    const mm_u256 stats = layout_at2(LAYOUT_STATS, &token, &kind);
    const mm_u256 history = layout_at(LAYOUT_HISTORY, &token);
    const mm_u256 zero = { { 0 } };
    set(&f, &stats, &all_ones);
    struct exec_outcome outcome = append(&f);
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x11)));
    set(&f, &stats, &zero);
    set(&f, &history, &all_ones);
    outcome = append(&f);
    expect_revert(&f, &outcome, "Panic(uint256)", ABI_VALUES(abi_u64(0x41)));
    fixture_fini(&f);
}

Test(ainft_edited_storage, lists_that_nobody_could_pay_for_are_out_of_gas)
{
    struct fixture f;
    fixture_init(&f);
    const mm_u256 keys = layout_slot(LAYOUT_TRAIT_KEYS);
    const mm_u256 many = u256_from_u64(1000000);
    set(&f, &keys, &many);
    cr_assert_eq(call(&f, BOB, "traitKeys()", NULL).status, EXEC_OUT_OF_GAS);
    set(&f, &keys, &all_ones);
    cr_assert_eq(call(&f, BOB, "traitKeys()", NULL).status, EXEC_OUT_OF_GAS);
    fixture_fini(&f);
}
