/* The parser's own: what is open while it reads (parse.c has the two states before and behind an operand;
 * parse_names.c, parse_operators.c and parse_brackets.c what they meet). */
#ifndef CONTRACTS_NATIVE_RULES_PARSER_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_PARSER_INTERNAL_H

#include "contracts-native/rules/lexer_internal.h"

/* How strongly an operator holds its operands; brackets hold nothing. */
enum precedence {
    HOLDS_NOTHING,
    HOLDS_CONDITION,
    HOLDS_OR,
    HOLDS_AND,
    HOLDS_RELATION,
    HOLDS_SUM,
    HOLDS_PRODUCT,
    HOLDS_SIGN,
};

enum pending_kind {
    PENDING_BINARY,
    PENDING_AND,
    PENDING_OR,
    PENDING_SIGN,  /* ! or - before its operand */
    PENDING_IF,    /* behind ?, before : */
    PENDING_ELSE,  /* behind : */
    PENDING_GROUP, /* ( */
    PENDING_LIST,
    PENDING_INDEX,
    PENDING_CALL,
    PENDING_LOOP,
};

/* Something that has begun and still waits for operands. */
struct pending {
    uint8_t kind;    /* enum pending_kind */
    uint8_t holds;   /* enum precedence */
    uint8_t form;    /* of CALL */
    uint8_t macro;   /* of LOOP */
    bool has_test;   /* of LOOP: map(x, p, f), and f is being read */
    uint16_t count;  /* of LIST, CALL: operands that are complete */
    uint16_t node;   /* AND, OR, IF, ELSE, LOOP: the marker whose jump is to be filled in */
    uint16_t test;   /* of LOOP with has_test */
    uint32_t offset; /* the operator or name */
    uint32_t len;
    uint32_t open; /* of brackets: where the bracket is */
    mm_bytes name; /* of BINARY, SIGN, CALL */
};

enum {
    PARSER_NODES_FIRST = 32, /* room that is doubled when it is full; most rules need one or two */
    /* Between two brackets, signs or conditions the operators that wait hold ever more strongly: five at most. */
    PARSER_PENDING_MAX = (RULE_DEPTH_MAX + 1) * 5 + RULE_DEPTH_MAX,
};

struct parser {
    struct compiling *c;
    struct token token; /* not taken yet */
    struct node *nodes;
    size_t count;
    size_t capacity;
    size_t tree_count; /* nodes of the tree, markers not counted */
    struct pending pending[PARSER_PENDING_MAX];
    size_t pending_count;
    unsigned depth;
    unsigned loops;
    bool wants_operator; /* an operand is complete */
};

/* How a program grows. A marker is no node of the tree. Out: *index, which may be NULL. */
MM_MUST_USE enum rule_verdict parser_add(struct parser *p, const struct node *node, bool is_marker,
                                         uint16_t *index);
MM_MUST_USE enum rule_verdict parser_push(struct parser *p, const struct pending *pending);
struct pending *parser_top(struct parser *p); /* NULL: nothing waits */
/* Reads the next token. */
MM_MUST_USE enum rule_verdict parser_advance(struct parser *p);
/* "expected …, found …" at the token. */
MM_MUST_USE enum rule_verdict parser_expected(struct parser *p, const char *what);

mm_bytes parser_text(const struct parser *p, const struct token *token);
struct node parser_node(enum op op, const struct token *token);

/* The token is a name where an operand begins, or a dot behind one. */
MM_MUST_USE enum rule_verdict parser_name(struct parser *p);
MM_MUST_USE enum rule_verdict parser_member(struct parser *p);
/* The kind of token behind the one at hand; TOKEN_END when that cannot be read. */
enum token_kind parser_kind_behind(struct parser *p);

/* Completes what holds at least as strongly, until a bracket. */
MM_MUST_USE enum rule_verdict parser_reduce(struct parser *p, enum precedence holds);
/* The token is an operator between two operands, ? or : */
MM_MUST_USE enum rule_verdict parser_operator(struct parser *p);
bool parser_is_operator(enum token_kind kind);

/* The token is ( or [ where an operand begins, or [ behind one. */
MM_MUST_USE enum rule_verdict parser_open(struct parser *p, enum pending_kind kind);
/* The token is ( behind a name. */
MM_MUST_USE enum rule_verdict parser_open_call(struct parser *p, const struct token *name,
                                               bool has_receiver);
MM_MUST_USE enum rule_verdict parser_comma(struct parser *p);
/* The token is ) or ]; an operand may be missing where the brackets may be empty. */
MM_MUST_USE enum rule_verdict parser_close(struct parser *p);
/* At the end of the text. */
MM_MUST_USE enum rule_verdict parser_finish(struct parser *p);

#define PARSER_TRY(expression)                                                                     \
    do {                                                                                           \
        const enum rule_verdict parser_try_ = (expression);                                        \
        if (parser_try_ != RULE_OK)                                                                \
            return parser_try_;                                                                    \
    } while (0)

#endif
