/* A chain that is small enough to judge: a transaction is a number with an account and a nonce, the state is everyone's next nonce,
 * the votes and the set, and its root is a hash chain over what was included.
 *
 *     block = rlp([header, [tx …], [], []])     8 bytes a transaction; the header is a real one: number, parent, builder,
 *                                               timestamp, roots, gas used, extraData; what sync looks at is as on a real chain
 *     stateRoot(h) = keccak256(stateRoot(h-1), txs)       receiptsRoot(h) = keccak256(txs, stateRoot(h))
 *
 * A vote is a transaction of a node's own account with a candidate and whether it is to be in: when a quorum of the set has voted
 * so, the candidate is in, or out, from the next height on. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/chain/header.h"
#include "state/crypto/keccak.h"
#include "state/trie/ordered.h"
#include "tests/sim/sim_internal.h"

void sim_chain_genesis(struct sim_state *state, size_t validators)
{
    *state = (struct sim_state){ .hash = { { 7, 7, 7 } }, .set = stub_validator_set(validators) };
    state->commitment = validators_commitment(&state->set);
}

/* Its transactions one after the other, eight bytes each. */
struct parts {
    struct header header;
    sim_tx txs[SIM_BLOCK_TXS_MAX];
    size_t count;
    uint8_t raw[SIM_BLOCK_TXS_MAX * SIM_TX_BYTES];
};

bool sim_tx_decode(sim_tx *tx, mm_bytes raw)
{
    *tx = raw.len == SIM_TX_BYTES ? mm_get_be64(raw.ptr) : 0;
    return raw.len == SIM_TX_BYTES && sim_tx_account(*tx) < SIM_ACCOUNTS;
}

static mm_bytes raw_of(const struct parts *parts)
{
    return mm_bytes_from(parts->raw, parts->count * SIM_TX_BYTES);
}

static bool read_tx(struct parts *parts, mm_bytes raw)
{
    if (parts->count == SIM_BLOCK_TXS_MAX || !sim_tx_decode(&parts->txs[parts->count], raw))
        return false;
    memcpy(parts->raw + SIM_TX_BYTES * parts->count++, raw.ptr, SIM_TX_BYTES);
    return true;
}

static bool read_block(const struct qbft_block *block, struct parts *parts)
{
    struct rlp outer = rlp_over(mm_bytes_from(block->bytes, block->len));
    struct rlp fields = rlp_read_list(&outer);
    header_read(&fields, &parts->header);
    struct rlp txs = rlp_read_list(&fields);
    bool is_well = true;
    parts->count = 0;
    while (is_well && rlp_more(&txs))
        is_well = read_tx(parts, rlp_read_string(&txs, SIM_TX_BYTES));
    (void)rlp_join(&fields, &txs);
    for (size_t i = 0; i < 2; i++) {
        struct rlp list = rlp_read_list(&fields);
        (void)rlp_join(&fields, &list);
    }
    (void)rlp_join(&outer, &fields);
    return is_well && rlp_finish(&outer) == RLP_OK;
}

size_t sim_chain_txs(const struct qbft_block *block, sim_tx txs[SIM_BLOCK_TXS_MAX])
{
    struct parts parts;
    if (!read_block(block, &parts))
        return 0;
    memcpy(txs, parts.txs, parts.count * sizeof *txs);
    return parts.count;
}

static mm_hash32 root_of_txs(const struct parts *parts)
{
    mm_bytes items[SIM_BLOCK_TXS_MAX];
    mm_hash32 root;
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < parts->count; i++)
        items[i] = mm_bytes_from(parts->raw + SIM_TX_BYTES * i, SIM_TX_BYTES);
    MM_ASSERT(trie_ordered_root(&arena, &root, items, parts->count) == MM_OK);
    mm_arena_fini(&arena);
    return root;
}

/* ---- blocks as they travel ---- */

mm_bytes sim_chain_header(const struct qbft_block *block)
{
    struct rlp outer = rlp_over(mm_bytes_from(block->bytes, block->len));
    struct rlp fields = rlp_read_list(&outer);
    return rlp_read_raw(&fields);
}

