/* What the commands of AINFT collections share: sending one call and saying that it was mined. */
#ifndef NODE_CLI_AINFT_CALLS_H
#define NODE_CLI_AINFT_CALLS_H

#include "node/cli/calls.h"

extern const mm_addr AINFT_FACTORY_ADDR; /* 0x6d696e746d61726b…a1f7 */

#define CLI_OPTION_AINFT                                                                           \
    {                                                                                              \
        "collection", 'c', CLI_ADDRESS, "ADDRESS", "the AINFT collection's address", NULL          \
    }

/* --collection must be given: CLI_USAGE when it is not. */
MM_MUST_USE int ainft_collection_given(struct cli_run *run);

/* A call of the collection, signed, mined and told: hash, block, gas. */
struct ainft_tx {
    const char *signature;
    const struct abi_value *args;
};
MM_MUST_USE int ainft_send(struct cli_run *run, const struct ainft_tx *tx);

/* keccak256 of a name. */
struct abi_value ainft_id(const char *name);
/* A trait's value as it is written: a decimal number, true, false, 0x and 64 digits, else a text of up to 31 bytes. */
MM_MUST_USE bool ainft_read_word(struct abi_value *word, const char *text);

#endif
