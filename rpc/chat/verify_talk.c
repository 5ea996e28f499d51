/* A conversation held against its entry, its specification, its service and its script. */
#include <stdio.h>

#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/verify.h"
#include "rpc/transcript/seal.h"
#include "state/crypto/keccak.h"

/* ---- the transcript ---- */

static bool check_given(struct verifying *v, const mm_hash32 *commitment, mm_bytes given,
                        const char *missing)
{
    const mm_hash32 hash = keccak256(given);
    if (given.len == 0)
        return verify_conclude(v, CHECK_CONTENT, OUTCOME_NOT_DONE, missing);
    v->text = given;
    return verify_conclude(
        v, CHECK_CONTENT, mm_hash_equal(&hash, commitment) ? OUTCOME_TRUE : OUTCOME_FALSE,
        mm_hash_equal(&hash, commitment) ? NULL : "it is not what was committed to");
}

static bool check_content(struct verifying *v, mm_bytes given)
{
    struct mm_reason why = { .text = "" };
    struct cid cid;
    mm_bytes file;
    mm_hash32 commitment;
    if (v->entry.form == AINFT_COMMITMENT && v->entry.content.len == sizeof commitment.b) {
        memcpy(commitment.b, v->entry.content.ptr, sizeof commitment.b);
        return check_given(
            v, &commitment, given,
            "only a commitment is on the chain: whoever has the transcript gives it");
    }
    if (v->entry.form != AINFT_CID || cid_decode(&cid, v->entry.content) != CID_OK)
        return verify_conclude(v, CHECK_CONTENT, OUTCOME_NOT_DONE, "the entry names no transcript");
    if (!chat_file_read_cid(v->chat, v->arena, &file, &cid, 4 * TRANSCRIPT_BYTES_MAX, &why))
        return verify_conclude_with(v, CHECK_CONTENT, OUTCOME_NOT_DONE, &why);
    if (seal_commitment(v->arena, &commitment, file))
        return check_given(v, &commitment, given,
                           "it is sealed: whoever can open it gives the transcript");
    v->text = file;
    return verify_conclude(v, CHECK_CONTENT, OUTCOME_TRUE, NULL);
}

static bool check_transcript(struct verifying *v)
{
    struct mm_reason why = { .text = "" };
    struct transcript *t = &v->transcript;
    if (!transcript_read(v->arena, t, v->text, &why))
        return verify_conclude_with(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, &why);
    if (t->chain_id != chat_chain_id(v->chat) || !mm_addr_equal(&t->collection, &v->collection) ||
        !u256_equal(&t->token, &v->token))
        return verify_conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, "it is of another token");
    if (!mm_addr_equal(&t->author, &v->entry.author))
        return verify_conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE, "it is another author's");
    if (!talk_is_whole(&t->talk))
        return verify_conclude(v, CHECK_TRANSCRIPT, OUTCOME_FALSE,
                               "user and assistant do not take turns");
    return verify_conclude(v, CHECK_TRANSCRIPT, OUTCOME_TRUE, NULL);
}

static bool check_request(struct verifying *v)
{
    const mm_hash32 hash = talk_request_hash(&v->transcript.talk);
    if (!mm_hash_equal(&hash, &v->entry.request_hash))
        return verify_conclude(v, CHECK_REQUEST, OUTCOME_FALSE,
                               "the author signed for other words");
    if (talk_turns(&v->transcript.talk) != v->entry.weight)
        return verify_conclude(v, CHECK_REQUEST, OUTCOME_FALSE,
                               "the author signed for another number");
    return verify_conclude(v, CHECK_REQUEST, OUTCOME_TRUE, NULL);
}

static bool check_specification(struct verifying *v)
{
    const struct transcript *t = &v->transcript;
    struct mm_reason why = { .text = "" };
    struct abi_value digest;
    if (!chat_view(v->chat, v->arena, &digest, "bytes32", &v->collection, v->head,
                   "specificationDigest(uint256,uint64)",
                   ABI_VALUES(abi_word(&v->token), abi_u64(t->spec_version)), &why))
        return verify_conclude_with(v, CHECK_SPECIFICATION, OUTCOME_NOT_DONE, &why);
    const mm_hash32 hash = u256_to_hash(&digest.word);
    if (!mm_hash_equal(&hash, &t->spec_digest))
        return verify_conclude(v, CHECK_SPECIFICATION, OUTCOME_FALSE,
                               "the chain has another digest for this version");
    /* A file that is here and is not the one is false; one that is not here says nothing. */
    mm_bytes file;
    if (!chat_file_read_uri(v->chat, v->arena, &file, t->spec_uri, SPEC_BYTES_MAX, &why))
        return verify_conclude_with(v, CHECK_SPECIFICATION, OUTCOME_NOT_DONE, &why);
    if (!chat_spec_load(v->chat, v->arena, &v->spec, t->spec_uri, &t->spec_digest, &why))
        return verify_conclude_with(v, CHECK_SPECIFICATION, OUTCOME_FALSE, &why);
    return verify_conclude(v, CHECK_SPECIFICATION, OUTCOME_TRUE, NULL);
}

