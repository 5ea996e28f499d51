/* The stand-in for the node around the machine: it queues events, carries a result out in the order record, commit, sends, builds
 * and judges blocks, relays, and keeps the pool. What follows other nodes' heads is in sim_sync.c.
 *
 * Where a process may end, `sim_faults_at_write` is asked; afterwards `machine` is NULL and nothing of this run may be touched. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

/* ---- the chain, as the machine sees it ---- */

struct qbft_height sim_node_height(const struct sim_node *node)
{
    return (struct qbft_height){ .height = node->state.height + 1,
                                 .set = node->state.set,
                                 .parent_builder = node->state.builder };
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct qbft_block *build(void *ctx)
{
    struct sim_node *node = ctx;
    struct sim *sim = node->sim;
    struct sim_block_request request = { .parent = &node->state,
                                         .builder = node->addr,
                                         .distinction = ++sim->distinctions };
    sim_tx txs[SIM_ACCOUNTS];
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (node->has_tx[i] && sim_tx_nonce(node->pool[i]) == node->state.nonces[i])
            txs[request.tx_count++] = node->pool[i];
    }
    request.txs = txs;
    if (request.tx_count == 0 && !sim->builds_always)
        return NULL;
    request.timestamp = max_u64(node->state.timestamp, sim_clock_wall_s(&node->clock, sim->now_us));
    return sim_chain_build(&request);
}

/* A voter looks at the time too; of a block that a quorum sealed it is not its business any more. The parent's time is always
 * good: clocks that were too far ahead must not stop the chain until all others have come there. */
static bool is_in_time(const struct sim_node *node, uint64_t timestamp)
{
    return node->is_importing ||
           timestamp <= max_u64(node->state.timestamp,
                                sim_clock_wall_s(&node->clock, node->sim->now_us) + SIM_AHEAD_S);
}

static bool validate(void *ctx, struct qbft_block *block)
{
    struct sim_node *node = ctx;
    if (!is_in_time(node, block->timestamp))
        return false;
    if (node->has_candidate && mm_hash_equal(&node->candidate.hash, &block->hash))
        return true;
    struct sim_state after;
    if (!sim_chain_execute(&node->state, block, &after))
        return false;
    node->candidate = after;
    node->has_candidate = true;
    return true;
}

static struct secp_signature sign(void *ctx, const mm_hash32 *digest)
{
    return stub_validator_sign(&((struct sim_node *)ctx)->addr, digest);
}

/* ---- the pool ---- */

static bool has_pending(const struct sim_node *node)
{
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (node->has_tx[i])
            return true;
    }
    return false;
}

static void finish_pool(struct sim_node *node, const struct sim_state *head)
{
    for (size_t i = 0; i < SIM_ACCOUNTS; i++)
        node->has_tx[i] = node->has_tx[i] && sim_tx_nonce(node->pool[i]) >= head->nonces[i];
}

static void tell_pending(struct sim_node *node)
{
    const bool is_pending = has_pending(node);
    if (node->machine == NULL || is_pending == node->told_pending)
        return;
    node->told_pending = is_pending;
    sim_node_tell(node, &(struct qbft_event){ .kind = QBFT_PENDING, .flag = is_pending });
}

void sim_node_add_tx(struct sim_node *node, sim_tx tx)
{
    const size_t account = sim_tx_account(tx);
    const uint32_t next = node->state.nonces[account];
    if (node->machine == NULL || sim_tx_nonce(tx) < next ||
        (node->has_tx[account] && sim_tx_nonce(node->pool[account]) <= sim_tx_nonce(tx)))
        return;
    node->pool[account] = tx;
    node->has_tx[account] = true;
    sim_trace(node->sim, TRACE_TX, node->index, account, sim_tx_nonce(tx));
    const struct sim_status_body status = { .height = node->state.height,
                                            .txs = { tx },
                                            .tx_count = 1 };
    struct sim_letter *letter = sim_letter_status(&status);
    sim_node_broadcast(node, letter);
    sim_letter_unref(letter);
    tell_pending(node);
}

/* ---- carrying out ---- */

void sim_node_broadcast(struct sim_node *node, struct sim_letter *letter)
{
    for (size_t i = 0; i < node->sim->node_count; i++)
        sim_network_send(node->sim, node->index, i, letter);
}

static bool write_record(struct sim_node *node, const struct qbft_result *result)
{
    if (sim_faults_at_write(node) || sim_faults_tears(node))
        return false;
    if (!sim_disk_put_record(&node->disk, result, true)) {
        sim_faults_down(node); /* a node that cannot write says nothing more */
        return false;
    }
    sim_trace(node->sim, TRACE_RECORD, node->index, result->record.len,
              sim_hash_bytes(result->record));
    return !sim_faults_at_write(node);
}

