/* The machine on a small chain and a disk of the simulator's, in the place of node/consensus and the chain. It carries a result out
 * in the order record, commit, sends, and builds and judges blocks.
 *
 * Where a process may end, `sim_faults_at_write` is asked; afterwards `is_up` is false and nothing of this run may be touched. */
#include "state/base/assert.h"
#include "tests/lib/stub_chain.h"
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
    return timestamp <= max_u64(node->state.timestamp,
                                sim_clock_wall_s(&node->clock, node->sim->now_us) + SIM_AHEAD_S);
}

static enum qbft_look look(void *ctx, struct qbft_block *block)
{
    struct sim_node *node = ctx;
    if (!is_in_time(node, block->timestamp))
        return QBFT_BLOCK_UNUSABLE;
    if (node->has_candidate && mm_hash_equal(&node->candidate.hash, &block->hash))
        return QBFT_BLOCK_VALID;
    struct sim_state after;
    if (!sim_chain_execute(&node->state, block, &after))
        return QBFT_BLOCK_INVALID;
    node->candidate = after;
    node->has_candidate = true;
    return QBFT_BLOCK_VALID;
}

static struct secp_signature sign(void *ctx, const mm_hash32 *digest)
{
    return stub_validator_sign(&((struct sim_node *)ctx)->addr, digest);
}

/* ---- carrying out ---- */

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
    gossip_broadcast(node->gossip, (enum frame_kind)send->code, send->bytes);
    sim_letter_unref(letter);
    if (node->stop_code == send->code) {
        node->stop_code = 0;
        sim_node_crash(node);
        return false;
    }
    return !sim_faults_at_write(node);
}

/* Whether there is a new head to tell. */
static bool step(struct sim_node *node, struct qbft_event *event)
{
    struct qbft_result result;
    event->now_ms = sim_node_now_ms(node);
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
    sim_node_set_timer(node, result.deadline_ms);
    return has_commit;
}

/* With what waits: a height must not become due because of what is in the chain already. */
static bool tell_head(struct sim_node *node, const struct sim_state *head)
{
    sim_node_finish_pool(node, head);
    node->told_pending = sim_node_has_pending(node);
    node->state = *head;
    node->has_candidate = false;
    const struct qbft_height height = sim_node_height(node);
    return step(node, &(struct qbft_event){ .kind = QBFT_HEAD,
                                            .head = &height,
                                            .has_pending_flag = true,
                                            .flag = node->told_pending });
}

static void new_head(struct sim_node *node, const struct sim_state *head)
{
    struct sim_state at = *head;
    while (tell_head(node, &at) && node->is_up)
        at = node->disk.state;
}

static void tell(struct sim_node *node, struct qbft_event *event)
{
    if (step(node, event) && node->is_up)
        new_head(node, &node->disk.state);
}

/* ---- blocks that others decided ---- */

static const char *refuse(const struct sim_node *node, const struct sim_state *parent,
                          const struct sim_decided *decided, struct sim_state *after)
{
    const struct qbft_block *block = decided->block;
    const enum certificate_verdict verdict =
        stub_chain_check(NULL, &decided->certificate, &node->sim->domain, &parent->set,
                         &parent->commitment, block->height, &block->hash);
    if (verdict != CERTIFICATE_OK)
        return certificate_verdict_text(verdict);
    return sim_chain_execute(parent, block, after) ? NULL : "invalid";
}

static size_t import(struct sim_node *node, const struct sim_decided *blocks, size_t count,
                     const char **verdict)
{
    struct sim_state states[SYNC_IMPORT_MAX];
    const struct sim_state *state = &node->state;
    size_t done = 0;
    while (done < count && (*verdict = refuse(node, state, &blocks[done], &states[done])) == NULL)
        state = &states[done++];
    if (done == 0 || sim_faults_at_write(node) || sim_faults_tears(node))
        return 0;
    if (!sim_disk_put_blocks(&node->disk, blocks, done, state, true)) {
        sim_faults_down(node);
        return 0;
    }
    sim_trace(node->sim, TRACE_IMPORT, node->index, state->height, done);
    for (size_t i = 0; i < done; i++)
        sim_checker_committed(node, &blocks[i], &states[i]);
    if (!sim_faults_at_write(node))
        new_head(node, state);
    return done;
}

