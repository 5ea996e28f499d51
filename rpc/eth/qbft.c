/* Consensus, as far as it can be asked for: who seals, what sealed, where the next height stands, who signed two things. */
#include "rpc/eth/handlers.h"

/* The set that seals a block is in the state before it. Block 0 nobody seals: of it, those that it names. */
bool handle_qbft_validators(struct eth_request *r)
{
    struct validator_set set;
    uint64_t block_num;
    bool found;
    if (!eth_find_block(r, &block_num, &found, &r->args[0].block))
        return false;
    if (!found)
        return eth_fail(r, ETH_SERVER_ERROR, "header not found");
    ETH_TRY(r, r->backend->validators(r->backend->ctx, r->view, &set,
                                      block_num == 0 ? 0 : block_num - 1));
    json_open_array(&r->w);
    for (size_t i = 0; i < set.count; i++)
        json_add_data(&r->w, mm_bytes_addr(&set.addrs[i]));
    json_close_array(&r->w);
    return true;
}

static bool add_seal(struct eth_request *r, const struct secp_signature *seal,
                     const mm_hash32 *digest)
{
    mm_addr signer;
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    if (!secp_recover(&signer, seal, digest, SECP_LOW_S))
        return eth_fail_world(r, MM_ERR_CORRUPT); /* it was checked before it was stored */
    secp_signature_to_bytes(bytes, seal);
    json_open_object(&r->w);
    eth_add_addr_member(&r->w, "validator", &signer);
    eth_add_data_member(&r->w, "signature", MM_BYTES_OF(bytes));
    json_close_object(&r->w);
    return true;
}

static bool add_certificate(struct eth_request *r, uint64_t block_num)
{
    struct header header;
    struct certificate certificate;
    mm_hash32 hash;
    ETH_TRY(r, ledger_header(r->view, &header, &hash, block_num));
    ETH_TRY(r, ledger_certificate(r->view, &certificate, block_num));
    const struct seal_domain domain = { ledger_chain_id(r->backend->ledger),
                                        ledger_genesis_hash(r->backend->ledger) };
    const mm_hash32 digest = seal_commit_digest(&domain, block_num, certificate.round, &hash);
    uint8_t memory[4096];
    struct mm_buf encoded = mm_buf_over(memory, sizeof memory);
    certificate_encode(&encoded, &certificate);
    json_open_object(&r->w);
    eth_add_quantity_member(&r->w, "blockNumber", block_num);
    eth_add_hash_member(&r->w, "blockHash", &hash);
    eth_add_quantity_member(&r->w, "round", certificate.round);
    json_key(&r->w, "seals");
    json_open_array(&r->w);
    for (size_t i = 0; i < certificate.seal_count; i++) {
        if (!add_seal(r, &certificate.seals[i], &digest))
            return false;
    }
    json_close_array(&r->w);
    eth_add_data_member(&r->w, "raw", mm_buf_bytes(&encoded));
    json_close_object(&r->w);
    return true;
}

/* null: there is no such block yet, or it is block 0, which nobody sealed. */
bool handle_qbft_certificate(struct eth_request *r)
{
    uint64_t block_num;
    bool found;
    if (!eth_find_block(r, &block_num, &found, &r->args[0].block))
        return false;
    if (found && block_num > 0 && block_num <= ledger_head(r->view))
        return add_certificate(r, block_num);
    json_add_null(&r->w);
    return true;
}

static void add_flag(struct json_writer *w, const char *key, bool flag)
{
    json_key(w, key);
    json_add_bool(w, flag);
}

bool handle_qbft_status(struct eth_request *r)
{
    struct json_writer *w = &r->w;
    struct backend_consensus consensus;
    struct validator_set set;
    r->backend->consensus(r->backend->ctx, &consensus);
    ETH_TRY(r, r->backend->validators(r->backend->ctx, r->view, &set, ledger_head(r->view)));
    json_open_object(w);
    eth_add_quantity_member(w, "height", consensus.height);
    eth_add_quantity_member(w, "round", consensus.round);
    eth_add_addr_member(w, "proposer", &consensus.proposer);
    add_flag(w, "isDue", consensus.is_due);
    add_flag(w, "isProposed", consensus.is_proposed);
    add_flag(w, "isPrepared", consensus.is_prepared);
    add_flag(w, "canSign", consensus.can_sign);
    eth_add_quantity_member(w, "prepares", consensus.prepares);
    eth_add_quantity_member(w, "commits", consensus.commits);
    eth_add_quantity_member(w, "roundChanges", consensus.round_changes);
    eth_add_quantity_member(w, "validators", set.count);
    eth_add_quantity_member(w, "quorum", validators_quorum(set.count));
    json_key(w, "address"); /* the validator that this node is */
    if (validators_has(&set, &r->backend->coinbase))
        json_add_data(w, mm_bytes_addr(&r->backend->coinbase));
    else
        json_add_null(w);
    json_close_object(w);
    return true;
}

static const char *kind_of(unsigned code)
{
    switch (code) {
    case QBFT_PROPOSAL:
        return "PROPOSAL";
    case QBFT_PREPARE:
        return "PREPARE";
    case QBFT_COMMIT:
        return "COMMIT";
    }
    return "ROUND-CHANGE";
}

static void add_evidence(struct json_writer *w, const struct backend_evidence *evidence)
{
    json_open_object(w);
    json_key(w, "message");
    json_add_text(w, kind_of(evidence->code));
    eth_add_addr_member(w, "validator", &evidence->validator);
    eth_add_quantity_member(w, "height", evidence->height);
    eth_add_quantity_member(w, "round", evidence->round);
    json_key(w, "signed");
    json_open_array(w);
    for (size_t i = 0; i < 2; i++) {
        json_open_object(w);
        eth_add_hash_member(w, "digest", &evidence->digests[i]);
        eth_add_data_member(w, "signature", MM_BYTES_OF(evidence->signatures[i]));
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

bool handle_qbft_evidence(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    const struct backend_evidence *evidence = NULL;
    size_t count = 0;
    if (network != NULL)
        ETH_TRY(r, network->evidence(r->backend->ctx, r->arena, &evidence, &count));
    json_open_array(&r->w);
    for (size_t i = 0; i < count; i++)
        add_evidence(&r->w, &evidence[i]);
    json_close_array(&r->w);
    return true;
}
