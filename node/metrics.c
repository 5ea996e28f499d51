#include "node/metrics.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long long ull;

/* "# HELP" and "# TYPE", before the samples of a name. */
static void family(struct mm_buf *out, const char *name, const char *type, const char *help)
{
    mm_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct mm_buf *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    family(out, name, type, help);
    mm_buf_printf(out, "%s %llu\n", name, (ull)value);
}

static void labelled(struct mm_buf *out, const char *name, const char *label, mm_bytes value,
                     uint64_t number)
{
    mm_buf_printf(out, "%s{%s=\"%.*s\"} %llu\n", name, label, (int)value.len,
                  (const char *)value.ptr, (ull)number);
}

/* The escapes of a label's value: the version is whatever the program was built or started with. */
static void add_info(struct mm_buf *out, const char *version)
{
    family(out, "mintmark_info", "gauge", "The program.");
    mm_buf_add_text(out, "mintmark_info{version=\"");
    for (const char *c = version; *c != '\0'; c++) {
        if (*c == '\n') {
            mm_buf_add_text(out, "\\n");
            continue;
        }
        if (*c == '"' || *c == '\\')
            mm_buf_add_byte(out, '\\');
        mm_buf_add_byte(out, (uint8_t)*c);
    }
    mm_buf_add_text(out, "\"} 1\n");
}

/* ---- what there is ---- */

static void add_chain(struct mm_buf *out, const struct rpc_backend *backend)
{
    struct backend_counts counts;
    struct ledger_view *view = ledger_acquire(backend->ledger);
    single(out, "mintmark_head_block", "gauge", "Number of the newest block.", ledger_head(view));
    single(out, "mintmark_head_timestamp_seconds", "gauge", "Its timestamp.",
           ledger_head_header(view)->timestamp);
    ledger_release(view);
    backend->counts(backend->ctx, &counts);
    single(out, "mintmark_blocks_total", "counter", "Blocks made since the start.", counts.blocks);
    single(out, "mintmark_transactions_total", "counter", "Transactions in them.", counts.txs);
    family(out, "mintmark_pool_transactions", "gauge",
           "Transactions that wait: ready for a block, or queued behind a nonce gap.");
    labelled(out, "mintmark_pool_transactions", "state", MM_BYTES_LIT("ready"), counts.ready);
    labelled(out, "mintmark_pool_transactions", "state", MM_BYTES_LIT("queued"), counts.queued);
    single(out, "mintmark_peers", "gauge", "Other nodes that this one has links to.", 0);
}

static void add_methods(struct mm_buf *out, const struct rpc_eth *eth)
{
    struct rpc_eth_group groups[RPC_ETH_GROUPS_MAX];
    const size_t count = rpc_eth_groups(eth, groups);
    family(out, "mintmark_rpc_requests_total", "counter", "JSON-RPC requests by group of methods.");
    for (size_t i = 0; i < count; i++)
        labelled(out, "mintmark_rpc_requests_total", "group", groups[i].name, groups[i].requests);
    family(out, "mintmark_rpc_errors_total", "counter", "Those that were answered with an error.");
    for (size_t i = 0; i < count; i++)
        labelled(out, "mintmark_rpc_errors_total", "group", groups[i].name, groups[i].errors);
}

static void add_doors(struct mm_buf *out, const struct metrics *metrics)
{
    static const struct {
        const char *name, *type, *help;
        size_t offset;
    } FAMILIES[] = {
        { "mintmark_http_requests_total", "counter", "HTTP requests by door.",
          offsetof(struct http_stats, requests) },
        { "mintmark_http_connections", "gauge", "Connections that are open.",
          offsetof(struct http_stats, connections) },
        { "mintmark_http_refused_total", "counter", "Connections beyond the maximum.",
          offsetof(struct http_stats, refused) },
    };
    for (size_t i = 0; i < MM_COUNT_OF(FAMILIES); i++) {
        family(out, FAMILIES[i].name, FAMILIES[i].type, FAMILIES[i].help);
        for (size_t k = 0; k < metrics->door_count; k++) {
            const struct metrics_door *door = &metrics->doors[k];
            if (door->server == NULL)
                continue;
            const struct http_stats stats = http_server_stats(door->server);
            uint64_t value;
            memcpy(&value, (const char *)&stats + FAMILIES[i].offset, sizeof value);
            labelled(out, FAMILIES[i].name, "door", mm_bytes_str(door->name), value);
        }
    }
}

