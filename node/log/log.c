#include "node/log/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "p2p/clock/clock.h"
#include "state/base/buf.h"
#include "state/codec/json.h"

enum { LINE_MAX_BYTES = 4096 };

static enum node_log_format log_format = NODE_LOG_TEXT;
static bool is_quiet;

void log_init(enum node_log_format format, bool quiet)
{
    log_format = format;
    is_quiet = quiet;
}

static const char *const level_names[] = {
    [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"
};

static void add_time(struct mm_buf *line)
{
    struct timespec now;
    struct tm parts;
    char text[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    mm_buf_printf(line, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* In quotes, in which \ stands before a quote and before itself; control characters have no place in a line. */
static void quote(char *out, size_t out_bytes, const char *text)
{
    size_t len = 0;
    out[len++] = '"';
    for (; *text != '\0' && len + 4 <= out_bytes; text++) {
        if (*text == '"' || *text == '\\')
            out[len++] = '\\';
        out[len++] = (uint8_t)*text < 0x20 || *text == 0x7f ? '?' : *text;
    }
    out[len++] = '"';
    out[len] = '\0';
}

const char *log_value(char *out, size_t out_bytes, const char *text)
{
    bool is_plain = *text != '\0' && strlen(text) < out_bytes;
    for (const char *c = text; *c != '\0'; c++)
        is_plain = is_plain && (uint8_t)*c > ' ' && strchr("\"\\=\x7f", *c) == NULL;
    if (is_plain)
        memcpy(out, text, strlen(text) + 1);
    else
        quote(out, out_bytes, text);
    return out;
}

/* What stands between quotes, as a string of JSON; returns where it ends. */
static const char *add_unquoted(struct json_writer *w, const char *text)
{
    char plain[LINE_MAX_BYTES / 2];
    size_t len = 0;
    for (; *text != '\0' && *text != '"'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        plain[len++] = *text;
    }
    json_add_string(w, mm_bytes_from(plain, len));
    return text;
}

/* "a=1 b=\"x y\"" into JSON members, all of them strings but numbers. fields: at most LINE_MAX_BYTES / 2. */
static void add_members(struct json_writer *w, const char *fields)
{
    while (*fields != '\0') {
        const char *equals = strchr(fields, '=');
        if (equals == NULL)
            return;
        const char *value = equals + 1;
        const size_t len = strcspn(value, " ");
        json_key_bytes(w, mm_bytes_from(fields, (size_t)(equals - fields)));
        if (*value == '"')
            fields = add_unquoted(w, value + 1);
        else if (len > 0 && len < 16 && strspn(value, "0123456789") >= len)
            json_add_raw(w, mm_bytes_from(value, len));
        else
            json_add_string(w, mm_bytes_from(value, len));
        fields = *value == '"' ? fields + (*fields == '"') : value + len;
        fields += strspn(fields, " ");
    }
}

static void write_line(struct mm_buf *line, enum log_level level, const char *message,
                       const char *fields)
{
    switch (log_format) {
    case NODE_LOG_TEXT:
        mm_buf_printf(line, "%s%s%s%s\n",
                      level == LOG_INFO   ? ""
                      : level == LOG_WARN ? "warning: "
                                          : "error: ",
                      message, fields[0] == '\0' ? "" : "  ", fields);
        return;
    case NODE_LOG_LOGFMT: {
        char quoted[LINE_MAX_BYTES / 4];
        quote(quoted, sizeof quoted, message);
        mm_buf_add_text(line, "time=");
        add_time(line);
        mm_buf_printf(line, " level=%s msg=%s%s%s\n", level_names[level], quoted,
                      fields[0] == '\0' ? "" : " ", fields);
        return;
    }
    case NODE_LOG_JSON: {
        struct mm_buf time;
        struct json_writer w = json_writer_over(line);
        mm_buf_init(&time, 64);
        add_time(&time);
        json_open_object(&w);
        json_key(&w, "time");
        json_add_string(&w, mm_buf_bytes(&time));
        json_key(&w, "level");
        json_add_text(&w, level_names[level]);
        json_key(&w, "msg");
        json_add_text(&w, message);
        add_members(&w, fields);
        json_close_object(&w);
        mm_buf_add_byte(line, '\n');
        mm_buf_fini(&time);
        return;
    }
    }
}

static void write_event(enum log_level level, const char *message, const char *fields, va_list args)
    MM_PRINTF(3, 0);
static void write_event(enum log_level level, const char *message, const char *fields, va_list args)
{
    if (is_quiet && level == LOG_INFO)
        return;
    char text[LINE_MAX_BYTES / 2] = "";
    if (fields != NULL)
        (void)vsnprintf(text, sizeof text, fields, args);
    struct mm_buf line;
    mm_buf_init(&line, LINE_MAX_BYTES);
    write_line(&line, level, message, text);
    const mm_bytes bytes = mm_buf_bytes(&line);
    if (bytes.len > 0 && write(STDERR_FILENO, bytes.ptr, bytes.len) < 0) {
        /* Nobody reads: there is nobody to tell. */
    }
    mm_buf_fini(&line);
}

void log_event(enum log_level level, const char *message, const char *fields, ...)
{
    va_list args;
    va_start(args, fields);
    write_event(level, message, fields, args);
    va_end(args);
}

/* ---- lines that others cause ---- */

/* Counted in seconds of waiting. */
static const struct allowance_rule LINES_RULE = { .per_s = 1,
                                                  .at_once = LOG_LINES_AT_ONCE * LOG_LINE_EVERY_S };

bool log_limit_allows(struct log_limit *limit, uint64_t *left_out, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&limit->lock);
    if (!limit->has_begun)
        limit->left = allowance_full(LINES_RULE, now_ms);
    limit->has_begun = true;
    const bool allows = allowance_has(&limit->left, LINES_RULE, now_ms);
    if (allows)
        allowance_spend(&limit->left, LOG_LINE_EVERY_S);
    *left_out = limit->left_out;
    limit->left_out = allows ? 0 : limit->left_out + 1;
    (void)pthread_mutex_unlock(&limit->lock);
    return allows;
}

void log_limited(struct log_limit *limit, enum log_level level, const char *message,
                 const char *fields, ...)
{
    uint64_t left_out;
    va_list args;
    if (!log_limit_allows(limit, &left_out, clock_ms()))
        return;
    if (left_out > 0)
        log_event(level, "lines like the next one were left out", "count=%llu",
                  (unsigned long long)left_out);
    va_start(args, fields);
    write_event(level, message, fields, args);
    va_end(args);
}
