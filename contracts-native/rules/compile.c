/* Compiling: from a text to a program that can be run, step by step. */
#include "contracts-native/rules/cost_internal.h"
#include "contracts-native/rules/program_internal.h"
#include "state/base/assert.h"
#include "state/codec/utf8.h"

static enum rule_verdict check_source(struct compiling *c)
{
    if (c->source.len > RULE_SOURCE_BYTES_MAX)
        return rule_refuse(c, RULE_TOO_LONG, RULE_SOURCE_BYTES_MAX, 0,
                           "the rule has %zu bytes, at most %d may be", c->source.len,
                           RULE_SOURCE_BYTES_MAX);
    for (size_t at = 0; at < c->source.len;) {
        const size_t len = utf8_char_len(mm_bytes_from(c->source.ptr + at, c->source.len - at));
        if (len == 0)
            return rule_refuse(c, RULE_NOT_UTF8, (uint32_t)at, 1, "the text is not UTF-8 here");
        at += len;
    }
    return RULE_OK;
}

static enum rule_verdict check_result(struct compiling *c, const struct rule_options *options)
{
    char wanted[RULE_TYPE_TEXT_MAX];
    char given[RULE_TYPE_TEXT_MAX];
    struct rule_type unified;
    if (!options->has_result || rule_type_unify(&unified, options->result, c->program->result))
        return RULE_OK;
    return rule_refuse(c, RULE_TYPE, 0, (uint32_t)c->source.len, "the rule must give %s, not %s",
                       rule_type_text(wanted, options->result),
                       rule_type_text(given, c->program->result));
}

static enum rule_verdict check_cost(struct compiling *c, uint64_t *cost, uint64_t cost_max)
{
    *cost = cost_bound(c->program);
    if (*cost <= cost_max)
        return RULE_OK;
    return rule_refuse(c, RULE_COSTLY, 0, (uint32_t)c->source.len,
                       "the rule can cost %llu, at most %llu may be", (unsigned long long)*cost,
                       (unsigned long long)cost_max);
}

enum rule_verdict rule_compile(struct mm_arena *arena, const struct rule **rule,
                               struct rule_error *error, mm_bytes source,
                               const struct rule_options *options)
{
    struct rule *made = MM_ARENA_NEW(arena, struct rule);
    struct compiling c = { .arena = arena, .error = error, .source = source };
    *rule = NULL;
    *error = (struct rule_error){ .verdict = RULE_OK };
    if (made == NULL)
        return rule_refuse(&c, RULE_NO_MEMORY, 0, 0, "out of memory");
    made->program.env = options->env;
    c.program = &made->program;
    enum rule_verdict verdict = check_source(&c);
    if (verdict == RULE_OK)
        verdict = program_parse(&c);
    if (verdict == RULE_OK)
        verdict = program_check(&c);
    if (verdict == RULE_OK)
        verdict = check_result(&c, options);
    if (verdict == RULE_OK)
        verdict = check_cost(&c, &made->cost_max, options->cost_max);
    if (verdict == RULE_OK)
        *rule = made;
    return verdict;
}

struct rule_type rule_result_type(const struct rule *rule)
{
    return rule->program.result;
}

uint64_t rule_cost_max(const struct rule *rule)
{
    return rule->cost_max;
}

bool rule_uses(const struct rule *rule, size_t variable)
{
    return variable < PROGRAM_VARIABLES_MAX && (rule->program.uses >> variable & 1) != 0;
}
