/* Hashing many inputs on several states side by side.
 *
 * Inputs have their own lengths. Each state takes the next input as soon as its own has ended, so that a long one among short
 * ones keeps nobody waiting; when no input is left, the last state that works moves to the place that became free. The working
 * states are thus always the first ones:
 *
 *     step       1    2    3          inputs a (3 blocks), b (2), c, d (1), e (2), f (1) on four states
 *     state 0    a1   a2   a3
 *           1    b1   b2   e2         e has moved from state 2, because b ended
 *           2    c1   e1
 *           3    d1   f1
 *
 * Whole blocks are read where the input stands; the last one of an input, which needs padding, is copied. */
#include "state/base/assert.h"
#include "state/crypto/keccak_internal.h"

/* An input on its way. */
struct lane {
    const uint8_t *at;
    size_t left;
    mm_hash32 *out;
};

struct work {
    struct keccak_states states;
    uint8_t last[KECCAK_STATES_MAX][KECCAK_RATE_BYTES];
    struct lane lanes[KECCAK_STATES_MAX];
    unsigned active; /* the first states have an input */
    unsigned kept;   /* a bit for each state that has taken a block of it */
};

/* The end of an input, with the padding of the sponge. */
static const uint8_t *pad(uint8_t last[KECCAK_RATE_BYTES], const struct lane *lane)
{
    if (lane->left > 0)
        memcpy(last, lane->at, lane->left);
    memset(last + lane->left, 0, KECCAK_RATE_BYTES - lane->left);
    last[lane->left] ^= 0x01;
    last[KECCAK_RATE_BYTES - 1] ^= 0x80;
    return last;
}

/* The last working state takes the place s, whose input has ended. */
static void close_gap(struct work *w, unsigned s)
{
    const unsigned from = --w->active;
    if (from != s) {
        for (unsigned i = 0; i < 25; i++)
            w->states.word[i][s] = w->states.word[i][from];
        w->lanes[s] = w->lanes[from];
    }
    w->kept &= ~(1U << from);
}

/* One block of each input; `ended` has a bit for each whose last one this was. */
static unsigned step(const struct keccak_side *side, struct work *w)
{
    const uint8_t *blocks[KECCAK_STATES_MAX];
    unsigned ended = 0;
    for (unsigned s = 0; s < w->active; s++) {
        struct lane *lane = &w->lanes[s];
        if (lane->left < KECCAK_RATE_BYTES) {
            blocks[s] = pad(w->last[s], lane);
            ended |= 1U << s;
        } else {
            blocks[s] = lane->at;
            lane->at += KECCAK_RATE_BYTES;
            lane->left -= KECCAK_RATE_BYTES;
        }
    }
    for (unsigned s = w->active; s < KECCAK_STATES_MAX; s++)
        blocks[s] = blocks[0]; /* somebody must be read; nobody asks for the result */
    if (side->narrow_step != NULL && w->active <= side->narrow_states)
        side->narrow_step(&w->states, blocks, w->kept);
    else
        side->step(&w->states, blocks, w->kept);
    w->kept = (1U << w->active) - 1;
    return ended;
}

static void give(struct work *w, unsigned s)
{
    uint64_t hash[4];
    for (unsigned i = 0; i < 4; i++)
        hash[i] = w->states.word[i][s];
    memcpy(w->lanes[s].out->b, hash, sizeof hash);
}

/* The rest of an input, by itself. */
static void go_alone(struct work *w, unsigned s)
{
    struct keccak k;
    keccak_init(&k);
    if ((w->kept >> s & 1) != 0) {
        for (unsigned i = 0; i < 25; i++)
            k.lane[i] = w->states.word[i][s];
    }
    keccak_update(&k, mm_bytes_from(w->lanes[s].at, w->lanes[s].left));
    *w->lanes[s].out = keccak_final(&k);
}

void keccak_many_side(const struct keccak_side *side, mm_hash32 *out, const mm_bytes *inputs,
                      size_t count)
{
    MM_ASSERT(side->states <= KECCAK_STATES_MAX && side->alone_max < side->states);
    struct work w;
    size_t next = 0;
    w.active = 0;
    w.kept = 0;
    for (;;) {
        for (; w.active < side->states && next < count; next++)
            w.lanes[w.active++] = (struct lane){ inputs[next].ptr, inputs[next].len, &out[next] };
        if (w.active <= side->alone_max)
            break;
        const unsigned ended = step(side, &w);
        for (unsigned s = w.active; s-- > 0;) {
            if ((ended >> s & 1) == 0)
                continue;
            give(&w, s);
            close_gap(&w, s);
        }
    }
    for (unsigned s = 0; s < w.active; s++)
        go_alone(&w, s);
}
