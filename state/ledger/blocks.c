/* Reading blocks back: headers, certificates, edits, and where things are. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

mm_err block_read_header(struct ledger *ledger, struct era *era, struct mm_buf *scratch,
                         struct header *header, uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_HEADER);
    MM_TRY(ledger_must_be_there(era_read(era, ledger->kv, scratch, &key)));
    struct rlp r = rlp_over(mm_buf_bytes(scratch));
    header_read(&r, header);
    return rlp_finish(&r) == RLP_OK && header->number == block_num ? MM_OK : MM_ERR_CORRUPT;
}

mm_err ledger_header(struct ledger_view *view, struct header *header, mm_hash32 *hash,
                     uint64_t block_num)
{
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    if (block_num == view->head) {
        *header = view->header;
        *hash = view->head_hash;
        return MM_OK;
    }
    struct mm_buf scratch;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    const mm_err err = block_read_header(view->ledger, view->era, &scratch, header, block_num);
    if (err == MM_OK)
        *hash = header_hash(header);
    mm_buf_fini(&scratch);
    return err;
}

/* ---- hash and time ---- */

struct stamp {
    mm_hash32 hash;
    uint64_t timestamp;
};

enum { STAMP_BYTES = 32 + 8 };

static void stamp_encode(uint8_t out[STAMP_BYTES], const struct stamp *stamp)
{
    memcpy(out, stamp->hash.b, 32);
    mm_put_be64(out + 32, stamp->timestamp);
}

/* Within an era a block does not change, so what is remembered of it under the era's number stays true. */
mm_err ledger_stamp(struct ledger_view *view, mm_hash32 *hash, uint64_t *timestamp,
                    uint64_t block_num)
{
    struct stamp stamp = { view->head_hash, view->header.timestamp };
    if (block_num > view->head)
        return MM_ERR_NOT_FOUND;
    if (block_num < view->head) {
        const struct pin *pin = view->pin;
        const struct ledger_key key = key_stamp(view->era->number, block_num);
        const uint64_t place = tail_hash(LEDGER_BLOCK, key_bytes(&key));
        struct flat_value known;
        if (flat_cache_find(pin->cache, &known, pin->turn, place, key_bytes(&key))) {
            MM_ASSERT(known.len == STAMP_BYTES);
            memcpy(stamp.hash.b, known.b, 32);
            stamp.timestamp = mm_get_be64(known.b + 32);
        } else {
            struct header header;
            uint8_t encoded[STAMP_BYTES];
            const mm_bytes value = MM_BYTES_OF(encoded);
            MM_TRY(ledger_header(view, &header, &stamp.hash, block_num));
            stamp.timestamp = header.timestamp;
            stamp_encode(encoded, &stamp);
            flat_cache_add(pin->cache, pin->turn, place, key_bytes(&key), &value);
        }
    }
    *hash = stamp.hash;
    *timestamp = stamp.timestamp;
    return MM_OK;
}

/* ---- lookups ---- */

struct place {
    uint64_t block_num;
    size_t index;
};

static mm_err see_place(void *ctx, mm_bytes value)
{
    struct place *place = ctx;
    return record_place_decode(&place->block_num, &place->index, value);
}

static mm_err find_place(struct ledger_view *view, uint64_t *block_num, size_t *index,
                         const struct ledger_key *key)
{
    struct place place = { 0 };
    MM_TRY(view_look(view, LEDGER_LOOKUP, key_bytes(key), see_place, &place));
    *block_num = place.block_num;
    *index = place.index;
    return MM_OK;
}

mm_err ledger_find_block(struct ledger_view *view, uint64_t *block_num, const mm_hash32 *hash)
{
    const struct ledger_key key = key_block_hash(hash);
    size_t index;
    *block_num = 0;
    return find_place(view, block_num, &index, &key);
}

mm_err ledger_find_tx(struct ledger_view *view, uint64_t *block_num, size_t *index,
                      const mm_hash32 *hash)
{
    const struct ledger_key key = key_tx_hash(hash);
    *block_num = 0;
    *index = 0;
    return find_place(view, block_num, index, &key);
}

mm_err block_read_certificate(struct ledger *ledger, struct era *era, struct mm_buf *scratch,
                              struct certificate *certificate, uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_CERTIFICATE);
    MM_TRY(ledger_must_be_there(era_read(era, ledger->kv, scratch, &key)));
    struct rlp r = rlp_over(mm_buf_bytes(scratch));
    certificate_read(&r, certificate);
    return rlp_finish(&r) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

mm_err ledger_certificate(struct ledger_view *view, struct certificate *certificate,
                          uint64_t block_num)
{
    *certificate = (struct certificate){ 0 };
    if (block_num == 0 || block_num > view->head)
        return MM_ERR_NOT_FOUND;
    struct mm_buf scratch;
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    const mm_err err =
        block_read_certificate(view->ledger, view->era, &scratch, certificate, block_num);
    mm_buf_fini(&scratch);
    return err;
}

mm_err block_read_edits(struct ledger *ledger, struct era *era, struct mm_arena *arena,
                        mm_bytes *edits, uint64_t block_num)
{
    struct mm_buf value;
    mm_buf_init(&value, 64 << 20);
    const struct ledger_key key = key_block_part(block_num, BLOCK_EDITS);
    mm_err err = era_read(era, ledger->kv, &value, &key);
    *edits = (mm_bytes){ NULL, 0 };
    if (err == MM_OK)
        err = mm_arena_copy(arena, edits, mm_buf_bytes(&value));
    else if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    mm_buf_fini(&value);
    return err;
}

mm_err ledger_edits(struct ledger_view *view, struct mm_arena *arena, mm_bytes *edits,
                    uint64_t block_num)
{
    return block_read_edits(view->ledger, view->era, arena, edits, block_num);
}

mm_err ledger_waiting_edits(struct ledger *ledger, struct mm_arena *arena, mm_bytes *edits)
{
    return block_read_edits(ledger, NULL, arena, edits, ledger->stored + 1);
}
