/* What is sent, signed here. */
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "node/bench/bench_internal.h"

mm_err bench_calldata(struct mm_arena *arena, mm_bytes *data, const char *signature,
                      const struct abi_value *values)
{
    struct abi_signature parsed;
    abi_signature_init(&parsed, signature);
    return abi_encode(arena, data, abi_selector(&parsed), parsed.types, parsed.count, values);
}

mm_err bench_sign(const struct bench *bench, struct mm_arena *arena, struct tx *tx,
                  struct bench_sender sender, mm_bytes data)
{
    *tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(bench->chain_id),
        .nonce = sender.nonce,
        .max_fee = u256_from_u64(20000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = 300000,
        .to = bench->options.collection,
        .data = data,
    };
    return tx_sign(arena, tx, bench->keyring.accounts[sender.account].secret) ? MM_OK
                                                                              : MM_ERR_CRYPTO;
}

struct bench_sender bench_next_of(struct bench *bench, size_t account)
{
    return (struct bench_sender){ account, bench->nonces[account]++ };
}

mm_err bench_sign_mint(struct bench *bench, struct mm_arena *arena, struct tx *tx,
                       struct bench_sender sender)
{
    char uri[7 + 59 + 1]; /* of the length of ipfs:// and a CID of version 1 */
    mm_bytes data;
    (void)snprintf(uri, sizeof uri, "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzj%012llu",
                   (unsigned long long)(atomic_fetch_add(&bench->uris, 1) % 1000000000000));
    MM_TRY(bench_calldata(arena, &data, "mint(address,string)",
                          ABI_VALUES(abi_addr(&bench->keyring.accounts[sender.account].addr),
                                     abi_bytes(mm_bytes_str(uri)))));
    return bench_sign(bench, arena, tx, sender, data);
}

mm_err bench_sign_transfer(struct bench *bench, struct tx *tx, const struct bench_token *token)
{
    const struct backend_account *from = &bench->keyring.accounts[token->owner];
    const struct backend_account *to =
        &bench->keyring.accounts[(token->owner + 1) % KEYRING_ACCOUNTS];
    mm_bytes data;
    MM_TRY(bench_calldata(
        &bench->arena, &data, "transferFrom(address,address,uint256)",
        ABI_VALUES(abi_addr(&from->addr), abi_addr(&to->addr), abi_word(&token->id))));
    return bench_sign(bench, &bench->arena, tx, bench_next_of(bench, token->owner), data);
}
