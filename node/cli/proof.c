#include "node/cli/proof.h"

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"

enum {
    NODES_MAX = 64, /* of a proof: a path has 64 nibbles */
    STRING_BYTES_MAX = 1 << 20,
    PARAMS_BYTES_MAX = 64 << 10,
};

static bool no(struct mm_reason *reason, const char *text)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "%s", text);
    return false;
}

/* ---- the header ---- */

static bool text_of(mm_bytes *out, const struct json *block, const char *key)
{
    const struct json *value = json_find(block, key);
    if (value == NULL || value->kind != JSON_STRING)
        return false;
    *out = value->text;
    return true;
}

static bool get_fixed(uint8_t *out, size_t len, const struct json *block, const char *key)
{
    mm_bytes text;
    return text_of(&text, block, key) && hex_read_fixed(out, len, text);
}

static bool get_u64(uint64_t *out, const struct json *block, const char *key)
{
    mm_bytes text;
    return text_of(&text, block, key) && hex_read_u64(out, text);
}

static bool get_u256(mm_u256 *out, const struct json *block, const char *key)
{
    mm_bytes text;
    return text_of(&text, block, key) && hex_read_u256(out, text);
}

static bool get_extra(struct header *header, const struct json *block)
{
    mm_bytes text;
    if (!text_of(&text, block, "extraData") || !hex_data_len(&header->extra_len, text) ||
        header->extra_len > HEADER_EXTRA_MAX)
        return false;
    return hex_decode(header->extra, mm_bytes_from(text.ptr + 2, 2 * header->extra_len));
}

#define FIXED(field, key) get_fixed((field), sizeof(field), block, (key))

bool proof_read_header(struct header *header, const struct json *block)
{
    *header = (struct header){ .field_count = HEADER_FIELDS_CANCUN };
    return FIXED(header->parent_hash.b, "parentHash") &&
           FIXED(header->ommers_hash.b, "sha3Uncles") && FIXED(header->coinbase.b, "miner") &&
           FIXED(header->state_root.b, "stateRoot") &&
           FIXED(header->tx_root.b, "transactionsRoot") &&
           FIXED(header->receipts_root.b, "receiptsRoot") && FIXED(header->bloom.b, "logsBloom") &&
           get_u256(&header->difficulty, block, "difficulty") &&
           get_u64(&header->number, block, "number") &&
           get_u64(&header->gas_limit, block, "gasLimit") &&
           get_u64(&header->gas_used, block, "gasUsed") &&
           get_u64(&header->timestamp, block, "timestamp") && get_extra(header, block) &&
           FIXED(header->prev_randao.b, "mixHash") && FIXED(header->nonce, "nonce") &&
           get_u256(&header->base_fee, block, "baseFeePerGas") &&
           FIXED(header->withdrawals_root.b, "withdrawalsRoot") &&
           get_u64(&header->blob_gas_used, block, "blobGasUsed") &&
           get_u64(&header->excess_blob_gas, block, "excessBlobGas") &&
           FIXED(header->parent_beacon_root.b, "parentBeaconBlockRoot");
}

static int fail(struct proof *proof, const char *text)
{
    if (text != NULL)
        (void)mm_fail(&proof->reason, MM_ERR_INVALID, "%s", text);
    return CLI_UNVERIFIED;
}

void proof_begin(struct proof *proof, struct remote *remote, const struct header *header,
                 const mm_hash32 *hash)
{
    *proof = (struct proof){ .remote = remote, .block_hash = *hash, .header = *header };
}

int proof_open(struct proof *proof, struct remote *remote, const uint64_t *block_num)
{
    struct json block;
    char text[32] = "latest";
    *proof = (struct proof){ .remote = remote };
    if (block_num != NULL)
        snprintf(text, sizeof text, "0x%llx", (unsigned long long)*block_num);
    REMOTE_TRY(remote_call(remote, &block, "eth_getBlockByNumber", "[\"%s\",false]", text));
    if (block.kind != JSON_OBJECT)
        return fail(proof, "the node does not know this block");
    REMOTE_TRY(remote_hash(remote, &proof->block_hash, json_find(&block, "hash"), "block"));
    if (!proof_read_header(&proof->header, &block))
        return fail(proof, "the node's block is not one of this chain's form");
    const mm_hash32 computed = header_hash(&proof->header);
    if (!mm_hash_equal(&computed, &proof->block_hash))
        return fail(proof, "the header's fields do not hash to the block hash");
    if (block_num != NULL && proof->header.number != *block_num)
        return fail(proof, "the node has answered with another block");
    return CLI_OK;
}

