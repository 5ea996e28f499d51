#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "empty_heap.h"
#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "p2p/content/store.h"
#include "p2p/content/store_internal.h"
#include "tests/lib/folder.h"
#include "tests/lib/random.h"

static struct content *open_store(const char *path, uint64_t quota_bytes)
{
    struct content *content;
    struct mm_reason reason = { "" };
    const struct content_options options = { .path = path, .quota_bytes = quota_bytes };
    cr_assert_eq(content_open(&content, &options, &reason), MM_OK, "%s", reason.text);
    return content;
}

static struct cid cid_of(mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = CID_RAW };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    multihasher_free(hasher);
    return cid;
}

/* A one-block file, committed. */
static struct cid put_text(struct content *content, const char *text)
{
    const struct cid cid = cid_of(mm_bytes_str(text));
    struct content_writer *writer = content_writer_new(content);
    cr_assert_eq(content_writer_put(writer, &cid, mm_bytes_str(text)), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    return cid;
}

static mm_err get(struct content *content, const struct cid *cid, const char *expected)
{
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    const mm_err err = content_get(content, &block, cid);
    if (err == MM_OK)
        cr_assert(mm_bytes_equal(mm_buf_bytes(&block), mm_bytes_str(expected)));
    else
        cr_assert_eq(mm_buf_bytes(&block).len, 0);
    mm_buf_fini(&block);
    return err;
}

Test(store, one_entry_serves_every_cid_of_the_bytes)
{
    struct content *content = open_store(NULL, 0);
    struct cid cid = put_text(content, "hello");
    cr_assert_eq(get(content, &cid, "hello"), MM_OK);
    cid.codec = CID_DAG_PB;
    cr_assert_eq(get(content, &cid, "hello"), MM_OK);
    cid.version = 0;
    cr_assert_eq(get(content, &cid, "hello"), MM_OK);
    uint64_t bytes;
    cr_assert_eq(content_find(content, &bytes, &cid), MM_OK);
    cr_assert_eq(bytes, 5);
    cid.hash.digest[0] ^= 1;
    cr_assert_eq(get(content, &cid, ""), MM_ERR_NOT_FOUND);
    cr_assert_eq(content_find(content, &bytes, &cid), MM_ERR_NOT_FOUND);
    content_close(content);
}

Test(store, keeps_blocks_of_every_supported_hash_and_no_identity)
{
    struct content *content = open_store(NULL, 0);
    struct multihasher *hasher = multihasher_new();
    struct content_writer *writer = content_writer_new(content);
    const mm_bytes block = MM_BYTES_LIT("content");
    static const uint64_t codes[] = { MULTIHASH_SHA2_256, MULTIHASH_SHA2_512, MULTIHASH_BLAKE2B_256,
                                      MULTIHASH_IDENTITY };
    struct cid cid = { .version = 1, .codec = CID_RAW };
    for (size_t i = 0; i < MM_COUNT_OF(codes); i++) {
        cr_assert_eq(multihasher_digest(hasher, &cid.hash, codes[i], &block, 1), MM_OK);
        cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
        cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
        cr_assert_eq(get(content, &cid, "content"), MM_OK);
    }
    cr_assert_eq(content_totals(content).blocks, 3);
    cr_assert_eq(content_totals(content).bytes, 3 * block.len);
    cid.hash.code = 0x11;
    cr_assert_eq(content_writer_put(writer, &cid, block), MM_ERR_INVALID);
    cr_assert_eq(get(content, &cid, ""), MM_ERR_INVALID);
    content_writer_free(writer);
    multihasher_free(hasher);
    content_close(content);
}

Test(store, refuses_a_block_that_is_not_what_its_cid_says)
{
    struct content *content = open_store(NULL, 0);
    struct content_writer *writer = content_writer_new(content);
    const struct cid cid = cid_of(MM_BYTES_LIT("right"));
    cr_assert_eq(content_writer_put(writer, &cid, MM_BYTES_LIT("wrong")), MM_ERR_INVALID);
    static const uint8_t large[BLOCK_BYTES_MAX + 1];
    const struct cid large_cid = cid_of(MM_BYTES_OF(large));
    cr_assert_eq(content_writer_put(writer, &large_cid, MM_BYTES_OF(large)), MM_ERR_LIMIT);
    cr_assert_eq(content_writer_put(writer, &cid, MM_BYTES_LIT("right")),
                 MM_OK); /* the writer is none the worse */
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    cr_assert_eq(content_totals(content).blocks, 1);
    content_writer_free(writer);
    content_close(content);
}

/* Puts other bytes under a block's key, as a failing disk would. */
static void corrupt(struct content *content, const struct cid *cid, mm_bytes bytes)
{
    struct kv_batch *batch = kv_batch_new(content->kv);
    const struct store_key key = store_key_of(cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), bytes);
    cr_assert_eq(kv_write(content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
}

Test(store, a_corrupted_block_is_reported_and_never_served)
{
    struct content *content = open_store(NULL, 0);
    const struct cid cid = put_text(content, "picture");
    corrupt(content, &cid, MM_BYTES_LIT("pictura"));
    cr_assert_eq(get(content, &cid, ""), MM_ERR_CORRUPT);
    corrupt(content, &cid, MM_BYTES_LIT(""));
    cr_assert_eq(get(content, &cid, ""), MM_ERR_CORRUPT);
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    struct mm_buf out;
    mm_buf_init(&out, 100);
    cr_assert_eq(content_file_read(reader, &out, &cid), READ_CORRUPT);
    cr_assert(cid_equal(content_reader_at(reader), &cid));
    mm_buf_fini(&out);
    content_reader_free(reader);
    content_close(content);
}

Test(store, a_block_counts_once_however_often_it_is_put)
{
    struct content *content = open_store(NULL, 0);
    struct content_writer *writer = content_writer_new(content);
    struct content_writer *other = content_writer_new(content);
    const struct cid cid = cid_of(MM_BYTES_LIT("again"));
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(content_writer_put(writer, &cid, MM_BYTES_LIT("again")), MM_OK);
        cr_assert_eq(content_writer_put(other, &cid, MM_BYTES_LIT("again")), MM_OK);
    }
    cr_assert_eq(get(content, &cid, ""), MM_ERR_NOT_FOUND); /* nothing is there before its batch */
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    cr_assert_eq(content_writer_commit(other, NULL), MM_OK);
    cr_assert_eq(content_writer_put(writer, &cid, MM_BYTES_LIT("again")), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    cr_assert_eq(content_totals(content).blocks, 1);
    cr_assert_eq(content_totals(content).bytes, 5);
    content_writer_free(other);
    content_writer_free(writer);
    content_close(content);
}

Test(store, putting_a_block_again_touches_its_epoch)
{
    struct content *content = open_store(NULL, 0);
    const struct cid cid = put_text(content, "old");
    content->epoch = 7; /* a collector began */
    const struct store_key key = store_key_of(&cid);
    uint64_t bytes, epoch;
    cr_assert_eq(store_find_size(content, &bytes, &epoch, store_key_bytes(&key)), MM_OK);
    cr_assert_eq(epoch, 1);
    struct content_writer *writer = content_writer_new(content);
    cr_assert_eq(content_writer_put(writer, &cid, MM_BYTES_LIT("old")), MM_OK);
    cr_assert_eq(store_find_size(content, &bytes, &epoch, store_key_bytes(&key)), MM_OK);
    cr_assert_eq(epoch, 7); /* before any commit: the collector may be at work */
    content_writer_free(writer);
    content_close(content);
}

Test(store, the_quota_stops_a_writer_and_nothing_else)
{
    struct content *content = open_store(NULL, 10);
    const struct cid six = put_text(content, "123456");
    struct content_writer *writer = content_writer_new(content);
    const struct cid five = cid_of(MM_BYTES_LIT("12345"));
    cr_assert_eq(content_writer_put(writer, &five, MM_BYTES_LIT("12345")), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_ERR_NO_SPACE);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_ERR_NO_SPACE);
    content_writer_free(writer);
    cr_assert_eq(content_totals(content).bytes, 6);
    cr_assert_eq(get(content, &five, ""), MM_ERR_NOT_FOUND);
    cr_assert_eq(get(content, &six, "123456"), MM_OK);
    (void)put_text(content, "1234");
    (void)put_text(content, "123456"); /* there already: costs nothing */
    cr_assert_eq(content_totals(content).bytes, 10);
    content_close(content);
}

/* --- pins, roots, tokens --- */

Test(store, pins_are_by_root_kind_and_owner)
{
    struct content *content = open_store(NULL, 0);
    const struct cid a = cid_of(MM_BYTES_LIT("a")), b = cid_of(MM_BYTES_LIT("b"));
    const struct content_pin pins[] = {
        { a, CONTENT_PIN_USER, CONTENT_PIN_RECURSIVE, MM_BYTES_LIT("me"), 0 },
        { a, CONTENT_PIN_UPLOAD, CONTENT_PIN_DIRECT, MM_BYTES_LIT(""), 1234 },
        { b, CONTENT_PIN_USER, CONTENT_PIN_RECURSIVE, MM_BYTES_LIT("me"), 0 },
    };
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(content_pin_put(content, &pins[i]), MM_OK);
    cr_assert_eq(content_pin_put(content, &pins[0]), MM_OK);
    struct content_pin pin;
    struct content_pins *all = content_pins_new(content, NULL);
    size_t count = 0;
    while (content_pins_next(all, &pin) == MM_OK)
        count++;
    cr_assert_eq(count, 3);
    cr_assert_eq(content_pins_next(all, &pin), MM_ERR_NOT_FOUND);
    content_pins_free(all);
    struct content_pins *of_a = content_pins_new(content, &a);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(content_pins_next(of_a, &pin), MM_OK);
        cr_assert(cid_equal(&pin.root, &a));
        cr_assert(pin.kind == pins[i].kind && pin.depth == pins[i].depth &&
                  pin.expires_ms == pins[i].expires_ms);
        cr_assert(mm_bytes_equal(pin.owner, pins[i].owner));
    }
    cr_assert_eq(content_pins_next(of_a, &pin), MM_ERR_NOT_FOUND);
    content_pins_free(of_a);
    cr_assert_eq(content_pin_del(content, &a, CONTENT_PIN_USER, MM_BYTES_LIT("you")),
                 MM_ERR_NOT_FOUND);
    cr_assert_eq(content_pin_del(content, &a, CONTENT_PIN_USER, MM_BYTES_LIT("me")), MM_OK);
    cr_assert_eq(content_pin_del(content, &a, CONTENT_PIN_USER, MM_BYTES_LIT("me")),
                 MM_ERR_NOT_FOUND);
    content_close(content);
}

