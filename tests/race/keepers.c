#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "p2p/content/car_export.h"
#include "p2p/content/car_import.h"
#include "p2p/content/gc.h"
#include "p2p/content/import.h"
#include "p2p/content/mint.h"
#include "p2p/content/needs.h"
#include "p2p/content/verify.h"
#include "tests/lib/random.h"
#include "tests/race/check.h"
#include "tests/race/keepers.h"

enum {
    ADDERS = 4,
    IMPORTERS = 2,
    MINTERS = 2,
    COLLECTORS = 2,
    HELD = 24,
    NAMES = 3000,
    LARGE_OF = 50
};
enum { WRITERS = ADDERS + IMPORTERS + MINTERS };

static struct content *content;
static int report;
static atomic_bool is_over;
static atomic_size_t rounds, collections, verifications, acknowledged;
static atomic_uint_fast64_t removed;

/* What a thread holds under its own name. */
struct held {
    uint8_t owner;
    struct test_random random;
    struct cid roots[HELD];
    bool is_held[HELD];
};

static const struct content_profile PROFILE = { .cid_version = 1,
                                                .raw_leaves = true,
                                                .chunk_bytes = 600,
                                                .links_max = 4,
                                                .hamt_above_bytes = 100000 };

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static mm_bytes owner_of(const struct held *held)
{
    return mm_bytes_from(&held->owner, 1);
}

static struct content_pin pin_of(const struct held *held, const struct cid *root)
{
    return (struct content_pin){ .root = *root,
                                 .kind = CONTENT_PIN_USER,
                                 .depth = CONTENT_PIN_RECURSIVE,
                                 .owner = owner_of(held) };
}

static void must_be_whole(const struct cid *root)
{
    const struct block_source source = content_source(content);
    struct walk_totals totals;
    CHECK(content_survey(&source, &totals, root) == READ_OK);
    atomic_fetch_add(&acknowledged, 1);
}

/* So that there are collections enough between what one writer does and the next. */
static void end_round(struct test_random *random)
{
    atomic_fetch_add(&rounds, 1);
    (void)nanosleep(&(struct timespec){ .tv_nsec = (long)test_random_below(random, 4000000) },
                    NULL);
}

/* A file whose content is its number's: the same for all who put it. */
static struct import_result put_file(struct block_sink sink, uint64_t number)
{
    struct test_random random = { number };
    uint8_t bytes[8000];
    const size_t len = 1 + (size_t)test_random_below(&random, sizeof bytes);
    test_random_fill(&random, bytes, len);
    struct import_file *file = import_file_new(&PROFILE, &sink);
    struct import_result result;
    CHECK(file != NULL && import_file_write(file, mm_bytes_from(bytes, len)) == MM_OK);
    CHECK(import_file_finish(file, &result) == MM_OK);
    import_file_free(file);
    return result;
}

/* A file that a writer writes in bulk before it counts it (store.h). */
static struct cid put_large(struct block_sink sink, struct test_random *random)
{
    static const size_t PIECE_BYTES = 1 << 16, PIECES = 96;
    struct test_random bytes_of = { test_random_below(random, 8) };
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    uint8_t bytes[1 << 16];
    struct import_result result;
    CHECK(file != NULL);
    for (size_t i = 0; i < PIECES; i++) {
        test_random_fill(&bytes_of, bytes, PIECE_BYTES);
        CHECK(import_file_write(file, mm_bytes_from(bytes, PIECE_BYTES)) == MM_OK);
    }
    CHECK(import_file_finish(file, &result) == MM_OK);
    import_file_free(file);
    return result.cid;
}

