/* What the files of the AINFT contracts share. */
#ifndef CONTRACTS_NATIVE_AINFT_AINFT_INTERNAL_H
#define CONTRACTS_NATIVE_AINFT_AINFT_INTERNAL_H

#include "contracts-native/ainft/ainft.h"
#include "contracts-native/ainft/layout.h"
#include "contracts-native/eip712/eip712.h"
#include "contracts-native/erc721/erc721.h"
#include "contracts-native/rules/vocabulary.h"

enum ainft_event {
    AINFT_SPECIFICATION_UPDATED,
    AINFT_HISTORY_APPENDED,
    AINFT_HISTORY_REDACTED,
    AINFT_HISTORY_KIND_DEFINED,
    AINFT_RULE_CHANGED,
    AINFT_TRAIT_DEFINED,
    AINFT_TRAIT_METADATA_URI_UPDATED,
    AINFT_TRAIT_UPDATED,
    AINFT_ACTION_DEFINED,
    AINFT_ACTION_PERFORMED,
    AINFT_TOKEN_CREDIT_CHANGED,
    AINFT_GOVERNOR_CHANGED,
    AINFT_GUARDIAN_CHANGED,
    AINFT_METADATA_SET,
    AINFT_DELEGATE_CHANGED,
    AINFT_DELEGATE_VOTES_CHANGED,
    AINFT_COLLECTION_CREATED,
    AINFT_EVENTS, /* how many */
};

extern struct abi_signature ainft_events[AINFT_EVENTS];

void ainft_signatures_init(void);
void collection_table_init(void);
void factory_table_init(void);

/* ---- small things of many files: common.c ---- */

MM_MUST_USE enum exec_status ainft_refuse(struct abi_call *call, enum ainft_error error,
                                          const struct abi_value *args);
/* LimitReached(what, limit): the text left-aligned in a word. */
MM_MUST_USE enum exec_status ainft_refuse_limit(struct abi_call *call, const char *what,
                                                uint64_t limit);
/* A name of a kind, trait or action: LimitReached("name", 64) when it is none. */
MM_MUST_USE enum exec_status ainft_check_name(struct abi_call *call, mm_bytes name);
bool ainft_is_name(mm_bytes name);
/* "prefix:name", in the host's arena. */
MM_MUST_USE enum exec_status ainft_target(struct abi_call *call, mm_bytes *target,
                                          const char *prefix, mm_bytes name);
/* The words of an array in storage as an ABI array. */
MM_MUST_USE enum exec_status ainft_give_array(struct abi_call *call, enum layout_field field);
MM_MUST_USE enum exec_status ainft_metadata_update(struct abi_call *call, const mm_u256 *token);

/* ---- governance.c ---- */

/* NotGovernance unless the governor calls. */
MM_MUST_USE enum exec_status ainft_check_governor(struct abi_call *call);

/* ---- rules: rule_run.c, rule_store.c ---- */

/* Who and what a rule is asked about. What its place does not know is left zero. */
struct rule_subject {
    mm_addr caller;
    mm_addr owner; /* zero: nobody has the token */
    mm_u256 token;
    mm_addr author;
    mm_bytes kind;
    uint8_t form;
    uint32_t weight;
    uint64_t length;
    struct rule_type trait_type; /* of old and new_value */
    struct rule_value old_value;
    struct rule_value new_value;
    mm_addr to;
    mm_addr from;
    const struct rule_value *args;
    size_t arg_count;
};

struct rule_text {
    mm_u256 target; /* whose it is, for errors */
    mm_bytes source;
    unsigned place;
    bool has_result;
    struct rule_type result;
};

struct rule_outcome {
    enum rule_fault fault;
    uint64_t cost;
    struct rule_value value; /* without a fault; texts in the host's arena */
};

/* Compiles and runs it, and charges what it cost. RuleInvalid and RuleCostExceeded are for texts that no function stored. */
MM_MUST_USE enum exec_status rule_run(struct abi_call *call, struct rule_outcome *outcome,
                                      const struct rule_text *text,
                                      const struct rule_subject *subject);
