#include <criterion/criterion.h>
#include <stdio.h>

#include "empty_heap.h"
#include "memory_blocks.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/import.h"
#include "p2p/content/unixfs.h"
#include "p2p/content/walk.h"
#include "tests/lib/random.h"

static const struct content_profile TINY = {
    .cid_version = 1, .raw_leaves = true, .chunk_bytes = 16, .links_max = 3, .hamt_above_bytes = 400
};

struct world {
    struct memory_blocks *blocks;
    struct block_sink sink;
    struct block_source source;
};

static struct world world_new(void)
{
    struct world w = { .blocks = memory_blocks_new(true) };
    w.sink = memory_blocks_sink(w.blocks);
    w.source = memory_blocks_source(w.blocks);
    return w;
}

static struct import_result add_file(struct world *w, const struct content_profile *profile,
                                     mm_bytes bytes)
{
    struct import_file *file = import_file_new(profile, &w->sink);
    struct import_result result;
    cr_assert_eq(import_file_write(file, bytes), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    return result;
}

/* A block put together by hand. */
static struct cid put_block(struct world *w, uint64_t codec, mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = codec };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    cr_assert_eq(w->sink.put(w->sink.context, &cid, block), MM_OK);
    multihasher_free(hasher);
    return cid;
}

/* A dag-cbor list of links. */
static struct cid put_cbor_links(struct world *w, const struct cid *links, size_t count)
{
    struct mm_buf block;
    mm_buf_init(&block, 4096);
    cr_assert_lt(count, 24);
    mm_buf_add_byte(&block, (uint8_t)(0x80 | count));
    for (size_t i = 0; i < count; i++) {
        uint8_t cid[CID_BYTES_MAX];
        const size_t len = cid_encode(cid, &links[i]);
        mm_buf_add(&block, MM_BYTES_LIT("\xd8\x2a\x58"));
        mm_buf_add_byte(&block, (uint8_t)(len + 1));
        mm_buf_add_byte(&block, 0);
        mm_buf_add(&block, (mm_bytes){ cid, len });
    }
    const struct cid cid = put_block(w, CID_DAG_CBOR, mm_buf_bytes(&block));
    mm_buf_fini(&block);
    return cid;
}

/* A letter for each block that a walk gives: where it stands in `names`; ? for one that is not there. The last verdict. */
struct heard {
    char text[300];
    enum read_verdict verdict;
};

static char letter_of(const struct cid *names, size_t count, const struct cid *cid)
{
    for (size_t i = 0; i < count; i++)
        if (cid_same_block(&names[i], cid))
            return (char)('a' + (char)i);
    return '?';
}

static struct heard listen(struct content_walk *walk, const struct cid *names, size_t count)
{
    struct heard heard = { .text = "" };
    size_t len = 0;
    struct cid cid;
    mm_bytes block;
    for (;;) {
        heard.verdict = content_walk_next(walk, &cid, &block);
        cr_assert_lt(len + 2, sizeof heard.text);
        if (heard.verdict == READ_OK)
            heard.text[len++] = letter_of(names, count, &cid);
        else if (heard.verdict == READ_NO_BLOCK) /* named in upper case, and gone on without */
            heard.text[len++] = (char)(letter_of(names, count, content_walk_at(walk)) - 'a' + 'A');
        else
            return heard;
    }
}

static struct heard walk_from(struct world *w, const struct walk_options *options,
                              const struct cid *names, size_t count, const struct cid *root)
{
    struct content_walk *walk = content_walk_new(&w->source, options);
    content_walk_begin(walk, root);
    const struct heard heard = listen(walk, names, count);
    content_walk_rewind(walk);
    const struct heard again = listen(walk, names, count);
    cr_assert_str_eq(heard.text, again.text);
    content_walk_free(walk);
    return heard;
}

static const struct walk_options ALL = { .scope = WALK_ALL };
static const struct walk_options REPEATS = { .scope = WALK_ALL, .repeats = true };

