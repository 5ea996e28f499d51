/* Nodes as processes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/testnet/netns.h"
#include "node/testnet/testnet_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

enum {
    ARGUMENTS_MAX = 40 + 2 * TESTNET_NODES_MAX,
    ARGUMENT_BYTES = 192,
    STOP_MS = 10000, /* a node that has much to flush */
};

struct arguments {
    const char *list[ARGUMENTS_MAX + 1];
    char texts[ARGUMENTS_MAX][ARGUMENT_BYTES];
    char paths[4][FILE_PATH_BYTES];
    char netns[NETNS_NAME_BYTES];
    size_t count;
    size_t texts_used;
};

static void add(struct arguments *arguments, const char *text)
{
    arguments->list[arguments->count++] = text;
}

static void add_port(struct arguments *arguments, const char *option, unsigned port)
{
    char *text = arguments->texts[arguments->texts_used++];
    (void)snprintf(text, ARGUMENT_BYTES, "%u", port);
    add(arguments, option);
    add(arguments, text);
}

static void add_peer(struct arguments *arguments, const struct testnet_node *node)
{
    char *text = arguments->texts[arguments->texts_used++];
    char id[2 * sizeof node->id.b + 1] = "";
    hex_encode(id, mm_bytes_from(node->id.b, sizeof node->id.b));
    (void)snprintf(text, ARGUMENT_BYTES, "%s@%s:%u", id, node->host, (unsigned)node->p2p_port);
    add(arguments, "--peer");
    add(arguments, text);
}

static void fill(struct arguments *arguments, const struct testnet *testnet,
                 const struct testnet_node *node)
{
    char *listen = arguments->texts[arguments->texts_used++];
    (void)snprintf(listen, ARGUMENT_BYTES, "%s:%u", node->host, (unsigned)node->p2p_port);
    file_path_in(arguments->paths[0], testnet->folder, "genesis.json");
    file_path_in(arguments->paths[1], node->folder, "validator.key");
    file_path_in(arguments->paths[2], node->folder, "ready.json");
    if (testnet->has_netns) {
        netns_name(arguments->netns, node);
        add(arguments, "ip");
        add(arguments, "netns");
        add(arguments, "exec");
        add(arguments, arguments->netns);
        add(arguments, testnet->program);
    } else {
        add(arguments, "mintmark");
    }
    add(arguments, "node");
    add(arguments, "--host");
    add(arguments, node->host);
    add(arguments, "--rpc-host");
    add(arguments, node->host);
    add(arguments, "--data");
    add(arguments, node->folder);
    add(arguments, "--genesis");
    add(arguments, arguments->paths[0]);
    if (node->is_validator) {
        add(arguments, "--validator-key");
        add(arguments, arguments->paths[1]);
    }
    add(arguments, "--ready-file");
    add(arguments, arguments->paths[2]);
    add(arguments, "--listen");
    add(arguments, listen);
    add_port(arguments, "--port", node->rpc_port);
    add_port(arguments, "--gateway-port", node->rpc_port + 2u * TESTNET_PORTS);
    add_port(arguments, "--api-port", node->rpc_port + 3u * TESTNET_PORTS);
    for (size_t i = 0; i < testnet->count; i++) {
        if (i != node->index)
            add_peer(arguments, &testnet->nodes[i]);
    }
    for (size_t i = 0; node->more != NULL && node->more[i] != NULL; i++)
        add(arguments, node->more[i]);
    MM_ASSERT(arguments->count <= ARGUMENTS_MAX);
    arguments->list[arguments->count] = NULL;
}

/* In the child: its own group, so that Ctrl-C is for whoever runs the network, and its end when that ends. Then nobody would wake a
 * node that is paused, and of all signals it acts on one alone; a node can stand it. */
static void become(const char *program, const struct arguments *arguments, int log, pid_t parent)
{
    sigset_t none;
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    (void)execvp(program, (char *const *)(uintptr_t)arguments->list);
    _exit(127);
}

