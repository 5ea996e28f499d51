#include "p2p/wire/payload_internal.h"

/* An item that must be a list, as it stands. */
static mm_bytes read_raw_list(struct rlp *at)
{
    if (rlp_more(at) && !rlp_next_is_list(at))
        rlp_refuse(at, RLP_NOT_A_LIST);
    return rlp_read_raw(at);
}

/* ---- headers ---- */

void payload_get_headers_encode(struct mm_buf *buf, const struct payload_get_headers *get)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, get->id);
    rlp_add_u64(buf, get->from);
    rlp_add_u64(buf, get->count);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_get_headers_decode(struct payload_get_headers *get, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    get->id = rlp_read_u64(&in.list);
    get->from = rlp_read_u64(&in.list);
    get->count = rlp_read_u64(&in.list);
    if (get->count > PAYLOAD_HEADERS_MAX)
        rlp_refuse(&in.list, RLP_TOO_LARGE);
    if (get->count == 0)
        rlp_refuse(&in.list, RLP_MISSING);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *get = (struct payload_get_headers){ .id = 0 };
    return verdict;
}

static struct payload_header read_header(struct rlp *at)
{
    struct payload_header header;
    struct rlp list = rlp_read_list(at);
    header.header = read_raw_list(&list);
    header.certificate = read_raw_list(&list);
    (void)rlp_join(at, &list);
    return header;
}

static void check_header(struct rlp *at)
{
    (void)read_header(at);
}

void payload_add_header(struct mm_buf *items, const struct payload_header *header)
{
    rlp_add_list_header(items, header->header.len + header->certificate.len);
    mm_buf_add(items, header->header);
    mm_buf_add(items, header->certificate);
}

bool payload_next_header(struct rlp *at, struct payload_header *header)
{
    if (!rlp_more(at))
        return false;
    *header = read_header(at);
    return at->verdict == RLP_OK;
}

void payload_headers_encode(struct mm_buf *buf, const struct payload_headers *headers)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, headers->id);
    payload_add_list(buf, &headers->headers);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_headers_decode(struct payload_headers *headers, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    headers->id = rlp_read_u64(&in.list);
    headers->headers = payload_read_list(&in.list, PAYLOAD_HEADERS_MAX, check_header);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *headers = (struct payload_headers){ .id = 0 };
    return verdict;
}

/* ---- bodies ---- */

void payload_get_bodies_encode(struct mm_buf *buf, const struct payload_get_bodies *get)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, get->id);
    payload_add_list(buf, &get->hashes);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_get_bodies_decode(struct payload_get_bodies *get, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    get->id = rlp_read_u64(&in.list);
    get->hashes = payload_read_list(&in.list, PAYLOAD_HASHES_MAX, payload_check_hash);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *get = (struct payload_get_bodies){ .id = 0 };
    return verdict;
}

/* The three lists of a body are looked at by who decodes it; that there are three is seen here already. */
static struct payload_body read_body(struct rlp *at)
{
    struct payload_body body;
    struct rlp list = rlp_read_list(at);
    body.hash = rlp_read_hash(&list);
    body.body = read_raw_list(&list);
    (void)rlp_join(at, &list);
    if (at->verdict == RLP_OK) {
        struct rlp outer = rlp_over(body.body);
        struct rlp parts = rlp_read_list(&outer);
        for (size_t i = 0; i < 3; i++)
            (void)read_raw_list(&parts);
        rlp_refuse(at, rlp_finish(&parts));
    }
    return body;
}

static void check_body(struct rlp *at)
{
    (void)read_body(at);
}

void payload_add_body(struct mm_buf *items, const struct payload_body *body)
{
    rlp_add_list_header(items, rlp_size_string(mm_bytes_hash(&body->hash)) + body->body.len);
    rlp_add_hash(items, &body->hash);
    mm_buf_add(items, body->body);
}

bool payload_next_body(struct rlp *at, struct payload_body *body)
{
    if (!rlp_more(at))
        return false;
    *body = read_body(at);
    return at->verdict == RLP_OK;
}

void payload_bodies_encode(struct mm_buf *buf, const struct payload_bodies *bodies)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, bodies->id);
    payload_add_list(buf, &bodies->bodies);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_bodies_decode(struct payload_bodies *bodies, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    bodies->id = rlp_read_u64(&in.list);
    bodies->bodies = payload_read_list(&in.list, PAYLOAD_HASHES_MAX, check_body);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *bodies = (struct payload_bodies){ .id = 0 };
    return verdict;
}
