/* What waits for the network's thread, without that thread. */
#include <criterion/criterion.h>

#include "node/network/network_internal.h"
#include "state/base/heap.h"
#include "tests/lib/dev_chain.h"

static struct dev_chain dev;
static struct node_key *key;
static struct network *network;

static void begin(void)
{
    const uint8_t seed[NODE_KEY_SEED_BYTES] = { 1 };
    struct mm_reason reason;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    cr_assert_eq(node_key_new(&key, seed), MM_OK);
    const struct network_options options = { .ledger = chain_ledger(dev.chain), .key = key };
    cr_assert_eq(network_new(&network, &options, &reason), MM_OK);
}

static void end(void)
{
    mm_heap_fail_after(SIZE_MAX);
    network_free(network);
    node_key_free(key);
    dev_chain_fini(&dev);
}

TestSuite(events, .init = begin, .fini = end);

Test(events, an_answer_of_the_writer_needs_no_memory)
{
    const struct writer_blocks blocks = { .token = 7, .count = 3 };
    const struct block_refusal none = { .verdict = BLOCK_OK };
    struct network_news news;
    mm_heap_fail_after(0);
    network_imported(network, &blocks, 3, &none);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert(network_wait(network, &news, 0));
    cr_assert(news.has_answer, "else sync waits for it until the next start");
    cr_assert_eq(news.answer.token, 7);
    cr_assert_eq(news.answer.count, 3);
    cr_assert_not(news.answer.is_refused);
    cr_assert_null(news.event);
    cr_assert(network_wait(network, &news, 0));
    cr_assert_not(news.has_answer, "it is told once");
}

Test(events, of_two_answers_the_newer_counts)
{
    const struct writer_blocks first = { .token = 7, .count = 3 };
    const struct writer_blocks second = { .token = 8, .count = 2 };
    const struct block_refusal refusal = { .verdict = BLOCK_OK };
    struct network_news news;
    network_imported(network, &first, 3, &refusal);
    network_imported(network, &second, 1, &refusal);
    cr_assert(network_wait(network, &news, 0));
    cr_assert(news.has_answer);
    cr_assert_eq(news.answer.token, 8);
    cr_assert(news.answer.is_refused);
    cr_assert_str_eq(news.answer.verdict.text, "is not the one after the head");
}

#ifdef MINTMARK_CHECKED
/* Else its sender is banned for it. */
Test(events, a_transaction_that_there_is_no_memory_for_is_not_an_invalid_one)
{
    const struct gossip_host host = network_gossip_host(network);
    const struct tx tx =
        dev_chain_tx(&dev, 0, 0, &dev.addrs[1], 1, mm_bytes_from((const uint8_t *)"", 0));
    mm_heap_fail_after(0);
    const enum gossip_taken taken = host.take_tx(host.ctx, 1, tx.raw);
    mm_heap_fail_after(SIZE_MAX);
    cr_assert_eq(taken, GOSSIP_LATER);
    cr_assert_eq(host.take_tx(host.ctx, 1, mm_bytes_from(tx.raw.ptr, tx.raw.len - 1)),
                 GOSSIP_INVALID);
}
#endif

static void hear(enum links_event_kind kind, uint64_t peer)
{
    const struct hello hello = { .listen_port = 7 };
    network_hear_links(network, &(struct links_event){ .kind = kind,
                                                       .peer = peer,
                                                       .address = "tcp://127.0.0.1:7",
                                                       .host = "127.0.0.1",
                                                       .hello = &hello });
}

static struct event *next_event(void)
{
    struct network_news news;
    cr_assert(network_wait(network, &news, 0));
    return news.event;
}

static void expect_event(enum event_kind kind, uint64_t peer)
{
    struct event *event = next_event();
    cr_assert_not_null(event);
    cr_assert_eq(event->kind, kind);
    cr_assert_eq(event->peer, peer);
    network_event_free(event);
}

/* Else its place would be taken for good, and requests would go to nobody. */
Test(events, that_a_peer_is_down_needs_no_memory)
{
    hear(LINKS_UP, 1);
    hear(LINKS_UP, 2);
    hear(LINKS_UP, 3);
    mm_heap_fail_after(0);
    hear(LINKS_DOWN, 2);
    hear(LINKS_DOWN, 1);
    hear(LINKS_DOWN, 4); /* which nobody heard of */
    mm_heap_fail_after(SIZE_MAX);
    expect_event(EVENT_UP, 1);
    expect_event(EVENT_UP, 2);
    expect_event(EVENT_UP, 3);
    expect_event(EVENT_DOWN, 2);
    expect_event(EVENT_DOWN, 1);
    cr_assert_null(next_event());
}

/* Else sync would wait for the next one. That the state of the newest head cannot be read is rare, and made up here. */
Test(events, a_head_that_could_not_be_looked_at_is_looked_at_later)
{
    struct sync_status status;
    cr_assert_eq(dev_chain_block(&dev), 1);
    network->owes_head = true;
    network_settle(network);
    sync_read_status(network->sync, &status);
    cr_assert_eq(status.height, 1);
    cr_assert_not(network->owes_head);
}