mm_err testnet_start(struct testnet *testnet, struct testnet_node *node, struct mm_reason *reason)
{
    char path[FILE_PATH_BYTES];
    struct arguments *arguments = calloc(1, sizeof *arguments);
    if (arguments == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    fill(arguments, testnet, node);
    file_path_in(path, node->folder, "log");
    const int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const pid_t parent = getpid();
    node->pid = log < 0 ? -1 : fork();
    if (node->pid == 0)
        become(testnet->has_netns ? "ip" : testnet->program, arguments, log, parent);
    const int why = errno;
    if (log >= 0)
        (void)close(log);
    free(arguments);
    if (node->pid < 0) {
        node->pid = 0;
        return mm_fail(reason, MM_ERR_IO, "node %zu cannot be started: %s", node->index + 1,
                       strerror(why));
    }
    node->state = TESTNET_UP;
    node->has_ended = false;
    return MM_OK;
}

pid_t testnet_wait(pid_t pid, int *status, int options)
{
    pid_t ended;
    do
        ended = waitpid(pid, status, options);
    while (ended < 0 && errno == EINTR);
    return ended;
}

static bool is_killed(int how)
{
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL;
}

/* Having been asked to; one that is told before it listens ends by the signal. */
static bool is_stopped(int how)
{
    return (WIFEXITED(how) && WEXITSTATUS(how) == 0) ||
           (WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
}

void testnet_describe_end(struct mm_reason *out, const struct testnet_node *node)
{
    if (WIFSIGNALED(node->how))
        (void)mm_fail(out, MM_OK, "signal %d", WTERMSIG(node->how));
    else
        (void)mm_fail(out, MM_OK, "exit status %d", WEXITSTATUS(node->how));
}

bool testnet_was_killed(const struct testnet_node *node)
{
    return is_killed(node->how);
}

static void forget(struct testnet_node *node, bool has_ended, int how)
{
    node->has_ended = has_ended;
    node->how = how;
    node->pid = 0;
    node->state = TESTNET_DOWN;
    node->look.is_there = false;
}

void testnet_kill(struct testnet_node *node)
{
    if (node->pid == 0)
        return;
    int how = 0;
    (void)kill(node->pid, SIGKILL);
    (void)testnet_wait(node->pid, &how, 0);
    forget(node, !is_killed(how), how);
}

void testnet_pause(struct testnet_node *node)
{
    if (node->state != TESTNET_UP)
        return;
    (void)kill(node->pid, SIGSTOP);
    node->state = TESTNET_PAUSED;
}

void testnet_resume(struct testnet_node *node)
{
    if (node->state != TESTNET_PAUSED)
        return;
    (void)kill(node->pid, SIGCONT);
    node->state = TESTNET_UP;
}

struct testnet_node *testnet_reap(struct testnet *testnet)
{
    for (size_t i = 0; i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        int how = 0;
        if (node->pid != 0 && testnet_wait(node->pid, &how, WNOHANG) == node->pid) {
            forget(node, true, how);
            return node;
        }
    }
    return NULL;
}

static bool any_runs(struct testnet *testnet)
{
    struct testnet_node *ended;
    while ((ended = testnet_reap(testnet)) != NULL)
        ended->has_ended = !is_stopped(ended->how);
    for (size_t i = 0; i < testnet->count; i++) {
        if (testnet->nodes[i].pid != 0)
            return true;
    }
    return false;
}

void testnet_stop(struct testnet *testnet)
{
    enum { STEP_MS = 20 };
    for (size_t i = 0; i < testnet->count; i++) {
        testnet_resume(&testnet->nodes[i]);
        if (testnet->nodes[i].pid != 0)
            (void)kill(testnet->nodes[i].pid, SIGTERM);
    }
    for (int waited = 0; waited < STOP_MS && any_runs(testnet); waited += STEP_MS)
        (void)nanosleep(&(struct timespec){ .tv_nsec = STEP_MS * 1000000L }, NULL);
    for (size_t i = 0; i < testnet->count; i++)
        testnet_kill(&testnet->nodes[i]);
}
