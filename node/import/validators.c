/* The validator set in the state: reading it, and what the changes of a block do to it.
 *
 * solc's layout of an address[] in slot 0 (contracts-native/validators): the length there, the entries from keccak256(pad32(0)) on. */
#include "node/import/chain_internal.h"
#include "state/crypto/keccak.h"

/* "mintmark", zeros, 0bf7 */
const mm_addr CHAIN_VALIDATORS_ADDR = {
    { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xf7 }
};

static const mm_hash32 LENGTH_SLOT = { { 0 } };

static mm_u256 first_slot(void)
{
    const mm_hash32 hash = keccak256(mm_bytes_hash(&LENGTH_SLOT));
    return u256_from_hash(&hash);
}

static bool read_length(size_t *count, const mm_u256 *value)
{
    if (!u256_fits_u64(value) || value->limb[0] > MM_VALIDATORS_MAX)
        return false;
    *count = (size_t)value->limb[0];
    return true;
}

mm_err chain_validators_at(struct ledger_view *view, struct validator_set *set, uint64_t block_num)
{
    struct validator_set read = { .count = 0 };
    struct ledger_state state;
    *set = read;
    if (block_num < ledger_begins(ledger_of(view)))
        return ledger_restored_set(view, set, block_num);
    ledger_state_init(&state, view, block_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&CHAIN_VALIDATORS_ADDR));
    const mm_hash32 length_key = keccak256(mm_bytes_hash(&LENGTH_SLOT));
    const mm_u256 first = u256_from_hash(&length_key);
    mm_u256 value;
    mm_err err = exec_view.slot(exec_view.ctx, &value, &addr_key, &length_key);
    if (err == MM_OK && !read_length(&read.count, &value))
        err = MM_ERR_CORRUPT;
    for (size_t i = 0; err == MM_OK && i < read.count; i++) {
        const mm_u256 offset = u256_from_u64(i);
        const mm_u256 slot = u256_wrapping_add(&first, &offset);
        const mm_hash32 word = u256_to_hash(&slot);
        const mm_hash32 slot_key = keccak256(mm_bytes_hash(&word));
        err = exec_view.slot(exec_view.ctx, &value, &addr_key, &slot_key);
        read.addrs[i] = u256_to_addr(&value);
    }
    ledger_state_fini(&state);
    if (err == MM_OK && !validators_is_valid(&read))
        err = MM_ERR_CORRUPT;
    if (err == MM_OK)
        *set = read;
    return err;
}

/* The changed slots of the account, or none: its balance alone changes nothing here. */
static const struct exec_account_change *find_change(const struct exec_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        if (change->slot_count > 0 && mm_addr_equal(&change->addr, &CHAIN_VALIDATORS_ADDR))
            return change;
    }
    return NULL;
}

/* False: the set is none any more. */
static bool apply_change(struct validator_set *set, const struct exec_account_change *change)
{
    const mm_u256 first = first_slot();
    for (size_t i = 0; i < change->slot_count; i++) {
        const struct exec_slot_change *slot = &change->slots[i];
        const mm_u256 index = u256_wrapping_sub(&slot->slot, &first);
        if (u256_is_zero(&slot->slot)) {
            if (!read_length(&set->count, &slot->after))
                return false;
        } else if (u256_fits_u64(&index) && index.limb[0] < MM_VALIDATORS_MAX) {
            set->addrs[index.limb[0]] = u256_to_addr(&slot->after);
        } /* else: a vote */
    }
    return validators_is_valid(set);
}

mm_err chain_genesis_validators(struct validator_set *set, const struct exec_changes *changes,
                                struct mm_reason *reason)
{
    const struct exec_account_change *change = find_change(changes);
    *set = (struct validator_set){ .count = 0 };
    if (change == NULL || !apply_change(set, change))
        return mm_fail(reason, MM_ERR_INVALID,
                       "alloc: no validators account at 0x6d696e746d61726b000000000000000000000bf7 "
                       "with 1 to %d validators",
                       MM_VALIDATORS_MAX);
    return MM_OK;
}

mm_err chain_validators_after(struct ledger_view *view, struct validator_set *set, bool *is_changed,
                              const struct exec_changes *changes)
{
    const struct exec_account_change *change = find_change(changes);
    *is_changed = change != NULL;
    if (change == NULL)
        return MM_OK;
    MM_TRY(chain_validators_at(view, set, ledger_head(view)));
    return apply_change(set, change) ? MM_OK : MM_ERR_CORRUPT;
}

mm_err chain_load_validators(struct chain *chain, struct mm_reason *reason)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = chain_validators_at(view, &chain->validators, ledger_head(view));
    ledger_release(view);
    return err == MM_OK ? MM_OK : mm_fail(reason, err, "the state holds no valid validator set");
}
