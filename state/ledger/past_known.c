/* Versions of trie nodes that a walk has come to, for whoever reads many keys as of one block after another, downwards: the check. Each node
 * is then taken back block by block once, instead of from the newest version each time.
 *
 * Two places for each; where both are taken, the version that is so since the earlier block goes, because it is cheap to come to again:
 * what changes with each block stays. */
#include "state/base/heap.h"
#include "state/ledger/history_internal.h"

enum { KNOWN_SETS = 1 << 13, KNOWN_WAYS = 2 };

struct past_known {
    struct past_version versions[KNOWN_SETS][KNOWN_WAYS];
};

mm_err past_remember(struct ledger_past *past)
{
    past->known = mm_heap_zeroed(1, sizeof *past->known);
    return past->known == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

void past_forget(struct ledger_past *past)
{
    for (size_t i = 0; past->known != NULL && i < KNOWN_SETS; i++) {
        for (size_t j = 0; j < KNOWN_WAYS; j++)
            mm_heap_free(past->known->versions[i][j].value);
    }
    mm_heap_free(past->known);
    past->known = NULL;
}

static struct past_version *set_of(struct ledger_past *past, mm_bytes key)
{
    uint64_t hash = key.len;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.ptr[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 29;
    return past->known->versions[hash % KNOWN_SETS];
}

static bool is_of(const struct past_version *version, mm_bytes key)
{
    return version->value_len > 0 && mm_bytes_equal(key_bytes(&version->key), key);
}

const struct past_version *past_find_known(struct ledger_past *past, mm_bytes key)
{
    const struct past_version *set = past->known == NULL ? NULL : set_of(past, key);
    for (size_t i = 0; set != NULL && i < KNOWN_WAYS; i++) {
        if (is_of(&set[i], key))
            return &set[i];
    }
    return NULL;
}

mm_err past_keep_known(struct ledger_past *past, mm_bytes key, mm_bytes value, uint64_t since,
                       uint64_t until)
{
    if (past->known == NULL)
        return MM_OK;
    struct past_version *set = set_of(past, key);
    struct past_version *place = &set[0];
    for (size_t i = 0; i < KNOWN_WAYS; i++) {
        if (is_of(&set[i], key)) {
            place = &set[i];
            break;
        }
        if (set[i].value_len == 0 || set[i].since < place->since)
            place = &set[i];
    }
    if (place->capacity < value.len) {
        uint8_t *grown = mm_heap_resize(place->value, value.len);
        if (grown == NULL)
            return MM_ERR_NO_MEMORY;
        place->value = grown;
        place->capacity = value.len;
    }
    memcpy(place->value, value.ptr, value.len);
    place->value_len = value.len;
    memcpy(place->key.b, key.ptr, key.len);
    place->key.len = key.len;
    place->since = since;
    place->until = until;
    return MM_OK;
}
