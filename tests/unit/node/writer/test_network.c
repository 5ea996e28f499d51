/* Writers of several validators, each with its threads, wired to each other without a network. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

#include "node/log/log.h"
#include "node/writer/writer.h"
#include "state/base/heap.h"
#include "tests/lib/dev_chain.h"

enum { SEATS = 4, PATIENCE_MS = 20000 };

struct seat {
    size_t index;
    struct dev_chain dev;
    struct pool *pool;
    struct writer *writer; /* under the lock */
    size_t imported;       /* of the last batch */
    uint64_t answers;
    enum block_verdict verdict;
};

static struct seat seats[SEATS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* As a network would: decoded and authenticated by whoever gets it. */
static void broadcast(void *ctx, unsigned code, mm_bytes bytes)
{
    const struct seat *from = ctx;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < SEATS; i++) {
        struct qbft_message message;
        enum rlp_verdict verdict;
        if (i == from->index || seats[i].writer == NULL)
            continue;
        const struct seal_domain domain = chain_seal_domain(seats[i].dev.chain);
        cr_assert(qbft_message_decode(&message, code, bytes, &verdict));
        cr_assert(qbft_message_authenticate(&message, &domain, &QBFT_SECP256K1, NULL));
        (void)writer_hear(seats[i].writer, &message);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void imported(void *ctx, const struct writer_blocks *blocks, size_t done,
                     const struct block_refusal *refusal)
{
    struct seat *seat = ctx;
    (void)blocks;
    (void)pthread_mutex_lock(&lock);
    seat->imported = done;
    seat->verdict = refusal->verdict;
    seat->answers++;
    (void)pthread_mutex_unlock(&lock);
}

static void failed(void *ctx, mm_err err)
{
    (void)ctx;
    cr_assert_eq(err, MM_OK, "%s", mm_err_text(err));
}

static void start(size_t index)
{
    struct seat *seat = &seats[index];
    struct writer *writer;
    const struct writer_network network = { seat, broadcast, imported };
    const struct writer_options options = {
        .chain = seat->dev.chain, .pool = seat->pool, .network = &network, .failed = failed
    };
    cr_assert_eq(writer_start(&writer, &options), MM_OK);
    (void)pthread_mutex_lock(&lock);
    seat->writer = writer;
    (void)pthread_mutex_unlock(&lock);
}

static void stop(size_t index)
{
    (void)pthread_mutex_lock(&lock);
    struct writer *writer = seats[index].writer;
    seats[index].writer = NULL;
    (void)pthread_mutex_unlock(&lock);
    writer_stop(writer);
}

static void begin(size_t running)
{
    log_init(NODE_LOG_TEXT, true);
    for (size_t i = 0; i < SEATS; i++) {
        seats[i] = (struct seat){ .index = i };
        dev_chain_init_council(&seats[i].dev, DEV_MEMORY, SEATS, i);
        seats[i].pool = pool_new(chain_ledger(seats[i].dev.chain));
    }
    for (size_t i = 0; i < running; i++)
        start(i);
}

static void end(void)
{
    for (size_t i = 0; i < SEATS; i++)
        stop(i);
    for (size_t i = 0; i < SEATS; i++) {
        pool_free(seats[i].pool);
        cr_assert_eq(dev_chain_check(&seats[i].dev, CHAIN_CHECK_REPLAY), 0);
        dev_chain_fini(&seats[i].dev);
    }
}

/* To every pool, as gossip would see to it. */
static void send(size_t from, uint64_t nonce)
{
    const struct tx tx =
        dev_chain_tx(&seats[0].dev, from, nonce, &seats[0].dev.addrs[9], 1, (mm_bytes){ NULL, 0 });
    for (size_t i = 0; i < SEATS; i++) {
        struct submit_outcome outcome;
        bool is_ready = false;
        pool_add(seats[i].pool, &outcome, &tx, &is_ready);
        /* Those that have it already may be faster than this loop. */
        cr_assert(outcome.verdict == SUBMIT_OK ||
                  (i > 0 && outcome.verdict == SUBMIT_TX && outcome.tx == TX_NONCE_TOO_LOW));
        if (seats[i].writer != NULL)
            cr_assert_eq(writer_wake(seats[i].writer), 0, "nobody waits for a block");
    }
}

static uint64_t height(size_t index)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(seats[index].dev.chain));
    const uint64_t head = ledger_head(view);
    ledger_release(view);
    return head;
}

static bool reaches(size_t index, uint64_t block_num)
{
    for (int i = 0; i < PATIENCE_MS && height(index) < block_num; i++)
        pause_ms(1);
    return height(index) >= block_num;
}

