/* What became of a rule that was tried at the command line, for people and as JSON: what is wrong with it and where, what it
 * gives, what it costs. */
#ifndef NODE_CLI_RULE_TRIAL_H
#define NODE_CLI_RULE_TRIAL_H

#include "node/cli/rule_facts.h"

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

/* A rule that is refused is what was asked about, so the answer is printed and the status says it. */
MM_MUST_USE int trial_report_refused(struct trial *trial);
/* result: NULL when it was not run. */
MM_MUST_USE int trial_report_json(struct trial *trial, const struct rule_result *result);
void trial_report(struct trial *trial, const struct rule_result *result);

#endif
