/* Tour 1: the program. node/cli finds out what is wanted; without a command it is node_run (node/node.h), the only event
 * loop; everything else speaks to a running node from outside. */
#include "node/cli/cli.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv);
}