/* A folder of some of these files. */
static struct cid put_folder(struct block_sink sink, struct test_random *random)
{
    struct import_dir *folder = import_dir_new(&PROFILE, &sink);
    CHECK(folder != NULL);
    const uint64_t first = test_random_below(random, NAMES);
    for (uint64_t i = 0; i < 5; i++) {
        const char name[] = { (char)('a' + i) };
        const struct import_result file = put_file(sink, first + i);
        CHECK(import_dir_add(folder, MM_BYTES_OF(name), &file) == MM_OK);
    }
    struct import_result result;
    CHECK(import_dir_finish(folder, &result) == MM_OK);
    import_dir_free(folder);
    return result.cid;
}

/* Written whole: it is shorter than a pipe's atomic length. */
static void say(const struct held *held, const struct cid *root, bool is_held)
{
    const struct keepers_word word = { is_held, held->owner, *root };
    if (report >= 0)
        CHECK(write(report, &word, sizeof word) == sizeof word);
}

/* Lets one go at a place, so that there is room for another. */
static size_t make_room(struct held *held)
{
    const size_t at = (size_t)test_random_below(&held->random, HELD);
    if (!held->is_held[at])
        return at;
    must_be_whole(&held->roots[at]);
    say(held, &held->roots[at], false);
    const mm_err err = content_pin_del(content, &held->roots[at], CONTENT_PIN_USER, owner_of(held));
    CHECK(err == MM_OK || err == MM_ERR_NOT_FOUND); /* two places may have the same */
    for (size_t i = 0; i < HELD; i++)
        if (held->is_held[i] && cid_same_block(&held->roots[i], &held->roots[at]) && i != at)
            held->is_held[i] = false;
    held->is_held[at] = false;
    return at;
}

/* ---- who writes ---- */

static void add(struct held *held)
{
    const size_t at = make_room(held);
    struct content_writer *writer = content_writer_new(content);
    CHECK(writer != NULL);
    const bool is_large = test_random_below(&held->random, LARGE_OF) == 0;
    const struct block_sink sink = content_writer_sink(writer);
    const struct cid root =
        is_large ? put_large(sink, &held->random) : put_folder(sink, &held->random);
    const struct content_pin pin = pin_of(held, &root);
    CHECK(content_writer_commit(writer, &(struct content_commit){ .pins = &pin, .pin_count = 1 }) ==
          MM_OK);
    content_writer_free(writer);
    say(held, &root, true);
    must_be_whole(&root);
    held->roots[at] = root;
    held->is_held[at] = true;
}

/* Pinned first: what is all there afterwards stays. */
static bool pin_and_look(const struct content_pin *pin)
{
    const struct block_source source = content_source(content);
    struct walk_totals totals;
    CHECK(content_pin_put(content, pin) == MM_OK);
    const enum read_verdict verdict = content_survey(&source, &totals, &pin->root);
    CHECK(verdict == READ_OK || verdict == READ_NO_BLOCK);
    if (verdict != READ_OK)
        CHECK(content_pin_del(content, &pin->root, pin->kind, pin->owner) == MM_OK);
    return verdict == READ_OK;
}

/* Looked at first: when it is said to be pinned it is there. */
static bool look_and_pin(const struct content_pin *pin)
{
    struct cid lacking;
    const mm_err err = needs_hold(content, &lacking, pin);
    CHECK(err == MM_OK || err == MM_ERR_NOT_FOUND);
    return err == MM_OK;
}

/* What was let go may be there or not. */
static void pin_again(struct held *held)
{
    const size_t at = (size_t)test_random_below(&held->random, HELD);
    if (held->is_held[at] || held->roots[at].hash.len == 0)
        return;
    for (size_t i = 0; i < HELD; i++)
        if (held->is_held[i] && cid_same_block(&held->roots[i], &held->roots[at]))
            return; /* held at another place */
    const struct content_pin pin = pin_of(held, &held->roots[at]);
    held->is_held[at] =
        test_random_below(&held->random, 2) == 0 ? pin_and_look(&pin) : look_and_pin(&pin);
    if (held->is_held[at])
        must_be_whole(&held->roots[at]);
}