/* kind of the only pin of a root and its expiry, or 0 */
static unsigned only_pin(struct content *content, const struct cid *root, uint64_t *expires_ms)
{
    struct content_pins *pins = content_pins_new(content, root);
    struct content_pin pin, second;
    unsigned kind = 0;
    *expires_ms = 0;
    if (content_pins_next(pins, &pin) == MM_OK) {
        kind = pin.kind;
        *expires_ms = pin.expires_ms;
        cr_assert_eq(content_pins_next(pins, &second), MM_ERR_NOT_FOUND);
    }
    content_pins_free(pins);
    return kind;
}

Test(store, a_token_holds_its_roots_until_it_names_others)
{
    struct content *content = open_store(NULL, 0);
    const struct content_token token = { .contract = { { 7 } }, .token_id = { { [31] = 42 } } };
    const struct cid roots[] = { cid_of(MM_BYTES_LIT("metadata")), cid_of(MM_BYTES_LIT("image")),
                                 cid_of(MM_BYTES_LIT("new metadata")) };
    const mm_bytes uri = MM_BYTES_LIT("ipfs://metadata");
    struct content_token_record found;
    struct content_token_needs needs = { .uri = uri, .roots = roots, .count = 2 };
    uint64_t expires_ms;
    cr_assert_eq(content_token_get(content, &found, &token), MM_ERR_NOT_FOUND);
    cr_assert_eq(content_token_put(content, &token, &needs, 0), MM_OK);
    cr_assert_eq(content_token_get(content, &found, &token), MM_OK);
    cr_assert(found.count == 2 && cid_equal(&found.roots[0], &roots[0]) &&
              cid_equal(&found.roots[1], &roots[1]));
    cr_assert(mm_bytes_equal(mm_bytes_from(found.uri, found.uri_len), uri) && !found.is_read);
    cr_assert_eq(only_pin(content, &roots[0], &expires_ms), CONTENT_PIN_CHAIN);
    cr_assert_eq(expires_ms, 0);
    struct content_root root;
    cr_assert_eq(content_root_get(content, &root, &roots[1]), MM_OK);
    cr_assert_eq(root.state, CONTENT_ROOT_WANT);

    /* an update: the image stays, the old metadata goes in time */
    root.state = CONTENT_ROOT_WHOLE;
    cr_assert_eq(content_root_put(content, &root), MM_OK);
    needs.roots = &roots[1];
    cr_assert_eq(content_token_put(content, &token, &needs, 99), MM_OK);
    cr_assert_eq(only_pin(content, &roots[0], &expires_ms), CONTENT_PIN_CHAIN);
    cr_assert_eq(expires_ms, 99);
    cr_assert_eq(only_pin(content, &roots[2], &expires_ms), CONTENT_PIN_CHAIN);
    cr_assert_eq(content_root_get(content, &root, &roots[1]), MM_OK);
    cr_assert_eq(root.state, CONTENT_ROOT_WHOLE); /* what is known of it is not forgotten */

    /* burned; another token still holds the image */
    const struct content_token other = { .contract = { { 7 } }, .token_id = { { [31] = 43 } } };
    needs.count = 1;
    cr_assert_eq(content_token_put(content, &other, &needs, 0), MM_OK);
    cr_assert_eq(content_token_put(content, &token, NULL, 0), MM_OK);
    cr_assert_eq(content_token_get(content, &found, &token), MM_ERR_NOT_FOUND);
    cr_assert_eq(only_pin(content, &roots[1], &expires_ms), CONTENT_PIN_CHAIN);
    cr_assert_eq(only_pin(content, &roots[2], &expires_ms), 0);
    content_close(content);
}

