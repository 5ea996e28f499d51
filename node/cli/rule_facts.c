#include "node/cli/rule_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/utf8.h"

enum { FACTS_BYTES_MAX = 1 << 20, FACTS_MAX = 4096, FACTS_DEPTH_MAX = 4 };

/* ---- names ---- */

static const char *const SPACES[] = { /* first words of what is no variable */
                                      "trait",   "history", "credits",  "tokenCredit",
                                      "balance", "votes",   "approved", "spec"
};

static bool is_known(mm_bytes name)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        if (mm_bytes_equal(name, mm_bytes_str(RULE_CHAIN_VARIABLES[i].name)))
            return true;
    }
    for (size_t i = 0; i < MM_COUNT_OF(SPACES); i++) {
        const mm_bytes space = mm_bytes_str(SPACES[i]);
        if (name.len >= space.len && memcmp(name.ptr, space.ptr, space.len) == 0 &&
            (name.len == space.len || name.ptr[space.len] == '.'))
            return true;
    }
    return false;
}

/* Addresses in names are the same in both cases. */
static bool same_name(mm_bytes a, mm_bytes b)
{
    const uint8_t *x = a.len >= 42 ? a.ptr + a.len - 42 : NULL;
    if (a.len != b.len)
        return false;
    if (x == NULL || x[0] != '0' || x[1] != 'x')
        return mm_bytes_equal(a, b);
    mm_addr first;
    mm_addr second;
    return hex_read_addr(&first, mm_bytes_from(x, 42)) &&
           hex_read_addr(&second, mm_bytes_from(b.ptr + b.len - 42, 42)) &&
           mm_addr_equal(&first, &second) && memcmp(a.ptr, b.ptr, a.len - 42) == 0;
}

static const struct fact *find_fact(const struct facts *facts, mm_bytes name)
{
    for (size_t i = facts->count; i-- > 0;) {
        if (same_name(facts->items[i].name, name))
            return &facts->items[i];
    }
    return NULL;
}

/* ---- reading ---- */

static int add_fact(struct facts *facts, mm_bytes name, mm_bytes text, const struct json *list)
{
    if (!is_known(name))
        return cli_misuse(
            facts->run, "no rule asks for '%.*s'; `mintmark rule eval --help` names what there is",
            (int)(name.len < 80 ? name.len : 80), name.ptr);
    if (facts->count == FACTS_MAX)
        return cli_fail(facts->run, CLI_FAILED, "more than %d facts", FACTS_MAX);
    facts->items[facts->count++] = (struct fact){ name, text, list };
    return CLI_OK;
}

/* A member's name behind that of the object that it is in. */
static mm_bytes join_names(struct facts *facts, mm_bytes outer, mm_bytes inner)
{
    const size_t dot = outer.len > 0;
    uint8_t *text = mm_arena_alloc(&facts->run->arena, outer.len + dot + inner.len);
    if (text == NULL)
        return (mm_bytes){ 0 };
    if (dot) {
        memcpy(text, outer.ptr, outer.len);
        text[outer.len] = '.';
    }
    if (inner.len > 0)
        memcpy(text + outer.len + dot, inner.ptr, inner.len);
    return mm_bytes_from(text, outer.len + dot + inner.len);
}

static mm_bytes text_of(const struct json *value)
{
    if (value->kind == JSON_TRUE)
        return MM_BYTES_LIT("true");
    return value->kind == JSON_FALSE ? MM_BYTES_LIT("false") : value->text;
}

/* Objects within objects, walked with a stack. */
static int add_objects(struct facts *facts, const struct json *object)
{
    struct {
        const struct json *object;
        size_t next;
        mm_bytes name;
    } levels[FACTS_DEPTH_MAX] = { { object, 0, { 0 } } };
    size_t depth = 1;
    while (depth > 0) {
        if (levels[depth - 1].next == levels[depth - 1].object->count) {
            depth--;
            continue;
        }
        const struct json_member *member =
            &levels[depth - 1].object->members[levels[depth - 1].next++];
        const mm_bytes name = join_names(facts, levels[depth - 1].name, member->key);
        if (member->value.kind == JSON_OBJECT) {
            if (depth == FACTS_DEPTH_MAX)
                return cli_fail(facts->run, CLI_FAILED, "facts in more than %d objects",
                                FACTS_DEPTH_MAX);
            levels[depth].object = &member->value;
            levels[depth].next = 0;
            levels[depth++].name = name;
            continue;
        }
        const int status = add_fact(facts, name, text_of(&member->value),
                                    member->value.kind == JSON_ARRAY ? &member->value : NULL);
        if (status != CLI_OK)
            return status;
    }
    return CLI_OK;
}

