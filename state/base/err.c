#include "state/base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *mm_err_text(mm_err err)
{
    switch (err) {
    case MM_OK:
        return "ok";
    case MM_ERR_NO_MEMORY:
        return "out of memory";
    case MM_ERR_LIMIT:
        return "limit reached";
    case MM_ERR_IO:
        return "input/output error";
    case MM_ERR_NO_SPACE:
        return "no space left";
    case MM_ERR_CORRUPT:
        return "stored data is corrupt";
    case MM_ERR_NOT_FOUND:
        return "not found";
    case MM_ERR_EXISTS:
        return "exists already";
    case MM_ERR_INVALID:
        return "invalid";
    case MM_ERR_VERSION:
        return "written by another version";
    case MM_ERR_BUSY:
        return "busy";
    case MM_ERR_CRYPTO:
        return "key or signature refused";
    case MM_ERR_STOPPED:
        return "shutting down";
    case MM_ERR_PRUNED:
        return "before the chain begins here";
    }
    return "unknown error";
}

mm_err mm_fail(struct mm_reason *reason, mm_err err, const char *format, ...)
{
    if (reason != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(reason->text, sizeof reason->text, format, args);
        va_end(args);
    }
    return err;
}