/* Compiles it. *cost_max, *result: what rule_cost_max and rule_result_type say. */
MM_MUST_USE enum exec_status rule_check(struct abi_call *call, uint64_t *cost_max,
                                        struct rule_type *result, const struct rule_text *text,
                                        struct rule_type trait_type);
/* What a rule reads, see rule_reads.c. */
struct rule_reading {
    struct abi_call *call;
    const struct rule_subject *subject;
    enum exec_status status; /* of what failed */
};
mm_err rule_read(void *ctx, struct rule_value *value, bool *is_first,
                 const struct rule_reader *reader, const struct rule_value *args);
MM_MUST_USE enum exec_status rule_load_variables(struct abi_call *call, struct rule_value *values,
                                                 const struct rule *rule,
                                                 const struct rule_subject *subject);

/* The rule in force for "prefix:name", else for "prefix:*"; of a prefix without names, name is empty. RuleMissing. */
MM_MUST_USE enum exec_status rule_find(struct abi_call *call, struct rule_text *text,
                                       const char *prefix, mm_bytes name);
/* The one of this target alone. *found: whether there is one in force. */
MM_MUST_USE enum exec_status rule_load(struct abi_call *call, bool *found, struct rule_text *text,
                                       const mm_u256 *target, mm_bytes name);
/* RuleDenied, RuleFailed or RuleMissing unless the rule allows it. */
MM_MUST_USE enum exec_status rule_require(struct abi_call *call, const char *prefix, mm_bytes name,
                                          const struct rule_subject *subject);
/* Writes a rule of a target and says so. active_from: the first block where it is in force. */
MM_MUST_USE enum exec_status rule_put(struct abi_call *call, mm_bytes name, mm_bytes source,
                                      uint64_t active_from, uint64_t *version);
/* The place of a target, and the type of old and new there; RuleMissing, TraitDoesNotExist or UnknownHistoryKind. */
MM_MUST_USE enum exec_status rule_place_for(struct abi_call *call, unsigned *place,
                                            struct rule_type *trait_type, mm_bytes name);
/* Evaluates a condition: RuleFailed for a fault, RuleDenied for false. */
MM_MUST_USE enum exec_status rule_demand(struct abi_call *call, const struct rule_text *text,
                                         const struct rule_subject *subject);

/* ---- traits.c ---- */

struct trait_def {
    mm_u256 key;
    uint8_t kind; /* enum ainft_trait_kind; 0: there is none */
    mm_u256 min;
    mm_u256 max;
    mm_bytes name; /* of trait_load_named alone */
};
MM_MUST_USE enum exec_status trait_load(struct abi_call *call, struct trait_def *def,
                                        const mm_u256 *key);
uint8_t trait_kind_of_word(const mm_u256 *word);
struct rule_type trait_type(uint8_t kind);
/* As a rule sees the word. Texts are in the arena; one that is not as it should be reads as empty. */
MM_MUST_USE enum exec_status trait_to_value(struct abi_call *call, struct rule_value *value,
                                            uint8_t kind, const mm_u256 *word);
/* As the word is stored; false when the value is none of the kind. */
MM_MUST_USE bool trait_from_value(mm_u256 *word, uint8_t kind, const struct rule_value *value);
bool trait_word_is_valid(const struct trait_def *def, const mm_u256 *word);
/* Writes a value and emits TraitUpdated. *changed: whether it was another one. TraitValueInvalid. */
MM_MUST_USE enum exec_status trait_put(struct abi_call *call, bool *changed,
                                       const struct trait_def *def, const mm_u256 *token,
                                       const mm_u256 *word);

/* ---- kinds.c, history.c ---- */

struct kind_def {
    mm_u256 kind;
    uint8_t forms;
    uint16_t bytes_max;
    uint32_t weight_max;
    mm_bytes name;
};
/* UnknownHistoryKind. */
MM_MUST_USE enum exec_status kind_load(struct abi_call *call, struct kind_def *def,
                                       const mm_u256 *kind);
