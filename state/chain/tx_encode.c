/* Transactions from their fields: the envelope, and the digest that is signed. Both are the same list of fields with another tail, so
 * one writer serves both. The digest is hashed while it is written, piece by piece from the stack: it needs no memory that could
 * be refused, and no copy of the data. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/limits.h"
#include "state/chain/chain_internal.h"
#include "state/chain/tx.h"
#include "state/crypto/keccak.h"

enum {
    /* The most that stands between two spills: type, list header, and every field before the data. */
    PIECE_BYTES_MAX = 1 + 9 + 33 + 9 + 33 + 33 + 9 + 21 + 33,
    IN_PIECE_MAX = 55, /* longer data goes to the hash from where it is */
};

struct sink {
    struct mm_buf *buf;
    struct keccak
        *keccak; /* NULL: the bytes stay in buf. Otherwise buf holds one piece at a time */
};

static void spill(struct sink *sink)
{
    if (sink->keccak == NULL)
        return;
    MM_ASSERT(mm_buf_err(sink->buf) == MM_OK); /* pieces fit */
    keccak_update(sink->keccak, mm_buf_bytes(sink->buf));
    mm_buf_reset(sink->buf);
}

static void put_data(struct sink *sink, mm_bytes data)
{
    if (sink->keccak == NULL || data.len <= IN_PIECE_MAX) {
        spill(sink);
        rlp_add_string(sink->buf, data);
        return;
    }
    uint8_t len_be[8];
    mm_put_be64(len_be, data.len);
    size_t zeros = 0;
    while (len_be[zeros] == 0)
        zeros++;
    mm_buf_add_byte(sink->buf, (uint8_t)(0xb7 + sizeof len_be - zeros));
    mm_buf_add(sink->buf, mm_bytes_from(len_be + zeros, sizeof len_be - zeros));
    spill(sink);
    keccak_update(sink->keccak, data);
}

static size_t hashes_size(size_t count)
{
    return rlp_size_list(count * 33);
}

static size_t access_payload(const struct tx_access *access)
{
    return 21 + hashes_size(access->slot_count);
}

static size_t access_list_payload(const struct tx *tx)
{
    size_t size = 0;
    for (size_t i = 0; i < tx->access_count; i++)
        size += rlp_size_list(access_payload(&tx->access_list[i]));
    return size;
}

static size_t authorization_payload(const struct tx_authorization *authorization)
{
    return rlp_size_u256(&authorization->chain_id) + 21 + rlp_size_u64(authorization->nonce) +
           rlp_size_u256(&authorization->parity) + rlp_size_u256(&authorization->r) +
           rlp_size_u256(&authorization->s);
}

static size_t authorizations_payload(const struct tx *tx)
{
    size_t size = 0;
    for (size_t i = 0; i < tx->authorization_count; i++)
        size += rlp_size_list(authorization_payload(&tx->authorizations[i]));
    return size;
}

/* Of everything before the signature. */
static size_t fields_size(const struct tx *tx)
{
    size_t size = rlp_size_u64(tx->nonce) + rlp_size_u256(&tx->max_fee) +
                  rlp_size_u64(tx->gas_limit) + (tx->creates ? 1 : 21) + rlp_size_u256(&tx->value) +
                  rlp_size_string(tx->data);
    if (tx->type != TX_LEGACY)
        size += rlp_size_u256(&tx->chain_id) + rlp_size_list(access_list_payload(tx));
    if (tx->type >= TX_DYNAMIC_FEE)
        size += rlp_size_u256(&tx->priority_fee);
    if (tx->type == TX_BLOB)
        size += rlp_size_u256(&tx->max_blob_fee) + hashes_size(tx->blob_count);
    if (tx->type == TX_SET_CODE)
        size += rlp_size_list(authorizations_payload(tx));
    return size;
}

static void put_hashes(struct sink *sink, const mm_hash32 *hashes, size_t count)
{
    rlp_add_list_header(sink->buf, count * 33);
    for (size_t i = 0; i < count; i++) {
        spill(sink);
        rlp_add_hash(sink->buf, &hashes[i]);
    }
}