Test(walk, goes_depth_first_and_gives_a_block_once_or_as_often_as_it_is_linked)
{
    struct world w = world_new();
    struct cid n[6];
    n[0] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf a"));
    n[1] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf b"));
    const struct cid of_c[] = { n[1], n[0] };
    n[2] = put_cbor_links(&w, of_c, 2);
    const struct cid of_d[] = { n[0], n[2], n[2], n[1] };
    n[3] = put_cbor_links(&w, of_d, 4);
    cr_assert_str_eq(walk_from(&w, &ALL, n, 4, &n[3]).text, "dacb");
    cr_assert_str_eq(walk_from(&w, &REPEATS, n, 4, &n[3]).text, "dacbacbab");
    const struct walk_options one = { .scope = WALK_BLOCK };
    cr_assert_str_eq(walk_from(&w, &one, n, 4, &n[3]).text, "d");
    const struct walk_options entity = { .scope = WALK_ENTITY };
    cr_assert_str_eq(walk_from(&w, &entity, n, 4, &n[3]).text, "d");
    memory_blocks_free(w.blocks);
}

Test(walk, the_same_bytes_under_another_codec_are_given_once_but_looked_into)
{
    struct world w = world_new();
    struct cid n[3];
    n[0] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf"));
    n[1] = put_cbor_links(&w, n, 1);
    struct cid alias = n[1];
    alias.codec = CID_RAW;
    const struct cid both[] = { alias, n[1] };
    n[2] = put_cbor_links(&w, both, 2);
    cr_assert_str_eq(walk_from(&w, &ALL, n, 3, &n[2]).text, "cba");
    memory_blocks_free(w.blocks);
}

Test(walk, identity_content_is_looked_into_and_not_given)
{
    struct world w = world_new();
    struct cid n[2];
    n[0] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf"));
    struct cid identity = { .version = 1, .codec = CID_DAG_CBOR };
    uint8_t bytes[CID_BYTES_MAX + 8] = { 0x81, 0xd8, 0x2a, 0x58 };
    const size_t len = cid_encode(bytes + 6, &n[0]);
    bytes[4] = (uint8_t)(len + 1);
    identity.hash = (struct multihash){ .code = MULTIHASH_IDENTITY, .len = (uint8_t)(6 + len) };
    memcpy(identity.hash.digest, bytes, 6 + len);
    cr_assert_str_eq(walk_from(&w, &ALL, n, 1, &identity).text, "a");
    const struct cid both[] = { identity, identity };
    n[1] = put_cbor_links(&w, both, 2);
    cr_assert_str_eq(walk_from(&w, &ALL, n, 2, &n[1]).text, "ba");
    cr_assert_str_eq(walk_from(&w, &REPEATS, n, 2, &n[1]).text, "baa");
    memory_blocks_free(w.blocks);
}

Test(walk, names_all_that_is_missing_and_goes_on)
{
    struct world w = world_new();
    struct cid n[5];
    n[0] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf a"));
    n[1] = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf b"));
    n[2] = put_cbor_links(&w, n, 1);
    n[3] = put_block(&w, CID_DAG_PB, MM_BYTES_LIT("no dag-pb"));
    const struct cid of_e[] = { n[2], n[1], n[0], n[3] };
    n[4] = put_cbor_links(&w, of_e, 3);
    memory_blocks_remove(w.blocks, &n[2]);
    memory_blocks_remove(w.blocks, &n[1]);
    const struct heard heard = walk_from(&w, &ALL, n, 5, &n[4]);
    cr_assert_str_eq(heard.text, "eCBa");
    cr_assert_eq(heard.verdict, READ_END);
    struct walk_totals totals;
    cr_assert_eq(content_survey(&w.source, &totals, &n[4]), READ_NO_BLOCK);
    cr_assert(totals.blocks == 2 && totals.missing == 2 && cid_equal(&totals.first_at, &n[2]));
    cr_assert_eq(content_survey(&w.source, &totals, &n[0]), READ_OK);
    cr_assert(totals.blocks == 1 && totals.bytes == 6 && totals.missing == 0);
    cr_assert_eq(content_survey(&w.source, &totals, &n[3]), READ_MALFORMED);
    cr_assert(cid_equal(&totals.first_at, &n[3]));
    struct cid strange = n[0];
    strange.hash.code = 0x11;
    cr_assert_eq(content_survey(&w.source, &totals, &strange), READ_UNSUPPORTED);
    memory_blocks_free(w.blocks);
}

