/* Nodes as processes: how they end, and that none is left. In their place are small shell scripts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/testnet/testnet_internal.h"
#include "tests/lib/folder.h"
#include "tests/lib/fork.h"

enum { PATIENCE_MS = 10000 };

static char folder[FOLDER_PATH_BYTES];
static struct testnet *testnet;
static struct mm_reason reason;

static void begin(void)
{
    folder_make(folder, "testnet");
    const struct testnet_options options = { .folder = folder,
                                             .validators = 2,
                                             .base_port = 20000 };
    cr_assert_eq(testnet_open(&testnet, &options, &reason), MM_OK, "%s", reason.text);
}

static void end(void)
{
    testnet_close(testnet);
    folder_remove(folder);
}

TestSuite(process, .init = begin, .fini = end, .timeout = 60);

/* What nodes do from now on. */
static void set_script(const char *text)
{
    file_path_in(testnet->program, folder, "script");
    FILE *file = fopen(testnet->program, "wb");
    cr_assert_not_null(file);
    cr_assert_geq(fprintf(file, "#!/bin/sh\n%s\n", text), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(testnet->program, 0700), 0);
}

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static struct testnet_node *start(const char *script)
{
    struct testnet_node *node = &testnet->nodes[0];
    set_script(script);
    cr_assert_eq(testnet_start(testnet, node, &reason), MM_OK, "%s", reason.text);
    return node;
}

static struct testnet_node *wait_for_end(void)
{
    for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
        struct testnet_node *ended = testnet_reap(testnet);
        if (ended != NULL)
            return ended;
        pause_ms(10);
    }
    cr_assert_fail("it does not end");
    return NULL;
}

static void expect_end(const struct testnet_node *node, const char *how)
{
    cr_assert(node->has_ended);
    testnet_describe_end(&reason, node);
    cr_assert_str_eq(reason.text, how);
}

Test(process, that_ends_by_itself_is_told_with_how)
{
    struct testnet_node *node = start("exit 3");
    cr_assert_eq(wait_for_end(), node);
    expect_end(node, "exit status 3");
    node = start("kill -ABRT $$");
    cr_assert_not(node->has_ended, "another process");
    cr_assert_eq(wait_for_end(), node);
    expect_end(node, "signal 6");
}

static void wait_until_it_is_dead(pid_t pid)
{
    siginfo_t info;
    cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

Test(process, that_is_killed_has_not_ended_by_itself_but_one_that_was_gone_by_then_has)
{
    struct testnet_node *node = start("exec sleep 100");
    testnet_kill(node);
    cr_assert_not(node->has_ended);
    node = start("exit 3");
    wait_until_it_is_dead(node->pid);
    testnet_kill(node);
    expect_end(node, "exit status 3");
}

Test(process, that_ends_in_a_pause_is_told)
{
    struct testnet_node *node = start("exec sleep 100");
    testnet_pause(node);
    cr_assert_eq(kill(node->pid, SIGKILL), 0); /* by somebody else */
    cr_assert_eq(wait_for_end(), node);
    expect_end(node, "signal 9");
}

/* The script has come to where it says so. */
static void wait_until_it_is_ready(void)
{
    char ready[FILE_PATH_BYTES];
    file_path_in(ready, folder, "script.ready");
    for (int ms = 0; access(ready, F_OK) != 0 && ms < PATIENCE_MS; ms += 10)
        pause_ms(10);
    cr_assert_eq(unlink(ready), 0);
}

Test(process, that_is_asked_to_end_and_does_has_not_ended_by_itself)
{
    struct testnet_node *bad = &testnet->nodes[1];
    (void)start("trap 'exit 0' TERM; echo > $0.ready; while :; do sleep 0.05; done");
    wait_until_it_is_ready();
    set_script("trap 'exit 7' TERM; echo > $0.ready; while :; do sleep 0.05; done");
    cr_assert_eq(testnet_start(testnet, bad, &reason), MM_OK);
    wait_until_it_is_ready();
    testnet_stop(testnet);
    cr_assert_not(testnet->nodes[0].has_ended);
    expect_end(bad, "exit status 7");
}

/* Goal: whoever runs the network is killed while a node is paused, and the node does not stay there with its port and its lock.
 * Method: the node's next parent is this process, of the same session, so that the kernel does not wake it either, as where a
 * container's first process takes orphans. */
Test(process, that_is_paused_ends_with_whoever_started_it)
{
    int ends[2];
    pid_t node = 0;
    siginfo_t info = { 0 };
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    cr_assert_eq(pipe(ends), 0);
    set_script("echo > $0.ready; exec sleep 100");
    const pid_t runner = test_fork();
    if (runner == 0) {
        if (testnet_start(testnet, &testnet->nodes[0], &reason) != MM_OK)
            _exit(1);
        wait_until_it_is_ready();
        testnet_pause(&testnet->nodes[0]);
        if (write(ends[1], &testnet->nodes[0].pid, sizeof(pid_t)) != sizeof(pid_t))
            _exit(1);
        for (;;)
            (void)pause();
    }
    cr_assert_eq(read(ends[0], &node, sizeof node), sizeof node);
    cr_assert_eq(kill(runner, SIGKILL), 0);
    cr_assert_eq(testnet_wait(runner, NULL, 0), runner);
    for (int ms = 0; info.si_pid == 0 && ms < PATIENCE_MS; ms += 10) {
        pause_ms(10);
        cr_assert_eq(waitid(P_PID, (id_t)node, &info, WEXITED | WNOWAIT | WNOHANG), 0);
    }
    (void)kill(node, SIGKILL);
    cr_assert_eq(testnet_wait(node, NULL, 0), node);
    cr_assert_eq(info.si_pid, node, "it was there still");
}

static void note_alarm(int number)
{
    (void)number;
}

Test(process, is_waited_for_whatever_signals_come)
{
    const struct sigaction action = { .sa_handler = note_alarm };
    const struct itimerval often = { { .tv_usec = 20000 }, { .tv_usec = 20000 } };
    int how = 0;
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    const pid_t pid = test_fork();
    if (pid == 0) {
        pause_ms(300);
        _exit(5);
    }
    cr_assert_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
    const pid_t ended = testnet_wait(pid, &how, 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL), 0);
    cr_assert_eq(ended, pid, "%d", errno);
    cr_assert(WIFEXITED(how) && WEXITSTATUS(how) == 5);
}
