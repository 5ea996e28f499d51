#include "contracts-native/storage/storage.h"
#include "state/base/assert.h"

enum {
    SHORT_MAX = ABI_WORD - 1, /* bytes that stand in the slot itself */
    FIRST_CHUNK = 4096,       /* room for a long string at first; doubled as its words come in */
};

/* What the slot of a string says. */
struct head {
    uint64_t length;
    bool is_long; /* has a body */
};

static uint64_t words_of(uint64_t length)
{
    return length / ABI_WORD + (length % ABI_WORD != 0);
}

static mm_u256 slot_after(const mm_u256 *first, uint64_t words)
{
    const mm_u256 distance = u256_from_u64(words);
    return u256_wrapping_add(first, &distance);
}

/* Before word i of a body of so many words is used: now and then, what comes next. */
static void expect_words(struct abi_call *call, const mm_u256 *first, uint64_t i, uint64_t words)
{
    mm_u256 slots[HOST_EXPECT_MAX];
    if (i % HOST_EXPECT_MAX != 0)
        return;
    const uint64_t left = words - i;
    const size_t count = left < HOST_EXPECT_MAX ? (size_t)left : HOST_EXPECT_MAX;
    for (size_t k = 0; k < count; k++)
        slots[k] = slot_after(first, i + k);
    host_expect(call->host, slots, count);
}

static enum exec_status read_head(struct abi_call *call, struct head *head, const mm_u256 *word)
{
    head->is_long = (word->limb[0] & 1) != 0;
    if (!head->is_long) {
        head->length = (word->limb[0] & 0xff) >> 1;
        return head->length <= SHORT_MAX ? EXEC_OK : abi_panic(call, ABI_PANIC_STORAGE_STRING);
    }
    if (!u256_fits_u64(word))
        return EXEC_OUT_OF_GAS; /* 2^63 bytes: the memory alone costs more gas than 64 bits hold */
    head->length = word->limb[0] >> 1;
    return head->length > SHORT_MAX ? EXEC_OK : abi_panic(call, ABI_PANIC_STORAGE_STRING);
}

/* Reads word by word, so that what is allocated never runs far ahead of the gas that was paid for loads. */
static enum exec_status load_body(struct abi_call *call, mm_bytes *text, const mm_u256 *slot,
                                  uint64_t length)
{
    struct mm_arena *arena = host_arena(call->host);
    const mm_u256 first = storage_data_slot(slot);
    const uint64_t words = words_of(length);
    size_t room = words * ABI_WORD < FIRST_CHUNK ? (size_t)(words * ABI_WORD) : FIRST_CHUNK;
    uint8_t *body = mm_arena_alloc(arena, room);
    for (uint64_t i = 0; i < words && body != NULL; i++) {
        if (i * ABI_WORD == room) {
            body = mm_arena_grow(arena, body, room, 2 * room);
            room *= 2;
            if (body == NULL)
                break;
        }
        expect_words(call, &first, i, words);
        const mm_u256 at = slot_after(&first, i);
        mm_u256 word;
        HOST_TRY(host_load(call->host, &word, &at));
        u256_to_be32(body + i * ABI_WORD, &word);
    }
    if (body == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    *text = mm_bytes_from(body, (size_t)length);
    return EXEC_OK;
}

enum exec_status storage_load_string(struct abi_call *call, mm_bytes *text, const mm_u256 *slot)
{
    mm_u256 word;
    struct head head;
    *text = (mm_bytes){ 0 };
    HOST_TRY(host_load(call->host, &word, slot));
    HOST_TRY(read_head(call, &head, &word));
    if (head.is_long)
        return load_body(call, text, slot, head.length);
    if (head.length == 0)
        return EXEC_OK;
    uint8_t *bytes = mm_arena_alloc(host_arena(call->host), ABI_WORD);
    if (bytes == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    u256_to_be32(bytes, &word);
    *text = mm_bytes_from(bytes, (size_t)head.length);
    return EXEC_OK;
}

/* The word of a string that begins at `at`, left-aligned, zeros behind its end. */
static mm_u256 word_at(mm_bytes text, size_t at)
{
    uint8_t bytes[ABI_WORD] = { 0 };
    const size_t left = text.len - at;
    memcpy(bytes, text.ptr + at, left < ABI_WORD ? left : ABI_WORD);
    return u256_from_be32(bytes);
}

static enum exec_status clear_words(struct abi_call *call, const mm_u256 *first, uint64_t from,
                                    uint64_t to)
{
    static const mm_u256 zero;
    for (uint64_t i = from; i < to; i++) {
        const mm_u256 at = slot_after(first, i);
        HOST_TRY(host_store(call->host, &at, &zero));
    }
    return EXEC_OK;
}

enum exec_status storage_store_string(struct abi_call *call, const mm_u256 *slot, mm_bytes text)
{
    mm_u256 old_word;
    struct head old;
    HOST_TRY(host_load(call->host, &old_word, slot));
    HOST_TRY(read_head(call, &old, &old_word));
    const bool is_long = text.len > SHORT_MAX;
    const uint64_t words = is_long ? words_of(text.len) : 0;
    if (is_long || old.is_long) {
        const mm_u256 first = storage_data_slot(slot);
        if (old.is_long)
            HOST_TRY(clear_words(call, &first, words, words_of(old.length)));
        for (uint64_t i = 0; i < words; i++) {
            expect_words(call, &first, i, words);
            const mm_u256 at = slot_after(&first, i);
            const mm_u256 word = word_at(text, (size_t)i * ABI_WORD);
            HOST_TRY(host_store(call->host, &at, &word));
        }
    }
    mm_u256 head = { 0 };
    if (is_long) {
        head = u256_from_u64(2 * (uint64_t)text.len + 1);
    } else if (text.len > 0) {
        head = word_at(text, 0);
        MM_ASSERT((head.limb[0] & 0xff) == 0);
        head.limb[0] |= 2 * text.len;
    }
    return host_store(call->host, slot, &head);
}
