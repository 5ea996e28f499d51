/* Words of a rule's text. The lexer makes one token a call; what a literal means is read only when the parser takes it. */
#ifndef CONTRACTS_NATIVE_RULES_LEXER_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_LEXER_INTERNAL_H

#include "contracts-native/rules/program_internal.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_RESERVED, /* a word that CEL keeps for the future */
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_IN,
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_BYTES,
    TOKEN_OR,
    TOKEN_AND,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_NOT,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_OPEN_ROUND,
    TOKEN_CLOSE_ROUND,
    TOKEN_OPEN_SQUARE,
    TOKEN_CLOSE_SQUARE,
    TOKEN_OPEN_CURLY,
    TOKEN_CLOSE_CURLY,
    TOKEN_KINDS,
};

struct token {
    enum token_kind kind;
    uint32_t offset;
    uint32_t len;
    /* STRING, BYTES: what is between the quotes. */
    uint32_t body_offset;
    uint32_t body_len;
    bool is_raw;
};

/* Reads the token that begins at or after `offset`. */
MM_MUST_USE enum rule_verdict lexer_next(struct compiling *c, struct token *token, uint32_t offset);

static inline uint32_t token_end(const struct token *token)
{
    return token->offset + token->len;
}

/* Literals (literal.c). A number's sign is not part of its token. */
MM_MUST_USE enum rule_verdict literal_number(struct compiling *c, struct rule_value *value,
                                             const struct token *token, bool is_negative);
MM_MUST_USE enum rule_verdict literal_text(struct compiling *c, struct rule_value *value,
                                           const struct token *token);

#endif