MM_MUST_USE enum exec_status kind_is_defined(struct abi_call *call, bool *is_defined,
                                             const mm_u256 *kind);
MM_MUST_USE enum exec_status kind_put(struct abi_call *call, const struct kind_def *def);

struct history_entry {
    mm_u256 token;
    mm_u256 kind;
    mm_addr author;
    mm_addr submitter;
    uint8_t form;
    uint32_t weight;
    mm_u256 request_hash;
    mm_bytes content;
};
/* HistoryContentInvalid or LimitReached("weight", …) when the kind does not take it. */
MM_MUST_USE enum exec_status history_check(struct abi_call *call, const struct kind_def *def,
                                           const struct history_entry *entry);
/* Appends it. */
MM_MUST_USE enum exec_status history_append(struct abi_call *call, mm_u256 *index, mm_u256 *hash,
                                            const struct history_entry *entry);
/* HistoryIndexOutOfBounds, or the slot of the entry's hash. */
MM_MUST_USE enum exec_status history_find(struct abi_call *call, mm_u256 *slot,
                                          const mm_u256 *token, const mm_u256 *index);

/* ---- signers.c ---- */

/* AuthorSignatureInvalid unless `signer` signed a struct of this hash for this collection. */
MM_MUST_USE enum exec_status signer_check(struct abi_call *call, const mm_addr *signer,
                                          const mm_u256 *struct_hash, mm_bytes signature);
/* SignatureExpired when the block's time is behind it. */
MM_MUST_USE enum exec_status signer_check_deadline(struct abi_call *call, const mm_u256 *deadline);

/* ---- credits.c ---- */

MM_MUST_USE enum exec_status credits_mint(struct abi_call *call, const mm_addr *to,
                                          const mm_u256 *amount);
MM_MUST_USE enum exec_status credits_burn(struct abi_call *call, const mm_addr *from,
                                          const mm_u256 *amount);
/* Credits that a token holds are the collection's own, and come and go with these two. InsufficientTokenCredit. */
MM_MUST_USE enum exec_status credits_add_to_token(struct abi_call *call, const mm_u256 *token,
                                                  const mm_u256 *amount);
MM_MUST_USE enum exec_status credits_take_from_token(struct abi_call *call, const mm_u256 *token,
                                                     const mm_u256 *amount);

/* ---- specification.c, wallet.c ---- */

MM_MUST_USE enum exec_status spec_put(struct abi_call *call, const mm_u256 *token, mm_bytes uri,
                                      const mm_u256 *digest, uint64_t *version);
/* The token left its owner: so does its agent. */
MM_MUST_USE enum exec_status wallet_clear(struct abi_call *call, const mm_u256 *token);

/* ---- votes.c ---- */

/* The time, as ERC-6372's clock gives it: 48 bits. */
MM_MUST_USE enum exec_status votes_clock(struct abi_call *call, uint64_t *now);
/* A token moved: so does its vote. From nobody it is a new one, to nobody one less. */
MM_MUST_USE enum exec_status votes_move(struct abi_call *call, const mm_addr *from,
                                        const mm_addr *to);
/* Whom an account's votes count for: himself when he named nobody. */
MM_MUST_USE enum exec_status votes_delegate_of(struct abi_call *call, mm_addr *delegate,
                                               const mm_addr *account);

/* ---- the constructor: construct.c ---- */

struct ainft_params {
    mm_bytes name;
    mm_bytes symbol;
    mm_bytes contract_uri;
    mm_addr creator;
    mm_addr guardian;
    uint64_t guardian_until;
    mm_addr credit;
};
MM_MUST_USE enum exec_status ainft_construct(struct abi_call *call,
                                             const struct ainft_params *params);

/* ---- functions, as the table in collection.c names them ---- */

