#include "tests/lib/stub_chain.h"

#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"
#include "tests/lib/stub_validator.h"

static mm_bytes take(struct mm_buf *buf)
{
    size_t len;
    MM_ASSERT(mm_buf_err(buf) == MM_OK);
    uint8_t *ptr = mm_buf_take(buf, &len);
    return mm_bytes_from(ptr, len);
}

mm_bytes stub_chain_seal(const struct seal_domain *domain, const struct validator_set *set,
                         uint64_t height, const mm_hash32 *hash)
{
    struct mm_buf buf;
    const mm_hash32 digest = seal_commit_digest(domain, height, 0, hash);
    struct certificate certificate = { .seal_count = validators_quorum(set->count) };
    for (size_t i = 0; i < certificate.seal_count; i++)
        certificate.seals[i] = stub_validator_sign(&set->addrs[i], &digest);
    mm_buf_init(&buf, 1 << 16);
    certificate_encode(&buf, &certificate);
    return take(&buf);
}

enum certificate_verdict stub_chain_check(void *ctx, const struct certificate *certificate,
                                          const struct seal_domain *domain,
                                          const struct validator_set *set,
                                          const mm_hash32 *commitment, uint64_t height,
                                          const mm_hash32 *hash)
{
    mm_addr signers[MM_VALIDATORS_MAX];
    const mm_hash32 digest = seal_commit_digest(domain, height, certificate->round, hash);
    const mm_hash32 own = validators_commitment(set);
    (void)ctx;
    if (!mm_hash_equal(&own, commitment))
        return CERTIFICATE_SET;
    if (certificate->seal_count < validators_quorum(set->count))
        return CERTIFICATE_TOO_FEW;
    for (size_t i = 0; i < certificate->seal_count; i++) {
        if (!STUB_VALIDATOR_CRYPTO.recover(NULL, &signers[i], &certificate->seals[i], &digest))
            return CERTIFICATE_SIGNATURE;
    }
    return certificate_check_signers(set, signers, certificate->seal_count);
}

/* ---- blocks ---- */

static mm_bytes make_body(const struct stub_chain_options *options, uint64_t height,
                          mm_hash32 *tx_root)
{
    struct mm_arena arena;
    struct mm_buf buf;
    mm_arena_init(&arena, 64 << 20);
    mm_bytes *items = MM_ARENA_ARRAY(&arena, mm_bytes, options->txs_of_block);
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    const size_t body = rlp_open_list(&buf);
    const size_t txs = rlp_open_list(&buf);
    for (size_t i = 0; i < options->txs_of_block; i++) {
        uint8_t *raw = mm_arena_zeroed(&arena, 1, options->tx_bytes);
        MM_ASSERT(raw != NULL && options->tx_bytes >= 16);
        raw[0] = 2;
        mm_put_be32(raw + 2, (uint32_t)i);
        mm_put_be64(raw + 8, height);
        items[i] = mm_bytes_from(raw, options->tx_bytes);
        rlp_add_string(&buf, items[i]);
    }
    rlp_close_list(&buf, txs);
    rlp_add_list_header(&buf, 0);
    rlp_add_list_header(&buf, 0);
    rlp_close_list(&buf, body);
    MM_ASSERT(trie_ordered_root(&arena, tx_root, items, options->txs_of_block) == MM_OK);
    mm_arena_fini(&arena);
    return take(&buf);
}

static mm_bytes make_header(const struct stub_chain_options *options,
                            const struct stub_block *block, const mm_hash32 *parent,
                            uint64_t height, const mm_hash32 *tx_root)
{
    struct mm_buf buf;
    struct header header = { .field_count = HEADER_FIELDS_CANCUN,
                             .parent_hash = *parent,
                             .tx_root = *tx_root,
                             .number = height,
                             .gas_limit = 30000000,
                             .gas_used = 21000 * options->txs_of_block,
                             .timestamp = height,
                             .extra_len = MM_EXTRA_BYTES };
    const mm_hash32 commitment = validators_commitment(&block->next);
    memcpy(header.extra, commitment.b, sizeof commitment.b);
    header.state_root.b[0] = options->distinction;
    mm_buf_init(&buf, 1 << 16);
    header_encode(&buf, &header);
    return take(&buf);
}

