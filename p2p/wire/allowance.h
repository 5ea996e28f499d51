/* Allowances: so much a second, and so much at once, of frames, bytes, points or whatever is counted.
 *
 * What is left may be spent to below nothing by one thing that turns out large; then it takes the longer until there is something
 * again. Time is an argument; one that goes back gives nothing. Memory: values. Threads: one at a time. */
#ifndef P2P_WIRE_ALLOWANCE_H
#define P2P_WIRE_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

struct allowance_rule {
    int64_t per_s; /* above 0 */
    int64_t at_once;
};

struct allowance {
    int64_t left_milli; /* thousandths: what comes in a millisecond is a whole number of them */
    uint64_t at_ms;
};

static inline struct allowance allowance_full(struct allowance_rule rule, uint64_t now_ms)
{
    return (struct allowance){ rule.at_once * 1000, now_ms };
}

static inline void allowance_give(struct allowance *a, struct allowance_rule rule, int64_t amount)
{
    const int64_t full = rule.at_once * 1000;
    a->left_milli = amount >= (full - a->left_milli) / 1000 ? full : a->left_milli + amount * 1000;
}

/* May be more than there is. */
static inline void allowance_spend(struct allowance *a, int64_t amount)
{
    a->left_milli -= amount * 1000;
}

/* Whether anything is left at this time. */
static inline bool allowance_has(struct allowance *a, struct allowance_rule rule, uint64_t now_ms)
{
    if (now_ms > a->at_ms) {
        const int64_t missing = rule.at_once * 1000 - a->left_milli;
        const uint64_t elapsed_ms = now_ms - a->at_ms;
        a->at_ms = now_ms;
        a->left_milli += elapsed_ms > (uint64_t)(missing / rule.per_s)
                             ? missing
                             : (int64_t)elapsed_ms * rule.per_s;
    }
    return a->left_milli > 0;
}

/* When there will be something, if nothing is spent until then. */
static inline uint64_t allowance_ready_ms(const struct allowance *a, struct allowance_rule rule)
{
    return a->left_milli > 0 ? a->at_ms : a->at_ms + (uint64_t)(-a->left_milli / rule.per_s) + 1;
}

#endif
