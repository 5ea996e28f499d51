#include "tests/unit/node/consensus/parliament.h"

#include <criterion/criterion.h>

/* ---- what the consensus asks of a node ---- */

static bool begin_block(void *ctx, struct chain_proposal *proposal)
{
    struct seat *seat = ctx;
    if (!seat->has_work)
        return false;
    *proposal = (struct chain_proposal){
        .timestamp = PARLIAMENT_TIME + seat->parliament->now_ms / 1000 + seat->ahead_s,
        .source = dev_chain_source(&seat->dev),
        .coinbase = seat->coinbase.b[0] != 0 ? &seat->coinbase : NULL,
        .note = seat->note.name != NULL ? &seat->note : NULL,
    };
    return true;
}

static void end_block(void *ctx)
{
    struct seat *seat = ctx;
    dev_chain_sent(&seat->dev);
    seat->has_work =
        seat->parliament->count > 1; /* the others' clock is told as long as it is in no block */
}

static bool is_pending(void *ctx)
{
    return ((const struct seat *)ctx)->has_work;
}

static void send(void *ctx, unsigned code, mm_bytes message)
{
    struct seat *seat = ctx;
    struct parliament *p = seat->parliament;
    cr_assert_lt(p->letter_count, LETTERS_MAX);
    struct letter *letter = &p->letters[p->letter_count++];
    *letter = (struct letter){ .from = seat->index, .code = code };
    cr_assert_eq(mm_arena_copy(&p->arena, &letter->bytes, message), MM_OK);
    seat->said[code]++;
}

static void committed(void *ctx, const struct chain_block *block)
{
    struct seat *seat = ctx;
    cr_assert_eq(block->number, parliament_height(seat));
    seat->blocks++;
    seat->has_work = false;
}

static uint64_t now_ms(void *ctx)
{
    return ((struct seat *)ctx)->parliament->now_ms;
}

static uint64_t clock_s(void *ctx)
{
    const struct seat *seat = ctx;
    return PARLIAMENT_TIME + seat->parliament->now_ms / 1000 + seat->clock_ahead_s;
}

/* ---- nodes ---- */

void parliament_start(struct seat *seat)
{
    const struct consensus_options options = {
        .chain = seat->dev.chain,
        .key = seat->is_observer ? NULL : seat->dev.validator,
        .host = { seat, begin_block, end_block, is_pending, send, committed, NULL, now_ms,
                  clock_s },
        .base_timeout_ms = 1000,
        .cap_timeout_ms = 30000,
    };
    cr_assert_eq(consensus_new(&seat->consensus, &options, &seat->is_forgetful), MM_OK);
    dev_chain_read_nonces(&seat->dev);
}

void parliament_stop(struct seat *seat)
{
    consensus_free(seat->consensus);
    seat->consensus = NULL;
    dev_chain_come_back(&seat->dev);
    dev_chain_sent(&seat->dev);
    seat->has_work = false;
}

void parliament_begin(struct parliament *p, enum dev_store store, size_t count)
{
    *p = (struct parliament){ .count = count, .now_ms = 1000 };
    mm_arena_init(&p->arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        p->seats[i] = (struct seat){ .parliament = p, .index = i };
        dev_chain_init_council(&p->seats[i].dev, store, count, i);
        parliament_start(&p->seats[i]);
    }
}

void parliament_end(struct parliament *p)
{
    for (size_t i = 0; i < p->count; i++) {
        consensus_free(p->seats[i].consensus);
        cr_assert_eq(dev_chain_check(&p->seats[i].dev, CHAIN_CHECK_REPLAY), 0);
        dev_chain_fini(&p->seats[i].dev);
    }
    mm_arena_fini(&p->arena);
}

/* ---- talking ---- */

static void deliver(struct seat *seat, const struct letter *letter)
{
    struct qbft_message message;
    enum rlp_verdict verdict;
    const struct seal_domain domain = chain_seal_domain(seat->dev.chain);
    cr_assert(qbft_message_decode(&message, letter->code, letter->bytes, &verdict));
    cr_assert(qbft_message_authenticate(&message, &domain, &QBFT_SECP256K1, NULL));
    cr_assert_eq(consensus_message(seat->consensus, &message), MM_OK);
    qbft_message_fini(&message);
}