int facts_read_file(struct cli_run *run, mm_bytes *out, const char *path, size_t bytes_max)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *bytes = mm_arena_alloc(&run->arena, bytes_max + 1);
    size_t len = 0;
    ssize_t got = fd < 0 || bytes == NULL ? -1 : 1;
    while (got > 0 && len <= bytes_max) {
        got = read(fd, bytes + len, bytes_max + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    const int error = errno;
    if (fd >= 0 && !is_stdin)
        (void)close(fd);
    if (got < 0)
        return cli_fail(run, CLI_FAILED, "%s: %s", path, strerror(error));
    if (len > bytes_max)
        return cli_fail(run, CLI_FAILED, "%s: larger than %zu bytes", path, bytes_max);
    *out = mm_bytes_from(bytes, len);
    return CLI_OK;
}

static int read_facts_file(struct facts *facts, const char *path)
{
    struct mm_reason reason = { .text = "" };
    const struct json_options options = { .unique_keys = true };
    struct json *json = MM_ARENA_NEW(&facts->run->arena, struct json);
    mm_bytes text;
    const int status = facts_read_file(facts->run, &text, path, FACTS_BYTES_MAX);
    if (status != CLI_OK)
        return status;
    if (json == NULL || json_parse(&facts->run->arena, json, text, &options, &reason) != JSON_OK)
        return cli_fail(facts->run, CLI_FAILED, "%s: %s", path, reason.text);
    if (json->kind != JSON_OBJECT)
        return cli_fail(facts->run, CLI_FAILED, "%s: not an object", path);
    return add_objects(facts, json);
}

/* "NAME=VALUE". */
static bool split(struct fact *fact, const char *word)
{
    const char *sign = strchr(word, '=');
    if (sign == NULL || sign == word)
        return false;
    *fact = (struct fact){ .name = mm_bytes_from(word, (size_t)(sign - word)),
                           .text = mm_bytes_str(sign + 1) };
    return true;
}

static int add_word(struct facts *facts, const char *word)
{
    const struct json_options options = { .unique_keys = true };
    struct json *json = MM_ARENA_NEW(&facts->run->arena, struct json);
    struct fact fact;
    if (!split(&fact, word))
        return cli_misuse(facts->run, "--set %.80s: it is NAME=VALUE", word);
    const bool is_list = fact.text.len > 0 && fact.text.ptr[0] == '[' && json != NULL &&
                         json_parse(&facts->run->arena, json, fact.text, &options, NULL) == JSON_OK;
    return add_fact(facts, fact.name, fact.text, is_list ? json : NULL);
}

static bool kind_of_word(struct rule_type *type, mm_bytes word)
{
    static const struct {
        const char *word;
        enum rule_kind kind;
    } kinds[] = { { "uint", RULE_UINT },
                  { "bool", RULE_BOOL },
                  { "bytes32", RULE_BYTES },
                  { "string", RULE_STRING } };
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        *type = rule_type_of(kinds[i].kind);
        if (mm_bytes_equal(word, mm_bytes_str(kinds[i].word)))
            return true;
    }
    return false;
}

static int read_traits(struct facts *facts)
{
    const struct cli_value *given = cli_value(facts->run, "trait");
    struct rule_type type;
    facts->traits = MM_ARENA_ARRAY(&facts->run->arena, struct fact, given->count);
    MM_ASSERT(facts->traits != NULL);
    for (size_t i = 0; i < given->count; i++) {
        struct fact *trait = &facts->traits[facts->trait_count++];
        if (!split(trait, given->items[i]) || !kind_of_word(&type, trait->text))
            return cli_misuse(
                facts->run, "--trait %.80s: it is NAME=KIND, KIND is uint, bool, bytes32 or string",
                given->items[i]);
    }
    return CLI_OK;
}

