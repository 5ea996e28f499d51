/* A native contract that does what its calldata says, so that a test can drive the host through the executor's own door.
 *
 *     struct script s = { 0 };                          script_store(&s, 1, 7);   script_load(&s, 1);   script_revert(&s);
 *     outcome = robot_call(&robot, ROBOT, &s, gas);     what loads, calls and questions found stands in the output, a word each
 *
 * The state is in memory; the accounts are those of robot_init. */
#ifndef TESTS_UNIT_STATE_EXEC_RULES_ROBOT_H
#define TESTS_UNIT_STATE_EXEC_RULES_ROBOT_H

#include "state/exec/gas.h"
#include "tests/lib/test_chain.h"

/* Two robots, a person with money, one without, and an address that was never used. */
extern const mm_addr ROBOT, OTHER, RICH, POOR, NOBODY;
extern const struct exec_natives robot_natives;

enum { SCRIPT_MAX = 8192, ROBOT_MODULE = 0x52, ROBOT_VERSION = 0x01, ROBOT_FUNDS = 1000 };

struct script {
    uint8_t bytes[SCRIPT_MAX];
    size_t len;
};

void script_load(struct script *s, uint64_t slot);
void script_store(struct script *s, uint64_t slot, uint64_t value);
void script_log(struct script *s, size_t topics, size_t data_len);
void script_code_len(struct script *s, const mm_addr *addr);
/* Runs `inner` as the input of the other account; writes its exec_status, and the first word of its output. */
void script_call(struct script *s, const mm_addr *to, uint64_t value, const struct script *inner);
/* Makes a robot whose constructor runs `inner`; writes its address. */
void script_create(struct script *s, const struct script *inner);
/* Writes self, caller, value, block number, gas limit and chain id. */
void script_ask(struct script *s);
void script_revert(struct script *s);
/* Ends with this status, as if the module had failed so. */
void script_end(struct script *s, enum exec_status status);
/* The world fails. */
void script_fail(struct script *s, mm_err err);
/* The world fails, and the contract goes on as if it had not heard. */
void script_swallow(struct script *s, mm_err err);

struct robot {
    struct test_chain chain;
};

void robot_init(struct robot *robot);
void robot_fini(struct robot *robot);
/* From RICH; nothing stays. */
struct exec_outcome robot_call(struct robot *robot, const struct script *s, uint64_t gas);
/* From RICH; it stays. Asserts that it got in. */
struct exec_outcome robot_send(struct robot *robot, const mm_addr *to, uint64_t value,
                               const struct script *s, uint64_t gas);
/* Gas without intrinsic gas and GAS_DISPATCH. */
uint64_t robot_gas(const struct exec_outcome *outcome, const struct script *s);
/* What the script alone needs: found by robot_call with much gas. */
uint64_t robot_cost(struct robot *robot, const struct script *s);
uint64_t robot_word(const struct exec_outcome *outcome, size_t index);
size_t robot_words(const struct exec_outcome *outcome);
mm_bytes script_bytes(const struct script *s);
uint64_t intrinsic_gas(mm_bytes input);

#endif
