/* A node of the real world: node/consensus on a chain over a store that loses what was not synced. What node/writer does between them
 * is here: the pool, what follows from a block, when the ledger is flushed.
 *
 * A process may end at each write, before or after it, and after each message. Consensus is in the middle of something then, so it is
 * noted (is_struck), nothing is written or said any more, and the process ends when consensus has returned. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/chain/block.h"
#include "tests/sim/sim_real_internal.h"

enum { FLUSH_EVERY = 16 };

/* ---- what strikes ---- */

static enum lossy_fate fate(void *ctx, enum kv_durability durability)
{
    struct sim_real_node *r = ctx;
    struct sim *sim = r->node->sim;
    (void)durability;
    if (r->is_struck)
        return LOSSY_FAILS;
    if (r->node->disk.is_full) {
        r->is_struck = true;
        return LOSSY_FULL;
    }
    const bool is_late = sim_faults_strikes(sim, SIM_CRASH_AT_WRITE);
    if (!is_late && !sim_faults_strikes(sim, SIM_TORN))
        return LOSSY_PASSES;
    r->is_struck = true;
    return is_late ? LOSSY_FAILS_LATE : LOSSY_FAILS;
}

static struct kv *open_store(void *ctx, const struct kv_options *options)
{
    return lossy_store_open(((struct sim_real_node *)ctx)->store, options);
}

/* Ends the process if it was struck. An error that nobody made is one of the node's. False: it has ended. */
static bool goes_on(struct sim_real_node *r, mm_err err)
{
    struct sim_node *node = r->node;
    if (err == MM_OK && !r->is_struck && r->wants_flush) {
        r->wants_flush = false;
        err = ledger_flush_all(chain_ledger(r->dev.chain));
    }
    if (err == MM_OK && !r->is_struck)
        return true;
    if (!r->is_struck)
        sim_checker_violated(node->sim, "node %zu: %s %s", node->index, mm_err_text(err),
                             r->reason.text);
    sim_trace(node->sim, TRACE_FAULT, node->index, SIM_CRASH_AT_WRITE, 0);
    sim_faults_down(node);
    return false;
}

/* ---- the chain ---- */

static void read_decided(struct chain *chain, struct sim_decided *decided, mm_hash32 *root,
                         uint64_t number)
{
    struct mm_arena arena;
    struct block block;
    struct mm_buf encoded;
    enum rlp_verdict verdict;
    mm_bytes edits;
    mm_arena_init(&arena, SIZE_MAX);
    MM_ASSERT(ledger_stored_block(chain_ledger(chain), &arena, &block, &decided->certificate,
                                  &edits, number) == MM_OK);
    *root = block.header.state_root;
    mm_buf_init(&encoded, MM_BLOCK_BYTES_MAX);
    block_encode(&encoded, &block.header, block.txs, block.tx_count);
    MM_ASSERT(qbft_block_new(&decided->block, mm_buf_bytes(&encoded), &verdict));
    mm_buf_fini(&encoded);
    mm_arena_fini(&arena);
}

/* The chain has these blocks: the disk's list of them is what the node serves and what the checker looks at. */
static void take_blocks(struct sim_real_node *r)
{
    struct sim_node *node = r->node;
    const uint64_t stored = ledger_stored(chain_ledger(r->dev.chain));
    struct sim_state head;
    const bool is_full = node->disk.is_full;
    if (stored < node->disk.count)
        sim_checker_violated(node->sim, "durability: node %zu had block %zu and has %llu",
                             node->index, node->disk.count, (unsigned long long)stored);
    sim_real_read_head(node->sim, r->dev.chain, &head);
    node->disk.is_full = false; /* this list is no file */
    while (node->disk.count < stored) {
        struct sim_decided decided;
        struct sim_state at = head;
        read_decided(r->dev.chain, &decided, &at.root, node->disk.count + 1);
        at.height = decided.block->height;
        at.hash = decided.block->hash;
        MM_ASSERT(sim_disk_put_blocks(&node->disk, &decided, 1, &at, true));
        sim_trace(node->sim, TRACE_COMMIT, node->index, at.height, decided.certificate.round);
        sim_checker_committed(node, &decided, &at);
        qbft_block_unref(decided.block);
    }
    node->disk.is_full = is_full;
    node->state = head;
    sim_node_finish_pool(node, &head);
}

/* ---- what consensus asks ---- */

