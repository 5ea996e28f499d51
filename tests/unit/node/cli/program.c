#include "tests/unit/node/cli/program.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/mintmark-cli-XXXXXX";
static pid_t node;

const char *program_folder(void)
{
    return folder;
}

void program_begin(void)
{
    char path[4096];
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s:%s", MINTMARK_BUILD, getenv("PATH"));
    setenv("PATH", path, 1);
    unsetenv("MINTMARK_RPC");
    cr_assert_eq(chdir(folder), 0);
}

void program_end(void)
{
    char command[64];
    if (node > 0)
        (void)program_node_stop();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

static char *read_all(const char *name, size_t *len)
{
    FILE *in = fopen(name, "re");
    char *text = calloc(1, 1 << 22);
    *len = in == NULL ? 0 : fread(text, 1, (1 << 22) - 1, in);
    if (in != NULL)
        fclose(in);
    return text;
}

static struct said run(const char *format, va_list args)
{
    char command[8192];
    char whole[8300];
    size_t err_len;
    vsnprintf(command, sizeof command, format, args);
    snprintf(whole, sizeof whole, "( %s ) >.out 2>.err </dev/null", command);
    const int status = system(whole);
    struct said said = { .status = WIFEXITED(status) ? WEXITSTATUS(status) : -1 };
    said.out = read_all(".out", &said.out_len);
    said.err = read_all(".err", &err_len);
    return said;
}

struct said program(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct said said = run(format, args);
    va_end(args);
    return said;
}

struct said expect(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const struct said said = run(format, args);
    va_end(args);
    cr_assert_eq(said.status, status, "%s\nstatus %d\n%s%s", format, said.status, said.out,
                 said.err);
    return said;
}

void said_free(struct said *said)
{
    free(said->out);
    free(said->err);
}

void program_node(const char *options)
{
    char command[1024];
    (void)unlink("ready.json");
    /* exec: the process that is waited for is the node. */
    snprintf(command, sizeof command,
             "exec mintmark node --port 0 --gateway-port 0 --api-port 0 --ready-file ready.json %s "
             ">node.log 2>&1",
             options);
    node = fork();
    if (node == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000; i++) {
        size_t len;
        unsigned port;
        char url[64];
        char *text = read_all("ready.json", &len);
        const char *at = strstr(text, "\"rpc\":");
        if (len > 0 && text[len - 1] == '\n' && at != NULL &&
            sscanf(at, "\"rpc\":%u", &port) == 1) {
            free(text);
            snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
            char pid[24];
            (void)snprintf(pid, sizeof pid, "%d", (int)node);
            setenv("MINTMARK_RPC", url, 1);
            setenv("NODE_PID", pid, 1);
            return;
        }
        free(text);
        cr_assert_eq(waitpid(node, NULL, WNOHANG), 0, "the node ended at once: see node.log");
        usleep(20000);
    }
    cr_assert_fail("the node is not ready after 20 s");
}

int program_node_stop(void)
{
    int status = -1;
    cr_assert_eq(kill(node, SIGTERM), 0);
    cr_assert_eq(waitpid(node, &status, 0), node);
    node = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
