#include "p2p/content/tar.h"

#include <inttypes.h>
#include <stdio.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    NAME_BYTES = 100,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_CHECKSUM = 148,
    AT_TYPE = 156,
    AT_LINK = 157,
    AT_MAGIC = 257,
    SMALL_DIGITS = 7, /* of mode and owners, octal */
    SIZE_DIGITS = 11,
    /* A pax header, its records padded, and the header itself. */
    HEAD_BYTES_MAX = 3 * TAR_BLOCK_BYTES + TREE_PATH_BYTES_MAX + TREE_TARGET_BYTES_MAX + 3 * 64,
};
#define TAR_SIZE_MAX (((uint64_t)1 << 33) - 1) /* what eleven octal digits hold */

enum stage { AT_ENTRY, IN_FILE, AT_PADDING, AT_END };

struct content_tar {
    struct content_tree *tree;   /* owned */
    struct content_reader *file; /* owned */
    enum stage stage;
    struct mm_buf head;
    uint64_t left; /* of the file */
    size_t padding;
    bool is_file; /* what failed is the reader of the file */
    enum tree_verdict ended;
    enum read_verdict read;
};

static const uint8_t ZEROS[2 * TAR_BLOCK_BYTES];

struct content_tar *content_tar_new(const struct block_source *source)
{
    struct content_tar *tar = mm_heap_zeroed(1, sizeof *tar);
    if (tar == NULL)
        return NULL;
    mm_buf_init(&tar->head, HEAD_BYTES_MAX);
    tar->stage = AT_END;
    tar->ended = TREE_END;
    tar->tree = content_tree_new(source);
    tar->file = content_reader_new(source);
    if (tar->tree == NULL || tar->file == NULL) {
        content_tar_free(tar);
        return NULL;
    }
    return tar;
}

void content_tar_free(struct content_tar *tar)
{
    if (tar == NULL)
        return;
    content_tree_free(tar->tree);
    content_reader_free(tar->file);
    mm_buf_fini(&tar->head);
    mm_heap_free(tar);
}

void content_tar_begin(struct content_tar *tar, const struct cid *root, mm_bytes name)
{
    content_tree_begin(tar->tree, root, name);
    content_tree_climb(tar->tree);
    tar->stage = AT_ENTRY;
    tar->is_file = false;
}

enum read_verdict content_tar_read(const struct content_tar *tar)
{
    return tar->is_file ? tar->read : content_tree_read(tar->tree);
}

const struct cid *content_tar_at(const struct content_tar *tar)
{
    return tar->is_file ? content_reader_at(tar->file) : content_tree_at(tar->tree);
}

mm_err content_tar_err(const struct content_tar *tar)
{
    if (mm_buf_err(&tar->head) != MM_OK)
        return mm_buf_err(&tar->head);
    return tar->is_file ? content_reader_err(tar->file) : content_tree_err(tar->tree);
}

static enum tree_verdict end(struct content_tar *tar, enum tree_verdict verdict)
{
    tar->stage = AT_END;
    tar->ended = verdict;
    return verdict;
}

static enum tree_verdict end_file(struct content_tar *tar, enum read_verdict verdict)
{
    tar->is_file = true;
    tar->read = verdict;
    return end(tar, TREE_UNREADABLE);
}

/* ---- headers ---- */

static void put_octal(uint8_t *out, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value >>= 3)
        out[i] = (uint8_t)('0' + (value & 7));
    MM_ASSERT(value == 0);
}

static void put_text(uint8_t *out, mm_bytes text)
{
    const size_t len = text.len < NAME_BYTES ? text.len : NAME_BYTES;
    if (len > 0)
        memcpy(out, text.ptr, len);
}

struct header {
    mm_bytes name;
    mm_bytes link;
    uint64_t size;
    unsigned mode;
    char type;
};

static void add_header(struct mm_buf *out, const struct header *header)
{
    uint8_t block[TAR_BLOCK_BYTES] = { 0 };
    unsigned sum = 0;
    put_text(block, header->name);
    put_octal(block + AT_MODE, SMALL_DIGITS, header->mode);
    put_octal(block + AT_UID, SMALL_DIGITS, 0);
    put_octal(block + AT_GID, SMALL_DIGITS, 0);
    put_octal(block + AT_SIZE, SIZE_DIGITS, header->size > TAR_SIZE_MAX ? 0 : header->size);
    put_octal(block + AT_MTIME, SIZE_DIGITS, 0);
    block[AT_TYPE] = (uint8_t)header->type;
    put_text(block + AT_LINK, header->link);
    memcpy(block + AT_MAGIC,
           "ustar\0"
           "00",
           8);
    memset(block + AT_CHECKSUM, ' ', 8); /* counted as blanks */
    for (size_t i = 0; i < sizeof block; i++)
        sum += block[i];
    put_octal(block + AT_CHECKSUM, 6, sum);
    block[AT_CHECKSUM + 6] = 0;
    mm_buf_add(out, MM_BYTES_OF(block));
}

