/* A liar: a node in the middle, with a key of its own, that is linked with an honest one and passes on what it says, but for one
 * kind of answer, which it bends (lies.h).
 *
 *     honest node  ◄── dials ──  liar  ◄── is dialed by ──  victim
 *          STATUS, answers  ──►  (lie)  ──►
 *                           ◄──  with ids of its own  ◄──  questions
 *
 * Handshake and frames are the real ones (p2p/link). To the honest node it is one that is where itself is, and no burden; it tells
 * nobody where it could be dialed. Transactions and consensus it does not pass on.
 * Threads: those of the links; the functions may be called from any. Memory: LIAR_ASKED questions on their way. */
#ifndef TESTS_E2E_LIARS_LIAR_H
#define TESTS_E2E_LIARS_LIAR_H

#include "p2p/link/link.h"
#include "tests/e2e/liars/lies.h"

enum { LIAR_ASKED = 256 };

struct liar;

/* Linked with the honest node when it returns. The seed makes its key. */
struct liar *liar_new(const struct lie *lie, const struct wire_domain *domain, unsigned honest_port,
                      uint8_t seed);
void liar_free(struct liar *liar);

unsigned liar_port(const struct liar *liar);
/* The first 16 digits of its id, as logs have it. */
const char *liar_id(const struct liar *liar);

struct liar_seen {
    size_t lies;         /* told, or answers withheld */
    double first_lie_s;  /* when, on the monotonic clock */
    size_t ups;          /* how often a victim's link came up */
    size_t downs;        /* and ended */
    double first_down_s; /* when for the first time */
    enum links_end end;  /* how then, and with what word */
    enum bye_reason bye;
};
struct liar_seen liar_seen(struct liar *liar);

#endif
