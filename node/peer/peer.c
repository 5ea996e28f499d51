#include "node/peer/peer.h"

#include <stdio.h>

#include "node/log/log.h"
#include "state/codec/hex.h"

void peer_url(char out[LINKS_URL_BYTES_MAX], mm_bytes host, uint16_t port)
{
    const bool is_v6 = memchr(host.ptr, ':', host.len) != NULL;
    (void)snprintf(out, LINKS_URL_BYTES_MAX, "tcp://%s%.*s%s:%u", is_v6 ? "[" : "", (int)host.len,
                   (const char *)host.ptr, is_v6 ? "]" : "", (unsigned)port);
}

static bool is_shared(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 || strcmp(host, "ipc") == 0;
}

void peer_end(struct links *links, uint64_t peer, const struct peer_who *who,
              enum bye_reason reason, uint64_t ban_ms)
{
    static struct log_limit ban_lines = LOG_LIMIT;
    if (who != NULL && ban_ms > 0) {
        char id[17] = "";
        hex_encode(id, mm_bytes_from(who->id.b, 8));
        log_limited(&ban_lines, LOG_WARN, "a peer is banned",
                    "id=%s host=%s reason=\"%s\" minutes=%llu", id, who->host,
                    bye_reason_text(reason), (unsigned long long)(ban_ms / 60000));
        links_ban(links, &who->id, is_shared(who->host) ? NULL : who->host, ban_ms);
    }
    links_bye(links, peer, reason);
}
