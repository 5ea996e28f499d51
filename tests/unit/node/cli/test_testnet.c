/* The network of a test, whose nodes are this binary. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/node/cli/program.h"

TestSuite(network, .init = program_begin, .fini = program_end, .timeout = 120);

/* Four hundreds of them: tests run beside each other, in processes of which each has another number. */
static unsigned some_ports(void)
{
    return 20000 + (unsigned)getpid() % 25 * 400;
}

/* Goal: a run in which a node crashed does not end well because the node was started again.
 * Method: a node is killed by somebody else as soon as it answers; before the faults begin, so there is no other who could have. */
Test(network, under_chaos_fails_when_a_node_ends_by_itself)
{
    const unsigned port = some_ports();
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

/* Somebody who takes a node away does it when he likes; a node that takes itself away before it answered will not start the next time. */
Test(network, goes_on_without_a_node_that_was_killed_before_it_answered)
{
    const unsigned port = some_ports();
    struct said said =
        expect(0,
               "mintmark testnet --data net --nodes 2 --base-port %u --for 3 & run=$!; "
               "until [ -n \"$(cat /proc/$run/task/$run/children)\" ]; do :; done; "
               "kill -KILL $(cut -d ' ' -f 1 /proc/$run/task/$run/children); wait $run",
               port);
    cr_assert_not_null(strstr(said.err, "node 1 has ended"), "%s", said.err);
    cr_assert_null(strstr(said.err, "could not start"), "%s", said.err);
    said_free(&said);
}

Test(network, ends_when_a_node_cannot_start)
{
    const unsigned port = some_ports();
    struct said said =
        expect(0, "mintmark testnet --data net --nodes 2 --base-port %u --for 1", port);
    said_free(&said);
    said = expect(1,
                  "echo nothing > net/node-2/chain/CURRENT; "
                  "mintmark testnet --data net --nodes 2 --base-port %u --for 20",
                  port);
    cr_assert_not_null(strstr(said.err, "node 2 could not start"), "%s", said.err);
    said_free(&said);
}