static void put_access_list(struct sink *sink, const struct tx *tx)
{
    rlp_add_list_header(sink->buf, access_list_payload(tx));
    for (size_t i = 0; i < tx->access_count; i++) {
        const struct tx_access *access = &tx->access_list[i];
        spill(sink);
        rlp_add_list_header(sink->buf, access_payload(access));
        rlp_add_addr(sink->buf, &access->addr);
        put_hashes(sink, access->slots, access->slot_count);
    }
}

static void put_authorizations(struct sink *sink, const struct tx *tx)
{
    rlp_add_list_header(sink->buf, authorizations_payload(tx));
    for (size_t i = 0; i < tx->authorization_count; i++) {
        const struct tx_authorization *authorization = &tx->authorizations[i];
        spill(sink);
        rlp_add_list_header(sink->buf, authorization_payload(authorization));
        rlp_add_u256(sink->buf, &authorization->chain_id);
        rlp_add_addr(sink->buf, &authorization->addr);
        rlp_add_u64(sink->buf, authorization->nonce);
        rlp_add_u256(sink->buf, &authorization->parity);
        rlp_add_u256(sink->buf, &authorization->r);
        rlp_add_u256(sink->buf, &authorization->s);
    }
}

static void put_fields(struct sink *sink, const struct tx *tx)
{
    struct mm_buf *buf = sink->buf;
    if (tx->type != TX_LEGACY)
        rlp_add_u256(buf, &tx->chain_id);
    rlp_add_u64(buf, tx->nonce);
    if (tx->type >= TX_DYNAMIC_FEE)
        rlp_add_u256(buf, &tx->priority_fee);
    rlp_add_u256(buf, &tx->max_fee);
    rlp_add_u64(buf, tx->gas_limit);
    rlp_add_string(buf, tx->creates ? mm_bytes_from(NULL, 0) : mm_bytes_addr(&tx->to));
    rlp_add_u256(buf, &tx->value);
    spill(sink);
    put_data(sink, tx->data);
    if (tx->type != TX_LEGACY) {
        spill(sink);
        put_access_list(sink, tx);
    }
    spill(sink);
    if (tx->type == TX_BLOB) {
        rlp_add_u256(buf, &tx->max_blob_fee);
        put_hashes(sink, tx->blob_hashes, tx->blob_count);
    }
    if (tx->type == TX_SET_CODE)
        put_authorizations(sink, tx);
    spill(sink);
}

static void put_head(struct sink *sink, const struct tx *tx, size_t payload_len)
{
    if (tx->type != TX_LEGACY)
        mm_buf_add_byte(sink->buf, (uint8_t)tx->type);
    rlp_add_list_header(sink->buf, payload_len);
}

bool chain_legacy_v(mm_u256 *v, const struct tx *tx)
{
    *v = u256_from_u64(27U + tx->signature.parity);
    if (!tx->has_chain_id)
        return true;
    const mm_u256 base = u256_from_u64(35U + tx->signature.parity);
    return u256_add(v, &tx->chain_id, &tx->chain_id) && u256_add(v, v, &base);
}

struct tail {
    mm_u256 v;
    mm_u256 r;
    mm_u256 s;
};

static struct tail signature_tail(const struct tx *tx)
{
    struct tail tail = { .v = u256_from_u64(tx->signature.parity),
                         .r = u256_from_hash(&tx->signature.r),
                         .s = u256_from_hash(&tx->signature.s) };
    if (tx->type == TX_LEGACY) {
        const bool fits = chain_legacy_v(&tail.v, tx);
        MM_ASSERT(fits); /* what was decoded came from a v; tx_sign looks first */
    }
    return tail;
}

static size_t envelope_payload(const struct tx *tx, const struct tail *tail)
{
    return fields_size(tx) + rlp_size_u256(&tail->v) + rlp_size_u256(&tail->r) +
           rlp_size_u256(&tail->s);
}

size_t chain_tx_size(const struct tx *tx)
{
    const struct tail tail = signature_tail(tx);
    return (tx->type != TX_LEGACY) + rlp_size_list(envelope_payload(tx, &tail));
}

