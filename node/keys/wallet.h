/* A folder of key files, as go-ethereum's `keystore/`: whose keys are there, open one, put one in, take one out.
 *
 * The folder is the only record: nothing is cached, so files that another tool adds or removes are seen at the next call. An account
 * is found by the address its file says, or else by the end of its name (`UTC--…--7ef5…`); ethers' files without an address
 * are found that way. A file that says neither, or is no key file, is left alone and counted as skipped. Opening checks
 * that the key inside has the address outside.
 *
 * Memory: results live in the caller's arena, secrets in locked memory. Threads: all functions are safe at once; of two
 * processes that add the same account at the same moment both may succeed, with two files. */
#ifndef NODE_KEYS_WALLET_H
#define NODE_KEYS_WALLET_H

#include "node/keys/keystore.h"
#include "state/base/arena.h"

enum {
    WALLET_FILES_MAX = 10000, /* each listing reads them all */
    WALLET_KEY_TEXT = 66,     /* 0x and 64 digits */
};

struct wallet_account {
    mm_addr addr;
    const char *path;
};

struct wallet_accounts {
    const struct wallet_account *accounts; /* by file name, so the oldest first */
    size_t count;
    size_t skipped; /* files that are no key files or do not say whose they are */
};

/* A folder that is not there holds no accounts. MM_ERR_LIMIT: more than WALLET_FILES_MAX files. */
MM_MUST_USE mm_err wallet_list(struct mm_arena *arena, struct wallet_accounts *out,
                               const char *folder, struct mm_reason *reason);
/* Out: *path, in the arena; NULL on failure. MM_ERR_NOT_FOUND: no file of that address. */
MM_MUST_USE mm_err wallet_find(struct mm_arena *arena, const char **path, const char *folder,
                               const mm_addr *addr, struct mm_reason *reason);
/* Out: *secret, NULL on failure. Errors of wallet_find and keystore_decrypt. */
MM_MUST_USE mm_err wallet_open(struct secp_secret **secret, const char *folder, const mm_addr *addr,
                               mm_bytes password, struct mm_reason *reason);

struct wallet_options {
    enum keystore_cost cost;
    int64_t unix_ns; /* now; it becomes part of the file's name */
};
/* Writes a key file. MM_ERR_EXISTS: the account is there already. */
MM_MUST_USE mm_err wallet_add(const char *folder, const struct secp_secret *secret,
                              mm_bytes password, const struct wallet_options *options,
                              struct mm_reason *reason);

/* Where keys come from. Out: *secret, NULL on failure. */
MM_MUST_USE mm_err wallet_key_new(struct secp_secret **secret, struct mm_reason *reason);
/* 64 digits, with or without 0x, white space around them. */
MM_MUST_USE mm_err wallet_key_from_hex(struct secp_secret **secret, mm_bytes text,
                                       struct mm_reason *reason);
/* The place `path` below the words, such as m/44'/60'/0'/0/0. */
MM_MUST_USE mm_err wallet_key_from_mnemonic(struct secp_secret **secret, mm_bytes mnemonic,
                                            mm_bytes passphrase, mm_bytes path,
                                            struct mm_reason *reason);
/* The raw key as text, terminated: for export alone. The caller wipes it. */
void wallet_key_to_hex(char out[WALLET_KEY_TEXT + 1], const struct secp_secret *secret);

#endif
