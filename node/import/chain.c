#include "node/import/chain.h"

#include "node/import/chain_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "state/exec/genesis_run.h"

enum {
    GENESIS_ARENA_MAX = 256 << 20, /* a genesis exported from a large chain */
    BLOCK_ARENA_MAX = 1 << 30,
};

mm_err chain_make_genesis(struct mm_arena *arena, struct header *header,
                          struct exec_changes *changes, const struct genesis *genesis,
                          const struct exec_natives *natives, struct mm_reason *reason)
{
    struct validator_set set;
    mm_hash32 root;
    MM_TRY(exec_genesis(arena, changes, genesis, natives, reason));
    MM_TRY(chain_genesis_validators(&set, changes, reason));
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
    chain_set_tx_chain_id(chain, ledger_chain_id(chain->ledger));
    MM_TRY(chain_load_snapshots(chain, reason));
    MM_TRY(recover(chain, &opened->replayed, reason));
    MM_TRY(chain_load_validators(chain, reason));
    return chain_load_edits(chain);
}

static void release(struct chain *chain)
{
    mm_heap_free(chain->edits);
    mm_heap_free(chain->snapshots.items);
    chain_candidates_fini(chain);
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
    chain_candidates_init(chain);
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

const struct secp_secret *chain_sealer(const struct chain *chain)
{
    return chain->sealer;
}

bool chain_seals_alone(const struct chain *chain)
{
    if (chain->sealer == NULL || validators_quorum(chain->validators.count) != 1)
        return false;
    const mm_addr sealer = secp_secret_addr(chain->sealer);
    return validators_has(&chain->validators, &sealer);
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

void chain_know_senders(struct chain *chain, const struct chain_senders *senders)
{
    chain->senders = *senders;
}

uint64_t chain_tx_chain_id(const struct chain *chain)
{
    return atomic_load_explicit(&chain->tx_chain_id, memory_order_relaxed);
}

void chain_set_tx_chain_id(struct chain *chain, uint64_t chain_id)
{
    chain_drop_all(chain); /* they were executed with another */
    atomic_store_explicit(&chain->tx_chain_id, chain_id, memory_order_relaxed);
}
