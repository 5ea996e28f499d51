#include "node/keys/wallet.h"

#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

/* Names and accounts of the largest folder. */
#define SCRATCH_BYTES_MAX ((size_t)WALLET_FILES_MAX * 1024)

/* Hidden files, our own unfinished ones and editors' copies are no accounts; go-ethereum passes over the same. */
static bool is_candidate(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && entry->d_name[len - 1] != '~' && entry->d_type != DT_DIR;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
    const char **names; /* in the arena */
    size_t count;
};

static mm_err read_names(struct mm_arena *arena, struct names *out, DIR *dir, const char *folder,
                         struct mm_reason *reason)
{
    size_t room = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL && errno != 0)
            return mm_fail(reason, MM_ERR_IO, "reading %s: %s", folder, strerror(errno));
        if (entry == NULL)
            break;
        if (!is_candidate(entry))
            continue;
        if (out->count == WALLET_FILES_MAX)
            return mm_fail(reason, MM_ERR_LIMIT, "%s holds more than %d files", folder,
                           WALLET_FILES_MAX);
        if (out->count == room) {
            const size_t more = room == 0 ? 64 : 2 * room;
            out->names = mm_arena_grow(arena, out->names, room * sizeof *out->names,
                                       more * sizeof *out->names);
            if (out->names == NULL)
                return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to list %s", folder);
            room = more;
        }
        out->names[out->count] = mm_arena_text(arena, mm_bytes_str(entry->d_name));
        if (out->names[out->count] == NULL)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to list %s", folder);
        out->count++;
    }
    if (out->count > 0)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    return MM_OK;
}

static const char *join(struct mm_arena *arena, const char *folder, const char *name)
{
    const size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = mm_arena_alloc(arena, size);
    if (path != NULL)
        (void)snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* The address a file says, or else its name. */
static bool address_of_file(mm_addr *addr, const struct keystore *keystore, const char *name)
{
    *addr = keystore->addr;
    if (keystore->has_addr)
        return true;
    const size_t len = strlen(name);
    const size_t tail = 2 * sizeof addr->b;
    return len >= tail + 2 && memcmp(name + len - tail - 2, "--", 2) == 0 &&
           hex_decode(addr->b, mm_bytes_from(name + len - tail, tail));
}

mm_err wallet_list(struct mm_arena *arena, struct wallet_accounts *out, const char *folder,
                   struct mm_reason *reason)
{
    memset(out, 0, sizeof *out);
    DIR *dir = opendir(folder);
    if (dir == NULL && errno == ENOENT)
        return MM_OK;
    if (dir == NULL)
        return mm_fail(reason, MM_ERR_IO, "opening %s: %s", folder, strerror(errno));
    struct names names = { NULL, 0 };
    const mm_err err = read_names(arena, &names, dir, folder, reason);
    (void)closedir(dir);
    if (err != MM_OK)
        return err;
    struct wallet_account *accounts = MM_ARENA_ARRAY(arena, struct wallet_account, names.count);
    if (accounts == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to list %s", folder);
    struct wallet_accounts list = { .accounts = accounts };
    for (size_t i = 0; i < names.count; i++) {
        const char *path = join(arena, folder, names.names[i]);
        if (path == NULL)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to list %s", folder);
        struct keystore keystore;
        struct wallet_account *account = &accounts[list.count];
        if (keystore_load(&keystore, path, NULL) != MM_OK ||
            !address_of_file(&account->addr, &keystore, names.names[i])) {
            list.skipped++;
            continue;
        }
        account->path = path;
        list.count++;
    }
    *out = list;
    return MM_OK;
}

mm_err wallet_find(struct mm_arena *arena, const char **path, const char *folder,
                   const mm_addr *addr, struct mm_reason *reason)
{
    *path = NULL;
    struct wallet_accounts list;
    MM_TRY(wallet_list(arena, &list, folder, reason));
    for (size_t i = 0; i < list.count; i++) {
        if (mm_addr_equal(&list.accounts[i].addr, addr)) {
            *path = list.accounts[i].path;
            return MM_OK;
        }
    }
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, addr);
    return mm_fail(reason, MM_ERR_NOT_FOUND, "no key of %s in %s", text, folder);
}

mm_err wallet_open(struct secp_secret **secret, const char *folder, const mm_addr *addr,
                   mm_bytes password, struct mm_reason *reason)
{
    *secret = NULL;
    struct mm_arena arena;
    mm_arena_init(&arena, SCRATCH_BYTES_MAX);
    const char *path;
    struct keystore keystore;
    mm_err err = wallet_find(&arena, &path, folder, addr, reason);
    if (err == MM_OK)
        err = keystore_load(&keystore, path, reason);
    if (err == MM_OK) {
        /* Where only the name said whose key it is, the name must be true. */
        keystore.addr = *addr;
        keystore.has_addr = true;
        err = keystore_decrypt(secret, &keystore, password, reason);
    }
    mm_arena_fini(&arena);
    return err;
}

mm_err wallet_add(const char *folder, const struct secp_secret *secret, mm_bytes password,
                  const struct wallet_options *options, struct mm_reason *reason)
{
    const mm_addr addr = secp_secret_addr(secret);
    struct mm_arena arena;
    mm_arena_init(&arena, SCRATCH_BYTES_MAX);
    const char *path;
    mm_err err = wallet_find(&arena, &path, folder, &addr, reason);
    if (err == MM_OK)
        err = mm_fail(reason, MM_ERR_EXISTS, "the account is there already: %s", path);
    else if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    mm_arena_fini(&arena);
    if (err != MM_OK)
        return err;
    struct keystore keystore;
    MM_TRY(keystore_encrypt(&keystore, secret, password, options->cost, reason));
    char name[KEYSTORE_NAME_LETTERS + 1];
    keystore_name(name, &addr, options->unix_ns);
    return keystore_save(&keystore, folder, name, reason);
}

static uint8_t *locked_key(void)
{
    return sodium_init() < 0 ? NULL : sodium_malloc(KEYSTORE_KEY_BYTES);
}

mm_err wallet_key_new(struct secp_secret **secret, struct mm_reason *reason)
{
    *secret = NULL;
    uint8_t *key = locked_key();
    if (key == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
    /* All but one in 2^127 are keys; more than a few refusals are a lack of memory. */
    for (int i = 0; i < 4 && *secret == NULL; i++) {
        randombytes_buf(key, KEYSTORE_KEY_BYTES);
        *secret = secp_secret_new(key);
    }
    sodium_free(key);
    return *secret != NULL ? MM_OK : mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

mm_err wallet_key_from_hex(struct secp_secret **secret, mm_bytes text, struct mm_reason *reason)
{
    *secret = NULL;
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(text.ptr[0]))
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
    if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] == 'x' || text.ptr[1] == 'X'))
        text = mm_bytes_from(text.ptr + 2, text.len - 2);
    uint8_t *key = locked_key();
    if (key == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
    mm_err err = MM_OK;
    if (text.len != 2 * KEYSTORE_KEY_BYTES || !hex_decode(key, text))
        err = mm_fail(reason, MM_ERR_INVALID, "a private key is 64 hexadecimal digits");
    if (err == MM_OK) {
        *secret = secp_secret_new(key);
        if (*secret == NULL)
            err = mm_fail(reason, MM_ERR_CRYPTO,
                          "not a private key: zero, or not below the order of secp256k1");
    }
    sodium_free(key);
    return err;
}

