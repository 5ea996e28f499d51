/* The only door between a contract and the chain.
 *
 *      transaction ──► exec ──► struct host (one a call frame) ──► native module
 *                                 ▲                                  │ host_load, host_store, host_log,
 *                                 └──────────────────────────────────┘ host_call, host_create …
 *
 * A native module is a function from calldata to a status and return data. It reads and writes the storage of the account it
 * runs as, and nothing else; no trie, no disk, no clock. The same functions would serve an EVM interpreter.
 *
 * Gas: charged here, as the EVM charges the same accesses (EIP-2929 warm and cold, EIP-2200 with EIP-3529 refunds, LOG,
 * value transfer). docs/GAS.md has the table. A module does not count gas; what it computes at someone's request, like a rule of
 * a collection, has a price of its own that it charges through host_charge.
 * Status: every function that can end the call gives an exec_status; anything but EXEC_OK must be passed on at once
 * (HOST_TRY). EXEC_REVERT comes from the module itself, with revert data; the rest come from the host.
 * Revert: what a frame changed is undone when it ends with anything but EXEC_OK; the module need not clean up.
 * Memory: host_arena is the frame's transaction arena; return data is allocated there. Threads: one a transaction. */
#ifndef STATE_EXEC_HOST_H
#define STATE_EXEC_HOST_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/codec/json.h"
#include "state/codec/u256.h"

struct host;

enum exec_status {
    EXEC_OK = 0,
    EXEC_REVERT, /* the contract refused; the output is its revert data. Unused gas is given back */
    EXEC_OUT_OF_GAS, /* all gas of the frame is gone */
    EXEC_STATIC,     /* a change was tried inside a static call */
    EXEC_DEPTH,      /* MM_CALL_DEPTH_MAX frames */
    EXEC_NO_FUNDS,   /* a value transfer the account cannot pay */
    EXEC_COLLISION,  /* the address to create at is taken, or the creator's nonce is used up */
    EXEC_INVALID, /* code that is no native marker of the table: there is no interpreter. All gas is gone */
    EXEC_FAULT, /* the world failed (disk, memory): the transaction has no result */
};

#define HOST_TRY(expression)                                                                       \
    do {                                                                                           \
        enum exec_status host_try_status_ = (expression);                                          \
        if (host_try_status_ != EXEC_OK)                                                           \
            return host_try_status_;                                                               \
    } while (0)

/* What the block is, as far as a contract may see it. */
struct exec_block {
    uint64_t number;
    uint64_t timestamp;
    uint64_t gas_limit;
    mm_u256 base_fee; /* wei per gas */
    mm_addr coinbase;
    mm_hash32 prev_randao;
    uint64_t chain_id;
};

/* The frame. */
const mm_addr *host_self(const struct host *host); /* the account it runs as */
const mm_addr *
host_caller(const struct host *host); /* the zero address in an eth_call without `from` */
const mm_u256 *
host_value(const struct host *host); /* wei sent along; the transfer is done already */
const struct exec_block *host_block(const struct host *host);
struct mm_arena *host_arena(const struct host *host);

/* Storage of the account it runs as. Slots and values as numbers; a value of zero is an absent slot. */
MM_MUST_USE enum exec_status host_load(struct host *host, mm_u256 *value, const mm_u256 *slot);
MM_MUST_USE enum exec_status host_store(struct host *host, const mm_u256 *slot,
                                        const mm_u256 *value);

/* A slot of any account, for who counts what it reads himself: costs nothing here, and is warm afterwards. Out: *was_cold, whether
 * it was not. */
MM_MUST_USE enum exec_status host_look(struct host *host, mm_u256 *value, bool *was_cold,
                                       const mm_addr *addr, const mm_u256 *slot);
/* Gas for what was looked at and computed. */
MM_MUST_USE enum exec_status host_charge(struct host *host, uint64_t gas);

/* Says which of its slots come next, HOST_EXPECT_MAX at most. Whether, when and in which order they are used afterwards is
 * free: this costs no gas and changes nothing, but what has to be hashed to find them is hashed together, which is faster. */
enum { HOST_EXPECT_MAX = 8 };
void host_expect(struct host *host, const mm_u256 *slots, size_t count);

/* A log of the account it runs as; up to four topics. Copies. */
MM_MUST_USE enum exec_status host_log(struct host *host, const mm_hash32 *topics,
                                      size_t topic_count, mm_bytes data);

/* Length of an account's code: 0 for persons and for what does not exist. */
MM_MUST_USE enum exec_status host_code_len(struct host *host, size_t *len, const mm_addr *addr);

/* A message call to another account, with all but 1/64 of the gas left (EIP-150). *result is its status; this function's own
 * status is about the caller. Output is in the arena. */
MM_MUST_USE enum exec_status host_call(struct host *host, enum exec_status *result,
                                       mm_bytes *output, const mm_addr *to, const mm_u256 *value,
                                       mm_bytes input);

/* The nonce of the account it runs as: the next one that host_create uses. */
uint64_t host_nonce(const struct host *host);

/* Makes a native account at the address CREATE would give it (keccak256(rlp([self, nonce]))), with nonce 1 and the code marker
 * of the module, and runs `construct` as it, this account being the caller. EXEC_REVERT with output when construct reverts.
 * Charges 32 000 and 200 a byte of the marker. */
typedef enum exec_status (*host_construct_fn)(struct host *child, const void *args,
                                              mm_bytes *output);
MM_MUST_USE enum exec_status host_create(struct host *host, mm_addr *created, mm_bytes *output,
                                         uint8_t module, uint8_t version,
                                         host_construct_fn construct, const void *args);

/* Says that the world failed inside the module (its arena is full), and gives EXEC_FAULT to pass on. */
enum exec_status host_fail(struct host *host, mm_err err);

/* Native modules: what `node` hands to exec. Code of a native account is 0xef 0x4d 0x4d module version (EIP-3541 keeps 0xef
 * from ever being deployed as bytecode). */
enum { EXEC_MARKER_BYTES = 5 };

struct exec_native {
    uint8_t module;
    uint8_t version;
    const char *name; /* of genesis.json's `native.contract` */
    /* Runs one call. *output is return or revert data, in host_arena. */
    enum exec_status (*call)(struct host *host, mm_bytes input, mm_bytes *output);
    /* Sets up the storage of a genesis account from its `native` object, of which every key must be known.
     * A bad one: EXEC_REVERT and a reason that names the key ("owner: bad checksum"). */
    enum exec_status (*genesis)(struct host *host, const struct json *native,
                                struct mm_reason *reason);
};

struct exec_natives {
    const struct exec_native *items;
    size_t count;
};

/* NULL when code is not a native marker or names a module that is not in the table. */
const struct exec_native *exec_native_of(const struct exec_natives *natives, mm_bytes code);
void exec_marker(uint8_t out[EXEC_MARKER_BYTES], uint8_t module, uint8_t version);

#endif
