/* A light check of a chain whose teller cannot be trusted. Six blocks under four validators, one joins in block 2, one leaves in block 4. The
 * first byte chooses:
 *
 *     h   a header behind block 0: what is followed to encodes to the same bytes, and nobody has sealed it
 *     c   block 1's certificate, and
 *     v   the set that sealed it, 20 bytes an address: the real one is taken and no other
 *     b   the story, bent: four bytes a bend (block, header or certificate or set, how, where); whatever was certified in the end
 *         is the real block, and its state root the real one */
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "state/light/light.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { HEAD = 6, JOINS = 2, LEAVES = 4, KEYS = 5, BYTES_MAX = 1024, BENDS_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
    uint8_t header[BYTES_MAX];
    size_t header_len;
    uint8_t certificate[BYTES_MAX];
    size_t certificate_len;
    struct validator_set set;
};

static struct seal_domain domain = { .chain_id = 31337 };
static struct told story[HEAD + 1];
static mm_hash32 hashes[HEAD + 1];

/* ---- the story, told once ---- */

static struct secp_secret *keys[KEYS]; /* ascending by address */

static void make_keys(void)
{
    for (size_t i = 0; i < KEYS; i++) {
        const uint8_t bytes[32] = { [31] = (uint8_t)(i + 1) };
        struct secp_secret *key = secp_secret_new(bytes);
        REQUIRE(key != NULL);
        const mm_addr addr = secp_secret_addr(key);
        size_t at = i;
        for (; at > 0; at--) {
            const mm_addr before = secp_secret_addr(keys[at - 1]);
            if (mm_bytes_compare(mm_bytes_addr(&before), mm_bytes_addr(&addr)) < 0)
                break;
            keys[at] = keys[at - 1];
        }
        keys[at] = key;
    }
}

/* Who seals a block: all but the last key, then all, then all but the first. */
static struct validator_set set_of(uint64_t number)
{
    const size_t first = number > LEAVES ? 1 : 0;
    const size_t end = number > JOINS ? KEYS : KEYS - 1;
    struct validator_set set = { .count = 0 };
    for (size_t i = first; i < end; i++)
        set.addrs[set.count++] = secp_secret_addr(keys[i]);
    return set;
}

static void tell_header(uint64_t number)
{
    struct told *told = &story[number];
    const struct validator_set next = set_of(number + 1);
    const mm_hash32 commitment = validators_commitment(&next);
    struct header header = {
        .field_count = HEADER_FIELDS_CANCUN,
        .ommers_hash = KECCAK_EMPTY_LIST,
        .state_root = { { 5, (uint8_t)number } },
        .number = number,
        .gas_limit = 30000000,
        .timestamp = 1800000000 + number,
        .extra_len = sizeof commitment.b,
        .withdrawals_root = KECCAK_EMPTY_TRIE,
    };
    if (number > 0)
        header.parent_hash = hashes[number - 1];
    memcpy(header.extra, commitment.b, sizeof commitment.b);
    struct mm_buf buf = mm_buf_over(told->header, sizeof told->header);
    header_encode(&buf, &header);
    REQUIRE(mm_buf_err(&buf) == MM_OK);
    told->header_len = buf.len;
    hashes[number] = header_hash(&header);
}

static void tell_certificate(uint64_t number)
{
    struct told *told = &story[number];
    const mm_hash32 digest = seal_commit_digest(&domain, number, 0, &hashes[number]);
    struct certificate certificate = { .round = 0 };
    told->set = set_of(number);
    for (size_t i = 0; i < validators_quorum(told->set.count); i++)
        certificate.seals[certificate.seal_count++] =
            secp_sign(keys[i + (number > LEAVES ? 1 : 0)], &digest);
    struct mm_buf buf = mm_buf_over(told->certificate, sizeof told->certificate);
    certificate_encode(&buf, &certificate);
    REQUIRE(mm_buf_err(&buf) == MM_OK);
    told->certificate_len = buf.len;
}

static void tell(void)
{
    if (story[0].header_len > 0)
        return;
    make_keys();
    tell_header(0);
    domain.genesis_hash = hashes[0];
    for (uint64_t number = 1; number <= HEAD; number++) {
        tell_header(number);
        tell_certificate(number);
    }
}

/* ---- pieces from outside ---- */

static mm_bytes header_of(const struct told *told)
{
    return mm_bytes_from(told->header, told->header_len);
}

static mm_bytes certificate_of(const struct told *told)
{
    return mm_bytes_from(told->certificate, told->certificate_len);
}

static void begin(struct light *light, uint64_t blocks)
{
    REQUIRE(light_trust(light, &hashes[0], header_of(&story[0]), &domain) == LIGHT_OK);
    for (uint64_t number = 1; number <= blocks; number++)
        REQUIRE(light_follow(light, header_of(&story[number])) == LIGHT_OK);
}

