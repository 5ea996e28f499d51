#include "tests/unit/node/network/linked.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/log/log.h"

static void failed(void *ctx, mm_err err)
{
    (void)ctx;
    cr_assert_eq(err, MM_OK, "%s", mm_err_text(err));
}

void linked_init(struct linked *linked,
                 void (*submit)(void *ctx, struct submit_outcome *outcome, struct tx *tx))
{
    const uint8_t seeds[2][NODE_KEY_SEED_BYTES] = { { 1 }, { 2 } };
    struct mm_reason reason;
    log_init(NODE_LOG_TEXT, true);
    dev_chain_init(&linked->dev, DEV_MEMORY, 0);
    linked->pool = pool_new(chain_ledger(linked->dev.chain));
    cr_assert_eq(node_key_new(&linked->key, seeds[0]), MM_OK);
    cr_assert_eq(node_key_new(&linked->peer_key, seeds[1]), MM_OK);
    const struct network_options options = { .ledger = chain_ledger(linked->dev.chain),
                                             .pool = linked->pool,
                                             .domain = chain_seal_domain(linked->dev.chain),
                                             .key = linked->key,
                                             .host = "127.0.0.1",
                                             .client = "node",
                                             .submit = submit };
    cr_assert_eq(network_new(&linked->network, &options, &reason), MM_OK);
    const struct writer_network of_writer = network_of_writer(linked->network);
    const struct writer_options writer_options = {
        .chain = linked->dev.chain, .pool = linked->pool, .network = &of_writer, .failed = failed
    };
    cr_assert_eq(writer_start(&linked->writer, &writer_options), MM_OK);
}

void linked_start(struct linked *linked)
{
    struct mm_reason reason;
    cr_assert_eq(network_start(linked->network, linked->writer, &reason), MM_OK, "%s", reason.text);
}

void linked_connect(struct linked *linked, void (*hear)(void *ctx, const struct links_event *event))
{
    struct mm_reason reason;
    char url[64];
    const struct seal_domain domain = chain_seal_domain(linked->dev.chain);
    const struct links_options options = { .key = linked->peer_key,
                                           .domain = { domain.chain_id, domain.genesis_hash },
                                           .client = "peer",
                                           .event = hear };
    cr_assert_eq(links_open(&linked->peer, &options, &reason), MM_OK);
    (void)snprintf(url, sizeof url, "tcp://127.0.0.1:%u", (unsigned)network_port(linked->network));
    cr_assert_eq(links_dial(linked->peer, url, NULL, &reason), MM_OK);
}

void linked_stop(struct linked *linked)
{
    links_close(linked->peer);
    network_stop(linked->network);
    writer_stop(linked->writer);
}

void linked_fini(struct linked *linked)
{
    network_free(linked->network);
    pool_free(linked->pool);
    node_key_free(linked->key);
    node_key_free(linked->peer_key);
    dev_chain_fini(&linked->dev);
}
