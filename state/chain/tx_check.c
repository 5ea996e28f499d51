/* What this chain admits, who sent it, and what it costs at most. */
#include "state/chain/chain_internal.h"
#include "state/chain/tx.h"

enum {
    GAS_TX = 21000,
    GAS_CREATE = 32000, /* EIP-2 */
    GAS_DATA_ZERO = 4,
    GAS_DATA_NON_ZERO = 16,    /* EIP-2028 */
    GAS_INITCODE_WORD = 2,     /* EIP-3860 */
    GAS_ACCESS_ADDRESS = 2400, /* EIP-2930 */
    GAS_ACCESS_SLOT = 1900,    /* EIP-2930 */
    GAS_AUTHORIZATION = 25000, /* EIP-7702 */
};

const char *tx_verdict_text(enum tx_verdict verdict)
{
    switch (verdict) {
    case TX_OK:
        return "ok";
    case TX_EMPTY:
        return "empty transaction";
    case TX_TOO_LARGE:
        return "transaction too large";
    case TX_TYPE_UNKNOWN:
        return "transaction type unknown";
    case TX_RLP:
        return "malformed transaction rlp";
    case TX_TO_SIZE:
        return "recipient is not an address";
    case TX_SIGNATURE_VALUES:
        return "invalid signature values";
    case TX_TYPE_NOT_SUPPORTED:
        return "transaction type not supported";
    case TX_UNPROTECTED:
        return "not replay-protected";
    case TX_WRONG_CHAIN:
        return "wrong chain id";
    case TX_HIGH_S:
        return "signature with high s";
    case TX_CREATES:
        return "contract creation not supported";
    case TX_TIP_ABOVE_CAP:
        return "priority fee above max fee";
    case TX_FEE_TOO_LARGE:
        return "fee too large";
    case TX_INTRINSIC_GAS:
        return "intrinsic gas too low";
    case TX_SENDER:
        return "signature recovers no sender";
    case TX_NONCE_TOO_LOW:
        return "nonce too low";
    case TX_NONCE_TOO_HIGH:
        return "nonce too high";
    case TX_NONCE_MAX:
        return "nonce has the maximum value";
    case TX_SENDER_HAS_CODE:
        return "sender is a contract";
    case TX_NO_FUNDS:
        return "insufficient funds";
    case TX_FEE_BELOW_BASE:
        return "max fee below base fee";
    case TX_BLOCK_GAS:
        return "block gas limit exceeded";
    case TX_NO_MEMORY:
        return "out of memory";
    }
    return "unknown transaction verdict";
}

enum tx_verdict tx_recover(struct tx *tx, enum secp_s_rule rule)
{
    tx->sender = (mm_addr){ { 0 } };
    if (!chain_signature_in_range(&tx->signature))
        return TX_SIGNATURE_VALUES;
    if (rule == SECP_LOW_S && !secp_is_low_s(&tx->signature.s))
        return TX_HIGH_S;
    const mm_hash32 digest = tx_signing_hash(tx);
    return secp_recover(&tx->sender, &tx->signature, &digest, rule) ? TX_OK : TX_SENDER;
}

static size_t non_zero_bytes(mm_bytes data)
{
    size_t count = 0;
    for (size_t i = 0; i < data.len; i++)
        count += data.ptr[i] != 0;
    return count;
}

static bool add_gas(uint64_t *gas, uint64_t count, uint64_t each)
{
    uint64_t more;
    return !__builtin_mul_overflow(count, each, &more) && !__builtin_add_overflow(*gas, more, gas);
}

uint64_t tx_intrinsic_gas(const struct tx *tx)
{
    const size_t non_zero = non_zero_bytes(tx->data);
    uint64_t slots = 0;
    for (size_t i = 0; i < tx->access_count; i++)
        slots += tx->access_list[i].slot_count;
    uint64_t gas = GAS_TX;
    bool fits = add_gas(&gas, non_zero, GAS_DATA_NON_ZERO) &&
                add_gas(&gas, tx->data.len - non_zero, GAS_DATA_ZERO) &&
                add_gas(&gas, tx->access_count, GAS_ACCESS_ADDRESS) &&
                add_gas(&gas, slots, GAS_ACCESS_SLOT) &&
                add_gas(&gas, tx->authorization_count, GAS_AUTHORIZATION);
    if (tx->creates) {
        const uint64_t words = tx->data.len / 32 + (tx->data.len % 32 != 0);
        fits = fits && add_gas(&gas, 1, GAS_CREATE) && add_gas(&gas, words, GAS_INITCODE_WORD);
    }
    return fits ? gas : UINT64_MAX;
}

bool tx_cost_max(mm_u256 *cost, const struct tx *tx)
{
    const mm_u256 gas = u256_from_u64(tx->gas_limit);
    mm_u256 fee;
    *cost = u256_from_u64(0);
    return u256_mul(&fee, &gas, &tx->max_fee) && u256_add(cost, &fee, &tx->value);
}

mm_u256 tx_gas_price(const struct tx *tx, const mm_u256 *base_fee)
{
    mm_u256 price;
    if (!u256_add(&price, base_fee, &tx->priority_fee)) /* above any max fee */
        return tx->max_fee;
    return u256_min(&price, &tx->max_fee);
}

enum tx_verdict tx_check(const struct tx *tx, uint64_t chain_id)
{
    const mm_u256 our_chain = u256_from_u64(chain_id);
    mm_u256 cost;
    if (tx->type > TX_DYNAMIC_FEE)
        return TX_TYPE_NOT_SUPPORTED;
    if (!tx->has_chain_id)
        return TX_UNPROTECTED;
    if (!u256_equal(&tx->chain_id, &our_chain))
        return TX_WRONG_CHAIN;
    if (!secp_is_low_s(&tx->signature.s))
        return TX_HIGH_S;
    if (tx->creates)
        return TX_CREATES;
    if (u256_compare(&tx->priority_fee, &tx->max_fee) > 0) /* EIP-1559 */
        return TX_TIP_ABOVE_CAP;
    if (!tx_cost_max(&cost, tx))
        return TX_FEE_TOO_LARGE;
    if (tx->gas_limit < tx_intrinsic_gas(tx))
        return TX_INTRINSIC_GAS;
    if (tx->nonce == UINT64_MAX) /* EIP-2681: no state can make it valid */
        return TX_NONCE_MAX;
    return TX_OK;
}
