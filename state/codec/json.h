/* JSON: outside text into a tree, and text out.
 *
 * A text without escapes and beyond ASCII, which is what requests are, is read here (json_plain.c); whatever else there is, and
 * whatever is wrong, by libyajl (streaming, no recursion), with what it lets through checked again: the text is exactly one value
 * without a byte order mark, white space is that of RFC 8259, strings are valid UTF-8 without overlong forms, encoded surrogates or lone \u surrogates, keys are unique within an object
 * where the caller asks for it, nesting is at most MM_JSON_DEPTH_MAX. Numbers stay text: an id or a wei amount has any length.
 * The tree lives in the caller's arena; nothing of it outlives a reset. Members keep their order.
 * Writing goes straight into an mm_buf. The writer puts the commas; it does not check that objects have keys.
 * Threads: each tree and writer belongs to one. */
#ifndef STATE_CODEC_JSON_H
#define STATE_CODEC_JSON_H

#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/u256.h"

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json_member;

/* A value. Borrowed from the arena it was parsed into. */
struct json {
    enum json_kind kind;
    mm_bytes text; /* JSON_STRING: decoded, may hold zero bytes; JSON_NUMBER: as written */
    size_t count;  /* of items or members */
    const struct json *items;          /* JSON_ARRAY */
    const struct json_member *members; /* JSON_OBJECT */
};

struct json_member {
    mm_bytes key;
    struct json value;
};

enum json_verdict {
    JSON_OK = 0,
    JSON_SYNTAX, /* not one JSON value: bad token, trailing bytes, empty text, raw control character, bad escape */
    JSON_BAD_UTF8,  /* invalid, overlong or surrogate */
    JSON_TOO_DEEP,  /* nesting above MM_JSON_DEPTH_MAX */
    JSON_DUPLICATE, /* a key twice in one object, where unique keys were asked for */
    JSON_NO_MEMORY, /* the arena is full */
};

struct json_options {
    bool
        unique_keys; /* configuration files: a key twice is an error. Otherwise the last one counts, as in JavaScript */
};

const char *json_verdict_text(enum json_verdict verdict);

/* Out: *value, valid as long as the arena is not reset. `reason` (may be NULL) says where, with line and column. */
MM_MUST_USE enum json_verdict json_parse(struct mm_arena *arena, struct json *value, mm_bytes text,
                                         const struct json_options *options,
                                         struct mm_reason *reason);

/* The member's value, or NULL: no such key, or not an object. */
const struct json *json_find(const struct json *object, const char *key);
bool json_is_text(const struct json *value, const char *text);
/* A JSON number that is a non-negative integer of at most 64 bits, written without fraction or exponent. */
MM_MUST_USE bool json_u64(uint64_t *out, const struct json *number);

/* Levels that a writer keeps: an outside value of MM_JSON_DEPTH_MAX levels within as many of ours. */
enum { JSON_WRITE_DEPTH_MAX = 128 };

/* Writer. Every function puts the comma that its place needs. */
struct json_writer {
    struct mm_buf *buf;    /* borrowed */
    uint64_t has_items[2]; /* a bit a level: something stands there already */
    unsigned depth;
    bool after_key;
};

struct json_writer json_writer_over(struct mm_buf *buf);
void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);
/* A key that needs no escaping (a literal of ours). */
void json_key(struct json_writer *w, const char *key);
/* Any key. */
void json_key_bytes(struct json_writer *w, mm_bytes key);
/* Escapes what JSON demands; bytes that are not UTF-8 come out as U+FFFD, one for each. */
void json_add_string(struct json_writer *w, mm_bytes text);
void json_add_text(struct json_writer *w, const char *text);
void json_add_bool(struct json_writer *w, bool value);
void json_add_null(struct json_writer *w);
/* A decimal number. */
void json_add_u64(struct json_writer *w, uint64_t value);
/* A whole value that is JSON already. */
void json_add_raw(struct json_writer *w, mm_bytes json_text);
/* Hex strings (codec/hex.h). */
void json_add_data(struct json_writer *w, mm_bytes bytes);
void json_add_quantity(struct json_writer *w, uint64_t value);
void json_add_quantity_u256(struct json_writer *w, const mm_u256 *value);
/* A parsed value, written again without spaces. Iterative. */
void json_add_value(struct json_writer *w, const struct json *value);

#endif
