/* State and tries: the roots from the flat state, and each node that a trie over it has. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/check_internal.h"
#include "state/trie/stream.h"

/* ---- one trie ---- */

struct nodes {
    struct ledger_check *check;
    const mm_hash32 *addr_key; /* NULL: the account trie */
};

/* That block must have made it what it is. Before the window nothing is kept that could tell. */
static mm_err fault_of_since(struct ledger_check *check, const char **fault, mm_bytes key,
                             uint64_t since)
{
    if (since < check->view->ledger->begins || since > check->view->pin->flushed) {
        *fault = "is so since a block that is not flushed, or cannot have done it";
        return MM_OK;
    }
    if (since <= check->view->pin->proofs_from)
        return MM_OK;
    const mm_err err = past_find_delta(&check->past, key, since);
    if (err == MM_ERR_NOT_FOUND || err == MM_ERR_CORRUPT || err == MM_ERR_IO)
        *fault = "nothing is kept of what it was before the block that it is so since";
    else
        MM_TRY(err);
    return MM_OK;
}

static mm_err expect_node(void *ctx, mm_bytes path, mm_bytes node)
{
    const struct nodes *nodes = ctx;
    const struct ledger_key key = key_node(nodes->addr_key, path);
    mm_bytes record;
    mm_bytes value;
    uint64_t since;
    bool is_here;
    MM_TRY(check_must_find(nodes->check, &record, &is_here, LEDGER_TRIE, key_bytes(&key)));
    if (!is_here || nodes->check->is_muted)
        return MM_OK;
    const char *fault = NULL;
    if (record_open(record, &value, &since) != MM_OK || !mm_bytes_equal(value, node))
        fault = "is not what follows from the blocks and the state";
    else
        MM_TRY(fault_of_since(nodes->check, &fault, key_bytes(&key), since));
    check_fault(nodes->check, LEDGER_TRIE, key_bytes(&key), fault);
    return MM_OK;
}

/* ---- one account ---- */

struct walk {
    struct ledger_check *check;
    struct kv_iter *accounts;
    struct kv_iter *slots;
    struct trie_stream *account_trie;
    struct trie_stream *storage_trie; /* of the account in work */
    struct nodes storage_nodes;
    mm_hash32 addr_key; /* of the account in work */
    /* Distinct hashes of code that accounts have. */
    mm_hash32 *codes; /* owned */
    size_t code_count;
};

static bool is_kind(const struct kv_iter *iter, char kind, size_t len)
{
    if (!kv_iter_valid(iter))
        return false;
    const mm_bytes key = kv_iter_key(iter);
    return key.len == len && key.ptr[0] == (uint8_t)kind;
}

static void report_row(struct walk *walk, mm_bytes key, const char *what)
{
    char name[CHECK_NAME_BYTES];
    check_name(name, LEDGER_STATE, key);
    ledger_check_report(walk->check, "%s: %s", name, what);
}

static mm_err add_to_trie(struct trie_stream *trie, mm_bytes key, mm_bytes value)
{
    const mm_err err = trie_stream_add(trie, key, value);
    MM_ASSERT(err != MM_ERR_INVALID); /* keys come from an iterator, values are not empty */
    return err;
}

static mm_err add_slot(struct walk *walk)
{
    const mm_bytes key = kv_iter_key(walk->slots);
    mm_bytes value;
    uint64_t since;
    if (record_open(kv_iter_value(walk->slots), &value, &since) != MM_OK || value.len > 32 ||
        value.ptr[0] == 0) {
        report_row(walk, key, "its value is not 1 to 32 bytes without leading zeros");
        return MM_OK;
    }
    uint8_t leaf[33];
    size_t len = 0;
    if (value.len > 1 || value.ptr[0] >= 0x80)
        leaf[len++] = (uint8_t)(0x80 + value.len);
    memcpy(leaf + len, value.ptr, value.len);
    return add_to_trie(walk->storage_trie, mm_bytes_from(key.ptr + 33, 32),
                       mm_bytes_from(leaf, len + value.len));
}

