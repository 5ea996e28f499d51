/* The command line: one table a command, from which parsing, --help, completions and the manual are made.
 *
 *     mintmark mint cat.png --name Cat
 *              |            |
 *              |            +-- options: a row each (command.h); found by getopt_long anywhere behind the command's name,
 *              |                else in the variable MINTMARK_NAME, else the row's default
 *              +-- commands: a table each (commands.c); a word or two, `node` when the first word is an option or missing
 *
 * Every command but `node`, `db`, `export` and `rule` is a client of a running node over HTTP, as any other program would be, and
 * believes no more of what it is told than it must: content is hashed again, `verify` starts from a block hash alone.
 *
 * Exit status: enum cli_status. Errors are one line on standard error, `mintmark COMMAND: what and why`; what came from
 * outside is printed with its control characters escaped, so that a token's name cannot drive the terminal.
 * Memory: an arena a run. Threads: one. */
#ifndef NODE_CLI_CLI_H
#define NODE_CLI_CLI_H

enum cli_status {
    CLI_OK = 0,
    CLI_FAILED =
        1, /* the command could not do what it was asked; the line on standard error says why */
    CLI_USAGE =
        2, /* unknown command or option, a value that is none, too few or too many arguments */
    CLI_UNVERIFIED =
        3, /* `verify`, `db check` or `rule`: something does not hold; content that is not what it is called */
    CLI_NO_NODE = 4, /* no node answers at the URL */
    CLI_REFUSED = 5, /* the contract or the chain refused the transaction or call */
};

/* Returns an exit status. */
int cli_main(int argc, char **argv);

#endif