/* Sets are windows over the stub validators, which move by one. */
static struct validator_set set_number(size_t validators, size_t number)
{
    struct validator_set set = { .count = validators };
    for (size_t i = 0; i < validators; i++)
        set.addrs[i] = stub_validator_addr(number + i);
    return set;
}

static void add_block(struct stub_chain *chain, const struct stub_chain_options *options)
{
    const uint64_t height = chain->count;
    struct stub_block *block = &chain->blocks[chain->count++];
    mm_hash32 tx_root;
    mm_hash32 parent = { { 0 } };
    block->next = set_number(options->validators,
                             options->change_every == 0 ? 0 : height / options->change_every);
    block->body = make_body(options, height, &tx_root);
    if (height > 0)
        parent = block[-1].hash;
    block->header = make_header(options, block, &parent, height, &tx_root);
    block->hash = keccak256(block->header);
    if (height == 0)
        chain->domain = (struct seal_domain){ 31337, block->hash };
    else
        block->certificate = stub_chain_seal(&chain->domain, &block[-1].next, height, &block->hash);
}

static size_t place_of(const struct stub_chain *chain, const mm_hash32 *hash)
{
    size_t place = (size_t)mm_get_be64(hash->b) % chain->index_count;
    while (chain->index[place] != 0 &&
           !mm_hash_equal(&chain->blocks[chain->index[place] - 1].hash, hash))
        place = (place + 1) % chain->index_count;
    return place;
}

struct stub_chain *stub_chain_new(const struct stub_chain_options *options)
{
    struct stub_chain *chain = calloc(1, sizeof *chain);
    MM_ASSERT(chain != NULL);
    chain->blocks = calloc(options->height + 1, sizeof *chain->blocks);
    chain->index_count = 2 * (options->height + 1);
    chain->index = calloc(chain->index_count, sizeof *chain->index);
    MM_ASSERT(chain->blocks != NULL && chain->index != NULL);
    while (chain->count <= options->height)
        add_block(chain, options);
    for (size_t i = 0; i < chain->count; i++)
        chain->index[place_of(chain, &chain->blocks[i].hash)] = (uint32_t)i + 1;
    return chain;
}

static void free_bytes(mm_bytes bytes)
{
    mm_heap_free((void *)(uintptr_t)bytes.ptr);
}

void stub_chain_free(struct stub_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        free_bytes(chain->blocks[i].header);
        free_bytes(chain->blocks[i].body);
        free_bytes(chain->blocks[i].certificate);
    }
    free(chain->blocks);
    free(chain->index);
    free(chain);
}

const struct stub_block *stub_chain_find(const struct stub_chain *chain, const mm_hash32 *hash)
{
    const uint32_t found = chain->index[place_of(chain, hash)];
    return found == 0 ? NULL : &chain->blocks[found - 1];
}

struct sync_head stub_chain_head(const struct stub_chain *chain, uint64_t height)
{
    const struct stub_block *block = &chain->blocks[height];
    return (struct sync_head){ height, block->hash, block->next };
}

void stub_chain_decided(struct mm_buf *payload, const struct stub_block *block)
{
    struct rlp outer = rlp_over(block->body);
    const struct rlp lists = rlp_read_list(&outer);
    const size_t list = rlp_open_list(payload);
    const size_t whole = rlp_open_list(payload);
    mm_buf_add(payload, block->header);
    mm_buf_add(payload, lists.in);
    rlp_close_list(payload, whole);
    mm_buf_add(payload, block->certificate);
    rlp_close_list(payload, list);
}