/* One line for all slots of an account that is not there; leaves the iterator behind them. */
static void skip_orphans(struct walk *walk)
{
    char name[CHECK_NAME_BYTES];
    uint8_t first[65];
    size_t count = 0;
    memcpy(first, kv_iter_key(walk->slots).ptr, sizeof first);
    for (; is_kind(walk->slots, 's', 65); kv_iter_next(walk->slots)) {
        if (memcmp(kv_iter_key(walk->slots).ptr, first, 33) != 0)
            break;
        count++;
    }
    check_name(name, LEDGER_STATE, MM_BYTES_OF(first));
    ledger_check_report(walk->check, "%s: there is no such account; it is the first of %zu slots",
                        name, count);
}

/* Slots up to and with those of addr_key: the ones before it belong to no account. NULL: all that are left. */
static mm_err add_slots(struct walk *walk, mm_hash32 *root, const mm_hash32 *addr_key)
{
    while (is_kind(walk->slots, 's', 65)) {
        const mm_bytes key = kv_iter_key(walk->slots);
        const int order = addr_key == NULL ? -1 : memcmp(key.ptr + 1, addr_key->b, 32);
        if (order > 0)
            break;
        if (order < 0) {
            skip_orphans(walk);
            continue;
        }
        MM_TRY(add_slot(walk));
        kv_iter_next(walk->slots);
    }
    return trie_stream_finish(walk->storage_trie, root);
}

static mm_err note_code(struct walk *walk, const mm_hash32 *code_hash)
{
    for (size_t i = 0; i < walk->code_count; i++) {
        if (mm_hash_equal(&walk->codes[i], code_hash))
            return MM_OK;
    }
    /* A chain has a handful of native contracts, whatever the number of their accounts. */
    mm_hash32 *codes = mm_heap_resize(walk->codes, (walk->code_count + 1) * sizeof *codes);
    if (codes == NULL)
        return MM_ERR_NO_MEMORY;
    walk->codes = codes;
    walk->codes[walk->code_count++] = *code_hash;
    const struct ledger_key key = key_code(code_hash);
    mm_bytes code;
    bool is_here;
    return check_must_find(walk->check, &code, &is_here, LEDGER_STATE, key_bytes(&key));
}

static mm_err add_account(struct walk *walk)
{
    const mm_bytes key = kv_iter_key(walk->accounts);
    mm_bytes value;
    uint64_t since;
    struct account account;
    mm_hash32 root;
    memcpy(walk->addr_key.b, key.ptr + 1, 32);
    MM_TRY(add_slots(walk, &root, &walk->addr_key));
    if (record_open(kv_iter_value(walk->accounts), &value, &since) != MM_OK ||
        account_decode(&account, value) != RLP_OK) {
        report_row(walk, key, "does not decode");
        if (value.len > 0)
            MM_TRY(add_to_trie(walk->account_trie, mm_bytes_hash(&walk->addr_key), value));
        return MM_OK;
    }
    if (!mm_hash_equal(&root, &account.storage_root))
        report_row(walk, key, "its slots give another storage root than it says");
    if (account_is_empty(&account) && mm_hash_equal(&account.storage_root, &KECCAK_EMPTY_TRIE))
        report_row(walk, key, "is empty, and so should not be there (EIP-161)");
    if (account_has_code(&account))
        MM_TRY(note_code(walk, &account.code_hash));
    return add_to_trie(walk->account_trie, mm_bytes_hash(&walk->addr_key), value);
}

/* ---- all of them ---- */

