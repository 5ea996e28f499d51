/* The chain in a data folder that no node has open: for db and export.
 *
 * Opening brings the derived data forward when the node did not end in order, as the node's own start does. */
#ifndef NODE_CLI_STOPPED_H
#define NODE_CLI_STOPPED_H

#include "node/cli/command.h"
#include "node/import/chain.h"

struct stopped {
    struct chain *chain;   /* owned */
    struct mm_buf genesis; /* the text that the chain was made with */
};

/* The folder of --data. Printed on failure: no chain there, a node is running on it, damaged, of another version. */
MM_MUST_USE int stopped_open(struct stopped *stopped, const struct cli_run *run);
void stopped_close(struct stopped *stopped);

/* A line "what 1234 of 5678" on standard error while it is a terminal; total 0 ends it. */
void stopped_progress(const char *what, uint64_t done, uint64_t total);

#endif
