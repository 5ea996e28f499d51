/* What a token's logic is: where its file stands, the file's digest, and every digest that there was. */
#include "contracts-native/ainft/ainft_internal.h"

enum { DIGEST, VERSION, URI }; /* words of Spec */

enum exec_status spec_put(struct abi_call *call, const mm_u256 *token, mm_bytes uri,
                          const mm_u256 *digest, uint64_t *version)
{
    const mm_u256 spec = layout_at(LAYOUT_SPECS, token);
    const mm_u256 version_slot = layout_word(&spec, VERSION);
    const mm_u256 uri_slot = layout_word(&spec, URI);
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, &version_slot));
    if (word.limb[0] == UINT64_MAX)
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    *version = word.limb[0] + 1;
    word = (mm_u256){ { *version, host_block(call->host)->timestamp, 0, 0 } };
    HOST_TRY(host_store(call->host, &spec, digest));
    HOST_TRY(host_store(call->host, &version_slot, &word));
    HOST_TRY(storage_store_string(call, &uri_slot, uri));
    const mm_u256 number = u256_from_u64(*version);
    const mm_u256 past = layout_at2(LAYOUT_SPEC_DIGESTS, token, &number);
    HOST_TRY(host_store(call->host, &past, digest));
    return abi_emit(call, &ainft_events[AINFT_SPECIFICATION_UPDATED],
                    ABI_VALUES(abi_word(token), abi_u64(*version),
                               abi_addr(host_caller(call->host)), abi_bytes(uri),
                               abi_word(digest)));
}

/* args: token, uri, digest */
enum exec_status ainft_set_specification(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    struct rule_subject subject = { .caller = *host_caller(call->host), .token = *token };
    uint64_t version;
    HOST_TRY(erc721_owner_of(call, &subject.owner, token));
    HOST_TRY(rule_require(call, "spec", (mm_bytes){ 0 }, &subject));
    HOST_TRY(spec_put(call, token, call->args[1].bytes, &call->args[2].word, &version));
    HOST_TRY(ainft_metadata_update(call, token));
    call->results[0] = abi_u64(version);
    return EXEC_OK;
}

/* args: token. Of a token that was burnt too. */
enum exec_status ainft_specification(struct abi_call *call)
{
    const mm_u256 spec = layout_at(LAYOUT_SPECS, &call->args[0].word);
    const mm_u256 version_slot = layout_word(&spec, VERSION);
    const mm_u256 uri_slot = layout_word(&spec, URI);
    mm_u256 word;
    HOST_TRY(storage_load_string(call, &call->results[0].bytes, &uri_slot));
    HOST_TRY(host_load(call->host, &call->results[1].word, &spec));
    HOST_TRY(host_load(call->host, &word, &version_slot));
    call->results[2] = abi_u64(word.limb[0]);
    call->results[3] = abi_u64(word.limb[1]);
    return EXEC_OK;
}

/* args: token, version */
enum exec_status ainft_specification_digest(struct abi_call *call)
{
    const mm_u256 slot = layout_at2(LAYOUT_SPEC_DIGESTS, &call->args[0].word, &call->args[1].word);
    return host_load(call->host, &call->results[0].word, &slot);
}
