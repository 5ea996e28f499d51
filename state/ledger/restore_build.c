/* The tries over a flat state that came from outside: each node written, each root compared. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"
#include "state/ledger/restore_internal.h"
#include "state/trie/stream.h"

struct nodes {
    struct ledger_restore *restore;
    const mm_hash32 *addr_key; /* NULL: the account trie */
};

struct build {
    struct ledger_restore *restore;
    struct mm_reason *reason;
    struct kv_iter *accounts;
    struct kv_iter *slots;
    struct trie_stream *account_trie;
    struct trie_stream *storage_trie; /* of the account in work */
    mm_hash32 addr_key;               /* of that */
    struct mm_buf code;
};

static mm_err keep_node(void *ctx, mm_bytes path, mm_bytes node)
{
    const struct nodes *nodes = ctx;
    const struct ledger_key key = key_node(nodes->addr_key, path);
    return restore_dated(nodes->restore, LEDGER_TRIE, key_bytes(&key), node);
}

static bool is_kind(const struct kv_iter *iter, uint8_t kind, size_t len)
{
    return kv_iter_valid(iter) && kv_iter_key(iter).len == len && kv_iter_key(iter).ptr[0] == kind;
}

/* *value borrows from the iterator. Where more headers came after the record, it gets another date. */
static mm_err read_record(struct build *build, const struct kv_iter *iter, mm_bytes *value)
{
    uint64_t since;
    MM_TRY(record_open(kv_iter_value(iter), value, &since));
    return since == build->restore->head
               ? MM_OK
               : restore_dated(build->restore, LEDGER_STATE, kv_iter_key(iter), *value);
}

static mm_err add_slot(struct build *build)
{
    const mm_bytes key = kv_iter_key(build->slots);
    mm_bytes value;
    uint8_t leaf[33];
    size_t len = 0;
    MM_TRY(read_record(build, build->slots, &value));
    MM_ASSERT(value.len <= 32);
    if (value.len > 1 || value.ptr[0] >= 0x80)
        leaf[len++] = (uint8_t)(0x80 + value.len);
    memcpy(leaf + len, value.ptr, value.len);
    return trie_stream_add(build->storage_trie, mm_bytes_from(key.ptr + 33, 32),
                           mm_bytes_from(leaf, len + value.len));
}

static mm_err storage_root(struct build *build, mm_hash32 *root)
{
    for (; is_kind(build->slots, 's', 65); kv_iter_next(build->slots)) {
        const int order = memcmp(kv_iter_key(build->slots).ptr + 1, build->addr_key.b, 32);
        if (order > 0)
            break;
        if (order < 0)
            return mm_fail(build->reason, MM_ERR_CORRUPT, "slots of an account that is not there");
        MM_TRY(add_slot(build));
    }
    return trie_stream_finish(build->storage_trie, root);
}

static mm_err check_code(struct build *build, const struct account *account)
{
    const struct ledger_key key = key_code(&account->code_hash);
    if (!account_has_code(account))
        return MM_OK;
    const mm_err err =
        kv_get(build->restore->ledger->kv, NULL, LEDGER_STATE, key_bytes(&key), &build->code);
    return err == MM_ERR_NOT_FOUND
               ? mm_fail(build->reason, MM_ERR_CORRUPT, "the code of an account is missing")
               : err;
}

static mm_err add_account(struct build *build)
{
    mm_bytes value;
    struct account account;
    mm_hash32 root;
    MM_TRY(read_record(build, build->accounts, &value));
    memcpy(build->addr_key.b, kv_iter_key(build->accounts).ptr + 1, 32);
    if (account_decode(&account, value) != RLP_OK)
        return MM_ERR_CORRUPT;
    MM_TRY(storage_root(build, &root));
    if (!mm_hash_equal(&root, &account.storage_root))
        return mm_fail(build->reason, MM_ERR_CORRUPT,
                       "the slots of an account give another storage root than it says");
    MM_TRY(check_code(build, &account));
    return trie_stream_add(build->account_trie, mm_bytes_hash(&build->addr_key), value);
}

static mm_err build_all(struct build *build, const mm_hash32 *state_root)
{
    mm_hash32 root;
    kv_iter_seek(build->accounts, MM_BYTES_LIT("a"));
    kv_iter_seek(build->slots, MM_BYTES_LIT("s"));
    for (; is_kind(build->accounts, 'a', 33); kv_iter_next(build->accounts))
        MM_TRY(add_account(build));
    MM_TRY(kv_iter_err(build->accounts));
    MM_TRY(kv_iter_err(build->slots));
    if (is_kind(build->slots, 's', 65))
        return mm_fail(build->reason, MM_ERR_CORRUPT, "slots of an account that is not there");
    MM_TRY(trie_stream_finish(build->account_trie, &root));
    return mm_hash_equal(&root, state_root)
               ? MM_OK
               : mm_fail(build->reason, MM_ERR_CORRUPT,
                         "the accounts give another state root than the header says");
}

mm_err restore_build(struct ledger_restore *restore, const mm_hash32 *state_root,
                     struct mm_reason *reason)
{
    struct build build = { .restore = restore, .reason = reason };
    struct kv *kv = restore->ledger->kv;
    struct nodes storage_nodes = { restore, &build.addr_key };
    struct nodes account_nodes = { restore, NULL };
    const struct trie_sink storage_sink = { &storage_nodes, keep_node };
    const struct trie_sink account_sink = { &account_nodes, keep_node };
    /* Nodes are written while it is read. */
    struct kv_snapshot *snapshot = kv_snapshot_new(kv);
    mm_buf_init(&build.code, LEDGER_VALUE_MAX);
    mm_err err = snapshot == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK) {
        build.accounts = kv_iter_new(kv, snapshot, LEDGER_STATE);
        build.slots = kv_iter_new(kv, snapshot, LEDGER_STATE);
        build.account_trie = trie_stream_new(&account_sink);
        build.storage_trie = trie_stream_new(&storage_sink);
        err = build.accounts == NULL || build.slots == NULL || build.account_trie == NULL ||
                      build.storage_trie == NULL
                  ? MM_ERR_NO_MEMORY
                  : build_all(&build, state_root);
    }
    if (build.accounts != NULL)
        kv_iter_free(build.accounts);
    if (build.slots != NULL)
        kv_iter_free(build.slots);
    trie_stream_free(build.account_trie);
    trie_stream_free(build.storage_trie);
    if (snapshot != NULL)
        kv_snapshot_free(kv, snapshot);
    mm_buf_fini(&build.code);
    return err;
}
