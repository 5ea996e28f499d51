/* account new, import, export, list: key files (node/keys). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/commands.h"
#include "node/cli/secret.h"
#include "node/keys/hdwallet.h"
#include "node/keys/wallet.h"
#include "state/codec/json.h"
#include "state/crypto/address.h"

#define OPTION_FOLDER                                                                              \
    {                                                                                              \
        "keystore", 0, CLI_FOLDER, "DIR", "the folder of key files", SECRET_KEYSTORE_DEFAULT       \
    }
#define OPTION_NEW_PASSWORD                                                                        \
    {                                                                                              \
        "password-file", 0, CLI_FILE, "FILE",                                                      \
            "its first line is the new password; else it is asked for", NULL                       \
    }
#define OPTION_LIGHT                                                                               \
    {                                                                                              \
        "light", 0, CLI_FLAG, NULL,                                                                \
            "a key file that is cheap to open, and to guess: for throw-away keys", NULL            \
    }

/* ---- putting a key into a file ---- */

static void write_account(struct json_writer *w, const mm_addr *addr, const char *path)
{
    json_open_object(w);
    cli_json_addr(w, "address", addr);
    json_key(w, "path");
    json_add_text(w, path);
    json_close_object(w);
}

static int print_account(struct cli_run *run, const mm_addr *addr, const char *path)
{
    struct mm_buf json;
    if (!cli_flag(run, "json")) {
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, addr);
        cli_field(run, "address", mm_bytes_str(text));
        cli_field(run, "key file", mm_bytes_str(path));
        return CLI_OK;
    }
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    write_account(&w, addr, path);
    return cli_print_json(run, &json);
}

/* The folder and the one above it: the default one lies in a data folder that may not be there yet. */
static void make_parent(struct cli_run *run, const char *folder)
{
    const char *slash = strrchr(folder, '/');
    char *parent =
        slash == NULL || slash == folder
            ? NULL
            : mm_arena_text(&run->arena, mm_bytes_from(folder, (size_t)(slash - folder)));
    if (parent != NULL)
        (void)mkdir(parent, 0700);
}

static int store(struct cli_run *run, const struct secp_secret *secret)
{
    const char *folder = cli_text(run, "keystore");
    const mm_addr addr = secp_secret_addr(secret);
    char text[ADDRESS_TEXT + 1];
    struct secret_text password;
    struct timespec now;
    struct mm_reason reason = { .text = "" };
    const char *path = NULL;
    address_to_text(text, &addr);
    const int status = secret_password(run, &password, text, true);
    if (status != CLI_OK)
        return status;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct wallet_options options = {
        .cost = cli_flag(run, "light") ? KEYSTORE_LIGHT : KEYSTORE_STANDARD,
        .unix_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
    };
    make_parent(run, folder);
    mm_err err =
        wallet_add(folder, secret, mm_bytes_from(password.text, password.len), &options, &reason);
    secret_wipe(&password);
    if (err == MM_OK)
        err = wallet_find(&run->arena, &path, folder, &addr, &reason);
    return err == MM_OK ? print_account(run, &addr, path)
                        : cli_fail(run, CLI_FAILED, "%s",
                                   reason.text[0] != '\0' ? reason.text : mm_err_text(err));
}

/* ---- new ---- */

