/* A full store: what the one who is refused is told. */
#include "p2p/content/needs.h"
#include "rpc/content/api_internal.h"

static void add_bytes(struct mm_buf *out, uint64_t bytes)
{
    mm_buf_printf(out, "%llu.%llu MiB", (unsigned long long)(bytes >> 20),
                  (unsigned long long)(bytes % (1 << 20) * 10 >> 20));
}

void api_failure_full(struct http_response *response, struct content *content)
{
    static const char *const KINDS[] = { "", "tokens", "users", "uploads" };
    const struct content_totals totals = content_totals(content);
    struct needs_holders holders;
    if (needs_holders(content, &holders) != MM_OK) {
        api_failure_err(response, MM_ERR_NO_SPACE);
        return;
    }
    uint8_t memory[480];
    struct mm_buf text = mm_buf_over(memory, sizeof memory - 1);
    mm_buf_add_text(&text, "the store is full: ");
    add_bytes(&text, totals.bytes);
    mm_buf_add_text(&text, " of ");
    add_bytes(&text, totals.quota_bytes);
    mm_buf_add_text(&text, "; held by");
    for (size_t kind = CONTENT_PIN_CHAIN; kind <= CONTENT_PIN_UPLOAD; kind++) {
        mm_buf_printf(&text, "%s %s %llu roots of ", kind > CONTENT_PIN_CHAIN ? "," : "",
                      KINDS[kind], (unsigned long long)holders.roots[kind]);
        add_bytes(&text, holders.bytes[kind]);
    }
    for (size_t i = 0; i < NEEDS_LARGEST && holders.largest[i].bytes > 0; i++) {
        char cid[CID_TEXT_MAX + 1];
        (void)cid_to_text(cid, &holders.largest[i].root, MULTIBASE_BASE32);
        mm_buf_printf(&text, "%s %s ", i == 0 ? "; the largest:" : ",", cid);
        add_bytes(&text, holders.largest[i].bytes);
    }
    const mm_bytes whole = mm_buf_bytes(&text);
    api_failure(response, 507, "%.*s", (int)whole.len, (const char *)whole.ptr);
}

void api_fail_full(struct http_request *request, struct content *content)
{
    struct http_response response;
    api_failure_full(&response, content);
    http_answer(request, &response);
}
