#include "p2p/content/avatar.h"

#include "p2p/content/store_internal.h"
#include "state/base/endian.h"
#include "state/codec/hex.h"

enum { PREFIX_BYTES = 7, ROW_BYTES_MAX = 1 + 8 + 8 + 8 + CID_BYTES_MAX, OWNER_BYTES = 9 + 40 };

struct avatar_key {
    uint8_t bytes[PREFIX_BYTES + 20];
};

static struct avatar_key key_of(const mm_addr *addr)
{
    struct avatar_key key;
    memcpy(key.bytes, "avatar/", PREFIX_BYTES);
    memcpy(key.bytes + PREFIX_BYTES, addr->b, 20);
    return key;
}

/* As `pin ls` shows it: "avatar/0x" and 40 digits. */
static mm_bytes owner_of(char out[OWNER_BYTES], const mm_addr *addr)
{
    memcpy(out, "avatar/0x", OWNER_BYTES - 40);
    hex_encode(out + OWNER_BYTES - 40, mm_bytes_addr(addr));
    return mm_bytes_from(out, OWNER_BYTES);
}

/* type 1 | bytes 8 | time 8 | expiry 8 | CID */
static mm_err decode(struct content_avatar *out, mm_bytes row)
{
    if (row.len < 25 || row.ptr[0] > FILETYPE_TEXT ||
        cid_decode(&out->cid, mm_bytes_from(row.ptr + 25, row.len - 25)) != CID_OK)
        return MM_ERR_CORRUPT;
    out->type = (enum filetype)row.ptr[0];
    out->bytes = mm_get_be64(row.ptr + 1);
    out->time_ms = mm_get_be64(row.ptr + 9);
    out->expires_s = mm_get_be64(row.ptr + 17);
    return MM_OK;
}

mm_err content_avatar_get(struct content *content, struct content_avatar *out, const mm_addr *addr)
{
    *out = (struct content_avatar){ .bytes = 0 };
    const struct avatar_key key = key_of(addr);
    struct mm_buf row;
    mm_buf_init(&row, ROW_BYTES_MAX);
    mm_err err = kv_get(content->kv, NULL, FAMILY_META, MM_BYTES_OF(key.bytes), &row);
    if (err == MM_OK)
        err = decode(out, mm_buf_bytes(&row));
    mm_buf_fini(&row);
    return err;
}

/* The caller holds the lock. */
static mm_err fill(struct content *content, struct kv_batch *batch,
                   const struct content_avatar *avatar, const mm_addr *addr)
{
    const struct avatar_key key = key_of(addr);
    char owner[OWNER_BYTES];
    struct content_avatar old;
    const mm_err found = content_avatar_get(content, &old, addr);
    if (found != MM_OK && found != MM_ERR_NOT_FOUND)
        return found;
    if (found == MM_OK && avatar->expires_s != 0 && old.expires_s >= avatar->expires_s)
        return MM_ERR_EXISTS;
    struct content_pin pin = { .root = old.cid,
                               .kind = CONTENT_PIN_USER,
                               .depth = CONTENT_PIN_RECURSIVE,
                               .owner = owner_of(owner, addr) };
    if (found == MM_OK)
        store_del_pin(batch, &pin);
    pin.root = avatar->cid;
    store_put_pin(batch, &pin);
    store_tell_collection(content, batch, &pin);
    uint8_t row[ROW_BYTES_MAX];
    row[0] = (uint8_t)avatar->type;
    mm_put_be64(row + 1, avatar->bytes);
    mm_put_be64(row + 9, avatar->time_ms);
    mm_put_be64(row + 17, avatar->expires_s != 0 ? avatar->expires_s : old.expires_s);
    const size_t len = 25 + cid_encode(row + 25, &avatar->cid);
    kv_batch_put(batch, FAMILY_META, MM_BYTES_OF(key.bytes), mm_bytes_from(row, len));
    return MM_OK;
}

mm_err content_avatar_put(struct content *content, const struct content_avatar *avatar,
                          const mm_addr *addr)
{
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_lock(content);
    mm_err err = fill(content, batch, avatar, addr);
    if (err == MM_OK)
        err = kv_write(content->kv, batch, KV_SYNCED);
    store_unlock(content);
    kv_batch_free(batch);
    return err;
}
