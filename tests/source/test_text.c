#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "state/base/heap.h"
#include "tests/source/check_text.h"
#include "tests/source/findings.h"

static const char small_house[] = "state/base|deterministic|/b/libbase.a|\n"
                                  "state/codec|deterministic|/b/libcodec.a|state/base\n"
                                  "rpc/http|free|/b/libhttp.a|state/codec\n"
                                  "rpc/eth|free|/b/libeth.a|rpc/http\n";

static struct house house;

static void build_small_house(void)
{
    cr_assert(house_parse(&house, small_house));
    findings_init();
}

/* In the small house every header that names a folder is there. */
static enum header_place small_place(void *context, const char *name)
{
    (void)context;
    if (strcmp(name, "version.h") == 0)
        return HEADER_GENERATED;
    return strchr(name, '/') != NULL ? HEADER_OF_HOUSE : HEADER_NOWHERE;
}

static const char *includes(const char *path, const char *text)
{
    check_includes(&house, path, text, small_place, NULL, &findings);
    return found();
}

TestSuite(source_text, .init = build_small_house, .fini = findings_fini);

Test(source_text, links_reach_through_others_but_not_back)
{
    cr_assert(house_reaches(&house, "rpc/eth", "state/base"));
    cr_assert(house_reaches(&house, "rpc/eth", "rpc/http"));
    cr_assert_not(house_reaches(&house, "rpc/http", "rpc/eth"));
    cr_assert_not(house_reaches(&house, "state/base", "state/codec"));
}

Test(source_text, an_architecture_of_another_form_is_refused)
{
    cr_assert_not(house_parse(&house, ""));
    cr_assert_not(house_parse(&house, "state/base|deterministic|/b/libbase.a\n"));
    cr_assert_not(house_parse(&house, "state/base|perhaps|/b/libbase.a|\n"));
    cr_assert_not(house_parse(&house, "state/codec|free|/b/libcodec.a|state/base\n"));
}

Test(source_text, own_folder_and_reached_folders_may_be_included)
{
    cr_assert_str_eq(includes("rpc/eth/eth.c", "#include \"rpc/eth/eth.h\"\n"
                                               "#include \"rpc/eth/eth_internal.h\"\n"
                                               "#include \"state/base/buf.h\"\n"
                                               "#include <stdio.h>\n"
                                               "#include \"version.h\"\n"),
                     "");
}

Test(source_text, a_folder_that_is_not_linked_may_not_be_included)
{
    cr_assert_str_eq(
        includes("state/base/buf.c", "\n#include \"state/codec/hex.h\"\n"),
        "state/base/buf.c:2: \"state/codec/hex.h\" is of a folder that is not among the links\n");
}

Test(source_text, the_private_header_of_another_folder_may_not_be_included)
{
    cr_assert_str_eq(includes("rpc/eth/eth.c", "#  include\t\"rpc/http/http_internal.h\"\n"),
                     "rpc/eth/eth.c:1: \"rpc/http/http_internal.h\" is private to its folder\n");
    mm_buf_reset(&findings);
    cr_assert_str_eq(includes("node/main.c", "#include \"rpc/http/http_internal.h\"\n"),
                     "node/main.c:1: \"rpc/http/http_internal.h\" is private to its folder\n");
}

Test(source_text, an_include_is_named_from_the_root)
{
    cr_assert_str_eq(includes("rpc/eth/eth.c", "#include \"eth.h\"\n"),
                     "rpc/eth/eth.c:1: \"eth.h\" is not named from the root\n");
}

Test(source_text, an_include_in_a_comment_is_none)
{
    cr_assert_str_eq(includes("state/base/buf.c", "/*\n#include \"rpc/eth/eth.h\"\n*/\n"), "");
}

Test(source_text, a_banned_call_is_found_with_its_line)
{
    check_banned("a.c", "int x;\n\nx = atoi (text);\nstrcpy(a, b);\n", &findings);
    cr_assert_str_eq(found(), "a.c:3: atoi is banned, use strtol, which can say no\n"
                              "a.c:4: strcpy is banned, use snprintf or mm_buf\n");
}

Test(source_text, a_banned_name_in_comments_strings_or_longer_names_is_no_call)
{
    check_banned("a.c",
                 "/* strcpy(a) */ // gets(b)\nlog(\"sprintf(%s) \\\" gets(\");\nmy_strcpy(a);\n"
                 "snprintf(a);\nchar c = '\"'; int gets;\n",
                 &findings);
    cr_assert_str_eq(found(), "");
}

