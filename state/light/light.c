#include "state/light/light.h"

#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/crypto/keccak.h"

_Static_assert(MM_EXTRA_BYTES == sizeof(mm_hash32), "extraData is a commitment and nothing else");

const char *light_verdict_text(enum light_verdict verdict)
{
    switch (verdict) {
    case LIGHT_OK:
        return "ok";
    case LIGHT_ENCODING:
        return "no header";
    case LIGHT_TRUSTED_HASH:
        return "the header does not hash to the trusted hash";
    case LIGHT_LINK:
        return "wrong link: the header does not name the block before as its parent";
    case LIGHT_RULES:
        return "the header breaks a rule";
    case LIGHT_UNCERTIFIED:
        return "the block before changes the validator set and has no certificate";
    case LIGHT_CERTIFICATE:
        return "no certificate";
    case LIGHT_SET:
        return "another set: the block before does not commit to these validators";
    case LIGHT_TOO_FEW:
        return "fewer seals than the quorum";
    case LIGHT_SEAL:
        return "invalid seal";
    case LIGHT_STRANGER:
        return "a stranger's seal: of nobody in the validator set, or not for this block of this "
               "chain";
    case LIGHT_ORDER:
        return "seals not in ascending order of signers, or one twice";
    }
    MM_UNREACHABLE();
}

static bool decode(struct header *header, mm_bytes raw)
{
    struct rlp r = rlp_over(raw);
    header_read(&r, header);
    return rlp_finish(&r) == RLP_OK;
}

static mm_hash32 commitment_of(const struct header *header)
{
    mm_hash32 commitment;
    MM_ASSERT(header->extra_len == sizeof commitment.b);
    memcpy(commitment.b, header->extra, sizeof commitment.b);
    return commitment;
}

/* What dev control may have said is taken as it stands: it is in no header, and the quorum has looked at it. */
static enum header_verdict check_rules(const struct light *light, const struct header *header)
{
    const struct header_overrides own = {
        .has_base_fee = true,
        .has_gas_limit = true,
        .has_prev_randao = true,
        .base_fee = header->base_fee,
        .gas_limit = header->gas_limit,
        .prev_randao = header->prev_randao,
    };
    return header_check_with(header, &light->head, &light->hash, &own);
}

/* A trusted header has no parent here to be compared with; what is read of it must be there. */
static enum header_verdict check_trusted(const struct header *header)
{
    if (header->field_count != HEADER_FIELDS_CANCUN)
        return HEADER_FIELDS;
    return header->extra_len == MM_EXTRA_BYTES ? HEADER_OK : HEADER_EXTRA;
}

enum light_verdict light_trust(struct light *light, const mm_hash32 *hash, mm_bytes raw,
                               const struct seal_domain *domain)
{
    struct header header;
    *light = (struct light){ .rule = HEADER_OK };
    if (!decode(&header, raw))
        return LIGHT_ENCODING;
    const mm_hash32 computed = keccak256(raw);
    if (!mm_hash_equal(&computed, hash))
        return LIGHT_TRUSTED_HASH;
    const enum header_verdict rule = check_trusted(&header);
    light->rule = rule;
    if (rule != HEADER_OK)
        return LIGHT_RULES;
    *light =
        (struct light){ .domain = *domain, .head = header, .hash = *hash, .is_certified = true };
    if (header.number == 0)
        light->domain.genesis_hash = *hash;
    return LIGHT_OK;
}

bool light_must_certify(const struct light *light)
{
    return light->changes_set && !light->is_certified;
}

enum light_verdict light_follow(struct light *light, mm_bytes raw)
{
    struct header header;
    MM_ASSERT(light->head.field_count == HEADER_FIELDS_CANCUN); /* it was begun */
    if (light_must_certify(light))
        return LIGHT_UNCERTIFIED;
    if (!decode(&header, raw))
        return LIGHT_ENCODING;
    light->rule = check_rules(light, &header);
    if (light->rule != HEADER_OK)
        return light->rule == HEADER_PARENT ? LIGHT_LINK : LIGHT_RULES;
    const mm_hash32 names = commitment_of(&header);
    light->sealed_by = commitment_of(&light->head);
    light->changes_set = !mm_hash_equal(&names, &light->sealed_by);
    light->head = header;
    light->hash = keccak256(raw);
    light->is_certified = false;
    light->counts.headers++;
    return LIGHT_OK;
}

static enum light_verdict of_certificate(enum certificate_verdict verdict)
{
    switch (verdict) {
    case CERTIFICATE_OK:
        return LIGHT_OK;
    case CERTIFICATE_SET:
        return LIGHT_SET;
    case CERTIFICATE_TOO_FEW:
        return LIGHT_TOO_FEW;
    case CERTIFICATE_SIGNATURE:
        return LIGHT_SEAL;
    case CERTIFICATE_STRANGER:
        return LIGHT_STRANGER;
    case CERTIFICATE_ORDER:
        return LIGHT_ORDER;
    }
    MM_UNREACHABLE();
}

enum light_verdict light_certify(struct light *light, const struct validator_set *set, mm_bytes raw)
{
    struct certificate certificate;
    MM_ASSERT(light->counts.headers > 0); /* nothing before the trusted block names its set */
    struct rlp r = rlp_over(raw);
    certificate_read(&r, &certificate);
    if (rlp_finish(&r) != RLP_OK)
        return LIGHT_CERTIFICATE;
    const enum light_verdict verdict = of_certificate(certificate_check(
        &certificate, &light->domain, set, &light->sealed_by, light->head.number, &light->hash));
    if (verdict != LIGHT_OK)
        return verdict;
    if (light->changes_set && !light->is_certified)
        light->counts.set_changes++;
    light->is_certified = true;
    light->counts.certificates++;
    light->counts.seals += certificate.seal_count;
    return LIGHT_OK;
}
