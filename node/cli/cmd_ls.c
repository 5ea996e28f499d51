/* ls: what is in a folder of the node's content store. */
#include "node/cli/commands.h"
#include "node/cli/fetch.h"
#include "state/base/assert.h"

struct listing {
    struct cli_run *run;
    struct fetch *fetch;
    struct content_reader *looking; /* owned */
    struct mm_buf json;
    struct json_writer w;
};

static const char *kind_name(enum content_kind kind)
{
    switch (kind) {
    case CONTENT_FILE:
        return "file";
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        return "folder";
    case CONTENT_SYMLINK:
        return "symlink";
    case CONTENT_OTHER:
        return "block";
    }
    MM_UNREACHABLE();
}

static void tell_entry(struct listing *listing, mm_bytes name, const struct content_node *node)
{
    char cid[CID_TEXT_MAX + 1];
    const bool is_folder = node->kind == CONTENT_DIRECTORY || node->kind == CONTENT_SHARDED;
    cid_to_text(cid, &node->cid, MULTIBASE_BASE32);
    if (!cli_flag(listing->run, "json")) {
        if (is_folder)
            printf("%s  %10s  ", cid, "-");
        else
            printf("%s  %10llu  ", cid, (unsigned long long)node->bytes);
        cli_print(stdout, name);
        puts(is_folder ? "/" : "");
        return;
    }
    json_open_object(&listing->w);
    json_key(&listing->w, "name");
    json_add_string(&listing->w, name);
    json_key(&listing->w, "cid");
    json_add_text(&listing->w, cid);
    json_key(&listing->w, "type");
    json_add_text(&listing->w, kind_name(node->kind));
    json_key(&listing->w, "bytes");
    if (is_folder)
        json_add_null(&listing->w);
    else
        json_add_u64(&listing->w, node->bytes);
    json_close_object(&listing->w);
}

static int list_entries(struct listing *listing, const struct cid *root)
{
    struct fetch *fetch = listing->fetch;
    struct content_entry entry;
    struct content_node node;
    const char *what = listing->run->arguments[0];
    fetch->reason.text[0] = '\0';
    enum read_verdict verdict = content_stat(listing->looking, &node, root);
    if (verdict == READ_OK && node.kind != CONTENT_DIRECTORY && node.kind != CONTENT_SHARDED) {
        tell_entry(listing, fetch_name_of(&listing->run->arena, what), &node);
        return CLI_OK;
    }
    if (verdict == READ_OK)
        verdict = content_dir_open(fetch->reader, root);
    while (verdict == READ_OK && (verdict = content_dir_next(fetch->reader, &entry)) == READ_OK) {
        const enum read_verdict looked = content_stat(listing->looking, &node, &entry.cid);
        if (looked != READ_OK)
            return fetch_failed(fetch, what, looked, content_reader_at(listing->looking),
                                content_reader_err(listing->looking));
        tell_entry(listing, entry.name, &node);
    }
    if (verdict == READ_END)
        return CLI_OK;
    const struct content_reader *reader =
        verdict == READ_NO_BLOCK && cid_equal(content_reader_at(listing->looking), root)
            ? listing->looking
            : fetch->reader;
    return fetch_failed(fetch, what, verdict, content_reader_at(reader),
                        content_reader_err(reader));
}

static int ls_with(struct cli_run *run, struct fetch *fetch, void *ctx)
{
    (void)ctx;
    struct cid root;
    const struct block_source source = fetch_source(fetch);
    struct listing listing = { .run = run, .fetch = fetch };
    REMOTE_TRY(fetch_resolve(fetch, &root, run->arguments[0]));
    listing.looking = content_reader_new(&source);
    if (listing.looking == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    mm_buf_init(&listing.json, CLI_ARENA_BYTES_MAX);
    listing.w = json_writer_over(&listing.json);
    json_open_array(&listing.w);
    int status = list_entries(&listing, &root);
    content_reader_free(listing.looking);
    if (status == CLI_OK && cli_flag(run, "json")) {
        json_close_array(&listing.w);
        return cli_print_json(run, &listing.json);
    }
    mm_buf_fini(&listing.json);
    return status;
}

static int run_ls(struct cli_run *run)
{
    return fetch_run(run, ls_with, NULL);
}

static const struct cli_option LS_OPTIONS[] = {
    CLI_OPTION_API, CLI_OPTION_GATEWAY, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC, CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_LS = {
    .name = "ls",
    .arguments = "CID[/PATH]",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "list a stored folder: CIDs, bytes and names",
    .details = "Lists the entries of a folder in the node's content store with the bytes of each "
               "file. What comes is hashed here.",
    .example = "mintmark ls bafybeie…\nmintmark ls ipfs://bafybeie…/pictures --json",
    .options = LS_OPTIONS,
    .option_count = MM_COUNT_OF(LS_OPTIONS),
    .run = run_ls,
};
