/* Values for a person. */
#include "contracts-native/rules/value.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"

static void print_string(struct mm_buf *out, mm_bytes text)
{
    mm_buf_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t byte = text.ptr[i];
        if (byte == '"' || byte == '\\')
            mm_buf_printf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            mm_buf_printf(out, "\\x%02x", byte);
        else
            mm_buf_add_byte(out, byte);
    }
    mm_buf_add_byte(out, '"');
}

static void print_scalar(struct mm_buf *out, const struct rule_value *value)
{
    char text[RULE_NUMBER_TEXT_MAX + 1];
    switch ((enum rule_kind)value->type.kind) {
    case RULE_BOOL:
        mm_buf_add_text(out, value->is_true ? "true" : "false");
        return;
    case RULE_INT:
    case RULE_UINT:
        rule_number_text(text, value);
        mm_buf_printf(out, "%s%s", text, value->type.kind == RULE_UINT ? "u" : "");
        return;
    case RULE_STRING:
        print_string(out, value->bytes);
        return;
    case RULE_BYTES:
        hex_add_data(out, value->bytes);
        return;
    case RULE_NONE:
        break;
    }
    MM_UNREACHABLE();
}

void rule_value_print(struct mm_buf *out, const struct rule_value *value)
{
    struct {
        const struct rule_value *at;
        size_t left;
    } levels[RULE_LIST_DEPTH_MAX + 1] = { { value, 1 } };
    size_t depth = 1;
    bool is_first = true;
    while (depth > 0) {
        if (levels[depth - 1].left == 0) {
            is_first = false;
            if (--depth > 0)
                mm_buf_add_byte(out, ']');
            continue;
        }
        const struct rule_value *item = levels[depth - 1].at++;
        levels[depth - 1].left--;
        if (!is_first)
            mm_buf_add_text(out, ", ");
        is_first = false;
        if (item->type.depth == 0) {
            print_scalar(out, item);
            continue;
        }
        MM_ASSERT(depth <= RULE_LIST_DEPTH_MAX);
        mm_buf_add_byte(out, '[');
        levels[depth].at = item->list.items;
        levels[depth++].left = item->list.count;
        is_first = true;
    }
}
