/* rule check, rule eval, rule cost: a rule's text tried before it is proposed, without a node. */
#include "node/cli/commands.h"
#include "node/cli/rule_facts.h"
#include "state/base/assert.h"
#include "state/codec/json.h"
#include "state/codec/utf8.h"

enum { REPORT_BYTES_MAX = 16 << 20 };

/* A rule with what was said of it. */
struct trial {
    struct cli_run *run;
    struct facts facts;
    mm_bytes source;
    struct rule_env env;
    struct rule_traits traits;
    const struct rule *rule; /* NULL: refused */
    struct rule_error error;
};

/* ---- making ---- */

static int read_source(struct trial *trial)
{
    struct cli_run *run = trial->run;
    const char *path = cli_text(run, "file");
    if ((path != NULL) == (run->argument_count == 1))
        return cli_misuse(run,
                          path == NULL ? "RULE is missing" : "RULE and --file are one too many");
    if (path != NULL)
        return facts_read_file(run, &trial->source, path, RULE_SOURCE_BYTES_MAX);
    trial->source = mm_bytes_str(run->arguments[0]);
    return CLI_OK;
}

/* The trait of a target "trait:level" gives `old` and `new` their type. */
static int read_env(struct trial *trial)
{
    const char *target = cli_text(trial->run, "target");
    const mm_bytes text = target == NULL ? (mm_bytes){ 0 } : mm_bytes_str(target);
    const mm_bytes prefix = MM_BYTES_LIT("trait:");
    const unsigned place = rule_place_of_target(text);
    struct rule_type type = rule_type_of(RULE_UINT);
    if (target != NULL && place == 0)
        return cli_misuse(trial->run,
                          "--target %.80s: it is spec, uri, mint, transfer, redact, meta:KEY, "
                          "history:KIND, trait:NAME or action:NAME",
                          target);
    if (place == RULE_PLACE_TRAIT)
        type = facts_trait_type(&trial->facts,
                                mm_bytes_from(text.ptr + prefix.len, text.len - prefix.len));
    trial->traits = facts_traits(&trial->facts);
    trial->env = rule_chain_env(place, type, &trial->traits);
    return CLI_OK;
}

/* What the rule must give: said, else bool where a target needs one. */
static bool wanted_type(const struct trial *trial, struct rule_type *type)
{
    static const struct {
        const char *word;
        enum rule_kind kind;
    } words[] = { { "bool", RULE_BOOL },
                  { "int", RULE_INT },
                  { "uint", RULE_UINT },
                  { "string", RULE_STRING },
                  { "bytes", RULE_BYTES } };
    const char *word = cli_text(trial->run, "type");
    for (size_t i = 0; word != NULL && i < MM_COUNT_OF(words); i++) {
        *type = rule_type_of(words[i].kind);
        if (strcmp(words[i].word, word) == 0)
            return true;
    }
    *type = rule_type_of(RULE_BOOL);
    return word == NULL && trial->env.place != 0 && trial->env.place != RULE_PLACE_ACTION;
}

static int make(struct trial *trial, struct cli_run *run)
{
    struct rule_options options = { .env = &trial->env, .cost_max = RULE_COST_MAX };
    *trial = (struct trial){ .run = run };
    int status = read_source(trial);
    if (status == CLI_OK)
        status = facts_read(&trial->facts, run);
    if (status == CLI_OK)
        status = read_env(trial);
    if (status != CLI_OK)
        return status;
    options.has_result = wanted_type(trial, &options.result);
    if (rule_compile(&run->arena, &trial->rule, &trial->error, trial->source, &options) ==
        RULE_NO_MEMORY)
        return cli_fail(run, CLI_FAILED, "%s", trial->error.text);
    return CLI_OK;
}

/* ---- saying ---- */

