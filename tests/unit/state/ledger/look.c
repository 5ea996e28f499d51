#include "tests/unit/state/ledger/look.h"

#include <stdio.h>

#include "state/crypto/keccak.h"

static mm_addr account_of(const struct dev_chain *dev, size_t index)
{
    if (index < DEV_PEOPLE)
        return dev->addrs[index];
    index -= DEV_PEOPLE;
    if (index < LOOK_STRANGERS)
        return (mm_addr){ { 0xed, (uint8_t)index } };
    index -= LOOK_STRANGERS;
    const mm_addr others[] = { DEV_COLLECTION, DEV_FACTORY, secp_secret_addr(dev->validator) };
    return others[index];
}

mm_hash32 look_account_key(const struct dev_chain *dev, size_t index)
{
    const mm_addr addr = account_of(dev, index);
    return keccak256(mm_bytes_addr(&addr));
}

mm_hash32 look_slot_key(size_t index, mm_hash32 *addr_key)
{
    mm_u256 number = u256_from_u64(index);
    *addr_key = keccak256(mm_bytes_addr(&DEV_COLLECTION));
    if (index >= LOOK_COLLECTION_SLOTS + LOOK_TOKENS) {
        index -= LOOK_COLLECTION_SLOTS + LOOK_TOKENS;
        const mm_addr stranger = { { 0xed, (uint8_t)(index / 3) } };
        *addr_key = keccak256(mm_bytes_addr(&stranger));
        number = u256_from_u64(index % 3);
    } else if (index >= LOOK_COLLECTION_SLOTS) {
        uint8_t preimage[64] = { 0 }; /* _owners[token]: keccak256(token | 2) */
        preimage[31] = (uint8_t)(index - LOOK_COLLECTION_SLOTS + 1);
        preimage[63] = 2;
        const mm_hash32 place = keccak256(MM_BYTES_OF(preimage));
        number = u256_from_hash(&place);
    }
    const mm_hash32 word = u256_to_hash(&number);
    return keccak256(mm_bytes_hash(&word));
}

void look_at(const struct dev_chain *dev, struct ledger_view *view, struct look *look,
             uint64_t block_num)
{
    struct ledger_state state;
    memset(look, 0, sizeof *look);
    ledger_state_init(&state, view, block_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    for (size_t i = 0; i < LOOK_ACCOUNTS; i++) {
        const mm_hash32 key = look_account_key(dev, i);
        const mm_err err = exec_view.account(exec_view.ctx, &look->accounts[i], &key);
        cr_assert(err == MM_OK || err == MM_ERR_NOT_FOUND);
        look->exists[i] = err == MM_OK;
    }
    for (size_t i = 0; i < LOOK_SLOTS; i++) {
        mm_hash32 addr_key;
        const mm_hash32 key = look_slot_key(i, &addr_key);
        cr_assert_eq(exec_view.slot(exec_view.ctx, &look->slots[i], &addr_key, &key), MM_OK);
    }
    ledger_state_fini(&state);
}

static bool is_same_account(const struct account *a, const struct account *b)
{
    return a->nonce == b->nonce && u256_equal(&a->balance, &b->balance) &&
           mm_hash_equal(&a->storage_root, &b->storage_root) &&
           mm_hash_equal(&a->code_hash, &b->code_hash);
}

const char *look_differs(const struct look *a, const struct look *b)
{
    static char text[64];
    for (size_t i = 0; i < LOOK_ACCOUNTS; i++) {
        if (a->exists[i] != b->exists[i] || !is_same_account(&a->accounts[i], &b->accounts[i])) {
            (void)snprintf(text, sizeof text, "account %zu", i);
            return text;
        }
    }
    for (size_t i = 0; i < LOOK_SLOTS; i++) {
        if (!u256_equal(&a->slots[i], &b->slots[i])) {
            (void)snprintf(text, sizeof text, "slot %zu", i);
            return text;
        }
    }
    return NULL;
}

/* ---- proofs ---- */

static void expect_proof(struct mm_arena *arena, const struct trie_proof *proof,
                         const mm_hash32 *root, const mm_hash32 *key, mm_bytes expected,
                         uint64_t block_num, size_t index)
{
    mm_bytes value;
    const enum proof_verdict verdict =
        trie_verify(arena, &value, root, mm_bytes_hash(key), proof->nodes, proof->count);
    cr_assert_eq(verdict, expected.len > 0 ? PROOF_PRESENT : PROOF_ABSENT, "block %llu, %zu: %s",
                 (unsigned long long)block_num, index, proof_verdict_text(verdict));
    cr_assert(mm_bytes_equal(value, expected), "block %llu, %zu: another value",
              (unsigned long long)block_num, index);
}

static void prove_slots(struct ledger_state *state, struct mm_arena *arena, const struct look *look,
                        const mm_hash32 *addr_key, const mm_hash32 *storage_root)
{
    for (size_t i = 0; i < LOOK_SLOTS; i++) {
        mm_hash32 owner;
        struct trie_proof proof;
        struct mm_buf encoded;
        const mm_hash32 key = look_slot_key(i, &owner);
        if (!mm_hash_equal(&owner, addr_key))
            continue;
        cr_assert_eq(ledger_prove_slot(state, arena, &proof, addr_key, storage_root, &key), MM_OK);
        mm_buf_init(&encoded, 64);
        if (!u256_is_zero(&look->slots[i]))
            rlp_add_u256(&encoded, &look->slots[i]);
        expect_proof(arena, &proof, storage_root, &key, mm_buf_bytes(&encoded), state->block_num,
                     i);
        mm_buf_fini(&encoded);
    }
}

void look_prove(const struct dev_chain *dev, struct ledger_view *view, uint64_t block_num)
{
    struct look look;
    struct header header;
    mm_hash32 hash;
    struct mm_arena arena;
    struct ledger_state state;
    look_at(dev, view, &look, block_num);
    cr_assert_eq(ledger_header(view, &header, &hash, block_num), MM_OK);
    mm_arena_init(&arena, SIZE_MAX);
    ledger_state_init(&state, view, block_num);
    for (size_t i = 0; i < LOOK_ACCOUNTS; i++) {
        const mm_hash32 key = look_account_key(dev, i);
        struct trie_proof proof;
        struct mm_buf encoded;
        cr_assert_eq(ledger_prove_account(&state, &arena, &proof, &header.state_root, &key), MM_OK);
        mm_buf_init(&encoded, 256);
        if (look.exists[i])
            account_encode(&encoded, &look.accounts[i]);
        expect_proof(&arena, &proof, &header.state_root, &key, mm_buf_bytes(&encoded), block_num,
                     i);
        mm_buf_fini(&encoded);
        prove_slots(&state, &arena, &look, &key, &look.accounts[i].storage_root);
        mm_arena_reset(&arena);
    }
    ledger_state_fini(&state);
    mm_arena_fini(&arena);
}
