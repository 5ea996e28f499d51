/* The content store under threads: writers that add some files they share and some of their own, readers
 * beside them, totals that must be exact in the end. ThreadSanitizer looks for the rest. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "p2p/content/store.h"
#include "tests/race/check.h"

enum { WRITERS = 4, READERS = 2, FILES = 30, FILE_BYTES = 5000, SHARED_FILES = 10 };

static struct content *content;
static atomic_bool done;
static struct import_result results[WRITERS][FILES];
static atomic_size_t committed[WRITERS];

/* Files below SHARED_FILES are the same for every writer. */
static void fill(uint8_t bytes[FILE_BYTES], size_t writer, size_t index)
{
    uint64_t x = index < SHARED_FILES ? index : (writer + 1) * 1000 + index;
    for (size_t i = 0; i < FILE_BYTES; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (uint8_t)(x >> 56);
    }
}

static void *write_files(void *argument)
{
    const size_t me = (size_t)(uintptr_t)argument;
    const struct content_profile profile = { .cid_version = 1,
                                             .raw_leaves = true,
                                             .chunk_bytes = 700,
                                             .links_max = 3,
                                             .hamt_above_bytes = 1000 };
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(&profile, &sink);
    CHECK(writer != NULL && file != NULL);
    for (size_t i = 0; i < FILES; i++) {
        uint8_t bytes[FILE_BYTES];
        fill(bytes, me, i);
        CHECK(import_file_write(file, MM_BYTES_OF(bytes)) == MM_OK);
        CHECK(import_file_finish(file, &results[me][i]) == MM_OK);
        const struct content_pin pin = { results[me][i].cid, CONTENT_PIN_USER,
                                         CONTENT_PIN_RECURSIVE, MM_BYTES_LIT("r"), 0 };
        CHECK(content_writer_commit(
                  writer, &(struct content_commit){ .pins = &pin, .pin_count = 1 }) == MM_OK);
        atomic_store(&committed[me], i + 1);
    }
    import_file_free(file);
    content_writer_free(writer);
    return NULL;
}

static void *read_files(void *argument)
{
    (void)argument;
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    struct mm_buf out;
    mm_buf_init(&out, FILE_BYTES);
    for (size_t round = 0; !atomic_load(&done); round++) {
        const size_t writer = round % WRITERS;
        const size_t count = atomic_load(&committed[writer]);
        if (count == 0)
            continue;
        uint8_t bytes[FILE_BYTES];
        fill(bytes, writer, round % count);
        mm_buf_reset(&out);
        CHECK(content_file_read(reader, &out, &results[writer][round % count].cid) == READ_OK);
        CHECK(mm_bytes_equal(mm_buf_bytes(&out), MM_BYTES_OF(bytes)));
        struct content_pins *pins = content_pins_new(content, &results[writer][round % count].cid);
        struct content_pin pin;
        CHECK(content_pins_next(pins, &pin) == MM_OK && pin.kind == CONTENT_PIN_USER);
        content_pins_free(pins);
    }
    mm_buf_fini(&out);
    content_reader_free(reader);
    return NULL;
}

int main(void)
{
    pthread_t writers[WRITERS], readers[READERS];
    CHECK(content_open(&content, &(struct content_options){ .path = NULL }, NULL) == MM_OK);
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_create(&readers[i], NULL, read_files, NULL) == 0);
    for (size_t i = 0; i < WRITERS; i++)
        CHECK(pthread_create(&writers[i], NULL, write_files, (void *)(uintptr_t)i) == 0);
    for (size_t i = 0; i < WRITERS; i++)
        CHECK(pthread_join(writers[i], NULL) == 0);
    atomic_store(&done, true);
    for (size_t i = 0; i < READERS; i++)
        CHECK(pthread_join(readers[i], NULL) == 0);
    uint64_t blocks = 0, bytes = 0;
    for (size_t writer = 0; writer < WRITERS; writer++) {
        for (size_t i = writer == 0 ? 0 : SHARED_FILES; i < FILES; i++) {
            blocks += results[writer][i].dag_blocks;
            bytes += results[writer][i].dag_bytes;
        }
    }
    const struct content_totals totals = content_totals(content);
    CHECK(totals.blocks == blocks && totals.bytes == bytes);
    content_close(content);
    return 0;
}