Test(store, roots_are_listed)
{
    struct content *content = open_store(NULL, 0);
    for (uint64_t i = 0; i < 10; i++) {
        char text[2] = { (char)('a' + i), 0 };
        const struct content_root root = { cid_of(mm_bytes_str(text)), CONTENT_ROOT_PARTIAL,
                                           100 + i, i };
        cr_assert_eq(content_root_put(content, &root), MM_OK);
    }
    struct content_roots *roots = content_roots_new(content, false, NULL);
    struct content_root root;
    uint64_t bytes = 0;
    while (content_roots_next(roots, &root) == MM_OK) {
        cr_assert_eq(root.bytes, 100 + root.blocks);
        bytes += root.bytes;
    }
    cr_assert_eq(bytes, 1045);
    content_roots_free(roots);
    content_close(content);
}

/* --- on disk --- */

static void random_file(struct content *content, struct import_result *result, uint64_t seed,
                        size_t size)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file =
        import_file_new(content_profile_find(MM_BYTES_LIT("kubo-cidv1-no-raw")), &sink);
    struct test_random random = { seed };
    uint8_t piece[4096];
    for (size_t at = 0; at < size; at += sizeof piece) {
        test_random_fill(&random, piece, sizeof piece);
        cr_assert_eq(
            import_file_write(
                file, mm_bytes_from(piece, size - at < sizeof piece ? size - at : sizeof piece)),
            MM_OK);
    }
    cr_assert_eq(import_file_finish(file, result), MM_OK);
    const struct content_pin pin = { result->cid, CONTENT_PIN_UPLOAD, CONTENT_PIN_RECURSIVE,
                                     MM_BYTES_LIT("t"), 5 };
    const struct content_root root = { result->cid, CONTENT_ROOT_WHOLE, result->dag_bytes,
                                       result->dag_blocks };
    const struct content_commit commit = { &pin, 1, &root, 1 };
    cr_assert_eq(content_writer_commit(writer, &commit), MM_OK);
    import_file_free(file);
    content_writer_free(writer);
}

