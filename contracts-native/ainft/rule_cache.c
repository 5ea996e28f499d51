#include "contracts-native/ainft/rule_cache.h"

#include <pthread.h>

#include "state/base/assert.h"

enum { PLACES = 64 };

static struct place {
    struct rule_compiled compiled; /* first: a place is found from it */
    pthread_mutex_t lock;
} places[PLACES];

void rule_cache_init(void)
{
    static bool is_done;
    if (is_done)
        return;
    for (size_t i = 0; i < PLACES; i++) {
        MM_ASSERT(pthread_mutex_init(&places[i].lock, NULL) == 0);
        mm_arena_init(&places[i].compiled.arena, RULE_COMPILE_BYTES_MAX + RULE_SOURCE_BYTES_MAX);
    }
    is_done = true;
}

struct rule_compiled *rule_cache_take(const mm_u256 *id)
{
    struct place *place = &places[id->limb[0] % PLACES];
    return pthread_mutex_trylock(&place->lock) == 0 ? &place->compiled : NULL;
}

void rule_cache_give(struct rule_compiled *compiled)
{
    struct place *place = (struct place *)compiled;
    MM_ASSERT(pthread_mutex_unlock(&place->lock) == 0);
}
