/* Commands and options as tables, and what a running command is handed.
 *
 * An option is one row. Its value comes from the command line, else from the variable MINTMARK_<NAME> (capitals, _ for -; an
 * empty variable counts as unset), else from the row's default, which is read like a value that was typed: so what --help
 * says is what happens. Commands ask for values by the option's name; asking for one that is not in the table is a bug.
 * A command of two words ("account new") belongs to a group of that first word. */
#ifndef NODE_CLI_COMMAND_H
#define NODE_CLI_COMMAND_H

#include <stdio.h>

#include "node/cli/cli.h"
#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/codec/json.h"
#include "state/codec/u256.h"

enum {
    CLI_OPTIONS_MAX = 40,
    CLI_VARIABLE_MAX = 48,
    CLI_LIST_MAX = 256,              /* values of one repeated option */
    CLI_ARENA_BYTES_MAX = 512 << 20, /* answers, a listing of a large folder; images are streamed */
};

enum cli_kind {
    CLI_FLAG,    /* no value; in a variable: 1, true, yes, on, or 0, false, no, off */
    CLI_TEXT,    /* any UTF-8 */
    CLI_FILE,    /* a path; completed as a file */
    CLI_FOLDER,  /* a path; completed as a folder */
    CLI_URL,     /* http://host[:port][/path] */
    CLI_ADDRESS, /* 0x and 40 digits, checked by EIP-55 when in mixed case */
    CLI_HASH,    /* 0x and 64 digits */
    CLI_NUMBER,  /* decimal */
    CLI_ALL,     /* decimal, or `all` */
    CLI_DOOR,    /* a port, or `off` */
    CLI_SECONDS, /* 2, 0.25; kept in milliseconds */
    CLI_CHOICE,  /* one of the words of `value`, between bars */
    CLI_LIST,    /* may be given again and again; one a line in a variable */
    CLI_METHOD,  /* a JSON-RPC method; completed by the table of them */
};

struct cli_option {
    const char *name;
    char letter; /* 0: none */
    enum cli_kind kind;
    const char *value;     /* its name in help, "URL"; for CLI_CHOICE the words; NULL for a flag */
    const char *help;      /* lower case, no full stop */
    const char *otherwise; /* the default; NULL: unset */
};

enum cli_source { CLI_UNSET, CLI_DEFAULTED, CLI_VARIABLE, CLI_GIVEN };

struct cli_value {
    enum cli_source source;
    const char *text; /* as it was written; of a list the last */
    bool on;
    uint64_t number; /* UINT64_MAX for `all` and `off` */
    mm_addr addr;
    mm_hash32 hash;
    const char *const *items; /* CLI_LIST */
    size_t count;
};

struct cli_run;

struct cli_command {
    const char *name;      /* "mint", "account new" */
    const char *arguments; /* as in the usage line, "IMAGE"; "" for none */
    unsigned arguments_min;
    unsigned arguments_max;
    enum cli_kind
        completes; /* what an argument is: CLI_FILE, CLI_FOLDER, CLI_CHOICE (of `choices`), CLI_METHOD, else nothing */
    const char *choices;
    const char *summary; /* a line for the list of commands, lower case, no full stop */
    const char *details; /* paragraphs for --help and the manual, between "\n" */
    const char *example; /* command lines, between "\n" */
    const struct cli_option *options; /* besides --help, which all have */
    size_t option_count;
    int (*run)(struct cli_run *run);
};

struct cli_group {
    const char *name;
    const char *summary;
};

struct cli_run {
    const struct cli_command *command;
    struct mm_arena arena;
    struct cli_value values[CLI_OPTIONS_MAX]; /* in the order of the command's options */
    const char *const *arguments;
    size_t argument_count;
    bool colour;      /* standard output is a terminal and NO_COLOR is not set */
    int output_errno; /* why standard output took no more, when a command saw it */
};

/* ---- the tables (commands.c) ---- */