/* ---- life ---- */

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

static void boot(struct sim_node *node)
{
    struct qbft_options options = node->sim->machine;
    options.host = (struct qbft_host){ node, build, look, sign };
    options.has_key = true;
    options.self = node->addr;
    MM_ASSERT(qbft_new(&node->machine, &options) == MM_OK);
    restore(node);
    node->state = node->disk.state;
    sim_trace(node->sim, TRACE_BOOT, node->index, node->state.height, node->disk.record.is_there);
    new_head(node, &node->disk.state);
}

static void read_status(const struct sim_node *node, struct qbft_status *status)
{
    qbft_read_status(node->machine, status);
}

static void down(struct sim_node *node)
{
    qbft_free(node->machine);
    node->machine = NULL;
    node->has_candidate = false;
}

static void fini(struct sim_node *node)
{
    (void)node;
}

/* ---- the world ---- */

static void begin(struct sim *sim, struct sim_state *genesis)
{
    sim_chain_genesis(genesis, sim->validators);
    sim->domain = (struct seal_domain){ 31337, genesis->hash };
    sim->crypto = STUB_VALIDATOR_CRYPTO;
}

static void finish(struct sim *sim)
{
    (void)sim;
}

static mm_addr addr_of(const struct sim *sim, size_t index)
{
    (void)sim;
    return stub_validator_addr(index);
}

static struct secp_signature sign_as(struct sim *sim, const mm_addr *signer,
                                     const mm_hash32 *digest)
{
    (void)sim;
    return stub_validator_sign(signer, digest);
}

static mm_bytes tx_raw(struct sim *sim, uint8_t memory[SIM_TX_BYTES], sim_tx tx)
{
    (void)sim;
    sim_tx_encode(memory, tx);
    return mm_bytes_from(memory, SIM_TX_BYTES);
}

static bool tx_decode(struct sim *sim, sim_tx *tx, mm_bytes raw)
{
    (void)sim;
    return sim_tx_decode(tx, raw);
}

static bool execute(struct sim *sim, struct sim_state *after, const struct sim_state *parent,
                    const struct sim_decided *decided)
{
    (void)sim;
    return sim_chain_execute(parent, decided->block, after);
}

static struct qbft_block *forge(struct sim_node *node, enum sim_spoil spoil)
{
    struct sim *sim = node->sim;
    sim_tx txs[SIM_ACCOUNTS];
    struct sim_block_request request = { .parent = &node->state,
                                         .builder = node->addr,
                                         .txs = txs,
                                         .distinction = ++sim->distinctions,
                                         .spoil = spoil };
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (node->has_tx[i] && sim_tx_nonce(node->pool[i]) == node->state.nonces[i])
            txs[request.tx_count++] = node->pool[i];
    }
    if (request.tx_count == 0)
        txs[request.tx_count++] = sim_tx_make(0, node->state.nonces[0], 1);
    const uint64_t now = sim_clock_wall_s(&node->clock, sim->now_us);
    request.timestamp = now > node->state.timestamp ? now : node->state.timestamp;
    return sim_chain_build(&request);
}

const struct sim_world SIM_STUB = {
    .name = "stub",
    .nodes_max = SIM_NODES_MAX,
    .begin = begin,
    .finish = finish,
    .end = finish,
    .addr = addr_of,
    .sign = sign_as,
    .check = stub_chain_check,
    .tx_raw = tx_raw,
    .tx_decode = tx_decode,
    .execute = execute,
    .forge = forge,
    .boot = boot,
    .tell = tell,
    .import = import,
    .read_status = read_status,
    .down = down,
    .fini = fini,
};