static bool begin_block(void *ctx, struct chain_proposal *proposal)
{
    struct sim_real_node *r = ctx;
    struct sim *sim = r->node->sim;
    *proposal = (struct chain_proposal){
        .timestamp = sim_clock_wall_s(&r->node->clock, sim->now_us),
        .source = sim_real_source(r),
        .skip_empty = !sim->builds_always,
    };
    return true;
}

static void end_block(void *ctx)
{
    (void)ctx;
}

static bool is_pending(void *ctx)
{
    struct sim_node *node = ((struct sim_real_node *)ctx)->node;
    return node->told_pending = sim_node_has_pending(node);
}

static void send(void *ctx, unsigned code, mm_bytes message)
{
    struct sim_real_node *r = ctx;
    struct sim_node *node = r->node;
    if (r->is_struck)
        return;
    if (node->is_liar) {
        sim_byzantine_send(node, &(struct qbft_send){ code, message });
        return;
    }
    struct sim_letter *letter = sim_letter_known(node->sim, code, message);
    sim_checker_signed(node, letter);
    gossip_broadcast(node->gossip, (enum frame_kind)code, message);
    sim_letter_unref(letter);
    r->is_struck = node->stop_code == code || sim_faults_strikes(node->sim, SIM_CRASH_AT_WRITE);
    if (node->stop_code == code)
        node->stop_code = 0;
}

static void committed(void *ctx, const struct chain_block *block)
{
    struct sim_real_node *r = ctx;
    (void)block;
    take_blocks(r);
    r->wants_flush = sim_draw(r->node->sim, FLUSH_EVERY) == 0;
}

static void evidence(void *ctx, const struct qbft_evidence *evidence)
{
    struct sim_node *node = ((struct sim_real_node *)ctx)->node;
    node->evidence++;
    sim_trace(node->sim, TRACE_EVIDENCE, node->index, evidence->code, 0);
}

static uint64_t now_ms(void *ctx)
{
    return sim_node_now_ms(((struct sim_real_node *)ctx)->node);
}

static uint64_t clock_s(void *ctx)
{
    const struct sim_node *node = ((struct sim_real_node *)ctx)->node;
    return sim_clock_wall_s(&node->clock, node->sim->now_us);
}

/* ---- what it is told ---- */

static mm_err tell(struct consensus *consensus, const struct qbft_event *event)
{
    switch (event->kind) {
    case QBFT_TICK:
        return consensus_tick(consensus);
    case QBFT_MESSAGE:
        return consensus_message(consensus, event->message);
    case QBFT_PENDING:
        return consensus_pending(consensus, event->flag);
    case QBFT_LAGGING:
        return consensus_lagging(consensus, event->flag);
    case QBFT_HEAD:
        break;
    }
    MM_UNREACHABLE();
}

void sim_real_tell(struct sim_node *node, struct qbft_event *event)
{
    struct sim_real_node *r = node->real;
    if (goes_on(r, tell(r->consensus, event)))
        sim_node_set_timer(node, consensus_deadline_ms(r->consensus));
}

static mm_err import(struct sim_real_node *r, const struct chain_decided *blocks, size_t count,
                     size_t *done, struct block_refusal *refusal)
{
    while (*done < count && refusal->verdict == BLOCK_OK) {
        size_t imported;
        MM_TRY(chain_import(r->dev.chain, &imported, refusal, blocks + *done, count - *done));
        *done += imported;
        if (*done < count && refusal->verdict == BLOCK_OK)
            MM_TRY(ledger_flush_all(chain_ledger(r->dev.chain)));
    }
    if (*done == 0)
        return MM_OK;
    take_blocks(r);
    return consensus_imported(r->consensus);
}

size_t sim_real_import(struct sim_node *node, const struct sim_decided *blocks, size_t count,
                       const char **verdict)
{
    struct sim_real_node *r = node->real;
    struct chain_decided decided[SYNC_IMPORT_MAX];
    struct block_refusal refusal = { .verdict = BLOCK_OK };
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        decided[i] =
            (struct chain_decided){ mm_bytes_from(blocks[i].block->bytes, blocks[i].block->len),
                                    blocks[i].certificate };
    sim_trace(node->sim, TRACE_IMPORT, node->index, node->state.height + count, count);
    if (!goes_on(r, import(r, decided, count, &done, &refusal)))
        return 0;
    sim_node_set_timer(node, consensus_deadline_ms(r->consensus));
    if (refusal.verdict != BLOCK_OK) {
        block_refusal_describe(&r->reason, &refusal);
        *verdict = r->reason.text;
    }
    return done;
}