Test(network, of_writers_agrees_on_what_was_sent)
{
    begin(SEATS);
    for (uint64_t nonce = 0; nonce < 10; nonce++) {
        const uint64_t before = height(0);
        send(0, nonce);
        send(1, nonce);
        for (size_t i = 0; i < SEATS; i++)
            cr_assert(reaches(i, before + 1));
    }
    for (size_t i = 0; i < SEATS; i++) {
        for (int ms = 0; ms < PATIENCE_MS && pool_ready_count(seats[i].pool) > 0; ms++)
            pause_ms(1);
        cr_assert_eq(pool_ready_count(seats[i].pool), 0, "what is in a block is not in the pool");
        struct writer_standing standing;
        writer_standing(seats[i].writer, &standing);
        cr_assert_eq(standing.validators.count, SEATS);
        cr_assert(standing.status.can_sign);
    }
    end();
}

static struct writer_blocks *blocks_of(size_t index, uint64_t first, size_t count)
{
    struct writer_blocks *blocks = mm_heap_zeroed(1, sizeof *blocks);
    struct ledger *ledger = chain_ledger(seats[index].dev.chain);
    blocks->first = first;
    blocks->items = mm_heap_zeroed(count, sizeof *blocks->items);
    blocks->count = count;
    for (size_t i = 0; i < count; i++) {
        struct mm_arena arena;
        struct block block;
        struct mm_buf encoded;
        mm_bytes edits;
        mm_arena_init(&arena, SIZE_MAX);
        mm_buf_init(&encoded, MM_BLOCK_BYTES_MAX);
        cr_assert_eq(ledger_stored_block(ledger, &arena, &block, &blocks->items[i].certificate,
                                         &edits, first + i),
                     MM_OK);
        block_encode(&encoded, &block.header, block.txs, block.tx_count);
        uint8_t *bytes = mm_heap_alloc(encoded.len);
        memcpy(bytes, encoded.ptr, encoded.len);
        blocks->items[i].block = mm_bytes_from(bytes, encoded.len);
        mm_buf_fini(&encoded);
        mm_arena_fini(&arena);
    }
    return blocks;
}

static void import(size_t index, struct writer_blocks *blocks)
{
    const uint64_t before = seats[index].answers;
    cr_assert(writer_import(seats[index].writer, blocks));
    for (int i = 0; i < PATIENCE_MS; i++) {
        (void)pthread_mutex_lock(&lock);
        const bool is_done = seats[index].answers > before;
        (void)pthread_mutex_unlock(&lock);
        if (is_done)
            return;
        pause_ms(1);
    }
    cr_assert_fail("no answer");
}

Test(network, of_writers_takes_decided_blocks_and_goes_on_from_them)
{
    begin(3);
    for (uint64_t nonce = 0; nonce < 5; nonce++) {
        send(0, nonce);
        cr_assert(reaches(0, nonce + 1));
    }
    cr_assert(reaches(1, 5) && reaches(2, 5));
    start(3);
    cr_assert_eq(height(3), 0);
    import(3, blocks_of(0, 2, 1));
    cr_assert_eq(seats[3].imported, 0, "a gap");
    struct writer_blocks *damaged = blocks_of(0, 1, 2);
    damaged->items[1].certificate.seals[0].r.b[5] ^= 1;
    import(3, damaged);
    cr_assert_eq(seats[3].imported, 1);
    cr_assert_eq(seats[3].verdict, BLOCK_CERTIFICATE);
    import(3, blocks_of(0, 1, 5));
    cr_assert_eq(seats[3].imported, 5, "what was there already counts");
    cr_assert_eq(height(3), 5);
    import(3, blocks_of(0, 1, 5));
    cr_assert_eq(seats[3].imported, 5);
    cr_assert_eq(pool_ready_count(seats[3].pool), 0);
    send(0, 5);
    cr_assert(reaches(3, 6));
    end();
}

Test(network, of_writers_signs_nothing_while_it_lags)
{
    begin(SEATS);
    send(0, 0);
    for (size_t i = 0; i < SEATS; i++)
        cr_assert(reaches(i, 1));
    stop(2);
    cr_assert(writer_lag(seats[3].writer, true));
    send(0, 1);
    pause_ms(900);
    cr_assert_eq(height(0), 1, "two of four are no quorum");
    cr_assert(writer_lag(seats[3].writer, false));
    cr_assert(reaches(0, 2));
    start(2);
    end();
}

/* Of validator 1, to node 0. */
static void hear_prepare(uint64_t round, uint8_t digest)
{
    const struct seal_domain domain = chain_seal_domain(seats[0].dev.chain);
    struct qbft_message message = {
        .code = QBFT_PREPARE, .vote = { .height = 1, .round = round, .digest = { { digest } } }
    };
    const mm_hash32 signed_digest = qbft_vote_digest(&domain, QBFT_PREPARE, &message.vote);
    message.vote.signature = secp_sign(seats[1].dev.validator, &signed_digest);
    cr_assert(qbft_message_authenticate(&message, &domain, &QBFT_SECP256K1, NULL));
    cr_assert(writer_hear(seats[0].writer, &message));
}

static size_t evidence_of(size_t index, struct qbft_evidence out[EVIDENCE_KEPT])
{
    size_t count = 0;
    cr_assert_eq(writer_evidence(seats[index].dev.chain, out, EVIDENCE_KEPT, &count), MM_OK);
    return count;
}

