/* A persona's script: what it says to what, with nothing left to chance.
 *
 *     said ──► clauses of words ──► keys that stand in them, the highest rank first
 *                                        │
 *                  "my name is *"  ◄─────┘  patterns of the key's rule, the first that fits and has something to say
 *                        │
 *          "Good to meet you, {1}."         its replies in turn; what is captured changes person: my ──► your
 *                        │
 *          remember name: {1}, keep "…"     for later: {$name} in any reply, and a thread to pick up when nothing fits
 *
 * It is a function: the same script, the same things said, the same facts and the same seed give the same replies, byte for byte, on
 * any node (docs/CHAT.md). So a conversation that was saved can be played again. There is no clock, no chance and no floating point in
 * it, and no loop over what is said that has no bound.
 *
 * A script is JSON, "ainft-script/1":
 *
 *     {
 *       "schema": "ainft-script/1",
 *       "substitutions": { "i'm": "i am" },                  a word by words, before anything is compared
 *       "reflections": { "my": "your", "i": "you" },         in what is given back
 *       "groups": { "family": ["mother", "father"] },        @family in patterns
 *       "rules": [ {
 *         "keys": ["name", "who are you"],                   words, or words in a row
 *         "rank": 10,                                        0 to 1000; 0 unless given
 *         "patterns": [ {
 *           "match": "* my name is +",                       see below
 *           "when": [ { "variable": "level", "from": 1, "to": 9 }, { "known": "name" }, { "unknown": "job" } ],
 *           "remember": { "name": "{2}" },
 *           "keep": "Earlier you said that your {2}.",
 *           "replies": [ "Good to meet you, {2}." ]
 *         } ]
 *       } ],
 *       "otherwise": [ "Go on." ]
 *     }
 *
 * Patterns fit a whole clause: `*` any number of words, `+` one at least, `?` one, `@group`, `a|b` one of these, else the word. What
 * the first five stand for is captured, numbered from 1, the shortest first.
 * In texts: {1} what was captured, seen from the other side; {1!} as it was said; {$name} what was remembered; {level} a variable;
 * {level+1}, {level-1}; {chats?conversation:conversations} by whether it is one; {{ and }} for braces. A text that names what is not
 * there is passed over, and a pattern without any other is as if it did not fit.
 *
 * Memory: the arena. Threads: a script is read by any number. Limits: below, each of which bounds what a reply can cost. */
#ifndef RPC_PERSONA_SCRIPT_H
#define RPC_PERSONA_SCRIPT_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    PERSONA_SCRIPT_BYTES_MAX = 256 << 10, /* one block of the store; the shipped one has 30 KiB */
    PERSONA_RULES_MAX = 256,
    PERSONA_KEYS_MAX = 64,     /* of a rule */
    PERSONA_KEY_WORDS_MAX = 6, /* of a key */
    PERSONA_PATTERNS_MAX = 32, /* of a rule */
    PERSONA_ELEMENTS_MAX = 24, /* of a pattern: a bit each in the matcher's tables */
    PERSONA_CAPTURES_MAX = 9,  /* of a pattern: {1} to {9} */
    PERSONA_CHOICES_MAX = 32,  /* words of a group, or of a|b */
    PERSONA_GROUPS_MAX = 64,
    PERSONA_PAIRS_MAX = 256,       /* substitutions; reflections */
    PERSONA_REPLIES_MAX = 32,      /* of a pattern; of `otherwise` */
    PERSONA_TEXT_BYTES_MAX = 1024, /* of a reply in the script */
    PERSONA_PARTS_MAX = 48,        /* of a text: pieces between braces, and those */
    PERSONA_CONDITIONS_MAX = 8,    /* of a pattern */
    PERSONA_SLOTS_MAX = 32,        /* things that a script remembers */
    PERSONA_SLOT_BYTES_MAX = 120,  /* of one of them: a name, a place, a phrase */
    PERSONA_KEPT_MAX = 8,          /* threads to pick up later; the oldest goes first */
    PERSONA_REPLY_BYTES_MAX = 2048,
    PERSONA_NAME_BYTES_MAX = 40, /* of a variable, slot or group */
    /* Of work for one thing said: an element held against a word, a key looked at, a word written. When they are spent no more patterns
     * are tried, on every node at the same place. The shipped script needs some thousands; verifying a conversation of 100 turns,
     * each of which wants all of them, stays below seconds. */
    PERSONA_STEPS_MAX = 200 * 1000,
    PERSONA_TURNS_MAX = 128,        /* things said in one conversation */
    PERSONA_ARENA_BYTES = 16 << 20, /* enough for a script, and for the longest conversation */
};

struct persona_script;

enum persona_verdict {
    PERSONA_OK = 0,
    PERSONA_NOT_JSON,  /* or a key twice in one object; the reason has line and column */
    PERSONA_INVALID,   /* the reason says what is wrong where: "rules[3].patterns[0].match: …" */
    PERSONA_TOO_LARGE, /* above PERSONA_SCRIPT_BYTES_MAX */
    PERSONA_NO_MEMORY,
};

/* Out: *script, in the arena with everything of it; nothing borrows from `json`. reason may be NULL. */
MM_MUST_USE enum persona_verdict persona_script_parse(struct mm_arena *arena,
                                                      const struct persona_script **script,
                                                      mm_bytes json, struct mm_reason *reason);

/* What a script may know of the token and the chain. */
struct persona_fact {
    mm_bytes name; /* "level" */
    mm_bytes text; /* as it is shown */
    bool is_number;
    uint64_t number;
};

struct persona_talk {
    const mm_bytes *said; /* what the user said, in order; UTF-8. The last is what is answered */
    size_t said_count;    /* 1 to PERSONA_TURNS_MAX; of more, the last ones count */
    const struct persona_fact *facts;
    size_t fact_count;
    uint64_t seed; /* with which of its replies a pattern begins; 0: the first */
};

/* Out: *reply, in the arena: UTF-8, 1 to PERSONA_REPLY_BYTES_MAX bytes. MM_ERR_NO_MEMORY or MM_ERR_LIMIT: the arena is full. */
MM_MUST_USE mm_err persona_reply(const struct persona_script *script, struct mm_arena *arena,
                                 mm_bytes *reply, const struct persona_talk *talk);

/* The script that is shipped: the guide of a collection. */
mm_bytes persona_curator(void);

#endif
