/* The raw transaction, field by field. The cursor remembers the first thing that is wrong, so the fields are read in one go and the
 * verdict is looked at once. */
#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/chain/chain_internal.h"
#include "state/chain/tx.h"
#include "state/crypto/keccak.h"

enum {
    LEGACY_FIRST_BYTE = 0xc0, /* EIP-2718: a legacy transaction is an RLP list */
    HASH_ITEM_BYTES = 33,
    ACCESS_ITEM_BYTES_MIN = 1 + 21 + 1,            /* [address, []] */
    AUTHORIZATION_ITEM_BYTES_MIN = 1 + 21 + 5 * 1, /* [0, address, 0, 0, 0, 0] */
};

struct decoder {
    struct mm_arena *arena;
    struct tx *tx;
    bool no_memory;
    mm_bytes to;
    mm_u256 v;
    mm_u256 r;
    mm_u256 s;
};

/* An array for the items of `list`, or NULL with the cursor refused. */
static void *make_room(struct decoder *d, struct rlp *list, size_t item_bytes_min, size_t size,
                       size_t *capacity)
{
    *capacity = chain_room_for(list, item_bytes_min);
    void *items = mm_arena_alloc(d->arena, *capacity * size);
    if (items == NULL) {
        d->no_memory = true;
        rlp_refuse(list, RLP_TOO_LARGE);
    }
    return items;
}

static const mm_hash32 *read_hashes(struct decoder *d, struct rlp *r, size_t *count)
{
    *count = 0;
    struct rlp list = rlp_read_list(r);
    mm_hash32 *hashes = NULL;
    if (rlp_more(&list)) {
        size_t capacity;
        hashes = make_room(d, &list, HASH_ITEM_BYTES, sizeof *hashes, &capacity);
        while (rlp_more(&list)) {
            MM_ASSERT(*count < capacity);
            hashes[(*count)++] = rlp_read_hash(&list);
        }
    }
    (void)rlp_join(r, &list);
    return hashes;
}

static void read_access_list(struct decoder *d, struct rlp *r)
{
    struct rlp list = rlp_read_list(r);
    if (rlp_more(&list)) {
        size_t capacity;
        struct tx_access *items =
            make_room(d, &list, ACCESS_ITEM_BYTES_MIN, sizeof *items, &capacity);
        d->tx->access_list = items;
        while (rlp_more(&list)) {
            MM_ASSERT(d->tx->access_count < capacity);
            struct tx_access *access = &items[d->tx->access_count++];
            struct rlp entry = rlp_read_list(&list);
            access->addr = rlp_read_addr(&entry);
            access->slots = read_hashes(d, &entry, &access->slot_count);
            (void)rlp_join(&list, &entry);
        }
    }
    (void)rlp_join(r, &list);
}

static void read_authorizations(struct decoder *d, struct rlp *r)
{
    struct rlp list = rlp_read_list(r);
    if (rlp_more(&list)) {
        size_t capacity;
        struct tx_authorization *items =
            make_room(d, &list, AUTHORIZATION_ITEM_BYTES_MIN, sizeof *items, &capacity);
        d->tx->authorizations = items;
        while (rlp_more(&list)) {
            MM_ASSERT(d->tx->authorization_count < capacity);
            struct tx_authorization *authorization = &items[d->tx->authorization_count++];
            struct rlp entry = rlp_read_list(&list);
            authorization->chain_id = rlp_read_u256(&entry);
            authorization->addr = rlp_read_addr(&entry);
            authorization->nonce = rlp_read_u64(&entry);
            authorization->parity = rlp_read_u256(&entry);
            authorization->r = rlp_read_u256(&entry);
            authorization->s = rlp_read_u256(&entry);
            (void)rlp_join(&list, &entry);
        }
    }
    (void)rlp_join(r, &list);
}

/* The fields in the order of tx.h's table. */
static void read_fields(struct decoder *d, struct rlp *r)
{
    struct tx *tx = d->tx;
    const bool two_fees = tx->type >= TX_DYNAMIC_FEE;
    if (tx->type != TX_LEGACY)
        tx->chain_id = rlp_read_u256(r);
    tx->nonce = rlp_read_u64(r);
    if (two_fees)
        tx->priority_fee = rlp_read_u256(r);
    tx->max_fee = rlp_read_u256(r);
    if (!two_fees)
        tx->priority_fee = tx->max_fee;
    tx->gas_limit = rlp_read_u64(r);
    d->to = rlp_read_string(r, MM_TX_BYTES_MAX);
    tx->value = rlp_read_u256(r);
    tx->data = rlp_read_string(r, MM_TX_BYTES_MAX);
    if (tx->type != TX_LEGACY)
        read_access_list(d, r);
    if (tx->type == TX_BLOB) {
        tx->max_blob_fee = rlp_read_u256(r);
        tx->blob_hashes = read_hashes(d, r, &tx->blob_count);
    }
    if (tx->type == TX_SET_CODE)
        read_authorizations(d, r);
    d->v = rlp_read_u256(r);
    d->r = rlp_read_u256(r);
    d->s = rlp_read_u256(r);
}

/* EIP-4844, EIP-7702: types 3 and 4 create nothing; their `to` must be there. */
static bool set_recipient(struct tx *tx, mm_bytes to)
{
    if (to.len == sizeof tx->to.b) {
        memcpy(tx->to.b, to.ptr, sizeof tx->to.b);
        return true;
    }
    tx->creates = true;
    return to.len == 0 && tx->type <= TX_DYNAMIC_FEE;
}

