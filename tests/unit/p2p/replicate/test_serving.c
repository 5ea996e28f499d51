/* WANTs of others, and how much is on its way at once. */
#include "scene.h"

enum { LARGE_BYTES = 1 << 20 };

/* Blocks of a mebibyte. */
static void add_large(struct content *content, struct cid *cids, size_t count)
{
    struct multihasher *hasher = multihasher_new();
    struct content_writer *writer = content_writer_new(content);
    uint8_t *bytes = calloc(1, LARGE_BYTES);
    for (size_t i = 0; i < count; i++) {
        const mm_bytes block = mm_bytes_from(bytes, LARGE_BYTES);
        memcpy(bytes, &i, sizeof i);
        cids[i] = (struct cid){ .version = 1, .codec = CID_RAW };
        cr_assert_eq(multihasher_digest(hasher, &cids[i].hash, MULTIHASH_SHA2_256, &block, 1),
                     MM_OK);
        cr_assert_eq(content_writer_put(writer, &cids[i], block), MM_OK);
    }
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    multihasher_free(hasher);
    free(bytes);
}

Test(serving, an_answer_ends_after_a_mebibyte_and_says_what_is_missing)
{
    struct yard *yard = yard_new(1, 1, 0);
    struct cid cids[8];
    size_t bytes;
    add_large(yard->nodes[0].content, cids + 1, 6);
    cids[0] = cids[7] = cids[1];
    cids[0].hash.digest[0] ^= 1;
    cids[7].hash.digest[0] ^= 2;
    yard_say_want(yard, 1, 5, cids, 8);
    yard_run(yard, 10);
    cr_assert_eq(yard_heard(yard, 1, FRAME_BLOCK, &bytes), 1);
    cr_assert_eq(yard_heard(yard, 1, FRAME_MISSING, &bytes), 1);
    cr_assert_eq(bytes, 1 + 1 + 1 + 1 + 35, "the first one; of the last nothing is said");
    yard_say_want(yard, 1, 6, &cids[7], 1);
    yard_run(yard, 10);
    cr_assert_eq(yard_heard(yard, 1, FRAME_BLOCK, &bytes), 0);
    cr_assert_eq(yard_heard(yard, 1, FRAME_MISSING, &bytes), 1);
    yard_free(yard);
}

Test(serving, a_peer_gets_sixteen_mebibytes_a_second)
{
    struct yard *yard = yard_new(1, 1, 0);
    struct cid cids[2];
    size_t bytes;
    add_large(yard->nodes[0].content, cids, 2);
    for (uint64_t i = 0; i < 16 + REPLICATE_WAITING_MAX; i++)
        yard_say_want(yard, 1, i, cids, 1);
    cr_assert_eq(yard->nodes[0].slow, 0);
    yard_say_want(yard, 1, 100, cids, 1);
    cr_assert_eq(yard->nodes[0].slow, 1, "one more than wait");
    yard_run(yard, 10);
    (void)yard_heard(yard, 1, FRAME_BLOCK, &bytes);
    cr_assert(bytes >= 16 << 20 && bytes <= (16 << 20) + (2 << 20) + 4096, "%zu", bytes);
    yard_run(yard, 1000);
    (void)yard_heard(yard, 1, FRAME_BLOCK, &bytes);
    cr_assert(bytes >= 14 << 20 && bytes <= (18 << 20) + 4096, "%zu", bytes);
    yard_run(yard, 3000);
    (void)yard_heard(yard, 1, FRAME_BLOCK, &bytes);
    cr_assert_leq(bytes, 18 << 20, "all that was waiting");
    yard_free(yard);
}

Test(serving, all_peers_together_get_64_mebibytes_a_second)
{
    struct yard *yard = yard_new(1, 5, 0);
    struct cid cid;
    size_t bytes;
    size_t all = 0;
    add_large(yard->nodes[0].content, &cid, 1);
    for (size_t puppet = 1; puppet <= 5; puppet++) {
        for (uint64_t i = 0; i < 20; i++)
            yard_say_want(yard, puppet, i, &cid, 1);
    }
    yard_run(yard, 5);
    for (size_t puppet = 1; puppet <= 5; puppet++) {
        (void)yard_heard(yard, puppet, FRAME_BLOCK, &bytes);
        all += bytes;
    }
    cr_assert(all >= 64 << 20 && all <= (66 << 20), "%zu", all);
    yard_free(yard);
}

Test(serving, a_peer_is_asked_twice_at_once_and_for_64_blocks)
{
    struct scene scene = scene_begin(1, 300);
    struct yard *yard = scene.yard;
    scene_ask(&scene);
    yard_answer(yard, 1, &scene.asked, scene.elsewhere);
    yard_run(yard, 1000);
    cr_assert(yard_asked(yard, 1, &scene.asked));
    cr_assert_eq(scene.asked.count, PAYLOAD_WANTED_MAX);
    cr_assert(yard_asked(yard, 1, &scene.asked));
    cr_assert_eq(scene.asked.count, PAYLOAD_WANTED_MAX);
    cr_assert_not(yard_asked(yard, 1, &scene.asked));
    scene_end(&scene);
}

Test(serving, two_peers_share_the_work)
{
    struct yard *yard = yard_new(3, 0, 0);
    struct cid root;
    for (size_t i = 1; i < 3; i++)
        root = yard_add(yard, i, 1, 2000);
    yard_run(yard, 1000);
    yard_want(yard, 0, &root);
    yard_run(yard, 5000);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    for (size_t i = 1; i < 3; i++)
        cr_assert_geq(yard_counts(yard, i).served_blocks, 600);
    yard_free(yard);
}
