/* What functions and operators do with strings, bytes and lists. */
#include "contracts-native/rules/functions_internal.h"
#include "state/base/assert.h"
#include "state/codec/utf8.h"

enum rule_fault text_join(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    const mm_bytes a = args[0].bytes;
    const mm_bytes b = args[1].bytes;
    *out = (struct rule_value){ .type = function->result };
    if (a.len + b.len > RULE_TEXT_BYTES_MAX)
        return RULE_FAULT_COST;
    uint8_t *bytes = mm_arena_alloc(m->arena, a.len + b.len);
    if (bytes == NULL) {
        m->err = MM_ERR_NO_MEMORY;
        return RULE_FAULT_NONE;
    }
    if (a.len > 0)
        memcpy(bytes, a.ptr, a.len);
    if (b.len > 0)
        memcpy(bytes + a.len, b.ptr, b.len);
    out->bytes = mm_bytes_from(bytes, a.len + b.len);
    return RULE_FAULT_NONE;
}

static size_t code_points(mm_bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += (text.ptr[i] & 0xc0) != 0x80;
    return count;
}

enum rule_fault text_size(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    (void)m;
    const mm_bytes text = args[0].bytes;
    out->type = function->result;
    out->number =
        u256_from_u64(rule_type_is(args[0].type, RULE_STRING) ? code_points(text) : text.len);
    return RULE_FAULT_NONE;
}

/* Knuth, Morris and Pratt: the time is that of both lengths together, as the cost is. back[i] is the length of the longest proper
 * beginning of the needle that ends at i. */
static bool contains(mm_bytes text, mm_bytes needle)
{
    uint16_t back[RULE_TEXT_BYTES_MAX];
    size_t matched = 0;
    MM_ASSERT(needle.len <= RULE_TEXT_BYTES_MAX);
    if (needle.len == 0)
        return true;
    back[0] = 0;
    for (size_t i = 1; i < needle.len; i++) {
        while (matched > 0 && needle.ptr[i] != needle.ptr[matched])
            matched = back[matched - 1];
        matched += needle.ptr[i] == needle.ptr[matched];
        back[i] = (uint16_t)matched;
    }
    matched = 0;
    for (size_t i = 0; i < text.len; i++) {
        while (matched > 0 && text.ptr[i] != needle.ptr[matched])
            matched = back[matched - 1];
        matched += text.ptr[i] == needle.ptr[matched];
        if (matched == needle.len)
            return true;
    }
    return false;
}

enum rule_fault text_contains(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function)
{
    (void)m;
    (void)function;
    *out = rule_bool(contains(args[0].bytes, args[1].bytes));
    return RULE_FAULT_NONE;
}

enum rule_fault text_starts(struct machine *m, struct rule_value *out,
                            const struct rule_value *args, const struct function *function)
{
    (void)m;
    (void)function;
    const mm_bytes text = args[0].bytes;
    const mm_bytes part = args[1].bytes;
    *out =
        rule_bool(part.len <= text.len && mm_bytes_equal(mm_bytes_from(text.ptr, part.len), part));
    return RULE_FAULT_NONE;
}

enum rule_fault text_ends(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    (void)m;
    (void)function;
    const mm_bytes text = args[0].bytes;
    const mm_bytes part = args[1].bytes;
    bool ends = part.len == 0;
    if (part.len > 0 && part.len <= text.len)
        ends = memcmp(text.ptr + (text.len - part.len), part.ptr, part.len) == 0;
    *out = rule_bool(ends);
    return RULE_FAULT_NONE;
}

enum rule_fault text_to_bytes(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function)
{
    (void)m;
    (void)function;
    *out = rule_bytes(args[0].bytes);
    return RULE_FAULT_NONE;
}

enum rule_fault text_of_bytes(struct machine *m, struct rule_value *out,
                              const struct rule_value *args, const struct function *function)
{
    (void)m;
    (void)function;
    *out = rule_string(args[0].bytes);
    return utf8_is_valid(args[0].bytes) ? RULE_FAULT_NONE : RULE_FAULT_TEXT;
}

enum rule_fault list_join(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    (void)function;
    const size_t a = args[0].list.count;
    const size_t b = args[1].list.count;
    *out = args[0];
    if (!rule_type_unify(&out->type, args[0].type, args[1].type))
        MM_UNREACHABLE(); /* the checker unified them */
    if (a + b > RULE_LIST_COUNT_MAX)
        return RULE_FAULT_COST;
    struct rule_value *items = mm_arena_alloc(m->arena, (a + b) * sizeof *items);
    if (items == NULL) {
        m->err = MM_ERR_NO_MEMORY;
        return RULE_FAULT_NONE;
    }
    if (a > 0)
        memcpy(items, args[0].list.items, a * sizeof *items);
    if (b > 0)
        memcpy(items + a, args[1].list.items, b * sizeof *items);
    out->list.items = items;
    out->list.count = a + b;
    return RULE_FAULT_NONE;
}

enum rule_fault list_size(struct machine *m, struct rule_value *out, const struct rule_value *args,
                          const struct function *function)
{
    (void)m;
    out->type = function->result;
    out->number = u256_from_u64(args[0].list.count);
    return RULE_FAULT_NONE;
}

enum rule_fault list_at(struct machine *m, struct rule_value *out, const struct rule_value *args,
                        const struct function *function)
{
    (void)m;
    (void)function;
    const mm_u256 *index = &args[1].number; /* below zero it does not fit 64 bits */
    if (!u256_fits_u64(index) || index->limb[0] >= args[0].list.count)
        return RULE_FAULT_INDEX;
    *out = args[0].list.items[index->limb[0]];
    return RULE_FAULT_NONE;
}

enum rule_fault list_has(struct machine *m, struct rule_value *out, const struct rule_value *args,
                         const struct function *function)
{
    (void)function;
    bool is_found = false;
    for (size_t i = 0; i < args[1].list.count && !is_found; i++) {
        uint64_t units = COST_ELEMENT;
        is_found = rule_value_equal(&args[0], &args[1].list.items[i], &units);
        if (!machine_charge(m, units))
            return RULE_FAULT_COST;
    }
    *out = rule_bool(is_found);
    return RULE_FAULT_NONE;
}
