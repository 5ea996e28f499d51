/* rule check, rule eval, rule cost: a rule's text tried before it is proposed, without a node. */
#include "node/cli/commands.h"
#include "node/cli/rule_trial.h"

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

/* ---- commands ---- */

static int run_check(struct cli_run *run)
{
    char type[RULE_TYPE_TEXT_MAX];
    struct trial trial;
    const int status = make(&trial, run);
    if (status != CLI_OK)
        return status;
    if (trial.rule == NULL)
        return trial_report_refused(&trial);
    if (cli_flag(run, "json"))
        return trial_report_json(&trial, NULL);
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
        return trial_report_refused(&trial);
    if (cli_flag(run, "json"))
        return trial_report_json(&trial, NULL);
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
        return trial_report_refused(&trial);
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
        status = trial_report_json(&trial, &result);
    else
        trial_report(&trial, &result);
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