static mm_err walk_accounts(struct walk *walk)
{
    unsigned shown = 0;
    kv_iter_seek(walk->accounts, MM_BYTES_LIT("a"));
    kv_iter_seek(walk->slots, MM_BYTES_LIT("s"));
    for (; is_kind(walk->accounts, 'a', 33); kv_iter_next(walk->accounts)) {
        const uint8_t *key = kv_iter_key(walk->accounts).ptr;
        const unsigned place = (unsigned)key[1] << 8 | key[2]; /* hashes: evenly spread */
        if (place - shown >= 64) {
            shown = place;
            ledger_check_progress(walk->check, "accounts", place, 1 << 16);
        }
        MM_TRY(add_account(walk));
    }
    mm_hash32 none;
    mm_hash32 root;
    MM_TRY(kv_iter_err(walk->accounts));
    MM_TRY(add_slots(walk, &none, NULL)); /* behind the last account */
    MM_TRY(kv_iter_err(walk->slots));
    MM_TRY(trie_stream_finish(walk->account_trie, &root));
    ledger_check_progress(walk->check, "accounts", 1 << 16, 1 << 16);
    if (!mm_hash_equal(&root, &walk->check->view->header.state_root))
        ledger_check_report(
            walk->check,
            "state: the accounts give another state root than the header of block %llu",
            (unsigned long long)walk->check->view->head);
    return MM_OK;
}

static bool is_noted(const struct walk *walk, const uint8_t *code_hash)
{
    for (size_t i = 0; i < walk->code_count; i++) {
        if (memcmp(walk->codes[i].b, code_hash, 32) == 0)
            return true;
    }
    return false;
}

static mm_err check_row(void *ctx, mm_bytes key, mm_bytes value)
{
    struct walk *walk = ctx;
    const uint8_t kind = key.len > 0 ? key.ptr[0] : 0;
    if (kind == 'c' && key.len == 33) {
        const mm_hash32 hash = keccak256(value);
        if (memcmp(hash.b, key.ptr + 1, 32) != 0)
            report_row(walk, key, "its bytes do not hash to its name");
        else if (!is_noted(walk, key.ptr + 1))
            report_row(walk, key, "no account has it");
    } else if (!(kind == 'a' && key.len == 33) && !(kind == 's' && key.len == 65)) {
        report_row(walk, key, "is there, and nothing asks for it");
    }
    return MM_OK;
}

static mm_err walk_state(struct walk *walk)
{
    const struct trie_sink storage_sink = { &walk->storage_nodes, expect_node };
    struct nodes account_nodes = { walk->check, NULL };
    const struct trie_sink account_sink = { &account_nodes, expect_node };
    walk->storage_nodes = (struct nodes){ walk->check, &walk->addr_key };
    walk->accounts = kv_iter_new(walk->check->kv, walk->check->snapshot, LEDGER_STATE);
    walk->slots = kv_iter_new(walk->check->kv, walk->check->snapshot, LEDGER_STATE);
    walk->account_trie = trie_stream_new(&account_sink);
    walk->storage_trie = trie_stream_new(&storage_sink);
    mm_err err = walk->accounts == NULL || walk->slots == NULL || walk->account_trie == NULL ||
                         walk->storage_trie == NULL
                     ? MM_ERR_NO_MEMORY
                     : walk_accounts(walk);
    if (walk->accounts != NULL)
        kv_iter_free(walk->accounts);
    if (walk->slots != NULL)
        kv_iter_free(walk->slots);
    trie_stream_free(walk->account_trie);
    trie_stream_free(walk->storage_trie);
    if (err == MM_ERR_CORRUPT || err == MM_ERR_IO) {
        ledger_check_report(walk->check, "family state: cannot be read to its end: %s",
                            mm_err_text(err));
        walk->check->is_unsure[LEDGER_TRIE] = true;
        err = MM_OK;
    }
    return err;
}

/* The nodes that the flat state asks for, again. */
static mm_err all_nodes(struct ledger_check *check)
{
    struct walk walk = { .check = check };
    const mm_err err = walk_state(&walk);
    mm_heap_free(walk.codes);
    return err;
}

mm_err ledger_check_state(struct ledger_check *check)
{
    struct walk walk = { .check = check };
    mm_err err = walk_state(&walk);
    if (err == MM_OK)
        err = check_each(check, LEDGER_STATE, check_row, &walk);
    mm_heap_free(walk.codes);
    MM_TRY(err);
    return check_strangers(check, LEDGER_TRIE, all_nodes);
}
