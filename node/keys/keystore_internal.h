/* What parsing and opening a key file share. */
#ifndef NODE_KEYS_KEYSTORE_INTERNAL_H
#define NODE_KEYS_KEYSTORE_INTERNAL_H

#include "node/keys/keystore.h"

/* Whether the KDF's parameters stay within the limits. Asked when a file is parsed and again before the work is done. */
bool keystore_is_affordable(const struct keystore *keystore);

#endif
