/* What epochs keep, row by row: each is of the epoch that it stands in, and packs and their deltas have their form and their order. */
#include "state/base/endian.h"
#include "state/ledger/check_internal.h"
#include "state/trie/node_delta.h"

enum { HEAD = 10 }; /* of a key: 'e', epoch, part */

bool check_is_node_key(mm_bytes key)
{
    const size_t head = key.len > 0 && key.ptr[0] == 'S' ? 33 : 1;
    if (key.len <= head || (key.ptr[0] != 'A' && key.ptr[0] != 'S') || key.ptr[head] > 64)
        return false;
    const size_t nibbles = key.ptr[head];
    const bool is_padded = nibbles % 2 == 0 || (key.ptr[key.len - 1] & 0x0f) == 0;
    return key.len == head + 1 + (nibbles + 1) / 2 && is_padded;
}

/* Whether a delta of the block says so of the node, in the check's own past. */
static mm_err find_delta(struct ledger_check *check, bool *is_here, mm_bytes key,
                         uint64_t block_num)
{
    const mm_err err = past_find_delta(&check->past, key, block_num);
    *is_here = err == MM_OK;
    return err == MM_ERR_NOT_FOUND || err == MM_ERR_CORRUPT || err == MM_ERR_IO ? MM_OK : err;
}

static const char *fault_of_epoch(const struct ledger_check *check, mm_bytes key)
{
    const uint64_t epoch = mm_get_be64(key.ptr + 1);
    if (epoch < check->view->ledger->first_epoch)
        return "is of an epoch that was dropped";
    return epoch > check->view->pin->flushed / EPOCH_BLOCKS ? "is of an epoch that is not flushed"
                                                            : NULL;
}

/* ---- nodes that went ---- */

static mm_err fault_of_gone(struct ledger_check *check, const char **fault, mm_bytes key,
                            mm_bytes value)
{
    const mm_bytes node = mm_bytes_from(key.ptr + HEAD, key.len - HEAD - 8);
    const uint64_t block_num = mm_get_be64(key.ptr + key.len - 8);
    bool is_here = false;
    if (!check_is_node_key(node) || value.len > 0)
        *fault = "is there, and nothing asks for it";
    else if (block_num / EPOCH_BLOCKS != mm_get_be64(key.ptr + 1))
        *fault = "stands in an epoch that is not its block's";
    if (*fault != NULL)
        return MM_OK;
    MM_TRY(find_delta(check, &is_here, node, block_num));
    if (!is_here || !trie_delta_is_whole(check->past.pack.entry.delta))
        *fault = "no delta says what it was";
    return MM_OK;
}

/* ---- deltas ---- */

static const char *fault_of_entry(const struct ledger_check *check, const struct delta_entry *entry,
                                  const struct delta_entry *before, uint64_t last_block)
{
    if (!check_is_node_key(entry->node_key))
        return "has a delta of what is no node";
    if (entry->block_num <= check->view->ledger->begins || entry->block_num > last_block)
        return "has a delta of a block that is not its own";
    if (before == NULL)
        return NULL;
    const int order = mm_bytes_compare(before->node_key, entry->node_key);
    return order > 0 || (order == 0 && before->block_num >= entry->block_num)
               ? "has deltas that are not ascending"
               : NULL;
}

static void report_entry(struct ledger_check *check, const struct delta_entry *entry,
                         const char *fault)
{
    char name[CHECK_NAME_BYTES];
    check_name(name, LEDGER_TRIE, entry->node_key);
    ledger_check_report(check, "history: %s before block %llu: %s", name,
                        (unsigned long long)entry->block_num, fault);
}

/* The version before is so since a block that has a delta itself. */
static mm_err check_entry(struct ledger_check *check, const struct delta_entry *entry)
{
    bool is_here = true;
    if (entry->since > check->view->pin->proofs_from)
        MM_TRY(find_delta(check, &is_here, entry->node_key, entry->since));
    if (!is_here)
        report_entry(check, entry, "the block that it was so since has no delta");
    return MM_OK;
}

static mm_err check_pack(struct ledger_check *check, const char **fault, mm_bytes key,
                         mm_bytes packed)
{
    const uint64_t epoch = mm_get_be64(key.ptr + 1);
    const uint64_t last = mm_get_be64(key.ptr + HEAD);
    struct delta_cursor cursor;
    struct delta_entry before = { .block_num = 0 };
    struct ledger_key before_key;
    if (last / EPOCH_BLOCKS != epoch || last > check->view->pin->flushed) {
        *fault = "is of a flush that was not, or stands in an epoch that is not its own";
        return MM_OK;
    }
    mm_err err = deltas_open(&cursor, packed, epoch);
    for (size_t i = 0; err == MM_OK && (err = deltas_next(&cursor)) == MM_OK; i++) {
        const struct delta_entry *entry = &cursor.entry;
        *fault = fault_of_entry(check, entry, i == 0 ? NULL : &before, last);
        if (*fault != NULL)
            return MM_OK;
        const struct ledger_key first = key_deltas(epoch, last, entry->node_key, entry->block_num);
        if (i == 0 && !mm_bytes_equal(key_bytes(&first), key)) {
            *fault = "does not begin with the delta that its key names";
            return MM_OK;
        }
        MM_TRY(check_entry(check, entry));
        before_key = cursor.key;
        before = *entry;
        before.node_key = key_bytes(&before_key);
    }
    if (err != MM_ERR_NOT_FOUND)
        *fault = "is no pack of deltas";
    return MM_OK;
}

mm_err check_epoch_row(struct ledger_check *check, mm_bytes key, mm_bytes value)
{
    const uint8_t part = key.len >= HEAD + 8 ? key.ptr[HEAD - 1] : 0;
    const bool is_list = part == EPOCH_CHANGED && key.len == HEAD + 8;
    const char *fault = NULL;
    if (!is_list && part != EPOCH_GONE && !(part == EPOCH_DELTAS && key.len > HEAD + 16))
        fault = "is there, and nothing asks for it";
    else
        fault = fault_of_epoch(check, key);
    if (fault == NULL && part == EPOCH_GONE)
        MM_TRY(fault_of_gone(check, &fault, key, value));
    if (fault == NULL && part == EPOCH_DELTAS)
        MM_TRY(check_pack(check, &fault, key, value));
    check_fault(check, LEDGER_HISTORY, key, fault);
    return MM_OK;
}
