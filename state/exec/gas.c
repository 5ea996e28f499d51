#include "state/exec/gas.h"

struct gas_sstore gas_sstore(const mm_u256 *original, const mm_u256 *current, const mm_u256 *next)
{
    if (u256_equal(current, next))
        return (struct gas_sstore){ GAS_WARM_ACCESS, 0 };
    if (u256_equal(original, current)) {
        if (u256_is_zero(original))
            return (struct gas_sstore){ GAS_SSTORE_SET, 0 };
        return (struct gas_sstore){ GAS_SSTORE_RESET,
                                    u256_is_zero(next) ? GAS_SSTORE_CLEAR_REFUND : 0 };
    }
    /* Written before in this transaction: cheap now, and refunds are put right. */
    struct gas_sstore result = { GAS_WARM_ACCESS, 0 };
    if (!u256_is_zero(original)) {
        if (u256_is_zero(current))
            result.refund -= GAS_SSTORE_CLEAR_REFUND;
        else if (u256_is_zero(next))
            result.refund += GAS_SSTORE_CLEAR_REFUND;
    }
    if (u256_equal(original, next))
        result.refund +=
            (u256_is_zero(original) ? GAS_SSTORE_SET : GAS_SSTORE_RESET) - GAS_WARM_ACCESS;
    return result;
}
