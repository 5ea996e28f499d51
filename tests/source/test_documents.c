#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#include "state/base/heap.h"
#include "tests/source/check_documents.h"
#include "tests/source/findings.h"

/* In the small house there are README.md, docs and docs/GAS.md. */
static bool small_exists(void *context, const char *path)
{
    (void)context;
    return strcmp(path, "docs") == 0 || strcmp(path, "docs/GAS.md") == 0 ||
           strcmp(path, "docs/../README.md") == 0;
}

static const char *links(const char *path, const char *text)
{
    check_links(path, text, small_exists, NULL, &findings);
    return found();
}

TestSuite(source_documents, .init = findings_init, .fini = findings_fini);

Test(source_documents, a_link_is_a_path_from_the_documents_folder)
{
    cr_assert_str_eq(links("README.md", "[gas](docs/GAS.md), [all](docs) [gas](GAS.md)\n"),
                     "README.md:1: the link to GAS.md leads nowhere\n");
    mm_buf_reset(&findings);
    cr_assert_str_eq(links("docs/A.md", "\n[gas](GAS.md#native) [up](../README.md)\n[x](B.md)\n"),
                     "docs/A.md:3: the link to B.md leads nowhere\n");
}

Test(source_documents, what_leads_elsewhere_or_stands_in_code_is_no_link_of_ours)
{
    cr_assert_str_eq(links("README.md", "[web](https://example.org/x) [here](#limits)\n"
                                        "`a[i](b)` is code\n"
                                        "```c\ntable[i](argument);\n```\n"),
                     "");
}

Test(source_documents, a_document_that_a_source_names_is_there)
{
    check_mentions("a.h", "/* docs/GAS.md. See docs/NONE.md, docs/decisions */", small_exists, NULL,
                   &findings);
    cr_assert_str_eq(found(), "a.h: names docs/NONE.md, which is not there\n");
}

Test(source_documents, a_long_line_is_found_by_characters_and_not_by_bytes)
{
    char text[1024] = "";
    size_t len = 0;
    for (int i = 0; i < DOCUMENT_COLUMNS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "…");
    check_columns("a.md", text, &findings);
    (void)snprintf(text + len, sizeof text - len, "!\n");
    check_columns("a.md", text, &findings);
    cr_assert_str_eq(found(), "a.md:1: 129 columns, more than 128\n");
}

Test(source_documents, a_row_of_a_table_may_be_long)
{
    char text[400];
    memset(text, '-', sizeof text);
    text[0] = '|';
    text[sizeof text - 1] = '\0';
    check_columns("a.md", text, &findings);
    cr_assert_str_eq(found(), "");
}

Test(source_documents, gas_that_differs_or_is_in_one_place_alone_is_found)
{
    check_gas("| `GAS_A` | 700 | x |\n| `GAS_B` | 8 |\n| `GAS_D` | 1 |\n| `GAS_E` | 1 |\n| `GAS_E` "
              "| 1 |\n",
              "enum { GAS_A = 700, /* GAS_A */\n GAS_B = 9, GAS_C = 1, GAS_E = 1 };\n", &findings);
    cr_assert_str_eq(found(), "GAS_B is 9, the document says 8\nGAS_C is not in the document\n"
                              "GAS_E is in the document 2 times\nGAS_D is in the document alone\n");
}

Test(source_documents, a_source_without_gas_is_found)
{
    check_gas("", "", &findings);
    cr_assert_str_eq(found(), "the source has no gas constants\n");
}

/* ---- the real house ---- */

static const char *const ROOT_DOCUMENTS[] = { "README.md", "CHANGELOG.md", "CONTRIBUTING.md" };

static size_t visited;

static bool real_exists(void *context, const char *path)
{
    char full[HOUSE_PATH_BYTES_MAX];
    (void)context;
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SOURCE, path);
    return access(full, R_OK) == 0;
}

/* To be freed by mm_heap_free. */
static char *read_real(const char *path)
{
    char full[HOUSE_PATH_BYTES_MAX];
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SOURCE, path);
    char *text = house_read(full);
    cr_assert_not_null(text, "%s", full);
    return text;
}

static void visit_document(void *context, const char *path)
{
    (void)context;
    char *text = read_real(path);
    check_links(path, text, real_exists, NULL, &findings);
    check_columns(path, text, &findings);
    mm_heap_free(text);
    visited++;
}

static void visit_source(void *context, const char *path)
{
    (void)context;
    char *text = read_real(path);
    check_mentions(path, text, real_exists, NULL, &findings);
    mm_heap_free(text);
    visited++;
}

Test(source_documents, the_documents_of_the_house_have_links_that_lead_somewhere_and_lines_that_fit)
{
    for (size_t i = 0; i < MM_COUNT_OF(ROOT_DOCUMENTS); i++)
        visit_document(NULL, ROOT_DOCUMENTS[i]);
    house_walk(MINTMARK_SOURCE, "docs", ".md", visit_document, NULL);
    house_walk(MINTMARK_SOURCE, "tests/vectors", ".md", visit_document, NULL);
    cr_assert_gt(visited, 10, "the documents were looked at");
    cr_assert_str_eq(found(), "", "\n%s", found());
}

Test(source_documents, the_documents_that_the_house_names_are_there)
{
    for (size_t i = 0; i < house_root_count; i++) {
        house_walk(MINTMARK_SOURCE, house_roots[i], ".h", visit_source, NULL);
        house_walk(MINTMARK_SOURCE, house_roots[i], ".c", visit_source, NULL);
    }
    cr_assert_gt(visited, 10, "the sources were looked at");
    cr_assert_str_eq(found(), "", "\n%s", found());
}

/* The section of docs/GAS.md under this heading, against the constants of that source. */
static void check_real_gas(const char *heading, const char *source_path)
{
    char *document = read_real("docs/GAS.md");
    char *source = read_real(source_path);
    char *section = strstr(document, heading);
    cr_assert_not_null(section, "%s", heading);
    char *next = strstr(section + strlen(heading), "\n## ");
    if (next != NULL)
        *next = '\0';
    check_gas(section, source, &findings);
    mm_heap_free(document);
    mm_heap_free(source);
    cr_assert_str_eq(found(), "", "\n%s", found());
}

Test(source_documents, the_gas_table_of_a_transaction_is_what_is_charged)
{
    check_real_gas("\n## A transaction\n", "state/chain/tx_check.c");
}

Test(source_documents, the_gas_table_of_native_code_is_what_is_charged)
{
    check_real_gas("\n## Native code\n", "state/exec/gas.h");
}
