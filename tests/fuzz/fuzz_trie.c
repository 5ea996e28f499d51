/* Histories of a stored trie. The input is a list of writes that end in batches; after each batch the root and every stored node are
 * those of the trie built at once, and of the stream where keys have one length; at the end every key, and one beside it, is proven.
 *
 *     input   mode, write …           mode 0: keys of 0 to 3 bytes; else all keys have 1 + (mode & 3) bytes
 *     write   flags, [len], key       flags: 0x80 the batch ends here, 0x40 the key goes, low bits: the value's length, less 1 */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "state/trie/stream.h"
#include "tests/lib/node_table.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { KEYS_MAX = 24, KEY_MAX = 4, VALUE_MAX = 64, BATCHES_MAX = 16 };

struct entry {
    uint8_t key[KEY_MAX];
    size_t key_len;
    uint8_t value[VALUE_MAX];
    size_t value_len; /* 0: absent */
    bool in_batch;
};

struct history {
    const uint8_t *at;
    const uint8_t *end;
    size_t key_len; /* 0: of any length */
    struct entry entries[KEYS_MAX];
    size_t count;
    struct node_table table;
    mm_hash32 root;
    struct mm_arena arena;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t next(struct history *history)
{
    return history->at < history->end ? *history->at++ : 0;
}

static mm_bytes key_of(const struct entry *entry)
{
    return mm_bytes_from(entry->key, entry->key_len);
}

/* NULL when there are too many keys. */
static struct entry *find_or_add(struct history *history, mm_bytes key)
{
    size_t at = 0;
    while (at < history->count && mm_bytes_compare(key_of(&history->entries[at]), key) < 0)
        at++;
    if (at < history->count && mm_bytes_equal(key_of(&history->entries[at]), key))
        return &history->entries[at];
    if (history->count == KEYS_MAX)
        return NULL;
    memmove(&history->entries[at + 1], &history->entries[at],
            (history->count - at) * sizeof history->entries[0]);
    history->count++;
    history->entries[at] = (struct entry){ .key_len = key.len };
    if (key.len > 0)
        memcpy(history->entries[at].key, key.ptr, key.len);
    return &history->entries[at];
}

/* Reads a write. False: its batch ends with it. */
static bool read_write(struct history *history)
{
    uint8_t key[KEY_MAX];
    const uint8_t flags = next(history);
    const size_t len = history->key_len != 0 ? history->key_len : next(history) % KEY_MAX;
    for (size_t i = 0; i < len; i++)
        key[i] = next(history);
    struct entry *entry = find_or_add(history, mm_bytes_from(key, len));
    if (entry != NULL) {
        entry->in_batch = true;
        entry->value_len = (flags & 0x40) != 0 ? 0 : 1 + (flags & 0x3f);
        memset(entry->value, flags ^ key[0], entry->value_len);
    }
    return (flags & 0x80) == 0 && history->at < history->end;
}

static size_t updates_of(const struct history *history, struct trie_update *out, bool batch)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct entry *entry = &history->entries[i];
        if (batch ? !entry->in_batch : entry->value_len == 0)
            continue;
        out[count++] =
            (struct trie_update){ key_of(entry), mm_bytes_from(entry->value, entry->value_len) };
    }
    return count;
}

static mm_err keep_node(void *ctx, mm_bytes path, mm_bytes node)
{
    node_table_put(ctx, path, node);
    return MM_OK;
}

static void check_stream(const struct history *history, const struct trie_update *all, size_t count)
{
    struct node_table table = { 0 };
    struct trie_stream *stream = trie_stream_new(&(struct trie_sink){ &table, keep_node });
    mm_hash32 root;
    REQUIRE(stream != NULL);
    for (size_t i = 0; i < count; i++)
        REQUIRE(trie_stream_add(stream, all[i].key, all[i].value) == MM_OK);
    REQUIRE(trie_stream_finish(stream, &root) == MM_OK);
    REQUIRE(mm_hash_equal(&root, &history->root));
    REQUIRE(node_table_equal(&table, &history->table));
    trie_stream_free(stream);
    node_table_fini(&table);
}

static void check_proof(struct history *history, mm_bytes key, mm_bytes expected)
{
    const struct trie_reader reader = node_table_reader(&history->table);
    struct trie_proof proof;
    mm_bytes value;
    REQUIRE(trie_prove(&history->arena, &proof, &reader, &history->root, key) == MM_OK);
    REQUIRE(mm_bytes_equal(proof.value, expected));
    const enum proof_verdict verdict =
        trie_verify(&history->arena, &value, &history->root, key, proof.nodes, proof.count);
    REQUIRE(verdict == (expected.len > 0 ? PROOF_PRESENT : PROOF_ABSENT));
    REQUIRE(mm_bytes_equal(value, expected));
}

static void check_proofs(struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct entry *entry = &history->entries[i];
        uint8_t beside[KEY_MAX + 1];
        check_proof(history, key_of(entry), mm_bytes_from(entry->value, entry->value_len));
        memcpy(beside, entry->key, sizeof entry->key);
        beside[entry->key_len] = 0xe7; /* one longer: another key's only when its length is free */
        const mm_bytes longer = mm_bytes_from(beside, entry->key_len + 1);
        bool is_known = false;
        for (size_t j = 0; j < history->count; j++)
            is_known = is_known || mm_bytes_equal(key_of(&history->entries[j]), longer);
        if (!is_known)
            check_proof(history, longer, (mm_bytes){ NULL, 0 });
    }
}

static void run_batch(struct history *history)
{
    struct trie_update updates[KEYS_MAX];
    struct node_table fresh = { 0 };
    size_t count = updates_of(history, updates, true);
    history->root = node_table_update(&history->table, &history->root, updates, count);
    count = updates_of(history, updates, false);
    const mm_hash32 expected = node_table_update(&fresh, &KECCAK_EMPTY_TRIE, updates, count);
    REQUIRE(mm_hash_equal(&history->root, &expected));
    REQUIRE(node_table_equal(&history->table, &fresh));
    if (history->key_len != 0)
        check_stream(history, updates, count);
    node_table_fini(&fresh);
    for (size_t i = 0; i < history->count; i++)
        history->entries[i].in_batch = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    static struct history history;
    history = (struct history){ .at = data + 1, .end = data + size, .root = KECCAK_EMPTY_TRIE };
    history.key_len = data[0] == 0 ? 0 : 1 + (data[0] & 3);
    mm_arena_init(&history.arena, 16 << 20);
    for (size_t batch = 0; batch < BATCHES_MAX && history.at < history.end; batch++) {
        while (read_write(&history)) {
        }
        run_batch(&history);
    }
    check_proofs(&history);
    node_table_fini(&history.table);
    mm_arena_fini(&history.arena);
    return 0;
}
