/* A chain that is small enough to judge: a transaction is a number with an account and a nonce, the state is everyone's next nonce,
 * the votes and the set, and its root is a hash chain over what was included.
 *
 *     block = rlp([header, txs, [], []])     8 bytes a transaction; the header is a real one: number, parent, builder,
 *                                            timestamp, roots, extraData
 *     stateRoot(h) = keccak256(stateRoot(h-1), txs)       receiptsRoot(h) = keccak256(txs, stateRoot(h))
 *
 * A vote is a transaction of a node's own account with a candidate and whether it is to be in: when a quorum of the set has voted
 * so, the candidate is in, or out, from the next height on. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/chain/header.h"
#include "state/crypto/keccak.h"
#include "tests/sim/sim_internal.h"

void sim_chain_genesis(struct sim_state *state, size_t validators)
{
    *state = (struct sim_state){ .hash = { { 7, 7, 7 } }, .set = stub_validator_set(validators) };
    state->commitment = validators_commitment(&state->set);
}

static bool read_block(const struct qbft_block *block, struct header *header, mm_bytes *txs)
{
    struct rlp outer = rlp_over(mm_bytes_from(block->bytes, block->len));
    struct rlp fields = rlp_read_list(&outer);
    header_read(&fields, header);
    *txs = rlp_read_string(&fields, SIM_BLOCK_TXS_MAX * sizeof(sim_tx));
    (void)rlp_read_list(&fields);
    (void)rlp_read_list(&fields);
    (void)rlp_join(&outer, &fields);
    return rlp_finish(&outer) == RLP_OK && txs->len % sizeof(sim_tx) == 0;
}

size_t sim_chain_txs(const struct qbft_block *block, sim_tx txs[SIM_BLOCK_TXS_MAX])
{
    struct header header;
    mm_bytes raw;
    if (!read_block(block, &header, &raw))
        return 0;
    for (size_t i = 0; i < raw.len / 8; i++)
        txs[i] = mm_get_be64(raw.ptr + 8 * i);
    return raw.len / 8;
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
static bool execute(struct sim_state *state, mm_bytes txs)
{
    for (size_t i = 0; i < txs.len / 8; i++) {
        const sim_tx tx = mm_get_be64(txs.ptr + 8 * i);
        const size_t account = sim_tx_account(tx);
        if (account >= SIM_ACCOUNTS || sim_tx_nonce(tx) != state->nonces[account])
            return false;
        state->nonces[account]++;
        if (account >= SIM_CLIENTS)
            vote(state, account - SIM_CLIENTS, sim_tx_payload(tx));
    }
    state->root = keccak256_pair(mm_bytes_hash(&state->root), txs);
    return true;
}

static mm_hash32 receipts_root(const struct sim_state *state, mm_bytes txs)
{
    return keccak256_pair(txs, mm_bytes_hash(&state->root));
}

bool sim_chain_execute(const struct sim_state *parent, const struct qbft_block *block,
                       struct sim_state *after)
{
    struct header header;
    mm_bytes txs;
    if (!read_block(block, &header, &txs) || header.number != parent->height + 1 ||
        !mm_hash_equal(&header.parent_hash, &parent->hash) ||
        header.timestamp < parent->timestamp || header.extra_len != MM_EXTRA_BYTES ||
        !validators_has(&parent->set, &header.coinbase))
        return false;
    *after = *parent;
    if (!execute(after, txs))
        return false;
    const mm_hash32 receipts = receipts_root(after, txs);
    after->height = header.number;
    after->hash = block->hash;
    after->builder = header.coinbase;
    after->timestamp = header.timestamp;
    return mm_hash_equal(&header.state_root, &after->root) &&
           mm_hash_equal(&header.receipts_root, &receipts) &&
           memcmp(header.extra, after->commitment.b, MM_EXTRA_BYTES) == 0;
}

/* ---- building ---- */

static mm_bytes write_txs(uint8_t raw[SIM_BLOCK_TXS_MAX * 8],
                          const struct sim_block_request *request)
{
    size_t count = 0;
    for (size_t i = 0; i < request->tx_count && count + 2 < SIM_BLOCK_TXS_MAX; i++) {
        sim_tx tx = request->txs[i];
        if (request->spoil == SPOIL_TX_GAP)
            tx += UINT64_C(1) << 32;
        mm_put_be64(raw + 8 * count++, tx);
        if (request->spoil == SPOIL_TX_TWICE)
            mm_put_be64(raw + 8 * count++, tx);
    }
    return mm_bytes_from(raw, 8 * count);
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
    uint8_t raw[SIM_BLOCK_TXS_MAX * 8];
    uint8_t memory[2048];
    const struct sim_state *parent = request->parent;
    const mm_bytes txs = write_txs(raw, request);
    struct sim_state after = *parent;
    (void)execute(&after, txs); /* of a spoiled one that cannot be, as far as it went */
    struct header header = { .field_count = HEADER_FIELDS_CANCUN,
                             .parent_hash = parent->hash,
                             .coinbase = request->builder,
                             .state_root = after.root,
                             .receipts_root = receipts_root(&after, txs),
                             .number = parent->height + 1,
                             .gas_limit = request->distinction,
                             .timestamp = request->timestamp,
                             .extra_len = MM_EXTRA_BYTES };
    memcpy(header.extra, after.commitment.b, MM_EXTRA_BYTES);
    spoil(&header, request->spoil);
    struct mm_buf buf = mm_buf_over(memory, sizeof memory);
    const size_t list = rlp_open_list(&buf);
    header_encode(&buf, &header);
    rlp_add_string(&buf, txs);
    rlp_add_list_header(&buf, 0);
    rlp_add_list_header(&buf, 0);
    rlp_close_list(&buf, list);
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    MM_ASSERT(qbft_block_new(&block, mm_buf_bytes(&buf), &verdict));
    return block;
}
