/* Whose a root is. */
#include "yard.h"

static struct validator_set set_of(size_t count)
{
    struct validator_set set = { .count = count };
    for (size_t i = 0; i < count; i++)
        set.addrs[i].b[0] = (uint8_t)(i + 1);
    return set;
}

static struct cid numbered(uint32_t number)
{
    struct cid cid = { .version = 1, .codec = CID_RAW };
    cid.hash = (struct multihash){ .code = MULTIHASH_SHA2_256, .len = 32 };
    memcpy(cid.hash.digest, &number, sizeof number);
    return cid;
}

Test(duty, up_to_seven_validators_everybody_holds_everything)
{
    const struct validator_set set = set_of(REPLICATE_ALL_HOLD);
    const struct cid root = numbered(1);
    cr_assert(replicate_is_ours(&set, &set.addrs[0], &root));
    cr_assert(replicate_is_ours(&set, NULL, &root), "an observer too");
}

Test(duty, above_that_three_hold_a_root_and_all_about_as_much)
{
    enum { ROOTS = 2000, VALIDATORS = 10 };
    const struct validator_set set = set_of(VALIDATORS);
    size_t held[VALIDATORS] = { 0 };
    for (uint32_t i = 0; i < ROOTS; i++) {
        const struct cid root = numbered(i);
        size_t holders = 0;
        for (size_t v = 0; v < VALIDATORS; v++) {
            const bool is = replicate_is_ours(&set, &set.addrs[v], &root);
            holders += is;
            held[v] += is;
        }
        cr_assert_eq(holders, REPLICATE_HOLDERS);
        cr_assert_not(replicate_is_ours(&set, NULL, &root));
    }
    for (size_t v = 0; v < VALIDATORS; v++)
        cr_assert(held[v] > 500 && held[v] < 700, "600 are its share: %zu", held[v]);
}

Test(duty, a_validator_that_leaves_moves_only_what_it_held)
{
    const struct validator_set before = set_of(10);
    struct validator_set after = before;
    after.count = 9; /* without the last one */
    for (uint32_t i = 0; i < 500; i++) {
        const struct cid root = numbered(i);
        for (size_t v = 0; v < after.count; v++)
            cr_assert(!replicate_is_ours(&before, &before.addrs[v], &root) ||
                      replicate_is_ours(&after, &after.addrs[v], &root));
    }
}

/* Goal: a token of another's is not fetched, and what a user pins is, whosever duty it is. */
Test(duty, a_token_of_others_is_left_to_them)
{
    struct yard *yard = yard_new(2, 0, 0);
    const struct validator_set set = set_of(10);
    struct cid theirs = { .version = 0 };
    size_t ours = 0;
    size_t seen = 0;
    for (uint32_t i = 0; i < 20; i++) {
        const struct content_token token = { .contract = { { 1 } },
                                             .token_id = { { [31] = (uint8_t)i } } };
        const struct cid root = yard_add(yard, 1, i, 2);
        const struct content_token_needs needs = { .uri = MM_BYTES_LIT("ipfs://x"),
                                                   .roots = &root,
                                                   .count = 1 };
        cr_assert_eq(content_token_put(yard->nodes[0].content, &token, &needs, 0), MM_OK);
        const bool is_ours = replicate_is_ours(&set, &set.addrs[4], &root);
        ours += is_ours;
        if (!is_ours)
            theirs = root;
    }
    cr_assert(ours > 0 && ours < 20);
    replicate_set_validators(yard->nodes[0].replicate, &set, &set.addrs[4]);
    yard_run(yard, 10000);
    struct content_roots *roots = content_roots_new(yard->nodes[0].content, false, NULL);
    struct content_root root;
    while (content_roots_next(roots, &root) == MM_OK) {
        seen++;
        cr_assert_eq(root.state == CONTENT_ROOT_WHOLE,
                     replicate_is_ours(&set, &set.addrs[4], &root.cid));
    }
    content_roots_free(roots);
    cr_assert_eq(seen, 20);
    cr_assert_eq(yard_counts(yard, 0).wanting, 0, "what is others' is not wanting");
    collected_pin(yard->nodes[0].content, &theirs, CONTENT_PIN_USER, 0);
    yard_run(yard, 5000);
    cr_assert_eq(yard_state(yard, 0, &theirs), CONTENT_ROOT_WHOLE);
    yard_free(yard);
}
