/* repo stat, gc, verify: looking after the node's content. */
#include "node/cli/ask_api.h"
#include "node/cli/commands.h"

static int print_raw(mm_bytes text)
{
    cli_print(stdout, text);
    putchar('\n');
    return CLI_OK;
}

static void field_bytes(const struct cli_run *run, const char *label, uint64_t bytes)
{
    char text[32];
    cli_field(run, label, mm_bytes_str(ask_api_bytes(text, bytes)));
}

static void field_u64(const struct cli_run *run, const char *label, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    cli_field(run, label, mm_bytes_str(text));
}

/* ---- stat ---- */

static void field_blocks(const struct cli_run *run, const char *label, uint64_t blocks,
                         uint64_t bytes)
{
    char text[96];
    char size[32];
    snprintf(text, sizeof text, "%llu blocks, %s", (unsigned long long)blocks,
             ask_api_bytes(size, bytes));
    cli_field(run, label, mm_bytes_str(text));
}

/* Of a node among others. */
static void print_elsewhere(const struct cli_run *run, const struct json *object)
{
    const struct json *replicas = json_find(object, "RootsByReplicas");
    char text[160];
    size_t at = 0;
    field_blocks(run, "fetched", ask_api_u64(object, "FetchedBlocks"),
                 ask_api_u64(object, "FetchedBytes"));
    field_blocks(run, "served", ask_api_u64(object, "ServedBlocks"),
                 ask_api_u64(object, "ServedBytes"));
    field_u64(run, "roots wanting", ask_api_u64(object, "RootsWanting"));
    for (size_t i = 0; replicas->kind == JSON_ARRAY && i < replicas->count && at < 100; i++) {
        uint64_t roots = 0;
        if (!json_u64(&roots, &replicas->items[i]))
            break;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%llu at %zu%s", i > 0 ? ", " : "",
                               (unsigned long long)roots, i, i + 1 == replicas->count ? "+" : "");
    }
    if (at > 0) {
        (void)snprintf(text + at, sizeof text - at, " other nodes");
        cli_field(run, "roots here", mm_bytes_str(text));
    }
}

static int print_stat(void *ctx, const struct json *object, mm_bytes text)
{
    const struct cli_run *run = ctx;
    if (cli_flag(run, "json"))
        return print_raw(text);
    field_u64(run, "blocks", ask_api_u64(object, "NumObjects"));
    field_bytes(run, "content", ask_api_u64(object, "RepoSize"));
    field_bytes(run, "quota", ask_api_u64(object, "StorageMax"));
    field_bytes(run, "disk", ask_api_u64(object, "DiskSize"));
    if (json_find(object, "RootsByReplicas") != NULL)
        print_elsewhere(run, object);
    return CLI_OK;
}

static int ask(struct cli_run *run, const char *command, ask_api_line_fn *line, void *ctx)
{
    struct remote remote;
    REMOTE_TRY(remote_open(&remote, run));
    const int status = ask_api(&remote, command, line, ctx);
    remote_close(&remote);
    return status;
}

static int run_stat(struct cli_run *run)
{
    return ask(run, "repo/stat", print_stat, run);
}

/* ---- gc ---- */

static int print_collected(void *ctx, const struct json *object, mm_bytes text)
{
    const struct cli_run *run = ctx;
    const struct json *key = json_find(object, "Key");
    char bytes[32];
    if (cli_flag(run, "json"))
        return print_raw(text);
    if (key != NULL) {
        cli_print(stdout, ask_api_text(key, "/"));
        printf("  %s\n", ask_api_bytes(bytes, ask_api_u64(object, "Size")));
        return CLI_OK;
    }
    const bool is_dry = cli_flag(run, "dry-run");
    printf("%llu blocks (%s) %s; %llu pins %s; %llu blocks stay\n",
           (unsigned long long)ask_api_u64(object, "Removed"),
           ask_api_bytes(bytes, ask_api_u64(object, "RemovedBytes")),
           is_dry ? "would be removed" : "removed",
           (unsigned long long)ask_api_u64(object, "ExpiredPins"),
           is_dry ? "have expired" : "expired", (unsigned long long)ask_api_u64(object, "Kept"));
    if (ask_api_u64(object, "LeftOut") > 0)
        printf("%llu of them are not in the list\n",
               (unsigned long long)ask_api_u64(object, "LeftOut"));
    return CLI_OK;
}