/* ---- proofs ---- */

static bool read_nodes(struct mm_arena *arena, mm_bytes nodes[NODES_MAX], size_t *count,
                       const struct json *array)
{
    if (array == NULL || array->kind != JSON_ARRAY || array->count > NODES_MAX)
        return false;
    *count = array->count;
    for (size_t i = 0; i < array->count; i++) {
        size_t len;
        const struct json *item = &array->items[i];
        if (item->kind != JSON_STRING || !hex_data_len(&len, item->text))
            return false;
        uint8_t *bytes = mm_arena_alloc(arena, len + 1);
        if (bytes == NULL || !hex_decode(bytes, mm_bytes_from(item->text.ptr + 2, 2 * len)))
            return false;
        nodes[i] = mm_bytes_from(bytes, len);
    }
    return true;
}

static enum proof_verdict verify(struct mm_arena *arena, mm_bytes *value, const mm_hash32 *root,
                                 mm_bytes key, const struct json *array, struct mm_reason *reason)
{
    mm_bytes nodes[NODES_MAX];
    size_t count;
    if (!read_nodes(arena, nodes, &count, array)) {
        (void)no(reason, "the node's answer holds no proof");
        return PROOF_NODE;
    }
    const mm_hash32 hashed = keccak256(key);
    const enum proof_verdict verdict =
        trie_verify(arena, value, root, mm_bytes_hash(&hashed), nodes, count);
    if (verdict != PROOF_PRESENT && verdict != PROOF_ABSENT)
        (void)no(reason, proof_verdict_text(verdict));
    return verdict;
}

bool proof_check_account(struct mm_arena *arena, struct account *account,
                         const mm_hash32 *state_root, const mm_addr *addr,
                         const struct json *answer, struct mm_reason *reason)
{
    mm_bytes value;
    *account = account_none();
    const enum proof_verdict verdict = verify(arena, &value, state_root, mm_bytes_addr(addr),
                                              json_find(answer, "accountProof"), reason);
    if (verdict == PROOF_ABSENT)
        return no(reason, "the state proves that there is no such account");
    if (verdict != PROOF_PRESENT)
        return false;
    return account_decode(account, value) == RLP_OK ||
           no(reason, "the proven bytes are no account");
}

bool proof_check_slot(struct mm_arena *arena, mm_u256 *value, const mm_hash32 *storage_root,
                      const mm_u256 *slot, const struct json *answer, size_t index,
                      struct mm_reason *reason)
{
    mm_bytes bytes;
    const mm_hash32 key = u256_to_hash(slot);
    const struct json *proofs = json_find(answer, "storageProof");
    *value = u256_from_u64(0);
    if (proofs == NULL || proofs->kind != JSON_ARRAY || index >= proofs->count)
        return no(reason, "the node's answer holds no proof");
    const enum proof_verdict verdict = verify(arena, &bytes, storage_root, mm_bytes_hash(&key),
                                              json_find(&proofs->items[index], "proof"), reason);
    if (verdict == PROOF_ABSENT)
        return true;
    if (verdict != PROOF_PRESENT)
        return false;
    struct rlp cursor = rlp_over(bytes);
    *value = rlp_read_u256(&cursor);
    return rlp_finish(&cursor) == RLP_OK || no(reason, "the proven bytes are no storage word");
}

static int ask_proof(struct proof *proof, struct json *answer, const mm_u256 *slots, size_t count)
{
    struct jsonrpc_reply reply;
    struct mm_buf params;
    mm_buf_init(&params, PARAMS_BYTES_MAX);
    struct json_writer w = json_writer_over(&params);
    json_open_array(&w);
    json_add_data(&w, mm_bytes_addr(&proof->addr));
    json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        const mm_hash32 key = u256_to_hash(&slots[i]);
        json_add_data(&w, mm_bytes_hash(&key));
    }
    json_close_array(&w);
    json_open_object(&w);
    json_key(&w, "blockHash");
    json_add_data(&w, mm_bytes_hash(&proof->block_hash));
    json_close_object(&w);
    json_close_array(&w);
    int status = mm_buf_err(&params) == MM_OK
                     ? remote_ask(proof->remote, &reply, "eth_getProof", mm_buf_bytes(&params))
                     : cli_fail(proof->remote->run, CLI_FAILED, "out of memory");
    mm_buf_fini(&params);
    if (status == CLI_OK && reply.is_error)
        status = remote_refused(proof->remote, "eth_getProof", &reply);
    if (status == CLI_OK)
        *answer = reply.result;
    return status;
}

