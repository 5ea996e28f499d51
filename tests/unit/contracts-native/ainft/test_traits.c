/* Traits (ERC-7496): what they may be, who sets them, what is told. */
#include <stdio.h>

#include "tests/unit/contracts-native/ainft/fixture.h"

static const char *const DEFINE = "defineTrait(string,uint8,bytes32,bytes32)";
static const char *const SET = "setTrait(uint256,bytes32,bytes32)";
static const char *const GET = "getTraitValue(uint256,bytes32)";

static struct abi_value short_text(const char *content)
{
    uint8_t word[ABI_WORD] = { 0 };
    memcpy(word, content, strlen(content));
    const mm_u256 value = u256_from_be32(word);
    return abi_word(&value);
}

/* A token of ALICE's; she may set any of its traits. */
static void open_traits(struct fixture *f)
{
    (void)mint_to(f, ALICE);
    define_trait(f, "level", AINFT_TRAIT_UINT, 10);
    define_trait(f, "open", AINFT_TRAIT_BOOL, 0);
    define_trait(f, "raw", AINFT_TRAIT_BYTES32, 0);
    define_trait(f, "name", AINFT_TRAIT_STRING, 0);
    set_rule(f, "trait:*", "caller == owner");
}

static void value_refused(struct fixture *f, const char *trait, struct abi_value value)
{
    refused(f, ALICE, SET, ABI_VALUES(abi_u64(1), id_of(trait), value),
            "TraitValueInvalid(bytes32,bytes32)", ABI_VALUES(id_of(trait), value));
}

static void value_taken(struct fixture *f, const char *trait, struct abi_value value)
{
    (void)done(f, ALICE, SET, ABI_VALUES(abi_u64(1), id_of(trait), value));
    const struct exec_outcome outcome = call(f, BOB, GET, ABI_VALUES(abi_u64(1), id_of(trait)));
    const mm_u256 word = word_of(&outcome, 0);
    cr_assert(u256_equal(&word, &value.word), "%s", trait);
}

Test(ainft_traits, a_value_outside_its_bounds_is_refused)
{
    struct fixture f;
    fixture_init(&f);
    open_traits(&f);
    value_taken(&f, "level", abi_u64(10));
    value_refused(&f, "level", abi_u64(11));
    value_taken(&f, "open", abi_u64(1));
    value_refused(&f, "open", abi_u64(2));
    value_taken(&f, "name", short_text("Orpheus"));
    value_taken(&f, "name", short_text("1234567890123456789012345678901"));
    value_refused(&f, "name", short_text("12345678901234567890123456789012"));
    value_refused(&f, "name", short_text("\xff\xfe"));
    value_refused(&f, "name", abi_u64(1)); /* zeros before a byte */
    value_taken(&f, "raw", abi_u64(1));
    (void)done(&f, CREATOR, DEFINE, ABI_VALUES(text("level"), abi_u64(1), abi_u64(5), abi_u64(20)));
    value_refused(&f, "level", abi_u64(4));
    value_taken(&f, "level", abi_u64(20));
    fixture_fini(&f);
}

Test(ainft_traits, a_trait_or_token_that_there_is_not_is_named)
{
    struct fixture f;
    fixture_init(&f);
    open_traits(&f);
    refused(&f, ALICE, SET, ABI_VALUES(abi_u64(1), id_of("nothing"), abi_u64(1)),
            "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("nothing")));
    refused(&f, ALICE, SET, ABI_VALUES(abi_u64(2), id_of("level"), abi_u64(1)),
            "ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(2)));
    struct exec_outcome outcome = call(&f, BOB, GET, ABI_VALUES(abi_u64(1), id_of("nothing")));
    expect_revert(&f, &outcome, "TraitDoesNotExist(bytes32)", ABI_VALUES(id_of("nothing")));
    outcome = call(&f, BOB, GET, ABI_VALUES(abi_u64(9), id_of("level")));
    expect_revert(&f, &outcome, "ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(9)));
    fixture_fini(&f);
}

Test(ainft_traits, setting_one_to_what_it_is_is_refused)
{
    struct fixture f;
    fixture_init(&f);
    open_traits(&f);
    refused(&f, ALICE, SET, ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(0)),
            "TraitValueUnchanged()", NULL);
    value_taken(&f, "level", abi_u64(3));
    refused(&f, ALICE, SET, ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(3)),
            "TraitValueUnchanged()", NULL);
    fixture_fini(&f);
}

Test(ainft_traits, the_rule_sees_the_old_value_and_the_new_one)
{
    struct fixture f;
    fixture_init(&f);
    open_traits(&f);
    set_rule(&f, "trait:level", "new == old + 2u");
    set_rule(&f, "trait:open", "old != new && new");
    set_rule(&f, "trait:name", "new.startsWith('O') && old.size() == 0");
    set_rule(&f, "trait:raw", "new.size() == 32 && old != new");
    refused(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(1)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("trait:level")));
    const struct exec_outcome outcome =
        done(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("level"), abi_u64(2)));
    cr_assert_eq(outcome.log_count, 2); /* TraitUpdated, MetadataUpdate */
    (void)done(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("open"), abi_u64(1)));
    (void)done(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("name"), short_text("Orpheus")));
    refused(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("name"), short_text("Otto")),
            "RuleDenied(bytes32)", ABI_VALUES(id_of("trait:name")));
    (void)done(&f, BOB, SET, ABI_VALUES(abi_u64(1), id_of("raw"), abi_u64(1)));
    fixture_fini(&f);
}

