/* Accounts: rlp([nonce, balance, storageRoot, codeHash]) in the account trie, as EIP-1186 proves them. */
#ifndef STATE_CHAIN_ACCOUNT_H
#define STATE_CHAIN_ACCOUNT_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/rlp.h"
#include "state/codec/u256.h"

struct account {
    uint64_t nonce;
    mm_u256 balance;        /* wei */
    mm_hash32 storage_root; /* KECCAK_EMPTY_TRIE without storage */
    mm_hash32 code_hash;    /* KECCAK_EMPTY without code */
};

/* What an address has that was never used: EIP-161 calls it empty when it is stored. */
struct account account_none(void);
/* EIP-161: nonce 0, balance 0, no code. */
bool account_is_empty(const struct account *account);
bool account_has_code(const struct account *account);

void account_encode(struct mm_buf *buf, const struct account *account);
/* Exactly one account. */
MM_MUST_USE enum rlp_verdict account_decode(struct account *account, mm_bytes encoded);

#endif
