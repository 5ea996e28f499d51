/* Messages of consensus from outside: a byte that picks the kind, then its bytes.
 *
 * Properties: what decodes encodes to the same bytes; the real curve is asked who signed; and a machine in a council of four that is told
 * the message lives, and says nothing because of a stranger's. There a signature is whoever's name it has: bytes at random could
 * not sign, and what counts is what the machine does with what validators sign. */
#include "node/qbft/qbft.h"
#include "state/base/assert.h"
#include "tests/lib/stub_validator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct qbft_block *build(void *ctx)
{
    const struct seal_domain *domain = ctx;
    const mm_addr builder = stub_validator_addr(0);
    return stub_validator_block(1, &domain->genesis_hash, &builder, 1, 0);
}

static enum qbft_look look(void *ctx, struct qbft_block *block)
{
    (void)ctx;
    return block->height == 1 ? QBFT_BLOCK_VALID : QBFT_BLOCK_INVALID;
}

static struct secp_signature sign(void *ctx, const mm_hash32 *digest)
{
    const mm_addr self = stub_validator_addr(0);
    (void)ctx;
    return stub_validator_sign(&self, digest);
}

static bool believe(void *ctx, mm_addr *signer, const struct secp_signature *signature,
                    const mm_hash32 *digest)
{
    (void)ctx, (void)digest;
    memcpy(signer->b, signature->s.b + 12, sizeof signer->b);
    return true;
}

static const struct qbft_crypto CREDULOUS = { NULL, believe };

static void tell(const struct qbft_message *message, struct seal_domain *domain)
{
    const struct qbft_options options = {
        .host = { domain, build, look, sign },
        .crypto = CREDULOUS,
        .domain = *domain,
        .has_key = true,
        .self = stub_validator_addr(0),
        .base_timeout_ms = 1000,
        .cap_timeout_ms = 30000,
        .resend_ms = 1000,
    };
    const struct qbft_height height = { .height = 1, .set = stub_validator_set(4) };
    struct qbft *machine = NULL;
    struct qbft_result result;
    MM_ASSERT(qbft_new(&machine, &options) == MM_OK);
    struct qbft_event event = { .kind = QBFT_HEAD, .head = &height };
    MM_ASSERT(qbft_step(machine, &result, &event) == MM_OK);
    event = (struct qbft_event){ .kind = QBFT_MESSAGE, .message = message };
    MM_ASSERT(qbft_step(machine, &result, &event) == MM_OK);
    if (message->code != QBFT_DECIDED && !validators_has(&height.set, qbft_message_signer(message)))
        MM_ASSERT(result.send_count == 0 && !result.has_record);
    qbft_free(machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seal_domain domain = { 31337, { { 7, 7, 7 } } };
    struct qbft_message message;
    enum rlp_verdict verdict;
    if (size == 0)
        return 0;
    const unsigned code = QBFT_PROPOSAL + data[0] % 5;
    const mm_bytes encoded = mm_bytes_from(data + 1, size - 1);
    if (!qbft_message_decode(&message, code, encoded, &verdict))
        return 0;
    struct mm_buf again;
    mm_buf_init(&again, SIZE_MAX / 2);
    qbft_message_encode(&again, &message);
    MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&again), encoded));
    mm_buf_fini(&again);
    struct qbft_message copy;
    qbft_message_copy(&copy, &message);
    const bool is_signed = qbft_message_authenticate(&copy, &domain, &QBFT_SECP256K1, NULL);
    (void)is_signed;
    qbft_message_fini(&copy);
    MM_ASSERT(qbft_message_authenticate(&message, &domain, &CREDULOUS, NULL));
    tell(&message, &domain);
    qbft_message_fini(&message);
    return 0;
}
