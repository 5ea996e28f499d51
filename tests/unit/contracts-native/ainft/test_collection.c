/* What the factory makes, what it answers to, and who may do what without a rule. */
#include "contracts-native/ainft/layout.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "tests/unit/contracts-native/ainft/fixture.h"

static bool answers(struct fixture *f, uint32_t id)
{
    mm_u256 word = { { 0 } };
    word.limb[3] = (uint64_t)id << 32;
    return ask(f, "supportsInterface(bytes4)", ABI_VALUES(abi_word(&word))) == 1;
}

/* The functions that are AINFT's own, whose selectors make its identifier. */
static const char *const own[] = {
    "specification(uint256)",
    "specificationDigest(uint256,uint64)",
    "setSpecification(uint256,string,bytes32)",
    "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
    "appendHistoryFor(uint256,bytes32,uint8,uint32,bytes,address,bytes32,uint256,bytes)",
    "historyLength(uint256)",
    "historyEntry(uint256,uint256)",
    "historyHead(uint256)",
    "historyStats(uint256,bytes32)",
    "historyCountBy(uint256,bytes32,address)",
    "redactHistory(uint256,uint256,bytes32)",
    "defineHistoryKind(string,uint8,uint16,uint32)",
    "setRule(string,string)",
    "getRule(bytes32)",
    "ruleHash(bytes32,uint64)",
    "ruleTargets()",
    "compileRule(string,string)",
    "checkRule(bytes32,address,uint256,bytes)",
    "defineTrait(string,uint8,bytes32,bytes32)",
    "traitKeys()",
    "defineAction(string,string,string,(uint8,bytes32,string)[])",
    "getAction(bytes32)",
    "actions()",
    "perform(uint256,bytes32,uint256[],uint256)",
    "quote(uint256,bytes32,address,uint256[])",
    "credit()",
    "tokenCredit(uint256)",
    "depositCredit(uint256,uint256)",
    "withdrawCredit(uint256,address,uint256)",
    "creator()",
    "governor()",
    "guardian()",
    "setGovernor(address)",
    "mint(address,string,string,bytes32)",
};

Test(ainft_collection, its_identifier_is_the_xor_of_its_own_selectors)
{
    uint32_t id = 0;
    for (size_t i = 0; i < MM_COUNT_OF(own); i++) {
        struct abi_signature function;
        abi_signature_init(&function, own[i]);
        const mm_bytes selector = abi_selector(&function);
        id ^= (uint32_t)selector.ptr[0] << 24 | (uint32_t)selector.ptr[1] << 16 |
              (uint32_t)selector.ptr[2] << 8 | selector.ptr[3];
    }
    cr_assert_eq(id, 0xe21a75ff);
}

Test(ainft_collection, answers_to_the_interfaces_that_it_has_and_no_other)
{
    static const uint32_t has[] = { 0x01ffc9a7, 0x80ac58cd, 0x5b5e139f, 0x49064906, 0x2a55205a,
                                    0xaf332f3e, 0x84b0196e, 0xe90fb3f6, 0xda287a1d, 0xe21a75ff };
    static const uint32_t has_not[] = { 0xffffffff, 0,          0xdf670be1, 0x91a6262f,
                                        0xb45a3c0e, 0xad092b5c, 0x702c55a6 };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < MM_COUNT_OF(has); i++)
        cr_expect(answers(&f, has[i]), "%08x", has[i]);
    for (size_t i = 0; i < MM_COUNT_OF(has_not); i++)
        cr_expect(!answers(&f, has_not[i]), "%08x", has_not[i]);
    fixture_fini(&f);
}

static void expect_root(const mm_u256 *root, const char *hex)
{
    mm_hash32 expected;
    const mm_hash32 actual = u256_to_hash(root);
    cr_assert(hex_decode(expected.b, mm_bytes_str(hex)));
    cr_assert(mm_hash_equal(&actual, &expected), "%s", hex);
}

Test(ainft_collection, its_own_storage_begins_where_erc_7201_says)
{
    struct fixture f;
    fixture_init(&f);
    const mm_u256 root = layout_slot(LAYOUT_CREATOR);
    expect_root(&root, "a0b1efd18f25e0fb9dff7661eb83d9e6b65b58b0b356e787edf8f88907a8b900");
    fixture_fini(&f);
}