int facts_read(struct facts *facts, struct cli_run *run)
{
    *facts = (struct facts){ .run = run };
    facts->items = mm_arena_alloc(&run->arena, FACTS_MAX * sizeof *facts->items);
    MM_ASSERT(facts->items != NULL); /* the run's arena is far larger */
    int status = read_traits(facts);
    if (status != CLI_OK || strcmp(run->command->name, "rule eval") != 0)
        return status;
    if (cli_text(run, "facts") != NULL)
        status = read_facts_file(facts, cli_text(run, "facts"));
    const struct cli_value *words = cli_value(run, "set");
    for (size_t i = 0; i < words->count && status == CLI_OK; i++)
        status = add_word(facts, words->items[i]);
    return status;
}

/* ---- values ---- */

static bool read_number(mm_u256 *out, mm_bytes text)
{
    return u256_from_decimal(out, text) || hex_read_u256(out, text);
}

/* bytes: as many as bytes have, and text at most. */
static bool read_scalar(struct mm_arena *arena, struct rule_value *value, struct rule_type type,
                        mm_bytes text, size_t bytes_max)
{
    size_t len;
    uint8_t *bytes;
    *value = (struct rule_value){ .type = type };
    switch ((enum rule_kind)type.kind) {
    case RULE_BOOL:
        value->is_true = mm_bytes_equal(text, MM_BYTES_LIT("true"));
        return value->is_true || mm_bytes_equal(text, MM_BYTES_LIT("false"));
    case RULE_UINT:
        return read_number(&value->number, text);
    case RULE_STRING:
        value->bytes = text;
        return utf8_is_valid(text) && text.len <= bytes_max;
    case RULE_BYTES:
        if (!hex_data_len(&len, text) || len != bytes_max)
            return false;
        bytes = mm_arena_alloc(arena, len);
        value->bytes = mm_bytes_from(bytes, len);
        return bytes != NULL && hex_read_fixed(bytes, len, text);
    case RULE_INT:
    case RULE_NONE:
        break; /* no variable and no read has these */
    }
    return false;
}

static bool read_list(struct mm_arena *arena, struct rule_value *value, struct rule_type type,
                      const struct json *list, size_t count_max)
{
    struct rule_value *items;
    if (list == NULL || list->count > count_max)
        return false;
    items = mm_arena_alloc(arena, list->count * sizeof *items);
    for (size_t i = 0; i < list->count; i++) {
        if (items == NULL ||
            !read_scalar(arena, &items[i], rule_element_of(type), text_of(&list->items[i]), 0))
            return false;
    }
    *value = rule_list(rule_element_of(type), items, list->count);
    return true;
}

/* Zero of a type: an address of twenty zeros, no text, an empty list. */
static struct rule_value zero_of(struct rule_type type, size_t bytes)
{
    static const uint8_t zeros[RULE_TRAIT_BYTES_MAX];
    struct rule_value value = { .type = type };
    if (rule_type_is(type, RULE_BYTES))
        value.bytes = mm_bytes_from(zeros, bytes);
    return value;
}

static bool value_of(struct facts *facts, struct rule_value *value, struct rule_type type,
                     mm_bytes name, size_t bytes, size_t count_max)
{
    char text[RULE_TYPE_TEXT_MAX];
    const struct fact *fact = find_fact(facts, name);
    *value = zero_of(type, bytes);
    if (fact == NULL)
        return true;
    const bool is_read =
        type.depth > 0
            ? read_list(&facts->run->arena, value, type, fact->list, count_max)
            : fact->list == NULL && read_scalar(&facts->run->arena, value, type, fact->text, bytes);
    if (!is_read)
        (void)mm_fail(&facts->problem, MM_ERR_INVALID, "%.*s=%.*s is no %s", (int)name.len,
                      name.ptr, (int)(fact->text.len < 80 ? fact->text.len : 80), fact->text.ptr,
                      rule_type_is(type, RULE_BYTES) ? bytes == 20 ? "address" : "bytes32"
                                                     : rule_type_text(text, type));
    return is_read;
}

int facts_variables(struct facts *facts, struct rule_value values[RULE_VAR_COUNT],
                    const struct rule *rule, struct rule_type trait_type)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        const struct rule_variable *variable = &RULE_CHAIN_VARIABLES[i];
        const bool is_trait = rule_type_is(variable->type, RULE_NONE);
        if (rule_uses(rule, i) &&
            !value_of(facts, &values[i], is_trait ? trait_type : variable->type,
                      mm_bytes_str(variable->name), variable->bytes_max, variable->count_max))
            return cli_misuse(facts->run, "%s", facts->problem.text);
    }
    return CLI_OK;
}

