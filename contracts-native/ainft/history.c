/* A token's history: hashes, each over the one before it, that only ever get more. */
#include "contracts-native/ainft/ainft_internal.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"

/* ---- what may be appended ---- */

static bool content_fits(const struct kind_def *def, const struct history_entry *entry)
{
    const size_t len = entry->content.len;
    if (entry->form > AINFT_COMMITMENT || (def->forms >> entry->form & 1) == 0 ||
        len > def->bytes_max)
        return false;
    switch ((enum ainft_form)entry->form) {
    case AINFT_INLINE:
        return len <= AINFT_INLINE_BYTES_MAX;
    case AINFT_CID: /* a binary CIDv1 begins with its version */
        return len >= 4 && len <= AINFT_CID_BYTES_MAX && entry->content.ptr[0] == 1;
    case AINFT_COMMITMENT:
        return len == AINFT_COMMITMENT_BYTES;
    }
    MM_UNREACHABLE();
}

enum exec_status history_check(struct abi_call *call, const struct kind_def *def,
                               const struct history_entry *entry)
{
    if (!content_fits(def, entry))
        return ainft_refuse(call, AINFT_HISTORY_CONTENT_INVALID,
                            ABI_VALUES(abi_u64(entry->form), abi_u64(entry->content.len)));
    if (entry->weight == 0 || entry->weight > def->weight_max)
        return ainft_refuse_limit(call, "weight", def->weight_max);
    return EXEC_OK;
}

/* ---- appending ---- */

static mm_u256 hash_of(struct abi_call *call, const struct history_entry *entry,
                       const mm_u256 *index, const mm_u256 *previous)
{
    const mm_bytes type = MM_BYTES_LIT(
        "HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,"
        "bytes32 kind,address author,address submitter,uint8 form,uint32 weight,uint64 time,"
        "bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)");
    const struct exec_block *block = host_block(call->host);
    const mm_u256 words[] = {
        layout_id(type),
        u256_from_u64(block->chain_id),
        u256_from_addr(host_self(call->host)),
        entry->token,
        *index,
        entry->kind,
        u256_from_addr(&entry->author),
        u256_from_addr(&entry->submitter),
        u256_from_u64(entry->form),
        u256_from_u64(entry->weight),
        u256_from_u64(block->timestamp),
        entry->request_hash,
        layout_id(entry->content),
        *previous,
    };
    return eip712_hash_words(words, MM_COUNT_OF(words));
}

/* Counts the entry for its author. *is_new: whether it is his first of this kind. */
static enum exec_status count_author(struct abi_call *call, bool *is_new,
                                     const struct history_entry *entry)
{
    const mm_u256 of_kind = layout_at2(LAYOUT_COUNT_BY, &entry->token, &entry->kind);
    const mm_u256 slot = storage_at_addr(&entry->author, &of_kind);
    mm_u256 before;
    HOST_TRY(storage_count(call, &before, &slot, true));
    *is_new = u256_is_zero(&before);
    return EXEC_OK;
}

static enum exec_status count_entry(struct abi_call *call, const struct history_entry *entry)
{
    const mm_u256 slot = layout_at2(LAYOUT_STATS, &entry->token, &entry->kind);
    bool is_new;
    mm_u256 stats; /* count, weight, authors, lastTime */
    HOST_TRY(count_author(call, &is_new, entry));
    HOST_TRY(host_load(call->host, &stats, &slot));
    if (stats.limb[1] > UINT64_MAX - entry->weight)
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    stats.limb[0]++;
    stats.limb[1] += entry->weight;
    stats.limb[2] += is_new ? 1 : 0;
    stats.limb[3] = host_block(call->host)->timestamp;
    return host_store(call->host, &slot, &stats);
}

