/* Rules: any text, and texts that are grown so that they have a type.
 *
 * First byte: the width, the place, whether the rest is a text or what one is grown from. The rest: that.
 * Properties: an error has a place within the text and says something; nothing costs more than its bound; a second evaluation gives
 * the same value, fault, place and cost; with its cost as the limit it goes through, and with one less it ends there; the memory that
 * the header calls enough is enough. */
#include <stdint.h>
#include <stdlib.h>

#include "contracts-native/rules/vocabulary.h"
#include "state/base/assert.h"
#include "state/base/buf.h"
#include "tests/unit/contracts-native/rules/grow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *name;
    enum rule_kind kind;
} traits[] = {
    { "level", RULE_UINT }, { "frozen", RULE_BOOL }, { "name", RULE_STRING }, { "mark", RULE_BYTES }
};

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    (void)ctx;
    for (size_t i = 0; i < MM_COUNT_OF(traits); i++) {
        if (mm_bytes_equal(name, mm_bytes_str(traits[i].name))) {
            *type = rule_type_of(traits[i].kind);
            return true;
        }
    }
    return false;
}

/* A number that depends on all arguments, the first read of a reader cold. */
static mm_err read_host(void *ctx, struct rule_value *value, bool *is_first,
                        const struct rule_reader *reader, const struct rule_value *args)
{
    uint32_t *seen = ctx;
    struct rule_type type = reader->result;
    uint64_t number = reader->id;
    for (size_t i = 0; i < reader->param_count; i++) {
        for (size_t j = 0; j < args[i].bytes.len; j++)
            number = number * 31 + args[i].bytes.ptr[j];
    }
    if (reader->is_of_trait)
        MM_ASSERT(find_trait(NULL, &type, args[0].bytes));
    *is_first = (*seen >> reader->id & 1) == 0;
    *seen |= UINT32_C(1) << reader->id;
    switch ((enum rule_kind)type.kind) {
    case RULE_BOOL:
        *value = rule_bool((number & 1) != 0);
        return MM_OK;
    case RULE_STRING:
        *value = rule_string(MM_BYTES_LIT("Ada Lovelace, the countess"));
        return MM_OK;
    case RULE_BYTES:
        *value = rule_bytes(MM_BYTES_LIT("0123456789abcdef0123456789abcdef"));
        return MM_OK;
    case RULE_UINT:
    case RULE_INT:
    case RULE_NONE:
        *value = rule_u64(number);
        return MM_OK;
    }
    return MM_ERR_INVALID;
}

/* They outlive the evaluation, whose result borrows from them. */
static const struct rule_value *variables(void)
{
    static struct rule_value values[RULE_VAR_COUNT];
    static struct rule_value args[RULE_ACTION_ARGS_MAX];
    static const uint8_t addresses[RULE_VAR_COUNT][20] = { { 1 }, { 2 }, { 3 }, { 1 } };
    for (size_t i = 0; i < RULE_ACTION_ARGS_MAX; i++)
        args[i] = rule_u64(i * i);
    for (size_t i = 0; i < RULE_VAR_COUNT; i++)
        values[i] = rule_type_is(RULE_CHAIN_VARIABLES[i].type, RULE_BYTES)
                        ? rule_bytes(MM_BYTES_OF(addresses[i]))
                        : rule_u64(i * 1000);
    values[RULE_VAR_KIND] = rule_string(MM_BYTES_LIT("chat"));
    values[RULE_VAR_ARGS] = rule_list(rule_type_of(RULE_UINT), args, RULE_ACTION_ARGS_MAX);
    return values;
}

static struct rule_result evaluate(struct mm_arena *arena, const struct rule *rule,
                                   uint64_t cost_limit)
{
    struct rule_result result;
    uint32_t seen = 0;
    const struct rule_host host = { .ctx = &seen, .read = read_host };
    const struct rule_inputs inputs = { .variables = variables(),
                                        .host = &host,
                                        .cost_limit = cost_limit };
    MM_ASSERT(rule_eval(arena, &result, rule, &inputs) == MM_OK);
    return result;
}

static void check_error(const struct rule_error *error, mm_bytes source)
{
    MM_ASSERT(error->verdict != RULE_OK && error->verdict != RULE_NO_MEMORY);
    MM_ASSERT((size_t)error->offset + error->len <= source.len);
    MM_ASSERT(error->line >= 1 && error->column >= 1 && error->text[0] != '\0');
}

static void check_rule(const struct rule *rule, struct mm_arena *first_arena,
                       struct mm_arena *second_arena)
{
    uint64_t units = 0;
    const struct rule_result first = evaluate(first_arena, rule, RULE_COST_MAX);
    MM_ASSERT(first.cost > 0 && first.cost <= rule_cost_max(rule));
    const struct rule_result second = evaluate(second_arena, rule, first.cost);
    MM_ASSERT(first.fault == second.fault && first.offset == second.offset &&
              first.cost == second.cost);
    if (first.fault == RULE_FAULT_NONE)
        MM_ASSERT(rule_value_equal(&first.value, &second.value, &units));
    mm_arena_reset(second_arena);
    const struct rule_result less = evaluate(second_arena, rule, first.cost - 1);
    MM_ASSERT(less.fault == RULE_FAULT_COST && less.cost == first.cost - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t grown[64 << 10];
    struct mm_buf text = mm_buf_over(grown, sizeof grown);
    const struct rule_traits known = { .find = find_trait };
    static struct mm_arena arenas[3]; /* kept, since making them would be most of the work */
    struct rule_error error;
    const struct rule *rule;
    if (size == 0)
        return 0;
    const bool is_grown = (data[0] & 0x80) != 0;
    const unsigned place = is_grown                     ? 0
                           : (data[0] >> 1 & 0xf) == 15 ? 0
                                                        : 1u << (data[0] >> 1 & 0xf);
    struct rule_env env = rule_chain_env(place, rule_type_of(RULE_UINT), &known);
    env.width = is_grown || (data[0] & 1) == 0 ? RULE_WIDTH_256 : RULE_WIDTH_64;
    const struct rule_options options = { .env = &env, .cost_max = RULE_COST_MAX };
    mm_bytes source = mm_bytes_from(data + 1, size - 1);
    if (is_grown) {
        grow_rule(&text, source);
        if (mm_buf_err(&text) != MM_OK)
            return 0;
        source = mm_buf_bytes(&text);
    }
    if (arenas[0].bytes_max == 0) {
        mm_arena_init(&arenas[0], RULE_COMPILE_BYTES_MAX);
        mm_arena_init(&arenas[1], RULE_EVAL_BYTES_MAX);
        mm_arena_init(&arenas[2], RULE_EVAL_BYTES_MAX);
    }
    if (rule_compile(&arenas[0], &rule, &error, source, &options) == RULE_OK)
        check_rule(rule, &arenas[1], &arenas[2]);
    else
        check_error(&error, source);
    MM_ASSERT(!is_grown || error.verdict == RULE_OK || error.verdict == RULE_COSTLY ||
              error.verdict == RULE_TOO_LARGE || error.verdict == RULE_TOO_DEEP ||
              error.verdict == RULE_TOO_LONG);
    for (size_t i = 0; i < MM_COUNT_OF(arenas); i++)
        mm_arena_reset(&arenas[i]);
    return 0;
}
