/* What every text of the JSON-RPC door is, whatever was asked: one JSON value, an answer or a batch of them; over a connection that
 * stays also a notification. A fuzz target's properties, so a violation aborts. */
#ifndef TESTS_LIB_ANSWER_CHECK_H
#define TESTS_LIB_ANSWER_CHECK_H

#include "state/base/bytes.h"

enum answer_source { ANSWER_OF_BODY, ANSWER_OF_CONNECTION };

void check_answer_text(mm_bytes text, enum answer_source source);

#endif
