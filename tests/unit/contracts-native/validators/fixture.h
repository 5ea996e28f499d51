/* A chain with a validators account and people who may be in it, for the tests of this folder.
 *
 *     fixture_begin(5) ─► fixture_send(0, "propose(address,bool)", 7, true) … fixture_call(…) ─► fixture_end
 */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_VALIDATORS_FIXTURE_H
#define TESTS_UNIT_CONTRACTS_NATIVE_VALIDATORS_FIXTURE_H

#include "contracts-native/validators/validators_internal.h"
#include "tests/lib/test_chain.h"

enum { PEOPLE = 24 };

extern const mm_addr VALIDATORS_ACCOUNT;

struct fixture {
    struct test_chain chain;
    struct mm_arena arena;
};

/* Addresses ascend with the number. */
mm_addr fixture_person(size_t number);

/* Genesis from the text of the account's `native` object; people have funds. */
mm_err fixture_begin_with(struct fixture *fixture, const char *native, struct mm_reason *reason);
/* People 0 to count - 1 are the set. */
void fixture_begin(struct fixture *fixture, size_t count);
void fixture_end(struct fixture *fixture);

/* A transaction of a person with the arguments (address, bool); it is sealed, so that the storage can be read. Outputs live in the
 * fixture's arena. */
struct exec_outcome fixture_send(struct fixture *fixture, size_t from, const char *signature,
                                 const mm_addr *candidate, bool add);
/* A call with as many of the arguments as the signature has. */
struct exec_outcome fixture_call(struct fixture *fixture, const char *signature,
                                 const mm_addr *candidate, bool add);

/* Whether it reverted with this error. */
bool fixture_is_error(const struct exec_outcome *outcome, enum validators_error error);
mm_u256 fixture_slot(const struct fixture *fixture, const mm_u256 *slot);

#endif