Test(ainft_collection, comes_with_its_governor_and_its_credit_in_the_order_of_nonces)
{
    struct fixture f;
    fixture_init(&f);
    const mm_addr expected[] = { address_of_create(&f.factory, 1), address_of_create(&f.factory, 2),
                                 address_of_create(&f.factory, 3) };
    cr_assert(mm_addr_equal(&f.collection, &expected[0]));
    cr_assert(mm_addr_equal(&f.governor, &expected[1]));
    cr_assert(mm_addr_equal(&f.credit, &expected[2]));
    const struct exec_outcome credit = call(&f, STRANGER, "credit()", NULL);
    const mm_u256 word = word_of(&credit, 0);
    const mm_addr addr = u256_to_addr(&word);
    cr_assert(mm_addr_equal(&addr, &f.credit));
    const struct exec_outcome at =
        call_to(&f, STRANGER, &f.factory, "collectionAt(uint256)", ABI_VALUES(abi_u64(0)));
    const mm_u256 first = word_of(&at, 0);
    const mm_addr collection = u256_to_addr(&first);
    cr_assert(mm_addr_equal(&collection, &f.collection));
    const struct exec_outcome beyond =
        call_to(&f, STRANGER, &f.factory, "collectionAt(uint256)", ABI_VALUES(abi_u64(1)));
    expect_revert(&f, &beyond, "Panic(uint256)", ABI_VALUES(abi_u64(0x32)));
    fixture_fini(&f);
}

Test(ainft_collection, begins_with_its_creator_as_governor_and_the_default_rules)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome governor = call(&f, STRANGER, "governor()", NULL);
    const mm_u256 word = word_of(&governor, 0);
    const mm_addr addr = u256_to_addr(&word);
    cr_assert(mm_addr_equal(&addr, &f.people[CREATOR]));
    const struct exec_outcome targets = call(&f, STRANGER, "ruleTargets()", NULL);
    cr_assert_eq(word_of(&targets, 1).limb[0], 7);
    const struct exec_outcome guardian = call(&f, STRANGER, "guardian()", NULL);
    cr_assert_eq(word_of(&guardian, 1).limb[0], 2000000000);
    fixture_fini(&f);
}

Test(ainft_collection, nobody_cannot_create_one)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome outcome = send_to(
        &f, CREATOR, &f.factory,
        "createCollection((string,string,string,address,string,string,uint256,uint48,uint32,"
        "uint256,uint8,uint48,address,uint64))",
        ABI_VALUES({ .bytes = { NULL, 0 } }, text("n"), text("s"), text(""), abi_u64(0), text("c"),
                   text("c"), abi_u64(1), abi_u64(0), abi_u64(0), abi_u64(0), abi_u64(0),
                   abi_u64(0), abi_u64(0), abi_u64(0)));
    expect_revert(&f, &outcome, "NotGovernance(address)", ABI_VALUES(abi_u64(0)));
    cr_assert_eq(call_to(&f, CREATOR, &f.factory, "collectionCount()", NULL).status, EXEC_OK);
    fixture_fini(&f);
}

/* ---- governance ---- */

static void governance_refuses(struct fixture *f, const char *signature,
                               const struct abi_value *args)
{
    refused(f, ALICE, signature, args, "NotGovernance(address)", ABI_VALUES(person(f, ALICE)));
}

Test(ainft_governance, what_is_the_governors_is_nobody_elses)
{
    struct fixture f;
    fixture_init(&f);
    const struct effect none = { 0 };
    governance_refuses(&f, "setRule(string,string)", ABI_VALUES(text("mint"), text("true")));
    governance_refuses(&f, "defineHistoryKind(string,uint8,uint16,uint32)",
                       ABI_VALUES(text("x"), abi_u64(7), abi_u64(1), abi_u64(1)));
    governance_refuses(&f, "defineTrait(string,uint8,bytes32,bytes32)",
                       ABI_VALUES(text("x"), abi_u64(1), abi_u64(0), abi_u64(1)));
    governance_refuses(&f, "defineAction(string,string,string,(uint8,bytes32,string)[])",
                       ABI_VALUES(text("x"), text("true"), text("0u"), effects_of(&f, &none, 0)));
    governance_refuses(&f, "setGovernor(address)", ABI_VALUES(person(&f, ALICE)));
    governance_refuses(&f, "setContractURI(string)", ABI_VALUES(text("x")));
    governance_refuses(&f, "setDefaultRoyalty(address,uint96)",
                       ABI_VALUES(person(&f, ALICE), abi_u64(1)));
    governance_refuses(&f, "setTokenRoyalty(uint256,address,uint96)",
                       ABI_VALUES(abi_u64(1), person(&f, ALICE), abi_u64(1)));
    fixture_fini(&f);
}