Test(walk, a_dag_that_doubles_at_every_level_is_little_work)
{
    struct world w = world_new();
    struct cid top = put_block(&w, CID_RAW, MM_BYTES_LIT("bottom"));
    for (size_t i = 1; i < READ_DEPTH_MAX; i++) {
        const struct cid twice[] = { top, top };
        top = put_cbor_links(&w, twice, 2);
    }
    struct walk_totals totals;
    cr_assert_eq(content_survey(&w.source, &totals, &top), READ_OK);
    cr_assert_eq(totals.blocks, READ_DEPTH_MAX);
    const struct walk_options bounded = { .repeats = true, .visits_max = 1000 };
    cr_assert_eq(
        walk_from(&w, &(struct walk_options){ .repeats = true, .visits_max = 200 }, &top, 1, &top)
            .verdict,
        READ_TOO_LARGE);
    struct content_walk *walk = content_walk_new(&w.source, &bounded);
    content_walk_begin(walk, &top);
    struct cid cid;
    mm_bytes block;
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(content_walk_next(walk, &cid, &block), READ_OK);
    cr_assert_eq(content_walk_next(walk, &cid, &block), READ_TOO_LARGE);
    cr_assert_eq(content_walk_next(walk, &cid, &block), READ_END);
    content_walk_free(walk);

    top = put_cbor_links(&w, &top, 1); /* one block too deep */
    cr_assert_eq(content_survey(&w.source, &totals, &top), READ_TOO_DEEP);
    memory_blocks_free(w.blocks);
}

Test(walk, bytes_are_counted_as_they_are_visited)
{
    struct world w = world_new();
    const struct cid leaf = put_block(&w, CID_RAW, MM_BYTES_LIT("0123456789"));
    const struct cid list = put_cbor_links(&w, &leaf, 1);
    const uint64_t all = 10 + memory_blocks_find(w.blocks, &list).len;
    struct walk_options options = { .bytes_max = all };
    cr_assert_eq(walk_from(&w, &options, &leaf, 1, &list).verdict, READ_END);
    options.bytes_max = all - 1;
    cr_assert_eq(walk_from(&w, &options, &leaf, 1, &list).verdict, READ_TOO_LARGE);
    memory_blocks_free(w.blocks);
}

/* --- files --- */

/* The blocks of a range are those that a reader reads for it, and in the same order. */
struct noted {
    struct block_source under;
    struct cid cids[200];
    size_t count;
};

static mm_err get_noted(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct noted *noted = context;
    cr_assert_lt(noted->count, MM_COUNT_OF(noted->cids));
    noted->cids[noted->count++] = *cid;
    return noted->under.get(noted->under.context, block, cid);
}

