/* Opening a chain, proposing blocks, coming back. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "node/import/chain_internal.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/seal_alone.h"

static struct dev_chain dev;

static struct header head_header(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct header header = *ledger_head_header(view);
    ledger_release(view);
    return header;
}

/* ---- opening ---- */

Test(chain, begins_with_the_genesis_of_the_repository)
{
    dev_chain_init(&dev, DEV_MEMORY, 16);
    cr_assert(dev.opened.is_new);
    cr_assert_eq(dev.opened.replayed, 0);
    cr_assert_eq(chain_genesis(dev.chain)->chain_id, 31337);
    cr_assert_eq(chain_validators(dev.chain)->count, 1);
    const mm_addr validator = secp_secret_addr(dev.validator);
    cr_assert(mm_addr_equal(&chain_validators(dev.chain)->addrs[0], &validator));
    const struct header header = head_header();
    const mm_hash32 commitment = validators_commitment(chain_validators(dev.chain));
    cr_assert_eq(header.extra_len, MM_EXTRA_BYTES);
    cr_assert_eq(memcmp(header.extra, commitment.b, MM_EXTRA_BYTES), 0);
    dev_chain_fini(&dev);
}

static mm_err open_with(const char *text, uint64_t chain_id, struct mm_reason *reason)
{
    struct kv *kv = NULL;
    struct chain *chain = NULL;
    struct chain_opened opened;
    const struct kv_options options = { .families = LEDGER_FAMILIES,
                                        .family_count = LEDGER_FAMILY_COUNT,
                                        .create = true };
    cr_assert_eq(kv_open_memory(&kv, &options), MM_OK);
    const struct chain_options chain_options = { .natives = natives_all(),
                                                 .genesis_text = mm_bytes_str(text),
                                                 .chain_id = chain_id };
    const mm_err err = chain_open(&chain, kv, &chain_options, &opened, reason);
    cr_assert_eq(err == MM_OK, chain != NULL);
    if (chain != NULL) {
        cr_assert_eq(chain_close(chain), MM_OK);
    }
    return err;
}

/* The repository's genesis with one piece replaced. */
static char *changed_genesis(const char *from, const char *to)
{
    struct mm_buf text;
    dev_read_genesis(&text);
    mm_buf_add_byte(&text, '\0');
    char *at = strstr((char *)text.ptr, from);
    cr_assert_not_null(at, "%s", from);
    char *changed = malloc(text.len + strlen(to) + 1);
    const size_t before = (size_t)(at - (char *)text.ptr);
    memcpy(changed, text.ptr, before);
    (void)sprintf(changed + before, "%s%s", to, at + strlen(from));
    mm_buf_fini(&text);
    return changed;
}

static void expect_refused(const char *from, const char *to, const char *words)
{
    struct mm_reason reason = { "" };
    char *text = changed_genesis(from, to);
    cr_assert_eq(open_with(text, 0, &reason), MM_ERR_INVALID, "%s", reason.text);
    cr_assert_not_null(strstr(reason.text, words), "%s", reason.text);
    free(text);
}

Test(chain, refuses_a_genesis_and_says_where)
{
    expect_refused("\"config\"", "\"colour\"", "colour");
    expect_refused("\"contract\": \"validators\"", "\"contract\": \"collection-factory\"",
                   "native");
    expect_refused("bf7\"", "bf8\"", "validators account");
    expect_refused(
        "\"extraData\": \"0x\"",
        "\"extraData\": \"0x00000000000000000000000000000000000000000000000000000000000000aa\"",
        "extraData");
    expect_refused("\"contract\": \"collection\"", "\"contract\": \"colection\"",
                   "no contract of that name");
}

/* Storage of an account that has nothing else: the state root holds it, as geth's does. */
Test(chain, takes_a_genesis_account_with_storage_alone)
{
    struct mm_reason reason = { "" };
    char *text = changed_genesis(
        "\"alloc\": {",
        "\"alloc\": { \"0x00000000000000000000000000000000000000ed\": { \"balance\": \"0x0\", "
        "\"storage\": { \"0x0000000000000000000000000000000000000000000000000000000000000001\": "
        "\"0x0000000000000000000000000000000000000000000000000000000000000002\" } },");
    cr_assert_eq(open_with(text, 0, &reason), MM_OK, "%s", reason.text);
    free(text);
}

