#include "node/keys/wallet.h"

#include <string.h>
#include <unistd.h>

#include "node/keys/hdwallet.h"
#include "state/codec/hex.h"
#include "tests/unit/node/keys/folder.h"

static const char DEV_KEY[] = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

static struct secp_secret *key_of(const char *digits)
{
    struct secp_secret *secret;
    cr_assert_eq(wallet_key_from_hex(&secret, mm_bytes_str(digits), NULL), MM_OK);
    return secret;
}

static mm_err add(const struct folder *folder, const struct secp_secret *secret, int64_t unix_ns)
{
    return wallet_add(folder->path, secret, MM_BYTES_LIT("pw"),
                      &(struct wallet_options){ .cost = KEYSTORE_LIGHT, .unix_ns = unix_ns }, NULL);
}

Test(wallet, what_is_added_is_listed_found_and_opened)
{
    struct folder folder = folder_new();
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct secp_secret *secrets[3];
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(wallet_key_new(&secrets[i], NULL), MM_OK);
        /* The newest first, so that the order of the list is not the order of adding. */
        cr_assert_eq(add(&folder, secrets[i], (int64_t)(3 - i) * 1000000000), MM_OK);
    }
    struct wallet_accounts list;
    cr_assert_eq(wallet_list(&arena, &list, folder.path, NULL), MM_OK);
    cr_assert_eq(list.count, 3);
    cr_assert_eq(list.skipped, 0);
    for (int i = 0; i < 3; i++) {
        const mm_addr addr = secp_secret_addr(secrets[i]);
        cr_assert(mm_addr_equal(&list.accounts[2 - i].addr, &addr));
        const char *path;
        cr_assert_eq(wallet_find(&arena, &path, folder.path, &addr, NULL), MM_OK);
        cr_assert_str_eq(path, list.accounts[2 - i].path);
        struct secp_secret *opened;
        cr_assert_eq(wallet_open(&opened, folder.path, &addr, MM_BYTES_LIT("pw"), NULL), MM_OK);
        cr_assert_eq(memcmp(secp_secret_bytes(opened), secp_secret_bytes(secrets[i]), 32), 0);
        secp_secret_free(opened);
        cr_assert_eq(wallet_open(&opened, folder.path, &addr, MM_BYTES_LIT("wp"), NULL),
                     MM_ERR_CRYPTO);
        cr_assert_null(opened);
        secp_secret_free(secrets[i]);
    }
    mm_arena_fini(&arena);
    folder_free(&folder);
}

Test(wallet, refuses_to_add_an_account_twice)
{
    struct folder folder = folder_new();
    struct secp_secret *secret = key_of(DEV_KEY);
    cr_assert_eq(add(&folder, secret, 1), MM_OK);
    cr_assert_eq(add(&folder, secret, 2), MM_ERR_EXISTS);
    secp_secret_free(secret);
    folder_free(&folder);
}

Test(wallet, a_folder_that_is_not_there_is_empty)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct wallet_accounts list;
    cr_assert_eq(wallet_list(&arena, &list, "/tmp/mintmark-keys-absent", NULL), MM_OK);
    cr_assert_eq(list.count, 0);
    const mm_addr addr = { { 1 } };
    const char *path;
    struct mm_reason reason;
    cr_assert_eq(wallet_find(&arena, &path, "/tmp/mintmark-keys-absent", &addr, &reason),
                 MM_ERR_NOT_FOUND);
    cr_assert_null(path);
    cr_assert_not_null(strstr(reason.text, "0x0100000000000000000000000000000000000000"));
    mm_arena_fini(&arena);
}

/* The file's key file, without the address in it. */
static size_t anonymous(char *out, size_t size, const struct secp_secret *secret)
{
    struct keystore keystore;
    cr_assert_eq(keystore_encrypt(&keystore, secret, MM_BYTES_LIT("pw"), KEYSTORE_LIGHT, NULL),
                 MM_OK);
    keystore.has_addr = false;
    struct mm_buf buf;
    mm_buf_init(&buf, size);
    keystore_write(&buf, &keystore);
    const size_t len = mm_buf_bytes(&buf).len;
    memcpy(out, mm_buf_bytes(&buf).ptr, len);
    mm_buf_fini(&buf);
    return len;
}

Test(wallet, takes_the_address_from_the_name_and_checks_it_against_the_key)
{
    struct folder folder = folder_new();
    struct secp_secret *secret = key_of(DEV_KEY);
    char text[2048];
    const size_t len = anonymous(text, sizeof text, secret);
    folder_put(&folder, "UTC--2020-01-01T00-00-00.0Z--f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
               text, len);
    folder_put(&folder, "UTC--2020-01-01T00-00-00.0Z--00000000000000000000000000000000000000aa",
               text, len);
    mm_addr addr = secp_secret_addr(secret);
    struct secp_secret *opened;
    cr_assert_eq(wallet_open(&opened, folder.path, &addr, MM_BYTES_LIT("pw"), NULL), MM_OK);
    secp_secret_free(opened);
    addr = (mm_addr){ { [19] = 0xaa } };
    cr_assert_eq(wallet_open(&opened, folder.path, &addr, MM_BYTES_LIT("pw"), NULL),
                 MM_ERR_CORRUPT);
    cr_assert_null(opened);
    secp_secret_free(secret);
    folder_free(&folder);
}

