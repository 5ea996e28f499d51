/* What a rule is told of the facts: its variables, traits and what it reads. */
#include "node/cli/rule_facts_internal.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"

/* ---- values ---- */

static bool read_number(mm_u256 *out, mm_bytes text)
{
    return u256_from_decimal(out, text) || hex_read_u256(out, text);
}

/* bytes: as many as bytes have, and text at most. */
static bool read_scalar(struct mm_arena *arena, struct rule_value *value, struct rule_type type,
                        mm_bytes text, size_t bytes_max)
{
    size_t len;
    uint8_t *bytes;
    *value = (struct rule_value){ .type = type };
    switch ((enum rule_kind)type.kind) {
    case RULE_BOOL:
        value->is_true = mm_bytes_equal(text, MM_BYTES_LIT("true"));
        return value->is_true || mm_bytes_equal(text, MM_BYTES_LIT("false"));
    case RULE_UINT:
        return read_number(&value->number, text);
    case RULE_STRING:
        value->bytes = text;
        return utf8_is_valid(text) && text.len <= bytes_max;
    case RULE_BYTES:
        if (!hex_data_len(&len, text) || len != bytes_max)
            return false;
        bytes = mm_arena_alloc(arena, len);
        value->bytes = mm_bytes_from(bytes, len);
        return bytes != NULL && hex_read_fixed(bytes, len, text);
    case RULE_INT:
    case RULE_NONE:
        break; /* no variable and no read has these */
    }
    return false;
}

static bool read_list(struct mm_arena *arena, struct rule_value *value, struct rule_type type,
                      const struct json *list, size_t count_max)
{
    struct rule_value *items;
    if (list == NULL || list->count > count_max)
        return false;
    items = mm_arena_alloc(arena, list->count * sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        if (items == NULL || !read_scalar(arena, &items[i], rule_element_of(type),
                                          facts_text_of(&list->items[i]), 0))
            return false;
    }
    *value = rule_list(rule_element_of(type), items, list->count);
    return true;
}

/* Zero of a type: an address of twenty zeros, no text, an empty list. */
static struct rule_value zero_of(struct rule_type type, size_t bytes)
{
    static const uint8_t zeros[RULE_TRAIT_BYTES_MAX];
    struct rule_value value = { .type = type };
    if (rule_type_is(type, RULE_BYTES))
        value.bytes = mm_bytes_from(zeros, bytes);
    return value;
}

static bool value_of(struct facts *facts, struct rule_value *value, struct rule_type type,
                     mm_bytes name, size_t bytes, size_t count_max)
{
    char text[RULE_TYPE_TEXT_MAX];
    const struct fact *fact = facts_find(facts, name);
    *value = zero_of(type, bytes);
    if (fact == NULL)
        return true;
    const bool is_read =
        type.depth > 0
            ? read_list(&facts->run->arena, value, type, fact->list, count_max)
            : fact->list == NULL && read_scalar(&facts->run->arena, value, type, fact->text, bytes);
    if (!is_read)
        (void)mm_fail(&facts->problem, MM_ERR_INVALID, "%.*s=%.*s is no %s", (int)name.len,
                      name.ptr, (int)(fact->text.len < 80 ? fact->text.len : 80), fact->text.ptr,
                      rule_type_is(type, RULE_BYTES) ? bytes == 20 ? "address" : "bytes32"
                                                     : rule_type_text(text, type));
    return is_read;
}

int facts_variables(struct facts *facts, struct rule_value values[RULE_VAR_COUNT],
                    const struct rule *rule, struct rule_type trait_type)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        const struct rule_variable *variable = &RULE_CHAIN_VARIABLES[i];
        const bool is_trait = rule_type_is(variable->type, RULE_NONE);
        if (rule_uses(rule, i) &&
            !value_of(facts, &values[i], is_trait ? trait_type : variable->type,
                      mm_bytes_str(variable->name), variable->bytes_max, variable->count_max))
            return cli_misuse(facts->run, "%s", facts->problem.text);
    }
    return CLI_OK;
}