Test(chain, keeps_the_chain_id_it_was_made_with)
{
    struct mm_reason reason = { "" };
    struct chain_opened opened;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    dev_chain_close(&dev);
    struct chain_options options = { .natives = natives_all(),
                                     .genesis_text = mm_buf_bytes(&dev.genesis_text),
                                     .chain_id = 5 };
    struct chain *chain = NULL;
    cr_assert_eq(chain_open(&chain, dev_chain_open_store(&dev), &options, &opened, &reason),
                 MM_ERR_INVALID);
    cr_assert_not_null(strstr(reason.text, "chain id 31337, not 5"), "%s", reason.text);
    options.chain_id = 31337;
    cr_assert_eq(chain_open(&chain, dev_chain_open_store(&dev), &options, &opened, &reason), MM_OK,
                 "%s", reason.text);
    cr_assert_eq(chain_close(chain), MM_OK);
    dev_chain_fini(&dev);
}

/* ---- proposing ---- */

struct offered {
    struct tx *txs;
    size_t count;
    size_t at;
    size_t refused;
    enum tx_verdict last;
};

static const struct tx *offered_next(void *ctx)
{
    struct offered *offered = ctx;
    return offered->at < offered->count ? &offered->txs[offered->at] : NULL;
}

static void offered_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct offered *offered = ctx;
    (void)tx;
    offered->at++;
    offered->refused += verdict != TX_OK;
    offered->last = verdict;
}

static mm_err propose(struct offered *offered, struct chain_proposal proposal,
                      struct chain_block *block)
{
    proposal.source.ctx = offered;
    proposal.source.next = offered_next;
    proposal.source.tried = offered_tried;
    return seal_alone(dev.chain, block, &proposal);
}

Test(chain, makes_no_empty_block_where_none_is_wanted)
{
    struct offered none = { .count = 0 };
    struct chain_block block;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    const struct chain_proposal skipping = { .skip_empty = true };
    cr_assert_eq(propose(&none, skipping, &block), MM_ERR_NOT_FOUND);
    cr_assert_eq(head_header().number, 0);
    /* Nor when nothing of what was offered got in. */
    struct tx late = dev_chain_tx(&dev, 0, 7, &dev.addrs[1], 1, (mm_bytes){ NULL, 0 });
    struct offered offered = { .txs = &late, .count = 1 };
    cr_assert_eq(propose(&offered, skipping, &block), MM_ERR_NOT_FOUND);
    cr_assert_eq(offered.last, TX_NONCE_TOO_HIGH);
    cr_assert_eq(head_header().number, 0);
    cr_assert_eq(propose(&none, (struct chain_proposal){ .timestamp = 1800000000 }, &block), MM_OK);
    cr_assert_eq(block.number, 1);
    dev_chain_fini(&dev);
}

Test(chain, leaves_out_what_is_refused_and_goes_on)
{
    struct chain_block block;
    struct tx txs[4];
    dev_chain_init(&dev, DEV_MEMORY, 16);
    txs[0] = dev_chain_tx(&dev, 0, 0, &dev.addrs[1], 1, (mm_bytes){ NULL, 0 });
    txs[1] = dev_chain_tx(&dev, 1, 5, &dev.addrs[1], 1, (mm_bytes){ NULL, 0 });
    txs[2] = dev_chain_tx(&dev, 0, 0, &dev.addrs[2], 1, (mm_bytes){ NULL, 0 });
    txs[3] = dev_chain_tx(&dev, 2, 0, &dev.addrs[1], 1, (mm_bytes){ NULL, 0 });
    struct offered offered = { .txs = txs, .count = 4 };
    cr_assert_eq(propose(&offered, (struct chain_proposal){ .timestamp = 1800000000 }, &block),
                 MM_OK);
    cr_assert_eq(block.tx_count, 2);
    cr_assert_eq(offered.refused, 2);
    dev_chain_fini(&dev);
}

Test(chain, does_not_go_back_in_time)
{
    struct offered none = { .count = 0 };
    struct chain_block block;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    cr_assert_eq(propose(&none, (struct chain_proposal){ .timestamp = 1800000000 }, &block), MM_OK);
    cr_assert_eq(propose(&none, (struct chain_proposal){ .timestamp = 1700000000 }, &block), MM_OK);
    cr_assert_eq(head_header().timestamp, 1800000000, "the parent's is allowed");
    dev_chain_fini(&dev);
}

