#include "node/cli/stopped.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contracts-native/natives/natives.h"

enum { PATH_BYTES = 4096, GENESIS_BYTES_MAX = 64 << 20, CACHE_BYTES = 64 << 20 };

static int read_genesis(struct mm_buf *out, const struct cli_run *run, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = -1;
    if (fd < 0)
        return cli_fail(run, CLI_FAILED, "no chain in %s: %s: %s", cli_text(run, "data"), path,
                        strerror(errno));
    do {
        uint8_t piece[16384];
        len = read(fd, piece, sizeof piece);
        if (len > 0)
            mm_buf_add(out, mm_bytes_from(piece, (size_t)len));
    } while (len > 0 || (len < 0 && errno == EINTR));
    const int error = errno;
    close(fd);
    if (len < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
    return mm_buf_err(out) == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "%s is too large", path);
}

static int open_chain(struct stopped *stopped, const struct cli_run *run, const char *path,
                      const char *genesis_path)
{
    struct kv *kv = NULL;
    struct chain_opened opened;
    struct mm_reason reason = { .text = "" };
    const struct kv_options kv_options = {
        .families = LEDGER_FAMILIES,
        .family_count = LEDGER_FAMILY_COUNT,
        .cache_bytes = CACHE_BYTES,
    };
    mm_err err = kv_open_rocksdb(&kv, path, &kv_options, &reason);
    if (err == MM_ERR_BUSY)
        return cli_fail(run, CLI_FAILED, "%s is in use: stop the node first", path);
    const struct chain_options options = {
        .natives = natives_all(),
        .genesis_text = mm_buf_bytes(&stopped->genesis),
        .genesis_path = genesis_path,
        .ledger = { .proof_window = UINT64_MAX }, /* nothing is to be forgotten by looking */
    };
    if (err == MM_OK)
        err = chain_open(&stopped->chain, kv, &options, &opened, &reason);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s: %s", path,
                        reason.text[0] != '\0' ? reason.text : mm_err_text(err));
    if (opened.replayed > 0)
        cli_note(run, "the node had not ended in order: %llu blocks were executed again",
                 (unsigned long long)opened.replayed);
    return CLI_OK;
}

int stopped_open(struct stopped *stopped, const struct cli_run *run)
{
    char path[PATH_BYTES];
    char genesis_path[PATH_BYTES];
    *stopped = (struct stopped){ .chain = NULL };
    mm_buf_init(&stopped->genesis, GENESIS_BYTES_MAX);
    (void)snprintf(genesis_path, sizeof genesis_path, "%s/genesis.json", cli_text(run, "data"));
    int status = read_genesis(&stopped->genesis, run, genesis_path);
    (void)snprintf(path, sizeof path, "%s/chain", cli_text(run, "data"));
    if (status == CLI_OK)
        status = open_chain(stopped, run, path, genesis_path);
    if (status != CLI_OK)
        stopped_close(stopped);
    return status;
}

void stopped_close(struct stopped *stopped)
{
    chain_abandon(stopped->chain); /* opening wrote what there was to write */
    stopped->chain = NULL;
    mm_buf_fini(&stopped->genesis);
}

void stopped_progress(const char *what, uint64_t done, uint64_t total)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (total == 0)
        fputs("\r\033[K", stderr);
    else
        fprintf(stderr, "\r%s %llu of %llu\033[K", what, (unsigned long long)done,
                (unsigned long long)total);
}