enum exec_status history_append(struct abi_call *call, mm_u256 *index, mm_u256 *hash,
                                const struct history_entry *entry)
{
    const mm_u256 slot = layout_at(LAYOUT_HISTORY, &entry->token);
    const mm_u256 one = u256_from_u64(1);
    mm_u256 previous = { { 0 } };
    HOST_TRY(host_load(call->host, index, &slot));
    if (!u256_is_zero(index)) {
        const mm_u256 last = u256_wrapping_sub(index, &one);
        const mm_u256 last_slot = storage_array_slot(&slot, &last);
        HOST_TRY(host_load(call->host, &previous, &last_slot));
    }
    *hash = hash_of(call, entry, index, &previous);
    HOST_TRY(storage_array_push(call, &slot, hash));
    /* Entry { bool redacted; address author }: the author begins at the second byte. */
    const mm_u256 entry_slot = layout_at2(LAYOUT_ENTRIES, &entry->token, index);
    const mm_u256 author = u256_from_addr(&entry->author);
    const mm_u256 shift = u256_from_u64(256);
    const mm_u256 word = u256_wrapping_mul(&author, &shift);
    HOST_TRY(host_store(call->host, &entry_slot, &word));
    HOST_TRY(count_entry(call, entry));
    return abi_emit(call, &ainft_events[AINFT_HISTORY_APPENDED],
                    ABI_VALUES(abi_word(&entry->token), abi_word(&entry->kind),
                               abi_addr(&entry->author), abi_word(index),
                               abi_addr(&entry->submitter), abi_u64(entry->form),
                               abi_u64(entry->weight), abi_word(&entry->request_hash),
                               abi_bytes(entry->content), abi_word(hash)));
}

/* ---- functions ---- */

/* Of an entry whose token and kind are there and take it: asks the rule, appends, gives index and hash. */
static enum exec_status append_by_rule(struct abi_call *call, const struct kind_def *def,
                                       const mm_addr *owner, const struct history_entry *entry)
{
    const struct rule_subject subject = {
        .caller = entry->submitter,
        .owner = *owner,
        .token = entry->token,
        .author = entry->author,
        .kind = def->name,
        .form = entry->form,
        .weight = entry->weight,
        .length = entry->content.len,
    };
    HOST_TRY(rule_require(call, "history", def->name, &subject));
    return history_append(call, &call->results[0].word, &call->results[1].word, entry);
}

/* token, kind, form, weight, content: the first arguments of both functions. */
static struct history_entry entry_of(const struct abi_call *call)
{
    return (struct history_entry){
        .token = call->args[0].word,
        .kind = call->args[1].word,
        .author = *host_caller(call->host),
        .submitter = *host_caller(call->host),
        .form = (uint8_t)call->args[2].word.limb[0],
        .weight = (uint32_t)call->args[3].word.limb[0],
        .content = call->args[4].bytes,
    };
}

enum exec_status ainft_append_history(struct abi_call *call)
{
    const struct history_entry entry = entry_of(call);
    struct kind_def def;
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, &entry.token));
    HOST_TRY(kind_load(call, &def, &entry.kind));
    HOST_TRY(history_check(call, &def, &entry));
    return append_by_rule(call, &def, &owner, &entry);
}

/* What the author signed: HistoryRequest with his next nonce, which is then used up. */
static enum exec_status check_author(struct abi_call *call, const struct history_entry *entry,
                                     const mm_u256 *deadline, mm_bytes signature)
{
    const mm_bytes type = MM_BYTES_LIT("HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,"
                                       "bytes32 requestHash,uint256 nonce,uint256 deadline)");
    const mm_u256 slot = layout_nonce(&entry->author);
    mm_u256 nonce;
    HOST_TRY(signer_check_deadline(call, deadline));
    HOST_TRY(storage_count(call, &nonce, &slot, true));
    const mm_u256 words[] = {
        layout_id(type),     entry->token, entry->kind, u256_from_u64(entry->weight),
        entry->request_hash, nonce,        *deadline
    };
    const mm_u256 hash = eip712_hash_words(words, MM_COUNT_OF(words));
    return signer_check(call, &entry->author, &hash, signature);
}

/* args: token, kind, form, weight, content, author, requestHash, deadline, signature */
enum exec_status ainft_append_history_for(struct abi_call *call)
{
    struct history_entry entry = entry_of(call);
    struct kind_def def;
    mm_addr owner;
    entry.author = u256_to_addr(&call->args[5].word);
    entry.request_hash = call->args[6].word;
    HOST_TRY(erc721_owner_of(call, &owner, &entry.token));
    HOST_TRY(kind_load(call, &def, &entry.kind));
    HOST_TRY(history_check(call, &def, &entry));
    HOST_TRY(check_author(call, &entry, &call->args[7].word, call->args[8].bytes));
    return append_by_rule(call, &def, &owner, &entry);
}
