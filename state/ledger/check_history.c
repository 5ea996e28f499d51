/* History, as far as it can be judged without executing anything: each record is of a key and a block that can have one, and says
 * something that the key can have had; and where proofs are given, what it says is proven by the header of the block before. */
#include "state/base/endian.h"
#include "state/ledger/check_internal.h"

enum { PROGRESS_ROWS = 1 << 16 };

struct rows {
    struct ledger_check *check;
    uint64_t count;
    struct mm_arena arena; /* of one record */
    struct ledger_state
        state; /* of the block before the record's; kept, because neighbours often share it */
    bool has_state;
};

static bool is_state_key(mm_bytes key)
{
    return (key.len == 33 && key.ptr[0] == 'a') || (key.len == 65 && key.ptr[0] == 's');
}

static bool is_node_key(mm_bytes key)
{
    const size_t head = key.len > 0 && key.ptr[0] == 'S' ? 33 : 1;
    if (key.len <= head || (key.ptr[0] != 'A' && key.ptr[0] != 'S') || key.ptr[head] > 64)
        return false;
    const size_t nibbles = key.ptr[head];
    const bool is_padded = nibbles % 2 == 0 || (key.ptr[key.len - 1] & 0x0f) == 0;
    return key.len == head + 1 + (nibbles + 1) / 2 && is_padded;
}

/* What is wrong with a record, or NULL. */
static const char *fault_of_key(const struct ledger_check *check, mm_bytes key)
{
    if (key.len < 8)
        return "is there, and nothing asks for it";
    const uint64_t block_num = mm_get_be64(key.ptr + key.len - 8);
    const mm_bytes what = mm_bytes_from(key.ptr, key.len - 8);
    const bool is_trie = what.len > 9 && what.ptr[0] == 'e';
    if (is_trie ? !is_node_key(mm_bytes_from(what.ptr + 9, what.len - 9)) : !is_state_key(what))
        return "is there, and nothing asks for it";
    if (block_num <= check->view->ledger->begins || block_num > check->view->pin->flushed)
        return "is of a block that is not flushed, or cannot have one";
    if (is_trie && mm_get_be64(what.ptr + 1) != block_num / TRIE_EPOCH_BLOCKS)
        return "stands in an epoch that is not its block's";
    if (is_trie && mm_get_be64(what.ptr + 1) < check->view->ledger->first_epoch)
        return "is of an epoch that was dropped";
    return NULL;
}

static const char *fault_of_value(struct rows *rows, mm_bytes key, mm_bytes value)
{
    struct account account;
    if (value.len == 0 || value.ptr[0] > 1 || (value.ptr[0] == 0 && value.len > 1))
        return "is neither 'was not there' nor a value";
    if (value.ptr[0] == 0)
        return NULL;
    const mm_bytes old = mm_bytes_from(value.ptr + 1, value.len - 1);
    switch (key.ptr[0]) {
    case 'a':
        return account_decode(&account, old) == RLP_OK ? NULL : "its account does not decode";
    case 's':
        return old.len > 0 && old.len <= 32 && old.ptr[0] != 0
                   ? NULL
                   : "its value is not 1 to 32 bytes without leading zeros";
    default: /* whether it is the right node, a proof will say */
        mm_arena_reset(&rows->arena);
        return trie_stored_is_sound(&rows->arena, old) ? NULL : "its node is damaged";
    }
}

/* ---- proofs ---- */

/* What a proof is wanted of. */
struct wanted {
    const mm_hash32 *addr_key;
    bool is_storage;
    mm_hash32 key; /* in its trie */
};

/* Proves a key as of a block and checks the proof against the block's header. False: it does not verify. */
static mm_err prove(struct rows *rows, const struct wanted *wanted, mm_bytes *value, bool *verifies)
{
    struct ledger_state *state = &rows->state;
    struct header header;
    mm_hash32 hash;
    struct trie_proof proof;
    *verifies = false;
    MM_TRY(ledger_header(rows->check->view, &header, &hash, state->block_num));
    mm_hash32 root = header.state_root;
    mm_err err;
    if (wanted->is_storage) {
        const struct exec_view exec_view = ledger_exec_view(state);
        struct account account;
        err = exec_view.account(exec_view.ctx, &account, wanted->addr_key);
        if (err != MM_OK && err != MM_ERR_NOT_FOUND)
            return err;
        root = account.storage_root;
        err = ledger_prove_slot(state, &rows->arena, &proof, wanted->addr_key, &root, &wanted->key);
    } else {
        err = ledger_prove_account(state, &rows->arena, &proof, &root, &wanted->key);
    }
    MM_TRY(err);
    const enum proof_verdict verdict = trie_verify(
        &rows->arena, value, &root, mm_bytes_hash(&wanted->key), proof.nodes, proof.count);
    *verifies = verdict == PROOF_PRESENT || verdict == PROOF_ABSENT;
    return MM_OK;
}