Test(ainft_governance, is_handed_over_whole_but_not_to_nobody)
{
    struct fixture f;
    fixture_init(&f);
    refused(&f, CREATOR, "setGovernor(address)", ABI_VALUES(abi_u64(0)), "NotGovernance(address)",
            ABI_VALUES(abi_u64(0)));
    (void)done(&f, CREATOR, "setGovernor(address)", ABI_VALUES(person(&f, BOB)));
    refused(&f, CREATOR, "setContractURI(string)", ABI_VALUES(text("x")), "NotGovernance(address)",
            ABI_VALUES(person(&f, CREATOR)));
    (void)done(&f, BOB, "setContractURI(string)", ABI_VALUES(text("x")));
    fixture_fini(&f);
}

Test(ainft_governance, royalties_are_those_of_erc_2981)
{
    struct fixture f;
    fixture_init(&f);
    (void)done(&f, CREATOR, "setDefaultRoyalty(address,uint96)",
               ABI_VALUES(person(&f, BOB), abi_u64(250)));
    const struct exec_outcome info =
        call(&f, STRANGER, "royaltyInfo(uint256,uint256)", ABI_VALUES(abi_u64(1), abi_u64(10000)));
    cr_assert_eq(word_of(&info, 1).limb[0], 250);
    refused(&f, CREATOR, "setDefaultRoyalty(address,uint96)",
            ABI_VALUES(person(&f, BOB), abi_u64(10001)),
            "ERC2981InvalidDefaultRoyalty(uint256,uint256)",
            ABI_VALUES(abi_u64(10001), abi_u64(10000)));
    fixture_fini(&f);
}

/* ---- tokens ---- */

Test(ainft_tokens, are_minted_by_who_the_rule_says)
{
    struct fixture f;
    fixture_init(&f);
    refused(&f, ALICE, "mint(address,string,string,bytes32)",
            ABI_VALUES(person(&f, ALICE), text("u"), text(""), abi_u64(0)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("mint")));
    cr_assert_eq(mint_to(&f, ALICE), 1);
    cr_assert_eq(mint_to(&f, BOB), 2);
    cr_assert_eq(ask(&f, "totalSupply()", NULL), 2);
    set_rule(&f, "mint", "caller == to && supply < 3u && token == 3u");
    refused(&f, BOB, "mint(address,string,string,bytes32)",
            ABI_VALUES(person(&f, ALICE), text("u"), text(""), abi_u64(0)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("mint")));
    (void)done(&f, ALICE, "mint(address,string,string,bytes32)",
               ABI_VALUES(person(&f, ALICE), text("u"), text("ipfs://spec"), abi_u64(7)));
    refused(&f, ALICE, "mint(address,string,string,bytes32)",
            ABI_VALUES(person(&f, ALICE), text("u"), text(""), abi_u64(0)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("mint")));
    const struct exec_outcome spec =
        call(&f, BOB, "specification(uint256)", ABI_VALUES(abi_u64(3)));
    cr_assert_eq(word_of(&spec, 1).limb[0], 7);
    cr_assert_eq(word_of(&spec, 2).limb[0], 1);
    fixture_fini(&f);
}

