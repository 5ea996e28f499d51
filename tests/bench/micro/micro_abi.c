/* Calldata of a mint: the address and the string, as the executor gets them. */
#include "contracts-native/abi/dispatch.h"
#include "state/base/assert.h"
#include "tests/bench/lib/mint.h"
#include "tests/bench/micro/micro.h"

struct abi_bench {
    struct abi_signature signature;
    mm_bytes args;
};

static void run_decode(void *ctx, size_t ops)
{
    const struct abi_bench *bench = ctx;
    struct abi_value values[2];
    for (size_t i = 0; i < ops; i++) {
        MM_ASSERT(abi_decode(values, bench->args, bench->signature.types, bench->signature.count,
                             ABI_MEMORY) == ABI_OK);
        micro_keep(values);
    }
}

void micro_abi(struct figures *figures)
{
    static const mm_addr to = { { 1, 2, 3 } };
    static uint8_t copied[MINT_DATA_BYTES];
    uint8_t data[MINT_DATA_BYTES];
    struct abi_bench bench;
    if (!figures_want(figures, "abi"))
        return;
    abi_signature_init(&bench.signature, "mint(address,string)");
    const mm_bytes calldata = mint_data(data, &to, 1);
    bench.args = mm_bytes_from(calldata.ptr + 4, calldata.len - 4);
    struct micro_copy copy = { calldata, copied };
    figures_add(figures, &(struct figure){ .name = "abi-decode-mint",
                                           .counted_steps = 10000,
                                           .work = { run_decode, &bench },
                                           .limit = "copying it",
                                           .limit_work = { micro_run_copy, &copy } });
}
