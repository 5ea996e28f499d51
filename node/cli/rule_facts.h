/* What a rule is tried on at the command line: facts by name, from --set NAME=VALUE and a JSON file.
 *
 *     caller=0x…   value=5   args=[1,2]   kind=chat           variables of the chain (contracts-native/rules/vocabulary.h)
 *     trait.level=4   history.chat.count=12   history.chat.countBy.0x…=1   history.length=40   credits.0x…=9   tokenCredit=3
 *     balance.0x…=1   votes.0x…=2   approved.0x…=true   spec.version=1                        what the chain would answer
 *
 * In a file these are members of objects within each other. What is said of nothing reads as zero, as on the chain. A trait has the
 * type that --trait gives it, else the one that its fact looks like. Memory: the run's arena. */
#ifndef NODE_CLI_RULE_FACTS_H
#define NODE_CLI_RULE_FACTS_H

#include "contracts-native/rules/vocabulary.h"
#include "node/cli/command.h"

struct fact {
    mm_bytes name;           /* "history.chat.count" */
    mm_bytes text;           /* as it was written */
    const struct json *list; /* an array, or NULL */
};

struct facts {
    struct cli_run *run;
    struct fact *items; /* later ones win */
    size_t count;
    struct fact *traits; /* of --trait: the text is the kind's */
    size_t trait_count;
    mm_bytes seen[64]; /* reads that were made: the next ones are warm */
    size_t seen_count;
    struct mm_reason problem; /* why a read had no answer */
};

/* A whole file, or standard input for "-". Prints what is wrong. */
MM_MUST_USE int facts_read_file(struct cli_run *run, mm_bytes *out, const char *path,
                                size_t bytes_max);
/* From the run's options: "trait", and where there are such "set" and "facts". Prints what is wrong. */
MM_MUST_USE int facts_read(struct facts *facts, struct cli_run *run);
struct rule_traits facts_traits(struct facts *facts);
/* The kind of a trait by its name; uint when nothing is known of it. */
struct rule_type facts_trait_type(struct facts *facts, mm_bytes name);
/* The variables that the rule uses, by their index. Prints what is wrong. */
MM_MUST_USE int facts_variables(struct facts *facts, struct rule_value values[RULE_VAR_COUNT],
                                const struct rule *rule, struct rule_type trait_type);
/* MM_ERR_INVALID with facts->problem when a fact is not of the type that is asked for. */
struct rule_host facts_host(struct facts *facts);

#endif
