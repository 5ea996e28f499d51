/* What a deterministic library may ask of the system: nothing that two nodes could see differently.
 *
 * The source of truth is the linker: `nm -u` lists what an archive leaves undefined, so neither a macro nor an inline function
 * hides a call. */
#ifndef TESTS_SOURCE_CHECK_SYMBOLS_H
#define TESTS_SOURCE_CHECK_SYMBOLS_H

#include "tests/source/house.h"

/* nm_text is the output of `nm -u`. Adds a finding for each clock, random source, socket, sleep, thread or look at the
 * environment. The libraries listed as may_lock may use the pthread functions that do not start a thread. */
void check_symbols(const char *folder, const char *nm_text, struct mm_buf *findings);

/* What `nm -u` says of an archive, to be freed by mm_heap_free. NULL: nm failed. */
char *symbols_of(const char *archive);

#endif
