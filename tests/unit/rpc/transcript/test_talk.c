/* Hashes of conversations and digests of signatures, as ethers computes them. */
#include <criterion/criterion.h>

#include "rpc/transcript/talk.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

static mm_hash32 hash_of(const char *digits)
{
    mm_hash32 hash;
    cr_assert(hex_read_hash(&hash, mm_bytes_str(digits)));
    return hash;
}

static bool equals(mm_hash32 hash, const char *digits)
{
    const mm_hash32 expected = hash_of(digits);
    return mm_hash_equal(&hash, &expected);
}

static struct talk_message message(enum talk_role role, const char *content)
{
    return (struct talk_message){ .role = role, .content = mm_bytes_str(content) };
}

static struct typed_domain domain(void)
{
    struct typed_domain d = { .name = MM_BYTES_LIT("Muses"), .chain_id = 31337 };
    cr_assert_eq(address_from_text(&d.collection,
                                   MM_BYTES_LIT("0x18fd26506c4Ef8D9cfcCA78C2917601A5fA096Df")),
                 ADDRESS_OK);
    return d;
}

static mm_addr person(void)
{
    mm_addr addr;
    cr_assert_eq(
        address_from_text(&addr, MM_BYTES_LIT("0xd41c057fd1c78805AAC12B0A94a405c0461A6FBb")),
        ADDRESS_OK);
    return addr;
}

Test(talk, hashes_stand_for_messages_in_order)
{
    const struct talk_message messages[] = { message(TALK_USER, "Hello"),
                                             message(TALK_ASSISTANT, "Good day"),
                                             message(TALK_USER, "Bye") };
    const struct talk talk = { messages, 3 };
    cr_assert(equals(talk_request_hash(&talk),
                     "0xff7e2880f8133f89b9f3ec496cd899ce0ae081d454af72b6b9e359a3f78a891f"));
    cr_assert(equals(talk_prompt_hash(&talk, 3),
                     "0x5609719372de7e81049b5799b7d02b504c991e8a210e826dcda162a4eb0cf82c"));
    cr_assert_eq(talk_turns(&talk), 2);
}

Test(talk, is_whole_when_people_take_turns)
{
    const struct talk_message messages[] = { message(TALK_USER, "a"), message(TALK_ASSISTANT, "b"),
                                             message(TALK_ASSISTANT, "c"),
                                             message(TALK_USER, "d") };
    cr_assert(!talk_is_whole(&(struct talk){ messages, 0 }));
    cr_assert(!talk_is_whole(&(struct talk){ messages, 1 }));
    cr_assert(talk_is_whole(&(struct talk){ messages, 2 }));
    cr_assert(!talk_is_whole(&(struct talk){ messages, 4 }));
    cr_assert(!talk_is_whole(&(struct talk){ messages + 1, 2 }));
}

Test(talk, digests_are_those_of_eip_712)
{
    const struct typed_domain d = domain();
    const struct typed_request request = { .token = u256_from_u64(7),
                                           .kind = keccak256(MM_BYTES_LIT("chat")),
                                           .weight = 2,
                                           .request_hash = keccak256(MM_BYTES_LIT("x")),
                                           .nonce = u256_from_u64(3),
                                           .deadline = 1764201600 };
    cr_assert(equals(typed_request_digest(&d, &request),
                     "0xcdbc3ebacbec61890932c7de49d3a2de6b96a2022f13e697aa9f9ea9bd5c2ede"));
    const struct typed_wallet wallet = {
        .token = u256_from_u64(7), .wallet = person(), .owner = d.collection, .deadline = 1764201600
    };
    cr_assert(equals(typed_wallet_digest(&d, &wallet),
                     "0x28e0842eab3c67f11b241e9261ed1644cdea0c54389170f69703cf28950562ab"));
    const struct typed_reply reply = { .token = u256_from_u64(7),
                                       .asker = person(),
                                       .block_num = 12,
                                       .spec_version = 3,
                                       .prompt_hash = keccak256(MM_BYTES_LIT("p")),
                                       .reply_hash = keccak256(MM_BYTES_LIT("r")) };
    cr_assert(equals(typed_reply_digest(&d, &reply),
                     "0x736837e91717b77f4c736d8358b00de56310701797f2d01f7f7acccefd521efa"));
}

Test(talk, a_reply_holds_at_its_place_alone)
{
    const uint8_t bytes[32] = { [31] = 9 };
    struct secp_secret *secret = secp_secret_new(bytes);
    const struct typed_domain d = domain();
    const mm_u256 token = u256_from_u64(7);
    const mm_addr service = secp_secret_addr(secret);
    struct talk_message messages[] = { message(TALK_USER, "Hello"),
                                       message(TALK_ASSISTANT, "Good day"),
                                       message(TALK_USER, "Bye"), message(TALK_ASSISTANT, "Bye") };
    const struct talk talk = { messages, 4 };
    struct talk_message *reply = &messages[1];
    reply->has_reply = true;
    reply->reply = (struct talk_reply){ .asker = person(),
                                        .block_num = 1,
                                        .spec_version = 1,
                                        .prompt_hash = talk_prompt_hash(&talk, 1),
                                        .reply_hash = keccak256(reply->content) };
    const struct typed_reply typed = {
        token, person(), 1, 1, reply->reply.prompt_hash, reply->reply.reply_hash
    };
    const mm_hash32 digest = typed_reply_digest(&d, &typed);
    typed_sign(reply->reply.signature, secret, &digest);
    cr_assert(talk_reply_holds(&talk, 1, &d, &token, &service));

    messages[3].has_reply = true;
    messages[3].reply = reply->reply;
    cr_assert(!talk_reply_holds(&talk, 3, &d, &token, &service));
    const struct talk_message before = messages[1];
    reply->content = MM_BYTES_LIT("Good night");
    cr_assert(!talk_reply_holds(&talk, 1, &d, &token, &service));
    messages[1] = before;
    messages[0].content = MM_BYTES_LIT("Hullo");
    cr_assert(!talk_reply_holds(&talk, 1, &d, &token, &service));
    messages[0].content = MM_BYTES_LIT("Hello");
    reply->reply.block_num = 2;
    cr_assert(!talk_reply_holds(&talk, 1, &d, &token, &service));
    messages[1] = before;
    const mm_u256 other = u256_from_u64(8);
    cr_assert(!talk_reply_holds(&talk, 1, &d, &other, &service));
    reply->has_reply = false;
    cr_assert(!talk_reply_holds(&talk, 1, &d, &token, &service));
    secp_secret_free(secret);
}