static void expect_random_file(struct content *content, const struct cid *cid, uint64_t seed,
                               size_t size)
{
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    struct mm_buf out;
    mm_buf_init(&out, size + 4096);
    cr_assert_eq(content_file_read(reader, &out, cid), READ_OK);
    cr_assert_eq(mm_buf_bytes(&out).len, size);
    struct test_random random = { seed };
    uint8_t piece[4096];
    for (size_t at = 0; at < size; at += sizeof piece) {
        test_random_fill(&random, piece, sizeof piece);
        const size_t len = size - at < sizeof piece ? size - at : sizeof piece;
        cr_assert_eq(memcmp(mm_buf_bytes(&out).ptr + at, piece, len), 0);
    }
    mm_buf_fini(&out);
    content_reader_free(reader);
}

Test(store, what_was_committed_is_there_after_opening_again)
{
    char folder[FOLDER_PATH_BYTES];
    folder_make(folder, "content");
    char path[100];
    (void)snprintf(path, sizeof path, "%s/content", folder);
    enum { SIZE = 9 * 1000 * 1000 }; /* several batches */
    struct content *content = open_store(path, 0);
    struct import_result file;
    random_file(content, &file, 1, SIZE);
    const struct content_totals before = content_totals(content);
    struct content_writer *abandoned = content_writer_new(content);
    const struct cid lost = cid_of(MM_BYTES_LIT("never committed"));
    cr_assert_eq(content_writer_put(abandoned, &lost, MM_BYTES_LIT("never committed")), MM_OK);
    content_writer_free(abandoned);
    content_close(content);

    content = open_store(path, 0);
    cr_assert_eq(content_totals(content).bytes, before.bytes);
    cr_assert_eq(content_totals(content).blocks, before.blocks);
    cr_assert_eq(before.blocks, file.dag_blocks);
    expect_random_file(content, &file.cid, 1, SIZE);
    cr_assert_eq(get(content, &lost, ""), MM_ERR_NOT_FOUND);
    uint64_t expires_ms;
    cr_assert_eq(only_pin(content, &file.cid, &expires_ms), CONTENT_PIN_UPLOAD);
    struct content_root root;
    cr_assert_eq(content_root_get(content, &root, &file.cid), MM_OK);
    cr_assert(root.state == CONTENT_ROOT_WHOLE && root.bytes == file.dag_bytes);

    /* a second program */
    struct content *second;
    struct mm_reason reason;
    cr_assert_eq(content_open(&second, &(struct content_options){ .path = path }, &reason),
                 MM_ERR_BUSY);
    cr_assert_null(second);

    /* another layout */
    struct kv_batch *batch = kv_batch_new(content->kv);
    kv_batch_put(batch, FAMILY_META, MM_BYTES_LIT("format"), MM_BYTES_LIT("\0\0\0\0\0\0\0\x63"));
    cr_assert_eq(kv_write(content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
    content_close(content);
    cr_assert_eq(content_open(&second, &(struct content_options){ .path = path }, &reason),
                 MM_ERR_VERSION);
    cr_assert_not_null(strstr(reason.text, "99"));
    folder_remove(folder);
}

/* --- several at once --- */

struct worker {
    struct content *content;
    uint64_t seed;
    struct import_result results[4];
};

enum { WORKER_FILE_BYTES = 600 * 1000 };

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < 4; i++)
        random_file(worker->content, &worker->results[i], i % 2 == 0 ? i : worker->seed * 10 + i,
                    WORKER_FILE_BYTES);
    return NULL;
}