extern const struct cli_command *const CLI_COMMANDS[]; /* in the order of help */
extern const size_t CLI_COMMAND_COUNT;
extern const struct cli_group CLI_GROUPS[];
extern const size_t CLI_GROUP_COUNT;

/* NULL when there is none. words: the first of them, or the first two, are the name; *used says how many. */
const struct cli_command *cli_find_command(const char *const *words, size_t count, size_t *used);
const struct cli_group *cli_find_group(const char *word);

/* Rows that several commands have. */
#define CLI_OPTION_RPC                                                                             \
    {                                                                                              \
        "rpc", 0, CLI_URL, "URL", "the node's JSON-RPC door", "http://127.0.0.1:8545"              \
    }
#define CLI_OPTION_API                                                                             \
    { "api",                                                                                       \
      0,                                                                                           \
      CLI_URL,                                                                                     \
      "URL",                                                                                       \
      "the node's /api/v0 door, where content is added; asked of the node unless given",           \
      NULL },                                                                                      \
    {                                                                                              \
        "api-token-file", 0, CLI_FILE, "FILE", "the token that door asks for, if it does", NULL    \
    }
#define CLI_OPTION_GATEWAY                                                                         \
    {                                                                                              \
        "gateway", 0, CLI_URL, "URL",                                                              \
            "the node's content gateway; asked of the node unless given", NULL                     \
    }
#define CLI_OPTION_JSON                                                                            \
    {                                                                                              \
        "json", 'j', CLI_FLAG, NULL, "print one JSON object, for scripts", NULL                    \
    }
#define CLI_OPTION_COLLECTION                                                                      \
    {                                                                                              \
        "collection", 'c', CLI_ADDRESS, "ADDRESS", "the collection's address",                     \
            "0x6d696e746d61726b000000000000000000000721"                                           \
    }
#define CLI_OPTION_TIMEOUT                                                                         \
    {                                                                                              \
        "timeout", 0, CLI_SECONDS, "SECONDS", "how long to wait for an answer, and for a block",   \
            "60"                                                                                   \
    }
#define CLI_OPTION_FROM                                                                            \
    {                                                                                              \
        "from", 0, CLI_TEXT, "ACCOUNT",                                                            \
            "who signs: an address, or 0 to 9 for a development account (0 unless a keystore is "  \
            "given)",                                                                              \
            NULL                                                                                   \
    }
#define CLI_OPTION_KEYSTORE                                                                        \
    {                                                                                              \
        "keystore", 0, CLI_FILE, "PATH",                                                           \
            "a key file, or a folder of them (mintmark-data/keystore when --from is in there)",    \
            NULL                                                                                   \
    }
#define CLI_OPTION_PASSWORD_FILE                                                                   \
    {                                                                                              \
        "password-file", 0, CLI_FILE, "FILE",                                                      \
            "its first line is the password; else it is asked for", NULL                           \
    }
#define CLI_OPTION_DATA                                                                            \
    {                                                                                              \
        "data", 'd', CLI_FOLDER, "DIR", "where the node keeps its data", "mintmark-data"           \
    }
/* All that a command needs to look at tokens and what they point to. */
#define CLI_OPTIONS_READER                                                                         \
    CLI_OPTION_COLLECTION, CLI_OPTION_API, CLI_OPTION_GATEWAY, CLI_OPTION_TIMEOUT, CLI_OPTION_RPC, \
        CLI_OPTION_JSON
/* All that a command needs to sign and send. */
#define CLI_OPTIONS_SIGNER                                                                         \
    CLI_OPTION_FROM, CLI_OPTION_KEYSTORE, CLI_OPTION_PASSWORD_FILE, CLI_OPTION_TIMEOUT,            \
        CLI_OPTION_RPC, CLI_OPTION_JSON

/* ---- parsing (options.c) ---- */

