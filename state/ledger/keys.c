#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

static void add(struct ledger_key *key, const void *bytes, size_t len)
{
    MM_ASSERT(key->len + len <= sizeof key->b);
    if (len > 0)
        memcpy(key->b + key->len, bytes, len);
    key->len += len;
}

static void add_byte(struct ledger_key *key, uint8_t byte)
{
    add(key, &byte, 1);
}

static void add_u64(struct ledger_key *key, uint64_t value)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, value);
    add(key, bytes, sizeof bytes);
}

static void add_u32(struct ledger_key *key, uint32_t value)
{
    uint8_t bytes[4];
    mm_put_be32(bytes, value);
    add(key, bytes, sizeof bytes);
}

struct ledger_key key_meta(const char *name)
{
    struct ledger_key key = { .len = 0 };
    add(&key, name, strlen(name));
    return key;
}

struct ledger_key key_block_part(uint64_t block_num, enum block_part part)
{
    struct ledger_key key = { .len = 0 };
    add_u64(&key, block_num);
    add_byte(&key, (uint8_t)part);
    return key;
}

struct ledger_key key_body(uint64_t block_num, uint32_t chunk)
{
    struct ledger_key key = key_block_part(block_num, BLOCK_BODY);
    add_u32(&key, chunk);
    return key;
}

struct ledger_key key_receipts(uint64_t block_num, uint32_t chunk)
{
    struct ledger_key key = { .len = 0 };
    add_u64(&key, block_num);
    add_u32(&key, chunk);
    return key;
}

struct ledger_key key_block_hash(const mm_hash32 *hash)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 'b');
    add(&key, hash->b, sizeof hash->b);
    return key;
}

struct ledger_key key_tx_hash(const mm_hash32 *hash)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 't');
    add(&key, hash->b, sizeof hash->b);
    return key;
}

struct ledger_key key_account(const mm_hash32 *addr_key)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 'a');
    add(&key, addr_key->b, sizeof addr_key->b);
    return key;
}

struct ledger_key key_slot(const mm_hash32 *addr_key, const mm_hash32 *slot_key)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 's');
    add(&key, addr_key->b, sizeof addr_key->b);
    add(&key, slot_key->b, sizeof slot_key->b);
    return key;
}

struct ledger_key key_code(const mm_hash32 *code_hash)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 'c');
    add(&key, code_hash->b, sizeof code_hash->b);
    return key;
}

/* The number of nibbles stands before them: keys of one length class have one length, so that no key is the beginning of
 * another, and a history seek cannot land on a stranger's record. */
struct ledger_key key_node(const mm_hash32 *addr_key, mm_bytes path)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, addr_key == NULL ? 'A' : 'S');
    if (addr_key != NULL)
        add(&key, addr_key->b, sizeof addr_key->b);
    MM_ASSERT(path.len <= 64);
    add_byte(&key, (uint8_t)path.len);
    for (size_t i = 0; i < path.len; i += 2) {
        const uint8_t low = i + 1 < path.len ? path.ptr[i + 1] : 0;
        add_byte(&key, (uint8_t)(path.ptr[i] << 4 | low));
    }
    return key;
}

struct ledger_key key_restored_set(uint64_t block_num)
{
    struct ledger_key key = key_meta("set/");
    add_u64(&key, block_num);
    return key;
}

struct ledger_key key_state_history(mm_bytes state_key, uint64_t block_num)
{
    struct ledger_key key = { .len = 0 };
    add(&key, state_key.ptr, state_key.len);
    add_u64(&key, block_num);
    return key;
}

struct ledger_key key_epoch(uint64_t epoch)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 'e');
    add_u64(&key, epoch);
    return key;
}

struct ledger_key key_epoch_part(uint64_t epoch, enum epoch_part part)
{
    struct ledger_key key = key_epoch(epoch);
    add_byte(&key, (uint8_t)part);
    return key;
}

struct ledger_key key_flush(uint64_t epoch, enum epoch_part part, uint64_t last_block)
{
    struct ledger_key key = key_epoch_part(epoch, part);
    add_u64(&key, last_block);
    return key;
}

struct ledger_key key_gone(mm_bytes node_key, uint64_t block_num)
{
    struct ledger_key key = key_epoch_part(block_num / EPOCH_BLOCKS, EPOCH_GONE);
    add(&key, node_key.ptr, node_key.len);
    add_u64(&key, block_num);
    return key;
}

struct ledger_key key_deltas(uint64_t epoch, uint64_t last_block, mm_bytes node_key,
                             uint64_t block_num)
{
    struct ledger_key key = key_flush(epoch, EPOCH_DELTAS, last_block);
    add(&key, node_key.ptr, node_key.len);
    add_u64(&key, block_num);
    return key;
}

struct ledger_key key_stamp(uint64_t era, uint64_t block_num)
{
    struct ledger_key key = { .len = 0 };
    add_byte(&key, 'h'); /* no key of the flat state begins so */
    add_u64(&key, era);
    add_u64(&key, block_num);
    return key;
}

struct ledger_key key_log_index(uint64_t row, uint64_t block_num)
{
    struct ledger_key key = { .len = 0 };
    add_u64(&key, row);
    add_u64(&key, block_num);
    return key;
}
