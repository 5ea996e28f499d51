/* Which command it is, and its run from parsing to exit status. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "node/cli/command.h"

static bool is_word(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

const struct cli_group *cli_find_group(const char *word)
{
    for (size_t i = 0; i < CLI_GROUP_COUNT; i++)
        if (strcmp(CLI_GROUPS[i].name, word) == 0)
            return &CLI_GROUPS[i];
    return NULL;
}

const struct cli_command *cli_find_command(const char *const *words, size_t count, size_t *used)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *name = CLI_COMMANDS[i]->name;
        const size_t first = strcspn(name, " ");
        if (count < 1 || strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
            continue;
        *used = name[first] == ' ' ? 2 : 1;
        if (*used == 1 || (count > 1 && strcmp(words[1], name + first + 1) == 0))
            return CLI_COMMANDS[i];
    }
    *used = 0;
    return NULL;
}

/* What was printed must have arrived: a full disk behind a redirection is a failure. */
static int finish(const struct cli_run *run, int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    const int error = run->output_errno != 0 ? run->output_errno : errno;
    return cli_fail(run, status == CLI_OK ? CLI_FAILED : status, "standard output: %s",
                    error != 0 ? strerror(error) : "it could not be written");
}

static int run_command(const struct cli_command *command, int count, char **words)
{
    struct cli_run run = { .command = command, .colour = cli_has_colour(STDOUT_FILENO) };
    struct mm_reason problem = { .text = "" };
    bool help = false;
    int status;
    mm_arena_init(&run.arena, CLI_ARENA_BYTES_MAX);
    if (!cli_parse(&run, &help, count, words, &problem)) {
        status = cli_misuse(&run, "%s", problem.text);
    } else if (help) {
        cli_help_command(stdout, command);
        status = finish(&run, CLI_OK);
    } else {
        status = finish(&run, command->run(&run));
    }
    mm_arena_fini(&run.arena);
    return status;
}

static int unknown(const char *word, const char *second)
{
    const struct cli_run run = { .command = NULL };
    const struct cli_group *group = cli_find_group(word);
    if (group == NULL)
        (void)cli_fail(&run, 0, "unknown command '%.80s'; `mintmark help` lists them", word);
    else if (second == NULL || second[0] == '-')
        (void)cli_fail(&run, 0,
                       "`%s` is not a command alone; `mintmark help %s` lists what follows", word,
                       word);
    else
        (void)cli_fail(&run, 0, "unknown command '%.80s %.80s'; `mintmark help %s` lists them",
                       word, second, word);
    return CLI_USAGE;
}

int cli_main(int argc, char **argv)
{
    static char program[] = "mintmark";
    static char version[] = "version";
    static char *no_words[] = { program, NULL };
    char **words = argc > 0 ? argv : no_words;
    const int count = argc > 0 ? argc : 1;
    const struct cli_run nothing = { .command = NULL };
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error, said and counted */
    if (is_word(words[1], "--help") || is_word(words[1], "-h")) {
        cli_help_all(stdout);
        return finish(&nothing, CLI_OK);
    }
    if (is_word(words[1], "--version") || is_word(words[1], "-V"))
        words[1] = version;
    size_t used = 0;
    const char *const node_name[] = { "node" };
    const bool is_node = count == 1 || words[1][0] == '-';
    const struct cli_command *command =
        is_node ? cli_find_command(node_name, 1, &used)
                : cli_find_command((const char *const *)(words + 1), (size_t)(count - 1), &used);
    if (is_node)
        return run_command(command, count, words);
    const struct cli_group *group = cli_find_group(words[1]);
    if (command == NULL && group != NULL &&
        (is_word(words[2], "--help") || is_word(words[2], "-h"))) {
        cli_help_group(stdout, group);
        return finish(&nothing, CLI_OK);
    }
    if (command == NULL)
        return unknown(words[1], words[2]);
    return run_command(command, count - (int)used, words + used);
}
