#include "node/import/chain.h"

#include "node/import/chain_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/exec/genesis_run.h"

enum {
    GENESIS_ARENA_MAX = 256 << 20, /* a genesis exported from a large chain */
    BLOCK_ARENA_MAX = 1 << 30,
};

/* "mintmark", zeros, 0bf7 */
const mm_addr CHAIN_VALIDATORS_ADDR = {
    { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xf7 }
};

/* solc's layout of an address[] in slot 0: the length there, the entries from keccak256(pad32(0)) on. */
mm_err chain_read_validators(struct ledger_view *view, struct validator_set *set,
                             uint64_t block_num)
{
    *set = (struct validator_set){ 0 };
    struct ledger_state state;
    ledger_state_init(&state, view, block_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&CHAIN_VALIDATORS_ADDR));
    const mm_hash32 zero = { { 0 } };
    const mm_hash32 length_key = keccak256(mm_bytes_hash(&zero));
    const mm_u256 first = u256_from_hash(&length_key);
    mm_u256 value;
    mm_err err = exec_view.slot(exec_view.ctx, &value, &addr_key, &length_key);
    if (err == MM_OK && (!u256_fits_u64(&value) || value.limb[0] > MM_VALIDATORS_MAX))
        err = MM_ERR_CORRUPT;
    const size_t count = err == MM_OK ? value.limb[0] : 0;
    for (size_t i = 0; err == MM_OK && i < count; i++) {
        const mm_u256 offset = u256_from_u64(i);
        const mm_u256 slot = u256_wrapping_add(&first, &offset);
        const mm_hash32 word = u256_to_hash(&slot);
        const mm_hash32 slot_key = keccak256(mm_bytes_hash(&word));
        err = exec_view.slot(exec_view.ctx, &value, &addr_key, &slot_key);
        set->addrs[i] = u256_to_addr(&value);
    }
    ledger_state_fini(&state);
    set->count = err == MM_OK ? count : 0;
    return err;
}

/* The set in the changes of genesis: the storage that the validators account was given. */
static mm_err genesis_validators(struct validator_set *set, const struct exec_changes *changes,
                                 struct mm_reason *reason)
{
    *set = (struct validator_set){ 0 };
    const mm_hash32 zero = { { 0 } };
    const mm_hash32 first_hash = keccak256(mm_bytes_hash(&zero));
    const mm_u256 first = u256_from_hash(&first_hash);
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        if (!mm_addr_equal(&change->addr, &CHAIN_VALIDATORS_ADDR))
            continue;
        for (size_t j = 0; j < change->slot_count; j++) {
            const mm_u256 index = u256_wrapping_sub(&change->slots[j].slot, &first);
            if (!u256_fits_u64(&index) || index.limb[0] >= MM_VALIDATORS_MAX)
                continue;
            set->addrs[index.limb[0]] = u256_to_addr(&change->slots[j].after);
            if (set->count <= index.limb[0])
                set->count = index.limb[0] + 1;
        }
    }
    if (!validators_is_valid(set))
        return mm_fail(reason, MM_ERR_INVALID,
                       "alloc: no validators account at 0x6d696e746d61726b000000000000000000000bf7 "
                       "with 1 to %d validators",
                       MM_VALIDATORS_MAX);
    return MM_OK;
}

mm_err chain_make_genesis(struct mm_arena *arena, struct header *header,
                          struct exec_changes *changes, const struct genesis *genesis,
                          const struct exec_natives *natives, struct mm_reason *reason)
{
    struct validator_set set;
    mm_hash32 root;
    MM_TRY(exec_genesis(arena, changes, genesis, natives, reason));
    MM_TRY(genesis_validators(&set, changes, reason));
    const mm_hash32 commitment = validators_commitment(&set);
    if (genesis->has_extra && memcmp(genesis->extra, commitment.b, sizeof commitment.b) != 0)
        return mm_fail(reason, MM_ERR_INVALID,
                       "extraData: does not commit to the validator set of alloc");
    MM_TRY(ledger_genesis_root(arena, &root, changes));
    genesis_header(header, genesis, &root, &commitment);
    return MM_OK;
}

/* ---- opening ---- */

static mm_err create(struct chain *chain, const struct header *header, struct exec_changes *changes,
                     struct mm_reason *reason)
{
    const mm_err err = ledger_create(chain->ledger, chain->genesis.chain_id, header, changes);
    return err == MM_OK
               ? MM_OK
               : mm_fail(reason, err, "the genesis block cannot be written: %s", mm_err_text(err));
}

static mm_err check_genesis(struct chain *chain, bool *is_new, struct mm_reason *reason)
{
    struct header header;
    struct exec_changes changes;
    *is_new = ledger_is_empty(chain->ledger);
    MM_TRY(chain_make_genesis(&chain->genesis_arena, &header, &changes, &chain->genesis,
                              chain->natives, reason));
    if (*is_new)
        return create(chain, &header, &changes, reason);
    const mm_hash32 ours = header_hash(&header);
    const mm_hash32 stored = ledger_genesis_hash(chain->ledger);
    if (mm_hash_equal(&ours, &stored))
        return MM_OK;
    char digits[2][64];
    hex_encode(digits[0], mm_bytes_hash(&stored));
    hex_encode(digits[1], mm_bytes_hash(&ours));
    return mm_fail(reason, MM_ERR_INVALID,
                   "the database is of another genesis: it has block 0 0x%.64s, the genesis file "
                   "gives 0x%.64s",
                   digits[0], digits[1]);
}

