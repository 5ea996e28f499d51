#include "tests/unit/state/chain/given.h"

TestSuite(tx_check, .init = open_arena, .fini = close_arena);

enum { CHAIN = 31337 };

/* Admissible as it is; a test states what differs. */
static struct tx admissible(void)
{
    struct tx tx = { .type = TX_DYNAMIC_FEE,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(CHAIN),
                     .max_fee = u256_from_u64(100),
                     .priority_fee = u256_from_u64(10),
                     .gas_limit = 21000 };
    tx.signature.r.b[31] = 1;
    tx.signature.s.b[31] = 1;
    return tx;
}

Test(tx_check, admits_legacy_and_types_1_and_2)
{
    struct tx tx = admissible();
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        tx.type = (enum tx_type)type;
        cr_assert_eq(tx_check(&tx, CHAIN), type <= TX_DYNAMIC_FEE ? TX_OK : TX_TYPE_NOT_SUPPORTED);
    }
}

Test(tx_check, admits_only_what_names_this_chain)
{
    struct tx tx = admissible();
    cr_assert_eq(tx_check(&tx, CHAIN + 1), TX_WRONG_CHAIN);
    tx.chain_id.limb[1] = 1; /* equal in 64 bits */
    cr_assert_eq(tx_check(&tx, CHAIN), TX_WRONG_CHAIN);
    tx = admissible();
    tx.type = TX_LEGACY;
    tx.has_chain_id = false;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_UNPROTECTED);
}

Test(tx_check, refuses_a_high_s)
{
    struct tx tx = admissible();
    tx.signature.s = hash_of("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
    cr_assert_eq(tx_check(&tx, CHAIN), TX_OK);
    tx.signature.s.b[31]++;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_HIGH_S);
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_HIGH_S);
}

Test(tx_check, refuses_creation)
{
    struct tx tx = admissible();
    tx.creates = true;
    tx.gas_limit = 1000000;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_CREATES);
}

Test(tx_check, refuses_a_tip_above_the_cap)
{
    struct tx tx = admissible();
    tx.priority_fee = tx.max_fee;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_OK);
    tx.priority_fee.limb[0]++;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_TIP_ABOVE_CAP);
}

Test(tx_check, refuses_a_cost_above_256_bits)
{
    struct tx tx = admissible();
    const mm_u256 highest = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    const mm_u256 fee = u256_from_u64(21000 * 100);
    tx.value = u256_wrapping_sub(&highest, &fee);
    cr_assert_eq(tx_check(&tx, CHAIN), TX_OK);
    mm_u256 cost;
    cr_assert(tx_cost_max(&cost, &tx));
    cr_assert(u256_equal(&cost, &highest));
    tx.value.limb[0]++;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_FEE_TOO_LARGE);
    tx.value = u256_from_u64(0);
    tx.max_fee = highest;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_FEE_TOO_LARGE);
}

Test(tx_check, refuses_less_gas_than_the_intrinsic_and_the_nonce_that_none_follows)
{
    struct tx tx = admissible();
    tx.nonce = UINT64_MAX - 1;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_OK);
    tx.nonce = UINT64_MAX;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_NONCE_MAX);
    tx.gas_limit = 20999;
    cr_assert_eq(tx_check(&tx, CHAIN), TX_INTRINSIC_GAS);
}

Test(tx_check, intrinsic_gas_adds_up_what_the_transaction_carries)
{
    struct tx tx = admissible();
    cr_assert_eq(tx_intrinsic_gas(&tx), 21000);
    tx.data = unhex("00ff00ff01"); /* 2 zero, 3 others */
    cr_assert_eq(tx_intrinsic_gas(&tx), 21000 + 2 * 4 + 3 * 16);
    const mm_hash32 slots[3] = { { { 0 } } };
    const struct tx_access access[2] = { { .slots = slots, .slot_count = 3 }, { .slot_count = 0 } };
    tx.access_list = access;
    tx.access_count = 2;
    cr_assert_eq(tx_intrinsic_gas(&tx), 21056 + 2 * 2400 + 3 * 1900);
    tx.authorization_count = 2;
    cr_assert_eq(tx_intrinsic_gas(&tx), 21056 + 10500 + 50000);
    tx.authorization_count = 0;
    tx.creates = true;
    cr_assert_eq(tx_intrinsic_gas(&tx), 21056 + 10500 + 32000 + 2);
    static const uint8_t zeros[33];
    tx.data = mm_bytes_from(zeros, 32);
    cr_assert_eq(tx_intrinsic_gas(&tx), 21000 + 32 * 4 + 10500 + 32000 + 2);
    tx.data = mm_bytes_from(zeros, 33);
    cr_assert_eq(tx_intrinsic_gas(&tx), 21000 + 33 * 4 + 10500 + 32000 + 4);
    tx.authorization_count = SIZE_MAX / 2;
    cr_assert_eq(tx_intrinsic_gas(&tx), UINT64_MAX);
}

Test(tx_check, the_price_paid_is_base_fee_and_tip_up_to_the_cap)
{
    struct tx tx = admissible(); /* at most 100, tip 10 */
    const uint64_t base_fees[] = { 0, 50, 90, 95, 100 };
    const uint64_t prices[] = { 10, 60, 100, 100, 100 };
    for (size_t i = 0; i < MM_COUNT_OF(prices); i++) {
        const mm_u256 base_fee = u256_from_u64(base_fees[i]);
        const mm_u256 price = tx_gas_price(&tx, &base_fee);
        cr_assert_eq(price.limb[0], prices[i]);
        cr_assert(u256_fits_u64(&price));
    }
    const mm_u256 highest = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    tx.max_fee = highest;
    mm_u256 base_fee = highest; /* and the tip do not fit 256 bits */
    base_fee.limb[0]--;
    const mm_u256 price = tx_gas_price(&tx, &base_fee);
    cr_assert(u256_equal(&price, &highest));
}

Test(tx_check, a_signature_out_of_range_or_of_nobody_has_no_sender)
{
    struct tx tx = admissible();
    tx.signature.parity = 2;
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_SIGNATURE_VALUES);
    tx.signature.parity = 0;
    tx.signature.r = (mm_hash32){ { 0 } };
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_SIGNATURE_VALUES);
    tx.signature.r.b[31] = 5; /* 5^3 + 7 is no square: no point has this x */
    cr_assert_eq(tx_recover(&tx, SECP_LOW_S), TX_SENDER);
    cr_assert(mm_addr_is_zero(&tx.sender));
}

Test(tx_check, every_verdict_has_a_text_of_its_own)
{
    for (int i = TX_OK; i <= TX_NO_MEMORY; i++) {
        for (int j = TX_OK; j < i; j++)
            cr_assert_str_neq(tx_verdict_text((enum tx_verdict)i),
                              tx_verdict_text((enum tx_verdict)j));
        cr_assert_str_neq(tx_verdict_text((enum tx_verdict)i), "unknown transaction verdict");
    }
}
