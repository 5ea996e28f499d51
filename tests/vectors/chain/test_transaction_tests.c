/* TransactionTests of ethereum/tests: 205 raw transactions, each with what London, Shanghai and Cancun make of it.
 *
 * The suite judges a transaction on chain 1, without state. The same here: tx_decode, then tx_check for chain id 1, then tx_recover.
 * Three rules of ours are stricter than the suite's chain, and are set aside in a copy: legacy without a chain id counts as naming
 * chain 1, creation is not refused, and the value is left out of the highest cost (the suite has no balances, so for it only the
 * product of gas and price can be too large). What tx_check says without that is asserted too.
 *
 * EXPECTED has, for each exception of the suite, the verdicts that mean the same here. Where there are two:
 *   INVALID_CHAINID is also the suite's word for a v that is neither 27, 28 nor 35 and above: TX_SIGNATURE_VALUES here.
 *   INVALID_SIGNATURE_VRS: r or s out of range TX_SIGNATURE_VALUES, s above half the order TX_HIGH_S, more than 32 bytes TX_RLP.
 *   RLP_LEADING_ZEROS: some of those integers are, with their zeros, longer than the field; the length is looked at first.
 *   TYPE_NOT_SUPPORTED: a first byte that is no type is TX_TYPE_UNKNOWN; the vector of type 4 has the fields of type 2, and as the
 *     codec reads type 4 (where London has none), what it finds wrong is the missing field: TX_RLP.
 *   RLP_ERROR_EOF, RLP_INVALID_HEADER: strings in place of a list; their first byte (0xb8) is no type: TX_TYPE_UNKNOWN.
 *   RLP_ERROR_SIZE: bytes put into or cut from a transaction, so that its fields move: most are no RLP of nine fields; none is one that
 *     decodes up to its recipient. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "state/chain/tx.h"
#include "tests/vectors/chain/fixture.h"

#define IS(verdict) (1U << (verdict))
#define LEADING_ZERO (IS(RLP_LEADING_ZERO) | IS(RLP_TOO_LARGE))

static const struct {
    const char *exception;
    unsigned verdicts; /* bits of tx_verdict */
    unsigned rlp;      /* bits of rlp_verdict, where the verdict is TX_RLP; 0: any */
} EXPECTED[] = {
    { "ADDRESS_TOO_LONG", IS(TX_TO_SIZE), 0 },
    { "ADDRESS_TOO_SHORT", IS(TX_TO_SIZE), 0 },
    { "EC_RECOVERY_FAIL", IS(TX_SENDER), 0 },
    { "GASLIMIT_OVERFLOW", IS(TX_RLP), IS(RLP_TOO_LARGE) },
    { "GASLIMIT_PRICE_PRODUCT_OVERFLOW", IS(TX_FEE_TOO_LARGE), 0 },
    { "GASPRICE_OVERFLOW", IS(TX_RLP), IS(RLP_TOO_LARGE) },
    { "INTRINSIC_GAS_TOO_LOW", IS(TX_INTRINSIC_GAS), 0 },
    { "INVALID_CHAINID", IS(TX_WRONG_CHAIN) | IS(TX_SIGNATURE_VALUES), 0 },
    { "INVALID_SIGNATURE_VRS", IS(TX_SIGNATURE_VALUES) | IS(TX_HIGH_S) | IS(TX_RLP),
      IS(RLP_TOO_LARGE) },
    { "NONCE_OVERFLOW", IS(TX_RLP), IS(RLP_TOO_LARGE) },
    { "NONCE_TOO_BIG", IS(TX_NONCE_MAX), 0 },
    { "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2", IS(TX_TIP_ABOVE_CAP), 0 },
    { "PRIORITY_OVERFLOW", IS(TX_RLP), IS(RLP_TOO_LARGE) },
    { "RLP_ERROR_EOF", IS(TX_TYPE_UNKNOWN), 0 },
    { "RLP_ERROR_SIZE", IS(TX_RLP), 0 },
    { "RLP_ERROR_SIZE_LEADING_ZEROS", IS(TX_RLP), IS(RLP_NOT_CANONICAL) },
    { "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG", IS(TX_RLP), IS(RLP_WRONG_SIZE) },
    { "RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT", IS(TX_RLP), IS(RLP_WRONG_SIZE) },
    { "RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG", IS(TX_RLP), IS(RLP_WRONG_SIZE) },
    { "RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT", IS(TX_RLP), IS(RLP_WRONG_SIZE) },
    { "RLP_INVALID_DATA", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_INVALID_GASLIMIT", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_INVALID_HEADER", IS(TX_TYPE_UNKNOWN), 0 },
    { "RLP_INVALID_NONCE", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_INVALID_SIGNATURE_R", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_INVALID_SIGNATURE_S", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_INVALID_TO", IS(TX_RLP), IS(RLP_NOT_A_STRING) },
    { "RLP_LEADING_ZEROS_BASEFEE", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_DATA_SIZE", IS(TX_RLP), IS(RLP_NOT_CANONICAL) },
    { "RLP_LEADING_ZEROS_GASLIMIT", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_GASPRICE", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_NONCE", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_NONCE_SIZE", IS(TX_RLP), IS(RLP_NOT_CANONICAL) },
    { "RLP_LEADING_ZEROS_PRIORITY_FEE", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_R", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_S", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_V", IS(TX_RLP), LEADING_ZERO },
    { "RLP_LEADING_ZEROS_VALUE", IS(TX_RLP), LEADING_ZERO },
    { "RLP_TOO_FEW_ELEMENTS", IS(TX_RLP), IS(RLP_MISSING) },
    { "RLP_TOO_MANY_ELEMENTS", IS(TX_RLP), IS(RLP_TRAILING) },
    { "TYPE_NOT_SUPPORTED", IS(TX_TYPE_UNKNOWN) | IS(TX_RLP), 0 },
    { "VALUE_OVERFLOW", IS(TX_RLP), IS(RLP_TOO_LARGE) },
};

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 64 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(transaction_tests, .init = open_arena, .fini = close_arena);

struct outcome {
    enum tx_verdict verdict;
    enum rlp_verdict rlp;
    bool is_decoded;
    struct tx tx;
};

/* tx_check for chain 1 without the two rules that the suite's chain does not have. */
static enum tx_verdict check_as_mainnet(const struct tx *tx)
{
    struct tx relaxed = *tx;
    if (!tx->has_chain_id) {
        cr_assert_eq(tx_check(tx, 1), TX_UNPROTECTED);
        relaxed.has_chain_id = true;
        relaxed.chain_id = u256_from_u64(1);
    }
    enum tx_verdict verdict = tx_check(&relaxed, 1);
    if (verdict == TX_FEE_TOO_LARGE) {
        relaxed.value = u256_from_u64(0);
        verdict = tx_check(&relaxed, 1);
    }
    if (verdict == TX_CREATES) {
        relaxed.creates = false;
        verdict = tx_check(&relaxed, 1);
        if (verdict == TX_OK && tx->gas_limit < tx_intrinsic_gas(tx))
            verdict = TX_INTRINSIC_GAS;
    }
    return verdict;
}

static struct outcome judge(mm_bytes raw)
{
    struct outcome outcome = { .rlp = RLP_OK };
    outcome.verdict = tx_decode(&arena, &outcome.tx, raw, &outcome.rlp);
    outcome.is_decoded = outcome.verdict == TX_OK;
    if (outcome.verdict == TX_OK)
        outcome.verdict = check_as_mainnet(&outcome.tx);
    if (outcome.verdict == TX_OK)
        outcome.verdict = tx_recover(&outcome.tx, SECP_LOW_S);
    return outcome;
}

static void expect_refusal(const char *test, const struct outcome *outcome, mm_bytes exception)
{
    static const char prefix[] = "TransactionException.";
    cr_assert(exception.len > sizeof prefix &&
              memcmp(exception.ptr, prefix, sizeof prefix - 1) == 0);
    const mm_bytes name =
        mm_bytes_from(exception.ptr + sizeof prefix - 1, exception.len - sizeof prefix + 1);
    for (size_t i = 0; i < MM_COUNT_OF(EXPECTED); i++) {
        if (!mm_bytes_equal(name, mm_bytes_str(EXPECTED[i].exception)))
            continue;
        cr_expect(EXPECTED[i].verdicts & IS(outcome->verdict), "%s: %s, but it is: %s", test,
                  EXPECTED[i].exception, tx_verdict_text(outcome->verdict));
        if (outcome->verdict == TX_RLP && EXPECTED[i].rlp != 0)
            cr_expect(EXPECTED[i].rlp & IS(outcome->rlp), "%s: %s, but it is: %s", test,
                      EXPECTED[i].exception, rlp_verdict_text(outcome->rlp));
        return;
    }
    cr_assert_fail("%s: an exception that is not in the table: %.*s", test, (int)name.len,
                   (const char *)name.ptr);
}

static void expect_sender(const char *test, const struct outcome *outcome,
                          const struct json *result)
{
    const struct tx *tx = &outcome->tx;
    cr_expect_eq(outcome->verdict, TX_OK, "%s: %s", test, tx_verdict_text(outcome->verdict));
    const mm_bytes hash = fixture_data(&arena, fixture_get(result, "hash"));
    const mm_bytes sender = fixture_data(&arena, fixture_get(result, "sender"));
    cr_expect(mm_bytes_equal(mm_bytes_hash(&tx->hash), hash), "%s: hash", test);
    cr_expect(mm_bytes_equal(mm_bytes_addr(&tx->sender), sender), "%s: sender", test);
}

/* The suite gives 0 where it got no transaction. Before Shanghai initcode cost nothing a word (EIP-3860). */
static void expect_gas(const char *test, const struct outcome *outcome, mm_bytes fork,
                       uint64_t given)
{
    if (!outcome->is_decoded || given == 0)
        return;
    uint64_t gas = tx_intrinsic_gas(&outcome->tx);
    if (mm_bytes_equal(fork, MM_BYTES_LIT("London")) && outcome->tx.creates)
        gas -= 2 * ((outcome->tx.data.len + 31) / 32);
    cr_expect_eq(gas, given, "%s: intrinsic gas %lu, not %lu", test, (unsigned long)gas,
                 (unsigned long)given);
}

static size_t run_vector(const char *test, const struct json *vector)
{
    const struct outcome outcome = judge(fixture_data(&arena, fixture_get(vector, "txbytes")));
    const struct json *results = fixture_get(vector, "result");
    for (size_t i = 0; i < results->count; i++) {
        const struct json *result = &results->members[i].value;
        const struct json *exception = json_find(result, "exception");
        if (exception != NULL)
            expect_refusal(test, &outcome, exception->text);
        else
            expect_sender(test, &outcome, result);
        expect_gas(test, &outcome, results->members[i].key,
                   fixture_u64(&arena, fixture_get(result, "intrinsicGas")));
    }
    return results->count;
}

Test(transaction_tests, every_transaction_is_judged_as_in_every_fork_given)
{
    static const char *const groups[] = {
        "Address", "Data",    "EIP1559",   "EIP2028", "EIP2930", "GasLimit", "GasPrice",
        "Nonce",   "RSValue", "Signature", "VValue",  "Value",   "WrongRLP",
    };
    size_t vectors = 0;
    size_t results = 0;
    for (size_t i = 0; i < MM_COUNT_OF(groups); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "tx/tt%s.json", groups[i]);
        const struct json *file = fixture_json(&arena, path);
        for (size_t j = 0; j < file->count; j++) {
            char test[160];
            (void)snprintf(test, sizeof test, "%s/%.*s", groups[i], (int)file->members[j].key.len,
                           (const char *)file->members[j].key.ptr);
            results += run_vector(test, &file->members[j].value);
            vectors++;
        }
    }
    cr_assert_eq(vectors, 205);
    cr_assert_gt(results, 2 * vectors);
}