/* Fills values and arguments from the words behind the command's name and from the environment. False: *problem is a line for
 * the user. help: --help was given; nothing else is looked at then. words are reordered. */
MM_MUST_USE bool cli_parse(struct cli_run *run, bool *help, int count, char **words,
                           struct mm_reason *problem);
/* "MINTMARK_BLOCK_TIME" for "block-time". */
void cli_variable(char out[CLI_VARIABLE_MAX], const char *option);
/* values.c: reads a value as a row's kind demands. */
MM_MUST_USE bool cli_read_value(struct cli_value *value, const struct cli_option *option,
                                const char *text, struct mm_reason *problem);

/* Values by option name. text and list items are NULL and 0 when unset. */
bool cli_is_given(const struct cli_run *run,
                  const char *option); /* on the command line or in a variable */
bool cli_flag(const struct cli_run *run, const char *option);
const char *cli_text(const struct cli_run *run, const char *option);
uint64_t cli_number(const struct cli_run *run, const char *option);
const struct cli_value *cli_value(const struct cli_run *run, const char *option);

/* ---- made from the tables ---- */

void cli_help_all(FILE *out); /* help.c */
void cli_help_group(FILE *out, const struct cli_group *group);
void cli_help_command(FILE *out, const struct cli_command *command);
void cli_usage_line(
    FILE *out, const struct cli_command *command); /* "Usage: mintmark mint [OPTION]... IMAGE" */
/* Text from column `indent` on, broken before `width`; the first line is already at `at`. */
void cli_wrap(FILE *out, const char *text, unsigned at, unsigned indent, unsigned width);
void cli_manual(FILE *out);        /* manual.c: the page in man's macros */
void cli_complete_bash(FILE *out); /* completion.c */
void cli_complete_zsh(FILE *out);
void cli_complete_fish(FILE *out);
void cli_methods(FILE *out); /* methods.c: a line for each JSON-RPC method, with its parameters */
void cli_method_words(FILE *out); /* their names, between blanks */
void cli_api(FILE *out); /* api_list.c: the commands of /api/v0 with their arguments and options */

/* ---- while a command runs (output.c) ---- */

/* A terminal that has colours, and NO_COLOR is not set. */
bool cli_has_colour(int fd);
/* Prints `mintmark COMMAND: …` as one line on standard error, and gives the status back. */
int cli_fail(const struct cli_run *run, int status, const char *format, ...) MM_PRINTF(3, 4);
/* The same with the usage line behind it, CLI_USAGE. */
int cli_misuse(const struct cli_run *run, const char *format, ...) MM_PRINTF(2, 3);
/* A remark on standard error that is no failure. */
void cli_note(const struct cli_run *run, const char *format, ...) MM_PRINTF(2, 3);
/* Text from outside: control characters, C1 ones and what reorders a line (Unicode's bidirectional overrides) come out escaped,
 * invalid UTF-8 as U+FFFD. */
void cli_print(FILE *out, mm_bytes text);
/* On standard output, with line feeds as such and one at the end: a persona may speak in verse. */
void cli_print_lines(mm_bytes text);
/* A line "label   value" with the label in a column, faint on a terminal. */
void cli_field(const struct cli_run *run, const char *label, mm_bytes value);
/* A mark at the front of a line: ✓ green or ✗ red on a terminal. */
const char *cli_mark(const struct cli_run *run, bool ok);
/* Prints what a buffer of JSON holds and a newline, and frees it. Fails when it is not whole. */
int cli_print_json(const struct cli_run *run, struct mm_buf *taken_json);
/* Members of an object: "tokenId" in decimal, an address by EIP-55. */
void cli_json_token(struct json_writer *w, const mm_u256 *id);
void cli_json_addr(struct json_writer *w, const char *key, const mm_addr *addr);

/* A token id as people write it: decimal, or 0x. Says what is wrong and gives false. */
MM_MUST_USE bool cli_token_id(const struct cli_run *run, mm_u256 *id, const char *text);

#endif
