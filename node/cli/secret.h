/* Passwords, keys and the accounts that sign.
 *
 * What a person types is read from the terminal itself, without echo, whatever standard input is. Secrets are wiped after use. */
#ifndef NODE_CLI_SECRET_H
#define NODE_CLI_SECRET_H

#include "node/cli/command.h"
#include "state/crypto/secp.h"

enum { SECRET_TEXT_MAX = 4096 };

struct secret_text {
    size_t len;
    char text[SECRET_TEXT_MAX + 1]; /* terminated */
};

void secret_wipe(struct secret_text *secret);
/* Asks on the terminal. CLI_OK or a printed failure: no terminal, interrupted, too long. */
MM_MUST_USE int secret_prompt(const struct cli_run *run, struct secret_text *out,
                              const char *question);
/* The first line of a file, or of standard input for "-". */
MM_MUST_USE int secret_from_file(const struct cli_run *run, struct secret_text *out,
                                 const char *path);
/* --password-file, or asked for; twice and equal when it is a new one. `whose` completes "password of …". */
MM_MUST_USE int secret_password(const struct cli_run *run, struct secret_text *out,
                                const char *whose, bool is_new);

/* Development account 0 to 9. NULL: no memory. */
struct secp_secret *secret_dev_account(unsigned index);
enum { SECRET_DEV_ACCOUNTS = 10 };
#define SECRET_KEYSTORE_DEFAULT "mintmark-data/keystore"

/* The account that --from, --keystore and --password-file name. Free with secp_secret_free. */
MM_MUST_USE int secret_signer(struct cli_run *run, struct secp_secret **out);

#endif