static bool commit(struct sim_node *node, const struct qbft_commit *commit)
{
    const struct sim_decided decided = { commit->block, commit->certificate };
    struct sim_state after = node->candidate;
    MM_ASSERT(commit->block->height == node->disk.count + 1);
    if (!node->has_candidate || !mm_hash_equal(&after.hash, &commit->block->hash))
        MM_ASSERT(sim_chain_execute(&node->state, commit->block, &after));
    if (sim_faults_at_write(node) || sim_faults_tears(node))
        return false;
    if (!sim_disk_put_blocks(&node->disk, &decided, 1, &after, true)) {
        sim_faults_down(node);
        return false;
    }
    sim_trace(node->sim, TRACE_COMMIT, node->index, after.height, commit->certificate.round);
    sim_checker_committed(node, &decided, &after);
    return !sim_faults_at_write(node);
}

static bool send(struct sim_node *node, const struct qbft_send *send)
{
    if (node->is_liar) {
        sim_byzantine_send(node, send);
        return true;
    }
    struct sim_letter *letter = sim_letter_known(node->sim, send->code, send->bytes);
    sim_checker_signed(node, letter);
    sim_node_broadcast(node, letter);
    sim_letter_unref(letter);
    if (node->stop_code == send->code) {
        node->stop_code = 0;
        sim_node_crash(node);
        return false;
    }
    return !sim_faults_at_write(node);
}

static void set_timer(struct sim_node *node, uint64_t deadline_ms)
{
    struct sim *sim = node->sim;
    uint64_t at = sim_clock_when_us(&node->clock, sim->now_us, deadline_ms);
    node->deadline_us = at;
    if (at == SIM_NEVER || at >= node->timer_us)
        return;
    if (sim_faults_level(sim, SIM_LATE_TIMER) > 0) {
        static const uint64_t late_us[] = { 0, 3000, 30000, 300000 };
        at += sim_draw_exponential(sim, late_us[sim_faults_level(sim, SIM_LATE_TIMER)]);
        sim->faults.strikes[SIM_LATE_TIMER]++;
    }
    node->timer_us = at;
    const struct sim_event event = {
        .at_us = at, .kind = SIM_TIMER, .node = node->index, .epoch = node->epoch
    };
    sim_heap_push(&sim->heap, &event);
}

/* Whether there is a new head to tell. */
static bool step(struct sim_node *node, struct qbft_event *event)
{
    struct qbft_result result;
    event->now_ms = sim_clock_ms(&node->clock, node->sim->now_us);
    MM_ASSERT(qbft_step(node->machine, &result, event) == MM_OK);
    const bool has_commit = result.commit != NULL;
    for (size_t i = 0; i < result.evidence_count; i++) {
        node->evidence++;
        sim_trace(node->sim, TRACE_EVIDENCE, node->index, result.evidence[i].code, i);
    }
    if (result.has_record && !write_record(node, &result))
        return false;
    if (has_commit && !commit(node, result.commit))
        return false;
    for (size_t i = 0; i < result.send_count; i++) {
        if (!send(node, &result.sends[i]))
            return false;
    }
    set_timer(node, result.deadline_ms);
    return has_commit;
}

/* The chain has a new head. What waits is told before the machine hears of it, and while blocks are still built and judged on the
 * old one: a height must not become due because of what is in the chain already. */
static bool tell_head(struct sim_node *node, const struct sim_state *head)
{
    finish_pool(node, head);
    memset(node->seen, 0, sizeof node->seen);
    const bool is_pending = has_pending(node);
    if (is_pending != node->told_pending) {
        node->told_pending = is_pending;
        if (step(node, &(struct qbft_event){ .kind = QBFT_PENDING, .flag = is_pending }))
            return true; /* it decided by itself meanwhile */
    }
    if (node->machine == NULL)
        return false;
    node->state = *head;
    node->has_candidate = false;
    const struct qbft_height height = sim_node_height(node);
    return step(node, &(struct qbft_event){ .kind = QBFT_HEAD, .head = &height });
}

void sim_node_new_head(struct sim_node *node, const struct sim_state *head)
{
    struct sim_state at = *head;
    while (tell_head(node, &at) && node->machine != NULL)
        at = node->disk.state;
}

void sim_node_tell(struct sim_node *node, struct qbft_event *event)
{
    if (step(node, event) && node->machine != NULL)
        sim_node_new_head(node, &node->disk.state);
}

/* ---- messages ---- */

enum { SEEN_WAYS = 8 };

static void relay(struct sim_node *node, size_t from, struct sim_letter *letter,
                  const struct qbft_message *message)
{
    if (!node->sim->network.relays || letter->code == QBFT_DECIDED ||
        !validators_has(&node->state.set, qbft_message_signer(message)))
        return;
    for (size_t i = 0; i < node->sim->node_count; i++) {
        if (i != from)
            sim_network_send(node->sim, node->index, i, letter);
    }
}

/* Places of a few entries each, the oldest of which makes room. A place of one would not do: two messages that share it would
 * drive each other out, and be relayed in circles for ever. */
static bool is_new(struct sim_node *node, uint64_t id)
{
    uint64_t *ways = &node->seen[id % (SIM_SEEN / SEEN_WAYS) * SEEN_WAYS];
    for (size_t i = 0; i < SEEN_WAYS; i++) {
        if (ways[i] == id)
            return false;
    }
    memmove(ways + 1, ways, (SEEN_WAYS - 1) * sizeof *ways);
    ways[0] = id;
    return true;
}

