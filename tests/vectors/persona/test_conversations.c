/* Conversations with the shipped persona, word for word: what it said once it says on every machine and for ever, or conversations that
 * were saved could not be played again. A script that changes is another file with another CID; an engine that answers the same script
 * otherwise is wrong.
 *
 * conversations.json: [{ "name", "seed", "facts": { "level": 3, "collection": "Muses" }, "turns": [["said", "answered"], …] }, …] */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/persona/script.h"
#include "state/base/buf.h"
#include "state/codec/json.h"

enum { FACTS_MAX = 32, TURNS_MAX = 64 };

static struct mm_arena arena;
static struct json root;
static const struct persona_script *script;

static mm_bytes read_file(const char *path)
{
    struct mm_buf text;
    mm_bytes copy;
    mm_buf_init(&text, 4 << 20);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    for (;;) {
        uint8_t *room = mm_buf_reserve(&text, 65536);
        cr_assert_not_null(room);
        const size_t len = fread(room, 1, 65536, file);
        if (len == 0)
            break;
        mm_buf_advance(&text, len);
    }
    fclose(file);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&text)), MM_OK);
    mm_buf_fini(&text);
    return copy;
}

static void open_all(void)
{
    struct mm_reason reason = { .text = "" };
    mm_arena_init(&arena, 64 << 20);
    /* The script as it was when the conversations were held: the shipped one may change. */
    cr_assert_eq(persona_script_parse(&arena, &script,
                                      read_file(MINTMARK_VECTORS "/persona/script.json"), &reason),
                 PERSONA_OK, "%s", reason.text);
    cr_assert_eq(json_parse(&arena, &root,
                            read_file(MINTMARK_VECTORS "/persona/conversations.json"), NULL, NULL),
                 JSON_OK);
}

static void close_all(void)
{
    mm_arena_fini(&arena);
}

TestSuite(conversations, .init = open_all, .fini = close_all);

static size_t read_facts(struct persona_fact *facts, const struct json *object)
{
    cr_assert_leq(object->count, FACTS_MAX);
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        facts[i] = (struct persona_fact){ .name = member->key, .text = member->value.text };
        facts[i].is_number = json_u64(&facts[i].number, &member->value);
    }
    return object->count;
}

static void hold(const struct json *conversation)
{
    struct persona_fact facts[FACTS_MAX];
    mm_bytes said[TURNS_MAX];
    struct persona_talk talk = { .said = said, .facts = facts };
    const struct json *turns = json_find(conversation, "turns");
    const struct json *name = json_find(conversation, "name");
    talk.fact_count = read_facts(facts, json_find(conversation, "facts"));
    cr_assert(json_u64(&talk.seed, json_find(conversation, "seed")));
    cr_assert_leq(turns->count, TURNS_MAX);
    for (size_t i = 0; i < turns->count; i++) {
        const mm_bytes expected = turns->items[i].items[1].text;
        mm_bytes reply;
        said[talk.said_count++] = turns->items[i].items[0].text;
        cr_assert_eq(persona_reply(script, &arena, &reply, &talk), MM_OK);
        if (getenv("MINTMARK_SHOW_REPLIES") != NULL)
            printf("%.*s\x1e", (int)reply.len, (const char *)reply.ptr);
        else
            cr_assert(mm_bytes_equal(reply, expected), "%.*s, turn %zu: %.*s", (int)name->text.len,
                      (const char *)name->text.ptr, i, (int)reply.len, (const char *)reply.ptr);
    }
}

Test(conversations, are_what_they_were)
{
    cr_assert_geq(root.count, 6);
    for (size_t i = 0; i < root.count; i++)
        hold(&root.items[i]);
}
