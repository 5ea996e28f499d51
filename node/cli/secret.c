#include "node/cli/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "node/keys/hdwallet.h"
#include "node/keys/wallet.h"
#include "state/crypto/address.h"

void secret_wipe(struct secret_text *secret)
{
    explicit_bzero(secret, sizeof *secret);
}

/* ---- typed ---- */

enum key { KEY_TEXT, KEY_DONE, KEY_INTERRUPTED };

/* One byte in raw mode: the line editing that people expect at a password. */
static enum key take_key(struct secret_text *out, uint8_t c, bool *is_long)
{
    enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, RUBOUT = 127 };
    if (c == '\n' || c == '\r' || (c == CTRL_D && out->len > 0))
        return KEY_DONE;
    if (c == CTRL_C || c == CTRL_D)
        return KEY_INTERRUPTED;
    if (c == CTRL_U)
        out->len = 0;
    else if (c != BACKSPACE && c != RUBOUT && out->len == SECRET_TEXT_MAX)
        *is_long = true;
    else if (c != BACKSPACE && c != RUBOUT)
        out->text[out->len++] = (char)c;
    else if (out->len > 0) {
        do
            out->len--;
        while (out->len > 0 &&
               ((uint8_t)out->text[out->len] & 0xc0) == 0x80); /* a whole character */
    }
    return KEY_TEXT;
}

static enum key read_line(int terminal, struct secret_text *out, bool *is_long)
{
    for (;;) {
        uint8_t c;
        const ssize_t len = read(terminal, &c, 1);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return KEY_INTERRUPTED;
        const enum key key = take_key(out, c, is_long);
        if (key != KEY_TEXT)
            return key;
    }
}

int secret_prompt(const struct cli_run *run, struct secret_text *out, const char *question)
{
    struct termios before;
    bool is_long = false;
    out->len = 0;
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0)
            close(terminal);
        return cli_fail(run, CLI_FAILED, "no terminal to ask on: %s; use --password-file",
                        question);
    }
    struct termios raw = before;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON |
                               ISIG); /* Ctrl-C is a byte, so the terminal is always put back */
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    dprintf(terminal, "%s: ", question);
    (void)tcsetattr(terminal, TCSAFLUSH, &raw);
    const enum key key = read_line(terminal, out, &is_long);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    dprintf(terminal, "\n");
    close(terminal);
    out->text[out->len] = '\0';
    if (key == KEY_DONE && !is_long)
        return CLI_OK;
    secret_wipe(out);
    return cli_fail(run, CLI_FAILED, is_long ? "longer than 4096 bytes" : "interrupted");
}

/* ---- from files ---- */

int secret_from_file(const struct cli_run *run, struct secret_text *out, const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    out->len = 0;
    if (fd < 0 || fstat(fd, &info) != 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(errno));
    ssize_t len = 1;
    errno = S_ISDIR(info.st_mode) ? EISDIR : 0;
    while (errno == 0 && len > 0 && out->len < SECRET_TEXT_MAX) {
        len = read(fd, out->text + out->len, SECRET_TEXT_MAX - out->len);
        out->len += len > 0 ? (size_t)len : 0;
    }
    const int error = errno;
    if (!is_stdin)
        close(fd);
    out->text[out->len] = '\0';
    if (error != 0) {
        secret_wipe(out);
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
    }
    const size_t line = strcspn(out->text, "\r\n");
    if (line == SECRET_TEXT_MAX) {
        secret_wipe(out);
        return cli_fail(run, CLI_FAILED, "%s: its first line is longer than 4096 bytes", path);
    }
    explicit_bzero(out->text + line, out->len - line);
    out->len = line;
    return CLI_OK;
}

int secret_password(const struct cli_run *run, struct secret_text *out, const char *whose,
                    bool is_new)
{
    const char *path = cli_text(run, "password-file");
    char question[128];
    if (path != NULL)
        return secret_from_file(run, out, path);
    snprintf(question, sizeof question, "%s of %s", is_new ? "New password" : "Password", whose);
    int status = secret_prompt(run, out, question);
    if (status != CLI_OK || !is_new)
        return status;
    struct secret_text again;
    status = secret_prompt(run, &again, "The same once more");
    const bool is_equal =
        status == CLI_OK && again.len == out->len && memcmp(again.text, out->text, out->len) == 0;
    secret_wipe(&again);
    if (status == CLI_OK && !is_equal)
        status = cli_fail(run, CLI_FAILED, "the two passwords differ");
    if (status != CLI_OK)
        secret_wipe(out);
    return status;
}

