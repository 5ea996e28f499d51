/* A small random generator for tests: the same seed gives the same sequence everywhere (splitmix64). */
#ifndef TESTS_LIB_RANDOM_H
#define TESTS_LIB_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct test_random {
    uint64_t state;
};

uint64_t test_random_u64(struct test_random *random);
/* 0 <= result < below; below is not 0. */
uint64_t test_random_below(struct test_random *random, uint64_t below);
void test_random_fill(struct test_random *random, void *out, size_t len);

#endif
