/* cat: a file out of the node's content store. */
#include <errno.h>

#include "node/cli/commands.h"
#include "node/cli/fetch.h"

static mm_err write_piece(void *ctx, mm_bytes piece)
{
    struct cli_run *run = ctx;
    if (fwrite(piece.ptr, 1, piece.len, stdout) == piece.len)
        return MM_OK;
    run->output_errno = errno;
    return MM_ERR_IO;
}

static void print_name(void *ctx, const struct content_entry *entry)
{
    char cid[CID_TEXT_MAX + 1];
    (void)ctx;
    cid_to_text(cid, &entry->cid, MULTIBASE_BASE32);
    printf("%s  ", cid);
    cli_print(stdout, entry->name);
    putchar('\n');
}

static int cat_with(struct cli_run *run, struct remote *remote, const struct cid *root,
                    mm_bytes path)
{
    struct fetch fetch;
    const struct fetch_sink sink = { .ctx = run, .piece = write_piece };
    REMOTE_TRY(fetch_open(&fetch, remote));
    const enum fetch_verdict verdict =
        cli_flag(run, "list") ? fetch_names(&fetch, root, path, NULL, print_name)
                              : fetch_file(&fetch, NULL, root, path, UINT64_MAX, &sink);
    int status = CLI_OK;
    if (run->output_errno != 0)
        status = CLI_FAILED; /* the content is not to blame; why is said when the run ends */
    else if (verdict != FETCH_OK)
        status = cli_fail(
            run, verdict == FETCH_WRONG || verdict == FETCH_UNPROVEN ? CLI_UNVERIFIED : CLI_FAILED,
            "%s: %s%s%s", run->arguments[0], fetch_verdict_text(verdict),
            fetch.reason.text[0] != '\0' ? ": "
            : verdict == FETCH_FOLDER    ? " (--list shows what is in it)"
                                         : "",
            fetch.reason.text);
    fetch_close(&fetch);
    return status;
}

static int run_cat(struct cli_run *run)
{
    struct remote remote;
    struct cid root;
    mm_bytes path;
    if (!fetch_parse(&run->arena, &root, &path, mm_bytes_str(run->arguments[0])))
        return cli_misuse(run, "'%s' is no CID, CID/path or ipfs:// URI", run->arguments[0]);
    REMOTE_TRY(remote_open(&remote, run));
    const int status = cat_with(run, &remote, &root, path);
    remote_close(&remote);
    return status;
}

static const struct cli_option CAT_OPTIONS[] = {
    { "list", 'l', CLI_FLAG, NULL, "list a folder: CIDs and names", NULL },
    CLI_OPTION_API,
    CLI_OPTION_GATEWAY,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
};

const struct cli_command CLI_CMD_CAT = {
    .name = "cat",
    .arguments = "CID[/PATH]",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "write a stored file to standard output",
    .details = "Reads a file from the node's content store and writes it to standard output. What "
               "comes is hashed here: nothing is "
               "written that does not belong to the CID. What the node does not have is asked of "
               "the gateway that --gateway names.",
    .example = "mintmark cat bafybeie…/cat.png > cat.png\nmintmark cat --list ipfs://bafybeie…",
    .options = CAT_OPTIONS,
    .option_count = MM_COUNT_OF(CAT_OPTIONS),
    .run = run_cat,
};
