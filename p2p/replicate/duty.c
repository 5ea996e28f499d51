#include "p2p/replicate/replicate_internal.h"
#include "state/crypto/keccak.h"

/* A validator's place in the order of a root: what is larger holds it. */
static mm_hash32 score(mm_bytes root, const mm_addr *validator)
{
    return keccak256_pair(root, mm_bytes_addr(validator));
}

bool replicate_is_ours(const struct validator_set *set, const mm_addr *self, const struct cid *root)
{
    if (set->count <= REPLICATE_ALL_HOLD)
        return true;
    if (self == NULL || !validators_has(set, self))
        return false;
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    const mm_bytes hash = mm_bytes_from(bytes, multihash_encode(bytes, &root->hash));
    const mm_hash32 ours = score(hash, self);
    size_t before = 0;
    for (size_t i = 0; i < set->count; i++) {
        const mm_hash32 theirs = score(hash, &set->addrs[i]);
        before += mm_bytes_compare(mm_bytes_hash(&theirs), mm_bytes_hash(&ours)) > 0;
    }
    return before < REPLICATE_HOLDERS;
}

static mm_err is_duty(struct replicate *r, bool *is, const struct content_pin *pin)
{
    struct content_token token;
    struct content_token_record record;
    *is = true;
    if (r->set.count <= REPLICATE_ALL_HOLD || !content_pin_token(&token, pin))
        return MM_OK;
    const mm_err err = content_token_get(r->options.content, &record, &token);
    *is = err == MM_OK && record.count > 0 &&
          replicate_is_ours(&r->set, r->has_self ? &r->self : NULL, &record.roots[0]);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err; /* burned: the pin is there for a day more */
}

mm_err replicate_must_hold(struct replicate *r, bool *must, const struct cid *root)
{
    *must = false;
    struct content_pins *pins = content_pins_new(r->options.content, root);
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    struct content_pin pin;
    mm_err err = MM_OK;
    while (err == MM_OK && !*must && (err = content_pins_next(pins, &pin)) == MM_OK)
        err = is_duty(r, must, &pin);
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}
