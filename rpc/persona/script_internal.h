/* What the files of this folder share: a script as it was read.
 *
 *     script_parse.c   JSON into what stands below
 *     script_read.c    what that is done with, and the place of what is wrong
 *     text.c           texts with braces: read, and written with what they name
 *     pattern.c        patterns: read, and fitted to a clause
 *
 * What is done with it is in mind.h. */
#ifndef RPC_PERSONA_SCRIPT_INTERNAL_H
#define RPC_PERSONA_SCRIPT_INTERNAL_H

#include "rpc/persona/script.h"
#include "rpc/persona/words.h"
#include "state/base/buf.h"
#include "state/codec/json.h"

/* ---- reading ---- */

enum { PERSONA_PLACE_MAX = 120 };

struct persona_pair;

struct persona_parsing {
    struct mm_arena *arena;
    struct mm_reason *reason;
    char place[PERSONA_PLACE_MAX]; /* "rules[3].patterns[0].match" */
    bool no_memory;
    struct persona_script *script;
};

/* Writes "place: what" and gives false. */
bool persona_fail(struct persona_parsing *p, const char *format, ...) MM_PRINTF(2, 3);
bool persona_no_memory(struct persona_parsing *p);
/* The words of a key, substitution or pattern, folded; at least one. */
bool persona_read_words(struct persona_parsing *p, struct persona_words *out, mm_bytes text,
                        size_t words_max);
/* Letters, digits, '_', '.', '-': names of slots, groups and variables. */
bool persona_is_name(mm_bytes text);

/* Goes into a member or item; what it gives is for persona_leave, which goes back. */
size_t persona_enter(struct persona_parsing *p, const char *format, ...) MM_PRINTF(2, 3);
void persona_leave(struct persona_parsing *p, size_t len);
/* Whether it is there and of that kind. */
bool persona_want(struct persona_parsing *p, const struct json *value, enum json_kind kind);
/* Whether an object has no other members. */
bool persona_known(struct persona_parsing *p, const struct json *object, const char *const *names,
                   size_t count);
#define PERSONA_KNOWN(p, object, ...)                                                              \
    persona_known(p, object, (const char *const[]){ __VA_ARGS__ },                                 \
                  MM_COUNT_OF(((const char *const[]){ __VA_ARGS__ })))
bool persona_read_u64(struct persona_parsing *p, uint64_t *out, const struct json *object,
                      const char *key, uint64_t otherwise);
/* Members of the root, which may be missing. */
bool persona_read_pairs(struct persona_parsing *p, struct persona_pair **out, size_t *count,
                        const struct json *root, const char *key);
bool persona_read_groups(struct persona_parsing *p, const struct json *root);

/* ---- texts ---- */

enum persona_part_kind {
    PERSONA_LITERAL,
    PERSONA_CAPTURE,     /* number, seen from the other side */
    PERSONA_CAPTURE_RAW, /* as it was said */
    PERSONA_SLOT,        /* number: of the slot */
    PERSONA_VARIABLE,    /* text: its name; number and is_less: what is added or taken */
    PERSONA_PLURAL,      /* text: its name; one, many */
};

struct persona_part {
    enum persona_part_kind kind;
    mm_bytes text;
    uint64_t number;
    bool is_less;
    mm_bytes one;
    mm_bytes many;
};

struct persona_text {
    const struct persona_part *parts;
    size_t count;
};

/* captures: how many the pattern has. */
bool persona_text_read(struct persona_parsing *p, struct persona_text *out, mm_bytes text,
                       size_t captures);
/* The slot of that name, made when there is none. */
bool persona_slot_of(struct persona_parsing *p, size_t *slot, mm_bytes name);

/* ---- patterns ---- */

enum persona_element_kind { PERSONA_ANY, PERSONA_SOME, PERSONA_ONE, PERSONA_CHOICE, PERSONA_WORD };

struct persona_element {
    enum persona_element_kind kind;
    const mm_bytes *words; /* PERSONA_WORD: one, PERSONA_CHOICE */
    size_t word_count;
};

struct persona_pattern {
    const struct persona_element *elements;
    size_t count;
    size_t captures;
};

bool persona_pattern_read(struct persona_parsing *p, struct persona_pattern *out, mm_bytes text);

/* Words from, to but not including; numbered from 0. */
struct persona_capture {
    size_t from;
    size_t to;
};
/* Whether the whole of words[from, to) fits. Nothing is allocated. */
bool persona_pattern_fits(const struct persona_pattern *pattern,
                          struct persona_capture captures[PERSONA_CAPTURES_MAX],
                          const struct persona_word *words, size_t from, size_t to);

/* ---- the script ---- */

enum persona_condition_kind { PERSONA_WITHIN, PERSONA_KNOWN, PERSONA_UNKNOWN };

struct persona_condition {
    enum persona_condition_kind kind;
    mm_bytes variable;
    uint64_t from;
    uint64_t to;
    size_t slot;
};

struct persona_memory {
    size_t slot;
    struct persona_text text;
};

struct persona_replies {
    const struct persona_text *items;
    size_t count;
    size_t number; /* of this list in the script: where its turn is kept */
};

struct persona_case {
    struct persona_pattern pattern;
    const struct persona_condition *conditions;
    size_t condition_count;
    const struct persona_memory *memories;
    size_t memory_count;
    bool keeps;
    struct persona_text keep;
    struct persona_replies replies;
};

struct persona_rule {
    uint64_t rank;
    const struct persona_case *cases;
    size_t case_count;
};

/* A key, found by its first word. */
struct persona_key {
    struct persona_words words;
    size_t rule;
};

struct persona_pair {
    mm_bytes from;
    struct persona_words to;
};

struct persona_group {
    mm_bytes name;
    const mm_bytes *words;
    size_t word_count;
};

struct persona_script {
    struct persona_rule *rules;
    size_t rule_count;
    struct persona_key *keys; /* sorted by first word, then rule */
    size_t key_count;
    struct persona_pair *substitutions; /* sorted */
    size_t substitution_count;
    struct persona_pair *reflections; /* sorted */
    size_t reflection_count;
    struct persona_group *groups;
    size_t group_count;
    mm_bytes slots[PERSONA_SLOTS_MAX];
    size_t slot_count;
    struct persona_replies otherwise;
    size_t list_count; /* of replies, for their turns */
};

/* NULL: none. */
const struct persona_pair *persona_find_pair(const struct persona_pair *pairs, size_t count,
                                             mm_bytes word);

#endif