/* Blocks that were acknowledged but whose state was not written behind yet. */
static mm_err recover(struct chain *chain, uint64_t *replayed, struct mm_reason *reason)
{
    *replayed = 0;
    const uint64_t stored = ledger_stored(chain->ledger);
    for (uint64_t block_num = ledger_flushed(chain->ledger) + 1; block_num <= stored; block_num++) {
        struct block block;
        struct certificate certificate;
        mm_bytes edits;
        mm_arena_reset(&chain->arena);
        const mm_err err = ledger_stored_block(chain->ledger, &chain->arena, &block, &certificate,
                                               &edits, block_num);
        if (err != MM_OK)
            return mm_fail(reason, err, "block %llu cannot be read: %s",
                           (unsigned long long)block_num, mm_err_text(err));
        MM_TRY(chain_replay_block(chain->ledger, chain->natives, &chain->arena, &block,
                                  &certificate, edits, reason));
        if (ledger_wants_flush(chain->ledger))
            MM_TRY(ledger_flush_all(chain->ledger));
        ++*replayed;
    }
    mm_arena_reset(&chain->arena);
    return *replayed == 0 ? MM_OK : ledger_flush_all(chain->ledger);
}

static mm_err load_validators(struct chain *chain, struct mm_reason *reason)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = chain_read_validators(view, &chain->validators, ledger_head(view));
    ledger_release(view);
    if (err == MM_OK && !validators_is_valid(&chain->validators))
        return mm_fail(reason, MM_ERR_CORRUPT, "the state holds no valid validator set");
    return err;
}

static mm_err parse_genesis(struct chain *chain, const struct chain_options *options,
                            struct mm_reason *reason)
{
    struct mm_reason why = { .text = "" };
    const mm_err err =
        genesis_parse(&chain->genesis_arena, &chain->genesis, options->genesis_text, &why);
    const bool has_path = options->genesis_path != NULL && options->genesis_path[0] != '\0';
    if (err == MM_OK)
        return MM_OK;
    return mm_fail(reason, err, "%.100s%s%s", has_path ? options->genesis_path : "",
                   has_path ? ": " : "", why.text[0] != '\0' ? why.text : mm_err_text(err));
}

static mm_err open_over(struct chain *chain, struct kv *kv, const struct chain_options *options,
                        struct chain_opened *opened, struct mm_reason *reason)
{
    MM_TRY(parse_genesis(chain, options, reason));
    if (options->chain_id != 0)
        chain->genesis.chain_id = options->chain_id;
    MM_TRY(ledger_open(&chain->ledger, kv, &options->ledger, reason));
    if (!ledger_is_empty(chain->ledger)) {
        const uint64_t stored = ledger_chain_id(chain->ledger);
        if (options->chain_id != 0 && options->chain_id != stored)
            return mm_fail(reason, MM_ERR_INVALID, "the database has chain id %llu, not %llu",
                           (unsigned long long)stored, (unsigned long long)options->chain_id);
        chain->genesis.chain_id = stored;
    }
    MM_TRY(check_genesis(chain, &opened->is_new, reason));
    MM_TRY(chain_load_snapshots(chain, reason));
    MM_TRY(recover(chain, &opened->replayed, reason));
    MM_TRY(load_validators(chain, reason));
    return chain_load_edits(chain);
}

static void release(struct chain *chain)
{
    mm_heap_free(chain->edits);
    mm_heap_free(chain->snapshots.items);
    mm_arena_fini(&chain->arena);
    mm_arena_fini(&chain->genesis_arena);
    mm_heap_free(chain);
}

mm_err chain_open(struct chain **out, struct kv *kv, const struct chain_options *options,
                  struct chain_opened *opened, struct mm_reason *reason)
{
    *out = NULL;
    *opened = (struct chain_opened){ 0 };
    struct chain *chain = mm_heap_zeroed(1, sizeof *chain);
    if (chain == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    chain->natives = options->natives;
    chain->sealer = options->sealer;
    mm_arena_init(&chain->genesis_arena, GENESIS_ARENA_MAX);
    mm_arena_init(&chain->arena, BLOCK_ARENA_MAX);
    (void)mm_fail(reason, MM_OK, "%s", "");
    const mm_err err = open_over(chain, kv, options, opened, reason);
    if (err != MM_OK) {
        if (reason != NULL && reason->text[0] == '\0')
            (void)mm_fail(reason, err, "the chain cannot be opened: %s", mm_err_text(err));
        if (chain->ledger != NULL) {
            ledger_close(chain->ledger); /* and the store with it */
        } else {
            kv_close(kv);
        }
        release(chain);
        return err;
    }
    *out = chain;
    return MM_OK;
}

mm_err chain_close(struct chain *chain)
{
    if (chain == NULL)
        return MM_OK;
    const mm_err err = ledger_flush_all(chain->ledger);
    ledger_close(chain->ledger);
    release(chain);
    return err;
}

void chain_abandon(struct chain *chain)
{
    if (chain == NULL)
        return;
    ledger_close(chain->ledger);
    release(chain);
}

struct ledger *chain_ledger(const struct chain *chain)
{
    return chain->ledger;
}

const struct genesis *chain_genesis(const struct chain *chain)
{
    return &chain->genesis;
}

const struct validator_set *chain_validators(const struct chain *chain)
{
    return &chain->validators;
}

const struct exec_natives *chain_natives(const struct chain *chain)
{
    return chain->natives;
}

struct seal_domain chain_seal_domain(const struct chain *chain)
{
    return (struct seal_domain){ ledger_chain_id(chain->ledger),
                                 ledger_genesis_hash(chain->ledger) };
}
