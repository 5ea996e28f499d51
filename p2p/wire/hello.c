#include "p2p/wire/hello.h"

void hello_encode(struct mm_buf *buf, const struct hello *hello)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, hello->version);
    rlp_add_u64(buf, hello->domain.chain_id);
    rlp_add_hash(buf, &hello->domain.genesis_hash);
    rlp_add_u64(buf, hello->listen_port);
    rlp_add_u64(buf, hello->capabilities);
    rlp_add_string(buf, mm_bytes_str(hello->client));
    rlp_close_list(buf, list);
}

void hello_read(struct rlp *r, struct hello *hello)
{
    struct rlp list = rlp_read_list(r);
    *hello = (struct hello){ .version = rlp_read_u64(&list) };
    hello->domain.chain_id = rlp_read_u64(&list);
    hello->domain.genesis_hash = rlp_read_hash(&list);
    const uint64_t port = rlp_read_u64(&list);
    if (port > UINT16_MAX)
        rlp_refuse(&list, RLP_TOO_LARGE);
    hello->listen_port = (uint16_t)port;
    hello->capabilities = rlp_read_u64(&list);
    const mm_bytes client = rlp_read_string(&list, HELLO_CLIENT_BYTES_MAX);
    for (size_t i = 0; i < client.len; i++) {
        if (client.ptr[i] < ' ' || client.ptr[i] > '~')
            rlp_refuse(&list, RLP_TOO_LARGE);
    }
    if (client.len > 0)
        memcpy(hello->client, client.ptr, client.len);
    if (!rlp_join(r, &list))
        *hello = (struct hello){ .version = 0 };
}
