/* What headers prove of accounts, slots and trie nodes as they were. */
#include "state/ledger/check_internal.h"

void check_proofs_init(struct check_proofs *proofs, struct ledger_check *check)
{
    *proofs = (struct check_proofs){ .check = check };
    mm_arena_init(&proofs->arena, SIZE_MAX);
    ledger_state_init(&proofs->state, check->view, check->view->head);
}

mm_err check_proofs_open(struct check_proofs *proofs)
{
    MM_TRY(view_need_past(&proofs->state));
    return past_remember(proofs->state.past);
}

void check_proofs_fini(struct check_proofs *proofs)
{
    ledger_state_fini(&proofs->state);
    mm_arena_fini(&proofs->arena);
}

bool check_is_provable(const struct ledger_check *check, uint64_t block_num)
{
    const struct ledger_view *view = check->view;
    return block_num >= view->pin->proofs_from && block_num <= view->head &&
           view->head - block_num <= view->ledger->proof_window;
}

/* What a proof is wanted of. */
struct wanted {
    const mm_hash32 *addr_key;
    bool is_storage;
    mm_hash32 key; /* in its trie */
};

/* The state's buffers, iterators and what it remembers stay. */
static void go_to(struct check_proofs *proofs, uint64_t block_num)
{
    mm_arena_reset(&proofs->arena);
    proofs->state.block_num = block_num;
}

static mm_err try_proof(struct check_proofs *proofs, const struct wanted *wanted, mm_bytes *value,
                        bool *verifies)
{
    struct ledger_state *state = &proofs->state;
    struct header header;
    mm_hash32 hash;
    struct trie_proof proof;
    MM_TRY(ledger_header(proofs->check->view, &header, &hash, state->block_num));
    mm_hash32 root = header.state_root;
    mm_err err;
    if (wanted->is_storage) {
        const struct exec_view exec_view = ledger_exec_view(state);
        struct account account;
        err = exec_view.account(exec_view.ctx, &account, wanted->addr_key);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            return err;
        root = account.storage_root;
        err =
            ledger_prove_slot(state, &proofs->arena, &proof, wanted->addr_key, &root, &wanted->key);
    } else {
        err = ledger_prove_account(state, &proofs->arena, &proof, &root, &wanted->key);
    }
    MM_TRY(err);
    const enum proof_verdict verdict = trie_verify(
        &proofs->arena, value, &root, mm_bytes_hash(&wanted->key), proof.nodes, proof.count);
    *verifies = verdict == PROOF_PRESENT || verdict == PROOF_ABSENT;
    return MM_OK;
}

/* Damage on the way is a proof that does not verify. */
static mm_err prove(struct check_proofs *proofs, const struct wanted *wanted, mm_bytes *value,
                    bool *verifies)
{
    *value = (mm_bytes){ NULL, 0 };
    *verifies = false;
    const mm_err err = try_proof(proofs, wanted, value, verifies);
    return err == MM_ERR_CORRUPT || err == MM_ERR_IO ? MM_OK : err;
}

mm_err check_prove_state(struct check_proofs *proofs, bool *is_proven, mm_bytes key, mm_bytes value,
                         uint64_t block_num)
{
    struct wanted wanted = { .is_storage = key.ptr[0] == 's' };
    uint8_t leaf[33];
    mm_bytes proven;
    wanted.addr_key = (const void *)(key.ptr + 1);
    memcpy(wanted.key.b, key.ptr + (wanted.is_storage ? 33 : 1), 32);
    if (wanted.is_storage && value.len > 0 && (value.len > 1 || value.ptr[0] >= 0x80)) {
        leaf[0] = (uint8_t)(0x80 + value.len);
        memcpy(leaf + 1, value.ptr, value.len);
        value = mm_bytes_from(leaf, value.len + 1);
    }
    go_to(proofs, block_num);
    MM_TRY(prove(proofs, &wanted, &proven, is_proven));
    *is_proven = *is_proven && mm_bytes_equal(value, proven);
    return MM_OK;
}

mm_err check_prove_node(struct check_proofs *proofs, bool *is_proven, mm_bytes key,
                        uint64_t block_num)
{
    /* Any key whose path begins with that of the node. */
    struct wanted wanted = { .is_storage = key.ptr[0] == 'S' };
    const size_t head = wanted.is_storage ? 33 : 1;
    mm_bytes proven;
    wanted.addr_key = (const void *)(key.ptr + 1);
    memcpy(wanted.key.b, key.ptr + head + 1, key.len - head - 1);
    go_to(proofs, block_num);
    return prove(proofs, &wanted, &proven, is_proven);
}