static mm_err hdwallet_err(enum hdwallet_verdict verdict, struct mm_reason *reason)
{
    if (verdict == HDWALLET_OK)
        return MM_OK;
    const mm_err err = verdict == HDWALLET_NO_MEMORY ? MM_ERR_NO_MEMORY : MM_ERR_INVALID;
    return mm_fail(reason, err, "%s", hdwallet_verdict_text(verdict));
}

mm_err wallet_key_from_mnemonic(struct secp_secret **secret, mm_bytes mnemonic, mm_bytes passphrase,
                                mm_bytes path, struct mm_reason *reason)
{
    *secret = NULL;
    struct hdwallet *master;
    const enum hdwallet_verdict verdict =
        hdwallet_from_mnemonic(&master, mnemonic, passphrase, reason);
    if (verdict == HDWALLET_NO_MEMORY)
        return hdwallet_err(verdict, reason);
    if (verdict != HDWALLET_OK)
        return MM_ERR_INVALID; /* the reason is written, and knows the place of a wrong word */
    struct hdwallet *place;
    mm_err err = hdwallet_err(hdwallet_descend(&place, master, path), reason);
    if (err == MM_OK) {
        *secret = secp_secret_new(secp_secret_bytes(hdwallet_secret(place)));
        if (*secret == NULL)
            err = mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
    }
    hdwallet_free(place);
    hdwallet_free(master);
    return err;
}

void wallet_key_to_hex(char out[WALLET_KEY_TEXT + 1], const struct secp_secret *secret)
{
    out[0] = '0';
    out[1] = 'x';
    hex_encode(out + 2, mm_bytes_from(secp_secret_bytes(secret), KEYSTORE_KEY_BYTES));
    out[WALLET_KEY_TEXT] = '\0';
}
