/* What the checks of one test have found, as text. */
#ifndef TESTS_SOURCE_FINDINGS_H
#define TESTS_SOURCE_FINDINGS_H

#include "state/base/buf.h"

extern struct mm_buf findings;

void findings_init(void);
void findings_fini(void);
/* All lines so far, terminated. */
const char *found(void);

#endif