Test(source_text, a_header_without_an_essay_is_found)
{
    check_essay("a.h", "#ifndef A_H\n", &findings);
    check_essay("b.h", "/* short */\n", &findings);
    check_essay("c.h", "/* What this is about, in a sentence or in many. */\n", &findings);
    cr_assert_str_eq(found(), "a.h:1: a public header opens with what it is about\n"
                              "b.h:1: a public header opens with what it is about\n");
}

/* ---- the real house ---- */

struct tour {
    size_t files;
    void (*check)(const char *path, const char *text);
};

static bool is_file(const char *root, const char *name)
{
    char path[HOUSE_PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return access(path, R_OK) == 0;
}

static enum header_place real_place(void *context, const char *name)
{
    (void)context;
    if (strchr(name, '/') != NULL && is_file(MINTMARK_SOURCE, name))
        return HEADER_OF_HOUSE;
    return is_file(MINTMARK_BUILD "/generated", name) ? HEADER_GENERATED : HEADER_NOWHERE;
}

static void visit(void *context, const char *path)
{
    struct tour *tour = context;
    char full[HOUSE_PATH_BYTES_MAX];
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SOURCE, path);
    char *text = house_read(full);
    cr_assert_not_null(text, "%s", full);
    tour->check(path, text);
    tour->files++;
    mm_heap_free(text);
}

static void check_house(const char *ending, void (*check)(const char *path, const char *text))
{
    struct tour tour = { .check = check };
    char *text = house_read(MINTMARK_BUILD "/architecture.txt");
    cr_assert_not_null(text);
    cr_assert(house_parse(&house, text),
              "a line has another form, or LINKS names a folder that is not there:\n%s", text);
    mm_heap_free(text);
    for (size_t i = 0; i < house_root_count; i++)
        house_walk(MINTMARK_SOURCE, house_roots[i], ending, visit, &tour);
    cr_assert_gt(tour.files, 10, "the sources were looked at");
    cr_assert_str_eq(found(), "", "\n%s", found());
}

static void check_real_includes(const char *path, const char *text)
{
    check_includes(&house, path, text, real_place, NULL, &findings);
}

static void check_real_banned(const char *path, const char *text)
{
    check_banned(path, text, &findings);
}

static void check_real_essay(const char *path, const char *text)
{
    if (!house_ends_with(path, "_internal.h"))
        check_essay(path, text, &findings);
}

Test(source_text, the_house_includes_only_what_its_links_allow)
{
    check_house(".c", check_real_includes);
}

Test(source_text, the_headers_of_the_house_include_only_what_its_links_allow)
{
    check_house(".h", check_real_includes);
}

Test(source_text, the_house_calls_no_banned_function)
{
    check_house(".c", check_real_banned);
}

Test(source_text, the_headers_of_the_house_call_no_banned_function)
{
    check_house(".h", check_real_banned);
}

Test(source_text, the_public_headers_of_the_house_open_with_an_essay)
{
    check_house(".h", check_real_essay);
}

/* ---- the top of the house ---- */

static bool may_stand_at_the_top(const char *name)
{
    static const char *const names[] = {
        "CMakeLists.txt",
        "node",
        "contracts-native",
        "state",
        "p2p",
        "rpc",
        "tests",
        "genesis.json",
        "README.md",
        "docs",
        "scripts",
        "CHANGELOG.md",
        "CMakePresets.json",
        "CONTRIBUTING.md",
        "LICENSE",
        "NOTICE",
        "build",
        "mintmark-data",
        "node_modules",
    };
    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

Test(source_text, at_the_top_of_the_house_stands_nothing_that_has_a_room)
{
    DIR *top = opendir(MINTMARK_SOURCE);
    size_t count = 0;
    cr_assert_not_null(top);
    for (const struct dirent *entry = readdir(top); entry != NULL; entry = readdir(top)) {
        count++;
        if (!may_stand_at_the_top(entry->d_name))
            mm_buf_printf(&findings, "%s\n", entry->d_name);
    }
    (void)closedir(top);
    cr_assert_gt(count, 10);
    cr_assert_str_eq(found(), "", "\n%s", found());
}