Test(ainft_tokens, move_whatever_the_rules_say_and_leave_the_agent_behind)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = mint_to(&f, ALICE);
    const struct abi_value words[] = {
        id_of("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)"),
        abi_u64(id), person(&f, SERVICE), person(&f, ALICE), abi_u64(2000000000)
    };
    const mm_u256 hash = hash_words(words, MM_COUNT_OF(words));
    const mm_bytes signature = sign(&f, SERVICE, &hash);
    refused(&f, BOB, "setAgentWallet(uint256,address,uint256,bytes)",
            ABI_VALUES(abi_u64(id), person(&f, SERVICE), abi_u64(2000000000), abi_bytes(signature)),
            "ERC721InsufficientApproval(address,uint256)",
            ABI_VALUES(person(&f, BOB), abi_u64(id)));
    refused(&f, ALICE, "setAgentWallet(uint256,address,uint256,bytes)",
            ABI_VALUES(abi_u64(id), person(&f, BOB), abi_u64(2000000000), abi_bytes(signature)),
            "AuthorSignatureInvalid(address)", ABI_VALUES(person(&f, BOB)));
    (void)done(
        &f, ALICE, "setAgentWallet(uint256,address,uint256,bytes)",
        ABI_VALUES(abi_u64(id), person(&f, SERVICE), abi_u64(2000000000), abi_bytes(signature)));
    const struct exec_outcome wallet =
        call(&f, BOB, "getAgentWallet(uint256)", ABI_VALUES(abi_u64(id)));
    cr_assert_neq(word_of(&wallet, 0).limb[0], 0);
    const struct exec_outcome moved =
        done(&f, ALICE, "transferFrom(address,address,uint256)",
             ABI_VALUES(person(&f, ALICE), person(&f, BOB), abi_u64(id)));
    cr_assert_eq(moved.log_count, 4); /* Transfer, two of votes, MetadataSet */
    cr_assert_eq(ask(&f, "getAgentWallet(uint256)", ABI_VALUES(abi_u64(id))), 0);
    refused(&f, BOB, "setAgentWallet(uint256,address,uint256,bytes)",
            ABI_VALUES(abi_u64(id), person(&f, SERVICE), abi_u64(2000000000), abi_bytes(signature)),
            "AuthorSignatureInvalid(address)", ABI_VALUES(person(&f, SERVICE)));
    fixture_fini(&f);
}

Test(ainft_tokens, that_were_burnt_keep_their_specification_and_history)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = mint_to(&f, ALICE);
    set_rule(&f, "history:chat", "true");
    (void)done(&f, ALICE, "setSpecification(uint256,string,bytes32)",
               ABI_VALUES(abi_u64(id), text("ipfs://s"), abi_u64(9)));
    (void)done(&f, BOB, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
               ABI_VALUES(abi_u64(id), id_of("chat"), abi_u64(0), abi_u64(1), text("hi")));
    (void)done(&f, ALICE, "burn(uint256)", ABI_VALUES(abi_u64(id)));
    cr_assert_eq(ask(&f, "totalSupply()", NULL), 0);
    cr_assert_eq(ask(&f, "historyLength(uint256)", ABI_VALUES(abi_u64(id))), 1);
    cr_assert_eq(
        ask(&f, "specificationDigest(uint256,uint64)", ABI_VALUES(abi_u64(id), abi_u64(1))), 9);
    refused(&f, BOB, "appendHistory(uint256,bytes32,uint8,uint32,bytes)",
            ABI_VALUES(abi_u64(id), id_of("chat"), abi_u64(0), abi_u64(1), text("hi")),
            "ERC721NonexistentToken(uint256)", ABI_VALUES(abi_u64(id)));
    (void)done(&f, BOB, "redactHistory(uint256,uint256,bytes32)",
               ABI_VALUES(abi_u64(id), abi_u64(0), abi_u64(1)));
    fixture_fini(&f);
}

Test(ainft_specification, has_versions_whose_digests_stay)
{
    struct fixture f;
    fixture_init(&f);
    const uint64_t id = mint_to(&f, ALICE);
    for (uint64_t version = 1; version <= 3; version++) {
        const struct exec_outcome outcome =
            done(&f, ALICE, "setSpecification(uint256,string,bytes32)",
                 ABI_VALUES(abi_u64(id), text("ipfs://s"), abi_u64(100 + version)));
        cr_assert_eq(word_of(&outcome, 0).limb[0], version);
    }
    for (uint64_t version = 1; version <= 3; version++)
        cr_assert_eq(ask(&f, "specificationDigest(uint256,uint64)",
                         ABI_VALUES(abi_u64(id), abi_u64(version))),
                     100 + version);
    refused(&f, BOB, "setSpecification(uint256,string,bytes32)",
            ABI_VALUES(abi_u64(id), text("x"), abi_u64(1)), "RuleDenied(bytes32)",
            ABI_VALUES(id_of("spec")));
    refused(&f, BOB, "setSpecification(uint256,string,bytes32)",
            ABI_VALUES(abi_u64(99), text("x"), abi_u64(1)), "ERC721NonexistentToken(uint256)",
            ABI_VALUES(abi_u64(99)));
    fixture_fini(&f);
}
