/* Texts of a script: what stands between braces, read once. */
#include "rpc/persona/script_internal.h"
#include "state/codec/u256.h"

bool persona_is_name(mm_bytes text)
{
    if (text.len == 0 || text.len > PERSONA_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '_' || c == '.'))
            return false;
    }
    return true;
}

bool persona_slot_of(struct persona_parsing *p, size_t *slot, mm_bytes name)
{
    struct persona_script *script = p->script;
    if (!persona_is_name(name))
        return persona_fail(p, "a name has 1 to %d letters, digits, '_' and '.'",
                            PERSONA_NAME_BYTES_MAX);
    for (*slot = 0; *slot < script->slot_count; ++*slot) {
        if (mm_bytes_equal(script->slots[*slot], name))
            return true;
    }
    if (script->slot_count == PERSONA_SLOTS_MAX)
        return persona_fail(p, "more than %d things to remember", PERSONA_SLOTS_MAX);
    if (mm_arena_copy(p->arena, &script->slots[script->slot_count], name) != MM_OK)
        return persona_no_memory(p);
    script->slot_count++;
    return true;
}

/* ---- what stands between braces ---- */

static bool read_capture(struct persona_parsing *p, struct persona_part *part, mm_bytes inside,
                         size_t captures)
{
    part->number = (uint64_t)(inside.ptr[0] - '0');
    part->kind = inside.len == 2 ? PERSONA_CAPTURE_RAW : PERSONA_CAPTURE;
    if (part->number == 0 || part->number > captures)
        return persona_fail(p, "{%u}: the pattern captures %zu", (unsigned)part->number, captures);
    return true;
}

/* A variable with its number behind the sign. */
static bool read_sum(struct persona_parsing *p, struct persona_part *part, mm_bytes inside,
                     size_t sign)
{
    mm_u256 number;
    part->text = mm_bytes_from(inside.ptr, sign);
    part->is_less = inside.ptr[sign] == '-';
    if (!u256_from_decimal(&number, mm_bytes_from(inside.ptr + sign + 1, inside.len - sign - 1)) ||
        !u256_fits_u64(&number))
        return persona_fail(p, "behind + and - stands a decimal number");
    part->number = number.limb[0];
    return true;
}

static bool read_plural(struct persona_parsing *p, struct persona_part *part, mm_bytes inside,
                        size_t mark)
{
    const mm_bytes rest = mm_bytes_from(inside.ptr + mark + 1, inside.len - mark - 1);
    const uint8_t *colon = rest.len == 0 ? NULL : memchr(rest.ptr, ':', rest.len);
    if (colon == NULL)
        return persona_fail(p, "{variable?one:many} has a colon");
    part->kind = PERSONA_PLURAL;
    part->text = mm_bytes_from(inside.ptr, mark);
    part->one = mm_bytes_from(rest.ptr, (size_t)(colon - rest.ptr));
    part->many = mm_bytes_from(colon + 1, rest.len - part->one.len - 1);
    return true;
}

static size_t find_any(mm_bytes text, const char *of)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] == '\0' || strchr(of, text.ptr[at]) == NULL))
        at++;
    return at;
}

static bool read_braces(struct persona_parsing *p, struct persona_part *part, mm_bytes inside,
                        size_t captures)
{
    if (inside.len == 0)
        return persona_fail(p, "nothing stands between braces; {{ is a brace");
    const bool is_number = inside.ptr[0] >= '0' && inside.ptr[0] <= '9';
    if (is_number && (inside.len == 1 || (inside.len == 2 && inside.ptr[1] == '!')))
        return read_capture(p, part, inside, captures);
    if (inside.ptr[0] == '$') {
        size_t slot;
        part->kind = PERSONA_SLOT;
        if (!persona_slot_of(p, &slot, mm_bytes_from(inside.ptr + 1, inside.len - 1)))
            return false;
        part->number = slot;
        return true;
    }
    part->kind = PERSONA_VARIABLE;
    part->text = inside;
    const size_t mark = find_any(inside, "?+-");
    if (mark < inside.len && !(inside.ptr[mark] == '?' ? read_plural(p, part, inside, mark)
                                                       : read_sum(p, part, inside, mark)))
        return false;
    return persona_is_name(part->text) ||
           persona_fail(p, "'{%.*s}' names nothing", (int)(inside.len < 40 ? inside.len : 40),
                        (const char *)inside.ptr);
}

/* ---- the text ---- */

struct cursor {
    struct persona_part *parts;
    size_t count;
};

static bool add(struct persona_parsing *p, struct cursor *c, const struct persona_part *part)
{
    if (c->count == PERSONA_PARTS_MAX)
        return persona_fail(p, "more than %d pieces between braces", PERSONA_PARTS_MAX);
    c->parts[c->count++] = *part;
    return true;
}

/* From a brace on; *at moves behind it. */
static bool read_at_brace(struct persona_parsing *p, struct cursor *c, mm_bytes text, size_t *at,
                          size_t captures)
{
    const uint8_t brace = text.ptr[*at];
    if (*at + 1 < text.len && text.ptr[*at + 1] == brace) {
        *at += 2;
        return add(p, c, &(struct persona_part){ .text = mm_bytes_from(text.ptr + *at - 1, 1) });
    }
    const uint8_t *end = memchr(text.ptr + *at, '}', text.len - *at);
    if (brace == '}' || end == NULL)
        return persona_fail(p, "a brace without the other; {{ and }} are braces");
    const mm_bytes inside = mm_bytes_from(text.ptr + *at + 1, (size_t)(end - text.ptr) - *at - 1);
    struct persona_part part = { 0 };
    *at += inside.len + 2;
    return read_braces(p, &part, inside, captures) && add(p, c, &part);
}

bool persona_text_read(struct persona_parsing *p, struct persona_text *out, mm_bytes text,
                       size_t captures)
{
    struct persona_part parts[PERSONA_PARTS_MAX];
    struct cursor c = { parts, 0 };
    mm_bytes copy;
    if (text.len == 0 || text.len > PERSONA_TEXT_BYTES_MAX)
        return persona_fail(p, "a text has 1 to %d bytes", PERSONA_TEXT_BYTES_MAX);
    if (mm_arena_copy(p->arena, &copy, text) != MM_OK)
        return persona_no_memory(p);
    for (size_t at = 0; at < copy.len;) {
        const size_t len = find_any(mm_bytes_from(copy.ptr + at, copy.len - at), "{}");
        const struct persona_part literal = { .text = mm_bytes_from(copy.ptr + at, len) };
        if (len > 0 && !add(p, &c, &literal))
            return false;
        at += len;
        if (at < copy.len && !read_at_brace(p, &c, copy, &at, captures))
            return false;
    }
    struct persona_part *kept = MM_ARENA_ARRAY(p->arena, struct persona_part, c.count);
    if (kept == NULL)
        return persona_no_memory(p);
    memcpy(kept, parts, c.count * sizeof *kept);
    *out = (struct persona_text){ kept, c.count };
    return true;
}
