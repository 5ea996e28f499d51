/* Rules that have a type, grown from bytes: for properties that texts at random do not reach. */
#ifndef TESTS_UNIT_CONTRACTS_NATIVE_RULES_GROW_H
#define TESTS_UNIT_CONTRACTS_NATIVE_RULES_GROW_H

#include "state/base/buf.h"

/* Writes an expression of the fixture's environment (any place) that is well typed. The same bytes give the same text; when they
 * are used up what is begun is finished shortly. */
void grow_rule(struct mm_buf *out, mm_bytes bytes);

#endif
