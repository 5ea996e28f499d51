/* A node in a process of its own, for what a start leaves in its folder. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/node.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/fork.h"

enum { PATH_BYTES = 128 };

static char folder[] = "/tmp/mintmark-node-XXXXXX";
static char data[PATH_BYTES];
static char genesis[PATH_BYTES];
static char kept[PATH_BYTES];
static char ready[PATH_BYTES];

/* The repository's genesis, as another file. */
static void make_folder(void)
{
    struct mm_buf text;
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(data, sizeof data, "%s/data", folder);
    (void)snprintf(genesis, sizeof genesis, "%s/mine.json", folder);
    (void)snprintf(kept, sizeof kept, "%s/data/genesis.json", folder);
    (void)snprintf(ready, sizeof ready, "%s/ready.json", folder);
    dev_read_genesis(&text);
    FILE *file = fopen(genesis, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(mm_buf_bytes(&text).ptr, 1, text.len, file), text.len);
    cr_assert_eq(fputc('\n', file), '\n');
    cr_assert_eq(fclose(file), 0);
    mm_buf_fini(&text);
}

static bool has_content(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_size > 0;
}

static off_t size_of(const char *path)
{
    struct stat info;
    cr_assert_eq(stat(path, &info), 0, "%s", path);
    return info.st_size;
}

/* Starts a node and ends it when its doors are open. */
static void run_once(const char *genesis_path)
{
    (void)unlink(ready);
    const pid_t pid = test_fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        struct node_options options = node_options_default();
        options.data_dir = data;
        options.genesis_path = genesis_path;
        options.port = 0;
        options.gateway_port = -1;
        options.api_port = -1;
        options.quiet = true;
        options.ready_file = ready;
        _exit(node_run(&options));
    }
    for (int i = 0; i < 10000 && !has_content(ready); i++)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    cr_assert(has_content(ready));
    int status = 0;
    cr_assert_eq(kill(pid, SIGTERM), 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
}

static void remove_folder(void)
{
    char command[PATH_BYTES + 16];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

/* How many entries the data folder has. */
static size_t entries(void)
{
    size_t count = 0;
    DIR *dir = opendir(data);
    cr_assert_not_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    (void)closedir(dir);
    return count;
}

Test(node, keeps_the_genesis_of_a_first_start_that_was_cut_short, .timeout = 120)
{
    make_folder();
    run_once(genesis);
    cr_assert_eq(size_of(kept), size_of(genesis));
    cr_assert_eq(entries(), 3); /* two databases and the genesis, nothing half written */
    /* As if the process had died between the two. */
    cr_assert_eq(unlink(kept), 0);
    run_once(genesis);
    cr_assert(has_content(kept), "the folder never gets its genesis back");
    cr_assert_eq(size_of(kept), size_of(genesis));
    run_once(NULL);
    remove_folder();
}

/* What it signs must be on disk before it is sent, or it signs another thing after a power cut. */
Test(node, that_is_a_validator_does_not_start_with_blocks_that_are_not_synced, .timeout = 60)
{
    char key[PATH_BYTES];
    int status = 0;
    make_folder();
    (void)snprintf(key, sizeof key, "%s/validator.key", folder);
    FILE *file = fopen(key, "wb");
    cr_assert_not_null(file);
    cr_assert_geq(fprintf(file, "%064x\n", 0xa1u), 0);
    cr_assert_eq(fclose(file), 0);
    const pid_t pid = test_fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        struct node_options options = node_options_default();
        options.data_dir = data;
        options.genesis_path = genesis;
        options.port = 0;
        options.gateway_port = -1;
        options.api_port = -1;
        options.quiet = true;
        options.listen = "off";
        options.validator_key_path = key;
        options.no_sync = true;
        (void)alarm(10); /* it runs */
        _exit(node_run(&options));
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1, "status %d", status);
    cr_assert_eq(access(data, F_OK), -1, "nothing was made");
    remove_folder();
}
