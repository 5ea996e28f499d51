#include "state/chain/account.h"

#include "state/crypto/keccak.h"

struct account account_none(void)
{
    return (struct account){ .storage_root = KECCAK_EMPTY_TRIE, .code_hash = KECCAK_EMPTY };
}

bool account_has_code(const struct account *account)
{
    return !mm_hash_equal(&account->code_hash, &KECCAK_EMPTY);
}

bool account_is_empty(const struct account *account)
{
    return account->nonce == 0 && u256_is_zero(&account->balance) && !account_has_code(account);
}

void account_encode(struct mm_buf *buf, const struct account *account)
{
    rlp_add_list_header(buf,
                        rlp_size_u64(account->nonce) + rlp_size_u256(&account->balance) + 33 + 33);
    rlp_add_u64(buf, account->nonce);
    rlp_add_u256(buf, &account->balance);
    rlp_add_hash(buf, &account->storage_root);
    rlp_add_hash(buf, &account->code_hash);
}

enum rlp_verdict account_decode(struct account *account, mm_bytes encoded)
{
    *account = (struct account){ .nonce = 0 };
    if (encoded.len == 0)
        return RLP_MISSING;
    struct rlp whole = rlp_over(encoded);
    struct rlp fields = rlp_read_list(&whole);
    account->nonce = rlp_read_u64(&fields);
    account->balance = rlp_read_u256(&fields);
    account->storage_root = rlp_read_hash(&fields);
    account->code_hash = rlp_read_hash(&fields);
    (void)rlp_join(&whole, &fields);
    const enum rlp_verdict verdict = rlp_finish(&whole);
    if (verdict != RLP_OK)
        *account = (struct account){ .nonce = 0 };
    return verdict;
}