/* EIP-155: v = 35 + 2 chainId + parity; before it, 27 + parity. */
static bool set_legacy_v(struct tx *tx, const mm_u256 *v)
{
    static const mm_u256 base = { { 35, 0, 0, 0 } };
    static const mm_u256 two = { { 2, 0, 0, 0 } };
    if (u256_fits_u64(v) && (v->limb[0] == 27 || v->limb[0] == 28)) {
        tx->signature.parity = v->limb[0] == 28;
        return true;
    }
    mm_u256 rest;
    if (!u256_sub(&rest, v, &base))
        return false;
    tx->has_chain_id = true;
    tx->signature.parity = rest.limb[0] & 1;
    if (u256_fits_u64(&rest))
        tx->chain_id = u256_from_u64(rest.limb[0] / 2);
    else
        u256_divmod(&tx->chain_id, NULL, &rest, &two);
    return true;
}

static bool set_typed_parity(struct tx *tx, const mm_u256 *v)
{
    tx->has_chain_id = true;
    tx->signature.parity = v->limb[0] & 1;
    return u256_fits_u64(v) && v->limb[0] <= 1;
}

bool chain_signature_in_range(const struct secp_signature *signature)
{
    /* The order of the group (SEC 2, section 2.4.1). */
    static const mm_u256 order = { { UINT64_C(0xbfd25e8cd0364141), UINT64_C(0xbaaedce6af48a03b),
                                     UINT64_C(0xfffffffffffffffe), UINT64_C(0xffffffffffffffff) } };
    const mm_u256 r = u256_from_hash(&signature->r);
    const mm_u256 s = u256_from_hash(&signature->s);
    return !u256_is_zero(&r) && !u256_is_zero(&s) && u256_compare(&r, &order) < 0 &&
           u256_compare(&s, &order) < 0 && signature->parity <= 1;
}

static enum tx_verdict read_envelope(struct decoder *d, mm_bytes raw, enum rlp_verdict *why)
{
    struct tx *tx = d->tx;
    mm_bytes list = raw;
    if (raw.ptr[0] < LEGACY_FIRST_BYTE) {
        if (raw.ptr[0] == 0 || raw.ptr[0] > TX_SET_CODE)
            return TX_TYPE_UNKNOWN;
        tx->type = (enum tx_type)raw.ptr[0];
        list = mm_bytes_from(raw.ptr + 1, raw.len - 1);
    }
    struct rlp whole = rlp_over(list);
    struct rlp fields = rlp_read_list(&whole);
    read_fields(d, &fields);
    (void)rlp_join(&whole, &fields);
    *why = rlp_finish(&whole);
    if (d->no_memory)
        return TX_NO_MEMORY;
    if (*why != RLP_OK)
        return TX_RLP;
    if (!set_recipient(tx, d->to))
        return TX_TO_SIZE;
    tx->signature.r = u256_to_hash(&d->r);
    tx->signature.s = u256_to_hash(&d->s);
    const bool v_is_legal =
        tx->type == TX_LEGACY ? set_legacy_v(tx, &d->v) : set_typed_parity(tx, &d->v);
    if (!v_is_legal || !chain_signature_in_range(&tx->signature))
        return TX_SIGNATURE_VALUES;
    return TX_OK;
}

enum tx_verdict chain_tx_read(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                              enum rlp_verdict *why)
{
    *tx = (struct tx){ .type = TX_LEGACY };
    *why = RLP_OK;
    if (raw.len == 0)
        return TX_EMPTY;
    if (raw.len > MM_TX_BYTES_MAX)
        return TX_TOO_LARGE;
    struct decoder d = { .arena = arena, .tx = tx };
    const enum tx_verdict verdict = read_envelope(&d, raw, why);
    if (verdict != TX_RLP)
        *why = RLP_OK;
    if (verdict != TX_OK)
        *tx = (struct tx){ .type = TX_LEGACY };
    return verdict;
}

enum tx_verdict tx_decode(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                          enum rlp_verdict *why)
{
    enum rlp_verdict unasked;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    mm_bytes copy = { NULL, 0 };
    enum tx_verdict verdict = raw.len > MM_TX_BYTES_MAX ? TX_TOO_LARGE : TX_NO_MEMORY;
    *tx = (struct tx){ .type = TX_LEGACY };
    if (why == NULL)
        why = &unasked;
    *why = RLP_OK;
    if (raw.len <= MM_TX_BYTES_MAX && mm_arena_copy(arena, &copy, raw) == MM_OK)
        verdict = chain_tx_read(arena, tx, copy, why);
    if (verdict != TX_OK) {
        mm_arena_rewind(arena, mark);
        return verdict;
    }
    tx->raw = copy;
    tx->hash = keccak256(copy);
    return TX_OK;
}

enum tx_verdict tx_decode_known(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                                const mm_hash32 *hash)
{
    enum rlp_verdict why;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    const enum tx_verdict verdict = chain_tx_read(arena, tx, raw, &why);
    if (verdict != TX_OK) {
        mm_arena_rewind(arena, mark);
        return verdict;
    }
    tx->raw = raw;
    tx->hash = *hash;
    return TX_OK;
}
