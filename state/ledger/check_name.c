/* What a row is, in words: one line for people, from its family and key. */
#include <stdio.h>

#include "state/base/endian.h"
#include "state/codec/hex.h"
#include "state/ledger/check_internal.h"

enum { HASH_TEXT = 64 };

/* 32 bytes in hex, terminated. */
static const char *hash_text(char out[HASH_TEXT + 1], const uint8_t *bytes)
{
    hex_encode(out, mm_bytes_from(bytes, 32));
    out[HASH_TEXT] = '\0';
    return out;
}

static void name_raw(char out[CHECK_NAME_BYTES], const char *family, mm_bytes key)
{
    enum { SHOWN = 100 };
    char digits[2 * SHOWN + 1];
    const size_t shown = key.len < SHOWN ? key.len : SHOWN;
    hex_encode(digits, mm_bytes_from(key.ptr, shown));
    digits[2 * shown] = '\0';
    (void)snprintf(out, CHECK_NAME_BYTES, "%s: key 0x%s%s of no known form", family, digits,
                   shown < key.len ? "…" : "");
}

static bool name_state(char *out, size_t size, mm_bytes key)
{
    char first[HASH_TEXT + 1];
    char second[HASH_TEXT + 1];
    if (key.len == 33 && (key.ptr[0] == 'a' || key.ptr[0] == 'c')) {
        (void)snprintf(out, size, "%s 0x%s", key.ptr[0] == 'a' ? "account" : "code",
                       hash_text(first, key.ptr + 1));
        return true;
    }
    if (key.len == 65 && key.ptr[0] == 's') {
        (void)snprintf(out, size, "slot 0x%s of account 0x%s", hash_text(first, key.ptr + 33),
                       hash_text(second, key.ptr + 1));
        return true;
    }
    return false;
}

static bool name_node(char *out, size_t size, mm_bytes key)
{
    char owner[HASH_TEXT + 1];
    char path[HASH_TEXT + 2];
    const bool is_storage = key.len > 0 && key.ptr[0] == 'S';
    const size_t head = is_storage ? 33 : 1;
    if (key.len < head + 1 || (!is_storage && key.ptr[0] != 'A') || key.ptr[head] > 64 ||
        key.len != head + 1 + (key.ptr[head] + 1u) / 2)
        return false;
    hex_encode(path, mm_bytes_from(key.ptr + head + 1, key.len - head - 1));
    path[key.ptr[head]] = '\0';
    if (is_storage)
        (void)snprintf(out, size, "node \"%s\" of the storage trie of account 0x%s", path,
                       hash_text(owner, key.ptr + 1));
    else
        (void)snprintf(out, size, "node \"%s\" of the account trie", path);
    return true;
}

static bool name_meta(char *out, size_t size, mm_bytes key)
{
    if (key.len == 12 && memcmp(key.ptr, "set/", 4) == 0) {
        (void)snprintf(out, size, "meta: validator set after block %llu",
                       (unsigned long long)mm_get_be64(key.ptr + 4));
        return true;
    }
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < ' ' || key.ptr[i] > '~')
            return false;
    }
    (void)snprintf(out, size, "meta: '%.*s'", (int)(key.len < 64 ? key.len : 64),
                   (const char *)key.ptr);
    return true;
}

static bool name_block(char *out, size_t size, mm_bytes key)
{
    static const char *const parts[] = { "header", "certificate", "edits" };
    if (key.len < 9)
        return false;
    const unsigned long long number = mm_get_be64(key.ptr);
    if (key.len == 9 && key.ptr[8] <= BLOCK_EDITS)
        (void)snprintf(out, size, "block %llu: %s", number, parts[key.ptr[8]]);
    else if (key.len == 13 && key.ptr[8] == BLOCK_BODY)
        (void)snprintf(out, size, "block %llu: body pack %u", number, mm_get_be32(key.ptr + 9));
    else
        return false;
    return true;
}

static bool name_lookup(char *out, size_t size, mm_bytes key)
{
    char hash[HASH_TEXT + 1];
    if (key.len != 33 || (key.ptr[0] != 'b' && key.ptr[0] != 't'))
        return false;
    (void)snprintf(out, size, "lookup: %s hash 0x%s", key.ptr[0] == 'b' ? "block" : "transaction",
                   hash_text(hash, key.ptr + 1));
    return true;
}

/* 'e' epoch(8) part, then by part. */
static bool name_epoch_row(char *out, size_t size, mm_bytes key)
{
    enum { HEAD = 10 };
    char node[CHECK_NAME_BYTES / 2];
    if (key.len < HEAD + 8)
        return false;
    const uint8_t part = key.ptr[HEAD - 1];
    const unsigned long long first = mm_get_be64(key.ptr + HEAD);
    const unsigned long long last = mm_get_be64(key.ptr + key.len - 8);
    if (part == EPOCH_CHANGED && key.len == HEAD + 8) {
        (void)snprintf(out, size, "history: keys changed by the flush up to block %llu", first);
        return true;
    }
    const size_t at = part == EPOCH_DELTAS ? HEAD + 8 : HEAD;
    if ((part != EPOCH_DELTAS && part != EPOCH_GONE) || key.len < at + 8 ||
        !name_node(node, sizeof node, mm_bytes_from(key.ptr + at, key.len - at - 8)))
        return false;
    if (part == EPOCH_GONE)
        (void)snprintf(out, size, "history: %s, gone with block %llu", node, last);
    else
        (void)snprintf(
            out, size,
            "history: deltas of the flush up to block %llu, from %s before block %llu on", first,
            node, last);
    return true;
}

static bool name_history(char *out, size_t size, mm_bytes key)
{
    char inner[CHECK_NAME_BYTES / 2];
    if (key.len < 9)
        return false;
    if (key.ptr[0] == 'e')
        return name_epoch_row(out, size, key);
    if (!name_state(inner, sizeof inner, mm_bytes_from(key.ptr, key.len - 8)))
        return false;
    (void)snprintf(out, size, "history: %s before block %llu", inner,
                   (unsigned long long)mm_get_be64(key.ptr + key.len - 8));
    return true;
}

void check_name(char out[CHECK_NAME_BYTES], enum ledger_family family, mm_bytes key)
{
    bool is_named = false;
    switch (family) {
    case LEDGER_META:
        is_named = name_meta(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_BLOCK:
        is_named = name_block(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_RECEIPT:
        is_named = key.len == 12;
        if (is_named)
            (void)snprintf(out, CHECK_NAME_BYTES, "block %llu: receipt pack %u",
                           (unsigned long long)mm_get_be64(key.ptr), mm_get_be32(key.ptr + 8));
        break;
    case LEDGER_LOOKUP:
        is_named = name_lookup(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_STATE:
        is_named = name_state(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_TRIE:
        is_named = name_node(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_HISTORY:
        is_named = name_history(out, CHECK_NAME_BYTES, key);
        break;
    case LEDGER_INDEX:
        is_named = key.len == 16;
        if (is_named)
            (void)snprintf(out, CHECK_NAME_BYTES, "index: row 0x%016llx of block %llu",
                           (unsigned long long)mm_get_be64(key.ptr),
                           (unsigned long long)mm_get_be64(key.ptr + 8));
        break;
    }
    if (!is_named)
        name_raw(out, LEDGER_FAMILIES[family].name, key);
}
