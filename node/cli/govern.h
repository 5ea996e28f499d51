/* What the commands of governance share: the governor of a collection, its proposals as its events tell of them, and what people call
 * a proposal: its place in that list, from 1, or its number. */
#ifndef NODE_CLI_GOVERN_H
#define NODE_CLI_GOVERN_H

#include "contracts-native/governor/governor.h"
#include "node/cli/ainft_calls.h"

struct govern_proposal {
    mm_u256 id;
    mm_addr proposer;
    uint64_t start; /* of the vote */
    uint64_t end;
    mm_bytes description;
    mm_addr targets[GOVERNOR_CALLS_MAX];
    mm_bytes data[GOVERNOR_CALLS_MAX];
    size_t count;
};

struct govern {
    struct remote *remote;
    mm_addr collection;
    mm_addr governor;
    struct govern_proposal *proposals; /* the oldest first; in the run's arena */
    size_t count;
};

/* Finds the governor; CLI_REFUSED and why when the collection is still governed by an account. */
MM_MUST_USE int govern_find(struct govern *g, struct remote *remote);
/* And its proposals. */
MM_MUST_USE int govern_load(struct govern *g, struct remote *remote);
/* "2", or a number of many digits, decimal or 0x. CLI_FAILED when there is none. */
MM_MUST_USE int govern_pick(const struct govern *g, const struct govern_proposal **proposal,
                            const char *text);

/* How it stands at this moment, which may be later than the head. */
struct govern_standing {
    enum governor_state state;
    uint64_t eta; /* 0: not queued */
    uint64_t now;
};
MM_MUST_USE int govern_ask(const struct govern *g, struct govern_standing *standing,
                           const struct govern_proposal *proposal);
extern const char *const GOVERN_STATES[GOVERNOR_STATES];
/* "active, the vote ends 2026-11-27 04:05:00 UTC". */
enum { GOVERN_STANDING_MAX = 128 };
void govern_standing_text(char out[GOVERN_STANDING_MAX], const struct govern_proposal *proposal,
                          const struct govern_standing *standing);
/* CLI_REFUSED and how it stands unless it is so; queued means that it is due as well. */
MM_MUST_USE int govern_require(const struct govern *g, const struct govern_proposal *proposal,
                               enum governor_state state);

/* Calls in the form that propose and the others take: targets, values, calldatas. In the arena. */
MM_MUST_USE int govern_arguments(struct cli_run *run, struct abi_value args[3],
                                 const struct govern_proposal *calls);

/* "90", "90s", "15m", "2h", "3d" as seconds. */
MM_MUST_USE bool govern_read_seconds(uint64_t *seconds, const char *text);
/* "2026-11-27 04:05:00 UTC". */
enum { GOVERN_TIME_MAX = 32 };
void govern_time_text(char out[GOVERN_TIME_MAX], uint64_t seconds);
/* A call as people read it: `setRule("mint", "caller == owner")`. In the arena; NULL when that is full. */
const char *govern_call_text(struct mm_arena *arena, mm_bytes data);

#endif
