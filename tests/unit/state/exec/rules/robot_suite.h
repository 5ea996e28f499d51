/* The robot of a suite whose tests begin and end with it. */
#ifndef TESTS_UNIT_STATE_EXEC_RULES_ROBOT_SUITE_H
#define TESTS_UNIT_STATE_EXEC_RULES_ROBOT_SUITE_H

#include "tests/unit/state/exec/rules/robot.h"

extern struct robot robot;

void robot_begin(void);
void robot_end(void);

#endif