void sim_chain_add_body(struct mm_buf *buf, const struct qbft_block *block)
{
    struct rlp outer = rlp_over(mm_bytes_from(block->bytes, block->len));
    struct rlp fields = rlp_read_list(&outer);
    (void)rlp_read_raw(&fields);
    const mm_bytes rest = mm_bytes_from(fields.in.ptr + fields.at, fields.in.len - fields.at);
    rlp_add_list_header(buf, rest.len);
    mm_buf_add(buf, rest);
}

struct qbft_block *sim_chain_join(mm_bytes header, mm_bytes body)
{
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    struct mm_buf buf;
    struct rlp outer = rlp_over(body);
    const struct rlp lists = rlp_read_list(&outer);
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    rlp_add_list_header(&buf, header.len + lists.in.len);
    mm_buf_add(&buf, header);
    mm_buf_add(&buf, lists.in);
    const bool is_block = qbft_block_new(&block, mm_buf_bytes(&buf), &verdict);
    mm_buf_fini(&buf);
    return is_block ? block : NULL;
}

/* ---- execution ---- */

static void change_set(struct validator_set *set, const mm_addr *candidate)
{
    const size_t place = validators_place(set, candidate);
    if (place < set->count) {
        memmove(&set->addrs[place], &set->addrs[place + 1],
                (set->count - place - 1) * sizeof set->addrs[0]);
        set->count--;
        return;
    }
    size_t at = set->count++;
    for (; at > 0 &&
           mm_bytes_compare(mm_bytes_addr(&set->addrs[at - 1]), mm_bytes_addr(candidate)) > 0;
         at--)
        set->addrs[at] = set->addrs[at - 1];
    set->addrs[at] = *candidate;
}

static void vote(struct sim_state *state, size_t voter, uint32_t payload)
{
    const size_t candidate = payload & 0xff;
    const mm_addr addr = stub_validator_addr(candidate);
    const mm_addr voter_addr = stub_validator_addr(voter);
    struct validator_set *set = &state->set;
    size_t count = 0;
    if (candidate >= SIM_NODES_MAX || !validators_has(set, &voter_addr) ||
        validators_has(set, &addr) == ((payload & SIM_VOTE_ADD) != 0))
        return; /* reverted; the nonce is used all the same */
    state->votes[candidate] |= UINT32_C(1) << voter;
    for (size_t i = 0; i < SIM_NODES_MAX; i++) {
        const mm_addr one = stub_validator_addr(i);
        count += (state->votes[candidate] >> i & 1) != 0 && validators_has(set, &one);
    }
    if (count < validators_quorum(set->count) ||
        (validators_has(set, &addr) ? set->count == 1 : set->count == MM_VALIDATORS_MAX))
        return;
    state->votes[candidate] = 0;
    for (size_t i = 0; validators_has(set, &addr) && i < SIM_NODES_MAX; i++)
        state->votes[i] &= ~(UINT32_C(1) << candidate); /* its votes go with it */
    change_set(set, &addr);
    state->commitment = validators_commitment(set);
}

/* False: a nonce is not the next. */
static bool execute(struct sim_state *state, const struct parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        const sim_tx tx = parts->txs[i];
        const size_t account = sim_tx_account(tx);
        if (sim_tx_nonce(tx) != state->nonces[account])
            return false;
        state->nonces[account]++;
        if (account >= SIM_CLIENTS)
            vote(state, account - SIM_CLIENTS, sim_tx_payload(tx));
    }
    state->root = keccak256_pair(mm_bytes_hash(&state->root), raw_of(parts));
    return true;
}

static mm_hash32 receipts_root(const struct sim_state *state, mm_bytes txs)
{
    return keccak256_pair(txs, mm_bytes_hash(&state->root));
}