static void *run_adder(void *arg)
{
    struct held held = { .owner = (uint8_t)(uintptr_t)arg, .random = { (uintptr_t)arg } };
    while (!atomic_load(&is_over)) {
        if (test_random_below(&held.random, 3) > 0)
            pin_again(&held);
        else
            add(&held);
        end_round(&held.random);
    }
    for (size_t i = 0; i < HELD; i++)
        if (held.is_held[i])
            must_be_whole(&held.roots[i]);
    return NULL;
}

/* ---- who imports ---- */

/* A CAR of a DAG that is made here, of which some blocks may have been put before and be garbage by now. */
static void import(struct held *held)
{
    const size_t at = make_room(held);
    struct content *mine;
    CHECK(content_open(&mine, &(struct content_options){ .path = NULL }, NULL) == MM_OK);
    struct content_writer *writer = content_writer_new(mine);
    const struct cid root = put_folder(content_writer_sink(writer), &held->random);
    CHECK(content_writer_commit(writer, NULL) == MM_OK);
    content_writer_free(writer);
    const struct block_source source = content_source(mine);
    struct car_export *export =
        car_export_new(&source, &(struct car_export_options){ .v2 = false });
    struct car_import *import = car_import_new(content);
    CHECK(export != NULL && import != NULL);
    car_export_begin(export, &root);
    mm_bytes piece;
    enum read_verdict verdict;
    while ((verdict = car_export_next(export, &piece)) == READ_OK)
        CHECK(car_import_feed(import, piece, NULL) == MM_OK);
    CHECK(verdict == READ_END);
    const struct content_pin pin = pin_of(held, &root);
    CHECK(car_import_finish(import, &(struct car_import_options){ .pin = &pin }, NULL) == MM_OK);
    size_t count;
    const struct car_import_root *roots = car_import_roots(import, &count);
    CHECK(count == 1 && roots[0].verdict == READ_OK);
    must_be_whole(&root);
    held->roots[at] = root;
    held->is_held[at] = true;
    car_import_free(import);
    car_export_free(export);
    content_close(mine);
}

static void *run_importer(void *arg)
{
    struct held held = { .owner = (uint8_t)(uintptr_t)arg, .random = { (uintptr_t)arg } };
    while (!atomic_load(&is_over)) {
        import(&held);
        pin_again(&held);
        end_round(&held.random);
    }
    for (size_t i = 0; i < HELD; i++)
        if (held.is_held[i])
            must_be_whole(&held.roots[i]);
    return NULL;
}

/* ---- who mints ---- */

/* The lease ends when the token holds the content: from then on it must stay, though nothing else does. */
static void *run_minter(void *arg)
{
    struct test_random random = { (uintptr_t)arg };
    struct content_token token = { .contract = { { (uint8_t)(uintptr_t)arg } } };
    while (!atomic_load(&is_over)) {
        struct minted minted;
        uint8_t picture[1500];
        struct test_random content_of = { test_random_below(&random, 40) };
        test_random_fill(&content_of, picture, sizeof picture);
        const uint8_t owner = (uint8_t)(uintptr_t)arg;
        const struct mint_request request = { .name = MM_BYTES_LIT("Cat"),
                                              .lease_owner = mm_bytes_from(&owner, 1),
                                              .lease_expires_ms = now_ms() + 100000 };
        CHECK(content_store_token(content, &minted, MM_BYTES_OF(picture), &request, NULL) ==
              MINT_OK);
        token.token_id.b[31] = (uint8_t)test_random_below(&random, 30);
        CHECK(needs_set_token(content, &token, mm_bytes_str(minted.metadata_uri), 1) == MM_OK);
        struct content_root root;
        CHECK(needs_settle(content, &root, &minted.metadata.cid) == MM_OK);
        CHECK(root.state == CONTENT_ROOT_WHOLE);
        CHECK(content_pin_del(content, &minted.metadata.cid, CONTENT_PIN_UPLOAD,
                              mm_bytes_from(&owner, 1)) == MM_OK);
        CHECK(content_pin_del(content, &minted.image.cid, CONTENT_PIN_UPLOAD,
                              mm_bytes_from(&owner, 1)) == MM_OK);
        must_be_whole(&minted.metadata.cid);
        must_be_whole(&minted.image.cid);
        if (test_random_below(&random, 8) == 0)
            CHECK(needs_set_token(content, &token, MM_BYTES_LIT(""), 1) == MM_OK);
        end_round(&random);
    }
    return NULL;
}

