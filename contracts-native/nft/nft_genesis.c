/* Collections and factories that a chain begins with. */
#include "contracts-native/nft/collection_internal.h"
#include "contracts-native/nft/nft_internal.h"
#include "contracts-native/setup/setup.h"

static mm_err read_params(struct mm_arena *arena, struct collection_params *params,
                          const struct json *native, struct mm_reason *reason)
{
    static const char *const keys[] = { "name", "symbol", "owner", "openMint" };
    MM_TRY(setup_keys(native, keys, MM_COUNT_OF(keys), reason));
    MM_TRY(setup_text(arena, &params->name, native, "name", reason));
    MM_TRY(setup_text(arena, &params->symbol, native, "symbol", reason));
    MM_TRY(setup_addr(&params->owner, native, "owner", reason));
    MM_TRY(setup_bool(&params->open_mint, native, "openMint", reason));
    if (mm_addr_is_zero(&params->owner))
        return mm_fail(reason, MM_ERR_INVALID, "owner: must not be the zero address");
    return MM_OK;
}

enum exec_status collection_genesis(struct host *host, const struct json *native,
                                    struct mm_reason *reason)
{
    struct collection_params params = { 0 };
    struct abi_call call = abi_call_over(host);
    if (read_params(host_arena(host), &params, native, reason) != MM_OK)
        return EXEC_REVERT;
    return collection_construct(&call, &params);
}

enum exec_status factory_genesis(struct host *host, const struct json *native,
                                 struct mm_reason *reason)
{
    (void)host; /* an empty list is no storage */
    return setup_keys(native, NULL, 0, reason) == MM_OK ? EXEC_OK : EXEC_REVERT;
}