static void expect_as_reader(struct world *w, const struct cid *root, int64_t from, int64_t to,
                             uint64_t file_bytes)
{
    static struct noted noted;
    noted = (struct noted){ .under = w->source };
    struct content_reader *reader = content_reader_new(&(struct block_source){ &noted, get_noted });
    uint64_t bytes, start, end;
    mm_bytes piece;
    cr_assert_eq(content_file_open(reader, &bytes, root), READ_OK);
    cr_assert_eq(bytes, file_bytes);
    const struct walk_options options = {
        .scope = WALK_ENTITY, .has_range = true, .range = { from, to }, .repeats = true
    };
    walk_range_resolve(&start, &end, &options.range, file_bytes);
    content_file_range(reader, start, end - start);
    while (content_file_next(reader, &piece) == READ_OK)
        continue;
    struct content_walk *walk = content_walk_new(&w->source, &options);
    content_walk_begin(walk, root);
    struct cid cid;
    mm_bytes block;
    for (size_t i = 0; i < noted.count; i++) {
        cr_assert_eq(content_walk_next(walk, &cid, &block), READ_OK, "%zu", i);
        cr_assert(cid_equal(&cid, &noted.cids[i]));
    }
    cr_assert_eq(content_walk_next(walk, &cid, &block), READ_END);
    content_walk_free(walk);
    content_reader_free(reader);
}

Test(walk, a_range_of_a_file_is_the_blocks_that_a_reader_reads)
{
    struct test_random random = { 5 };
    struct world w = world_new();
    static uint8_t bytes[900];
    test_random_fill(&random, bytes, sizeof bytes);
    for (size_t size = 1; size < sizeof bytes; size = size * 2 + 7) {
        const struct import_result file = add_file(&w, &TINY, (mm_bytes){ bytes, size });
        for (size_t round = 0; round < 50; round++) {
            const int64_t from = (int64_t)test_random_below(&random, 2 * size + 4) - (int64_t)size;
            const int64_t to = (int64_t)test_random_below(&random, 2 * size + 4) - (int64_t)size;
            expect_as_reader(&w, &file.cid, from, to, size);
        }
        expect_as_reader(&w, &file.cid, 0, INT64_MAX, size);
    }
    memory_blocks_free(w.blocks);
}

Test(walk, a_part_that_comes_twice_in_a_range_is_looked_into_for_both)
{
    /* Two equal halves: of the first the end is wanted, of the second the beginning. */
    struct world w = world_new();
    static uint8_t bytes[6 * 16];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)('0' + i / 16 % 3);
    const struct import_result file = add_file(&w, &TINY, MM_BYTES_OF(bytes));
    struct cid n[5] = { file.cid };
    const struct import_result half = add_file(&w, &TINY, (mm_bytes){ bytes, sizeof bytes / 2 });
    n[1] = half.cid;
    for (size_t i = 0; i < 3; i++)
        n[2 + i] = put_block(&w, CID_RAW, (mm_bytes){ bytes + 16 * i, 16 });
    struct walk_options options = { .scope = WALK_ENTITY, .has_range = true, .range = { 40, 55 } };
    cr_assert_str_eq(walk_from(&w, &options, n, 5, &file.cid).text, "abec");
    options.range = (struct walk_range){ 40, 95 };
    cr_assert_str_eq(walk_from(&w, &options, n, 5, &file.cid).text, "abecd");
    options.repeats = true;
    cr_assert_str_eq(walk_from(&w, &options, n, 5, &file.cid).text, "abebcde");
    memory_blocks_free(w.blocks);
}