Test(wallet, passes_over_what_is_no_key_file)
{
    struct folder folder = folder_new();
    struct secp_secret *secret = key_of(DEV_KEY);
    char text[2048];
    const size_t len = anonymous(text, sizeof text, secret);
    folder_put(&folder, "notes.txt", "hello", 5);
    folder_put(&folder, "empty", "", 0);
    folder_put(&folder, "nameless", text, len);
    folder_put(&folder, ".hidden--f39fd6e51aad88f6f4ce6ab8827279cfffb92266", text, len);
    folder_put(&folder, "copy--f39fd6e51aad88f6f4ce6ab8827279cfffb92266~", text, len);
    cr_assert_eq(symlink("/nowhere", folder_at(&folder, "dangling")), 0);
    cr_assert_eq(add(&folder, secret, 7), MM_OK);
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct wallet_accounts list;
    cr_assert_eq(wallet_list(&arena, &list, folder.path, NULL), MM_OK);
    cr_assert_eq(list.count, 1);
    cr_assert_eq(list.skipped, 4); /* notes, empty, nameless, dangling */
    mm_arena_fini(&arena);
    secp_secret_free(secret);
    folder_free(&folder);
}

Test(wallet, lists_within_its_memory_or_says_so)
{
    struct folder folder = folder_new();
    for (int i = 0; i < 300; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "file-%d", i);
        folder_put(&folder, name, "x", 1);
    }
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    struct wallet_accounts list;
    cr_assert_eq(wallet_list(&arena, &list, folder.path, NULL), MM_OK);
    cr_assert_eq(list.skipped, 300);
    mm_arena_fini(&arena);
    mm_arena_init(&arena, 2000);
    cr_assert_eq(wallet_list(&arena, &list, folder.path, NULL), MM_ERR_NO_MEMORY);
    cr_assert_eq(list.count, 0);
    mm_arena_fini(&arena);
    folder_free(&folder);
}

Test(wallet, raw_keys_come_in_and_go_out_as_digits)
{
    static const char *const same[] = {
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "0xAC0974BEC39A17E36BA4A6B4D238FF944BACB478CBED5EFCAE784D7BF4F2FF80",
        " 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80\r\n",
    };
    for (size_t i = 0; i < MM_COUNT_OF(same); i++) {
        struct secp_secret *secret = key_of(same[i]);
        char text[WALLET_KEY_TEXT + 1];
        wallet_key_to_hex(text, secret);
        cr_assert_str_eq(text, DEV_KEY);
        secp_secret_free(secret);
    }
}

Test(wallet, refuses_raw_keys_that_are_none)
{
    static const struct {
        const char *text;
        mm_err err;
    } wrong[] = {
        { "", MM_ERR_INVALID },
        { "0x", MM_ERR_INVALID },
        { "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff8", MM_ERR_INVALID },
        { "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff800", MM_ERR_INVALID },
        { "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff8g", MM_ERR_INVALID },
        { "0000000000000000000000000000000000000000000000000000000000000000", MM_ERR_CRYPTO },
        { "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", MM_ERR_CRYPTO },
    };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        struct secp_secret *secret;
        struct mm_reason reason = { "" };
        cr_assert_eq(wallet_key_from_hex(&secret, mm_bytes_str(wrong[i].text), &reason),
                     wrong[i].err);
        cr_assert_null(secret);
        cr_assert_str_neq(reason.text, "");
    }
}

Test(wallet, keys_come_from_words_at_a_path)
{
    struct secp_secret *secret;
    const mm_bytes words = MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC);
    const mm_bytes none = { NULL, 0 };
    cr_assert_eq(
        wallet_key_from_mnemonic(&secret, words, none, MM_BYTES_LIT("m/44'/60'/0'/0/0"), NULL),
        MM_OK);
    char text[WALLET_KEY_TEXT + 1];
    wallet_key_to_hex(text, secret);
    cr_assert_str_eq(text, DEV_KEY);
    secp_secret_free(secret);
    struct mm_reason reason;
    cr_assert_eq(wallet_key_from_mnemonic(&secret, words, none, MM_BYTES_LIT("44'/60'"), &reason),
                 MM_ERR_INVALID);
    cr_assert_null(secret);
    cr_assert_eq(wallet_key_from_mnemonic(&secret, MM_BYTES_LIT("test oops"), none,
                                          MM_BYTES_LIT("m"), &reason),
                 MM_ERR_INVALID);
    cr_assert_not_null(strstr(reason.text, "word 2"));
}
