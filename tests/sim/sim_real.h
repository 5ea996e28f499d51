/* The simulator's nodes with the node's own consensus on real chains (sim_real_internal.h). */
#ifndef TESTS_SIM_SIM_REAL_H
#define TESTS_SIM_SIM_REAL_H

#include "tests/sim/sim.h"

extern const struct sim_world SIM_REAL;

#endif
