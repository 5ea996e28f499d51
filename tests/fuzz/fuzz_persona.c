/* Scripts, and what is said to them.
 *
 * First byte: 0 to 127: the rest up to a line of "---" is a script, what follows is said, a line each; else the shipped script, and all
 * lines are said. Its low bits are the seed.
 * Properties: what is refused has a reason; a reply is UTF-8 of 1 to PERSONA_REPLY_BYTES_MAX bytes; said again it is the same; what was
 * said before decides it as well as what was answered then.
 *
 * The shipped script is the same each time and is read once; arenas are reset, which keeps their memory: reading it anew and
 * giving pages back and forth took nine tenths of the time. */
#include <stdint.h>
#include <stdlib.h>

#include "rpc/persona/script.h"
#include "state/base/assert.h"
#include "state/codec/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SAID_MAX = 8 };

static const struct persona_fact facts[] = {
    { { (const uint8_t *)"level", 5 }, { (const uint8_t *)"3", 1 }, true, 3 },
    { { (const uint8_t *)"chats", 5 }, { (const uint8_t *)"1", 1 }, true, 1 },
    { { (const uint8_t *)"collection", 10 }, { (const uint8_t *)"Muses", 5 }, false, 0 },
};

/* The next line that is text. */
static bool next_line(mm_bytes *line, mm_bytes *rest)
{
    while (rest->len > 0) {
        const uint8_t *end = memchr(rest->ptr, '\n', rest->len);
        *line = mm_bytes_from(rest->ptr, end == NULL ? rest->len : (size_t)(end - rest->ptr));
        const size_t used = line->len + (end != NULL);
        *rest = mm_bytes_from(rest->ptr + used, rest->len - used);
        if (line->len > 0 && utf8_is_valid(*line))
            return true;
    }
    return false;
}

static struct mm_arena scripts;
static struct mm_arena replies;

static void talk_with(const struct persona_script *script, mm_bytes rest, uint64_t seed)
{
    mm_bytes said[SAID_MAX];
    struct persona_talk talk = { said, 0, facts, MM_COUNT_OF(facts), seed };
    while (talk.said_count < SAID_MAX && next_line(&said[talk.said_count], &rest)) {
        mm_bytes reply;
        mm_bytes again;
        talk.said_count++;
        mm_arena_reset(&replies);
        const mm_err err = persona_reply(script, &replies, &reply, &talk);
        if (err == MM_OK) {
            MM_ASSERT(reply.len > 0 && reply.len <= PERSONA_REPLY_BYTES_MAX);
            MM_ASSERT(utf8_is_valid(reply));
            if (persona_reply(script, &replies, &again, &talk) == MM_OK)
                MM_ASSERT(mm_bytes_equal(reply, again));
        }
    }
}

static mm_bytes cut_script(mm_bytes *rest)
{
    static const char mark[] = "\n---\n";
    const mm_bytes whole = *rest;
    for (size_t i = 0; i + 5 <= whole.len; i++) {
        if (memcmp(whole.ptr + i, mark, 5) == 0) {
            *rest = mm_bytes_from(whole.ptr + i + 5, whole.len - i - 5);
            return mm_bytes_from(whole.ptr, i);
        }
    }
    *rest = mm_bytes_from(NULL, 0);
    return whole;
}

static const struct persona_script *read_curator(void)
{
    static struct mm_arena arena;
    const struct persona_script *script;
    struct mm_reason reason = { .text = "" };
    mm_arena_init(&arena, PERSONA_ARENA_BYTES);
    MM_ASSERT(persona_script_parse(&arena, &script, persona_curator(), &reason) == PERSONA_OK);
    return script;
}

/* NULL: it was refused, with a reason. */
static const struct persona_script *read_script(mm_bytes text)
{
    const struct persona_script *script;
    struct mm_reason reason = { .text = "" };
    mm_arena_reset(&scripts);
    const enum persona_verdict verdict = persona_script_parse(&scripts, &script, text, &reason);
    MM_ASSERT((verdict == PERSONA_OK) == (script != NULL));
    MM_ASSERT(verdict != PERSONA_INVALID || reason.text[0] != '\0');
    return script;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct persona_script *curator;
    if (size == 0)
        return 0;
    if (curator == NULL) {
        curator = read_curator();
        mm_arena_init(&scripts, PERSONA_ARENA_BYTES);
        mm_arena_init(&replies, PERSONA_ARENA_BYTES);
    }
    mm_bytes rest = mm_bytes_from(data + 1, size - 1);
    const struct persona_script *script = data[0] < 128 ? read_script(cut_script(&rest)) : curator;
    if (script != NULL)
        talk_with(script, rest, data[0] & 7);
    return 0;
}
