/* What must hold for every command and option, and that what is made from them is what is kept. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/command.h"
#include "rpc/eth/eth.h"

static char *written(void (*write)(FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    write(out);
    fclose(out);
    return text;
}

static char *file_text(const char *path)
{
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return NULL;
    char *text = calloc(1, 1 << 20);
    const size_t len = fread(text, 1, (1 << 20) - 1, in);
    text[len] = '\0';
    fclose(in);
    return text;
}

/* The texts of a folder's files, one behind the other. */
static char *folder_text(const char *folder)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir, "%s", folder);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        char *file = entry->d_name[0] == '.' ? NULL : file_text(path);
        if (file != NULL)
            fputs(file, out);
        free(file);
    }
    closedir(dir);
    fclose(out);
    return text;
}

Test(tables, every_default_is_a_value_of_its_kind)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        for (size_t k = 0; k < CLI_COMMANDS[i]->option_count; k++) {
            const struct cli_option *option = &CLI_COMMANDS[i]->options[k];
            struct cli_value value = { .source = CLI_UNSET };
            struct mm_reason problem;
            cr_assert(option->otherwise == NULL ||
                          cli_read_value(&value, option, option->otherwise, &problem),
                      "%s --%s: %s", CLI_COMMANDS[i]->name, option->name, problem.text);
            cr_assert(option->kind != CLI_FLAG ||
                      (option->otherwise == NULL && option->value == NULL));
            cr_assert(option->kind == CLI_FLAG || option->value != NULL, "%s --%s",
                      CLI_COMMANDS[i]->name, option->name);
        }
    }
}

Test(tables, no_option_name_or_letter_is_there_twice)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command *command = CLI_COMMANDS[i];
        cr_assert_leq(command->option_count, CLI_OPTIONS_MAX);
        for (size_t a = 0; a < command->option_count; a++) {
            cr_assert_neq(command->options[a].letter, 'h', "%s", command->name);
            cr_assert_str_neq(command->options[a].name, "help");
            for (size_t b = 0; b < a; b++) {
                cr_assert_str_neq(command->options[a].name, command->options[b].name, "%s",
                                  command->name);
                cr_assert(command->options[a].letter == 0 ||
                              command->options[a].letter != command->options[b].letter,
                          "%s -%c", command->name, command->options[a].letter);
            }
        }
    }
}

Test(tables, one_option_name_has_one_kind_everywhere)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t a = 0; a < CLI_COMMANDS[i]->option_count; a++)
                for (size_t b = 0; b < CLI_COMMANDS[k]->option_count; b++) {
                    const struct cli_option *x = &CLI_COMMANDS[i]->options[a];
                    const struct cli_option *y = &CLI_COMMANDS[k]->options[b];
                    const bool is_path = (x->kind == CLI_FILE || x->kind == CLI_FOLDER) &&
                                         (y->kind == CLI_FILE || y->kind == CLI_FOLDER);
                    cr_assert(strcmp(x->name, y->name) != 0 || x->kind == y->kind || is_path,
                              "--%s of %s and %s", x->name, CLI_COMMANDS[i]->name,
                              CLI_COMMANDS[k]->name);
                }
}

Test(tables, every_command_explains_itself_with_an_example_of_itself)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const struct cli_command *command = CLI_COMMANDS[i];
        const size_t len = strlen(command->summary);
        cr_assert(command->run != NULL && command->details[0] != '\0' && len > 0);
        cr_assert(command->summary[len - 1] != '.' && command->summary[0] >= 'a', "%s",
                  command->name);
        cr_assert_not_null(strstr(command->example, "mintmark"), "%s", command->name);
        cr_assert_not_null(strstr(command->example, command->name), "%s", command->name);
    }
}

Test(tables, a_command_of_two_words_has_its_group)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *space = strchr(CLI_COMMANDS[i]->name, ' ');
        char word[32];
        if (space == NULL)
            continue;
        snprintf(word, sizeof word, "%.*s", (int)(space - CLI_COMMANDS[i]->name),
                 CLI_COMMANDS[i]->name);
        cr_assert_not_null(cli_find_group(word), "%s", word);
    }
}

Test(tables, commands_are_found_by_their_words)
{
    size_t used;
    const char *const two[] = { "account", "new", "x" };
    const char *const half[] = { "account" };
    const char *const one[] = { "mint", "new" };
    cr_assert_str_eq(cli_find_command(two, 3, &used)->name, "account new");
    cr_assert_eq(used, 2);
    cr_assert_str_eq(cli_find_command(one, 2, &used)->name, "mint");
    cr_assert_eq(used, 1);
    cr_assert_null(cli_find_command(half, 1, &used));
    cr_assert_eq(used, 0);
}