static void fuzz_header(mm_bytes in)
{
    static uint8_t memory[4096];
    struct light light;
    const mm_hash32 hash = keccak256(in);
    begin(&light, 0);
    if (light_follow(&light, in) != LIGHT_OK) {
        REQUIRE(light.head.number == 0 && light.is_certified && light.counts.headers == 0);
        return;
    }
    struct mm_buf buf = mm_buf_over(memory, sizeof memory);
    header_encode(&buf, &light.head);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(&buf), in));
    REQUIRE(mm_hash_equal(&light.hash, &hash) && light.head.number == 1 && !light.is_certified);
    const enum light_verdict verdict =
        light_certify(&light, &story[1].set, certificate_of(&story[1]));
    REQUIRE((verdict == LIGHT_OK) == mm_hash_equal(&hash, &hashes[1]));
}

static void fuzz_certificate(mm_bytes in)
{
    struct light light;
    begin(&light, 1);
    const enum light_verdict verdict = light_certify(&light, &story[1].set, in);
    REQUIRE((verdict == LIGHT_OK) == mm_bytes_equal(in, certificate_of(&story[1])));
    REQUIRE(light.is_certified == (verdict == LIGHT_OK));
}

static void fuzz_set(mm_bytes in)
{
    struct light light;
    struct validator_set set = { .count = 0 };
    begin(&light, 1);
    for (; in.len >= 20 && set.count < MM_VALIDATORS_MAX; set.count++) {
        memcpy(set.addrs[set.count].b, in.ptr, 20);
        in = mm_bytes_from(in.ptr + 20, in.len - 20);
    }
    const bool is_real = set.count == story[1].set.count &&
                         memcmp(set.addrs, story[1].set.addrs, set.count * sizeof(mm_addr)) == 0;
    const enum light_verdict verdict = light_certify(&light, &set, certificate_of(&story[1]));
    REQUIRE(verdict == (is_real ? LIGHT_OK : LIGHT_SET));
}

/* ---- the story, bent ---- */

static void bend_bytes(uint8_t *bytes, size_t *len, const uint8_t *other, size_t other_len,
                       const uint8_t bend[4])
{
    switch (bend[2] % 4) {
    case 0: /* another block's */
        memcpy(bytes, other, other_len);
        *len = other_len;
        return;
    case 1: /* cut */
        *len = *len * bend[3] / 256;
        return;
    default: /* one bit */
        if (*len > 0)
            bytes[(size_t)(bend[2] / 4 << 8 | bend[3]) % *len] ^= (uint8_t)(1u << bend[3] % 8);
        return;
    }
}

static void bend_set(struct validator_set *set, const struct validator_set *other,
                     const uint8_t bend[4])
{
    switch (bend[2] % 4) {
    case 0:
        *set = *other;
        return;
    case 1:
        set->count = bend[3] % (MM_VALIDATORS_MAX + 1);
        return;
    default:
        set->addrs[bend[2] / 4 % MM_VALIDATORS_MAX].b[bend[3] % 20] ^= (uint8_t)(bend[3] | 1);
        return;
    }
}

static void bend_story(struct told told[HEAD + 1], const uint8_t bend[4])
{
    struct told *one = &told[1 + bend[0] % HEAD];
    const struct told *other = &story[1 + bend[3] % HEAD];
    switch (bend[1] % 3) {
    case 0:
        bend_bytes(one->header, &one->header_len, other->header, other->header_len, bend);
        return;
    case 1:
        bend_bytes(one->certificate, &one->certificate_len, other->certificate,
                   other->certificate_len, bend);
        return;
    default:
        bend_set(&one->set, &other->set, bend);
        return;
    }
}

static void fuzz_bent(mm_bytes in)
{
    static struct told told[HEAD + 1];
    struct light light;
    memcpy(told, story, sizeof story);
    const bool wants_all = in.len > 0 && in.ptr[0] % 2 == 1;
    for (size_t at = 1, bends = 0; at + 4 <= in.len && bends < BENDS_MAX; at += 4, bends++)
        bend_story(told, in.ptr + at);
    begin(&light, 0);
    for (uint64_t number = 1; number <= HEAD; number++) {
        const struct told *one = &told[number];
        if (light_follow(&light, header_of(one)) != LIGHT_OK)
            return;
        if ((wants_all || number == HEAD || light_must_certify(&light)) &&
            light_certify(&light, &one->set, certificate_of(one)) != LIGHT_OK)
            return;
    }
    REQUIRE(light.is_certified && light.head.number == HEAD && light.counts.set_changes == 2);
    REQUIRE(mm_hash_equal(&light.hash, &hashes[HEAD]));
    REQUIRE(light.head.state_root.b[1] == HEAD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes in = mm_bytes_from(data + 1, size - 1);
    tell();
    switch (data[0]) {
    case 'h':
        fuzz_header(in);
        break;
    case 'c':
        fuzz_certificate(in);
        break;
    case 'v':
        fuzz_set(in);
        break;
    case 'b':
        fuzz_bent(in);
        break;
    default:
        break;
    }
    return 0;
}
