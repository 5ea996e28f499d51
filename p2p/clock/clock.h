/* Time that never goes back, for waiting and for measuring. It begins somewhere and says nothing of the day: what people and blocks are
 * told is the wall's clock.
 * Threads: any. */
#ifndef NODE_CLOCK_CLOCK_H
#define NODE_CLOCK_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

uint64_t clock_ms(void);
struct timespec clock_now(void);
void clock_add_ms(struct timespec *time, uint64_t ms);
/* One whose timed waits go by this clock. */
void clock_cond_init(pthread_cond_t *cond);

#endif
