#include "contracts-native/rules/vocabulary.h"

#define ADDRESS { RULE_BYTES, 0 }, 20, 0
#define UINT { RULE_UINT, 0 }, 0, 0
#define TRAIT { RULE_NONE, 0 }, RULE_TRAIT_BYTES_MAX, 0

enum {
    ANYWHERE = 0,
    OF_ENTRY = RULE_PLACE_HISTORY,
    OF_TRAIT = RULE_PLACE_TRAIT,
};

// clang-format off
const struct rule_variable RULE_CHAIN_VARIABLES[RULE_VAR_COUNT] = {
    [RULE_VAR_CALLER]          = { "caller",          ADDRESS, ANYWHERE, "who calls" },
    [RULE_VAR_OWNER]           = { "owner",           ADDRESS, ANYWHERE, "who owns the token" },
    [RULE_VAR_CREATOR]         = { "creator",         ADDRESS, ANYWHERE, "who created the collection" },
    [RULE_VAR_SERVICE]         = { "service",         ADDRESS, ANYWHERE, "the token's agent wallet" },
    [RULE_VAR_TOKEN]           = { "token",           UINT,    ANYWHERE, "the token's id" },
    [RULE_VAR_SUPPLY]          = { "supply",          UINT,    ANYWHERE, "how many tokens there are" },
    [RULE_VAR_VALUE]           = { "value",           UINT,    ANYWHERE, "wei sent with the call" },
    [RULE_VAR_BLOCK_NUMBER]    = { "block.number",    UINT,    ANYWHERE, "the block's number" },
    [RULE_VAR_BLOCK_TIMESTAMP] = { "block.timestamp", UINT,    ANYWHERE, "the block's time in seconds" },
    [RULE_VAR_TOTAL_VOTES]     = { "totalVotes",      UINT,    ANYWHERE, "all votes there are" },
    [RULE_VAR_AUTHOR]          = { "author",          ADDRESS, OF_ENTRY | RULE_PLACE_REDACT, "who wrote the entry" },
    [RULE_VAR_KIND]            = { "kind",            { RULE_STRING, 0 }, RULE_NAME_BYTES_MAX, 0, OF_ENTRY, "the entry's kind" },
    [RULE_VAR_FORM]            = { "form",            UINT,    OF_ENTRY, "0 inline, 1 CID, 2 commitment" },
    [RULE_VAR_WEIGHT]          = { "weight",          UINT,    OF_ENTRY, "turns in the entry" },
    [RULE_VAR_LENGTH]          = { "length",          UINT,    OF_ENTRY, "bytes of its content" },
    [RULE_VAR_OLD]             = { "old",             TRAIT,   OF_TRAIT, "the trait's value before" },
    [RULE_VAR_NEW]             = { "new",             TRAIT,   OF_TRAIT, "the value it is to have" },
    [RULE_VAR_TO]              = { "to",              ADDRESS, RULE_PLACE_MINT | RULE_PLACE_TRANSFER, "who gets the token" },
    [RULE_VAR_FROM]            = { "from",            ADDRESS, RULE_PLACE_TRANSFER, "who gives it" },
    [RULE_VAR_ARGS]            = { "args",            { RULE_UINT, 1 }, 0, RULE_ACTION_ARGS_MAX, RULE_PLACE_ACTION,
                                   "arguments of the action" },
};

#define S       { RULE_STRING, 0 }
#define A       { RULE_BYTES, 0 }
#define U       { RULE_UINT, 0 }
#define B       { RULE_BOOL, 0 }

