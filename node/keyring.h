/* The keys of a development chain: accounts and validator derived from the mnemonic that every development node uses, so that
 * wallets and scripts know them. They are public: worth nothing anywhere else.
 *
 *     accounts    m/44'/60'/0'/0/0 … 9
 *     validator   m/44'/60'/1'/0/0           an account of its own, so that more accounts never collide with it
 *
 * Memory: secrets live in locked memory until keyring_free. */
#ifndef NODE_KEYRING_H
#define NODE_KEYRING_H

#include "rpc/backend/backend.h"

enum { KEYRING_ACCOUNTS = 10 };

extern const char KEYRING_MNEMONIC[];

struct keyring {
    struct backend_account accounts[KEYRING_ACCOUNTS]; /* secrets owned */
    struct secp_secret *validator;                     /* owned */
};

MM_MUST_USE mm_err keyring_init(struct keyring *keyring);
void keyring_fini(struct keyring *keyring);

#endif