Test(tables, the_manual_page_is_the_one_that_the_tables_make)
{
    char *ours = written(cli_manual);
    char *kept = file_text(MINTMARK_SOURCE "/docs/mintmark.1");
    cr_assert_not_null(kept);
    cr_assert(strcmp(ours, kept) == 0,
              "docs/mintmark.1 is old: build/dev/mintmark help --man > docs/mintmark.1");
    free(ours);
    free(kept);
}

/* The list stands between a line of its own and the end of the fence. */
static void expect_list(const char *document, const char *begins, void (*write)(FILE *out))
{
    char path[512];
    snprintf(path, sizeof path, "%s/docs/%s", MINTMARK_SOURCE, document);
    char *ours = written(write);
    char *kept = file_text(path);
    cr_assert_not_null(kept);
    const char *list = strstr(kept, begins);
    cr_assert_not_null(list);
    list += strlen(begins);
    const size_t len = strlen(ours);
    cr_assert(strncmp(list, ours, len) == 0 && strncmp(list + len, "```\n", 4) == 0,
              "docs/%s is old: scripts/methods", document);
    free(ours);
    free(kept);
}

Test(tables, the_list_of_methods_in_the_document_is_the_one_that_the_table_makes)
{
    expect_list("RPC.md", "<!-- mintmark help --methods -->\n\n```text\n", cli_methods);
}

Test(tables, the_list_of_content_commands_in_the_document_is_the_one_that_the_table_makes)
{
    expect_list("CONTENT.md", "<!-- mintmark help --content -->\n\n```text\n", cli_api);
}

/* Mutations of a request find everything but another method's name and what its parameters look like. */
Test(tables, every_method_is_asked_by_a_seed_of_the_fuzz_corpus)
{
    char *seeds = folder_text(MINTMARK_SOURCE "/tests/fuzz/corpus/jsonrpc");
    for (size_t i = 0; i < rpc_eth_method_count(); i++) {
        char word[80];
        snprintf(word, sizeof word, "\"method\":\"%s\"", rpc_eth_method(i).name);
        cr_assert_not_null(strstr(seeds, word), "%s", word);
    }
    free(seeds);
}

Test(tables, completions_know_every_method_and_its_twin)
{
    static void (*const writers[])(FILE *) = { cli_complete_bash, cli_complete_zsh,
                                               cli_complete_fish };
    for (size_t w = 0; w < MM_COUNT_OF(writers); w++) {
        char *text = written(writers[w]);
        for (size_t i = 0; i < rpc_eth_method_count(); i++) {
            char word[80];
            snprintf(word, sizeof word, "%s ", rpc_eth_method(i).name);
            cr_assert_not_null(strstr(text, word), "%s", word);
        }
        cr_assert_not_null(strstr(text, "anvil_mine "));
        free(text);
    }
}

static void write_all_help(FILE *out)
{
    cli_help_all(out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++)
        cli_help_command(out, CLI_COMMANDS[i]);
}

Test(tables, help_fits_a_terminal_of_eighty_columns)
{
    char *text = written(write_all_help);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        size_t columns = 0;
        for (const char *c = line; *c != '\0'; c++)
            columns += ((unsigned char)*c & 0xc0) != 0x80;
        cr_assert(columns <= 80 || strstr(line, "$ mintmark") != NULL ||
                      strstr(line, "--profile") != NULL,
                  "%s", line);
    }
    free(text);
}

Test(tables, completions_know_every_command_and_option)
{
    static void (*const writers[])(FILE *) = { cli_complete_bash, cli_complete_zsh,
                                               cli_complete_fish };
    for (size_t w = 0; w < MM_COUNT_OF(writers); w++) {
        char *text = written(writers[w]);
        for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
            const char *space = strchr(CLI_COMMANDS[i]->name, ' ');
            cr_assert_not_null(strstr(text, space == NULL ? CLI_COMMANDS[i]->name : space + 1));
            for (size_t k = 0; k < CLI_COMMANDS[i]->option_count; k++)
                cr_assert_not_null(strstr(text, CLI_COMMANDS[i]->options[k].name), "%s",
                                   CLI_COMMANDS[i]->options[k].name);
        }
        free(text);
    }
}

static void print_hostile(FILE *out)
{
    cli_print(out, MM_BYTES_LIT("a\033[31m\n\x7f\xc2\x9b"
                                "2J\xe2\x80\xae"
                                "x\xff\xe7\x8c\xab\t"));
}

Test(tables, text_from_outside_cannot_drive_the_terminal)
{
    char *text = written(print_hostile);
    cr_assert_str_eq(text, "a\\u001b[31m\\u000a\\u007f\\u009b2J\\u202ex\xef\xbf\xbd\xe7\x8c\xab\t");
    free(text);
}
