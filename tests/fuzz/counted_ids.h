/* Ids of filters and subscriptions that an input can name: in the place of the kernel's random numbers, the numbers from one on. */
#ifndef TESTS_FUZZ_COUNTED_IDS_H
#define TESTS_FUZZ_COUNTED_IDS_H

/* Counts from one again. Before each input, so that it does not depend on those before. */
void counted_ids_restart(void);

#endif
