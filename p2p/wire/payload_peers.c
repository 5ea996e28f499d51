#include "p2p/wire/payload_internal.h"
#include "state/base/assert.h"

const char *bye_reason_text(enum bye_reason reason)
{
    switch (reason) {
    case BYE_GOODBYE:
        return "goodbye";
    case BYE_TOO_MANY_PEERS:
        return "too many peers";
    case BYE_WRONG_CHAIN:
        return "wrong chain";
    case BYE_ITSELF:
        return "itself";
    case BYE_DUPLICATE:
        return "duplicate";
    case BYE_PROTOCOL_ERROR:
        return "protocol error";
    case BYE_BAD_CERTIFICATE:
        return "bad certificate";
    case BYE_TOO_SLOW:
        return "too slow";
    case BYE_BANNED:
        return "banned";
    case BYE_SHUTTING_DOWN:
        return "shutting down";
    }
    MM_UNREACHABLE();
}

void payload_bye_encode(struct mm_buf *buf, const struct payload_bye *bye)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, bye->reason);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_bye_decode(struct payload_bye *bye, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    *bye = (struct payload_bye){ .reason = BYE_GOODBYE };
    const uint64_t reason = rlp_read_u64(&in.list);
    if (reason >= BYE_REASONS)
        rlp_refuse(&in.list, RLP_TOO_LARGE);
    else
        bye->reason = (enum bye_reason)reason;
    return payload_close(&in);
}

void payload_status_encode(struct mm_buf *buf, const struct payload_status *status)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, status->height);
    rlp_add_u64(buf, status->round);
    rlp_add_hash(buf, &status->head_hash);
    rlp_add_u64(buf, status->pruned_below);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_status_decode(struct payload_status *status, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    status->height = rlp_read_u64(&in.list);
    status->round = rlp_read_u64(&in.list);
    status->head_hash = rlp_read_hash(&in.list);
    status->pruned_below = rlp_read_u64(&in.list);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *status = (struct payload_status){ .height = 0 };
    return verdict;
}

void payload_get_peers_encode(struct mm_buf *buf, const struct payload_get_peers *get)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, get->id);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_get_peers_decode(struct payload_get_peers *get, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    get->id = rlp_read_u64(&in.list);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        get->id = 0;
    return verdict;
}

/* ---- PEERS ---- */

bool payload_is_host(mm_bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        const uint8_t byte = host.ptr[i];
        const uint8_t letter = byte | 0x20;
        const bool is_letter = letter >= 'a' && letter <= 'z';
        const bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && !is_digit && byte != '.' && byte != '-' && byte != ':')
            return false;
    }
    return host.len > 0;
}

static struct payload_peer read_peer(struct rlp *at)
{
    struct payload_peer peer = { .port = 0 };
    struct rlp list = rlp_read_list(at);
    rlp_read_fixed(&list, peer.id.b, sizeof peer.id.b);
    peer.host = rlp_read_string(&list, PAYLOAD_HOST_BYTES_MAX);
    const uint64_t port = rlp_read_u64(&list);
    if (list.verdict == RLP_OK && (port == 0 || port > UINT16_MAX || !payload_is_host(peer.host)))
        rlp_refuse(&list, RLP_TOO_LARGE);
    peer.port = (uint16_t)port;
    (void)rlp_join(at, &list);
    return peer;
}

static void check_peer(struct rlp *at)
{
    (void)read_peer(at);
}

void payload_add_peer(struct mm_buf *items, const struct payload_peer *peer)
{
    MM_ASSERT(peer->port != 0 && peer->host.len <= PAYLOAD_HOST_BYTES_MAX &&
              payload_is_host(peer->host));
    const size_t list = rlp_open_list(items);
    rlp_add_string(items, MM_BYTES_OF(peer->id.b));
    rlp_add_string(items, peer->host);
    rlp_add_u64(items, peer->port);
    rlp_close_list(items, list);
}

bool payload_next_peer(struct rlp *at, struct payload_peer *peer)
{
    if (!rlp_more(at))
        return false;
    *peer = read_peer(at);
    return at->verdict == RLP_OK;
}

void payload_peers_encode(struct mm_buf *buf, const struct payload_peers *peers)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, peers->id);
    payload_add_list(buf, &peers->peers);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_peers_decode(struct payload_peers *peers, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    peers->id = rlp_read_u64(&in.list);
    peers->peers = payload_read_list(&in.list, PAYLOAD_PEERS_MAX, check_peer);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *peers = (struct payload_peers){ .id = 0 };
    return verdict;
}
