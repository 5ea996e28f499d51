#include "state/chain/account.h"

#include "state/crypto/keccak.h"
#include "tests/unit/state/chain/given.h"

TestSuite(account, .init = open_arena, .fini = close_arena);

/* Nonce 0, balance 0, no storage, no code. */
static const char NONE[] =
    "f8448080a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    "a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

static mm_bytes encoded(const struct account *account)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 256);
    account_encode(&buf, account);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

Test(account, that_was_never_used_has_the_known_encoding)
{
    const struct account account = account_none();
    cr_assert(mm_bytes_equal(encoded(&account), unhex(NONE)));
    cr_assert(account_is_empty(&account));
    cr_assert_not(account_has_code(&account));
}

Test(account, survives_encoding)
{
    struct account account = account_none();
    account.nonce = UINT64_MAX;
    memset(&account.balance, 0xff, sizeof account.balance);
    account.storage_root.b[0] = 1;
    account.code_hash.b[0] = 2;
    struct account read;
    cr_assert_eq(account_decode(&read, encoded(&account)), RLP_OK);
    cr_assert_eq(memcmp(&read, &account, sizeof read), 0);
}

Test(account, with_nonce_balance_or_code_is_not_empty_but_with_storage_alone_is)
{
    struct account account = account_none();
    account.nonce = 1;
    cr_assert_not(account_is_empty(&account));
    account = account_none();
    account.balance.limb[3] = 1;
    cr_assert_not(account_is_empty(&account));
    account = account_none();
    account.code_hash.b[0] ^= 1;
    cr_assert_not(account_is_empty(&account));
    cr_assert(account_has_code(&account));
    account = account_none();
    account.storage_root.b[0] ^= 1;
    cr_assert(account_is_empty(&account)); /* EIP-161 does not look at storage */
}

Test(account, that_is_not_exactly_four_fields_is_refused)
{
    const mm_bytes raw = unhex(NONE);
    struct account account;
    cr_assert_eq(account_decode(&account, mm_bytes_from(NULL, 0)), RLP_MISSING);
    for (size_t len = 0; len < raw.len; len++)
        cr_assert_neq(account_decode(&account, mm_bytes_from(raw.ptr, len)), RLP_OK);
    uint8_t longer[128];
    memcpy(longer, raw.ptr, raw.len);
    longer[raw.len] = 0x80;
    cr_assert_eq(account_decode(&account, mm_bytes_from(longer, raw.len + 1)), RLP_TRAILING);
    longer[1]++; /* a fifth field within the list */
    cr_assert_eq(account_decode(&account, mm_bytes_from(longer, raw.len + 1)), RLP_TRAILING);
    cr_assert_eq(account.nonce, 0);
}
