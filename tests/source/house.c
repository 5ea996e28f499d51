#include "tests/source/house.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/heap.h"

const char *const house_roots[] = { "state", "contracts-native", "p2p", "rpc", "node" };
const size_t house_root_count = MM_COUNT_OF(house_roots);

/* Copies up to the separator (or the end) and moves behind it. False when it does not fit. */
static bool take_field(const char **at, char separator, char *out, size_t out_bytes)
{
    const char *end = strchr(*at, separator);
    const size_t len = end == NULL ? strlen(*at) : (size_t)(end - *at);
    if (len >= out_bytes)
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += end == NULL ? len : len + 1;
    return true;
}

static bool parse_folder(struct house_folder *folder, const char *line)
{
    char kind[HOUSE_NAME_BYTES_MAX];
    size_t bars = 0;
    for (const char *at = line; *at != '\0'; at++)
        bars += *at == '|';
    if (bars != 3)
        return false;
    *folder = (struct house_folder){ .link_count = 0 };
    if (!take_field(&line, '|', folder->name, sizeof folder->name) ||
        !take_field(&line, '|', kind, sizeof kind) ||
        !take_field(&line, '|', folder->archive, sizeof folder->archive))
        return false;
    folder->is_deterministic = strcmp(kind, "deterministic") == 0;
    if (!folder->is_deterministic && strcmp(kind, "free") != 0)
        return false;
    while (*line != '\0') {
        if (folder->link_count == HOUSE_LINKS_MAX ||
            !take_field(&line, ' ', folder->links[folder->link_count], HOUSE_NAME_BYTES_MAX))
            return false;
        folder->link_count++;
    }
    return folder->name[0] != '\0';
}

bool house_parse(struct house *house, const char *text)
{
    house->count = 0;
    while (*text != '\0') {
        static char line[HOUSE_PATH_BYTES_MAX * 4];
        if (!take_field(&text, '\n', line, sizeof line))
            return false;
        if (line[0] == '\0')
            continue;
        if (house->count == HOUSE_FOLDERS_MAX || !parse_folder(&house->folders[house->count], line))
            return false;
        house->count++;
    }
    for (size_t i = 0; i < house->count; i++) {
        for (size_t j = 0; j < house->folders[i].link_count; j++) {
            if (house_find(house, house->folders[i].links[j]) == NULL)
                return false;
        }
    }
    return house->count > 0;
}

const struct house_folder *house_find(const struct house *house, const char *name)
{
    for (size_t i = 0; i < house->count; i++) {
        if (strcmp(house->folders[i].name, name) == 0)
            return &house->folders[i];
    }
    return NULL;
}

bool house_reaches(const struct house *house, const char *from, const char *to)
{
    const struct house_folder *waiting[HOUSE_FOLDERS_MAX];
    bool seen[HOUSE_FOLDERS_MAX] = { false };
    size_t count = 0;
    const struct house_folder *folder = house_find(house, from);
    if (folder == NULL)
        return false;
    waiting[count++] = folder;
    seen[folder - house->folders] = true;
    while (count > 0) {
        folder = waiting[--count];
        for (size_t i = 0; i < folder->link_count; i++) {
            const struct house_folder *next = house_find(house, folder->links[i]);
            if (next == NULL || seen[next - house->folders])
                continue;
            if (strcmp(next->name, to) == 0)
                return true;
            seen[next - house->folders] = true;
            waiting[count++] = next;
        }
    }
    return false;
}

char *house_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    struct mm_buf buf;
    mm_buf_init(&buf, 64 << 20);
    for (;;) {
        uint8_t *room = mm_buf_reserve(&buf, 1 << 16);
        const size_t len = room == NULL ? 0 : fread(room, 1, 1 << 16, file);
        if (len == 0)
            break;
        mm_buf_advance(&buf, len);
    }
    (void)fclose(file);
    mm_buf_add_byte(&buf, 0);
    size_t len;
    return (char *)mm_buf_take(&buf, &len);
}

bool house_ends_with(const char *text, const char *ending)
{
    const size_t len = strlen(text), ending_len = strlen(ending);
    return len >= ending_len && strcmp(text + len - ending_len, ending) == 0;
}

void house_folder_of(const char *path, char folder[HOUSE_PATH_BYTES_MAX])
{
    const char *slash = strrchr(path, '/');
    const size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    memcpy(folder, path, len);
    folder[len] = '\0';
}

void house_walk(const char *root, const char *folder, const char *ending,
                void (*visit)(void *context, const char *path), void *context)
{
    char start[HOUSE_PATH_BYTES_MAX];
    (void)snprintf(start, sizeof start, "%s/%s", root, folder);
    char *starts[] = { start, NULL };
    FTS *walk = fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL)
        return;
    for (FTSENT *entry = fts_read(walk); entry != NULL; entry = fts_read(walk)) {
        if (entry->fts_info == FTS_F && house_ends_with(entry->fts_path, ending))
            visit(context, entry->fts_path + strlen(root) + 1);
    }
    (void)fts_close(walk);
}

static void blank(char *from, const char *to)
{
    for (; from < to; from++) {
        if (*from != '\n')
            *from = ' ';
    }
}

/* The place behind the string or character that opens at `at`. */
static char *behind_quoted(char *at)
{
    const char quote = *at++;
    while (*at != '\0' && *at != quote && *at != '\n')
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    return *at == quote ? at + 1 : at;
}

static char *behind_comment(char *at)
{
    char *end = at[1] == '*' ? strstr(at + 2, "*/") : strchr(at, '\n');
    if (end == NULL)
        return at + strlen(at);
    return at[1] == '*' ? end + 2 : end;
}

static void blank_some(char *at, bool comments, bool strings)
{
    while (*at != '\0') {
        char *end = at + 1;
        if (*at == '"' || *at == '\'') {
            end = behind_quoted(at);
            if (strings)
                blank(at + 1, end - 1);
        } else if (*at == '/' && (at[1] == '*' || at[1] == '/')) {
            end = behind_comment(at);
            if (comments)
                blank(at, end);
        }
        at = end;
    }
}

void house_blank_comments(char *text)
{
    blank_some(text, true, false);
}

void house_blank_strings(char *text)
{
    blank_some(text, false, true);
}
