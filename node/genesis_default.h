/* The genesis.json of the repository's root, in the binary. */
#ifndef NODE_GENESIS_DEFAULT_H
#define NODE_GENESIS_DEFAULT_H

#include "state/base/bytes.h"

mm_bytes genesis_default(void);

#endif