bool sim_chain_execute(const struct sim_state *parent, const struct qbft_block *block,
                       struct sim_state *after)
{
    struct parts parts;
    const struct header *header = &parts.header;
    if (!read_block(block, &parts) || header->number != parent->height + 1 ||
        !mm_hash_equal(&header->parent_hash, &parent->hash) ||
        header->timestamp < parent->timestamp || header->extra_len != MM_EXTRA_BYTES ||
        !validators_has(&parent->set, &header->coinbase) ||
        header->gas_used != SIM_TX_GAS * parts.count)
        return false;
    *after = *parent;
    if (!execute(after, &parts))
        return false;
    const mm_hash32 tx_root = root_of_txs(&parts);
    const mm_hash32 receipts = receipts_root(after, raw_of(&parts));
    after->height = header->number;
    after->hash = block->hash;
    after->builder = header->coinbase;
    after->timestamp = header->timestamp;
    return mm_hash_equal(&header->tx_root, &tx_root) &&
           mm_hash_equal(&header->state_root, &after->root) &&
           mm_hash_equal(&header->receipts_root, &receipts) &&
           memcmp(header->extra, after->commitment.b, MM_EXTRA_BYTES) == 0;
}

/* ---- building ---- */

static void add_tx(struct parts *parts, sim_tx tx)
{
    uint8_t raw[SIM_TX_BYTES];
    sim_tx_encode(raw, tx);
    (void)read_tx(parts, MM_BYTES_OF(raw));
}

static void write_txs(struct parts *parts, const struct sim_block_request *request)
{
    parts->count = 0;
    for (size_t i = 0; i < request->tx_count && parts->count + 2 < SIM_BLOCK_TXS_MAX; i++) {
        sim_tx tx = request->txs[i];
        if (request->spoil == SPOIL_TX_GAP)
            tx += UINT64_C(1) << 32;
        add_tx(parts, tx);
        if (request->spoil == SPOIL_TX_TWICE)
            add_tx(parts, tx);
    }
}

static void spoil(struct header *header, enum sim_spoil how)
{
    if (how == SPOIL_ROOT)
        header->state_root.b[3] ^= 1;
    else if (how == SPOIL_RECEIPTS)
        header->receipts_root.b[3] ^= 1;
    else if (how == SPOIL_SET)
        header->extra[3] ^= 1;
    else if (how == SPOIL_PARENT)
        header->parent_hash.b[3] ^= 1;
    else if (how == SPOIL_TIME)
        header->timestamp += 3600;
}

struct qbft_block *sim_chain_build(const struct sim_block_request *request)
{
    uint8_t memory[2048];
    const struct sim_state *parent = request->parent;
    struct parts parts;
    struct sim_state after = *parent;
    write_txs(&parts, request);
    (void)execute(&after, &parts); /* of a spoiled one that cannot be, as far as it went */
    struct header header = { .field_count = HEADER_FIELDS_CANCUN,
                             .parent_hash = parent->hash,
                             .coinbase = request->builder,
                             .state_root = after.root,
                             .tx_root = root_of_txs(&parts),
                             .receipts_root = receipts_root(&after, raw_of(&parts)),
                             .number = parent->height + 1,
                             .gas_limit = request->distinction,
                             .gas_used = SIM_TX_GAS * parts.count,
                             .timestamp = request->timestamp,
                             .extra_len = MM_EXTRA_BYTES };
    memcpy(header.extra, after.commitment.b, MM_EXTRA_BYTES);
    spoil(&header, request->spoil);
    struct mm_buf buf = mm_buf_over(memory, sizeof memory);
    const size_t list = rlp_open_list(&buf);
    header_encode(&buf, &header);
    const size_t txs = rlp_open_list(&buf);
    for (size_t i = 0; i < parts.count; i++)
        rlp_add_string(&buf, mm_bytes_from(parts.raw + SIM_TX_BYTES * i, SIM_TX_BYTES));
    rlp_close_list(&buf, txs);
    rlp_add_list_header(&buf, 0);
    rlp_add_list_header(&buf, 0);
    rlp_close_list(&buf, list);
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    MM_ASSERT(qbft_block_new(&block, mm_buf_bytes(&buf), &verdict));
    return block;
}
