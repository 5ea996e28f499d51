/* Safe transfers to recipients with code. The vectors have only contracts that refuse; here the recipient is a native of the
 * test's own, called by the real executor. */
#include "tests/unit/contracts-native/nft/fixture.h"

static enum exec_status answer(struct host *host, mm_bytes *output, mm_bytes content, size_t len)
{
    uint8_t *word = mm_arena_zeroed(host_arena(host), 1, ABI_WORD);
    cr_assert(word != NULL);
    memcpy(word, content.ptr, content.len);
    *output = mm_bytes_from(word, len);
    return EXEC_OK;
}

/* Gives the selector it was called by, as ERC-721 asks. */
static enum exec_status accept(struct host *host, mm_bytes input, mm_bytes *output)
{
    return answer(host, output, mm_bytes_from(input.ptr, ABI_SELECTOR), ABI_WORD);
}

static enum exec_status accept_something_else(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input;
    return answer(host, output, MM_BYTES_LIT("\x01\xff\xc9\xa7"), ABI_WORD);
}

static enum exec_status answer_too_little(struct host *host, mm_bytes input, mm_bytes *output)
{
    return answer(host, output, mm_bytes_from(input.ptr, ABI_SELECTOR), ABI_WORD - 1);
}

static enum exec_status answer_no_bytes4(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input;
    return answer(host, output, MM_BYTES_LIT("\x15\x0b\x7a\x02\x01"), ABI_WORD);
}

static enum exec_status refuse_with_reason(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)answer(host, output, mm_bytes_from(input.ptr, ABI_SELECTOR), 7);
    return EXEC_REVERT;
}

static enum exec_status burn_all_gas(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)host, (void)input, (void)output;
    return EXEC_OUT_OF_GAS;
}

/* Accepts only if the arguments are those of the test below. */
static enum exec_status accept_if_told_right(struct host *host, mm_bytes input, mm_bytes *output)
{
    struct abi_signature function;
    struct abi_value args[ABI_ARGS_MAX];
    abi_signature_init(&function, "onERC721Received(address,address,uint256,bytes)");
    const mm_bytes rest = mm_bytes_from(input.ptr + ABI_SELECTOR, input.len - ABI_SELECTOR);
    if (!mm_bytes_equal(mm_bytes_from(input.ptr, ABI_SELECTOR), abi_selector(&function)) ||
        abi_decode(args, rest, function.types, function.count, ABI_MEMORY) != ABI_OK)
        return EXEC_REVERT;
    const mm_addr operator_addr = u256_to_addr(&args[0].word);
    const mm_addr from = u256_to_addr(&args[1].word);
    const bool right = mm_addr_equal(&operator_addr, &BOB) && mm_addr_equal(&from, &ALICE) &&
                       args[2].word.limb[0] == 1 && mm_addr_equal(host_caller(host), &COLLECTION) &&
                       mm_bytes_equal(args[3].bytes, MM_BYTES_LIT("hello"));
    return right ? accept(host, input, output) : EXEC_REVERT;
}

static void mint_to_alice(struct fixture *f)
{
    const struct exec_outcome outcome =
        fixture_send(f, &ALICE, &COLLECTION, "mint(address,string)",
                     ABI_VALUES(abi_addr(&ALICE), abi_bytes(MM_BYTES_LIT("ipfs://x"))));
    expect_ok(outcome);
}

static struct exec_outcome safe_mint(struct fixture *f, const mm_addr *to)
{
    return fixture_send(
        f, &ALICE, &COLLECTION, "safeMint(address,string,bytes)",
        ABI_VALUES(abi_addr(to), abi_bytes(MM_BYTES_LIT("u")), abi_bytes(MM_BYTES_LIT("d"))));
}

Test(nft_receivers, one_that_gives_its_selector_gets_the_token)
{
    struct fixture f;
    fixture_init(&f, accept);
    expect_ok(safe_mint(&f, &RECEIVER));
    const struct exec_outcome outcome = fixture_call(&f, &ALICE, &COLLECTION, "balanceOf(address)",
                                                     ABI_VALUES(abi_addr(&RECEIVER)));
    expect_word(&outcome, 1);
    fixture_fini(&f);
}

Test(nft_receivers, are_told_operator_sender_id_and_data)
{
    struct fixture f;
    fixture_init(&f, accept_if_told_right);
    mint_to_alice(&f);
    expect_ok(fixture_send(&f, &ALICE, &COLLECTION, "approve(address,uint256)",
                           ABI_VALUES(abi_addr(&BOB), abi_u64(1))));
    expect_ok(fixture_send(&f, &BOB, &COLLECTION, "safeTransferFrom(address,address,uint256,bytes)",
                           ABI_VALUES(abi_addr(&ALICE), abi_addr(&RECEIVER), abi_u64(1),
                                      abi_bytes(MM_BYTES_LIT("hello")))));
    fixture_fini(&f);
}

Test(nft_receivers, another_selector_is_a_refusal_and_nothing_changes)
{
    struct fixture f;
    fixture_init(&f, accept_something_else);
    const mm_hash32 before = fixture_root(&f);
    const struct exec_outcome outcome = safe_mint(&f, &RECEIVER);
    expect_revert(&f, &outcome, "ERC721InvalidReceiver(address)", ABI_VALUES(abi_addr(&RECEIVER)));
    const mm_hash32 after = fixture_root(&f);
    cr_assert(mm_hash_equal(&before, &after));
    fixture_fini(&f);
}

Test(nft_receivers, an_answer_that_is_no_bytes4_reverts_without_data)
{
    static const receiver_fn wrong[] = { answer_too_little, answer_no_bytes4 };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        struct fixture f;
        fixture_init(&f, wrong[i]);
        const struct exec_outcome outcome = safe_mint(&f, &RECEIVER);
        expect_empty_revert(&outcome);
        fixture_fini(&f);
    }
}

Test(nft_receivers, their_reason_is_handed_on)
{
    struct fixture f;
    fixture_init(&f, refuse_with_reason);
    const struct exec_outcome outcome = safe_mint(&f, &RECEIVER);
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert(mm_bytes_equal(outcome.output, MM_BYTES_LIT("\x15\x0b\x7a\x02\0\0\0")));
    fixture_fini(&f);
}

Test(nft_receivers, one_that_burns_all_its_gas_has_refused)
{
    struct fixture f;
    fixture_init(&f, burn_all_gas);
    const struct exec_outcome outcome = safe_mint(&f, &RECEIVER);
    expect_revert(&f, &outcome, "ERC721InvalidReceiver(address)", ABI_VALUES(abi_addr(&RECEIVER)));
    cr_assert(outcome.gas_used > f.gas_limit - f.gas_limit / 32); /* all but one 64th was given */
    fixture_fini(&f);
}

Test(nft_receivers, the_collection_itself_does_not_accept)
{
    struct fixture f;
    fixture_init(&f, NULL);
    const struct exec_outcome outcome = safe_mint(&f, &COLLECTION);
    expect_revert(&f, &outcome, "ERC721InvalidReceiver(address)",
                  ABI_VALUES(abi_addr(&COLLECTION)));
    fixture_fini(&f);
}
