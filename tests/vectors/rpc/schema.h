/* The part of JSON Schema that the Ethereum JSON-RPC specification is written in: type, enum, pattern, minimum, maximum, required,
 * properties, additionalProperties, items, allOf, anyOf, oneOf, $ref. A keyword that is none of these and says something about
 * a value is a failure, so that nothing is passed by not being understood. */
#ifndef TESTS_VECTORS_RPC_SCHEMA_H
#define TESTS_VECTORS_RPC_SCHEMA_H

#include "state/codec/json.h"

struct schema_problem {
    char text[400]; /* path and what is wrong */
};

/* document: where "#/components/…" leads. */
bool schema_accepts(const struct json *document, const struct json *schema,
                    const struct json *value, struct schema_problem *problem);

#endif
