/* Content: how fast files become blocks. One line a figure; argument: a folder for the store on disk (default /tmp).
 *
 *   hash only      256 MiB from memory under two profiles; beside it libcrypto's SHA-256 alone over the same bytes
 *   stored         the same into a store on disk, synced once
 *   folder         10 000 files of 1 KiB and their directory, stored, one sync
 *   read           the stored file back, every block hashed */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "p2p/content/store.h"
#include "tests/bench/lib/gauge.h"
#include "tests/lib/folder.h"

enum { FILE_BYTES = 256 << 20, ROUNDS = 5, FOLDER_FILES = 10000 };

static void print_rate(const char *what, double seconds)
{
    printf("%-44s %8.1f MiB/s\n", what, FILE_BYTES / 1048576.0 / seconds);
}

static double import_file(struct import_result *result, const struct content_profile *profile,
                          const struct block_sink *sink, mm_bytes bytes)
{
    struct import_file *file = import_file_new(profile, sink);
    const double start = gauge_now_ms();
    gauge_must(import_file_write(file, bytes) == MM_OK && import_file_finish(file, result) == MM_OK,
               "import");
    const double seconds = (gauge_now_ms() - start) / 1e3;
    import_file_free(file);
    return seconds;
}

/* Rounds of both in turn, so that other work on the machine meets both; the best of each. */
static double bench_hash(const char *profile_name, mm_bytes bytes)
{
    struct import_result result;
    double best = 1e9, best_alone = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t digest[32];
        const double start = gauge_now_ms();
        gauge_must(EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) == 1,
                   "digest");
        const double alone = (gauge_now_ms() - start) / 1e3;
        const double seconds =
            import_file(&result, content_profile_find(mm_bytes_str(profile_name)), NULL, bytes);
        best = seconds < best ? seconds : best;
        best_alone = alone < best_alone ? alone : best_alone;
    }
    char line[80];
    (void)snprintf(line, sizeof line, "hash only, %s", profile_name);
    print_rate(line, best);
    print_rate("  libcrypto SHA-256 alone", best_alone);
    printf("  ratio %40.2f\n", best_alone / best);
    return best;
}

static double bench_store(struct content *content, struct import_result *result, mm_bytes bytes)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    const double start = gauge_now_ms();
    (void)import_file(result, CONTENT_PROFILE_DEFAULT, &sink, bytes);
    gauge_must(content_writer_commit(writer, NULL) == MM_OK, "commit");
    const double seconds = (gauge_now_ms() - start) / 1e3;
    content_writer_free(writer);
    return seconds;
}

static void remove_store(struct content *content, const char *path)
{
    content_close(content);
    folder_remove(path);
}

static void bench_read(struct content *content, const struct cid *cid)
{
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    uint64_t file_bytes, read = 0;
    mm_bytes piece;
    const double start = gauge_now_ms();
    gauge_must(content_file_open(reader, &file_bytes, cid) == READ_OK, "open");
    while (content_file_next(reader, &piece) == READ_OK)
        read += piece.len;
    gauge_must(read == file_bytes, "read");
    print_rate("read back, every block hashed", (gauge_now_ms() - start) / 1e3);
    content_reader_free(reader);
}

static void bench_folder(struct content *content)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_dir *dir = import_dir_new(CONTENT_PROFILE_DEFAULT, &sink);
    uint8_t bytes[1024] = { 0 };
    struct import_result result;
    const double start = gauge_now_ms();
    for (uint32_t i = 0; i < FOLDER_FILES; i++) {
        char name[24];
        memcpy(bytes, &i, sizeof i);
        (void)snprintf(name, sizeof name, "%u.json", i);
        gauge_must(import_file_write(file, MM_BYTES_OF(bytes)) == MM_OK &&
                       import_file_finish(file, &result) == MM_OK,
                   "file");
        gauge_must(import_dir_add(dir, mm_bytes_str(name), &result) == MM_OK, "entry");
    }
    gauge_must(import_dir_finish(dir, &result) == MM_OK &&
                   content_writer_commit(writer, NULL) == MM_OK,
               "folder");
    printf("%-44s %8.3f s\n", "folder of 10000 files of 1 KiB, stored",
           (gauge_now_ms() - start) / 1e3);
    import_dir_free(dir);
    import_file_free(file);
    content_writer_free(writer);
}

int main(int argc, char **argv)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/mintmark-bench-content-%d", argc > 1 ? argv[1] : "/tmp",
                   (int)getpid());
    uint8_t *memory = malloc(FILE_BYTES);
    gauge_must(memory != NULL, "memory");
    uint64_t x = 1;
    gauge_fill(memory, FILE_BYTES, &x); /* no two chunks alike */
    const mm_bytes bytes = { memory, FILE_BYTES };
    const double hashed = bench_hash("unixfs-v1-2025", bytes);
    (void)bench_hash("unixfs-v0-2015", bytes);

    struct content *content;
    struct import_result result;
    double stored = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        if (i > 0)
            remove_store(content, path);
        gauge_must(content_open(&content, &(struct content_options){ .path = path }, NULL) == MM_OK,
                   "store");
        const double seconds = bench_store(content, &result, bytes);
        stored = seconds < stored ? seconds : stored;
    }
    print_rate("stored and synced, unixfs-v1-2025", stored);
    printf("  ratio to hash only %27.2f\n", hashed / stored);
    bench_read(content, &result.cid);
    bench_folder(content);
    remove_store(content, path);
    printf("%-44s %8ld MiB\n", "peak memory above the file in memory",
           gauge_peak_kib() / 1024 - (FILE_BYTES >> 20));
    free(memory);
    return 0;
}
