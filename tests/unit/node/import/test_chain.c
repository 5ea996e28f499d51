#include <criterion/criterion.h>

#include "tests/lib/dev_chain.h"

static struct dev_chain dev;
