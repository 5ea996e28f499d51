/* Memory that ends at each place in turn. */
#ifndef TESTS_UNIT_P2P_CONTENT_EMPTY_HEAP_H
#define TESTS_UNIT_P2P_CONTENT_EMPTY_HEAP_H

#include <stddef.h>

#include "state/base/err.h"

/* Calls `use` with none, one, two … allocations left until it succeeds, and gives how often it did not. Each time it must say that
 * there is no memory; sanitizers see what it lost. Skips the test where allocations cannot be made to fail. */
size_t empty_heap_failures(mm_err (*use)(void));

#endif
