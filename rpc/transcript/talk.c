#include "rpc/transcript/talk.h"

#include "state/crypto/keccak.h"

static mm_bytes role_text(enum talk_role role)
{
    return role == TALK_USER ? MM_BYTES_LIT("user") : MM_BYTES_LIT("assistant");
}

mm_hash32 talk_request_hash(const struct talk *talk)
{
    struct keccak all;
    keccak_init(&all);
    for (size_t i = 0; i < talk->count; i++) {
        if (talk->messages[i].role != TALK_USER)
            continue;
        const mm_hash32 hash = keccak256(talk->messages[i].content);
        keccak_update(&all, mm_bytes_hash(&hash));
    }
    return keccak_final(&all);
}

mm_hash32 talk_prompt_hash(const struct talk *talk, size_t count)
{
    struct keccak all;
    keccak_init(&all);
    for (size_t i = 0; i < count; i++) {
        const mm_hash32 role = keccak256(role_text(talk->messages[i].role));
        const mm_hash32 content = keccak256(talk->messages[i].content);
        keccak_update(&all, mm_bytes_hash(&role));
        keccak_update(&all, mm_bytes_hash(&content));
    }
    return keccak_final(&all);
}

size_t talk_turns(const struct talk *talk)
{
    size_t turns = 0;
    for (size_t i = 0; i < talk->count; i++)
        turns += talk->messages[i].role == TALK_USER;
    return turns;
}

bool talk_is_whole(const struct talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        if (talk->messages[i].role != (i % 2 == 0 ? TALK_USER : TALK_ASSISTANT))
            return false;
    }
    return talk->count > 0 && talk->count % 2 == 0;
}

bool talk_reply_holds(const struct talk *talk, size_t at, const struct typed_domain *domain,
                      const mm_u256 *token, const mm_addr *service)
{
    const struct talk_message *message = &talk->messages[at];
    const struct talk_reply *reply = &message->reply;
    const mm_hash32 prompt_hash = talk_prompt_hash(talk, at);
    const mm_hash32 reply_hash = keccak256(message->content);
    mm_addr signer;
    if (!message->has_reply || !mm_hash_equal(&prompt_hash, &reply->prompt_hash) ||
        !mm_hash_equal(&reply_hash, &reply->reply_hash))
        return false;
    const struct typed_reply typed = {
        .token = *token,
        .asker = reply->asker,
        .block_num = reply->block_num,
        .spec_version = reply->spec_version,
        .prompt_hash = reply->prompt_hash,
        .reply_hash = reply->reply_hash,
    };
    const mm_hash32 digest = typed_reply_digest(domain, &typed);
    return typed_signer(&signer, reply->signature, &digest) && mm_addr_equal(&signer, service);
}