Test(walk, a_child_of_a_file_that_is_not_what_its_parent_claims_is_malformed)
{
    struct world w = world_new();
    const struct cid leaf = put_block(&w, CID_RAW, MM_BYTES_LIT("four"));
    const struct cid dir = put_block(&w, CID_DAG_PB, MM_BYTES_LIT("\x0a\x02\x08\x01"));
    const struct walk_options entity = { .scope = WALK_ENTITY };
    const struct cid inner = put_block(&w, CID_DAG_PB,
                                       MM_BYTES_LIT("\x0a\x08\x08\x02\x12\x04"
                                                    "four"));
    const struct cid children[] = { leaf, leaf, inner, inner, dir };
    static const uint64_t claims[] = { 4, 3, 4, 3, 0 };
    static const bool is_true[] = { true, false, true, false, false };
    for (size_t i = 0; i < MM_COUNT_OF(claims); i++) {
        struct mm_buf block, data, sizes;
        mm_buf_init(&block, 1000);
        mm_buf_init(&data, 1000);
        mm_buf_init(&sizes, 100);
        unixfs_add_blocksize(&sizes, claims[i]);
        const struct dagpb_link link = { .cid = children[i] };
        dagpb_add_link(&block, &link);
        unixfs_encode(&data,
                      &(struct unixfs){ .type = UNIXFS_FILE, .blocksizes = mm_buf_bytes(&sizes) });
        dagpb_add_data(&block, mm_buf_bytes(&data));
        const struct cid root = put_block(&w, CID_DAG_PB, mm_buf_bytes(&block));
        cr_assert_eq(walk_from(&w, &entity, &leaf, 1, &root).verdict,
                     is_true[i] ? READ_END : READ_MALFORMED);
        cr_assert_eq(walk_from(&w, &ALL, &leaf, 1, &root).verdict, READ_END);
        mm_buf_fini(&block);
        mm_buf_fini(&data);
        mm_buf_fini(&sizes);
    }
    memory_blocks_free(w.blocks);
}

/* --- directories --- */

static struct cid add_folder(struct world *w, size_t files)
{
    struct import_dir *dir = import_dir_new(&TINY, &w->sink);
    struct import_result result;
    for (size_t i = 0; i < files; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu.txt", i);
        const struct import_result file = add_file(w, &TINY, mm_bytes_str(name));
        cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &file), MM_OK);
    }
    cr_assert_eq(import_dir_finish(dir, &result), MM_OK);
    import_dir_free(dir);
    return result.cid;
}

static size_t count_blocks(struct content_walk *walk, enum read_verdict *verdict)
{
    struct cid cid;
    mm_bytes block;
    size_t count = 0;
    while ((*verdict = content_walk_next(walk, &cid, &block)) == READ_OK)
        count++;
    return count;
}

Test(walk, a_directory_is_its_own_blocks_and_a_path_comes_first)
{
    struct world w = world_new();
    const struct cid folder = add_folder(&w, 500);
    size_t shards = memory_blocks_count(w.blocks) - 500;
    cr_assert_gt(shards, 2);
    enum read_verdict verdict;
    struct content_walk *entity =
        content_walk_new(&w.source, &(struct walk_options){ .scope = WALK_ENTITY });
    content_walk_begin(entity, &folder);
    cr_assert_eq(count_blocks(entity, &verdict), shards);
    cr_assert_eq(verdict, READ_END);
    struct content_walk *all = content_walk_new(&w.source, &ALL);
    content_walk_begin(all, &folder);
    cr_assert_eq(count_blocks(all, &verdict), shards + 500);

    struct content_node node;
    cr_assert_eq(content_walk_resolve(entity, &node, NULL, &folder, MM_BYTES_LIT("/17.txt"), NULL),
                 READ_OK);
    struct cid cid;
    mm_bytes block;
    cr_assert_eq(content_walk_next(entity, &cid, &block), READ_OK);
    cr_assert(cid_equal(&cid, &folder));
    size_t count = 1;
    while (content_walk_next(entity, &cid, &block) == READ_OK)
        count++;
    cr_assert(mm_bytes_equal(memory_blocks_find(w.blocks, &node.cid), MM_BYTES_LIT("17.txt")));
    cr_assert(count == 2 || count == 3); /* a shard lies between, or not */
    content_walk_rewind(entity);
    cr_assert_eq(count_blocks(entity, &verdict), count);

    cr_assert_eq(content_walk_resolve(entity, &node, NULL, &folder, MM_BYTES_LIT("nothing"), NULL),
                 READ_NO_NAME);
    cr_assert_eq(content_walk_next(entity, &cid, &block), READ_END);
    content_walk_free(entity);
    content_walk_free(all);
    memory_blocks_free(w.blocks);
}