static size_t padding_of(uint64_t bytes)
{
    return (size_t)((TAR_BLOCK_BYTES - bytes % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES);
}

static size_t digits_of(size_t value)
{
    size_t digits = 1;
    while (value >= 10) {
        value /= 10;
        digits++;
    }
    return digits;
}

/* "length key=value\n"; the length counts itself. */
static void add_record(struct mm_buf *out, const char *key, mm_bytes value)
{
    const size_t rest = 1 + strlen(key) + 1 + value.len + 1;
    size_t len = rest + digits_of(rest);
    if (digits_of(len) > digits_of(rest))
        len = rest + digits_of(len);
    mm_buf_printf(out, "%zu %s=", len, key);
    mm_buf_add(out, value);
    mm_buf_add_byte(out, '\n');
}

/* What does not fit the header's fields, in an entry of its own in front. */
static void add_pax(struct mm_buf *out, const struct header *header)
{
    char size[24];
    if (header->name.len <= NAME_BYTES && header->link.len <= NAME_BYTES &&
        header->size <= TAR_SIZE_MAX)
        return;
    const size_t at = mm_buf_bytes(out).len;
    if (header->name.len > NAME_BYTES)
        add_record(out, "path", header->name);
    if (header->link.len > NAME_BYTES)
        add_record(out, "linkpath", header->link);
    (void)snprintf(size, sizeof size, "%" PRIu64, header->size);
    if (header->size > TAR_SIZE_MAX)
        add_record(out, "size", mm_bytes_str(size));
    const size_t len = mm_buf_bytes(out).len - at;
    mm_buf_add_zeros(out, padding_of(len));
    struct mm_buf front;
    uint8_t memory[TAR_BLOCK_BYTES];
    front = mm_buf_over(memory, sizeof memory);
    add_header(&front, &(struct header){
                           .name = MM_BYTES_LIT("pax"), .size = len, .mode = 0644, .type = 'x' });
    uint8_t *gap = mm_buf_insert(out, at, sizeof memory);
    if (gap != NULL)
        memcpy(gap, memory, sizeof memory);
}

static enum tree_verdict begin_entry(struct content_tar *tar, mm_bytes *piece,
                                     const struct tree_entry *entry)
{
    struct mm_buf path;
    mm_buf_init(&path, TREE_PATH_BYTES_MAX + 1);
    mm_buf_add(&path, entry->path);
    struct header header = { .mode = 0644, .type = '0', .size = entry->bytes };
    tar->stage = AT_ENTRY;
    switch (entry->kind) {
    case CONTENT_FILE:
        tar->stage = entry->bytes > 0 ? IN_FILE : AT_ENTRY;
        break;
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        mm_buf_add_byte(&path, '/');
        header.mode = 0755;
        header.type = '5';
        break;
    case CONTENT_SYMLINK:
        header.mode = 0777;
        header.type = '2';
        header.link = entry->target;
        break;
    case CONTENT_OTHER:
        MM_UNREACHABLE(); /* a tree gives none */
    }
    mm_buf_reset(&tar->head);
    header.name = mm_buf_bytes(&path);
    add_pax(&tar->head, &header);
    add_header(&tar->head, &header);
    const bool is_made = mm_buf_err(&path) == MM_OK && mm_buf_err(&tar->head) == MM_OK;
    mm_buf_fini(&path);
    if (!is_made)
        return end_file(tar, READ_FAILED);
    *piece = mm_buf_bytes(&tar->head);
    return TREE_OK;
}

static enum tree_verdict next_entry(struct content_tar *tar, mm_bytes *piece)
{
    struct tree_entry entry;
    const enum tree_verdict verdict = content_tree_next(tar->tree, &entry);
    if (verdict == TREE_END) {
        *piece = MM_BYTES_OF(ZEROS);
        (void)end(tar, TREE_END);
        return TREE_OK;
    }
    if (verdict != TREE_OK)
        return end(tar, verdict);
    if (entry.kind == CONTENT_FILE && entry.bytes > 0) {
        uint64_t bytes;
        const enum read_verdict opened = content_file_open(tar->file, &bytes, &entry.cid);
        if (opened != READ_OK || bytes != entry.bytes)
            return end_file(tar, opened == READ_OK ? READ_MALFORMED : opened);
        tar->left = bytes;
        tar->padding = padding_of(bytes);
    }
    return begin_entry(tar, piece, &entry);
}

static enum tree_verdict next_of_file(struct content_tar *tar, mm_bytes *piece)
{
    const enum read_verdict verdict = content_file_next(tar->file, piece);
    if (verdict != READ_OK || piece->len > tar->left) {
        *piece = mm_bytes_from(NULL, 0);
        return end_file(tar, verdict == READ_OK || verdict == READ_END ? READ_MALFORMED : verdict);
    }
    tar->left -= piece->len;
    if (tar->left == 0)
        tar->stage = tar->padding > 0 ? AT_PADDING : AT_ENTRY;
    return TREE_OK;
}

enum tree_verdict content_tar_next(struct content_tar *tar, mm_bytes *piece)
{
    *piece = mm_bytes_from(NULL, 0);
    switch (tar->stage) {
    case AT_ENTRY:
        return next_entry(tar, piece);
    case IN_FILE:
        return next_of_file(tar, piece);
    case AT_PADDING:
        *piece = mm_bytes_from(ZEROS, tar->padding);
        tar->stage = AT_ENTRY;
        return TREE_OK;
    case AT_END:
        return tar->ended;
    }
    MM_UNREACHABLE();
}
