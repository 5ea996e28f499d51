/* What the node tells its operator, on standard error: a line an event, as text, logfmt or JSON.
 *
 * An event has a short constant message and fields; text is for eyes, the other two for machines. Secrets are never fields.
 * Threads: any; a line is written whole. */
#ifndef NODE_LOG_LOG_H
#define NODE_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "state/base/err.h"

enum node_log_format { NODE_LOG_TEXT, NODE_LOG_LOGFMT, NODE_LOG_JSON };

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

/* Before other threads start. Quiet leaves warnings and errors. */
void log_init(enum node_log_format format, bool quiet);

/* fields: a format of "key=value key=value"; a value that may have blanks goes through log_value. NULL for none. */
void log_event(enum log_level level, const char *message, const char *fields, ...) MM_PRINTF(3, 4);

/* A text from outside as the value of a field: in quotes when it has to be, cut at the end of out. Returns out. */
const char *log_value(char *out, size_t out_bytes, const char *text);

#endif
