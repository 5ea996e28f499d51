/* The thread between links, store and doors, with a real link to a peer that the tests speak for. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

#include "node/replication/replication.h"
#include "p2p/content/needs.h"
#include "tests/unit/node/network/linked.h"

enum { PATIENCE_MS = 20000 };

static struct linked node;
static struct content *content;
static struct replication *replication;
static const struct content_elsewhere *elsewhere;

/* The peer; under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t node_number;
static size_t ups, downs, haves, blocks, missings;
static bool lies, is_silent;
static struct cid known; /* what it answers with, and its bytes */
static const mm_bytes BYTES = { (const uint8_t *)"a block", 7 };

/* ---- the peer ---- */

static mm_bytes encode(uint8_t memory[MULTIHASH_BYTES_MAX], const struct cid *cid)
{
    return mm_bytes_from(memory, multihash_encode(memory, &cid->hash));
}

static void say(enum frame_kind kind, const struct mm_buf *payload)
{
    cr_assert_eq(mm_buf_err(payload), MM_OK);
    cr_assert(links_send(node.peer, node_number, kind, mm_buf_bytes(payload)));
}

static void say_named(enum frame_kind kind, const struct cid *cid)
{
    uint8_t hash[MULTIHASH_BYTES_MAX], items_memory[128], memory[256];
    struct mm_buf items = mm_buf_over(items_memory, sizeof items_memory);
    struct mm_buf out = mm_buf_over(memory, sizeof memory);
    payload_add_multihash(&items, encode(hash, cid));
    const struct payload_list list = { mm_buf_bytes(&items), 1 };
    if (kind == FRAME_HAVE)
        payload_have_encode(&out, &(struct payload_have){ list });
    else
        payload_want_encode(&out, &(struct payload_want){ 7, list });
    say(kind, &out);
}

/* All that is asked for is the one block. */
static void answer(const struct frame *frame)
{
    uint8_t hash[MULTIHASH_BYTES_MAX], memory[256];
    struct payload_want want;
    struct mm_buf out = mm_buf_over(memory, sizeof memory);
    cr_assert_eq(payload_want_decode(&want, frame->payload), RLP_OK);
    payload_block_encode(&out, &(struct payload_block){ want.id, encode(hash, &known),
                                                        lies ? MM_BYTES_LIT("a lie") : BYTES });
    say(FRAME_BLOCK, &out);
    mm_buf_reset(&out);
    payload_missing_encode(&out, &(struct payload_missing){ .id = want.id });
    say(FRAME_MISSING, &out);
}

static void hear(void *ctx, const struct links_event *event)
{
    (void)ctx;
    (void)pthread_mutex_lock(&lock);
    if (event->kind == LINKS_UP) {
        node_number = event->peer;
        ups++;
    }
    downs += event->kind == LINKS_DOWN;
    if (event->kind == LINKS_FRAME) {
        haves += event->frame->kind == FRAME_HAVE;
        blocks += event->frame->kind == FRAME_BLOCK;
        missings += event->frame->kind == FRAME_MISSING;
        if (event->frame->kind == FRAME_WANT && !is_silent)
            answer(event->frame);
    }
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

/* Until a count of the peer's is above nothing. */
static void wait_for(const size_t *count)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_MS / 1000;
    int result = 0;
    (void)pthread_mutex_lock(&lock);
    while (*count == 0 && result == 0)
        result = pthread_cond_timedwait(&changed, &lock, &until);
    (void)pthread_mutex_unlock(&lock);
    cr_assert_eq(result, 0, "it never came");
}

/* ---- the node ---- */

static void submit(void *ctx, struct submit_outcome *outcome, struct tx *tx)
{
    (void)ctx;
    *outcome = (struct submit_outcome){ .hash = tx->hash, .verdict = SUBMIT_STOPPED };
}

static struct cid name_of(mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = CID_RAW };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    multihasher_free(hasher);
    return cid;
}

static void begin_replication(void)
{
    const struct replication_options options = { .ledger = chain_ledger(node.dev.chain),
                                                 .content = content,
                                                 .network = node.network };
    cr_assert_eq(replication_new(&replication, &options), MM_OK);
    elsewhere = replication_elsewhere(replication);
    linked_start(&node);
    cr_assert_eq(replication_run(replication), MM_OK);
}

static void begin(void)
{
    linked_init(&node, submit);
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    known = name_of(BYTES);
    begin_replication();
    linked_connect(&node, hear);
    wait_for(&ups);
}