enum exec_status ainft_creator(struct abi_call *call);
enum exec_status ainft_governor_of(struct abi_call *call);
enum exec_status ainft_guardian(struct abi_call *call);
enum exec_status ainft_set_governor(struct abi_call *call);
enum exec_status ainft_set_default_royalty(struct abi_call *call);
enum exec_status ainft_set_token_royalty(struct abi_call *call);
enum exec_status ainft_contract_uri(struct abi_call *call);
enum exec_status ainft_set_contract_uri(struct abi_call *call);

enum exec_status ainft_mint(struct abi_call *call);
enum exec_status ainft_burn(struct abi_call *call);
enum exec_status ainft_transfer_from(struct abi_call *call);
enum exec_status ainft_safe_transfer_from(struct abi_call *call);
enum exec_status ainft_safe_transfer_from_with_data(struct abi_call *call);
enum exec_status ainft_total_supply(struct abi_call *call);
enum exec_status ainft_supports_interface(struct abi_call *call);

enum exec_status ainft_specification(struct abi_call *call);
enum exec_status ainft_specification_digest(struct abi_call *call);
enum exec_status ainft_set_specification(struct abi_call *call);

enum exec_status ainft_append_history(struct abi_call *call);
enum exec_status ainft_append_history_for(struct abi_call *call);
enum exec_status ainft_history_length(struct abi_call *call);
enum exec_status ainft_history_entry(struct abi_call *call);
enum exec_status ainft_history_head(struct abi_call *call);
enum exec_status ainft_history_stats(struct abi_call *call);
enum exec_status ainft_history_count_by(struct abi_call *call);
enum exec_status ainft_redact_history(struct abi_call *call);
enum exec_status ainft_define_history_kind(struct abi_call *call);

enum exec_status ainft_set_rule(struct abi_call *call);
enum exec_status ainft_get_rule(struct abi_call *call);
enum exec_status ainft_rule_hash(struct abi_call *call);
enum exec_status ainft_rule_targets(struct abi_call *call);
enum exec_status ainft_compile_rule(struct abi_call *call);
enum exec_status ainft_check_rule(struct abi_call *call);

enum exec_status ainft_define_trait(struct abi_call *call);
enum exec_status ainft_trait_keys(struct abi_call *call);
enum exec_status ainft_get_trait_value(struct abi_call *call);
enum exec_status ainft_get_trait_values(struct abi_call *call);
enum exec_status ainft_set_trait(struct abi_call *call);
enum exec_status ainft_trait_metadata_uri(struct abi_call *call);

enum exec_status ainft_define_action(struct abi_call *call);
enum exec_status ainft_get_action(struct abi_call *call);
enum exec_status ainft_actions(struct abi_call *call);
enum exec_status ainft_perform(struct abi_call *call);
enum exec_status ainft_quote(struct abi_call *call);

enum exec_status ainft_credit(struct abi_call *call);
enum exec_status ainft_token_credit(struct abi_call *call);
enum exec_status ainft_deposit_credit(struct abi_call *call);
enum exec_status ainft_withdraw_credit(struct abi_call *call);

enum exec_status ainft_clock(struct abi_call *call);
enum exec_status ainft_clock_mode(struct abi_call *call);
enum exec_status ainft_get_votes(struct abi_call *call);
enum exec_status ainft_get_past_votes(struct abi_call *call);
enum exec_status ainft_get_past_total_supply(struct abi_call *call);
enum exec_status ainft_delegates(struct abi_call *call);
enum exec_status ainft_delegate(struct abi_call *call);
enum exec_status ainft_delegate_by_sig(struct abi_call *call);

enum exec_status ainft_nonces(struct abi_call *call);
enum exec_status ainft_eip712_domain(struct abi_call *call);
enum exec_status ainft_get_agent_wallet(struct abi_call *call);
enum exec_status ainft_set_agent_wallet(struct abi_call *call);
enum exec_status ainft_unset_agent_wallet(struct abi_call *call);

#endif
