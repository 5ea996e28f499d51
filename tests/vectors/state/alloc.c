#include "tests/vectors/state/alloc.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "tests/vectors/chain/fixture.h"

/* A number in hexadecimal digits, as many as the file likes. */
static mm_u256 number_of(mm_bytes text)
{
    mm_bytes digits = mm_bytes_from(text.ptr + 2, text.len - 2);
    uint8_t padded[64];
    uint8_t word[32];
    cr_assert(text.len >= 3 && digits.len <= sizeof padded && text.ptr[1] == 'x');
    memset(padded, '0', sizeof padded);
    memcpy(padded + sizeof padded - digits.len, digits.ptr, digits.len);
    cr_assert(hex_decode(word, MM_BYTES_OF(padded)));
    return u256_from_be32(word);
}

static mm_u256 member_number(const struct json *object, const char *key)
{
    const struct json *text = json_find(object, key);
    return text == NULL ? (mm_u256){ { 0 } } : number_of(text->text);
}

static mm_bytes keep_hash(struct mm_arena *arena, mm_hash32 hash)
{
    mm_bytes kept;
    cr_assert_eq(mm_arena_copy(arena, &kept, mm_bytes_hash(&hash)), MM_OK);
    return kept;
}

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static void read_slots(struct mm_arena *arena, struct alloc_account *account,
                       const struct json *storage)
{
    cr_assert_leq(storage->count, (size_t)ALLOC_SLOTS_MAX);
    for (size_t i = 0; i < storage->count; i++) {
        const mm_u256 slot = number_of(storage->members[i].key);
        const mm_u256 value = number_of(storage->members[i].value.text);
        const mm_hash32 word = u256_to_hash(&slot);
        if (u256_is_zero(&value))
            continue; /* an absent slot */
        struct mm_buf buf;
        mm_buf_init(&buf, 64);
        rlp_add_u256(&buf, &value);
        struct trie_update *update = &account->slots[account->slot_count++];
        update->key = keep_hash(arena, keccak256(mm_bytes_hash(&word)));
        cr_assert_eq(mm_arena_copy(arena, &update->value, mm_buf_bytes(&buf)), MM_OK);
        mm_buf_fini(&buf);
    }
    qsort(account->slots, account->slot_count, sizeof *account->slots, by_key);
}

static int by_account_key(const void *a, const void *b)
{
    return memcmp(((const struct alloc_account *)a)->key.b,
                  ((const struct alloc_account *)b)->key.b, 32);
}

void alloc_read(struct mm_arena *arena, struct alloc *alloc, const struct json *object)
{
    cr_assert_eq(object->kind, JSON_OBJECT);
    cr_assert_leq(object->count, (size_t)ALLOC_ACCOUNTS_MAX);
    for (size_t i = 0; i < object->count; i++) {
        const struct json *fields = &object->members[i].value;
        const struct json addr = { .kind = JSON_STRING, .text = object->members[i].key };
        struct alloc_account *account = &alloc->accounts[alloc->count++];
        *account = (struct alloc_account){ .key = keccak256(fixture_data(arena, &addr)) };
        account->account = account_none();
        account->account.balance = member_number(fields, "balance");
        account->account.nonce = member_number(fields, "nonce").limb[0];
        const struct json *code = json_find(fields, "code");
        if (code != NULL)
            account->account.code_hash = keccak256(fixture_data(arena, code));
        const struct json *storage = json_find(fields, "storage");
        if (storage != NULL)
            read_slots(arena, account, storage);
    }
    qsort(alloc->accounts, alloc->count, sizeof *alloc->accounts, by_account_key);
}

struct allocs allocs_read(struct mm_arena *arena)
{
    const struct json *file = fixture_json(arena, "state/alloc_state_roots.json");
    cr_assert_eq(file->kind, JSON_ARRAY);
    struct allocs allocs = { MM_ARENA_ARRAY(arena, struct alloc, file->count), file->count };
    cr_assert_not_null(allocs.items);
    for (size_t i = 0; i < file->count; i++) {
        struct alloc *alloc = &allocs.items[i];
        alloc->name = fixture_get(&file->items[i], "name")->text;
        cr_assert(hex_read_hash(&alloc->root, fixture_get(&file->items[i], "stateRoot")->text));
        alloc_read(arena, alloc, fixture_get(&file->items[i], "alloc"));
    }
    return allocs;
}
