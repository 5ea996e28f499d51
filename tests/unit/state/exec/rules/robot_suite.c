#include "tests/unit/state/exec/rules/robot_suite.h"

struct robot robot;

void robot_begin(void)
{
    robot_init(&robot);
}

void robot_end(void)
{
    robot_fini(&robot);
}
