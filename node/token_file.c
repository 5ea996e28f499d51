#include "node/token_file.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#include "node/secret_file.h"

static bool is_token(mm_bytes text)
{
    size_t len = text.len;
    while (len > 0 && text.ptr[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++)
        if (text.ptr[i] >= 0x80 ||
            (!isalnum(text.ptr[i]) && strchr("-._~+/", text.ptr[i]) == NULL) || text.ptr[i] == 0)
            return false;
    return len > 0 && text.len >= TOKEN_FILE_MIN && text.len <= TOKEN_FILE_MAX;
}

mm_err token_file_read(char token[TOKEN_FILE_MAX + 1], const char *path, struct mm_reason *reason)
{
    uint8_t memory[TOKEN_FILE_MAX + 4];
    struct mm_buf text = mm_buf_over(memory, sizeof memory);
    mm_bytes line;
    mm_err err = secret_file_read(&text, &line, path, reason);
    if (err == MM_ERR_LIMIT || (err == MM_OK && !is_token(line)))
        err = mm_fail(reason, MM_ERR_INVALID,
                      "%s: not a token of %d to %d letters, digits and -._~+/", path,
                      TOKEN_FILE_MIN, TOKEN_FILE_MAX);
    if (err == MM_OK) {
        memcpy(token, line.ptr, line.len);
        token[line.len] = '\0';
    }
    sodium_memzero(memory, sizeof memory);
    return err;
}
