/* The network of a test, whose nodes are this binary. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/node/cli/program.h"

TestSuite(network, .init = program_begin, .fini = program_end, .timeout = 120);

/* Goal: a run in which a node crashed does not end well because the node was started again.
 * Method: a node is killed by somebody else as soon as it answers; before the faults begin, so there is no other who could have. */
Test(network, under_chaos_fails_when_a_node_ends_by_itself)
{
    const unsigned port = 23000 + (unsigned)getpid() % 100 * 100;
    struct said said = expect(
        1,
        "mintmark testnet --data net --nodes 1 --base-port %u --chaos 1 --for 60 & run=$!; "
        "while [ ! -s net/node-1/ready.json ] && kill -0 $run; do sleep 0.05; done; sleep 1; "
        "kill -KILL $(cat /proc/$run/task/$run/children); wait $run",
        port);
    cr_assert_not_null(strstr(said.err, "node 1 has ended by itself, with signal 9"), "%s",
                       said.err);
    cr_assert_not_null(strstr(said.err, "net/node-1/log"), "%s", said.err);
    said_free(&said);
}