Test(chain, seals_with_a_certificate_that_the_parent_commits_to)
{
    dev_chain_init(&dev, DEV_MEMORY, 16);
    const struct header parent = head_header();
    (void)dev_chain_block(&dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct certificate certificate;
    mm_hash32 commitment;
    memcpy(commitment.b, parent.extra, 32);
    const struct seal_domain domain = chain_seal_domain(dev.chain);
    cr_assert_eq(ledger_certificate(view, &certificate, 1), MM_OK);
    cr_assert_eq(certificate_check(&certificate, &domain, chain_validators(dev.chain), &commitment,
                                   1, ledger_head_hash(view)),
                 CERTIFICATE_OK);
    ledger_release(view);
    dev_chain_fini(&dev);
}

/* As many small transactions as a block's bytes hold: made, then read back and executed again in the memory that there is. */
Test(chain, executes_a_full_block_again)
{
    enum { OFFERED = 22000 };
    struct chain_block block;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    struct tx *txs = calloc(OFFERED, sizeof *txs);
    for (size_t i = 0; i < OFFERED; i++)
        txs[i] = dev_chain_tx(&dev, i % DEV_PEOPLE, i / DEV_PEOPLE, &dev.addrs[0], 1,
                              (mm_bytes){ NULL, 0 });
    struct offered offered = { .txs = txs, .count = OFFERED };
    cr_assert_eq(propose(&offered, (struct chain_proposal){ .timestamp = 1800000000 }, &block),
                 MM_OK);
    cr_assert_gt(block.tx_count, 15000);
    cr_assert_gt(offered.refused, 0, "the block is full");
    cr_assert_eq(offered.last, TX_BLOCK_GAS);
    free(txs);
    dev_chain_come_back(&dev);
    cr_assert_eq(dev.opened.replayed, 1);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    size_t count = 0;
    cr_assert_eq(ledger_tx_count(view, &count, 1), MM_OK);
    cr_assert_eq(count, block.tx_count);
    cr_assert(mm_hash_equal(ledger_head_hash(view), &block.hash));
    ledger_release(view);
    dev_chain_fini(&dev);
}

/* ---- what dev control says of a block ---- */

static struct tx tx_as(const mm_addr *sender, uint64_t nonce, const mm_addr *to)
{
    struct tx made = { .type = TX_DYNAMIC_FEE,
                       .has_chain_id = true,
                       .chain_id = u256_from_u64(31337),
                       .nonce = nonce,
                       .max_fee = u256_from_u64(100000000000),
                       .gas_limit = 100000,
                       .to = *to,
                       .value = u256_from_u64(3) };
    struct tx read;
    cr_assert(tx_sign_as(&dev.arena, &made, sender));
    cr_assert_eq(tx_decode(&dev.arena, &read, made.raw, NULL), TX_OK);
    read.sender = *sender;
    read.is_impersonated = true;
    return read;
}

static struct header given_controlled_block(void)
{
    const mm_addr stranger = { { 0xed } };
    struct chain_block block;
    const struct edit edits[] = {
        { .kind = EDIT_BALANCE, .addr = stranger, .value = { { UINT64_MAX } } },
        { .kind = EDIT_BALANCE, .addr = DEV_COLLECTION, .value = { { UINT64_MAX } } },
        { .kind = EDIT_BASE_FEE, .value = u256_from_u64(12345) },
        { .kind = EDIT_GAS_LIMIT, .value = u256_from_u64(30000000) },
        { .kind = EDIT_PREV_RANDAO, .value = u256_from_u64(99) },
    };
    for (size_t i = 0; i < MM_COUNT_OF(edits); i++) {
        cr_assert(chain_may_edit(&edits[i]));
        cr_assert_eq(chain_edit(dev.chain, &edits[i], 1), MM_OK);
    }
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct ledger_next next = ledger_next(view);
    ledger_release(view);
    cr_assert_eq(next.base_fee.limb[0], 12345);
    cr_assert_eq(next.gas_limit, 30000000);
    cr_assert_eq(next.prev_randao.b[31], 99);
    /* A person's own, a stranger's and a contract's, which has code. */
    struct tx txs[] = {
        tx_as(&stranger, 0, &dev.addrs[1]),
        dev_chain_tx(&dev, 0, 0, &dev.addrs[1], 1, (mm_bytes){ NULL, 0 }),
        tx_as(&DEV_COLLECTION, 1, &dev.addrs[1]), /* contracts begin with nonce 1 */
    };
    struct offered offered = { .txs = txs, .count = MM_COUNT_OF(txs) };
    cr_assert_eq(propose(&offered, (struct chain_proposal){ .timestamp = 1800000000 }, &block),
                 MM_OK);
    cr_assert_eq(block.tx_count, MM_COUNT_OF(txs), "%s", tx_verdict_text(offered.last));
    return head_header();
}

static void expect_senders(void)
{
    const mm_addr stranger = { { 0xed } };
    const mm_addr *senders[] = { &stranger, &dev.addrs[0], &DEV_COLLECTION };
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct mm_arena arena;
    const struct ledger_tx *txs;
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(ledger_txs(view, &arena, &txs, 1, 0, 3), MM_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(mm_addr_equal(&txs[i].tx.sender, senders[i]));
        cr_assert_eq(txs[i].tx.is_impersonated, i != 1);
    }
    mm_arena_fini(&arena);
    ledger_release(view);
}

Test(chain, makes_a_block_as_dev_control_says_and_executes_it_again)
{
    struct offered none = { .count = 0 };
    struct chain_block block;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    const struct header header = given_controlled_block();
    cr_assert_eq(header.base_fee.limb[0], 12345);
    cr_assert_eq(header.gas_limit, 30000000);
    cr_assert_eq(header.prev_randao.b[31], 99);
    expect_senders();
    cr_assert_eq(propose(&none, (struct chain_proposal){ .timestamp = 1800000000 }, &block), MM_OK);
    const struct header after = head_header();
    const mm_u256 fee = header_next_base_fee(&header);
    cr_assert(u256_equal(&after.base_fee, &fee), "of one block alone");
    cr_assert_eq(after.gas_limit, 30000000, "stays");
    dev_chain_come_back(&dev);
    cr_assert_eq(dev.opened.replayed, 2);
    expect_senders();
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

/* The record is what makes such a block valid: without it, it is like any other with wrong signatures and a wrong header. */
Test(chain, takes_no_such_block_without_its_record)
{
    struct mm_arena arena;
    struct mm_reason reason = { "" };
    struct block block;
    struct certificate certificate;
    mm_bytes edits;
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init(&dev, DEV_MEMORY, 16);
    (void)given_controlled_block();
    cr_assert_eq(
        ledger_stored_block(chain_ledger(dev.chain), &arena, &block, &certificate, &edits, 1),
        MM_OK);
    dev_chain_fini(&dev);
    dev_chain_init(&dev, DEV_MEMORY, 16);
    cr_assert_eq(chain_replay_block(chain_ledger(dev.chain), natives_all(), &arena, &block,
                                    &certificate, (mm_bytes){ NULL, 0 }, &reason),
                 MM_ERR_CORRUPT);
    cr_assert_eq(chain_replay_block(chain_ledger(dev.chain), natives_all(), &arena, &block,
                                    &certificate, edits, &reason),
                 MM_OK, "%s", reason.text);
    dev_chain_fini(&dev);
    mm_arena_fini(&arena);
}

Test(chain, lets_nobody_edit_what_it_says_itself)
{
    const struct edit sender = { .kind = EDIT_SENDER };
    const struct edit low = { .kind = EDIT_GAS_LIMIT, .value = u256_from_u64(4999) };
    const struct edit lowest = { .kind = EDIT_GAS_LIMIT, .value = u256_from_u64(5000) };
    const struct edit high = { .kind = EDIT_GAS_LIMIT, .value = u256_from_u64(UINT64_MAX) };
    cr_assert_not(chain_may_edit(&sender));
    cr_assert_not(chain_may_edit(&low));
    cr_assert(chain_may_edit(&lowest));
    cr_assert_not(chain_may_edit(&high));
}

/* A block with this one transaction, signed anew, on top of genesis. */
static mm_err replay_of(struct tx tx, struct mm_reason *reason)
{
    struct mm_arena arena;
    struct block block = { .txs = &tx, .tx_count = 1 };
    const struct certificate certificate = { .round = 0 };
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init(&dev, DEV_MEMORY, 16);
    cr_assert(tx_sign(&arena, &tx, dev.people[0]));
    (void)dev_chain_block(&dev);
    block.header = head_header();
    dev_chain_fini(&dev);
    dev_chain_init(&dev, DEV_MEMORY, 16);
    const mm_err err = chain_replay_block(chain_ledger(dev.chain), natives_all(), &arena, &block,
                                          &certificate, (mm_bytes){ NULL, 0 }, reason);
    dev_chain_fini(&dev);
    mm_arena_fini(&arena);
    return err;
}

/* What a proposer may not put into a block, an importer may not take from one. */
Test(chain, executes_no_block_again_that_has_what_it_would_not_take)
{
    const struct tx good = {
        .has_chain_id = true,
        .chain_id = u256_from_u64(31337),
        .max_fee = u256_from_u64(100000000000),
        .gas_limit = 100000,
        .to = DEV_COLLECTION,
    };
    struct tx elsewhere = good;
    struct tx creation = good;
    struct tx poor = good;
    struct mm_reason reason = { "" };
    elsewhere.chain_id = u256_from_u64(31338);
    creation.creates = true;
    poor.gas_limit = 20999;
    cr_expect_eq(replay_of(elsewhere, &reason), MM_ERR_CORRUPT);
    cr_expect_not_null(strstr(reason.text, "wrong chain id"), "%s", reason.text);
    cr_expect_eq(replay_of(creation, &reason), MM_ERR_CORRUPT);
    cr_expect_not_null(strstr(reason.text, "contract creation"), "%s", reason.text);
    cr_expect_eq(replay_of(poor, &reason), MM_ERR_CORRUPT);
    cr_expect_not_null(strstr(reason.text, "intrinsic gas"), "%s", reason.text);
}
