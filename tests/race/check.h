/* Criterion does not start under ThreadSanitizer: what must hold is said on standard error when it does not, and ends the program. */
#ifndef TESTS_RACE_CHECK_H
#define TESTS_RACE_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