/* A key whose path begins with that of the node. */
static struct wanted wanted_of_node(mm_bytes key)
{
    struct wanted wanted = { .is_storage = key.ptr[0] == 'S' };
    const size_t head = wanted.is_storage ? 33 : 1;
    wanted.addr_key = (const void *)(key.ptr + 1);
    memcpy(wanted.key.b, key.ptr + head + 1, key.len - head - 1);
    return wanted;
}

static struct wanted wanted_of_state(mm_bytes key)
{
    struct wanted wanted = { .is_storage = key.ptr[0] == 's' };
    wanted.addr_key = (const void *)(key.ptr + 1);
    memcpy(wanted.key.b, key.ptr + (wanted.is_storage ? 33 : 1), 32);
    return wanted;
}

/* Whether the record's old value is the proven one. */
static bool is_proven_value(mm_bytes record, bool is_storage, mm_bytes proven)
{
    uint8_t leaf[33];
    mm_bytes old = mm_bytes_from(record.ptr + 1, record.len - 1);
    if (is_storage && old.len > 0 && (old.len > 1 || old.ptr[0] >= 0x80)) {
        leaf[0] = (uint8_t)(0x80 + old.len);
        memcpy(leaf + 1, old.ptr, old.len);
        old = mm_bytes_from(leaf, old.len + 1);
    }
    return mm_bytes_equal(old, proven);
}

/* Only within the window; before it *fault stays NULL. */
static mm_err fault_of_proof(struct rows *rows, const char **fault, mm_bytes key, mm_bytes value)
{
    const uint64_t block_num = mm_get_be64(key.ptr + key.len - 8) - 1;
    const struct ledger_view *view = rows->check->view;
    if (block_num < view->pin->proofs_from || view->head - block_num > view->ledger->proof_window)
        return MM_OK;
    if (!rows->has_state || rows->state.block_num != block_num) {
        if (rows->has_state)
            ledger_state_fini(&rows->state);
        ledger_state_init(&rows->state, rows->check->view, block_num);
        rows->has_state = true;
    }
    const mm_bytes what = mm_bytes_from(key.ptr, key.len - 8);
    const bool is_trie = what.ptr[0] == 'e';
    const struct wanted wanted =
        is_trie ? wanted_of_node(mm_bytes_from(what.ptr + 9, what.len - 9)) : wanted_of_state(what);
    mm_bytes proven = { NULL, 0 };
    bool verifies = false;
    mm_arena_reset(&rows->arena);
    const mm_err err = prove(rows, &wanted, &proven, &verifies);
    if (err != MM_OK && err != MM_ERR_CORRUPT && err != MM_ERR_IO)
        return err;
    if (!verifies)
        *fault = "with it the proof of the block before does not verify";
    else if (!is_trie && !is_proven_value(value, wanted.is_storage, proven))
        *fault = "is not what the header of the block before proves";
    return MM_OK;
}

static mm_err check_row(void *ctx, mm_bytes key, mm_bytes value)
{
    struct rows *rows = ctx;
    if (++rows->count % PROGRESS_ROWS == 0)
        ledger_check_progress(rows->check, "history", rows->count, 0);
    const char *fault = fault_of_key(rows->check, key);
    if (fault == NULL)
        fault = fault_of_value(rows, key, value);
    if (fault == NULL)
        MM_TRY(fault_of_proof(rows, &fault, key, value));
    if (fault != NULL) {
        char name[CHECK_NAME_BYTES];
        check_name(name, LEDGER_HISTORY, key);
        ledger_check_report(rows->check, "%s: %s", name, fault);
    }
    return MM_OK;
}

mm_err ledger_check_history(struct ledger_check *check)
{
    struct rows rows = { .check = check };
    mm_arena_init(&rows.arena, SIZE_MAX);
    const mm_err err = check_each(check, LEDGER_HISTORY, check_row, &rows);
    if (rows.has_state)
        ledger_state_fini(&rows.state);
    mm_arena_fini(&rows.arena);
    MM_TRY(err);
    ledger_check_progress(check, "history", rows.count, rows.count);
    return MM_OK;
}
