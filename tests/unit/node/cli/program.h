/* Runs the built binary and keeps what it said. */
#ifndef TESTS_UNIT_NODE_CLI_PROGRAM_H
#define TESTS_UNIT_NODE_CLI_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct said {
    int status; /* exit status, or -1 */
    char *out;  /* owned, terminated */
    size_t out_len;
    char *err;
};

/* A shell command in a folder of its own (program_folder), in which `mintmark` is the binary. */
struct said program(const char *format, ...) __attribute__((format(printf, 1, 2)));
void said_free(struct said *said);
/* Made for the test and removed by program_end, which also ends the node. */
const char *program_folder(void);
void program_begin(void);
void program_end(void);

/* Starts a node on free ports, `options` behind them, and sets MINTMARK_RPC, and NODE_PID for a shell. */
void program_node(const char *options);
/* SIGTERM, and waits: its exit status. */
int program_node_stop(void);

/* Expect a status; fail with everything that was said otherwise. The caller frees. */
struct said expect(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
