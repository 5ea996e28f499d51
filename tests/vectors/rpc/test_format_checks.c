/* The chain-independent exchanges of the specification's compatibility tests. Codes and results exactly; messages are wording. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "published.h"
#include "tests/unit/rpc/eth/door.h"

static const char *text_of(struct mm_arena *arena, const struct json *value)
{
    struct mm_buf text;
    mm_buf_init(&text, 1 << 24);
    struct json_writer w = json_writer_over(&text);
    json_add_value(&w, value);
    const char *copy = mm_arena_text(arena, mm_buf_bytes(&text));
    mm_buf_fini(&text);
    return copy;
}

static void compare(struct door *door, const char *name, const struct json *exchange)
{
    const char *request = text_of(&door->arena, json_find(exchange, "request"));
    const struct json *wanted = json_find(exchange, "response");
    const struct json *answer = door_json(door, request);
    const struct json *wanted_error = json_find(wanted, "error");
    const char *said = text_of(&door->arena, answer);
    if (wanted_error == NULL) {
        cr_assert_str_eq(said, text_of(&door->arena, wanted), "%s", name);
        return;
    }
    const struct json *error = json_find(answer, "error");
    cr_assert_not_null(error, "%s: %s", name, said);
    const struct json *code = json_find(error, "code");
    cr_assert(mm_bytes_equal(code->text, json_find(wanted_error, "code")->text), "%s: %s", name,
              said);
    (void)printf("%s: %s\n", name, door_member(door, error, "message"));
}

/* Goal: all 28 exchanges. Method: their block numbers suppose a chain of 0x32 to 0x37 blocks, so the chain has 0x36. */
Test(format_checks, answer_as_the_specification_does)
{
    struct door *door = door_open();
    const struct json *checks = published_json(&door->arena, "rpc-compat/format-checks.json");
    cr_assert_eq(checks->count, 28);
    (void)door_ask(door, "hardhat_mine", "\"0x36\"");
    for (size_t i = 0; i < checks->count; i++) {
        const struct json *exchanges = json_find(&checks->items[i], "exchanges");
        const char *name = door_member(door, &checks->items[i], "name");
        for (size_t j = 0; j < exchanges->count; j++)
            compare(door, name, &exchanges->items[j]);
    }
    door_close(door);
}