/* The line that the place is in, and ^~~ below it. Tabs stay tabs, so that both lines are as wide. */
static void print_caret(const struct trial *trial, uint32_t offset, uint32_t len)
{
    const mm_bytes source = trial->source;
    size_t begin = offset;
    size_t end = offset;
    while (begin > 0 && source.ptr[begin - 1] != '\n')
        begin--;
    while (end < source.len && source.ptr[end] != '\n')
        end++;
    fputs("    ", stdout);
    cli_print(stdout, mm_bytes_from(source.ptr + begin, end - begin));
    fputs("\n    ", stdout);
    for (size_t at = begin; at < offset + (len == 0 ? 1 : len) && at <= end;) {
        const size_t step = utf8_char_len(mm_bytes_from(source.ptr + at, source.len - at));
        if (at < offset)
            putchar(source.ptr[at] == '\t' ? '\t' : ' ');
        else if (at == offset)
            fputs(trial->run->colour ? "\033[31m^" : "^", stdout);
        else if (at < end)
            putchar('~');
        at += step == 0 ? 1 : step;
    }
    puts(trial->run->colour ? "\033[0m" : "");
}

static void print_place(const struct trial *trial, uint32_t offset, uint32_t len, const char *text)
{
    uint32_t line;
    uint32_t column;
    rule_place(trial->source, offset, &line, &column);
    printf("%s ", cli_mark(trial->run, false));
    if (memchr(trial->source.ptr, '\n', trial->source.len) != NULL)
        printf("line %u, ", line);
    printf("column %u: ", column);
    cli_print(stdout, mm_bytes_str(text));
    putchar('\n');
    print_caret(trial, offset, len);
}

static void json_place(struct json_writer *w, const struct trial *trial, uint32_t offset,
                       uint32_t len)
{
    uint32_t line;
    uint32_t column;
    rule_place(trial->source, offset, &line, &column);
    json_key(w, "line");
    json_add_u64(w, line);
    json_key(w, "column");
    json_add_u64(w, column);
    json_key(w, "offset");
    json_add_u64(w, offset);
    json_key(w, "length");
    json_add_u64(w, len);
}

/* Numbers as text, since JSON's have 53 bits with many; bytes as 0x. */
static void json_scalar(struct json_writer *w, const struct rule_value *value)
{
    char text[RULE_NUMBER_TEXT_MAX + 1];
    switch ((enum rule_kind)value->type.kind) {
    case RULE_BOOL:
        json_add_bool(w, value->is_true);
        return;
    case RULE_INT:
    case RULE_UINT:
        rule_number_text(text, value);
        json_add_text(w, text);
        return;
    case RULE_STRING:
        json_add_string(w, value->bytes);
        return;
    case RULE_BYTES:
        json_add_data(w, value->bytes);
        return;
    case RULE_NONE:
        break;
    }
    MM_UNREACHABLE();
}

static void json_value(struct json_writer *w, const struct rule_value *value)
{
    struct {
        const struct rule_value *at;
        size_t left;
    } levels[RULE_LIST_DEPTH_MAX + 1] = { { value, 1 } };
    size_t depth = 1;
    while (depth > 0) {
        if (levels[depth - 1].left == 0) {
            if (--depth > 0)
                json_close_array(w);
            continue;
        }
        const struct rule_value *item = levels[depth - 1].at++;
        levels[depth - 1].left--;
        if (item->type.depth == 0) {
            json_scalar(w, item);
            continue;
        }
        json_open_array(w);
        levels[depth].at = item->list.items;
        levels[depth++].left = item->list.count;
    }
}

static void json_error(struct json_writer *w, const struct trial *trial)
{
    json_key(w, "error");
    json_open_object(w);
    json_key(w, "verdict");
    json_add_text(w, rule_verdict_word(trial->error.verdict));
    json_key(w, "text");
    json_add_text(w, trial->error.text);
    json_place(w, trial, trial->error.offset, trial->error.len);
    json_close_object(w);
}

static void json_outcome(struct json_writer *w, const struct trial *trial,
                         const struct rule_result *result)
{
    if (result->fault == RULE_FAULT_NONE) {
        json_key(w, "value");
        json_value(w, &result->value);
    } else {
        json_key(w, "fault");
        json_open_object(w);
        json_key(w, "code");
        json_add_u64(w, (uint64_t)result->fault);
        json_key(w, "text");
        json_add_text(w, rule_fault_text(result->fault));
        json_place(w, trial, result->offset, 0);
        json_close_object(w);
    }
    json_key(w, "cost");
    json_add_u64(w, result->cost);
}