/* ---- traits and reads ---- */

/* What its fact looks like. */
static struct rule_type guess(mm_bytes text)
{
    mm_u256 number;
    uint8_t word[32];
    if (u256_from_decimal(&number, text))
        return rule_type_of(RULE_UINT);
    if (mm_bytes_equal(text, MM_BYTES_LIT("true")) || mm_bytes_equal(text, MM_BYTES_LIT("false")))
        return rule_type_of(RULE_BOOL);
    return rule_type_of(hex_read_fixed(word, sizeof word, text) ? RULE_BYTES : RULE_STRING);
}

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    struct facts *facts = ctx;
    for (size_t i = facts->trait_count; i-- > 0;) {
        if (mm_bytes_equal(facts->traits[i].name, name))
            return facts_kind_of_word(type, facts->traits[i].text);
    }
    const struct fact *fact =
        facts_find(facts, facts_join_names(facts, MM_BYTES_LIT("trait"), name));
    if (fact != NULL)
        *type = guess(fact->text);
    return fact != NULL;
}

struct rule_traits facts_traits(struct facts *facts)
{
    return (struct rule_traits){ .ctx = facts, .find = find_trait };
}

struct rule_type facts_trait_type(struct facts *facts, mm_bytes name)
{
    struct rule_type type;
    return find_trait(facts, &type, name) ? type : rule_type_of(RULE_UINT);
}

/* "0x…" of bytes, else the text itself. */
static mm_bytes argument_text(struct facts *facts, const struct rule_value *argument)
{
    if (rule_type_is(argument->type, RULE_STRING))
        return argument->bytes;
    char *text = mm_arena_alloc(&facts->run->arena, 2 + 2 * argument->bytes.len);
    if (text == NULL)
        return (mm_bytes){ 0 };
    memcpy(text, "0x", 2);
    hex_encode(text + 2, argument->bytes);
    return mm_bytes_from(text, 2 + 2 * argument->bytes.len);
}

/* history.count("chat") is the fact history.chat.count, credits(a) is credits.0x…. */
static mm_bytes fact_of_read(struct facts *facts, const struct rule_reader *reader,
                             const struct rule_value *args)
{
    const char *dot = strchr(reader->name, '.');
    mm_bytes name = mm_bytes_str(reader->name);
    if (reader->param_count == 0)
        return name;
    if (dot != NULL)
        name = mm_bytes_from(reader->name, (size_t)(dot - reader->name));
    name = facts_join_names(facts, name, argument_text(facts, &args[0]));
    if (dot != NULL)
        name = facts_join_names(facts, name, mm_bytes_str(dot + 1));
    return reader->param_count < 2 ? name
                                   : facts_join_names(facts, name, argument_text(facts, &args[1]));
}

/* Remembers what it can; what does not fit counts as new each time. */
static bool is_new(struct facts *facts, mm_bytes name)
{
    for (size_t i = 0; i < facts->seen_count; i++) {
        if (mm_bytes_equal(facts->seen[i], name))
            return false;
    }
    if (facts->seen_count < MM_COUNT_OF(facts->seen))
        facts->seen[facts->seen_count++] = name;
    return true;
}

static mm_err read_fact(void *ctx, struct rule_value *value, bool *is_first,
                        const struct rule_reader *reader, const struct rule_value *args)
{
    struct facts *facts = ctx;
    struct rule_type type = reader->result;
    const mm_bytes name = fact_of_read(facts, reader, args);
    if (reader->is_of_trait && !find_trait(facts, &type, args[0].bytes))
        return mm_fail(&facts->problem, MM_ERR_INVALID, "no such trait");
    *is_first = is_new(facts, name);
    return value_of(facts, value, type, name, RULE_TRAIT_BYTES_MAX, 0) ? MM_OK : MM_ERR_INVALID;
}

struct rule_host facts_host(struct facts *facts)
{
    return (struct rule_host){ .ctx = facts, .read = read_fact };
}
