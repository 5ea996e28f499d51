#include "node/cli/rule_trial.h"

#include "state/base/assert.h"
#include "state/codec/json.h"
#include "state/codec/utf8.h"

enum { REPORT_BYTES_MAX = 16 << 20 };

/* The line that the place is in, and ^~~ below it. Tabs stay tabs, so that both lines are as wide. */
static void print_caret(const struct trial *trial, uint32_t offset, uint32_t len)
{
    const mm_bytes source = trial->source;
    size_t begin = offset;
    size_t end = offset;
    while (begin > 0 && source.ptr[begin - 1] != '\n')
        begin--;
    while (end < source.len && source.ptr[end] != '\n')
        end++;
    fputs("    ", stdout);
    cli_print(stdout, mm_bytes_from(source.ptr + begin, end - begin));
    fputs("\n    ", stdout);
    for (size_t at = begin; at < offset + (len == 0 ? 1 : len) && at <= end;) {
        const size_t step = utf8_char_len(mm_bytes_from(source.ptr + at, source.len - at));
        if (at < offset)
            putchar(source.ptr[at] == '\t' ? '\t' : ' ');
        else if (at == offset)
            fputs(trial->run->colour ? "\033[31m^" : "^", stdout);
        else if (at < end)
            putchar('~');
        at += step == 0 ? 1 : step;
    }
    puts(trial->run->colour ? "\033[0m" : "");
}

static void print_place(const struct trial *trial, uint32_t offset, uint32_t len, const char *text)
{
    uint32_t line;
    uint32_t column;
    rule_place(trial->source, offset, &line, &column);
    printf("%s ", cli_mark(trial->run, false));
    if (memchr(trial->source.ptr, '\n', trial->source.len) != NULL)
        printf("line %u, ", line);
    printf("column %u: ", column);
    cli_print(stdout, mm_bytes_str(text));
    putchar('\n');
    print_caret(trial, offset, len);
}

static void json_place(struct json_writer *w, const struct trial *trial, uint32_t offset,
                       uint32_t len)
{
    uint32_t line;
    uint32_t column;
    rule_place(trial->source, offset, &line, &column);
    json_key(w, "line");
    json_add_u64(w, line);
    json_key(w, "column");
    json_add_u64(w, column);
    json_key(w, "offset");
    json_add_u64(w, offset);
    json_key(w, "length");
    json_add_u64(w, len);
}

/* Numbers as text, since JSON's have 53 bits with many; bytes as 0x. */
static void json_scalar(struct json_writer *w, const struct rule_value *value)
{
    char text[RULE_NUMBER_TEXT_MAX + 1];
    switch ((enum rule_kind)value->type.kind) {
    case RULE_BOOL:
        json_add_bool(w, value->is_true);
        return;
    case RULE_INT:
    case RULE_UINT:
        rule_number_text(text, value);
        json_add_text(w, text);
        return;
    case RULE_STRING:
        json_add_string(w, value->bytes);
        return;
    case RULE_BYTES:
        json_add_data(w, value->bytes);
        return;
    case RULE_NONE:
        break;
    }
    MM_UNREACHABLE();
}

static void json_value(struct json_writer *w, const struct rule_value *value)
{
    struct {
        const struct rule_value *at;
        size_t left;
    } levels[RULE_LIST_DEPTH_MAX + 1] = { { value, 1 } };
    size_t depth = 1;
    while (depth > 0) {
        if (levels[depth - 1].left == 0) {
            if (--depth > 0)
                json_close_array(w);
            continue;
        }
        const struct rule_value *item = levels[depth - 1].at++;
        levels[depth - 1].left--;
        if (item->type.depth == 0) {
            json_scalar(w, item);
            continue;
        }
        json_open_array(w);
        levels[depth].at = item->list.items;
        levels[depth++].left = item->list.count;
    }
}

static void json_error(struct json_writer *w, const struct trial *trial)
{
    json_key(w, "error");
    json_open_object(w);
    json_key(w, "verdict");
    json_add_text(w, rule_verdict_word(trial->error.verdict));
    json_key(w, "text");
    json_add_text(w, trial->error.text);
    json_place(w, trial, trial->error.offset, trial->error.len);
    json_close_object(w);
}

static void json_outcome(struct json_writer *w, const struct trial *trial,
                         const struct rule_result *result)
{
    if (result->fault == RULE_FAULT_NONE) {
        json_key(w, "value");
        json_value(w, &result->value);
    } else {
        json_key(w, "fault");
        json_open_object(w);
        json_key(w, "code");
        json_add_u64(w, (uint64_t)result->fault);
        json_key(w, "text");
        json_add_text(w, rule_fault_text(result->fault));
        json_place(w, trial, result->offset, 0);
        json_close_object(w);
    }
    json_key(w, "cost");
    json_add_u64(w, result->cost);
}

int trial_report_json(struct trial *trial, const struct rule_result *result)
{
    char type[RULE_TYPE_TEXT_MAX];
    struct mm_buf json;
    mm_buf_init(&json, REPORT_BYTES_MAX);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    json_key(&w, "valid");
    json_add_bool(&w, trial->rule != NULL);
    if (trial->rule == NULL) {
        json_error(&w, trial);
    } else {
        json_key(&w, "type");
        json_add_text(&w, rule_type_text(type, rule_result_type(trial->rule)));
        if (result != NULL)
            json_outcome(&w, trial, result);
        json_key(&w, "costMax");
        json_add_u64(&w, rule_cost_max(trial->rule));
    }
    json_close_object(&w);
    return cli_print_json(trial->run, &json);
}

void trial_report(struct trial *trial, const struct rule_result *result)
{
    char cost[64];
    if (result->fault != RULE_FAULT_NONE) {
        print_place(trial, result->offset, 0, rule_fault_text(result->fault));
    } else {
        struct mm_buf text;
        mm_buf_init(&text, REPORT_BYTES_MAX);
        rule_value_print(&text, &result->value);
        cli_field(trial->run, "value", mm_buf_bytes(&text));
        mm_buf_fini(&text);
    }
    (void)snprintf(cost, sizeof cost, "%llu of at most %llu", (unsigned long long)result->cost,
                   (unsigned long long)rule_cost_max(trial->rule));
    cli_field(trial->run, "cost", mm_bytes_str(cost));
}

/* A rule that is refused is what was asked about, so the answer is printed and the status says it. */
int trial_report_refused(struct trial *trial)
{
    if (cli_flag(trial->run, "json")) {
        const int status = trial_report_json(trial, NULL);
        return status == CLI_OK ? CLI_UNVERIFIED : status;
    }
    print_place(trial, trial->error.offset, trial->error.len, trial->error.text);
    return CLI_UNVERIFIED;
}
