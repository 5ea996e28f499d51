/* Messages from anywhere: what parses is nothing but its fields, so that it is the same text when they are written down in their order;
 * and what is compared with a page, a clock or a signature is compared without a fault. */
#include <stdlib.h>

#include "rpc/siwe/siwe.h"
#include "state/base/assert.h"
#include "state/base/buf.h"
#include "state/crypto/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct mm_buf *out, const char *title, mm_bytes value)
{
    mm_buf_add_text(out, title);
    mm_buf_add(out, value);
}

static void add_optional(struct mm_buf *out, const char *title, const struct siwe_time *time)
{
    if (time->text.len > 0)
        add(out, title, time->text);
}

static void write_down(struct mm_buf *out, const struct siwe_message *message)
{
    char address[ADDRESS_TEXT + 1];
    mm_bytes left = message->resources;
    mm_bytes uri;
    size_t resources = 0;
    address_to_text(address, &message->address);
    if (message->scheme.len > 0)
        add(out, "", message->scheme);
    add(out, message->scheme.len > 0 ? "://" : "", message->domain);
    add(out, " wants you to sign in with your Ethereum account:\n", mm_bytes_str(address));
    add(out, "\n\n", message->statement);
    add(out, message->statement.len > 0 ? "\n\nURI: " : "\nURI: ", message->uri);
    add(out, "\nVersion: 1\nChain ID: ", message->chain_id);
    add(out, "\nNonce: ", message->nonce);
    add(out, "\nIssued At: ", message->issued_at.text);
    add_optional(out, "\nExpiration Time: ", &message->expiration_time);
    add_optional(out, "\nNot Before: ", &message->not_before);
    if (message->has_request_id)
        add(out, "\nRequest ID: ", message->request_id);
    if (message->has_resources)
        mm_buf_add_text(out, "\nResources:");
    for (; siwe_resource_next(&left, &uri); resources++)
        add(out, "\n- ", uri);
    MM_ASSERT(resources == message->resource_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct siwe_message zero;
    struct siwe_message message;
    const mm_bytes text = mm_bytes_from(data, size);
    if (siwe_parse(&message, text) != SIWE_OK) {
        MM_ASSERT(memcmp(&message, &zero, sizeof zero) == 0);
        return 0;
    }
    struct mm_buf out;
    mm_buf_init(&out, SIWE_TEXT_MAX);
    write_down(&out, &message);
    MM_ASSERT(mm_buf_err(&out) == MM_OK && mm_bytes_equal(mm_buf_bytes(&out), text));
    mm_buf_fini(&out);
    const struct siwe_page page = { message.domain, size % 2 == 0, 31337 };
    MM_ASSERT(siwe_check_page(&message, &page) != SIWE_OTHER_DOMAIN);
    MM_ASSERT(siwe_check_times(&message, message.issued_at.ms) != SIWE_NOT_ISSUED);
    MM_ASSERT(siwe_check_signature(&message, message.statement) != SIWE_OK);
    return 0;
}
