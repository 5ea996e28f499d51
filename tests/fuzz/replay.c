/* Runs a fuzz target over the files of its corpus, in builds without libFuzzer: each file once, and each file cut short at a
 * few places, so that even a small corpus visits the short reads. Usage: fuzz-NAME CORPUS_FOLDER. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *folder, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0;
    for (size_t capacity = 4096;; capacity *= 2) {
        data = realloc(data, capacity);
        if (data == NULL)
            abort();
        size += fread(data + size, 1, capacity - size, file);
        if (size < capacity)
            break;
    }
    (void)fclose(file);
    static const unsigned eighths[] = { 8, 7, 6, 4, 2, 1, 0 };
    for (size_t i = 0; i < sizeof eighths / sizeof *eighths; i++) {
        const size_t cut = size * eighths[i] / 8;
        uint8_t *copy =
            malloc(cut == 0 ? 1 : cut); /* its own block, so that a read past the end is seen */
        if (copy == NULL)
            abort();
        memcpy(copy, data, cut);
        (void)LLVMFuzzerTestOneInput(copy, cut);
        free(copy);
    }
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    DIR *dir = opendir(argv[1]);
    if (dir == NULL) {
        perror(argv[1]);
        return 1;
    }
    int failed = 0;
    size_t files = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] == '.')
            continue;
        failed |= run_file(argv[1], entry->d_name);
        files++;
    }
    (void)closedir(dir);
    printf("%zu inputs replayed\n", files);
    if (files == 0) {
        (void)fprintf(stderr, "the corpus is empty\n");
        return 1;
    }
    return failed;
}