void tx_encode(struct mm_buf *buf, const struct tx *tx)
{
    struct sink sink = { .buf = buf, .keccak = NULL };
    const struct tail tail = signature_tail(tx);
    put_head(&sink, tx, envelope_payload(tx, &tail));
    put_fields(&sink, tx);
    rlp_add_u256(buf, &tail.v);
    rlp_add_u256(buf, &tail.r);
    rlp_add_u256(buf, &tail.s);
}

mm_hash32 tx_signing_hash(const struct tx *tx)
{
    uint8_t memory[PIECE_BYTES_MAX];
    struct mm_buf piece = mm_buf_over(memory, sizeof memory);
    struct keccak keccak;
    keccak_init(&keccak);
    struct sink sink = { .buf = &piece, .keccak = &keccak };
    /* EIP-155: chain id, 0, 0 stand where the signature will. */
    const bool names_chain = tx->type == TX_LEGACY && tx->has_chain_id;
    const size_t tail_size = names_chain ? rlp_size_u256(&tx->chain_id) + 2 : 0;
    put_head(&sink, tx, fields_size(tx) + tail_size);
    put_fields(&sink, tx);
    if (names_chain) {
        rlp_add_u256(&piece, &tx->chain_id);
        rlp_add_u64(&piece, 0);
        rlp_add_u64(&piece, 0);
        spill(&sink);
    }
    return keccak_final(&keccak);
}

/* Whether the fields are those of a transaction that tx_decode would read. */
static bool is_encodable(const struct tx *tx)
{
    mm_u256 v;
    switch (tx->type) {
    case TX_LEGACY:
        return chain_legacy_v(&v, tx);
    case TX_ACCESS_LIST:
    case TX_DYNAMIC_FEE:
        return tx->has_chain_id;
    case TX_BLOB:
    case TX_SET_CODE:
        return tx->has_chain_id && !tx->creates;
    }
    return false;
}

/* raw and hash, from the fields and the signature. */
static bool finish(struct mm_arena *arena, struct tx *tx)
{
    const size_t size = chain_tx_size(tx);
    uint8_t *memory = size > MM_TX_BYTES_MAX ? NULL : mm_arena_alloc(arena, size);
    if (memory == NULL)
        return false;
    struct mm_buf raw = mm_buf_over(memory, size);
    tx_encode(&raw, tx);
    MM_ASSERT(mm_buf_err(&raw) == MM_OK && raw.len == size);
    tx->raw = mm_buf_bytes(&raw);
    tx->hash = keccak256(tx->raw);
    return true;
}

bool tx_sign(struct mm_arena *arena, struct tx *tx, const struct secp_secret *secret)
{
    if (tx->type < TX_DYNAMIC_FEE)
        tx->priority_fee = tx->max_fee;
    tx->signature = (struct secp_signature){ .parity = 1 }; /* the larger v, for the test */
    if (!is_encodable(tx))
        return false;
    const mm_hash32 digest = tx_signing_hash(tx);
    tx->signature = secp_sign(secret, &digest);
    tx->sender = secp_secret_addr(secret);
    return finish(arena, tx);
}

static struct secp_signature placeholder(const mm_addr *sender)
{
    mm_hash32 word = { { 0 } };
    word.b[11] = 1; /* never zero, and low */
    memcpy(word.b + 12, sender->b, sizeof sender->b);
    return (struct secp_signature){ .r = word, .s = word };
}

bool tx_sign_as(struct mm_arena *arena, struct tx *tx, const mm_addr *sender)
{
    if (tx->type < TX_DYNAMIC_FEE)
        tx->priority_fee = tx->max_fee;
    tx->signature = placeholder(sender);
    if (!is_encodable(tx))
        return false;
    tx->sender = *sender;
    tx->is_impersonated = true;
    return finish(arena, tx);
}

bool tx_is_signed_as(const struct tx *tx, const mm_addr *sender)
{
    const struct secp_signature expected = placeholder(sender);
    return tx->signature.parity == expected.parity &&
           mm_hash_equal(&tx->signature.r, &expected.r) &&
           mm_hash_equal(&tx->signature.s, &expected.s);
}
