/* A chain with a collection, a factory and a few people, and short verbs to call them by signature text. */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_NFT_FIXTURE_H
#define TESTS_UNIT_CONTRACTS_NATIVE_NFT_FIXTURE_H

#include <criterion/criterion.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/nft/nft.h"
#include "tests/lib/test_chain.h"

extern const mm_addr OWNER, ALICE, BOB, NOBODY;
extern const mm_addr COLLECTION, FACTORY, RECEIVER;

/* Code that is called at RECEIVER, a native of the test's own. NULL: nothing is there. */
typedef enum exec_status (*receiver_fn)(struct host *host, mm_bytes input, mm_bytes *output);

struct fixture {
    struct test_chain chain;
    struct mm_arena arena;
    struct exec_native items[3];
    struct exec_natives natives;
    uint64_t gas_limit;
};

/* An open collection owned by OWNER. */
void fixture_init(struct fixture *f, receiver_fn receiver);
void fixture_fini(struct fixture *f);

/* Genesis with one collection of this `native` object: MM_OK, or the reason. */
mm_err fixture_genesis(const char *native, mm_addr addr, struct mm_reason *reason);

mm_bytes fixture_calldata(struct fixture *f, const char *signature, const struct abi_value *args);
struct exec_outcome fixture_send(struct fixture *f, const mm_addr *from, const mm_addr *to,
                                 const char *signature, const struct abi_value *args);
struct exec_outcome fixture_call(struct fixture *f, const mm_addr *from, const mm_addr *to,
                                 const char *signature, const struct abi_value *args);
struct exec_outcome fixture_call_raw(struct fixture *f, mm_bytes input, uint64_t value);

void fixture_set_slot(struct fixture *f, const mm_u256 *slot, const mm_u256 *value);
mm_u256 fixture_slot(struct fixture *f, uint64_t slot);
mm_hash32 fixture_root(struct fixture *f);

#define expect_ok(outcome) cr_assert_eq((outcome).status, EXEC_OK)
void expect_revert(struct fixture *f, const struct exec_outcome *outcome, const char *error,
                   const struct abi_value *args);
void expect_empty_revert(const struct exec_outcome *outcome);
/* A single word of return data. */
void expect_word(const struct exec_outcome *outcome, uint64_t word);

#endif