static int run_new(struct cli_run *run)
{
    struct secp_secret *secret = NULL;
    struct mm_reason reason = { .text = "" };
    if (wallet_key_new(&secret, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    const int status = store(run, secret);
    secp_secret_free(secret);
    return status;
}

static const struct cli_option NEW_OPTIONS[] = { OPTION_FOLDER, OPTION_NEW_PASSWORD, OPTION_LIGHT,
                                                 CLI_OPTION_JSON };

const struct cli_command CLI_CMD_ACCOUNT_NEW = {
    .name = "account new",
    .arguments = "",
    .summary = "make a key and put it into a file",
    .details = "Makes a random key and writes it, under a password, as a key file that "
               "go-ethereum, ethers and most wallets read "
               "(Web3 Secret Storage, version 3). Prints the address.",
    .example = "mintmark account new\nmintmark account new --password-file secret.txt --json",
    .options = NEW_OPTIONS,
    .option_count = MM_COUNT_OF(NEW_OPTIONS),
    .run = run_new,
};

/* ---- import ---- */

static bool is_key_file(const char *path)
{
    char first = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = 1;
    while (fd >= 0 && (len = read(fd, &first, 1)) == 1 &&
           (first == ' ' || first == '\n' || first == '\t' || first == '\r'))
        ;
    if (fd >= 0)
        close(fd);
    return len == 1 && first == '{';
}

static int open_key_file(struct cli_run *run, struct secp_secret **secret, const char *path)
{
    struct keystore keystore;
    struct secret_text password;
    struct mm_reason reason = { .text = "" };
    const char *password_file = cli_text(run, "old-password-file");
    if (keystore_load(&keystore, path, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    int status = password_file != NULL ? secret_from_file(run, &password, password_file)
                                       : secret_prompt(run, &password, "Password of the file");
    if (status != CLI_OK)
        return status;
    const mm_err err =
        keystore_decrypt(secret, &keystore, mm_bytes_from(password.text, password.len), &reason);
    secret_wipe(&password);
    return err == MM_OK ? CLI_OK
                        : cli_fail(run, CLI_FAILED, "%s: %s", path,
                                   err == MM_ERR_CRYPTO ? "wrong password" : reason.text);
}

/* A private key in hexadecimal, or the words of a wallet. */
static int read_key(struct cli_run *run, struct secp_secret **secret,
                    const struct secret_text *text)
{
    struct mm_reason reason = { .text = "" };
    const mm_bytes bytes = mm_bytes_from(text->text, text->len);
    const char *words = text->text + strspn(text->text, " \t");
    const bool is_words =
        strpbrk(words, " \t") != NULL && words[strcspn(words, " \t")] != '\0' &&
        words[strcspn(words, " \t") + strspn(words + strcspn(words, " \t"), " \t")] != '\0';
    const mm_err err = is_words
                           ? wallet_key_from_mnemonic(secret, bytes, MM_BYTES_LIT(""),
                                                      mm_bytes_str(cli_text(run, "path")), &reason)
                           : wallet_key_from_hex(secret, bytes, &reason);
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "%s", reason.text);
}

static int read_any(struct cli_run *run, struct secp_secret **secret)
{
    struct secret_text text;
    const char *path = run->argument_count > 0 ? run->arguments[0] : NULL;
    if (path != NULL && strcmp(path, "-") != 0 && is_key_file(path))
        return open_key_file(run, secret, path);
    int status = path != NULL ? secret_from_file(run, &text, path)
                              : secret_prompt(run, &text, "Private key or words");
    if (status == CLI_OK)
        status = read_key(run, secret, &text);
    secret_wipe(&text);
    return status;
}

static int run_import(struct cli_run *run)
{
    struct secp_secret *secret = NULL;
    int status = read_any(run, &secret);
    if (status == CLI_OK)
        status = store(run, secret);
    secp_secret_free(secret);
    return status;
}

static const struct cli_option IMPORT_OPTIONS[] = {
    OPTION_FOLDER,
    OPTION_NEW_PASSWORD,
    { "old-password-file", 0, CLI_FILE, "FILE",
      "its first line opens the key file; else it is asked for", NULL },
    { "path", 0, CLI_TEXT, "PATH", "which key of the words", HDWALLET_ETHEREUM_PATH "/0" },
    OPTION_LIGHT,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_ACCOUNT_IMPORT = {
    .name = "account import",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .completes = CLI_FILE,
    .summary = "put a key from elsewhere into a file",
    .details = "Takes a private key in hexadecimal, the words of a wallet (BIP-39, English), or "
               "another key file, and writes a key file "
               "under a new password. Without FILE the key or the words are asked for, unseen; - "
               "reads standard input.",
    .example = "mintmark account import key.txt\nmintmark account import words.txt --path "
               "\"m/44'/60'/0'/0/3\"",
    .options = IMPORT_OPTIONS,
    .option_count = MM_COUNT_OF(IMPORT_OPTIONS),
    .run = run_import,
};

/* ---- export ---- */

static int write_private(const struct cli_run *run, const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const size_t len = strlen(text);
    if (fd < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    const bool ok =
        write(fd, text, len) == (ssize_t)len && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
    const int error = errno;
    close(fd);
    if (ok)
        return CLI_OK;
    (void)unlink(path);
    return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
}

static int run_export(struct cli_run *run)
{
    struct secp_secret *secret = NULL;
    struct secret_text password;
    struct mm_reason reason = { .text = "" };
    mm_addr addr;
    char text[WALLET_KEY_TEXT + 1];
    if (address_from_text(&addr, mm_bytes_str(run->arguments[0])) != ADDRESS_OK)
        return cli_misuse(run, "'%s' is no address, or one with a mistyped digit",
                          run->arguments[0]);
    int status = secret_password(run, &password, run->arguments[0], false);
    if (status != CLI_OK)
        return status;
    const mm_err err = wallet_open(&secret, cli_text(run, "keystore"), &addr,
                                   mm_bytes_from(password.text, password.len), &reason);
    secret_wipe(&password);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s",
                        err == MM_ERR_CRYPTO ? "wrong password" : reason.text);
    wallet_key_to_hex(text, secret);
    secp_secret_free(secret);
    const char *output = cli_text(run, "output");
    if (output != NULL)
        status = write_private(run, output, text);
    else
        puts(text);
    explicit_bzero(text, sizeof text);
    return status;
}

static const struct cli_option EXPORT_OPTIONS[] = {
    OPTION_FOLDER,
    CLI_OPTION_PASSWORD_FILE,
    { "output", 'o', CLI_FILE, "FILE", "write the key to a new file that nobody else may read",
      NULL },
};

const struct cli_command CLI_CMD_ACCOUNT_EXPORT = {
    .name = "account export",
    .arguments = "ADDRESS",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "print the private key of a key file",
    .details = "Opens a key file and prints its private key in hexadecimal. Whoever has it has the "
               "account.",
    .example =
        "mintmark account export 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --output key.txt",
    .options = EXPORT_OPTIONS,
    .option_count = MM_COUNT_OF(EXPORT_OPTIONS),
    .run = run_export,
};

/* ---- list ---- */

static void list_one(struct cli_run *run, struct json_writer *w, const mm_addr *addr,
                     const char *path)
{
    if (!cli_flag(run, "json")) {
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, addr);
        printf("%s  ", text);
        cli_print(stdout, mm_bytes_str(path));
        putchar('\n');
        return;
    }
    write_account(w, addr, path);
}

static int list_dev(struct cli_run *run, struct json_writer *w)
{
    for (unsigned i = 0; i < SECRET_DEV_ACCOUNTS; i++) {
        struct secp_secret *secret = secret_dev_account(i);
        char path[40];
        if (secret == NULL)
            return cli_fail(run, CLI_FAILED,
                            "the development keys cannot be derived: no locked memory?");
        const mm_addr addr = secp_secret_addr(secret);
        snprintf(path, sizeof path, HDWALLET_ETHEREUM_PATH "/%u", i);
        list_one(run, w, &addr, path);
        secp_secret_free(secret);
    }
    return CLI_OK;
}

static int run_list(struct cli_run *run)
{
    struct wallet_accounts accounts;
    struct mm_reason reason = { .text = "" };
    struct mm_buf json;
    if (wallet_list(&run->arena, &accounts, cli_text(run, "keystore"), &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    mm_buf_init(&json, 64 << 20);
    struct json_writer w = json_writer_over(&json);
    json_open_array(&w);
    int status = cli_flag(run, "dev") ? list_dev(run, &w) : CLI_OK;
    for (size_t i = 0; i < accounts.count && status == CLI_OK; i++)
        list_one(run, &w, &accounts.accounts[i].addr, accounts.accounts[i].path);
    json_close_array(&w);
    if (status == CLI_OK && cli_flag(run, "json"))
        status = cli_print_json(run, &json);
    if (accounts.skipped > 0)
        cli_note(run, "%zu files in %s are no key files", accounts.skipped,
                 cli_text(run, "keystore"));
    mm_buf_fini(&json);
    return status;
}

static const struct cli_option LIST_OPTIONS[] = {
    OPTION_FOLDER,
    { "dev", 0, CLI_FLAG, NULL, "list the ten development accounts, too", NULL },
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_ACCOUNT_LIST = {
    .name = "account list",
    .arguments = "",
    .summary = "list the accounts of a folder of key files",
    .details = "Lists addresses and key files. The development accounts have no files: their keys "
               "come from the test mnemonic that "
               "every development chain uses.",
    .example = "mintmark account list --dev",
    .options = LIST_OPTIONS,
    .option_count = MM_COUNT_OF(LIST_OPTIONS),
    .run = run_list,
};
