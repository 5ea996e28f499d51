/* The validator set, as a system account: who may propose and vote on blocks, and the votes that change it.
 *
 *     propose(candidate, add) ──► open vote of the caller ──► quorum(n) of the n validators say the same ──► the set changes
 *
 * The set in the state after block N seals block N + 1; header.extraData of N commits to it (node/import). A change needs the
 * votes of quorum(n) = ceil(2n/3) current validators for the same candidate and direction. The set never becomes empty and
 * never has more than MM_VALIDATORS_MAX members.
 *
 *     slot 0                           number of validators
 *     keccak256(pad32(0)) + i          the i-th address, ascending
 *     p = keccak256(pad32(v) . pad32(1))   number of open votes of validator v
 *     keccak256(p) + i                 the i-th of them: candidate in the low 20 bytes, `add` in the byte above
 *
 * which is what solc makes of
 *     struct Vote { address candidate; bool add; }
 *     address[] validators;
 *     mapping(address => Vote[]) votes;
 *
 * Votes are kept by voter, so that only those of current validators can be found: who leaves the set takes its votes along.
 * What is decided is cleared. Since a member can only be proposed for removal and anyone else only for addition, there is one
 * open question a candidate. VALIDATORS_VOTES_MAX open votes a validator bound what removing one costs; a vote can be withdrawn.
 * Votes are counted when one is cast. When the set has shrunk and an open proposal has its quorum already, one of its voters
 * casts its vote again. docs/CONSENSUS.md has the rules in full.
 *
 * Genesis fills the list: {"contract": "validators", "validators": ["0x…", …]}, in any order, each address once.
 * Memory: nothing outlives a call. Threads: validators_init once, before any call. */
#ifndef CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_H
#define CONTRACTS_NATIVE_VALIDATORS_VALIDATORS_H

#include "state/base/limits.h"
#include "state/exec/host.h"

enum {
    VALIDATORS_MODULE = 0x03,
    VALIDATORS_VERSION = 1,
    VALIDATORS_VOTES_MAX = MM_VALIDATORS_MAX, /* open votes of one validator */
};

void validators_init(void);

extern const struct exec_native validators_native;

#endif