/* ---- who looks after it ---- */

static void *run_collector(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_over)) {
        struct content_gc_report done;
        const mm_err err =
            content_gc_run(content, &done, &(struct content_gc_options){ .now_ms = now_ms() });
        CHECK(err == MM_OK || err == MM_ERR_BUSY);
        atomic_fetch_add(&collections, err == MM_OK);
        if (err == MM_ERR_BUSY)
            (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        atomic_fetch_add(&removed, done.removed_blocks);
    }
    return NULL;
}

/* What is found to be missing below a root may have been let go meanwhile; corrupt is nothing. */
static void *run_verifier(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_over)) {
        struct content_verify *verify =
            content_verify_new(content, &(struct content_verify_options){ .drops = false });
        bool done = false;
        while (!done && !atomic_load(&is_over))
            CHECK(content_verify_step(verify, &done) == MM_OK);
        CHECK(content_verify_report(verify)->corrupt == 0);
        content_verify_free(verify);
        atomic_fetch_add(&verifications, 1);
    }
    return NULL;
}

static void tell(void *context, enum read_verdict verdict, const struct cid *block,
                 const struct cid *root)
{
    (void)context;
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, root == NULL ? block : root, MULTIBASE_BASE32);
    (void)fprintf(stderr, "%s: %s\n", text, read_verdict_text(verdict));
}

void keepers_verify(struct content *kept)
{
    struct content_verify *verify =
        content_verify_new(kept, &(struct content_verify_options){ .found = tell });
    CHECK(verify != NULL);
    for (bool done = false; !done;)
        CHECK(content_verify_step(verify, &done) == MM_OK);
    const struct content_verify_report *found = content_verify_report(verify);
    const struct content_totals totals = content_totals(kept);
    CHECK(found->corrupt == 0 && found->lacking == 0);
    CHECK(found->blocks == totals.blocks && found->bytes == totals.bytes);
    content_verify_free(verify);
}

void keepers_collect(struct content *kept)
{
    CHECK(content_gc_run(kept, NULL, &(struct content_gc_options){ .now_ms = now_ms() }) == MM_OK);
}

/* ---- all of them ---- */

static pthread_t threads[WRITERS + COLLECTORS + 1];
static size_t thread_count;

static void start(void *(*run)(void *arg), size_t count, uintptr_t first)
{
    for (uintptr_t i = 0; i < count; i++)
        CHECK(pthread_create(&threads[thread_count++], NULL, run, (void *)(first + i)) == 0);
}

void keepers_start(struct content *kept, int told)
{
    content = kept;
    report = told;
    start(run_adder, ADDERS, 1);
    start(run_importer, IMPORTERS, 101);
    start(run_minter, MINTERS, 201);
    start(run_collector, COLLECTORS, 0);
    start(run_verifier, 1, 0);
}

void keepers_stop(void)
{
    atomic_store(&is_over, true);
    while (thread_count > 0)
        CHECK(pthread_join(threads[--thread_count], NULL) == 0);
    printf("%zu rounds, %zu looks at what was acknowledged, %zu collections that removed %llu "
           "blocks, %zu verifications\n",
           atomic_load(&rounds), atomic_load(&acknowledged), atomic_load(&collections),
           (unsigned long long)atomic_load(&removed), atomic_load(&verifications));
    keepers_verify(content);
    keepers_collect(content);
    keepers_verify(content);
}
