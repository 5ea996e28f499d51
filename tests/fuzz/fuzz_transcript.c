/* Transcripts, sealed envelopes, specifications and API keys: what comes from outside.
 *
 * First byte modulo 4: which of them the rest is.
 * Properties: a transcript that is read is written so that it is read as the same; what is refused has a reason; an envelope that was
 * not sealed to us does not open; no key that was not signed is good. */
#include <stdint.h>
#include <stdlib.h>

#include "rpc/persona/spec.h"
#include "rpc/transcript/key.h"
#include "rpc/transcript/seal.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_transcript(struct mm_arena *arena, mm_bytes text)
{
    struct transcript first;
    struct transcript second;
    struct mm_reason reason = { .text = "" };
    struct mm_buf out;
    struct mm_buf again;
    if (!transcript_read(arena, &first, text, &reason)) {
        MM_ASSERT(reason.text[0] != '\0');
        return;
    }
    mm_buf_init(&out, TRANSCRIPT_BYTES_MAX);
    mm_buf_init(&again, TRANSCRIPT_BYTES_MAX);
    transcript_write(&out, &first);
    if (mm_buf_err(&out) == MM_OK && transcript_read(arena, &second, mm_buf_bytes(&out), &reason)) {
        transcript_write(&again, &second);
        MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&out), mm_buf_bytes(&again)));
        const mm_hash32 a = talk_request_hash(&first.talk);
        const mm_hash32 b = talk_request_hash(&second.talk);
        MM_ASSERT(mm_hash_equal(&a, &b));
    }
    mm_buf_fini(&out);
    mm_buf_fini(&again);
}

static void try_envelope(struct mm_arena *arena, mm_bytes text)
{
    static const uint8_t signature[SECP_SIGNATURE_BYTES] = { 1 };
    struct seal_keys keys;
    mm_hash32 commitment;
    mm_bytes opened;
    seal_keys_of(&keys, signature);
    const mm_err err = seal_open(arena, &opened, text, &keys);
    MM_ASSERT(err != MM_OK || seal_commitment(arena, &commitment, text));
}

static void try_spec(struct mm_arena *arena, mm_bytes text)
{
    struct mm_reason reason = { .text = "" };
    struct spec spec;
    const enum persona_verdict verdict = spec_parse(arena, &spec, text, &reason);
    MM_ASSERT(verdict != PERSONA_INVALID || reason.text[0] != '\0');
    if (verdict != PERSONA_OK)
        return;
    MM_ASSERT(spec.engine == SPEC_OPENAI || spec.script.len > 0);
    MM_ASSERT(spec.key_count <= SPEC_KEYS_MAX && spec.starter_count <= SPEC_STARTERS_MAX);
    for (size_t i = 0; i < spec.temperature.len; i++)
        MM_ASSERT(spec.temperature.ptr[i] == '.' ||
                  (spec.temperature.ptr[i] >= '0' && spec.temperature.ptr[i] <= '9'));
}

static void try_key(mm_bytes text)
{
    const struct talk_key_place place = { .chain_id = 1, .token = { { 7, 0, 0, 0 } } };
    struct talk_key key;
    const enum talk_key_verdict verdict = talk_key_check(&key, text, &place, 1764201000);
    MM_ASSERT(talk_key_verdict_text(verdict)[0] != '\0');
    MM_ASSERT(verdict == TALK_KEY_OK || mm_addr_is_zero(&key.addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mm_arena arena;
    if (size == 0)
        return 0;
    const mm_bytes rest = mm_bytes_from(data + 1, size - 1);
    mm_arena_init(&arena, 32 << 20);
    if (data[0] % 4 == 0)
        try_transcript(&arena, rest);
    else if (data[0] % 4 == 1)
        try_envelope(&arena, rest);
    else if (data[0] % 4 == 2)
        try_spec(&arena, rest);
    else
        try_key(rest);
    mm_arena_fini(&arena);
    return 0;
}