const struct rule_reader RULE_CHAIN_READERS[RULE_READ_COUNT] = {
    [RULE_READ_TRAIT]           = { "trait",           RULE_READ_TRAIT,           1, true,  { S },    U, RULE_TRAIT_BYTES_MAX,
                                    "a trait of the token, by its name" },
    [RULE_READ_HISTORY_COUNT]   = { "history.count",   RULE_READ_HISTORY_COUNT,   1, false, { S },    U, 0, "entries of a kind" },
    [RULE_READ_HISTORY_WEIGHT]  = { "history.weight",  RULE_READ_HISTORY_WEIGHT,  1, false, { S },    U, 0, "turns in them" },
    [RULE_READ_HISTORY_AUTHORS] = { "history.authors", RULE_READ_HISTORY_AUTHORS, 1, false, { S },    U, 0, "who wrote them, counted" },
    [RULE_READ_HISTORY_LAST]    = { "history.last",    RULE_READ_HISTORY_LAST,    1, false, { S },    U, 0, "time of the last one" },
    [RULE_READ_HISTORY_COUNT_BY]= { "history.countBy", RULE_READ_HISTORY_COUNT_BY,2, false, { S, A }, U, 0, "entries of a kind by an author" },
    [RULE_READ_HISTORY_LENGTH]  = { "history.length",  RULE_READ_HISTORY_LENGTH,  0, false, { S },    U, 0, "all entries" },
    [RULE_READ_CREDITS]         = { "credits",         RULE_READ_CREDITS,         1, false, { A },    U, 0, "credits of an account" },
    [RULE_READ_TOKEN_CREDIT]    = { "tokenCredit",     RULE_READ_TOKEN_CREDIT,    0, false, { S },    U, 0, "credits of the token" },
    [RULE_READ_BALANCE]         = { "balance",         RULE_READ_BALANCE,         1, false, { A },    U, 0, "tokens of an account" },
    [RULE_READ_VOTES]           = { "votes",           RULE_READ_VOTES,           1, false, { A },    U, 0, "votes of an account" },
    [RULE_READ_APPROVED]        = { "approved",        RULE_READ_APPROVED,        1, false, { A },    B, 0, "may the account move the token" },
    [RULE_READ_SPEC_VERSION]    = { "spec.version",    RULE_READ_SPEC_VERSION,    0, false, { S },    U, 0, "the specification's version" },
};

static const struct {
    const char *name;
    bool has_rest; /* ":" and what it is about */
    unsigned place;
} TARGETS[] = {
    { "spec",     false, RULE_PLACE_SPEC },
    { "uri",      false, RULE_PLACE_URI },
    { "mint",     false, RULE_PLACE_MINT },
    { "transfer", false, RULE_PLACE_TRANSFER },
    { "redact",   false, RULE_PLACE_REDACT },
    { "meta",     true,  RULE_PLACE_META },
    { "history",  true,  RULE_PLACE_HISTORY },
    { "trait",    true,  RULE_PLACE_TRAIT },
    { "action",   true,  RULE_PLACE_ACTION },
};

static const char *const PLACE_NAMES[32] = { /* by bit */
    "spec", "uri", "mint", "transfer", "redact", "meta:…", "history:…", "trait:…", "action:…",
};
// clang-format on

unsigned rule_place_of_target(mm_bytes target)
{
    for (size_t i = 0; i < MM_COUNT_OF(TARGETS); i++) {
        const mm_bytes name = mm_bytes_str(TARGETS[i].name);
        if (target.len < name.len || memcmp(target.ptr, name.ptr, name.len) != 0)
            continue;
        if (TARGETS[i].has_rest ? target.len > name.len + 1 && target.ptr[name.len] == ':'
                                : target.len == name.len)
            return TARGETS[i].place;
    }
    return 0;
}

struct rule_env rule_chain_env(unsigned place, struct rule_type trait_type,
                               const struct rule_traits *traits)
{
    struct rule_env env = {
        .width = RULE_WIDTH_256,
        .place = place,
        .trait_type = trait_type,
        .place_names = PLACE_NAMES,
        .variables = RULE_CHAIN_VARIABLES,
        .variable_count = MM_COUNT_OF(RULE_CHAIN_VARIABLES),
        .readers = RULE_CHAIN_READERS,
        .reader_count = MM_COUNT_OF(RULE_CHAIN_READERS),
    };
    if (traits != NULL)
        env.traits = *traits;
    return env;
}