/* result: NULL when it was not run. */
static int report_json(struct trial *trial, const struct rule_result *result)
{
    char type[RULE_TYPE_TEXT_MAX];
    struct mm_buf json;
    mm_buf_init(&json, REPORT_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "valid");
    json_add_bool(&w, trial->rule != NULL);
    if (trial->rule == NULL) {
        json_error(&w, trial);
    } else {
        json_key(&w, "type");
        json_add_text(&w, rule_type_text(type, rule_result_type(trial->rule)));
        if (result != NULL)
            json_outcome(&w, trial, result);
        json_key(&w, "costMax");
        json_add_u64(&w, rule_cost_max(trial->rule));
    }
    json_close_object(&w);
    return cli_print_json(trial->run, &json);
}

static void report_result(struct trial *trial, const struct rule_result *result)
{
    char cost[64];
    if (result->fault != RULE_FAULT_NONE) {
        print_place(trial, result->offset, 0, rule_fault_text(result->fault));
    } else {
        struct mm_buf text;
        mm_buf_init(&text, REPORT_BYTES_MAX);
        rule_value_print(&text, &result->value);
        cli_field(trial->run, "value", mm_buf_bytes(&text));
        mm_buf_fini(&text);
    }
    (void)snprintf(cost, sizeof cost, "%llu of at most %llu", (unsigned long long)result->cost,
                   (unsigned long long)rule_cost_max(trial->rule));
    cli_field(trial->run, "cost", mm_bytes_str(cost));
}

/* A rule that is refused is what was asked about, so the answer is printed and the status says it. */
static int refused(struct trial *trial)
{
    if (cli_flag(trial->run, "json")) {
        const int status = report_json(trial, NULL);
        return status == CLI_OK ? CLI_UNVERIFIED : status;
    }
    print_place(trial, trial->error.offset, trial->error.len, trial->error.text);
    return CLI_UNVERIFIED;
}

/* ---- commands ---- */

static int run_check(struct cli_run *run)
{
    char type[RULE_TYPE_TEXT_MAX];
    struct trial trial;
    const int status = make(&trial, run);
    if (status != CLI_OK)
        return status;
    if (trial.rule == NULL)
        return refused(&trial);
    if (cli_flag(run, "json"))
        return report_json(&trial, NULL);
    printf("%s gives %s, costs at most %llu\n", cli_mark(run, true),
           rule_type_text(type, rule_result_type(trial.rule)),
           (unsigned long long)rule_cost_max(trial.rule));
    return CLI_OK;
}

static int run_cost(struct cli_run *run)
{
    struct trial trial;
    const int status = make(&trial, run);
    if (status != CLI_OK)
        return status;
    if (trial.rule == NULL)
        return refused(&trial);
    if (cli_flag(run, "json"))
        return report_json(&trial, NULL);
    printf("%llu\n", (unsigned long long)rule_cost_max(trial.rule));
    return CLI_OK;
}