static void add_sizes(struct mm_buf *out, const struct metrics *metrics)
{
    struct content_totals totals = { 0 };
    if (metrics->content != NULL)
        totals = content_totals(metrics->content);
    family(out, "mintmark_database_bytes", "gauge", "What the databases take, roughly.");
    labelled(out, "mintmark_database_bytes", "database", MM_BYTES_LIT("chain"),
             ledger_size_bytes(metrics->backend->ledger));
    if (metrics->content == NULL)
        return;
    labelled(out, "mintmark_database_bytes", "database", MM_BYTES_LIT("content"),
             totals.disk_bytes);
    single(out, "mintmark_content_blocks", "gauge", "Blocks of content that are stored.",
           totals.blocks);
    single(out, "mintmark_content_bytes", "gauge", "Their bytes.", totals.bytes);
}

static void add_tending(struct mm_buf *out, const struct metrics *metrics)
{
    if (metrics->tend == NULL)
        return;
    struct tend_counts counts;
    tend_count(metrics->tend, &counts);
    single(out, "mintmark_content_quota_bytes", "gauge", "Beyond it no upload is taken.",
           content_totals(metrics->content).quota_bytes);
    family(out, "mintmark_content_pins", "gauge", "What holds content: tokens, users, uploads.");
    labelled(out, "mintmark_content_pins", "kind", MM_BYTES_LIT("chain"),
             counts.needs.pins[CONTENT_PIN_CHAIN]);
    labelled(out, "mintmark_content_pins", "kind", MM_BYTES_LIT("user"),
             counts.needs.pins[CONTENT_PIN_USER]);
    labelled(out, "mintmark_content_pins", "kind", MM_BYTES_LIT("upload"),
             counts.needs.pins[CONTENT_PIN_UPLOAD]);
    family(out, "mintmark_content_roots_lacking", "gauge",
           "Pinned roots of which nothing is here (want), or not all (partial).");
    labelled(out, "mintmark_content_roots_lacking", "state", MM_BYTES_LIT("want"),
             counts.needs.want);
    labelled(out, "mintmark_content_roots_lacking", "state", MM_BYTES_LIT("partial"),
             counts.needs.partial);
    single(out, "mintmark_content_followed_block", "gauge",
           "The last block whose tokens' content is known.", counts.followed);
    single(out, "mintmark_content_collections_total", "counter",
           "Collections of garbage since the start.", counts.collections);
    single(out, "mintmark_content_removed_bytes_total", "counter", "Bytes that they removed.",
           counts.removed_bytes);
}

/* The second number of /proc/self/statm, in pages; 0 where there is no such file. */
static uint64_t resident_bytes(void)
{
    char text[128] = "";
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    const ssize_t len = read(file, text, sizeof text - 1);
    (void)close(file);
    const char *second = len > 0 ? strchr(text, ' ') : NULL;
    return second == NULL ? 0 : strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void metrics_write(struct mm_buf *out, const struct metrics *metrics)
{
    add_info(out, metrics->backend->client_version);
    add_chain(out, metrics->backend);
    add_methods(out, metrics->eth);
    add_doors(out, metrics);
    add_sizes(out, metrics);
    add_tending(out, metrics);
    single(out, "process_resident_memory_bytes", "gauge", "Memory of the process.",
           resident_bytes());
    single(out, "process_start_time_seconds", "gauge", "Start of the process, seconds since 1970.",
           metrics->backend->started_at);
}