static void definition_refused(struct fixture *f, uint64_t kind, uint64_t min, uint64_t max,
                               uint64_t wrong)
{
    refused(f, CREATOR, DEFINE,
            ABI_VALUES(text("level"), abi_u64(kind), abi_u64(min), abi_u64(max)),
            "TraitValueInvalid(bytes32,bytes32)", ABI_VALUES(id_of("level"), abi_u64(wrong)));
}

Test(ainft_traits, a_definition_has_a_kind_that_stays_and_bounds_in_order)
{
    struct fixture f;
    fixture_init(&f);
    definition_refused(&f, 0, 0, 0, 0);
    definition_refused(&f, 5, 0, 0, 5);
    definition_refused(&f, 1, 7, 6, 7);
    definition_refused(&f, 2, 1, 0, 1);
    definition_refused(&f, 3, 0, 2, 2);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 10);
    definition_refused(&f, 2, 0, 0, 2);
    char name[32];
    for (int i = 1; i < AINFT_TRAITS_MAX; i++) {
        (void)snprintf(name, sizeof name, "t%d", i);
        define_trait(&f, name, AINFT_TRAIT_BOOL, 0);
    }
    refused(&f, CREATOR, DEFINE, ABI_VALUES(text("more"), abi_u64(1), abi_u64(0), abi_u64(1)),
            "LimitReached(bytes32,uint256)", ABI_VALUES(short_text("traits"), abi_u64(64)));
    const struct exec_outcome uri = call(&f, BOB, "getTraitMetadataURI()", NULL);
    expect_ok(uri);
    fixture_fini(&f);
}

Test(ainft_traits, many_are_read_at_once)
{
    struct fixture f;
    fixture_init(&f);
    open_traits(&f);
    value_taken(&f, "level", abi_u64(7));
    const struct abi_value keys[] = { id_of("level"), id_of("open") };
    uint8_t words[2 * ABI_WORD];
    for (size_t i = 0; i < 2; i++)
        u256_to_be32(words + i * ABI_WORD, &keys[i].word);
    const struct exec_outcome outcome = call(&f, BOB, "getTraitValues(uint256,bytes32[])",
                                             ABI_VALUES(abi_u64(1), abi_bytes(MM_BYTES_OF(words))));
    cr_assert_eq(word_of(&outcome, 1).limb[0], 2);
    cr_assert_eq(word_of(&outcome, 2).limb[0], 7);
    cr_assert_eq(word_of(&outcome, 3).limb[0], 0);
    fixture_fini(&f);
}

Test(ainft_traits, are_told_to_marketplaces_as_erc_7496_says)
{
    static const char *const expected =
        "data:application/json,{\"traits\":{"
        "\"level\":{\"displayName\":\"level\",\"dataType\":{\"type\":\"decimal\",\"bits\":256,"
        "\"signed\":false,\"decimals\":0}},"
        "\"open\":{\"displayName\":\"open\",\"dataType\":{\"type\":\"boolean\"}}}}";
    struct fixture f;
    fixture_init(&f);
    define_trait(&f, "level", AINFT_TRAIT_UINT, 10);
    define_trait(&f, "open", AINFT_TRAIT_BOOL, 0);
    const struct exec_outcome uri = call(&f, BOB, "getTraitMetadataURI()", NULL);
    cr_assert_eq(word_of(&uri, 1).limb[0], strlen(expected));
    cr_assert_eq(memcmp(uri.output.ptr + 2 * ABI_WORD, expected, strlen(expected)), 0);
    fixture_fini(&f);
}
