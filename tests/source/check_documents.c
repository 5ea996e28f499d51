#include "tests/source/check_documents.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { GAS_ROWS_MAX = 64, GAS_NAME_BYTES_MAX = 64 };

/* ---- links ---- */

static bool is_fence(const char *line)
{
    return strncmp(line, "```", 3) == 0;
}

static const char *behind_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end == NULL ? at + strlen(at) : end + 1;
}

/* A path from the root for a target as it stands in the document. False when there is nothing to look for. */
static bool target_path(char out[HOUSE_PATH_BYTES_MAX], const char *document, mm_bytes target)
{
    char text[HOUSE_PATH_BYTES_MAX];
    char folder[HOUSE_PATH_BYTES_MAX];
    if (target.len == 0 || target.len >= sizeof text)
        return false;
    memcpy(text, target.ptr, target.len);
    text[target.len] = '\0';
    text[strcspn(text, "#")] = '\0';
    if (text[0] == '\0' || strstr(text, "://") != NULL || strncmp(text, "mailto:", 7) == 0)
        return false;
    house_folder_of(document, folder);
    const int len =
        snprintf(out, HOUSE_PATH_BYTES_MAX, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", text);
    return len > 0 && len < HOUSE_PATH_BYTES_MAX;
}

struct link_check {
    const char *path;
    size_t number;
    document_exists_fn exists;
    void *context;
    struct mm_buf *findings;
};

static void check_line_links(const struct link_check *check, const char *line, const char *end)
{
    bool in_code = false;
    for (const char *at = line; at < end; at++) {
        if (*at == '`')
            in_code = !in_code;
        if (in_code || at[0] != ']' || at[1] != '(')
            continue;
        const char *from = at + 2;
        const char *close = memchr(from, ')', (size_t)(end - from));
        const char *stop = close == NULL ? end : close;
        char path[HOUSE_PATH_BYTES_MAX];
        if (target_path(path, check->path, mm_bytes_from(from, (size_t)(stop - from))) &&
            !check->exists(check->context, path))
            mm_buf_printf(check->findings, "%s:%zu: the link to %.*s leads nowhere\n", check->path,
                          check->number, (int)(stop - from), from);
    }
}

void check_links(const char *path, const char *text, document_exists_fn exists, void *context,
                 struct mm_buf *findings)
{
    struct link_check check = { path, 0, exists, context, findings };
    bool is_fenced = false;
    for (const char *line = text; *line != '\0'; line = behind_line(line)) {
        check.number++;
        if (is_fence(line))
            is_fenced = !is_fenced;
        else if (!is_fenced)
            check_line_links(&check, line, behind_line(line));
    }
}

static bool is_path_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '/' || byte == '-' || byte == '_' || byte == '.';
}

void check_mentions(const char *path, const char *text, document_exists_fn exists, void *context,
                    struct mm_buf *findings)
{
    for (const char *at = strstr(text, "docs/"); at != NULL; at = strstr(at + 1, "docs/")) {
        size_t len = 0;
        while (is_path_byte(at[len]))
            len++;
        while (len > 0 && at[len - 1] == '.') /* the end of a sentence */
            len--;
        char name[HOUSE_PATH_BYTES_MAX];
        if (len >= sizeof name || len < 3 || memcmp(at + len - 3, ".md", 3) != 0)
            continue;
        memcpy(name, at, len);
        name[len] = '\0';
        if (!exists(context, name))
            mm_buf_printf(findings, "%s: names %s, which is not there\n", path, name);
    }
}

/* ---- lines ---- */

void check_columns(const char *path, const char *text, struct mm_buf *findings)
{
    size_t number = 0;
    for (const char *line = text; *line != '\0'; line = behind_line(line)) {
        size_t columns = 0;
        number++;
        for (const char *at = line; *at != '\0' && *at != '\n'; at++)
            columns += ((unsigned char)*at & 0xc0) != 0x80; /* UTF-8: a character's first byte */
        if (columns > DOCUMENT_COLUMNS_MAX && *line != '|')
            mm_buf_printf(findings, "%s:%zu: %zu columns, more than %d\n", path, number, columns,
                          DOCUMENT_COLUMNS_MAX);
    }
}

/* ---- gas ---- */

struct gas_row {
    char name[GAS_NAME_BYTES_MAX];
    long number;
};

struct gas_rows {
    struct gas_row rows[GAS_ROWS_MAX];
    size_t count;
};

/* Reads each "GAS_NAME<between>number", where `between` is what stands there without blanks: "=" or "`|". */
static void read_gas(struct gas_rows *out, const char *text, const char *between)
{
    out->count = 0;
    for (const char *at = strstr(text, "GAS_"); at != NULL; at = strstr(at + 1, "GAS_")) {
        struct gas_row row = { .number = 0 };
        size_t len = 0;
        while (isalnum((unsigned char)at[len]) || at[len] == '_')
            len++;
        const char *behind = at + len;
        for (const char *wanted = between; *wanted != '\0' && behind != NULL; wanted++) {
            behind += strspn(behind, " ");
            behind = *behind == *wanted ? behind + 1 : NULL;
        }
        if (behind == NULL || len >= sizeof row.name || out->count == GAS_ROWS_MAX)
            continue;
        char *end;
        row.number = strtol(behind, &end, 10);
        if (end == behind)
            continue;
        memcpy(row.name, at, len);
        out->rows[out->count++] = row;
    }
}

static const struct gas_row *find_gas(const struct gas_rows *rows, const char *name, size_t *times)
{
    const struct gas_row *found = NULL;
    *times = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->rows[i].name, name) != 0)
            continue;
        found = &rows->rows[i];
        ++*times;
    }
    return found;
}

void check_gas(const char *document, const char *source, struct mm_buf *findings)
{
    struct gas_rows said;
    struct gas_rows charged;
    size_t times;
    read_gas(&said, document, "`|");
    read_gas(&charged, source, "=");
    if (charged.count == 0)
        mm_buf_add_text(findings, "the source has no gas constants\n");
    for (size_t i = 0; i < charged.count; i++) {
        const struct gas_row *row = &charged.rows[i];
        const struct gas_row *shown = find_gas(&said, row->name, &times);
        if (shown == NULL)
            mm_buf_printf(findings, "%s is not in the document\n", row->name);
        else if (times > 1)
            mm_buf_printf(findings, "%s is in the document %zu times\n", row->name, times);
        else if (shown->number != row->number)
            mm_buf_printf(findings, "%s is %ld, the document says %ld\n", row->name, row->number,
                          shown->number);
    }
    for (size_t i = 0; i < said.count; i++) {
        if (find_gas(&charged, said.rows[i].name, &times) == NULL)
            mm_buf_printf(findings, "%s is in the document alone\n", said.rows[i].name);
    }
}
