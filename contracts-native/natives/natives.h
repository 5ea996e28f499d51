/* All native contracts, as the table that node hands to exec. Made at the first call; the same table at every other.
 * Threads: safe. */
#ifndef CONTRACTS_NATIVE_NATIVES_NATIVES_H
#define CONTRACTS_NATIVE_NATIVES_NATIVES_H

#include "state/exec/host.h"

const struct exec_natives *natives_all(void);

#endif