/* In the node's order. */
static void end(void)
{
    replication_stop(replication);
    cr_assert_eq(elsewhere->fetch(elsewhere->ctx, &known, &known), MM_ERR_NOT_FOUND);
    linked_stop(&node);
    replication_free(replication);
    content_close(content);
    linked_fini(&node);
}

TestSuite(replication, .init = begin, .fini = end, .timeout = 60);

/* ---- waiting for replicas ---- */

static size_t answered;
static unsigned answer_count;

static void done(void *arg, unsigned reached)
{
    (void)arg;
    (void)pthread_mutex_lock(&lock);
    answered++;
    answer_count = reached;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static struct elsewhere_wait wait_of(unsigned wanted, uint64_t timeout_ms)
{
    return (struct elsewhere_wait){
        .roots = { known }, .count = 1, .wanted = wanted, .timeout_ms = timeout_ms, .done = done
    };
}

Test(replication, whoever_waits_for_a_replica_is_told_when_a_peer_has_it)
{
    const struct elsewhere_wait wait = wait_of(1, 60000);
    cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_OK);
    (void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    cr_assert_eq(answered, 0);
    say_named(FRAME_HAVE, &known);
    wait_for(&answered);
    cr_assert_eq(answer_count, 1);
}

Test(replication, whoever_waits_in_vain_is_told_so_when_the_time_is_over)
{
    const struct elsewhere_wait wait = wait_of(2, 200);
    say_named(FRAME_HAVE, &known);
    cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_OK);
    wait_for(&answered);
    cr_assert_eq(answer_count, 1);
}

Test(replication, the_end_answers_who_waits)
{
    const struct elsewhere_wait wait = wait_of(2, 60000);
    cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_OK);
    replication_stop(replication);
    cr_assert_eq(answered, 1);
    cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_ERR_BUSY);
}

Test(replication, as_many_may_wait_as_there_is_room_for)
{
    const struct elsewhere_wait wait = wait_of(2, 60000);
    for (size_t i = 0; i < ELSEWHERE_WAITS_MAX; i++)
        cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_OK);
    cr_assert_eq(elsewhere->wait(elsewhere->ctx, &wait), MM_ERR_BUSY);
}

/* ---- content ---- */

Test(replication, a_block_is_fetched_for_a_door)
{
    struct mm_buf block;
    cr_assert_eq(elsewhere->fetch(elsewhere->ctx, &known, &known), MM_ERR_NOT_FOUND);
    say_named(FRAME_HAVE, &known);
    mm_err err = MM_ERR_NOT_FOUND;
    for (size_t i = 0; i < 100 && err == MM_ERR_NOT_FOUND; i++) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        err = elsewhere->fetch(elsewhere->ctx, &known, &known);
    }
    cr_assert_eq(err, MM_OK);
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    cr_assert_eq(content_get(content, &block, &known), MM_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&block), BYTES));
    mm_buf_fini(&block);
}

Test(replication, a_root_that_is_whole_is_told_and_its_block_served)
{
    const mm_bytes bytes = MM_BYTES_LIT("ours");
    const struct cid ours = name_of(bytes);
    const struct content_root record = { .cid = ours, .state = CONTENT_ROOT_WHOLE };
    const struct content_commit commit = { .roots = &record, .root_count = 1 };
    struct content_writer *put = content_writer_new(content);
    cr_assert_eq(content_writer_put(put, &ours, bytes), MM_OK);
    cr_assert_eq(content_writer_commit(put, &commit), MM_OK);
    content_writer_free(put);
    wait_for(&haves);
    say_named(FRAME_WANT, &ours);
    wait_for(&missings);
    cr_assert_eq(blocks, 1);
}

Test(replication, who_lies_loses_its_link)
{
    const struct content_root record = { .cid = known, .state = CONTENT_ROOT_WANT };
    const struct content_pin pin = { .root = known,
                                     .kind = CONTENT_PIN_USER,
                                     .depth = CONTENT_PIN_RECURSIVE };
    struct elsewhere_counts counts = { .cut_off = 0 };
    lies = true;
    say_named(FRAME_HAVE, &known);
    cr_assert_eq(content_pin_put(content, &pin), MM_OK);
    cr_assert_eq(content_root_put(content, &record), MM_OK);
    wait_for(&downs);
    for (size_t i = 0; i < 300 && counts.cut_off == 0; i++) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
        elsewhere->count(elsewhere->ctx, &counts);
    }
    cr_assert_eq(counts.cut_off, 1);
    cr_assert_eq(counts.fetched_blocks, 0);
}
