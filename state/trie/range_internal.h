/* Where a walk stands between the bounds of a range; shared by the files of range.h. */
#ifndef STATE_TRIE_RANGE_INTERNAL_H
#define STATE_TRIE_RANGE_INTERNAL_H

#include "state/trie/range.h"
#include "state/trie/trie_internal.h"

struct range_bounds {
    mm_bytes from; /* nibbles, one a byte */
    mm_bytes to;
};

/* A path of `depth` nibbles that is not outside: whether it is the beginning of a bound still. */
struct range_place {
    size_t depth;
    bool is_on_from;
    bool is_on_to;
};

MM_MUST_USE mm_err range_bounds_init(struct mm_arena *arena, struct range_bounds *bounds,
                                     const struct trie_bounds *keys);
struct range_place range_top(void);
/* Whether every key below the place is between the bounds. */
bool range_is_inside(const struct range_bounds *bounds, const struct range_place *place);
/* Whether so many nibbles can follow: keys end at the bounds' length. */
bool range_has_room(const struct range_bounds *bounds, const struct range_place *place,
                    size_t nibble_count);
/* Goes down by these nibbles, for which there is room. False: everything below is outside. */
bool range_down(const struct range_bounds *bounds, struct range_place *place, mm_bytes nibbles);

#endif