int proof_account(struct proof *proof, const mm_addr *addr)
{
    struct json answer;
    proof->addr = *addr;
    REMOTE_TRY(ask_proof(proof, &answer, NULL, 0));
    if (!proof_check_account(&proof->remote->run->arena, &proof->account, &proof->header.state_root,
                             addr, &answer, &proof->reason))
        return fail(proof, NULL);
    return CLI_OK;
}

int proof_slots(struct proof *proof, mm_u256 *values, const mm_u256 *slots, size_t count)
{
    for (size_t at = 0; at < count; at += PROOF_KEYS_MAX) {
        struct json answer;
        const struct mm_arena_mark mark = mm_arena_mark(&proof->remote->run->arena);
        const size_t step = count - at < PROOF_KEYS_MAX ? count - at : PROOF_KEYS_MAX;
        REMOTE_TRY(ask_proof(proof, &answer, slots + at, step));
        for (size_t i = 0; i < step; i++)
            if (!proof_check_slot(&proof->remote->run->arena, &values[at + i],
                                  &proof->account.storage_root, &slots[at + i], &answer, i,
                                  &proof->reason))
                return fail(proof, NULL);
        mm_arena_rewind(&proof->remote->run->arena, mark);
    }
    return CLI_OK;
}

/* ---- Solidity ---- */

mm_u256 proof_mapping_slot(const mm_u256 *key, uint64_t slot)
{
    const mm_hash32 padded_key = u256_to_hash(key);
    const mm_u256 wide = u256_from_u64(slot);
    const mm_hash32 padded_slot = u256_to_hash(&wide);
    const mm_hash32 hash = keccak256_pair(mm_bytes_hash(&padded_key), mm_bytes_hash(&padded_slot));
    return u256_from_hash(&hash);
}

/* 32 bytes and more: words from keccak256(slot) on. */
static int long_string(struct proof *proof, mm_bytes *out, const mm_u256 *slot, size_t len)
{
    struct mm_arena *arena = &proof->remote->run->arena;
    const size_t words = (len + 31) / 32;
    mm_u256 *slots = MM_ARENA_ARRAY(arena, mm_u256, words);
    mm_u256 *values = MM_ARENA_ARRAY(arena, mm_u256, words);
    uint8_t *bytes = mm_arena_alloc(arena, words * 32);
    if (slots == NULL || values == NULL || bytes == NULL)
        return cli_fail(proof->remote->run, CLI_FAILED, "out of memory");
    const mm_hash32 padded = u256_to_hash(slot);
    const mm_hash32 hash = keccak256(mm_bytes_hash(&padded));
    const mm_u256 base = u256_from_hash(&hash);
    for (size_t i = 0; i < words; i++) {
        const mm_u256 index = u256_from_u64(i);
        slots[i] = u256_wrapping_add(&base, &index);
    }
    REMOTE_TRY(proof_slots(proof, values, slots, words));
    for (size_t i = 0; i < words; i++)
        u256_to_be32(bytes + 32 * i, &values[i]);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}

int proof_string(struct proof *proof, mm_bytes *out, const mm_u256 *slot)
{
    mm_u256 head;
    *out = (mm_bytes){ NULL, 0 };
    REMOTE_TRY(proof_slots(proof, &head, slot, 1));
    const bool is_long = (head.limb[0] & 1) != 0;
    if (is_long) {
        const mm_u256 two = u256_from_u64(2);
        mm_u256 len;
        u256_divmod(&len, NULL, &head, &two);
        if (!u256_fits_u64(&len) || len.limb[0] > STRING_BYTES_MAX || len.limb[0] < 32)
            return fail(proof, "the slot holds no string");
        return long_string(proof, out, slot, (size_t)len.limb[0]);
    }
    const size_t len = (size_t)(head.limb[0] & 0xff) / 2;
    uint8_t *bytes = mm_arena_alloc(&proof->remote->run->arena, 32);
    if (len > 31)
        return fail(proof, "the slot holds no string");
    if (bytes == NULL)
        return cli_fail(proof->remote->run, CLI_FAILED, "out of memory");
    u256_to_be32(bytes, &head);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}