/* ---- traits and reads ---- */

/* What its fact looks like. */
static struct rule_type guess(mm_bytes text)
{
    mm_u256 number;
    uint8_t word[32];
    if (u256_from_decimal(&number, text))
        return rule_type_of(RULE_UINT);
    if (mm_bytes_equal(text, MM_BYTES_LIT("true")) || mm_bytes_equal(text, MM_BYTES_LIT("false")))
        return rule_type_of(RULE_BOOL);
    return rule_type_of(hex_read_fixed(word, sizeof word, text) ? RULE_BYTES : RULE_STRING);
}

static bool find_trait(void *ctx, struct rule_type *type, mm_bytes name)
{
    struct facts *facts = ctx;
    for (size_t i = facts->trait_count; i-- > 0;) {
        if (mm_bytes_equal(facts->traits[i].name, name))
            return kind_of_word(type, facts->traits[i].text);
    }
    const struct fact *fact = find_fact(facts, join_names(facts, MM_BYTES_LIT("trait"), name));
    if (fact != NULL)
        *type = guess(fact->text);
    return fact != NULL;
}

struct rule_traits facts_traits(struct facts *facts)
{
    return (struct rule_traits){ .ctx = facts, .find = find_trait };
}

struct rule_type facts_trait_type(struct facts *facts, mm_bytes name)
{
    struct rule_type type;
    return find_trait(facts, &type, name) ? type : rule_type_of(RULE_UINT);
}

/* "0x…" of bytes, else the text itself. */
static mm_bytes argument_text(struct facts *facts, const struct rule_value *argument)
{
    if (rule_type_is(argument->type, RULE_STRING))
        return argument->bytes;
    char *text = mm_arena_alloc(&facts->run->arena, 2 + 2 * argument->bytes.len);
    if (text == NULL)
        return (mm_bytes){ 0 };
    memcpy(text, "0x", 2);
    hex_encode(text + 2, argument->bytes);
    return mm_bytes_from(text, 2 + 2 * argument->bytes.len);
}

/* history.count("chat") is the fact history.chat.count, credits(a) is credits.0x…. */
static mm_bytes fact_of_read(struct facts *facts, const struct rule_reader *reader,
                             const struct rule_value *args)
{
    const char *dot = strchr(reader->name, '.');
    mm_bytes name = mm_bytes_str(reader->name);
    if (reader->param_count == 0)
        return name;
    if (dot != NULL)
        name = mm_bytes_from(reader->name, (size_t)(dot - reader->name));
    name = join_names(facts, name, argument_text(facts, &args[0]));
    if (dot != NULL)
        name = join_names(facts, name, mm_bytes_str(dot + 1));
    return reader->param_count < 2 ? name : join_names(facts, name, argument_text(facts, &args[1]));
}

/* Remembers what it can; what does not fit counts as new each time. */
static bool is_new(struct facts *facts, mm_bytes name)
{
    for (size_t i = 0; i < facts->seen_count; i++) {
        if (mm_bytes_equal(facts->seen[i], name))
            return false;
    }
    if (facts->seen_count < MM_COUNT_OF(facts->seen))
        facts->seen[facts->seen_count++] = name;
    return true;
}

static mm_err read_fact(void *ctx, struct rule_value *value, bool *is_first,
                        const struct rule_reader *reader, const struct rule_value *args)
{
    struct facts *facts = ctx;
    struct rule_type type = reader->result;
    const mm_bytes name = fact_of_read(facts, reader, args);
    if (reader->is_of_trait && !find_trait(facts, &type, args[0].bytes))
        return mm_fail(&facts->problem, MM_ERR_INVALID, "no such trait");
    *is_first = is_new(facts, name);
    return value_of(facts, value, type, name, RULE_TRAIT_BYTES_MAX, 0) ? MM_OK : MM_ERR_INVALID;
}

struct rule_host facts_host(struct facts *facts)
{
    return (struct rule_host){ .ctx = facts, .read = read_fact };
}