void sim_real_read_status(const struct sim_node *node, struct qbft_status *status)
{
    *status = (struct qbft_status){ .height = 0 };
    if (node->real->consensus != NULL)
        consensus_status(node->real->consensus, status);
}

/* ---- life ---- */

static struct sim_real_node *new_node(struct sim_node *node)
{
    struct sim_real_node *r = mm_heap_zeroed(1, sizeof *r);
    MM_ASSERT(r != NULL);
    r->node = node;
    r->store = lossy_store_new(fate, r);
    dev_chain_init_member(&r->dev, &node->sim->real->council, node->index);
    r->dev.opens = open_store;
    r->dev.opens_ctx = r;
    return r;
}

/* So that sim_faults.c may damage it. */
static void note_record(struct sim_node *node)
{
    const struct qbft_result result = { .record = MM_BYTES_LIT("there") };
    const bool is_full = node->disk.is_full;
    node->disk.is_full = false;
    MM_ASSERT(sim_disk_put_record(&node->disk, &result, true));
    node->disk.is_full = is_full;
    node->disk.record.is_damaged = node->disk.synced_record.is_damaged = false;
}

static mm_err damage_record(struct sim_real_node *r)
{
    const struct ledger_note note = { "qbft/record", MM_BYTES_LIT("damaged") };
    if (!r->node->disk.record.is_damaged)
        return MM_OK;
    return ledger_set_notes(chain_ledger(r->dev.chain), &note, 1);
}

static bool has_faulty(const struct sim *sim)
{
    bool has = false;
    for (size_t i = 0; i < sim->node_count; i++)
        has = has || sim->nodes[i].is_faulty;
    return has;
}

/* Who gets its first block from others, and has signed nothing in its folder, signs nothing at the next height: it is as if it were
 * down, and counts among the faulty. Where others are faulty already folders have followed from the start. */
static mm_err age_folder(struct sim_real_node *r)
{
    const struct ledger_note note = { "qbft/record", MM_BYTES_LIT("\xc0") };
    if (r->has_started || !has_faulty(r->node->sim))
        return MM_OK;
    MM_TRY(ledger_set_notes(chain_ledger(r->dev.chain), &note, 1));
    r->has_started = true;
    return MM_OK;
}

static mm_err start(struct sim_real_node *r)
{
    const struct qbft_options *machine = &r->node->sim->machine;
    const struct chain_senders senders = sim_real_senders(r->node->sim);
    MM_TRY(dev_chain_open(&r->dev, &r->reason));
    chain_know_senders(r->dev.chain, &senders);
    take_blocks(r);
    sim_trace(r->node->sim, TRACE_BOOT, r->node->index, r->node->state.height, 0);
    MM_TRY(age_folder(r));
    MM_TRY(damage_record(r));
    const struct consensus_options options = {
        .chain = r->dev.chain,
        .key = r->dev.validator,
        .host = { r, begin_block, end_block, is_pending, send, committed, evidence, now_ms,
                  clock_s },
        .base_timeout_ms = machine->base_timeout_ms,
        .cap_timeout_ms = machine->cap_timeout_ms,
        .min_period_ms = machine->min_period_ms,
        .empty_period_ms = machine->empty_period_ms,
    };
    return consensus_new(&r->consensus, &options, NULL);
}

void sim_real_boot(struct sim_node *node)
{
    if (node->real == NULL)
        node->real = new_node(node);
    struct sim_real_node *r = node->real;
    r->is_struck = r->wants_flush = false;
    if (!goes_on(r, start(r)))
        return;
    note_record(node);
    sim_node_set_timer(node, consensus_deadline_ms(r->consensus));
}

void sim_real_down(struct sim_node *node)
{
    struct sim_real_node *r = node->real;
    if (r == NULL)
        return;
    consensus_free(r->consensus);
    r->consensus = NULL;
    if (r->dev.chain != NULL)
        dev_chain_crash(&r->dev);
}

void sim_real_fini(struct sim_node *node)
{
    struct sim_real_node *r = node->real;
    if (r == NULL)
        return;
    dev_chain_fini(&r->dev);
    lossy_store_free(r->store);
    mm_heap_free(r);
}
