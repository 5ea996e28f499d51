#include "node/import/restore.h"

#include "node/import/chain_internal.h"
#include "state/base/heap.h"

enum { GENESIS_ARENA_MAX = 256 << 20, HEADER_BYTES_MAX = 2048 };

struct chain_restore {
    struct ledger *ledger; /* owned; has the store */
    struct ledger_restore *restore;
    struct mm_arena arena; /* of the genesis */
    struct genesis genesis;
    struct validator_set validators;
    mm_hash32 genesis_hash;
};

/* ---- block 0 ---- */

static mm_err put_genesis(struct chain_restore *r, const struct header *header)
{
    struct mm_buf encoded;
    mm_buf_init(&encoded, HEADER_BYTES_MAX);
    header_encode(&encoded, header);
    mm_err err = mm_buf_err(&encoded);
    if (err == MM_OK)
        err = ledger_restore_header(r->restore,
                                    &(struct restored_header){ .hash = r->genesis_hash,
                                                               .header = mm_buf_bytes(&encoded),
                                                               .set = &r->validators });
    mm_buf_fini(&encoded);
    return err;
}

static mm_err read_genesis(struct chain_restore *r, struct header *header,
                           const struct chain_options *options, struct mm_reason *reason)
{
    struct exec_changes changes;
    MM_TRY(genesis_parse(&r->arena, &r->genesis, options->genesis_text, reason));
    if (options->chain_id != 0)
        r->genesis.chain_id = options->chain_id;
    MM_TRY(chain_make_genesis(&r->arena, header, &changes, &r->genesis, options->natives, reason));
    MM_TRY(chain_genesis_validators(&r->validators, &changes, reason));
    r->genesis_hash = header_hash(header);
    return MM_OK;
}

/* ---- life ---- */

static mm_err open_over(struct chain_restore *r, struct kv *kv, const struct chain_options *options,
                        bool *had_leavings, struct mm_reason *reason)
{
    struct header header;
    MM_TRY(read_genesis(r, &header, options, reason));
    MM_TRY(ledger_open(&r->ledger, kv, &options->ledger, reason));
    if (!ledger_is_empty(r->ledger))
        return mm_fail(reason, MM_ERR_EXISTS, "there is a chain already");
    *had_leavings = ledger_was_half_restored(r->ledger);
    mm_err err = ledger_restore_new(&r->restore, r->ledger);
    if (err == MM_OK)
        err = put_genesis(r, &header);
    return err == MM_OK
               ? MM_OK
               : mm_fail(reason, err, "the genesis block cannot be written: %s", mm_err_text(err));
}

mm_err chain_restore_open(struct chain_restore **out, struct kv *kv,
                          const struct chain_options *options, bool *had_leavings,
                          struct mm_reason *reason)
{
    struct chain_restore *r = *out = mm_heap_zeroed(1, sizeof *r);
    *had_leavings = false;
    if (r == NULL) {
        kv_close(kv);
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    }
    mm_arena_init(&r->arena, GENESIS_ARENA_MAX);
    const mm_err err = open_over(r, kv, options, had_leavings, reason);
    if (err == MM_OK)
        return MM_OK;
    if (r->ledger == NULL)
        kv_close(kv);
    chain_restore_close(r);
    *out = NULL;
    return err;
}

void chain_restore_close(struct chain_restore *r)
{
    if (r == NULL)
        return;
    ledger_restore_free(r->restore);
    ledger_close(r->ledger);
    mm_arena_fini(&r->arena);
    mm_heap_free(r);
}

struct seal_domain chain_restore_domain(const struct chain_restore *r)
{
    return (struct seal_domain){ r->genesis.chain_id, r->genesis_hash };
}

const struct validator_set *chain_restore_validators(const struct chain_restore *r)
{
    return &r->validators;
}

struct ledger_restore *chain_restore_ledger(const struct chain_restore *r)
{
    return r->restore;
}

mm_err chain_restore_finish(struct chain_restore *r, struct mm_reason *reason)
{
    return ledger_restore_finish(r->restore, r->genesis.chain_id, reason);
}

/* ---- from a chain that there is ---- */

static mm_err read_certificate(mm_bytes *encoded, struct mm_arena *arena, struct ledger_view *view,
                               uint64_t block_num)
{
    struct certificate certificate;
    struct mm_buf buf;
    *encoded = (mm_bytes){ NULL, 0 };
    if (block_num == 0)
        return MM_OK;
    MM_TRY(ledger_certificate(view, &certificate, block_num));
    mm_buf_init(&buf, HEADER_BYTES_MAX);
    certificate_encode(&buf, &certificate);
    mm_err err = mm_buf_err(&buf);
    if (err == MM_OK)
        err = mm_arena_copy(arena, encoded, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return err;
}

mm_err chain_restore_header_of(struct ledger_restore *restore, struct mm_arena *arena,
                               struct ledger_view *view, struct validator_set *before,
                               uint64_t block_num)
{
    struct header header;
    struct validator_set set;
    struct restored_header restored = { .number = block_num };
    struct mm_buf encoded;
    MM_TRY(ledger_header(view, &header, &restored.hash, block_num));
    MM_TRY(read_certificate(&restored.certificate, arena, view, block_num));
    MM_TRY(chain_validators_at(view, &set, block_num));
    const mm_hash32 now = validators_commitment(&set);
    const mm_hash32 then = validators_commitment(before);
    if (block_num == 0 || !mm_hash_equal(&now, &then))
        restored.set = &set;
    mm_buf_init(&encoded, HEADER_BYTES_MAX);
    header_encode(&encoded, &header);
    restored.header = mm_buf_bytes(&encoded);
    mm_err err = mm_buf_err(&encoded);
    if (err == MM_OK)
        err = ledger_restore_header(restore, &restored);
    mm_buf_fini(&encoded);
    *before = set;
    return err;
}
