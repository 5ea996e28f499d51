/* The program from outside, without a node: usage, help, completions, what is printed where. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/node/cli/program.h"

TestSuite(binary, .init = program_begin, .fini = program_end, .timeout = 60);

/* A usage error: status 2, nothing on standard output, one clear line and the usage line. */
static void misused(const char *command, const char *with)
{
    struct said said = expect(2, "%s", command);
    size_t lines = 0;
    for (const char *c = said.err; *c != '\0'; c++)
        lines += *c == '\n';
    cr_assert_str_empty(said.out, "%s", command);
    cr_assert_not_null(strstr(said.err, with), "%s: %s", command, said.err);
    cr_assert_eq(strncmp(said.err, "mintmark", 8), 0);
    cr_assert(lines == 1 || (lines == 2 && strstr(said.err, "\nUsage: mintmark ") != NULL), "%s",
              said.err);
    said_free(&said);
}

Test(binary, wrong_usage_is_one_clear_line_and_the_usage)
{
    misused("mintmark nonsense", "unknown command 'nonsense'");
    misused("mintmark account", "mintmark help account");
    misused("mintmark account nonsense", "unknown command 'account nonsense'");
    misused("mintmark list --nonsense", "'--nonsense'");
    misused("mintmark --nonsense", "'--nonsense'");
    misused("mintmark node list", "mintmark list");
    misused("mintmark mint", "IMAGE is missing");
    misused("mintmark show one", "'one' is no token id");
    misused("mintmark transfer 1", "--to is missing");
    misused("mintmark transfer 1 --to 0x12", "--to");
    misused("mintmark collection new --name x", "--symbol is missing");
    misused("mintmark completion tcsh", "'tcsh'");
    misused("mintmark help nonsense", "'nonsense'");
    misused("mintmark cat nonsense", "'nonsense'");
    misused("mintmark rpc eth_getLogs '{fromBlock:\"0x0\"}'", "parameter 1 begins like JSON");
    misused("mintmark rpc eth_getProof 0x1 '[\"0x0\"'", "parameter 2 begins like JSON");
    misused("MINTMARK_LIMIT=x mintmark list", "MINTMARK_LIMIT");
    misused("mintmark --port 65536", "--port");
}

Test(binary, what_cannot_be_done_says_why_on_standard_error)
{
    static const struct {
        const char *command;
        int status;
        const char *with;
    } cases[] = {
        { "mintmark mint nothing.png", 1, "nothing.png: No such file" },
        { ": > empty.png; mintmark mint empty.png", 1, "empty" },
        { "mkdir -p dir; mintmark mint dir", 1, "is a folder" },
        { "truncate -s 104857601 large; mintmark mint large", 1, "104857600" },
        { "mintmark mint /dev/zero", 1, "not a file" },
        { "mkfifo pipe; mintmark mint pipe", 1, "not a file" },
        { "mintmark list --rpc http://127.0.0.1:1", 4, "nothing answers at http://127.0.0.1:1" },
        { "echo x > \"$(printf 'a\\377.png')\"; mintmark mint \"$(printf 'a\\377.png')\"", 1,
          "with --name" },
        { "mintmark add nothing --only-hash", 1, "No such file" },
        { "echo '{' > bad.json; mintmark --ephemeral --port 0 --genesis bad.json", 1,
          "bad.json: line 2" },
        { "mkdir -p bad; echo '[]' > bad/genesis.json; mintmark --data bad --port 0", 1,
          "bad/genesis.json: not an object" },
        { "mintmark --ephemeral --port 0 --genesis /dev/zero", 1, "larger than 64 MiB" },
        { "mintmark export genesis --data nowhere", 1, "no chain in nowhere" },
        { "mintmark db check --data nowhere", 1, "no chain in nowhere" },
        { "mintmark account export 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --password-file "
          "/nonexistent",
          1, "No such file" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = expect(cases[i].status, "%s", cases[i].command);
        cr_assert_not_null(strstr(said.err, cases[i].with), "%s: %s", cases[i].command, said.err);
        cr_assert_str_empty(said.out);
        said_free(&said);
    }
}

Test(binary, help_and_version_go_to_standard_output)
{
    static const char *const commands[] = { "mintmark --help",
                                            "mintmark -h",
                                            "mintmark help",
                                            "mintmark mint --help",
                                            "mintmark help account new",
                                            "mintmark account --help",
                                            "mintmark account new -h",
                                            "mintmark --version",
                                            "mintmark -V",
                                            "mintmark version --json",
                                            "mintmark node --help",
                                            "mintmark help --man" };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct said said = expect(0, "%s", commands[i]);
        cr_assert(strstr(said.out, "mintmark") != NULL || strstr(said.out, "version") != NULL, "%s",
                  commands[i]);
        cr_assert_str_empty(said.err);
        cr_assert_null(strchr(said.out, '\033')); /* no colours: it is no terminal */
        said_free(&said);
    }
}

