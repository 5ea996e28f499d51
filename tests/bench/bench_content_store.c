/* Content: what a store costs as it grows, and how much memory large files take. One line a figure.
 * Usage: bench-content-store FOLDER [MILLIONS [GIB]]
 *
 *   add          a file of 1 KiB, synced, into an empty store and into one of MILLIONS (1) million blocks: the median of 300
 *   large        a file of GIB (1) GiB added as a stream; exported as a CAR; that CAR imported into another store
 *   memory       the peak of the process over each of them */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "p2p/content/car_export.h"
#include "p2p/content/car_import.h"
#include "p2p/content/import.h"
#include "tests/bench/lib/gauge.h"
#include "tests/lib/folder.h"

enum { ADDS = 300, SMALL_BYTES = 1024, PIECE_BYTES = 64 << 10, FILLED_A_COMMIT = 20000 };

/* Until RocksDB has done in the background what it still had to. */
static void settle(void)
{
    double before;
    do {
        before = gauge_cpu_ms() / 1e3;
        (void)sleep(2);
    } while (gauge_cpu_ms() / 1e3 - before > 0.01);
}

static struct content *open_store(const char *folder, const char *name, char path[400])
{
    struct content *content;
    (void)snprintf(path, 400, "%s/mintmark-bench-%s-%d", folder, name, (int)getpid());
    gauge_must(
        content_open(&content,
                     &(struct content_options){ .path = path, .quota_bytes = UINT64_MAX >> 1 },
                     NULL) == MM_OK,
        "open");
    return content;
}

static void remove_store(struct content *content, const char *path)
{
    content_close(content);
    folder_remove(path);
}

/* Out: *cpu, what this thread took. */
static double add_small(struct content *content, double *cpu, uint64_t *x)
{
    uint8_t bytes[SMALL_BYTES];
    struct import_result result;
    gauge_fill(bytes, sizeof bytes, x);
    const double start = gauge_now_ms() / 1e3;
    const double cpu_start = gauge_thread_ms() / 1e3;
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    gauge_must(import_file_write(file, MM_BYTES_OF(bytes)) == MM_OK &&
                   import_file_finish(file, &result) == MM_OK &&
                   content_writer_commit(writer, NULL) == MM_OK,
               "add");
    import_file_free(file);
    content_writer_free(writer);
    *cpu = gauge_thread_ms() / 1e3 - cpu_start;
    return gauge_now_ms() / 1e3 - start;
}

static void print_small(const char *what, double *seconds, double *cpu)
{
    gauge_sort(seconds, ADDS);
    gauge_sort(cpu, ADDS);
    printf("add of 1 KiB, %-26s median %6.2f ms, 9 of 10 within %6.2f ms; of CPU %6.3f ms\n", what,
           gauge_quantile(seconds, ADDS, 0.5) * 1e3, gauge_quantile(seconds, ADDS, 0.9) * 1e3,
           gauge_quantile(cpu, ADDS, 0.5) * 1e3);
}

static void fill_store(struct content *content, size_t blocks, uint64_t *x)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    uint8_t bytes[SMALL_BYTES];
    struct import_result result;
    for (size_t i = 0; i < blocks; i++) {
        gauge_fill(bytes, sizeof bytes, x);
        gauge_must(import_file_write(file, MM_BYTES_OF(bytes)) == MM_OK &&
                       import_file_finish(file, &result) == MM_OK,
                   "fill");
        if (i % FILLED_A_COMMIT == FILLED_A_COMMIT - 1)
            gauge_must(content_writer_commit(writer, NULL) == MM_OK, "commit");
    }
    gauge_must(content_writer_commit(writer, NULL) == MM_OK, "commit");
    import_file_free(file);
    content_writer_free(writer);
}