Test(store, writers_in_several_threads_keep_the_totals_exact)
{
    struct content *content = open_store(NULL, 0);
    struct worker workers[4];
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){ .content = content, .seed = i + 1 };
        cr_assert_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    uint64_t blocks = 0;
    for (size_t i = 0; i < 4; i++) {
        for (uint64_t k = 0; k < 4; k++) {
            expect_random_file(content, &workers[i].results[k].cid,
                               k % 2 == 0 ? k : workers[i].seed * 10 + k, WORKER_FILE_BYTES);
            if (k % 2 == 1 || i == 0) /* the even ones are the same for all */
                blocks += workers[i].results[k].dag_blocks;
        }
    }
    cr_assert_eq(content_totals(content).blocks, blocks);
    content_close(content);
}

/* --- an empty heap --- */

static mm_err use_store(void)
{
    struct content *content;
    MM_TRY(content_open(&content, &(struct content_options){ .path = NULL }, NULL));
    struct content_writer *writer = content_writer_new(content);
    mm_err err = writer == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    struct cid cid = { .version = 1,
                       .codec = CID_RAW,
                       .hash = { .code = MULTIHASH_BLAKE2B_256, .len = 32 } };
    memcpy(cid.hash.digest,
           "\x25\x6c\x83\xb2\x97\x11\x4d\x20\x1b\x30\x17\x9f\x3f\x0e\xf0\xca\xce\x97\x83\x62\x2d"
           "\xa5\x97\x43"
           "\x26\xb4\x36\x17\x8a\xee\xf6\x10",
           32);
    if (err == MM_OK)
        err = content_writer_put(writer, &cid, MM_BYTES_LIT("hello world"));
    const struct content_pin pin = { cid, CONTENT_PIN_USER, CONTENT_PIN_DIRECT, MM_BYTES_LIT("o"),
                                     0 };
    const struct content_commit commit = { .pins = &pin, .pin_count = 1 };
    if (err == MM_OK)
        err = content_writer_commit(writer, &commit);
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    if (err == MM_OK)
        err = content_get(content, &block, &cid);
    if (err == MM_OK)
        err = content_token_put(content, &(struct content_token){ .contract = { { 1 } } },
                                &(struct content_token_needs){ .roots = &cid, .count = 1 }, 0);
    mm_buf_fini(&block);
    content_writer_free(writer);
    content_close(content);
    return err;
}

Test(store, an_empty_heap_is_an_error_and_loses_nothing)
{
    cr_assert_gt(empty_heap_failures(use_store), 10);
}
