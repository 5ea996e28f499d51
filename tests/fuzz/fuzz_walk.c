/* Walks over a handful of hostile blocks that link to each other (linked_blocks.h).
 * A walk gives a block once, comes to its end, and finds what the other walks over the same blocks find. */
#include "linked_blocks.h"
#include "p2p/content/walk.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BLOCKS = LINKED_BLOCKS_MAX, VISITS = 5000 };

struct found {
    unsigned count;
    bool blocks[BLOCKS]; /* that were given, under any CID */
    enum read_verdict end;
    /* A block was refused: another walk may not look into it, or meet it above the limit of depth. */
    bool has_refused;
};

static struct found visit(struct linked_blocks *world, const struct walk_options *options)
{
    struct found found = { .count = 0 };
    const struct block_source source = linked_blocks_source(world);
    struct content_walk *walk = content_walk_new(&source, options);
    MM_ASSERT(walk != NULL);
    const struct cid root = linked_blocks_root(world);
    content_walk_begin(walk, &root);
    struct cid cid;
    mm_bytes block;
    do {
        found.end = content_walk_next(walk, &cid, &block);
        found.has_refused =
            found.has_refused || found.end == READ_TOO_DEEP || found.end == READ_MALFORMED;
        MM_ASSERT(found.end != READ_FAILED && found.end != READ_CORRUPT);
        if (found.end != READ_OK)
            continue;
        MM_ASSERT(cid.hash.len == 32 && cid.hash.digest[0] < world->count);
        const mm_bytes own = world->blocks[cid.hash.digest[0]];
        MM_ASSERT(mm_bytes_equal(block, own));
        found.blocks[cid.hash.digest[0]] = true;
        found.count++;
    } while (found.end != READ_END && found.end != READ_TOO_LARGE);
    content_walk_free(walk);
    return found;
}

static bool is_complete(const struct found *found)
{
    return found->end == READ_END && !found->has_refused;
}

static void expect_within(const struct found *part, const struct found *whole)
{
    for (size_t i = 0; i < BLOCKS; i++)
        MM_ASSERT(!part->blocks[i] || whole->blocks[i]);
}

static void check_range(struct walk_range *range, mm_bytes text)
{
    if (!walk_range_parse(range, text))
        return;
    static const uint64_t sizes[] = { 0, 1, 100, 1 << 20, INT64_MAX };
    for (size_t i = 0; i < MM_COUNT_OF(sizes); i++) {
        uint64_t start, end;
        walk_range_resolve(&start, &end, range, sizes[i]);
        MM_ASSERT(start <= end && end <= sizes[i]);
    }
}

/* The first line is a range, the rest blocks. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size == 0 ? NULL : memchr(data, '\n', size);
    if (newline == NULL)
        return 0;
    const size_t line = (size_t)(newline - data);
    struct walk_range range = WALK_WHOLE_FILE;
    check_range(&range, (mm_bytes){ data, line });
    struct linked_blocks world;
    linked_blocks_parse(&world, (mm_bytes){ newline + 1, size - line - 1 });
    if (world.count == 0)
        return 0;
    struct walk_options options = { .scope = WALK_ALL, .visits_max = VISITS };
    const struct found all = visit(&world, &options);
    options.repeats = true;
    const struct found repeated = visit(&world, &options);
    if (is_complete(&all))
        expect_within(&repeated, &all);
    if (is_complete(&repeated))
        expect_within(&all, &repeated);
    options = (struct walk_options){ .scope = WALK_ENTITY, .visits_max = VISITS };
    const struct found entity = visit(&world, &options);
    options.has_range = true;
    options.range = range;
    const struct found part = visit(&world, &options);
    if (is_complete(&all))
        expect_within(&entity, &all);
    if (is_complete(&entity))
        expect_within(&part, &entity);
    options = (struct walk_options){ .scope = WALK_BLOCK };
    MM_ASSERT(visit(&world, &options).count == 1); /* not looked into */
    return 0;
}