static int run_eval(struct cli_run *run)
{
    struct trial trial;
    struct rule_result result;
    struct rule_value values[RULE_VAR_COUNT] = { 0 };
    int status = make(&trial, run);
    if (status != CLI_OK)
        return status;
    if (trial.rule == NULL)
        return refused(&trial);
    status = facts_variables(&trial.facts, values, trial.rule, trial.env.trait_type);
    if (status != CLI_OK)
        return status;
    const struct rule_host host = facts_host(&trial.facts);
    const struct rule_inputs inputs = { .variables = values,
                                        .host = &host,
                                        .cost_limit = RULE_COST_MAX };
    const mm_err err = rule_eval(&run->arena, &result, trial.rule, &inputs);
    if (err == MM_ERR_INVALID)
        return cli_misuse(run, "%s", trial.facts.problem.text);
    if (err != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", mm_err_text(err));
    if (cli_flag(run, "json"))
        status = report_json(&trial, &result);
    else
        report_result(&trial, &result);
    return status == CLI_OK && result.fault != RULE_FAULT_NONE ? CLI_UNVERIFIED : status;
}

#define OPTION_TARGET                                                                              \
    {                                                                                              \
        "target", 't', CLI_TEXT, "TARGET",                                                         \
            "what the rule is for, as history:chat: its names alone are known then, and it must "  \
            "give bool",                                                                           \
            NULL                                                                                   \
    }
#define OPTION_TYPE                                                                                \
    {                                                                                              \
        "type", 0, CLI_CHOICE, "bool|int|uint|string|bytes|any", "what the rule must give", NULL   \
    }
#define OPTION_TRAIT                                                                               \
    {                                                                                              \
        "trait", 0, CLI_LIST, "NAME=KIND",                                                         \
            "a trait of the collection; KIND is uint, bool, bytes32 or string", NULL               \
    }
#define OPTION_FILE                                                                                \
    {                                                                                              \
        "file", 'f', CLI_FILE, "FILE", "read the rule from a file; - is standard input", NULL      \
    }

static const struct cli_option CHECK_OPTIONS[] = {
    OPTION_TARGET, OPTION_TYPE, OPTION_TRAIT, OPTION_FILE, CLI_OPTION_JSON,
};

static const struct cli_option EVAL_OPTIONS[] = {
    { "set", 's', CLI_LIST, "NAME=VALUE", "a fact that the rule sees", NULL },
    { "facts", 0, CLI_FILE, "FILE", "facts as a JSON object; - is standard input", NULL },
    OPTION_TARGET,
    OPTION_TYPE,
    OPTION_TRAIT,
    OPTION_FILE,
    CLI_OPTION_JSON,
};

const struct cli_command CLI_CMD_RULE_CHECK = {
    .name = "rule check",
    .arguments = "[RULE]",
    .arguments_max = 1,
    .summary = "say whether a rule is one, and what is wrong with it",
    .details =
        "Compiles the text of a rule as the chain would (docs/RULES.md): syntax, names, types "
        "and the most that it can cost. An error names its line and column, and the place is "
        "marked below the text. Put -- before a rule that begins with a hyphen. Exit status 3: the "
        "rule is refused.",
    .example = "mintmark rule check \"caller == owner && history.count('chat') >= 10u\"\n"
               "mintmark rule check --target trait:level --trait level=uint 'new == old + 1u'\n"
               "mintmark rule check --file levelup.rule --json",
    .options = CHECK_OPTIONS,
    .option_count = MM_COUNT_OF(CHECK_OPTIONS),
    .run = run_check,
};

const struct cli_command CLI_CMD_RULE_EVAL = {
    .name = "rule eval",
    .arguments = "[RULE]",
    .arguments_max = 1,
    .summary = "evaluate a rule on facts that are made up",
    .details =
        "Facts are the variables of rules (caller=0x…, value=5, args=[1,2]) and what the chain "
        "would answer: trait.NAME, history.KIND.count, .weight, .authors, .last and "
        ".countBy.ADDRESS, history.length, credits.ADDRESS, tokenCredit, balance.ADDRESS, "
        "votes.ADDRESS, approved.ADDRESS, spec.version. What is not set is zero, no text or "
        "false. In a file they are members of objects: {\"trait\":{\"level\":4}}. --set comes "
        "last. Exit status 3: the rule is refused, or gives a fault instead of a value.",
    .example = "mintmark rule eval \"trait('level') + 1u\" --set trait.level=4\n"
               "mintmark rule eval \"caller == owner\" --facts facts.json --json",
    .options = EVAL_OPTIONS,
    .option_count = MM_COUNT_OF(EVAL_OPTIONS),
    .run = run_eval,
};

const struct cli_command CLI_CMD_RULE_COST = {
    .name = "rule cost",
    .arguments = "[RULE]",
    .arguments_max = 1,
    .summary = "say the most that a rule can cost",
    .details = "Prints the bound that the chain computes when a rule is proposed, in units of gas: "
               "whatever the rule sees, it does not cost more. Above 100000 it is refused. Exit "
               "status 3: the rule is refused.",
    .example = "mintmark rule cost \"args.all(x, x < 10u)\"",
    .options = CHECK_OPTIONS,
    .option_count = MM_COUNT_OF(CHECK_OPTIONS),
    .run = run_cost,
};