/* --- ranges as text --- */

static bool parses(const char *text, int64_t from, int64_t to)
{
    struct walk_range range;
    return walk_range_parse(&range, mm_bytes_str(text)) && range.from == from && range.to == to;
}

static bool is_refused(const char *text)
{
    struct walk_range range;
    return !walk_range_parse(&range, mm_bytes_str(text));
}

Test(walk, a_range_is_two_ends)
{
    cr_assert(parses("0:*", 0, INT64_MAX));
    cr_assert(parses("5:5", 5, 5));
    cr_assert(parses("-1024:*", -1024, INT64_MAX));
    cr_assert(parses("512:-256", 512, -256));
    cr_assert(parses("-9:-3", -9, -3));
    cr_assert(parses("-9:3", -9, 3));
    cr_assert(is_refused(""));
    cr_assert(is_refused(":"));
    cr_assert(is_refused("1"));
    cr_assert(is_refused("1:"));
    cr_assert(is_refused(":5"));
    cr_assert(is_refused("*:5"));
    cr_assert(is_refused("5:4"));
    cr_assert(is_refused("-3:-4"));
    cr_assert(is_refused("1:2:3"));
    cr_assert(is_refused("1:*x"));
    cr_assert(is_refused("+1:2"));
    cr_assert(is_refused(" 1:2"));
    cr_assert(is_refused("-:2"));
    cr_assert(is_refused("0:9223372036854775808"));
}

static bool resolves(int64_t from, int64_t to, uint64_t file_bytes, uint64_t start, uint64_t end)
{
    uint64_t s, e;
    walk_range_resolve(&s, &e, &(struct walk_range){ from, to }, file_bytes);
    return s == start && e == end;
}

Test(walk, a_range_lies_within_its_file)
{
    cr_assert(resolves(0, INT64_MAX, 10, 0, 10));
    cr_assert(resolves(2, 3, 10, 2, 4));
    cr_assert(resolves(2, 100, 10, 2, 10));
    cr_assert(resolves(-3, INT64_MAX, 10, 7, 10));
    cr_assert(resolves(-100, -3, 10, 0, 8));
    cr_assert(resolves(0, -1, 10, 0, 10));
    cr_assert(resolves(0, -10, 10, 0, 1));
    cr_assert(resolves(0, -11, 10, 0, 0));
    cr_assert(resolves(20, 30, 10, 10, 10));
    cr_assert(resolves(8, -5, 10, 8, 8));
    cr_assert(resolves(0, INT64_MAX, 0, 0, 0));
    cr_assert(resolves(INT64_MIN + 1, INT64_MAX, 5, 0, 5));
}

/* --- failures --- */

static struct world failing;

static mm_err survey_all(void)
{
    struct content_walk *walk = content_walk_new(&failing.source, &ALL);
    if (walk == NULL)
        return MM_ERR_NO_MEMORY;
    static struct cid root;
    struct content_node node;
    struct cid cid;
    mm_bytes block;
    if (root.version == 0)
        root = add_folder(&failing, 60);
    enum read_verdict verdict =
        content_walk_resolve(walk, &node, NULL, &root, MM_BYTES_LIT("5.txt"), NULL);
    if (verdict == READ_OK)
        content_walk_begin(walk, &root);
    while (verdict == READ_OK)
        verdict = content_walk_next(walk, &cid, &block);
    const mm_err err = verdict == READ_FAILED ? content_walk_err(walk) : MM_OK;
    cr_assert(verdict == READ_FAILED || verdict == READ_END);
    content_walk_free(walk);
    return err;
}

Test(walk, an_empty_heap_is_an_error_and_loses_nothing)
{
    failing = world_new();
    cr_assert_eq(survey_all(), MM_OK);
    cr_assert_gt(empty_heap_failures(survey_all), 4);
    memory_blocks_free(failing.blocks);
}
