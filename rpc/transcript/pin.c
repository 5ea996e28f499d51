#include "rpc/transcript/pin.h"

#include <stdio.h>

#include "state/codec/hex.h"

size_t transcript_pin_owner(char out[TRANSCRIPT_PIN_OWNER_MAX + 1], const mm_addr *collection,
                            const mm_u256 *token)
{
    char digits[2 * sizeof collection->b + 1] = "";
    out[0] = '\0';
    if (!u256_fits_u64(token))
        return 0;
    hex_encode(digits, mm_bytes_addr(collection));
    return (size_t)snprintf(out, TRANSCRIPT_PIN_OWNER_MAX + 1, "chat:%s:%llx", digits,
                            (unsigned long long)token->limb[0]);
}
