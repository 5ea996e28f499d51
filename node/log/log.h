/* What the node tells its operator, on standard error: a line an event, as text, logfmt or JSON.
 *
 * An event has a short constant message and fields; text is for eyes, the other two for machines. Secrets are never fields.
 * Threads: any; a line is written whole. */
#ifndef NODE_LOG_LOG_H
#define NODE_LOG_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "p2p/wire/allowance.h"
#include "state/base/err.h"

enum node_log_format { NODE_LOG_TEXT, NODE_LOG_LOGFMT, NODE_LOG_JSON };

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

/* Before other threads start. Quiet leaves warnings and errors. */
void log_init(enum node_log_format format, bool quiet);

/* fields: a format of "key=value key=value"; a value that may have blanks goes through log_value. NULL for none. */
void log_event(enum log_level level, const char *message, const char *fields, ...) MM_PRINTF(3, 4);

/* What someone outside can cause as often as they like, by coming and going, say, is a line so often at most: or the log fills the
 * disk. 100 at once, then one in ten seconds, some megabyte a day. */
enum { LOG_LINES_AT_ONCE = 100, LOG_LINE_EVERY_S = 10 };

struct log_limit {
    pthread_mutex_t lock;
    bool has_begun;
    struct allowance left;
    uint64_t left_out; /* since the last line */
};
#define LOG_LIMIT                                                                                  \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* As log_event. After lines that were left out it says how many. */
void log_limited(struct log_limit *limit, enum log_level level, const char *message,
                 const char *fields, ...) MM_PRINTF(4, 5);
/* Whether there is one more at this time. *left_out: how many there were not, before this one. */
bool log_limit_allows(struct log_limit *limit, uint64_t *left_out, uint64_t now_ms);

/* A text from outside as the value of a field: in quotes when it has to be, cut at the end of out. Returns out. */
const char *log_value(char *out, size_t out_bytes, const char *text);

#endif