static bool arrives(const struct parliament *p, size_t from, size_t to, unsigned code)
{
    const struct seat *seat = &p->seats[to];
    return from != to && seat->consensus != NULL && !seat->is_cut && !p->seats[from].is_cut &&
           (p->lets == NULL || p->lets(p, from, to, code));
}

void parliament_talk(struct parliament *p)
{
    for (size_t i = 0; i < p->letter_count; i++) {
        for (size_t to = 0; to < p->count; to++) {
            if (arrives(p, p->letters[i].from, to, p->letters[i].code))
                deliver(&p->seats[to], &p->letters[i]);
        }
    }
    p->letter_count = 0;
    mm_arena_reset(&p->arena);
}

static uint64_t next_deadline(const struct parliament *p, uint64_t end_ms)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct seat *seat = &p->seats[i];
        const uint64_t at =
            seat->consensus == NULL ? UINT64_MAX : consensus_deadline_ms(seat->consensus);
        if (at < end_ms)
            end_ms = at;
    }
    return end_ms > p->now_ms ? end_ms : p->now_ms + 1;
}

void parliament_pass(struct parliament *p, uint64_t ms)
{
    const uint64_t end_ms = p->now_ms + ms;
    parliament_talk(p);
    while (p->now_ms < end_ms) {
        p->now_ms = next_deadline(p, end_ms);
        for (size_t i = 0; i < p->count; i++) {
            if (p->seats[i].consensus != NULL)
                cr_assert_eq(consensus_tick(p->seats[i].consensus), MM_OK);
        }
        parliament_talk(p);
    }
}

/* Everyone has the transaction, as gossip would see to it. */
void parliament_mint(struct parliament *p, size_t from)
{
    for (size_t i = 0; i < p->count; i++) {
        struct seat *seat = &p->seats[i];
        if (seat->consensus == NULL || seat->is_cut)
            continue;
        dev_chain_sent(&seat->dev);
        dev_chain_read_nonces(&seat->dev);
        dev_chain_mint(&seat->dev, from, from);
        seat->has_work = true;
    }
    for (size_t i = 0; i < p->count; i++) {
        if (p->seats[i].has_work)
            cr_assert_eq(consensus_pending(p->seats[i].consensus, true), MM_OK);
    }
}

uint64_t parliament_height(const struct seat *seat)
{
    return ledger_stored(chain_ledger(seat->dev.chain));
}

static mm_hash32 head_of(const struct seat *seat)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(seat->dev.chain));
    const mm_hash32 hash = *ledger_head_hash(view);
    ledger_release(view);
    return hash;
}

bool parliament_agrees(const struct parliament *p)
{
    for (size_t i = 1; i < p->count; i++) {
        const mm_hash32 a = head_of(&p->seats[0]);
        const mm_hash32 b = head_of(&p->seats[i]);
        if (!mm_hash_equal(&a, &b))
            return false;
    }
    return true;
}

void parliament_sync(struct parliament *p, size_t from, size_t to)
{
    parliament_sync_up_to(p, from, to, parliament_height(&p->seats[from]));
}

void parliament_sync_up_to(struct parliament *p, size_t from, size_t to, uint64_t height)
{
    struct dev_chain *giver = &p->seats[from].dev;
    struct dev_chain *taker = &p->seats[to].dev;
    while (parliament_height(&p->seats[to]) < height) {
        struct mm_arena arena;
        struct block block;
        struct chain_decided decided;
        struct block_refusal refusal;
        struct mm_buf encoded;
        mm_bytes edits;
        size_t imported;
        mm_arena_init(&arena, SIZE_MAX);
        mm_buf_init(&encoded, MM_BLOCK_BYTES_MAX);
        cr_assert_eq(ledger_stored_block(chain_ledger(giver->chain), &arena, &block,
                                         &decided.certificate, &edits,
                                         parliament_height(&p->seats[to]) + 1),
                     MM_OK);
        block_encode(&encoded, &block.header, block.txs, block.tx_count);
        decided.block = mm_buf_bytes(&encoded);
        cr_assert_eq(chain_import(taker->chain, &imported, &refusal, &decided, 1), MM_OK);
        cr_assert_eq(imported, 1);
        mm_buf_fini(&encoded);
        mm_arena_fini(&arena);
    }
    cr_assert_eq(consensus_imported(p->seats[to].consensus), MM_OK);
}
