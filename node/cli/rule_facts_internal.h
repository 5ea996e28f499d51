/* Between the facts (rule_facts.c) and what a rule is told of them (rule_values.c). */
#ifndef NODE_CLI_RULE_FACTS_INTERNAL_H
#define NODE_CLI_RULE_FACTS_INTERNAL_H

#include "node/cli/rule_facts.h"

/* NULL: nothing was said of it. Addresses in names are the same in both cases. */
const struct fact *facts_find(const struct facts *facts, mm_bytes name);
/* A member's name behind that of the object that it is in. */
mm_bytes facts_join_names(struct facts *facts, mm_bytes outer, mm_bytes inner);
mm_bytes facts_text_of(const struct json *value);
/* "uint", "bool", "bytes32" or "string". */
bool facts_kind_of_word(struct rule_type *type, mm_bytes word);

#endif
