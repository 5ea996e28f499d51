/* Proofs of accounts and storage, as of any block (EIP-1186). */
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

enum { PROOF_KEYS_MAX = 1024 };

struct proving {
    struct ledger_state state;
    mm_hash32 addr_key;
    struct account account; /* what the proof says it is */
};

static void add_nodes(struct json_writer *w, const char *key, const struct trie_proof *proof)
{
    json_key(w, key);
    json_open_array(w);
    for (size_t i = 0; i < proof->count; i++)
        json_add_data(w, proof->nodes[i]);
    json_close_array(w);
}

static bool fail_proof(struct eth_request *r, mm_err err)
{
    if (err == MM_ERR_LIMIT)
        return eth_fail(r, ETH_SERVER_ERROR,
                        "distance to target block exceeds maximum proof window");
    return eth_fail_world(r, err);
}

static bool prove_account(struct eth_request *r, struct proving *p, const mm_addr *addr,
                          const mm_hash32 *state_root)
{
    struct trie_proof proof;
    const mm_err err = ledger_prove_account(&p->state, r->arena, &proof, state_root, &p->addr_key);
    if (err != MM_OK)
        return fail_proof(r, err);
    p->account = account_none();
    if (proof.value.len > 0 && account_decode(&p->account, proof.value) != RLP_OK)
        return eth_fail_world(r, MM_ERR_CORRUPT);
    eth_add_addr_member(&r->w, "address", addr);
    add_nodes(&r->w, "accountProof", &proof);
    eth_add_u256_member(&r->w, "balance", &p->account.balance);
    eth_add_hash_member(&r->w, "codeHash", &p->account.code_hash);
    eth_add_quantity_member(&r->w, "nonce", p->account.nonce);
    eth_add_hash_member(&r->w, "storageHash", &p->account.storage_root);
    return true;
}

/* A leaf's value: rlp(number). */
static bool leaf_value(mm_u256 *value, mm_bytes leaf)
{
    *value = u256_from_u64(0);
    if (leaf.len == 0)
        return true;
    struct rlp r = rlp_over(leaf);
    *value = rlp_read_u256(&r);
    return rlp_finish(&r) == RLP_OK;
}

static bool prove_slot(struct eth_request *r, struct proving *p, const struct json *key)
{
    mm_hash32 slot;
    struct trie_proof proof;
    mm_u256 value;
    if (!eth_read_slot(r, &slot, key))
        return false;
    const mm_hash32 slot_key = keccak256(mm_bytes_hash(&slot));
    const mm_err err = ledger_prove_slot(&p->state, r->arena, &proof, &p->addr_key,
                                         &p->account.storage_root, &slot_key);
    if (err != MM_OK)
        return fail_proof(r, err);
    if (!leaf_value(&value, proof.value))
        return eth_fail_world(r, MM_ERR_CORRUPT);
    json_open_object(&r->w);
    json_key(&r->w, "key");
    json_add_string(&r->w, key->text); /* as it was given */
    eth_add_u256_member(&r->w, "value", &value);
    add_nodes(&r->w, "proof", &proof);
    json_close_object(&r->w);
    return true;
}

static bool prove(struct eth_request *r, struct proving *p, const mm_addr *addr,
                  const mm_hash32 *state_root, const struct json *keys)
{
    if (!prove_account(r, p, addr, state_root))
        return false;
    json_key(&r->w, "storageProof");
    json_open_array(&r->w);
    for (size_t i = 0; i < keys->count; i++) {
        if (!prove_slot(r, p, &keys->items[i]))
            return false;
    }
    json_close_array(&r->w);
    return true;
}

/* A proof is about a root, so it sees whole blocks only: no edits that wait for the next. */
bool eth_prove(struct eth_request *r, const mm_addr *addr, const struct json *keys,
               const struct eth_block_ref *block)
{
    struct eth_block_ref ref = *block;
    uint64_t block_num;
    uint64_t state_num;
    struct header header;
    mm_hash32 hash;
    if (keys->count > PROOF_KEYS_MAX)
        return eth_fail_arg(r, 1, "too many keys (max 1024)");
    if (ref.kind == ETH_BLOCK_PENDING)
        ref.kind = ETH_BLOCK_LATEST;
    if (!eth_find_state(r, &block_num, &state_num, &ref))
        return false;
    ETH_TRY(r, ledger_header(r->view, &header, &hash, block_num));
    struct proving p = { .addr_key = key_memo_addr(r->keys, addr) };
    ledger_state_init(&p.state, r->view, block_num);
    const bool ok = prove(r, &p, addr, &header.state_root, keys);
    ledger_state_fini(&p.state);
    return ok;
}

bool handle_eth_get_proof(struct eth_request *r)
{
    json_open_object(&r->w);
    if (!eth_prove(r, &r->args[0].addr, r->args[1].json, &r->args[2].block))
        return false;
    json_close_object(&r->w);
    return true;
}
