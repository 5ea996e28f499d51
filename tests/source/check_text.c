#include "tests/source/check_text.h"

#include <ctype.h>
#include <stdlib.h>

#include "state/base/heap.h"

enum { ESSAY_BYTES_MIN = 40 };

static char *copy_of(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = mm_heap_alloc(bytes);
    if (copy == NULL)
        abort();
    memcpy(copy, text, bytes);
    return copy;
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* The name in `#include "name"` when the line is one. */
static bool quoted_include(const char *line, char name[HOUSE_PATH_BYTES_MAX])
{
    line = skip_blanks(line);
    if (*line != '#')
        return false;
    line = skip_blanks(line + 1);
    if (strncmp(line, "include", 7) != 0)
        return false;
    line = skip_blanks(line + 7);
    const char *end = *line == '"' ? strchr(line + 1, '"') : NULL;
    if (end == NULL || (size_t)(end - line) >= HOUSE_PATH_BYTES_MAX)
        return false;
    const size_t len = (size_t)(end - line) - 1;
    memcpy(name, line + 1, len);
    name[len] = '\0';
    return true;
}

/* NULL: allowed. */
static const char *include_fault(const struct house *house, const char *path, const char *name,
                                 enum header_place place)
{
    char own[HOUSE_PATH_BYTES_MAX], other[HOUSE_PATH_BYTES_MAX];
    house_folder_of(path, own);
    house_folder_of(name, other);
    switch (place) {
    case HEADER_GENERATED:
        return NULL;
    case HEADER_NOWHERE:
        return "is not named from the root";
    case HEADER_OF_HOUSE:
        break;
    }
    if (strcmp(own, other) == 0)
        return NULL;
    if (house_ends_with(name, "_internal.h"))
        return "is private to its folder";
    if (house_find(house, own) != NULL && !house_reaches(house, own, other))
        return "is of a folder that is not among the links";
    return NULL;
}

void check_includes(const struct house *house, const char *path, const char *text,
                    header_place_fn place, void *context, struct mm_buf *findings)
{
    char *code = copy_of(text);
    house_blank_comments(code);
    size_t number = 1;
    for (const char *line = code; line != NULL; number++) {
        char name[HOUSE_PATH_BYTES_MAX];
        if (quoted_include(line, name)) {
            const char *fault = include_fault(house, path, name, place(context, name));
            if (fault != NULL)
                mm_buf_printf(findings, "%s:%zu: \"%s\" %s\n", path, number, name, fault);
        }
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    mm_heap_free(code);
}

static const struct {
    const char *name;
    const char *better;
} banned[] = {
    { "strcpy", "snprintf or mm_buf" },
    { "stpcpy", "snprintf or mm_buf" },
    { "strcat", "mm_buf" },
    { "strncpy", "snprintf: it may leave no terminator" },
    { "strncat", "mm_buf" },
    { "sprintf", "snprintf" },
    { "vsprintf", "vsnprintf" },
    { "gets", "fgets" },
    { "strtok", "mm_bytes" },
    { "atoi", "strtol, which can say no" },
    { "atol", "strtol, which can say no" },
    { "atof", "strtod, which can say no" },
    { "alloca", "an arena" },
    { "setjmp", "an error value" },
    { "longjmp", "an error value" },
    { "tmpnam", "mkstemp" },
    { "mktemp", "mkstemp" },
};

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_';
}

void check_banned(const char *path, const char *text, struct mm_buf *findings)
{
    char *code = copy_of(text);
    house_blank_comments(code);
    house_blank_strings(code);
    size_t number = 1;
    for (const char *at = code; *at != '\0';) {
        number += *at == '\n';
        if (!is_word(*at)) {
            at++;
            continue;
        }
        const char *end = at;
        while (is_word(*end))
            end++;
        const bool is_call = *skip_blanks(end) == '(';
        for (size_t i = 0; is_call && i < MM_COUNT_OF(banned); i++) {
            if (mm_bytes_equal(mm_bytes_from(at, (size_t)(end - at)), mm_bytes_str(banned[i].name)))
                mm_buf_printf(findings, "%s:%zu: %s is banned, use %s\n", path, number,
                              banned[i].name, banned[i].better);
        }
        at = end;
    }
    mm_heap_free(code);
}

void check_essay(const char *path, const char *text, struct mm_buf *findings)
{
    const char *end = strncmp(text, "/*", 2) == 0 ? strstr(text, "*/") : NULL;
    if (end == NULL || end - text < ESSAY_BYTES_MIN)
        mm_buf_printf(findings, "%s:1: a public header opens with what it is about\n", path);
}
