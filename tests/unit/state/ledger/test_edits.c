/* Edits from outside the chain: seen at once above the head, kept over a restart, taken up by the next block. */
#include "state/crypto/keccak.h"
#include "tests/unit/state/ledger/look.h"

static const mm_addr stranger = { { 0xed, 0 } };

static mm_err read_account(const struct dev_chain *dev, struct account *account, bool at_latest)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct ledger_state state;
    ledger_state_init(&state, view, at_latest ? ledger_latest(view) : ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = keccak256(mm_bytes_addr(&stranger));
    const mm_err err = exec_view.account(exec_view.ctx, account, &key);
    ledger_state_fini(&state);
    ledger_release(view);
    return err;
}

static uint64_t read_slot(const struct dev_chain *dev, uint64_t slot, uint64_t above_head)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_head(view) + above_head);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = keccak256(mm_bytes_addr(&stranger));
    const mm_u256 number = u256_from_u64(slot);
    const mm_hash32 word = u256_to_hash(&number);
    const mm_hash32 slot_key = keccak256(mm_bytes_hash(&word));
    mm_u256 value;
    cr_assert_eq(exec_view.slot(exec_view.ctx, &value, &key, &slot_key), MM_OK);
    ledger_state_fini(&state);
    ledger_release(view);
    return value.limb[0];
}

static uint64_t latest(const struct dev_chain *dev)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    const uint64_t block_num = ledger_latest(view);
    ledger_release(view);
    return block_num;
}

static uint64_t balance(const struct dev_chain *dev, bool at_latest)
{
    struct account account;
    return read_account(dev, &account, at_latest) == MM_OK ? account.balance.limb[0] : 0;
}

Test(ledger_edits, are_seen_above_the_head_until_a_block_has_them)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    (void)dev_chain_block(&dev);
    cr_assert_eq(latest(&dev), 1);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 5);
    cr_assert_eq(latest(&dev), 2);
    cr_assert_eq(balance(&dev, true), 5);
    cr_assert_eq(balance(&dev, false), 0);
    dev_chain_flush(&dev);
    cr_assert_eq(balance(&dev, true), 5);
    cr_assert_eq(balance(&dev, false), 0);
    (void)dev_chain_block(&dev);
    cr_assert_eq(latest(&dev), 2);
    cr_assert_eq(balance(&dev, false), 5);
    dev_chain_fini(&dev);
}

Test(ledger_edits, add_up_and_the_last_one_wins)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 5);
    dev_chain_edit(&dev, EDIT_SLOT, &stranger, 1, 7);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 6);
    cr_assert_eq(balance(&dev, true), 6);
    cr_assert_eq(read_slot(&dev, 1, 1), 7);
    (void)dev_chain_block(&dev);
    cr_assert_eq(balance(&dev, false), 6);
    cr_assert_eq(read_slot(&dev, 1, 0), 7);
    dev_chain_fini(&dev);
}

Test(ledger_edits, survive_a_crash_before_and_after_their_block)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    dev_chain_pay(&dev, 0, 1, 1);
    (void)dev_chain_block(&dev);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 5);
    dev_chain_edit(&dev, EDIT_SLOT, &stranger, 2, 9);
    dev_chain_come_back(&dev);
    cr_assert_eq(dev.opened.replayed, 1);
    cr_assert_eq(balance(&dev, true), 5);
    cr_assert_eq(balance(&dev, false), 0);
    dev_chain_edit(&dev, EDIT_SLOT, &stranger, 1, 3);
    (void)dev_chain_block(&dev);
    dev_chain_come_back(&dev);
    cr_assert_eq(latest(&dev), 2);
    cr_assert_eq(balance(&dev, false), 5);
    cr_assert_eq(read_slot(&dev, 2, 0), 9);
    cr_assert_eq(read_slot(&dev, 1, 0), 3);
    dev_chain_fini(&dev);
}

Test(ledger_edits, give_storage_to_an_account_that_has_nothing_else)
{
    static struct dev_chain dev;
    struct account account;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    dev_chain_edit(&dev, EDIT_SLOT, &stranger, 1, 7);
    cr_assert_eq(read_slot(&dev, 1, 1), 7);
    (void)dev_chain_block(&dev);
    cr_assert_eq(read_account(&dev, &account, false), MM_OK);
    /* A transaction that touches it without changing it does not make it go (EIP-161 would, storage or not). */
    dev_chain_send(&dev, 0, &stranger, 0, (mm_bytes){ NULL, 0 });
    (void)dev_chain_block(&dev);
    cr_assert_eq(read_slot(&dev, 1, 0), 7);
    cr_assert_eq(read_account(&dev, &account, false), MM_OK);
    /* Nor does losing its balance. */
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 1);
    (void)dev_chain_block(&dev);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 0);
    (void)dev_chain_block(&dev);
    cr_assert_eq(read_slot(&dev, 1, 0), 7);
    /* With its last slot it is gone. */
    dev_chain_edit(&dev, EDIT_SLOT, &stranger, 1, 0);
    (void)dev_chain_block(&dev);
    cr_assert_eq(read_account(&dev, &account, false), MM_ERR_NOT_FOUND);
    cr_assert_eq(read_slot(&dev, 1, 0), 0);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    for (uint64_t block_num = 0; block_num <= ledger_head(view); block_num++)
        look_prove(&dev, view, block_num);
    ledger_release(view);
    dev_chain_come_back(&dev);
    cr_assert_eq(read_account(&dev, &account, false), MM_ERR_NOT_FOUND);
    dev_chain_fini(&dev);
}

Test(ledger_edits, leave_proofs_at_latest_those_of_the_head)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    (void)dev_chain_block(&dev);
    dev_chain_edit(&dev, EDIT_BALANCE, &stranger, 0, 5);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    struct ledger_state state;
    struct mm_arena arena;
    struct trie_proof proof;
    mm_bytes value;
    const mm_hash32 *root = &ledger_head_header(view)->state_root;
    const mm_hash32 key = keccak256(mm_bytes_addr(&stranger));
    mm_arena_init(&arena, SIZE_MAX);
    ledger_state_init(&state, view, ledger_latest(view));
    cr_assert_eq(ledger_prove_account(&state, &arena, &proof, root, &key), MM_OK);
    cr_assert_eq(trie_verify(&arena, &value, root, mm_bytes_hash(&key), proof.nodes, proof.count),
                 PROOF_ABSENT);
    ledger_state_fini(&state);
    mm_arena_fini(&arena);
    ledger_release(view);
    dev_chain_fini(&dev);
}