static const char *at_message(struct verifying *v, size_t at, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof text, "messages[%zu]: %s", at, what);
    const char *copy = mm_arena_text(v->arena, mm_bytes_str(text));
    return copy == NULL ? what : copy;
}

static bool check_signatures(struct verifying *v)
{
    const struct transcript *t = &v->transcript;
    struct mm_reason why = { .text = "" };
    struct abi_value name;
    if (!chat_view(v->chat, v->arena, &name, "string", &v->collection, v->head, "name()", NULL,
                   &why))
        return verify_conclude_with(v, CHECK_SIGNATURES, OUTCOME_NOT_DONE, &why);
    const struct typed_domain domain = { name.bytes, t->chain_id, t->collection };
    for (size_t i = 1; i < t->talk.count; i += 2) {
        const struct talk_reply *reply = &t->talk.messages[i].reply;
        if (!talk_reply_holds(&t->talk, i, &domain, &t->token, &v->entry.submitter))
            return verify_conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                                   at_message(v, i, "the service did not sign this at this place"));
        if (reply->spec_version != t->spec_version)
            return verify_conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                                   at_message(v, i, "was said by another specification"));
        if (!mm_addr_is_zero(&reply->asker) && !mm_addr_equal(&reply->asker, &t->author))
            return verify_conclude(v, CHECK_SIGNATURES, OUTCOME_FALSE,
                                   at_message(v, i, "was said to another"));
    }
    return verify_conclude(v, CHECK_SIGNATURES, OUTCOME_TRUE, NULL);
}

/* ---- played again ---- */

/* One reply, with the facts of its block. *same: it is what the script says. False: the facts are not here. */
static bool replay_one(struct verifying *v, const struct persona_script *script, mm_bytes *said,
                       size_t at, bool *same, struct mm_reason *why)
{
    const struct talk *talk = &v->transcript.talk;
    const struct talk_reply *record = &talk->messages[at].reply;
    struct chat_token *token = MM_ARENA_NEW(v->arena, struct chat_token);
    mm_bytes reply;
    if (token == NULL)
        return false;
    if (record->block_num > v->block_num) {
        *same = false;
        return true; /* it knew of a block that was not there */
    }
    if (!chat_token_read(v->chat, v->arena, token, &v->collection, &v->token, &record->asker,
                         record->block_num, why))
        return false;
    const struct persona_talk again = { .said = said,
                                        .said_count = (at + 1) / 2,
                                        .facts = token->facts,
                                        .fact_count = token->fact_count,
                                        .seed = v->spec.seed };
    if (persona_reply(script, v->arena, &reply, &again) != MM_OK)
        return false;
    *same = mm_bytes_equal(reply, talk->messages[at].content);
    return true;
}

static bool check_replay(struct verifying *v)
{
    const struct talk *talk = &v->transcript.talk;
    const struct persona_script *script;
    struct mm_reason why = { .text = "" };
    if (v->spec.engine != SPEC_SCRIPT)
        return verify_conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE,
                               "the engine is a remote model: there are signatures and no more");
    if (!chat_script_load(v->chat, v->arena, &script, &v->spec, &why))
        return verify_conclude_with(v, CHECK_REPLAY, OUTCOME_NOT_DONE, &why);
    mm_bytes *said = MM_ARENA_ARRAY(v->arena, mm_bytes, talk->count);
    if (said == NULL)
        return verify_conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE, "out of memory");
    for (size_t i = 0; i < talk->count; i += 2)
        said[i / 2] = talk->messages[i].content;
    for (size_t at = 1; at < talk->count; at += 2) {
        const struct mm_arena_mark mark = mm_arena_mark(v->arena);
        bool same = false;
        const bool ok = replay_one(v, script, said, at, &same, &why);
        mm_arena_rewind(v->arena, mark);
        if (!ok)
            return why.text[0] == '\0'
                       ? verify_conclude(v, CHECK_REPLAY, OUTCOME_NOT_DONE, "out of memory")
                       : verify_conclude_with(v, CHECK_REPLAY, OUTCOME_NOT_DONE, &why);
        if (!same)
            return verify_conclude(v, CHECK_REPLAY, OUTCOME_FALSE,
                                   at_message(v, at, "the script says something else"));
    }
    return verify_conclude(v, CHECK_REPLAY, OUTCOME_TRUE, NULL);
}

void verify_talk(struct verifying *v, mm_bytes given)
{
    if (v->outcomes[CHECK_ENTRY] != OUTCOME_TRUE || !check_content(v, given) ||
        !check_transcript(v))
        return;
    (void)check_request(v);
    (void)check_signatures(v);
    if (check_specification(v))
        (void)check_replay(v);
}