static void await_evidence(size_t count)
{
    static struct qbft_evidence found[EVIDENCE_KEPT];
    for (int i = 0; i < PATIENCE_MS && evidence_of(0, found) < count; i++)
        pause_ms(1);
    cr_assert_eq(evidence_of(0, found), count);
    for (size_t i = 0; i < count; i++)
        cr_assert(mm_addr_equal(&found[i].votes[0].signer, &seats[0].dev.addrs[DEV_PEOPLE + 1]));
}

Test(network, keeps_evidence_against_a_validator_over_restarts)
{
    begin(1);
    hear_prepare(0, 0xaa);
    hear_prepare(0, 0xaa);
    hear_prepare(0, 0xbb);
    hear_prepare(0, 0xcc);
    await_evidence(1); /* of one kind and round once */
    stop(0);
    start(0);
    await_evidence(1);
    hear_prepare(1, 0xaa);
    hear_prepare(1, 0xbb);
    await_evidence(2);
    for (size_t i = 1; i < SEATS; i++)
        start(i);
    end();
}

/* Of validator 1, to node 0: for a round of the next height, a claim that nobody looks into before that height begins. */
static void hear_claim(uint64_t round, uint8_t digest)
{
    const struct seal_domain domain = chain_seal_domain(seats[0].dev.chain);
    struct qbft_message message = { .code = QBFT_ROUND_CHANGE,
                                    .change = { .height = 2,
                                                .round = round,
                                                .is_prepared = true,
                                                .prepared_digest = { { digest } } } };
    const mm_hash32 digest_of_change = qbft_change_digest(&domain, &message.change);
    message.change.signature = secp_sign(seats[1].dev.validator, &digest_of_change);
    cr_assert(qbft_message_authenticate(&message, &domain, &QBFT_SECP256K1, NULL));
    cr_assert(writer_hear(seats[0].writer, &message));
}

Test(network, keeps_one_piece_of_evidence_of_a_validator_that_claims_ever_new_things)
{
    static struct qbft_evidence found[EVIDENCE_KEPT];
    begin(1);
    hear_prepare(0, 0xaa);
    hear_prepare(0, 0xbb);
    await_evidence(1);
    for (uint64_t round = 1; round <= 5; round++) {
        for (uint8_t digest = 1; digest <= 10; digest++)
            hear_claim(round, digest);
    }
    hear_prepare(1, 0xaa);
    hear_prepare(1, 0xbb); /* with it, all that was said before is worked off */
    for (int i = 0; i < PATIENCE_MS && evidence_of(0, found) < 3; i++)
        pause_ms(1);
    pause_ms(100);
    cr_assert_eq(evidence_of(0, found), 3);
    cr_assert_eq(found[1].code, QBFT_ROUND_CHANGE);
    for (size_t i = 1; i < SEATS; i++)
        start(i);
    end();
}

Test(network, of_writers_is_always_told_whether_it_lags)
{
    struct writer_standing standing;
    begin(SEATS);
    (void)pthread_mutex_lock(&lock); /* the next answer holds the writer up */
    struct writer_blocks *gap = mm_heap_zeroed(1, sizeof *gap);
    gap->first = 2;
    gap->count = 0;
    cr_assert(writer_import(seats[3].writer, gap));
    const struct qbft_message early = { .code = QBFT_PREPARE, .vote = { .height = 9 } };
    for (int i = 0; i < 20000; i++) {
        struct qbft_message message = early;
        if (!writer_hear(seats[3].writer, &message))
            break;
        cr_assert_lt(i, 19999);
    }
    cr_assert(writer_lag(seats[3].writer, true), "full of other news");
    cr_assert(writer_lag(seats[3].writer, false));
    cr_assert(writer_lag(seats[3].writer, true));
    (void)pthread_mutex_unlock(&lock);
    for (int i = 0; i < PATIENCE_MS; i++) {
        writer_standing(seats[3].writer, &standing);
        if (!standing.status.can_sign)
            break;
        pause_ms(1);
    }
    cr_assert_not(standing.status.can_sign);
    end();
}

/* As node 3, with a tail that each block fills. */
static void make_flush_each_block(struct seat *seat)
{
    pool_free(seat->pool);
    dev_chain_fini(&seat->dev);
    dev_chain_init_council(&seat->dev, DEV_ROCKSDB, SEATS, seat->index);
    seat->dev.tail_bytes_max = 1;
    dev_chain_come_back(&seat->dev);
    seat->pool = pool_new(chain_ledger(seat->dev.chain));
}

Test(network, of_writers_stops_in_the_middle_of_blocks_that_fill_many_tails, .timeout = 60)
{
    enum { BLOCKS = 30 };
    begin(3);
    make_flush_each_block(&seats[3]);
    for (uint64_t nonce = 0; nonce < BLOCKS; nonce++) {
        send(0, nonce);
        cr_assert(reaches(0, nonce + 1));
    }
    start(3);
    cr_assert(writer_import(seats[3].writer, blocks_of(0, 1, BLOCKS)));
    cr_assert(reaches(3, 2));
    stop(3);
    end();
}
