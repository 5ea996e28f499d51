#include "p2p/sync/certified.h"

#include "state/crypto/keccak.h"

bool certified_read(struct header *header, mm_bytes item)
{
    struct rlp at = rlp_over(item);
    header_read(&at, header);
    return rlp_finish(&at) == RLP_OK && header->field_count == HEADER_FIELDS_CANCUN &&
           header->extra_len == MM_EXTRA_BYTES;
}

bool certified_is_sealed(const struct certified_rules *rules, mm_bytes item,
                         const mm_hash32 *commitment, uint64_t height, const mm_hash32 *hash)
{
    struct certificate certificate;
    struct rlp at = rlp_over(item);
    certificate_read(&at, &certificate);
    if (rlp_finish(&at) != RLP_OK)
        return false;
    const enum certificate_verdict verdict =
        rules->check == NULL
            ? certificate_check(&certificate, rules->domain, rules->set, commitment, height, hash)
            : rules->check(rules->ctx, &certificate, rules->domain, rules->set, commitment, height,
                           hash);
    return verdict == CERTIFICATE_OK;
}

enum certified_verdict certified_check(struct header *header, mm_hash32 *hash,
                                       const struct certified_rules *rules,
                                       const struct certified_parent *parent,
                                       const struct payload_header *item)
{
    *hash = (mm_hash32){ { 0 } };
    if (!certified_read(header, item->header))
        return CERTIFIED_HEADER;
    if (header->number != parent->height + 1)
        return CERTIFIED_NUMBER;
    if (!mm_hash_equal(&header->parent_hash, &parent->hash))
        return CERTIFIED_LINK;
    /* The encoding is canonical: these bytes are the ones that are hashed. */
    *hash = keccak256(item->header);
    return certified_is_sealed(rules, item->certificate, &parent->extra, header->number, hash)
               ? CERTIFIED_OK
               : CERTIFIED_SEALS;
}