/* Adds to both stores in turn, so that other work on the machine meets both. */
static void bench_growth(const char *folder, size_t blocks, uint64_t *x)
{
    static double seconds[2][ADDS], cpu[2][ADDS];
    char path[400], empty_path[400], what[60];
    struct content *content = open_store(folder, "growth", path);
    const double start = gauge_now_ms() / 1e3;
    const double cpu_start = gauge_cpu_ms() / 1e3;
    fill_store(content, blocks, x);
    printf("%zu blocks of 1 KiB, stored %26.1f s, %.1f s of CPU\n", blocks,
           gauge_now_ms() / 1e3 - start, gauge_cpu_ms() / 1e3 - cpu_start);
    settle();
    struct content *empty = open_store(folder, "empty", empty_path);
    for (size_t i = 0; i < ADDS; i++) {
        seconds[0][i] = add_small(empty, &cpu[0][i], x);
        seconds[1][i] = add_small(content, &cpu[1][i], x);
    }
    (void)snprintf(what, sizeof what, "store of %zu blocks", blocks);
    print_small("empty store", seconds[0], cpu[0]);
    print_small(what, seconds[1], cpu[1]);
    remove_store(empty, empty_path);
    remove_store(content, path);
}

static void add_large(struct content *content, struct cid *root, size_t mib, uint64_t *x)
{
    static uint8_t bytes[PIECE_BYTES];
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    struct import_result result;
    for (size_t i = 0; i < mib * (1 << 20) / sizeof bytes; i++) {
        gauge_fill(bytes, sizeof bytes, x);
        gauge_must(import_file_write(file, MM_BYTES_OF(bytes)) == MM_OK, "add");
    }
    gauge_must(import_file_finish(file, &result) == MM_OK &&
                   content_writer_commit(writer, NULL) == MM_OK,
               "add");
    *root = result.cid;
    import_file_free(file);
    content_writer_free(writer);
}

/* Out of one store and into another, as it is made; `to` NULL: nowhere. */
static void move_car(struct content *from, struct content *to, const struct cid *root)
{
    const struct block_source source = content_source(from);
    struct car_export *export =
        car_export_new(&source, &(struct car_export_options){ .v2 = false });
    struct car_import *import = to == NULL ? NULL : car_import_new(to);
    car_export_begin(export, root);
    mm_bytes piece;
    enum read_verdict verdict;
    while ((verdict = car_export_next(export, &piece)) == READ_OK)
        gauge_must(import == NULL || car_import_feed(import, piece, NULL) == MM_OK, "feed");
    gauge_must(verdict == READ_END, "export");
    if (import != NULL) {
        size_t count;
        gauge_must(car_import_finish(import, &(struct car_import_options){ .pin = NULL }, NULL) ==
                       MM_OK,
                   "import");
        gauge_must(car_import_roots(import, &count)[0].verdict == READ_OK && count == 1, "root");
    }
    car_import_free(import);
    car_export_free(export);
}

static void print_large(const char *what, size_t mib, double seconds)
{
    printf("%-34s %8.1f MiB/s, peak of the process so far %5ld MiB\n", what, (double)mib / seconds,
           gauge_peak_kib() / 1024);
}

static void bench_large(const char *folder, size_t mib, uint64_t *x)
{
    char path[400], other_path[400];
    struct cid root;
    struct content *content = open_store(folder, "large", path);
    printf("idle, with a store open: %ld MiB\n", gauge_peak_kib() / 1024);
    double start = gauge_now_ms() / 1e3;
    add_large(content, &root, mib, x);
    print_large("stream added and synced", mib, gauge_now_ms() / 1e3 - start);
    start = gauge_now_ms() / 1e3;
    move_car(content, NULL, &root);
    print_large("exported as a CAR", mib, gauge_now_ms() / 1e3 - start);
    struct content *other = open_store(folder, "other", other_path);
    start = gauge_now_ms() / 1e3;
    move_car(content, other, &root);
    print_large("exported and imported", mib, gauge_now_ms() / 1e3 - start);
    remove_store(other, other_path);
    remove_store(content, path);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    const size_t millions = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    const size_t gib = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    uint64_t x = 1;
    if (gib > 0)
        bench_large(folder, gib << 10, &x);
    if (millions > 0)
        bench_growth(folder, millions * 1000000, &x);
    return 0;
}