/* ---- accounts ---- */

struct secp_secret *secret_dev_account(unsigned index)
{
    struct hdwallet *master = NULL;
    struct secp_secret *secret = NULL;
    if (hdwallet_from_mnemonic(&master, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC), MM_BYTES_LIT(""),
                               NULL) == HDWALLET_OK) {
        if (hdwallet_accounts(&secret, 1, index, master) != HDWALLET_OK)
            secret = NULL;
    }
    hdwallet_free(master);
    return secret;
}

static int dev_signer(const struct cli_run *run, struct secp_secret **out, unsigned index)
{
    *out = secret_dev_account(index);
    return *out != NULL ? CLI_OK
                        : cli_fail(run, CLI_FAILED,
                                   "the development key cannot be derived: no locked memory?");
}

/* NULL when no development account has this address. */
static struct secp_secret *find_dev_account(const mm_addr *addr)
{
    for (unsigned i = 0; i < SECRET_DEV_ACCOUNTS; i++) {
        struct secp_secret *secret = secret_dev_account(i);
        if (secret == NULL)
            return NULL;
        const mm_addr found = secp_secret_addr(secret);
        if (mm_addr_equal(&found, addr))
            return secret;
        secp_secret_free(secret);
    }
    return NULL;
}

static int open_file(struct cli_run *run, struct secp_secret **out, const char *path,
                     const mm_addr *expected)
{
    struct keystore keystore;
    struct secret_text password;
    struct mm_reason reason = { .text = "" };
    if (keystore_load(&keystore, path, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    if (expected != NULL && keystore.has_addr && !mm_addr_equal(expected, &keystore.addr))
        return cli_fail(run, CLI_FAILED, "%s has another account's key than --from says", path);
    const int status = secret_password(run, &password, path, false);
    if (status != CLI_OK)
        return status;
    const mm_err err =
        keystore_decrypt(out, &keystore, mm_bytes_from(password.text, password.len), &reason);
    secret_wipe(&password);
    if (err == MM_ERR_CRYPTO)
        return cli_fail(run, CLI_FAILED, "wrong password for %s", path);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, reason.text);
    const mm_addr addr = secp_secret_addr(*out);
    if (expected == NULL || mm_addr_equal(expected, &addr))
        return CLI_OK;
    secp_secret_free(*out);
    *out = NULL;
    return cli_fail(run, CLI_FAILED, "%s has another account's key than --from says", path);
}

static int open_from_folder(struct cli_run *run, struct secp_secret **out, const char *folder,
                            const mm_addr *from)
{
    struct wallet_accounts accounts;
    struct mm_reason reason = { .text = "" };
    const char *path = NULL;
    if (from != NULL) {
        if (wallet_find(&run->arena, &path, folder, from, &reason) == MM_OK)
            return open_file(run, out, path, from);
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, from);
        return cli_fail(run, CLI_FAILED, "%s is neither a development account nor in %s", text,
                        folder);
    }
    if (wallet_list(&run->arena, &accounts, folder, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    if (accounts.count != 1)
        return cli_fail(run, CLI_FAILED, "%s holds %zu accounts: choose one with --from", folder,
                        accounts.count);
    return open_file(run, out, accounts.accounts[0].path, NULL);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int secret_signer(struct cli_run *run, struct secp_secret **out)
{
    const char *from = cli_text(run, "from");
    const char *keystore = cli_text(run, "keystore");
    mm_addr addr;
    *out = NULL;
    if (from == NULL && keystore == NULL)
        return dev_signer(run, out, 0);
    if (from != NULL && from[0] >= '0' && from[0] <= '9' && from[1] == '\0')
        return dev_signer(run, out, (unsigned)(from[0] - '0'));
    const enum address_verdict verdict =
        from == NULL ? ADDRESS_OK : address_from_text(&addr, mm_bytes_str(from));
    if (verdict == ADDRESS_BAD_CHECKSUM)
        return cli_misuse(
            run, "--from %s: mixed case that is not the address's checksum: a digit is mistyped",
            from);
    if (verdict != ADDRESS_OK)
        return cli_misuse(run, "--from %s is neither an address nor 0 to 9", from);
    if (keystore == NULL && (*out = find_dev_account(&addr)) != NULL)
        return CLI_OK;
    if (keystore != NULL && !is_folder(keystore))
        return open_file(run, out, keystore, from == NULL ? NULL : &addr);
    return open_from_folder(run, out, keystore == NULL ? SECRET_KEYSTORE_DEFAULT : keystore,
                            from == NULL ? NULL : &addr);
}
