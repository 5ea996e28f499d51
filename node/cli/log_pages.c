#include "node/cli/log_pages.h"

#include "node/cli/calls.h"
#include "state/base/assert.h"

enum {
    LIMIT_EXCEEDED = -32005,
    RESPONSE_TOO_LARGE = -32003,
    PARAMS_BYTES_MAX = 1024,
};
_Static_assert(300 + LOG_TOPICS_MAX * (CALLS_HEX_MAX + 3) < PARAMS_BYTES_MAX, "a filter fits");

static mm_err write_filter(struct mm_buf *out, const struct log_pages *pages, uint64_t from,
                           uint64_t to)
{
    char text[CALLS_HEX_MAX + 1];
    MM_ASSERT(pages->topic_count <= LOG_TOPICS_MAX);
    mm_buf_printf(out, "[{\"fromBlock\":\"0x%llx\",\"toBlock\":\"0x%llx\",\"address\":\"%s\",",
                  (unsigned long long)from, (unsigned long long)to,
                  calls_hex(text, mm_bytes_addr(pages->addr)));
    mm_buf_printf(out, "\"topics\":[");
    for (size_t i = 0; i < pages->topic_count; i++) {
        const mm_hash32 *topic = pages->topics[i];
        mm_buf_printf(out, i > 0 ? "," : "");
        if (topic == NULL)
            mm_buf_printf(out, "null");
        else
            mm_buf_printf(out, "\"%s\"", calls_hex(text, mm_bytes_hash(topic)));
    }
    mm_buf_printf(out, "]}]");
    return mm_buf_err(out);
}

/* Out: *is_too_much, the page has more than fits into an answer; that is CLI_OK, and no logs. */
static int ask_page(struct remote *remote, const struct log_pages *pages, uint64_t from,
                    uint64_t to, struct json *logs, bool *is_too_much)
{
    struct mm_buf params;
    struct jsonrpc_reply reply;
    struct mm_reason reason = { .text = "" };
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    *is_too_much = false;
    mm_buf_init(&params, PARAMS_BYTES_MAX);
    if (write_filter(&params, pages, from, to) == MM_OK)
        verdict = jsonrpc_call(
            remote->rpc, &remote->run->arena, &reply,
            &(struct jsonrpc_request){ .method = "eth_getLogs", .params = mm_buf_bytes(&params) },
            &reason);
    mm_buf_fini(&params);
    *is_too_much = verdict == CLIENT_SINK ||
                   (verdict == CLIENT_OK && reply.is_error &&
                    (reply.code == LIMIT_EXCEEDED || reply.code == RESPONSE_TOO_LARGE));
    if (*is_too_much && to > from)
        return CLI_OK;
    if (verdict != CLIENT_OK)
        return remote_failed(remote, verdict, &reason);
    if (reply.is_error)
        return remote_refused(remote, "eth_getLogs", &reply);
    *logs = reply.result;
    return logs->kind == JSON_ARRAY
               ? CLI_OK
               : cli_fail(remote->run, CLI_FAILED, "the node's list of logs is none");
}

static int tell_page(const struct log_pages *pages, const struct json *logs)
{
    for (size_t i = 0; i < logs->count; i++)
        REMOTE_TRY(pages->each(pages->ctx, &logs->items[i]));
    return CLI_OK;
}

static int last_block(struct remote *remote, const struct log_pages *pages, uint64_t *last)
{
    struct json head;
    *last = pages->to_block;
    if (*last != LOG_PAGES_HEAD)
        return CLI_OK;
    REMOTE_TRY(remote_call(remote, &head, "eth_blockNumber", "[]"));
    return remote_u64(remote, last, &head, "the head's number");
}

int log_pages_read(struct remote *remote, const struct log_pages *pages)
{
    uint64_t span = LOG_PAGE_BLOCKS_FIRST;
    uint64_t last;
    REMOTE_TRY(last_block(remote, pages, &last));
    for (uint64_t from = pages->from_block; from <= last;) {
        const uint64_t left = last - from;
        const uint64_t to = left < span ? last : from + span - 1;
        const struct mm_arena_mark mark = mm_arena_mark(&remote->run->arena);
        struct json logs = { .kind = JSON_NULL };
        bool is_too_much;
        REMOTE_TRY(ask_page(remote, pages, from, to, &logs, &is_too_much));
        if (!is_too_much)
            REMOTE_TRY(tell_page(pages, &logs));
        if (!pages->keeps || is_too_much || logs.count == 0)
            mm_arena_rewind(&remote->run->arena, mark);
        if (is_too_much) {
            span = (to - from + 1) / 2;
            continue;
        }
        if (logs.count <= LOG_PAGE_LOGS_FEW && span <= UINT64_MAX / 2)
            span *= 2;
        if (to == UINT64_MAX)
            break;
        from = to + 1;
    }
    return CLI_OK;
}
