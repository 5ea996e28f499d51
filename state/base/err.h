/* Errors of the world: a disk, a socket, memory or a limit failed.
 *
 * Zero is success. Every function that can fail so is MM_MUST_USE; its caller handles the error or passes it on. What
 * outside bytes did wrong is not an mm_err but a verdict of the module that looked at them, one value a rule.
 * Where a person will read why (start-up, a file, a command), the function also takes a struct mm_reason and writes
 * one line there; it may be NULL. A function that fails leaves its outputs empty. */
#ifndef STATE_BASE_ERR_H
#define STATE_BASE_ERR_H

#define MM_MUST_USE __attribute__((warn_unused_result))
#define MM_PRINTF(format_index, first_index)                                                       \
    __attribute__((format(printf, format_index, first_index)))

typedef enum mm_err {
    MM_OK = 0,
    MM_ERR_NO_MEMORY, /* the heap gave nothing */
    MM_ERR_LIMIT,     /* a named limit of limits.h, an arena or a buffer is full */
    MM_ERR_IO,        /* a disk or socket operation failed */
    MM_ERR_NO_SPACE,  /* the disk is full or a quota is reached */
    MM_ERR_CORRUPT,   /* stored bytes are not what was written */
    MM_ERR_NOT_FOUND, /* the thing asked for is not there; often not a failure */
    MM_ERR_EXISTS,    /* the thing to make is there already */
    MM_ERR_INVALID,   /* bytes or arguments from outside that no finer verdict describes */
    MM_ERR_VERSION,   /* stored by another version */
    MM_ERR_BUSY,      /* held by another process, or try again later */
    MM_ERR_CRYPTO,    /* a cryptographic library refused: bad key, bad signature, wrong password */
    MM_ERR_STOPPED,   /* the node is shutting down */
    MM_ERR_PRUNED,    /* of a time before the chain begins here */
} mm_err;

/* A line for a person. Always terminated. */
struct mm_reason {
    char text[320];
};

/* Never NULL: what the error is, in a few lower-case words. */
const char *mm_err_text(mm_err err);

/* Writes the line (cut at the end of the array) and returns err, so that one can `return mm_fail(reason, MM_ERR_IO, …)`.
 * reason may be NULL. */
mm_err mm_fail(struct mm_reason *reason, mm_err err, const char *format, ...) MM_PRINTF(3, 4);

/* Passes a non-zero error on. */
#define MM_TRY(expression)                                                                         \
    do {                                                                                           \
        mm_err mm_try_err_ = (expression);                                                         \
        if (mm_try_err_ != MM_OK)                                                                  \
            return mm_try_err_;                                                                    \
    } while (0)

#endif
