/* Errors: where they are and what they say. */
#include <stdarg.h>
#include <stdio.h>

#include "contracts-native/rules/program_internal.h"
#include "state/codec/utf8.h"

const char *rule_verdict_word(enum rule_verdict verdict)
{
    switch (verdict) {
    case RULE_OK:
        return "ok";
    case RULE_TOO_LONG:
        return "too-long";
    case RULE_NOT_UTF8:
        return "not-utf8";
    case RULE_SYNTAX:
        return "syntax";
    case RULE_UNSUPPORTED:
        return "unsupported";
    case RULE_BAD_NUMBER:
        return "number";
    case RULE_BAD_TEXT:
        return "text";
    case RULE_TOO_DEEP:
        return "too-deep";
    case RULE_TOO_LARGE:
        return "too-large";
    case RULE_UNKNOWN:
        return "unknown";
    case RULE_TYPE:
        return "type";
    case RULE_COSTLY:
        return "cost";
    case RULE_NO_MEMORY:
        return "memory";
    }
    return "?";
}

const char *rule_fault_text(enum rule_fault fault)
{
    switch (fault) {
    case RULE_FAULT_NONE:
        return "no fault";
    case RULE_FAULT_OVERFLOW:
        return "the result does not fit";
    case RULE_FAULT_DIVISION:
        return "division by zero";
    case RULE_FAULT_INDEX:
        return "the list has no element there";
    case RULE_FAULT_CONVERSION:
        return "the value cannot be converted";
    case RULE_FAULT_COST:
        return "a limit of cost or size was reached";
    case RULE_FAULT_TEXT:
        return "the bytes are not UTF-8";
    }
    return "?";
}

void rule_place(mm_bytes source, uint32_t offset, uint32_t *line, uint32_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < source.len;) {
        const size_t len = utf8_char_len(mm_bytes_from(source.ptr + i, source.len - i));
        if (source.ptr[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
        i += len == 0 ? 1 : len; /* of a text that is refused for it */
    }
}

enum rule_verdict rule_refuse(struct compiling *c, enum rule_verdict verdict, uint32_t offset,
                              uint32_t len, const char *format, ...)
{
    va_list args;
    *c->error = (struct rule_error){ .verdict = verdict, .offset = offset, .len = len };
    rule_place(c->source, offset, &c->error->line, &c->error->column);
    va_start(args, format);
    (void)vsnprintf(c->error->text, sizeof c->error->text, format, args);
    va_end(args);
    return verdict;
}
