/* What the node is set up for: eth_config (EIP-7910) and eth_capabilities. */
#include "rpc/eth/handlers.h"
#include "state/base/endian.h"

/* EIP-7691's. No transaction here has blobs; a client that divides by it must not divide by zero. */
enum { BLOB_FEE_FRACTION = 5007716 };

/* CRC-32 of IEEE 802.3, which EIP-2124 takes: over 32 bytes, once a request, so bit by bit. */
static uint32_t crc32_of(mm_bytes bytes)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static void add_number(struct json_writer *w, const char *key, uint64_t number)
{
    json_key(w, key);
    json_add_u64(w, number);
}

static void add_empty(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_open_object(w);
    json_close_object(w);
}

/* The rules are those of genesis and none are to follow, so the fork id is the hash of genesis alone (EIP-2124) and the time of
 * activation zero. There are no precompiled contracts and none that blocks call of their own. */
bool handle_eth_config(struct eth_request *r)
{
    struct json_writer *w = &r->w;
    const mm_hash32 genesis = ledger_genesis_hash(r->backend->ledger);
    uint8_t fork_id[4];
    mm_put_be32(fork_id, crc32_of(mm_bytes_hash(&genesis)));
    json_open_object(w);
    json_key(w, "current");
    json_open_object(w);
    add_number(w, "activationTime", 0);
    json_key(w, "blobSchedule");
    json_open_object(w);
    add_number(w, "baseFeeUpdateFraction", BLOB_FEE_FRACTION);
    add_number(w, "max", 0);
    add_number(w, "target", 0);
    json_close_object(w);
    eth_add_quantity_member(w, "chainId", eth_chain_id(r));
    eth_add_data_member(w, "forkId", MM_BYTES_OF(fork_id));
    add_empty(w, "precompiles");
    add_empty(w, "systemContracts");
    json_close_object(w);
    json_key(w, "next");
    json_add_null(w);
    json_key(w, "last");
    json_add_null(w);
    json_close_object(w);
    return true;
}

/* window UINT64_MAX: kept for good. */
static void add_resource(struct json_writer *w, const char *key, uint64_t oldest, uint64_t window)
{
    json_key(w, key);
    json_open_object(w);
    json_key(w, "disabled");
    json_add_bool(w, false);
    eth_add_quantity_member(w, "oldestBlock", oldest);
    if (window != UINT64_MAX) {
        json_key(w, "deleteStrategy");
        json_open_object(w);
        json_key(w, "type");
        json_add_text(w, "window");
        eth_add_quantity_member(w, "retentionBlocks", window);
        json_close_object(w);
    }
    json_close_object(w);
}

bool handle_eth_capabilities(struct eth_request *r)
{
    static const char *const KEPT[] = { "tx", "logs", "receipts", "blocks" };
    const uint64_t begins = ledger_begins(r->backend->ledger);
    struct json_writer *w = &r->w;
    json_open_object(w);
    json_key(w, "head");
    json_open_object(w);
    eth_add_quantity_member(w, "number", ledger_head(r->view));
    eth_add_hash_member(w, "hash", ledger_head_hash(r->view));
    json_close_object(w);
    add_resource(w, "state", begins, UINT64_MAX);
    for (size_t i = 0; i < MM_COUNT_OF(KEPT); i++)
        add_resource(w, KEPT[i], begins > 0 ? begins + 1 : 0, UINT64_MAX);
    add_resource(w, "stateproofs", ledger_proofs_from(r->view),
                 ledger_proof_window(r->backend->ledger));
    json_close_object(w);
    return true;
}

/* ---- admin_ ---- */
