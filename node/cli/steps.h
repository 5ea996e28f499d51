/* What `verify` has looked at, step by step, as lines for people or as one JSON object.
 *
 * A step has a name for scripts and people, values, whether it holds, and why it does not. Memory: copies in the run's arena; values
 * for which there is none left show as nothing, which no check depends on. */
#ifndef NODE_CLI_STEPS_H
#define NODE_CLI_STEPS_H

#include "node/cli/command.h"

enum { STEP_VALUES_MAX = 8, STEPS_MAX = 10 };

struct step {
    const char *name;
    const char *keys[STEP_VALUES_MAX];
    mm_bytes values[STEP_VALUES_MAX];
    bool is_number[STEP_VALUES_MAX]; /* in JSON as well, as other commands have it */
    size_t count;
    bool ok;
    const char *why;
};

struct steps {
    struct cli_run *run;
    struct step items[STEPS_MAX];
    size_t count;
};

struct step *steps_begin(struct steps *steps, const char *name);
void step_add(struct steps *steps, struct step *step, const char *key, mm_bytes value);
void step_add_text(struct steps *steps, struct step *step, const char *key, const char *text);
void step_add_number(struct steps *steps, struct step *step, const char *key, uint64_t number);
/* Thousandths, with three decimals. */
void step_add_thousandths(struct steps *steps, struct step *step, const char *key, int64_t number);
void step_add_hash(struct steps *steps, struct step *step, const char *key, const mm_hash32 *hash);
/* Ends a step: CLI_OK goes on; CLI_UNVERIFIED is kept as the reason; everything else was printed and ends the command. */
int steps_end(struct steps *steps, struct step *step, int status, const char *why);

/* What was verified of a token, as lines or, with --json, as one object, in which stands whose word was taken for the header (--trust).
 * status: of the last step; what was printed already is not told again. Gives the command's status. */
int steps_tell(const struct steps *steps, const mm_u256 *id, int status);

#endif
