/* Saving a conversation: what is checked, and what is stored where.
 *
 *     public       the transcript in the content store, its CID in the entry           form 1
 *     encrypted    the transcript sealed to author and owner (seal.h), its CID         form 1
 *     commitment   nothing is stored; the entry has the transcript's keccak256         form 2, and the author gets the transcript */
#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/saving.h"
#include "rpc/transcript/seal.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

enum { ENVELOPE_BYTES_MAX = 4 << 20 };

static bool read_hex(uint8_t *out, size_t len, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_fixed(out, len, value->text);
}

/* ---- what is checked ---- */

/* Every reply is ours, to this author, by the specification that stands. False: answered. */
static bool check_replies(struct chat_request *r, const struct chat_saving *s)
{
    const struct typed_domain domain = { s->token.name, chat_chain_id(r->chat), r->collection };
    for (size_t i = 1; i < s->talk.count; i += 2) {
        const struct talk_reply *reply = &s->talk.messages[i].reply;
        if (!talk_reply_holds(&s->talk, i, &domain, &r->token, &r->chat->service))
            return chat_fail(r, 400, "reply_not_ours",
                             "messages[%zu]: this was not said here, or not at this place of the "
                             "conversation",
                             i);
        if (!mm_addr_is_zero(&reply->asker) && !mm_addr_equal(&reply->asker, &s->author))
            return chat_fail(r, 400, "reply_to_another", "messages[%zu]: was said to another", i);
        if (reply->spec_version != s->token.spec_version)
            return chat_fail(r, 409, "specification_changed",
                             "messages[%zu]: was said by another specification; begin anew", i);
    }
    return true;
}

static bool check_signature(struct chat_request *r, const struct json *root, struct chat_saving *s)
{
    const struct typed_domain domain = { s->token.name, chat_chain_id(r->chat), r->collection };
    mm_u256 nonce;
    mm_addr signer;
    if (!read_hex(s->signature, sizeof s->signature, root, "signature"))
        return chat_fail(r, 400, "invalid_signature", "signature: must be 0x and 130 digits");
    if (s->signature[SECP_SIGNATURE_BYTES - 1] < 27)
        s->signature[SECP_SIGNATURE_BYTES - 1] =
            (uint8_t)(s->signature[SECP_SIGNATURE_BYTES - 1] + 27); /* as the contract reads it */
    if (!saving_next_nonce(r, &nonce, s))
        return false;
    const struct typed_request typed = saving_request(r, s, &nonce);
    const mm_hash32 digest = typed_request_digest(&domain, &typed);
    if (typed_signer(&signer, s->signature, &digest) && mm_addr_equal(&signer, &s->author))
        return true;
    return chat_fail(r, 400, "invalid_signature",
                     "signature: is not the author's over this conversation, nonce and deadline");
}

/* ---- what is stored ---- */

static bool out_of_memory(struct chat_request *r)
{
    return chat_fail(r, 503, "out_of_memory", "out of memory, or the conversation is too long");
}

static bool write_transcript(struct chat_request *r, struct chat_saving *s)
{
    struct transcript transcript = {
        .chain_id = chat_chain_id(r->chat),
        .collection = r->collection,
        .token = r->token,
        .author = s->author,
        .spec_uri = s->token.spec_uri,
        .spec_version = s->token.spec_version,
        .spec_digest = s->token.spec_digest,
        .talk = s->talk,
    };
    struct mm_buf out;
    seal_random(&transcript.salt);
    mm_buf_init(&out, TRANSCRIPT_BYTES_MAX);
    transcript_write(&out, &transcript);
    const bool ok = mm_buf_err(&out) == MM_OK &&
                    mm_arena_copy(&r->arena, &s->transcript, mm_buf_bytes(&out)) == MM_OK;
    mm_buf_fini(&out);
    return ok || out_of_memory(r);
}

/* To the keys that the specification names, and to the author's. False: answered. */
static bool seal(struct chat_request *r, const struct json *root, const struct spec *spec,
                 struct chat_saving *s)
{
    mm_hash32 readers[SEAL_KEYS_MAX];
    size_t count = 0;
    struct mm_buf out;
    for (; count < spec->key_count && count + 1 < SEAL_KEYS_MAX; count++)
        readers[count] = spec->keys[count];
    if (!read_hex(readers[count].b, sizeof readers[count].b, root, "key"))
        return chat_fail(
            r, 400, "invalid_key",
            "key: conversations with this token are sealed; the author's X25519 key is "
            "needed, 0x and 64 digits");
    count++;
    mm_buf_init(&out, ENVELOPE_BYTES_MAX);
    const mm_err err = seal_write(&out, &r->arena, s->transcript, readers, count);
    const bool ok =
        err == MM_OK && mm_arena_copy(&r->arena, &s->stored, mm_buf_bytes(&out)) == MM_OK;
    mm_buf_fini(&out);
    if (err == MM_ERR_INVALID)
        return chat_fail(r, 400, "invalid_key", "key: no X25519 key, here or in the specification");
    return ok || out_of_memory(r);
}

/* The entry's content. False: answered. */
static bool make_content(struct chat_request *r, const struct json *root, const struct spec *spec,
                         struct chat_saving *s)
{
    if (!write_transcript(r, s))
        return false;
    s->privacy = spec->privacy;
    switch (spec->privacy) {
    case SPEC_COMMITMENT: {
        const mm_hash32 hash = keccak256(s->transcript);
        memcpy(s->content, hash.b, sizeof hash.b);
        s->content_len = sizeof hash.b;
        return true;
    }
    case SPEC_ENCRYPTED:
        if (!seal(r, root, spec, s))
            return false;
        break;
    case SPEC_PUBLIC:
        s->stored = s->transcript;
        break;
    }
    if (transcript_pin_owner(s->pin_owner, &r->collection, &r->token) == 0)
        return chat_fail(r, 404, "token_not_found", "no collection counts so far");
    if (chat_file_cid(&s->cid, s->stored) != MM_OK)
        return out_of_memory(r);
    s->content_len = cid_encode(s->content, &s->cid);
    return true;
}

void chat_save(struct chat_request *r)
{
    struct chat_saving s = { .deadline = 0 };
    struct json root;
    struct spec spec;
    if (!saving_read_talk(r, &root, &s) || !saving_read_deadline(r, &root, &s, true) ||
        !chat_find_persona(r, &s.token, &spec) || !check_replies(r, &s) ||
        !check_signature(r, &root, &s) || !make_content(r, &root, &spec, &s))
        return;
    saving_append(r, &s);
}
