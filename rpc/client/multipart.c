#include "rpc/client/multipart.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { PART_HEAD_MAX = 16 << 10 }; /* a path of 4096 bytes, all escaped, and the lines around it */

void multipart_init(struct multipart *multipart, struct mm_arena *arena, size_t entries_max)
{
    uint8_t random[16];
    *multipart = (struct multipart){ .arena = arena, .capacity = 2 * entries_max + 1 };
    multipart->parts = MM_ARENA_ARRAY(arena, struct client_part, multipart->capacity);
    if (multipart->parts == NULL)
        multipart->err = MM_ERR_NO_MEMORY;
    else if (getrandom(random, sizeof random, 0) != sizeof random)
        multipart->err = MM_ERR_IO;
    else
        hex_encode(multipart->boundary, MM_BYTES_OF(random));
    snprintf(multipart->content_type, sizeof multipart->content_type,
             "multipart/form-data; boundary=%s", multipart->boundary);
}

static void add(struct multipart *multipart, struct client_part part)
{
    if (multipart->err != MM_OK)
        return;
    MM_ASSERT(multipart->count < multipart->capacity);
    multipart->parts[multipart->count++] = part;
}

static void add_head(struct multipart *multipart, mm_bytes name, const char *type)
{
    struct mm_buf head;
    mm_bytes copy = { NULL, 0 };
    mm_buf_init(&head, PART_HEAD_MAX);
    mm_buf_printf(&head, "%s--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"",
                  multipart->count > 0 ? "\r\n" : "", multipart->boundary);
    url_add_escaped(&head, name, false);
    mm_buf_printf(&head, "\"\r\nContent-Type: %s\r\n\r\n", type);
    if (multipart->err == MM_OK)
        multipart->err = mm_buf_err(&head);
    if (multipart->err == MM_OK)
        multipart->err = mm_arena_copy(multipart->arena, &copy, mm_buf_bytes(&head));
    mm_buf_fini(&head);
    add(multipart, (struct client_part){ .bytes = copy });
}

void multipart_add_file(struct multipart *multipart, mm_bytes name, const char *path, uint64_t len)
{
    add_head(multipart, name, "application/octet-stream");
    const char *copy = mm_arena_text(multipart->arena, mm_bytes_str(path));
    if (copy == NULL && multipart->err == MM_OK)
        multipart->err = MM_ERR_NO_MEMORY;
    add(multipart, (struct client_part){ .path = copy, .len = len });
}

void multipart_add_bytes(struct multipart *multipart, mm_bytes name, mm_bytes bytes)
{
    add_head(multipart, name, "application/octet-stream");
    add(multipart, (struct client_part){ .bytes = bytes });
}

void multipart_add_folder(struct multipart *multipart, mm_bytes name)
{
    add_head(multipart, name, "application/x-directory");
}

mm_err multipart_finish(struct multipart *multipart)
{
    char end[48];
    mm_bytes copy = { NULL, 0 };
    const int len = snprintf(end, sizeof end, "%s--%s--\r\n", multipart->count > 0 ? "\r\n" : "",
                             multipart->boundary);
    if (multipart->err == MM_OK)
        multipart->err = mm_arena_copy(multipart->arena, &copy, mm_bytes_from(end, (size_t)len));
    add(multipart, (struct client_part){ .bytes = copy });
    return multipart->err;
}
