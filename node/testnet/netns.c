#include "node/testnet/netns.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/testnet/testnet_internal.h"

enum { WORDS_MAX = 24, LINE_BYTES = 256 };

/* `ip` and these words. Quiet: what it says is of no use to anybody but the one who asks whether it worked. */
MM_PRINTF(1, 2)
static bool ip(const char *format, ...)
{
    char line[LINE_BYTES];
    char *words[WORDS_MAX + 1] = { (char[]){ "ip" } };
    size_t count = 1;
    int status = 0;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    char *rest = line;
    for (char *word; count < WORDS_MAX && (word = strtok_r(rest, " ", &rest)) != NULL;)
        words[count++] = word;
    const pid_t pid = fork();
    if (pid == 0) {
        const int nowhere = open("/dev/null", O_RDWR);
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO);
        (void)execvp("ip", words);
        _exit(127);
    }
    return pid > 0 && testnet_wait(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

void netns_name(char out[NETNS_NAME_BYTES], const struct testnet_node *node)
{
    (void)snprintf(out, NETNS_NAME_BYTES, "mm-%zu", node->index + 1);
}

void netns_close(const struct testnet *testnet)
{
    char name[NETNS_NAME_BYTES];
    for (size_t i = 0; i < testnet->count; i++) {
        netns_name(name, &testnet->nodes[i]);
        (void)ip("link del mmv-%zu", i + 1);
        (void)ip("netns del %s", name);
    }
    (void)ip("link del mm0");
    (void)ip("link del mm1");
}

static bool add_node(const struct testnet_node *node)
{
    char name[NETNS_NAME_BYTES];
    const size_t number = node->index + 1;
    netns_name(name, node);
    return ip("netns add %s", name) &&
           ip("link add mmv-%zu type veth peer name eth0 netns %s", number, name) &&
           ip("link set mmv-%zu master mm0 up", number) &&
           ip("-n %s addr add %s/24 dev eth0", name, node->host) &&
           ip("-n %s link set eth0 up", name) && ip("-n %s link set lo up", name);
}

mm_err netns_open(struct testnet *testnet, struct mm_reason *reason)
{
    netns_close(testnet);
    testnet->has_netns = true;
    bool ok = ip("link add mm0 type bridge") && ip("link add mm1 type bridge") &&
              ip("addr add 10.77.0.254/24 dev mm0") && ip("link set mm0 up") &&
              ip("link set mm1 up");
    for (size_t i = 0; ok && i < testnet->count; i++) {
        struct testnet_node *node = &testnet->nodes[i];
        (void)snprintf(node->host, sizeof node->host, "10.77.0.%zu", i + 1);
        ok = add_node(node);
    }
    if (ok)
        return MM_OK;
    netns_close(testnet);
    return mm_fail(reason, MM_ERR_IO,
                   "network namespaces cannot be made: that is for root, with ip(8) of iproute2");
}

void netns_cut(const struct testnet_node *node, bool is_cut)
{
    (void)ip("link set mmv-%zu master %s", node->index + 1, is_cut ? "mm1" : "mm0");
}