Test(binary, output_that_cannot_be_written_is_a_failure)
{
    struct said said = expect(1, "mintmark help >/dev/full");
    cr_assert_not_null(strstr(said.err, "standard output"));
    said_free(&said);
}

Test(binary, bash_completes_commands_options_and_words)
{
    static const struct {
        const char *words;
        int index;
        const char *expected;
    } cases[] = {
        { "mintmark ver", 1, "verify version" },
        { "mintmark account i", 2, "import" },
        { "mintmark mint --attr", 2, "--attribute" },
        { "mintmark account new --li", 3, "--light" },
        { "mintmark --log", 1, "--log-format" },
        { "mintmark node --log-format j", 3, "json" },
        { "mintmark completion z", 2, "zsh" },
        { "mintmark mint a\\ pict", 2, "a picture.png" },
        { "mintmark node --data fold", 3, "folder" },
        { "mintmark transfer --to 0x", 3, "" },
    };
    struct said loads = expect(
        0,
        "mkdir folder; : > 'a picture.png'; mintmark completion bash > c.bash && bash -n c.bash");
    said_free(&loads);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = expect(0,
                                  "bash -c 'source ./c.bash; COMP_WORDS=( %s ); COMP_CWORD=%d; "
                                  "_mintmark; echo ${COMPREPLY[*]}'",
                                  cases[i].words, cases[i].index);
        said.out[strcspn(said.out, "\n")] = '\0';
        cr_assert_str_eq(said.out, cases[i].expected, "%s: %s", cases[i].words, said.out);
        said_free(&said);
    }
}

Test(binary, the_manual_is_good_roff)
{
    struct said said = expect(0, "mintmark help --man > m.1 && if command -v groff >/dev/null; "
                                 "then groff -man -ww -z -K utf8 m.1; fi");
    cr_assert_str_empty(said.err);
    said_free(&said);
}

Test(binary, hashing_needs_no_node)
{
    /* as kubo gives them */
    struct said said = expect(0, "printf 'hello\\n' > h; mintmark add h --only-hash --profile "
                                 "unixfs-v0-2015; : > e; mintmark add e -n");
    cr_assert_str_eq(said.out, "QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN\n"
                               "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku\n");
    said_free(&said);
}

Test(binary, keys_come_in_and_out_of_key_files)
{
    struct said said =
        expect(0, "echo secret > p; echo "
                  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 > k;"
                  "mintmark account import k --light --password-file p --keystore ks;"
                  "mintmark account export 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 "
                  "--password-file p --keystore ks --output o; cmp o k;"
                  "stat -c %%a o; mintmark account new --light --password-file p --keystore ks; "
                  "mintmark account list --keystore ks | wc -l;"
                  "echo 'test test test test test test test test test test test junk' > w;"
                  "mintmark account import w --light --password-file p --keystore ks2 --json "
                  "--path \"m/44'/60'/0'/0/1\"");
    cr_assert_not_null(strstr(said.out, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
    cr_assert_not_null(strstr(said.out, "\n600\n"));
    cr_assert_not_null(strstr(said.out, "\n2\n"));
    cr_assert_not_null(
        strstr(said.out, "{\"address\":\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\""));
    cr_assert_str_empty(said.err);
    said_free(&said);
    said = expect(1, "echo wrong > q; mintmark account export "
                     "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --password-file q --keystore ks");
    cr_assert_not_null(strstr(said.err, "wrong password"));
    said_free(&said);
    said = expect(
        1,
        "mintmark account import k --light --password-file p --keystore ks"); /* it is there already */
    said_free(&said);
}
