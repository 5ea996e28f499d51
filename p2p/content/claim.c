#include "p2p/content/claim.h"

#include "p2p/content/store_internal.h"
#include "state/base/endian.h"

/* chain 8 | collection 20 | token 32 */
enum { PREFIX_BYTES = 6, ROW_BYTES = 8 + 20 + 32 };

struct claim_key {
    uint8_t bytes[PREFIX_BYTES + 20];
};

static struct claim_key key_of(const mm_addr *addr)
{
    struct claim_key key;
    memcpy(key.bytes, "claim/", PREFIX_BYTES);
    memcpy(key.bytes + PREFIX_BYTES, addr->b, 20);
    return key;
}

mm_err content_claim_get(struct content *content, struct content_claim *out, const mm_addr *addr)
{
    const struct claim_key key = key_of(addr);
    uint8_t row[ROW_BYTES];
    *out = (struct content_claim){ .chain_id = 0 };
    MM_TRY(store_get_small(content, row, sizeof row, FAMILY_META, MM_BYTES_OF(key.bytes)));
    out->chain_id = mm_get_be64(row);
    memcpy(out->token.contract.b, row + 8, 20);
    memcpy(out->token.token_id.b, row + 28, 32);
    return MM_OK;
}

mm_err content_claim_put(struct content *content, const struct content_claim *claim,
                         const mm_addr *addr)
{
    const struct claim_key key = key_of(addr);
    uint8_t row[ROW_BYTES];
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    mm_put_be64(row, claim->chain_id);
    memcpy(row + 8, claim->token.contract.b, 20);
    memcpy(row + 28, claim->token.token_id.b, 32);
    kv_batch_put(batch, FAMILY_META, MM_BYTES_OF(key.bytes), MM_BYTES_OF(row));
    const mm_err err = store_write(content, batch, KV_SYNCED);
    kv_batch_free(batch);
    return err;
}

mm_err content_claim_del(struct content *content, const mm_addr *addr)
{
    const struct claim_key key = key_of(addr);
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    kv_batch_del(batch, FAMILY_META, MM_BYTES_OF(key.bytes));
    const mm_err err = store_write(content, batch, KV_SYNCED);
    kv_batch_free(batch);
    return err;
}
