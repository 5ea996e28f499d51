#include "p2p/wire/payload_internal.h"

struct payload_in payload_open(mm_bytes payload)
{
    struct payload_in in = { .outer = rlp_over(payload) };
    in.list = rlp_read_list(&in.outer);
    return in;
}

enum rlp_verdict payload_close(struct payload_in *in)
{
    (void)rlp_join(&in->outer, &in->list);
    return rlp_finish(&in->outer);
}

struct payload_list payload_read_items(struct rlp *at, size_t count_max, payload_check check)
{
    struct payload_list list = { .count = 0 };
    const size_t start = at->at;
    while (rlp_more(at)) {
        if (list.count == count_max) {
            rlp_refuse(at, RLP_TOO_LARGE);
            break;
        }
        check(at);
        list.count++;
    }
    if (at->verdict != RLP_OK)
        return (struct payload_list){ .count = 0 };
    list.items = mm_bytes_from(at->in.ptr + start, at->at - start);
    return list;
}

struct payload_list payload_read_list(struct rlp *at, size_t count_max, payload_check check)
{
    struct rlp inner = rlp_read_list(at);
    const struct payload_list list = payload_read_items(&inner, count_max, check);
    (void)rlp_join(at, &inner);
    return list;
}

struct rlp payload_items(const struct payload_list *list)
{
    return rlp_over(list->items);
}

void payload_add_list(struct mm_buf *buf, const struct payload_list *list)
{
    rlp_add_list_header(buf, list->items.len);
    mm_buf_add(buf, list->items);
}

void payload_check_hash(struct rlp *at)
{
    (void)rlp_read_hash(at);
}

void payload_add_hash(struct mm_buf *items, const mm_hash32 *hash)
{
    rlp_add_hash(items, hash);
}

bool payload_next_hash(struct rlp *at, mm_hash32 *hash)
{
    if (!rlp_more(at))
        return false;
    *hash = rlp_read_hash(at);
    return at->verdict == RLP_OK;
}