static int run_gc(struct cli_run *run)
{
    const bool is_dry = cli_flag(run, "dry-run");
    char command[96];
    snprintf(command, sizeof command, "repo/gc?summary=true&dry-run=%s&silent=%s",
             is_dry ? "true" : "false", is_dry || cli_flag(run, "list") ? "false" : "true");
    return ask(run, command, print_collected, run);
}

/* ---- verify ---- */

struct verifying {
    const struct cli_run *run;
    bool is_ok;
};

static int print_verified(void *ctx, const struct json *object, mm_bytes text)
{
    struct verifying *verifying = ctx;
    const struct json *ok = json_find(object, "Ok");
    if (ok != NULL)
        verifying->is_ok = ok->kind == JSON_TRUE;
    if (cli_flag(verifying->run, "json"))
        return print_raw(text);
    char bytes[32];
    if (ok == NULL) {
        const mm_bytes root = ask_api_text(object, "Root");
        printf("%s ", cli_mark(verifying->run, false));
        cli_print(stdout, ask_api_text(object, "Msg"));
        if (root.len > 0) {
            fputs(", below ", stdout);
            cli_print(stdout, root);
        }
        putchar('\n');
    } else if (verifying->is_ok) {
        printf("%s %llu blocks, %s, %llu pinned roots: all there\n", cli_mark(verifying->run, true),
               (unsigned long long)ask_api_u64(object, "Progress"),
               ask_api_bytes(bytes, ask_api_u64(object, "Bytes")),
               (unsigned long long)ask_api_u64(object, "Roots"));
    } else {
        cli_print(stdout, ask_api_text(object, "Msg"));
        putchar('\n');
    }
    return CLI_OK;
}

static int run_verify(struct cli_run *run)
{
    struct verifying verifying = { .run = run };
    REMOTE_TRY(ask(run, cli_flag(run, "drop") ? "repo/verify?drop=true" : "repo/verify",
                   print_verified, &verifying));
    return verifying.is_ok ? CLI_OK : CLI_UNVERIFIED;
}

/* ---- tables ---- */

#define LINES                                                                                      \
    {                                                                                              \
        "json", 'j', CLI_FLAG, NULL, "print the node's JSON objects, a line each", NULL            \
    }
#define LONG_TIMEOUT                                                                               \
    {                                                                                              \
        "timeout", 0, CLI_SECONDS, "SECONDS", "how long to wait for the end of it", "3600"         \
    }

static const struct cli_option STAT_OPTIONS[] = {
    CLI_OPTION_API,
    CLI_OPTION_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};
static const struct cli_option GC_OPTIONS[] = {
    { "dry-run", 'n', CLI_FLAG, NULL, "list what would go, with sizes, and remove nothing", NULL },
    { "list", 'l', CLI_FLAG, NULL, "list what goes", NULL },
    CLI_OPTION_API,
    LONG_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};
static const struct cli_option VERIFY_OPTIONS[] = {
    { "drop", 0, CLI_FLAG, NULL,
      "remove blocks that are corrupt, so that the same content can be added again", NULL },
    CLI_OPTION_API,
    LONG_TIMEOUT,
    CLI_OPTION_RPC,
    LINES,
};

const struct cli_command CLI_CMD_REPO_STAT = {
    .name = "repo stat",
    .arguments = "",
    .summary = "how much content the node has, and may have",
    .details =
        "Blocks and bytes of content, the quota, and what the database takes. Of a node among "
        "others also what was fetched from them and served to them, how many roots it must "
        "hold and has not whole, and how many other nodes have the roots that are here.",
    .example = "mintmark repo stat",
    .options = STAT_OPTIONS,
    .option_count = MM_COUNT_OF(STAT_OPTIONS),
    .run = run_stat,
};
const struct cli_command CLI_CMD_REPO_GC = {
    .name = "repo gc",
    .arguments = "",
    .summary = "remove content that nothing pins",
    .details = "Collects now what the node would collect by and by: blocks that no token, user or "
               "upload holds. Uploads and mints go on meanwhile.",
    .example = "mintmark repo gc --dry-run",
    .options = GC_OPTIONS,
    .option_count = MM_COUNT_OF(GC_OPTIONS),
    .run = run_gc,
};
const struct cli_command CLI_CMD_REPO_VERIFY = {
    .name = "repo verify",
    .arguments = "",
    .summary = "check every block of content, and that all that is pinned is there",
    .details =
        "Hashes every block again and walks every pinned root. What is corrupt or missing is "
        "named. Exit status 3: something is.",
    .example = "mintmark repo verify",
    .options = VERIFY_OPTIONS,
    .option_count = MM_COUNT_OF(VERIFY_OPTIONS),
    .run = run_verify,
};
