#include "node/key_file.h"

#include <sodium.h>
#include <string.h>

#include "node/files.h"
#include "node/secret_file.h"
#include "state/codec/hex.h"

enum { KEY_TEXT_BYTES_MAX = 256 };

static mm_bytes without_prefix(mm_bytes text)
{
    if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 0x20) == 'x')
        text = mm_bytes_from(text.ptr + 2, text.len - 2);
    return text;
}

static mm_err decode_key(uint8_t key[KEY_FILE_BYTES], mm_bytes text, const char *path,
                         struct mm_reason *reason)
{
    const mm_bytes digits = without_prefix(text);
    if (digits.len != 2 * KEY_FILE_BYTES || !hex_decode(key, digits))
        return mm_fail(reason, MM_ERR_INVALID, "%s: not a key of 64 hex digits", path);
    return MM_OK;
}

mm_err key_file_read(uint8_t key[KEY_FILE_BYTES], const char *path, struct mm_reason *reason)
{
    uint8_t memory[KEY_TEXT_BYTES_MAX];
    struct mm_buf text = mm_buf_over(memory, sizeof memory);
    mm_bytes line;
    mm_err err = secret_file_read(&text, &line, path, reason);
    if (err == MM_ERR_LIMIT) /* its words are about mebibytes */
        err = mm_fail(reason, MM_ERR_INVALID, "%s: not a key of 64 hex digits", path);
    if (err == MM_OK)
        err = decode_key(key, line, path, reason);
    sodium_memzero(memory, sizeof memory);
    return err;
}

mm_err key_file_write(const char *path, const uint8_t key[KEY_FILE_BYTES], struct mm_reason *reason)
{
    char text[2 * KEY_FILE_BYTES + 2];
    hex_encode(text, mm_bytes_from(key, KEY_FILE_BYTES));
    text[2 * KEY_FILE_BYTES] = '\n';
    const mm_err err =
        file_replace(path, mm_bytes_from((const uint8_t *)text, 2 * KEY_FILE_BYTES + 1), reason);
    sodium_memzero(text, sizeof text);
    return err;
}
