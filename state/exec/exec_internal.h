/* The executor's inside, shared by the files of this folder. */
#ifndef STATE_EXEC_EXEC_INTERNAL_H
#define STATE_EXEC_EXEC_INTERNAL_H

#include "state/exec/journal.h"
#include "state/exec/transition.h"

struct exec {
    struct mm_arena *arena;
    struct journal journal;
    struct exec_block block;
    const struct exec_natives *natives;
};

/* One call frame. */
struct host {
    struct exec *exec;
    struct journal_account *self;
    mm_addr caller;
    mm_u256 value;
    uint64_t gas_left;
    bool is_static;
    unsigned depth;
};

struct frame_call {
    mm_addr caller;
    mm_addr to;
    mm_u256 value;
    mm_bytes input;
    bool is_static;
    unsigned depth;
};

/* Runs a message call in a frame of its own, with its checkpoint. *gas_left: in, what the frame may use; out, what is left. */
enum exec_status frame_run(struct exec *exec, const struct frame_call *call, uint64_t *gas_left,
                           mm_bytes *output);

/* Moves wei. EXEC_NO_FUNDS or EXEC_FAULT, and nothing is moved. */
enum exec_status move_value(struct exec *exec, struct journal_account *from,
                            struct journal_account *to, const mm_u256 *value);

#endif
