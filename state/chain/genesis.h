/* genesis.json: the shape of geth's and Besu's, read strictly.
 *
 * {
 *   "config": { "chainId": 31337, "londonBlock": 0, …, "qbft": { "blockperiodseconds": 0, "emptyblockperiodseconds": 0,
 *               "requesttimeoutseconds": 1, …"blockperiodmilliseconds" twins } },
 *   "nonce": "0x0", "timestamp": "0x…", "extraData": "0x", "gasLimit": "0x3b9aca00", "difficulty": "0x0", "mixHash": "0x…",
 *   "coinbase": "0x…", "baseFeePerGas": "0x3b9aca00",
 *   "alloc": { "<address>": { "balance": "0x…" or "123", "nonce": "0x0", "code": "0x…", "storage": { "0x…": "0x…" } },
 *              "<address>": { "native": { "contract": "collection", … } } }
 * }
 * An unknown key, a bad checksum, a key or account twice, or an impossible value is refused with the path of the key
 * ("alloc.0xabc….native.owner: bad checksum"). Numbers are JSON numbers, decimal text or 0x text, as geth takes them.
 * chainId and gasLimit must be there. Without the rest: qbft 0, 0 and 1 s, baseFeePerGas 1 gwei (at most 64 bits), everything else zero.
 * Forks that geth and Besu let one schedule (homesteadBlock … cancunTime, terminalTotalDifficulty …) may stand there as 0 or true,
 * fields of the header that this chain has empty (number, parentHash, blobGasUsed …) as zero. Later forks and other engines are refused.
 * `native` objects are handed on as JSON: what they may hold is for the contract to say (exec/host.h).
 * extraData is computed from the validator set when it is left out or "0x", and must match when given.
 * Memory: everything is in the arena that the text was parsed into. Threads: pure functions. */
#ifndef STATE_CHAIN_GENESIS_H
#define STATE_CHAIN_GENESIS_H

#include "state/base/arena.h"
#include "state/base/limits.h"
#include "state/chain/header.h"
#include "state/codec/json.h"
#include "state/codec/u256.h"

/* EIP-2294: floor((2^64 - 1) / 2) - 36, so that every v fits 64 bits. */
#define GENESIS_CHAIN_ID_MAX (UINT64_MAX / 2 - 36)

struct genesis_slot {
    mm_u256 slot;
    mm_u256 value; /* not zero */
};

struct genesis_account {
    mm_addr addr;
    mm_u256 balance;
    uint64_t nonce;
    mm_bytes code;
    const struct genesis_slot *slots;
    size_t slot_count;
    const struct json
        *native; /* NULL: an ordinary account. Otherwise code, nonce and slots are not given */
};

struct genesis_qbft {
    uint64_t block_period_ms;
    uint64_t empty_block_period_ms;
    uint64_t request_timeout_ms;
};

struct genesis {
    uint64_t chain_id;
    struct genesis_qbft qbft;
    uint64_t timestamp;
    uint64_t gas_limit;
    mm_u256 base_fee;
    mm_addr coinbase;
    mm_hash32 prev_randao;
    uint8_t extra[MM_EXTRA_BYTES];
    bool has_extra;
    const struct genesis_account *accounts; /* ascending by address */
    size_t account_count;
};

/* Out: *genesis. MM_ERR_INVALID with a reason that begins with the path of the key; MM_ERR_NO_MEMORY. */
MM_MUST_USE mm_err genesis_parse(struct mm_arena *arena, struct genesis *genesis, mm_bytes text,
                                 struct mm_reason *reason);

/* The header of block 0 over this state root and validator commitment. */
void genesis_header(struct header *header, const struct genesis *genesis,
                    const mm_hash32 *state_root, const mm_hash32 *validators_commitment);

#endif
