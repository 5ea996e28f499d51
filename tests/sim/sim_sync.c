/* How a node follows others' heads: a STATUS each second with the height and what is pending; DECIDED for a peer that is one
 * below; blocks on request for who is further behind.
 *
 * What validators say of their heads is believed when more say so than may lie: a validator that lags signs nothing, and one liar
 * must not make it lag. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

/* ---- status ---- */

void sim_sync_hello(struct sim_node *node)
{
    struct sim *sim = node->sim;
    struct sim_status_body status = { .height = node->state.height };
    /* What is said again each second is relayed again each second: it may have been lost on the way from here. */
    memset(node->seen, 0, sizeof node->seen);
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (node->has_tx[i])
            status.txs[status.tx_count++] = node->pool[i];
    }
    if (!node->is_liar || sim_byzantine_status(node, &status)) {
        struct sim_letter *letter = sim_letter_status(&status);
        sim_node_broadcast(node, letter);
        sim_letter_unref(letter);
    }
    const struct sim_event event = { .at_us = sim->now_us + SIM_HELLO_MS * 1000,
                                     .kind = SIM_HELLO,
                                     .node = node->index,
                                     .epoch = node->epoch };
    sim_heap_push(&sim->heap, &event);
}

static void send_decided(struct sim_node *node, size_t to, uint64_t height)
{
    const struct sim_decided *decided = &node->disk.chain[height - 1];
    const struct qbft_message message = { .code = QBFT_DECIDED,
                                          .block = decided->block,
                                          .certificate = decided->certificate };
    struct sim_letter *letter = sim_letter_of(&message);
    sim_network_send(node->sim, node->index, to, letter);
    sim_letter_unref(letter);
}

static void fetch(struct sim_node *node, size_t from)
{
    struct sim *sim = node->sim;
    if (node->fetching_until_us > sim->now_us)
        return;
    node->fetching_until_us = sim->now_us + SIM_FETCH_MS * 1000;
    struct sim_letter *letter = sim_letter_fetch(node->state.height + 1);
    sim_network_send(sim, node->index, from, letter);
    sim_letter_unref(letter);
}

/* More validators than may lie say that their head is this high at least; 0: none. What others say does not count, since there may
 * be any number of them. */
static uint64_t believed_head(const struct sim_node *node)
{
    const struct sim *sim = node->sim;
    const struct validator_set *set = &node->state.set;
    uint64_t best = 0;
    for (size_t i = 0; i < sim->node_count; i++) {
        size_t count = 0;
        if (node->heads[i] <= node->state.height + 1)
            continue;
        for (size_t k = 0; k < sim->node_count; k++)
            count += node->heads[k] >= node->heads[i] && validators_has(set, &sim->nodes[k].addr);
        if (count > validators_faulty_max(set->count) && node->heads[i] > best)
            best = node->heads[i];
    }
    return best;
}

void sim_sync_look(struct sim_node *node)
{
    const bool is_lagging = believed_head(node) > node->state.height + 1;
    if (is_lagging == node->told_lagging)
        return;
    node->told_lagging = is_lagging;
    sim_node_tell(node, &(struct qbft_event){ .kind = QBFT_LAGGING, .flag = is_lagging });
}

void sim_sync_status(struct sim_node *node, size_t from, const struct sim_status_body *status)
{
    if (status->height > node->heads[from])
        node->heads[from] = status->height;
    for (size_t i = 0; i < status->tx_count && node->machine != NULL; i++)
        sim_node_add_tx(node, status->txs[i]);
    if (node->machine == NULL)
        return;
    if (status->height + 1 == node->state.height)
        send_decided(node, from, node->state.height);
    else if (status->height > node->state.height + 1)
        fetch(node, from);
}

/* ---- blocks ---- */

void sim_sync_fetch(struct sim_node *node, size_t from, uint64_t first)
{
    struct sim_decided blocks[SIM_FETCH_BLOCKS];
    size_t count = 0;
    if (node->is_liar && sim_byzantine_blocks(node, from, first))
        return;
    for (uint64_t height = first;
         height > 0 && height <= node->state.height && count < SIM_FETCH_BLOCKS; height++) {
        blocks[count] = node->disk.chain[height - 1];
        (void)qbft_block_ref(blocks[count++].block);
    }
    if (count == 0)
        return;
    struct sim_letter *letter = sim_letter_blocks(blocks, count);
    sim_network_send(node->sim, node->index, from, letter);
    sim_letter_unref(letter);
}

/* A decided block on this state: the next height, sealed by a quorum of the set that the parent commits to, and valid. */
static bool import(const struct sim_node *node, const struct sim_state *parent,
                   const struct sim_decided *decided, struct sim_state *after)
{
    struct qbft_message message = { .code = QBFT_DECIDED,
                                    .block = decided->block,
                                    .certificate = decided->certificate };
    const struct validator_set *set = &parent->set;
    return qbft_message_authenticate(&message, &node->sim->domain, &STUB_VALIDATOR_CRYPTO, NULL) &&
           certificate_check_signers(set, message.sealers, message.certificate.seal_count) ==
               CERTIFICATE_OK &&
           sim_chain_execute(parent, decided->block, after);
}

void sim_sync_blocks(struct sim_node *node, const struct sim_letter *letter)
{
    struct sim_state states[SIM_FETCH_BLOCKS];
    const struct sim_state *state = &node->state;
    size_t first = 0, count = 0;
    MM_ASSERT(letter->block_count <= SIM_FETCH_BLOCKS);
    while (first < letter->block_count && letter->blocks[first].block->height <= node->state.height)
        first++; /* it came meanwhile */
    while (first + count < letter->block_count &&
           import(node, state, &letter->blocks[first + count], &states[count]))
        state = &states[count++];
    node->fetching_until_us = 0;
    if (count == 0 || sim_faults_at_write(node) || sim_faults_tears(node))
        return;
    if (!sim_disk_put_blocks(&node->disk, &letter->blocks[first], count, state, true)) {
        sim_faults_down(node);
        return;
    }
    sim_trace(node->sim, TRACE_IMPORT, node->index, state->height, count);
    for (size_t i = 0; i < count; i++)
        sim_checker_committed(node, &letter->blocks[first + i], &states[i]);
    if (!sim_faults_at_write(node))
        sim_node_new_head(node, state);
}
