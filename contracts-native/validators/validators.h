/* The validator set, as a system account: who may propose and vote on blocks.
 *
 *     slot 0                       number of validators, 1 to MM_VALIDATORS_MAX
 *     keccak256(pad32(0)) + i      the i-th address, ascending (address[] as solc lays it out)
 *
 * validators() returns address[]. Genesis fills the list: {"contract": "validators", "validators": ["0x…", …]}, in any order, each
 * address once. Nothing changes it yet.
 * Memory: nothing outlives a call. Threads: validators_init once, before any call. */
#ifndef CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_H
#define CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_H

#include "state/exec/host.h"

enum {
    VALIDATORS_MODULE = 0x03,
    VALIDATORS_VERSION = 1,
};

void validators_init(void);

extern const struct exec_native validators_native;

#endif
