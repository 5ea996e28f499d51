#include "tests/unit/contracts-native/nft/fixture.h"

static struct exec_outcome mint(struct fixture *f)
{
    return fixture_send(f, &ALICE, &COLLECTION, "mint(address,string)",
                        ABI_VALUES(abi_addr(&ALICE), abi_bytes(MM_BYTES_LIT("ipfs://x"))));
}

/* Whatever the gas limit, a transaction either does all or nothing. */
Test(nft_gas, a_mint_that_runs_dry_anywhere_leaves_nothing_behind)
{
    struct fixture f;
    fixture_init(&f, NULL);
    const mm_hash32 before = fixture_root(&f);
    const mm_bytes input =
        fixture_calldata(&f, "mint(address,string)",
                         ABI_VALUES(abi_addr(&ALICE), abi_bytes(MM_BYTES_LIT("ipfs://x"))));
    struct exec_message message = {
        .from = ALICE, .to = COLLECTION, .input = input, .gas_limit = 10000000
    };
    const struct exec_outcome whole = test_chain_call(&f.chain, &message);
    expect_ok(whole);
    /* Storage was zero and stays so in a call: no refunds, so gas_used is what is needed. */
    const uint64_t needed = whole.gas_used;
    size_t dry = 0;
    for (uint64_t gas = 23000; gas < needed; gas += 997) {
        message.gas_limit = gas;
        const struct exec_outcome outcome = test_chain_transact(&f.chain, &message);
        cr_assert_eq(outcome.verdict, TX_OK);
        cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
        cr_assert_eq(outcome.gas_used, gas);
        cr_assert_eq(outcome.log_count, 0);
        dry++;
    }
    cr_assert(dry > 50);
    const mm_hash32 after = fixture_root(&f);
    cr_assert(mm_hash_equal(&before, &after));
    message.gas_limit = needed;
    expect_ok(test_chain_transact(&f.chain, &message));
    fixture_fini(&f);
}

/* Five fresh slots, one that changes, two logs: the EVM's price of the same accesses (docs/GAS.md). */
Test(nft_gas, a_mint_pays_for_its_slots_and_logs)
{
    struct fixture f;
    fixture_init(&f, NULL);
    const struct exec_outcome outcome = mint(&f);
    expect_ok(outcome);
    const uint64_t fresh = 22100;
    const uint64_t open_mint = 2100;                     /* a load */
    const uint64_t next_id = 2100 + 2900;                /* 1 becomes 2 */
    const uint64_t owner_balance_supply_uri = 4 * fresh; /* each loaded, then stored */
    const uint64_t transfer_log = 375 + 4 * 375;
    const uint64_t update_log = 375 + 375 + 8 * 32;
    const uint64_t dispatch = 700;
    const uint64_t execution =
        open_mint + next_id + owner_balance_supply_uri + transfer_log + update_log + dispatch;
    const mm_bytes input =
        fixture_calldata(&f, "mint(address,string)",
                         ABI_VALUES(abi_addr(&ALICE), abi_bytes(MM_BYTES_LIT("ipfs://x"))));
    uint64_t intrinsic = 21000;
    for (size_t i = 0; i < input.len; i++)
        intrinsic += input.ptr[i] == 0 ? 4 : 16;
    cr_assert_eq(outcome.gas_used, intrinsic + execution, "%lu",
                 (unsigned long)(outcome.gas_used - intrinsic));
    fixture_fini(&f);
}

/* Memory is the world's, not the contract's: the executor says so, and no receipt is made. */
Test(nft_gas, a_full_arena_is_an_error_of_the_world)
{
    static uint8_t uri[64 << 10];
    struct fixture f;
    size_t failures = 0;
    fixture_init(&f, NULL);
    f.gas_limit = 100000000;
    memset(uri, 'x', sizeof uri);
    expect_ok(fixture_send(&f, &OWNER, &COLLECTION, "setContractURI(string)",
                           ABI_VALUES(abi_bytes(MM_BYTES_OF(uri)))));
    test_chain_seal(&f.chain);
    const struct exec_block block = { .gas_limit = f.gas_limit };
    const struct exec_message message = { .from = ALICE,
                                          .to = COLLECTION,
                                          .input = fixture_calldata(&f, "contractURI()", NULL),
                                          .gas_limit = f.gas_limit };
    for (size_t bytes_max = 64 << 10; bytes_max < 4 << 20; bytes_max += 64 << 10) {
        struct mm_arena arena;
        struct exec *exec;
        struct exec_outcome outcome;
        mm_arena_init(&arena, bytes_max);
        if (exec_new(&arena, &exec, &f.chain.view, &f.natives, &block) != MM_OK ||
            exec_call(exec, &outcome, &message) != MM_OK)
            failures++;
        else
            expect_ok(outcome);
        mm_arena_fini(&arena);
    }
    cr_assert(failures > 5 && failures < 60, "%zu", failures);
    fixture_fini(&f);
}
