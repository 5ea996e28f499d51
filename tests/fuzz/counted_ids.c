#include "tests/fuzz/counted_ids.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static atomic_uint_least64_t count;

void counted_ids_restart(void)
{
    atomic_store(&count, 0);
}

/* Takes the place of the C library's. */
ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    const uint64_t number = atomic_fetch_add(&count, 1) + 1;
    (void)flags;
    memset(buffer, 0, length);
    memcpy(buffer, &number, length < sizeof number ? length : sizeof number);
    return (ssize_t)length;
}
