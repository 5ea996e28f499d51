/* The safety record on disk. */
#include <stdio.h>

#include "node/consensus/consensus_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

#define RECORD_NOTE "qbft/record"
#define BLOCK_NOTE "qbft/block/"

/* An empty list: nothing was signed after the head. One with an empty list in it: nothing was signed here. */
static const uint8_t NOTHING[] = { 0xc0 };
static const uint8_t BIRTH[] = { 0xc1, 0xc0 };

static void name_block(char name[BLOCK_NAME_BYTES], const mm_hash32 *hash)
{
    (void)snprintf(name, BLOCK_NAME_BYTES, BLOCK_NOTE);
    hex_encode(name + sizeof BLOCK_NOTE - 1, mm_bytes_hash(hash));
    name[BLOCK_NAME_BYTES - 1] = '\0';
}

static bool keeps(const struct kept_blocks *kept, const mm_hash32 *hash)
{
    for (size_t i = 0; i < kept->count; i++) {
        if (mm_hash_equal(&kept->hashes[i], hash))
            return true;
    }
    return false;
}

static void add_block(struct record_notes *notes, const mm_hash32 *hash, mm_bytes value)
{
    char *name = notes->names[notes->name_count++];
    name_block(name, hash);
    notes->notes[notes->count++] = (struct ledger_note){ name, value };
}

/* Blocks that are kept and not among these. */
static void drop_others(const struct consensus *c, struct record_notes *notes)
{
    for (size_t i = 0; i < c->kept.count; i++) {
        if (!keeps(&notes->kept, &c->kept.hashes[i]))
            add_block(notes, &c->kept.hashes[i], (mm_bytes){ NULL, 0 });
    }
}

void consensus_record_notes(const struct consensus *c, struct record_notes *notes,
                            const struct qbft_result *result)
{
    notes->count = 0;
    notes->name_count = 0;
    notes->kept.count = 0;
    notes->notes[notes->count++] = (struct ledger_note){ RECORD_NOTE, result->record };
    for (size_t i = 0; i < result->record_block_count; i++) {
        const struct qbft_block *block = result->record_blocks[i];
        if (keeps(&notes->kept, &block->hash)) /* two copies of one block */
            continue;
        notes->kept.hashes[notes->kept.count++] = block->hash;
        if (!keeps(&c->kept, &block->hash))
            add_block(notes, &block->hash, mm_bytes_from(block->bytes, block->len));
    }
    drop_others(c, notes);
}

static void set_record(const struct consensus *c, struct record_notes *notes, mm_bytes value)
{
    notes->count = 0;
    notes->name_count = 0;
    notes->kept.count = 0;
    notes->notes[notes->count++] = (struct ledger_note){ RECORD_NOTE, value };
    drop_others(c, notes);
}

void consensus_clean_notes(const struct consensus *c, struct record_notes *notes)
{
    set_record(c, notes, MM_BYTES_OF(NOTHING));
}

void consensus_birth_notes(const struct consensus *c, struct record_notes *notes)
{
    set_record(c, notes, MM_BYTES_OF(BIRTH));
}

mm_err consensus_write_notes(struct consensus *c, const struct record_notes *notes)
{
    MM_TRY(ledger_set_notes(chain_ledger(c->options.chain), notes->notes, notes->count));
    c->kept = notes->kept;
    return MM_OK;
}

/* ---- reading ---- */

struct finding {
    struct ledger *ledger;
    struct mm_arena *arena;
    mm_err err;
};

static struct qbft_block *find_block(void *ctx, const mm_hash32 *hash)
{
    struct finding *finding = ctx;
    char name[BLOCK_NAME_BYTES];
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    mm_bytes encoded;
    name_block(name, hash);
    const mm_err err = ledger_note(finding->ledger, finding->arena, &encoded, name);
    if (err != MM_OK)
        finding->err = err;
    else if (!qbft_block_new(&block, encoded, &verdict) && verdict == RLP_OK)
        finding->err = MM_ERR_NO_MEMORY;
    return block;
}

/* Their names, so that the next record ends those that it does not name. More than there can be are not ours. */
static mm_err list_block(void *ctx, mm_bytes name, mm_bytes value)
{
    struct consensus *c = ctx;
    mm_hash32 hash;
    (void)value;
    if (c->kept.count == MM_COUNT_OF(c->kept.hashes) || name.len != 2 * sizeof hash.b ||
        !hex_decode(hash.b, name))
        return MM_ERR_CORRUPT;
    c->kept.hashes[c->kept.count++] = hash;
    return MM_OK;
}

static enum record_state read_record(struct consensus *c, mm_bytes record, struct finding *finding)
{
    if (record.len == 0)
        return RECORD_NONE;
    if (mm_bytes_equal(record, MM_BYTES_OF(BIRTH)))
        return RECORD_BORN;
    return mm_bytes_equal(record, MM_BYTES_OF(NOTHING)) ||
                   qbft_restore(c->machine, record, find_block, finding)
               ? RECORD_KNOWN
               : RECORD_UNREADABLE;
}

static mm_err restore(struct consensus *c, struct mm_arena *arena, enum record_state *state)
{
    struct ledger *ledger = chain_ledger(c->options.chain);
    struct finding finding = { ledger, arena, MM_OK };
    mm_bytes record;
    MM_TRY(ledger_each_note(ledger, BLOCK_NOTE, list_block, c));
    MM_TRY(ledger_note(ledger, arena, &record, RECORD_NOTE));
    *state = read_record(c, record, &finding);
    return finding.err;
}

mm_err consensus_restore(struct consensus *c, enum record_state *state)
{
    struct mm_arena arena;
    *state = RECORD_NONE;
    mm_arena_init(&arena, (QBFT_RECORD_BLOCKS_MAX + 1) * (size_t)QBFT_MESSAGE_BYTES_MAX);
    const mm_err err = restore(c, &arena, state);
    mm_arena_fini(&arena);
    return err;
}