/* A message is relayed once a second, but told as often as it comes: what could not be used yet may be now. */
static void hear(struct sim_node *node, size_t from, struct sim_letter *letter)
{
    const struct qbft_message *message = sim_letter_read(letter, &node->sim->domain);
    if (message == NULL || !qbft_wants(node->machine, letter->code, qbft_message_height(message),
                                       qbft_message_round(message)))
        return;
    if (is_new(node, letter->id))
        relay(node, from, letter, message);
    node->is_importing = letter->code == QBFT_DECIDED;
    sim_node_tell(node, &(struct qbft_event){ .kind = QBFT_MESSAGE, .message = message });
    node->is_importing = false;
}

static void deliver(struct sim_node *node, struct sim_event *event)
{
    struct sim_letter *letter = event->letter;
    if (node->is_liar)
        sim_byzantine_observe(node->sim, letter);
    if (letter->code == SIM_STATUS)
        sim_sync_status(node, event->from, letter->status);
    else if (letter->code == SIM_FETCH)
        sim_sync_fetch(node, event->from, letter->first);
    else if (letter->code == SIM_BLOCKS)
        sim_sync_blocks(node, letter);
    else
        hear(node, event->from, letter);
    if (node->machine != NULL)
        sim_sync_look(node);
}

static void tick(struct sim_node *node, uint64_t at_us)
{
    enum { IDLE_TICKS_MAX = 1000 };
    if (at_us != node->timer_us)
        return; /* an earlier one was set meanwhile */
    const uint64_t deadline = node->deadline_us;
    node->timer_us = SIM_NEVER;
    sim_trace(node->sim, TRACE_TICK, node->index, 0, 0);
    sim_node_tell(node, &(struct qbft_event){ .kind = QBFT_TICK });
    node->idle_ticks = node->deadline_us > deadline ? 0 : node->idle_ticks + 1;
    if (node->idle_ticks > IDLE_TICKS_MAX)
        sim_checker_violated(node->sim, "node %zu asks for a time that is over again and again",
                             node->index);
}

/* ---- life ---- */

void sim_node_init(struct sim *sim, size_t index, const struct sim_state *genesis)
{
    struct sim_node *node = &sim->nodes[index];
    *node = (struct sim_node){ .sim = sim, .index = index, .addr = stub_validator_addr(index) };
    sim_disk_init(&node->disk, genesis);
    node->clock.local_us = sim_draw(sim, 1000000000);
}

void sim_node_fini(struct sim_node *node)
{
    qbft_free(node->machine);
    sim_disk_fini(&node->disk);
}

/* Everything that memory held is as in a new process. */
static void forget(struct sim_node *node)
{
    qbft_free(node->machine);
    node->machine = NULL;
    node->epoch++;
    node->has_candidate = node->is_importing = node->told_pending = node->told_lagging = false;
    memset(node->has_tx, 0, sizeof node->has_tx);
    memset(node->heads, 0, sizeof node->heads);
    memset(node->seen, 0, sizeof node->seen);
    node->deadline_us = node->timer_us = SIM_NEVER;
    node->fetching_until_us = node->paused_until_us = 0;
    node->idle_ticks = 0;
}

void sim_node_crash(struct sim_node *node)
{
    sim_trace(node->sim, TRACE_CRASH, node->index, node->disk.synced_count, 0);
    forget(node);
    sim_disk_crash(&node->disk);
}

/* A record that is damaged is worth nothing; one that was never written says that nothing was signed. */
static void restore(struct sim_node *node)
{
    const struct sim_record *record = &node->disk.record;
    if (!record->is_there)
        return;
    const mm_bytes bytes =
        mm_bytes_from(record->bytes, record->is_damaged ? record->len / 2 : record->len);
    if (!qbft_restore(node->machine, bytes, sim_disk_find, &node->disk))
        qbft_forget(node->machine);
}

void sim_node_boot(struct sim_node *node)
{
    struct sim *sim = node->sim;
    MM_ASSERT(node->machine == NULL);
    forget(node);
    struct qbft_options options = sim->machine;
    options.host = (struct qbft_host){ node, build, validate, sign };
    options.has_key = true;
    options.self = node->addr;
    MM_ASSERT(qbft_new(&node->machine, &options) == MM_OK);
    restore(node);
    node->state = node->disk.state;
    sim_trace(sim, TRACE_BOOT, node->index, node->state.height, node->disk.record.is_there);
    sim_node_new_head(node, &node->disk.state);
    const struct sim_event hello = {
        .at_us = sim->now_us + sim_draw(sim, SIM_HELLO_MS * 1000),
        .kind = SIM_HELLO,
        .node = node->index,
        .epoch = node->epoch,
    };
    if (node->machine != NULL)
        sim_heap_push(&sim->heap, &hello);
}

void sim_node_handle(struct sim_node *node, struct sim_event *event)
{
    if (node->machine == NULL)
        return;
    if (event->kind == SIM_DELIVER) {
        deliver(node, event);
        return;
    }
    if (event->epoch != node->epoch)
        return;
    if (event->kind == SIM_TIMER)
        tick(node, event->at_us);
    else
        sim_sync_hello(node);
}
