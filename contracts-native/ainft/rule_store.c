/* The rules that a collection keeps: which one is in force for a target, and writing one.
 *
 * A change is in force from the block after the one it was made in; until then the text before it is. So whoever is in one block
 * is judged by the rules that stood when the block began. */
#include "contracts-native/ainft/ainft_internal.h"

enum { HASH, VERSION, NAME, SOURCE, HASH_AT, BEFORE }; /* words of Rule */

/* ---- looking up ---- */

enum exec_status rule_load(struct abi_call *call, bool *found, struct rule_text *text,
                           const mm_u256 *target, mm_bytes name)
{
    const mm_u256 rule = layout_at(LAYOUT_RULES, target);
    const mm_u256 version_slot = layout_word(&rule, VERSION);
    mm_u256 word; /* version, activeFrom */
    *found = false;
    HOST_TRY(host_load(call->host, &word, &version_slot));
    if (word.limb[0] == 0)
        return EXEC_OK;
    const bool is_active = host_block(call->host)->number >= word.limb[1];
    const mm_u256 slot = layout_word(&rule, is_active ? SOURCE : BEFORE);
    *text = (struct rule_text){
        .target = *target,
        .place = rule_place_of_target(name),
        .has_result = true,
        .result = rule_type_of(RULE_BOOL),
    };
    HOST_TRY(storage_load_string(call, &text->source, &slot));
    *found = text->source.len > 0;
    return EXEC_OK;
}

static bool is_for_all(mm_bytes name)
{
    return name.len >= 2 && name.ptr[name.len - 1] == '*' && name.ptr[name.len - 2] == ':';
}

/* What a rule for all traits sees: of no certain one, so neither an old value nor a new one. */
static void widen(struct rule_text *text, mm_bytes name)
{
    if (is_for_all(name) && text->place == RULE_PLACE_TRAIT)
        text->place = RULE_PLACE_META;
}

enum exec_status rule_find(struct abi_call *call, struct rule_text *text, const char *prefix,
                           mm_bytes name)
{
    mm_bytes target;
    mm_bytes general;
    bool found;
    HOST_TRY(ainft_target(call, &target, prefix, name));
    const mm_u256 id = layout_id(target);
    HOST_TRY(rule_load(call, &found, text, &id, target));
    if (!found && name.len > 0) {
        HOST_TRY(ainft_target(call, &general, prefix, MM_BYTES_LIT("*")));
        const mm_u256 general_id = layout_id(general);
        HOST_TRY(rule_load(call, &found, text, &general_id, general));
        widen(text, general);
    }
    return found ? EXEC_OK : ainft_refuse(call, AINFT_RULE_MISSING, ABI_VALUES(abi_word(&id)));
}

enum exec_status rule_demand(struct abi_call *call, const struct rule_text *text,
                             const struct rule_subject *subject)
{
    struct rule_outcome outcome;
    HOST_TRY(rule_run(call, &outcome, text, subject));
    if (outcome.fault != RULE_FAULT_NONE)
        return ainft_refuse(call, AINFT_RULE_FAILED,
                            ABI_VALUES(abi_word(&text->target), abi_u64(outcome.fault)));
    return outcome.value.is_true
               ? EXEC_OK
               : ainft_refuse(call, AINFT_RULE_DENIED, ABI_VALUES(abi_word(&text->target)));
}

enum exec_status rule_require(struct abi_call *call, const char *prefix, mm_bytes name,
                              const struct rule_subject *subject)
{
    struct rule_text text;
    HOST_TRY(rule_find(call, &text, prefix, name));
    return rule_demand(call, &text, subject);
}

/* ---- targets ---- */

static bool begins_with(mm_bytes text, const char *prefix)
{
    const size_t len = strlen(prefix);
    return text.len > len && memcmp(text.ptr, prefix, len) == 0;
}

static enum exec_status trait_place(struct abi_call *call, struct rule_type *type, mm_bytes name)
{
    const mm_u256 key = layout_id(name);
    struct trait_def def;
    HOST_TRY(trait_load(call, &def, &key));
    if (def.kind == 0)
        return ainft_refuse(call, AINFT_TRAIT_DOES_NOT_EXIST, ABI_VALUES(abi_word(&key)));
    *type = trait_type(def.kind);
    return EXEC_OK;
}

static enum exec_status kind_place(struct abi_call *call, mm_bytes name)
{
    const mm_u256 kind = layout_id(name);
    bool is_defined;
    HOST_TRY(kind_is_defined(call, &is_defined, &kind));
    return is_defined ? EXEC_OK
                      : ainft_refuse(call, AINFT_UNKNOWN_HISTORY_KIND, ABI_VALUES(abi_word(&kind)));
}

enum exec_status rule_place_for(struct abi_call *call, unsigned *place, struct rule_type *type,
                                mm_bytes name)
{
    const mm_u256 id = layout_id(name);
    struct rule_text text = { .place = rule_place_of_target(name) };
    const size_t at = begins_with(name, "history:") ? sizeof "history:" - 1
                      : begins_with(name, "trait:") ? sizeof "trait:" - 1
                      : begins_with(name, "meta:")  ? sizeof "meta:" - 1
                                                    : name.len;
    const mm_bytes rest = mm_bytes_from(name.ptr + at, name.len - at);
    *type = rule_type_of(RULE_NONE);
    if (text.place == 0 || text.place == RULE_PLACE_TRANSFER || text.place == RULE_PLACE_ACTION)
        return ainft_refuse(call, AINFT_RULE_MISSING, ABI_VALUES(abi_word(&id)));
    if (at < name.len && !is_for_all(name)) {
        HOST_TRY(ainft_check_name(call, rest));
        if (text.place == RULE_PLACE_TRAIT)
            HOST_TRY(trait_place(call, type, rest));
        if (text.place == RULE_PLACE_HISTORY)
            HOST_TRY(kind_place(call, rest));
    }
    widen(&text, name);
    *place = text.place;
    return EXEC_OK;
}

/* ---- writing ---- */

/* One more target, when there is room. */
static enum exec_status add_target(struct abi_call *call, const mm_u256 *target)
{
    const mm_u256 slot = layout_slot(LAYOUT_RULE_TARGETS);
    const mm_u256 limit = u256_from_u64(AINFT_RULES_MAX);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &slot));
    if (u256_compare(&length, &limit) >= 0)
        return ainft_refuse_limit(call, "rules", AINFT_RULES_MAX);
    return storage_array_push(call, &slot, target);
}

/* The text that stays in force until the change is: the one before, unless that is not in force yet itself. */
static enum exec_status keep_before(struct abi_call *call, const mm_u256 *rule,
                                    const mm_u256 *version)
{
    const mm_u256 source_slot = layout_word(rule, SOURCE);
    const mm_u256 before_slot = layout_word(rule, BEFORE);
    mm_bytes source;
    if (version->limb[0] == 0 || host_block(call->host)->number < version->limb[1])
        return EXEC_OK;
    HOST_TRY(storage_load_string(call, &source, &source_slot));
    return storage_store_string(call, &before_slot, source);
}

enum exec_status rule_put(struct abi_call *call, mm_bytes name, mm_bytes source,
                          uint64_t active_from, uint64_t *version)
{
    const mm_u256 target = layout_id(name);
    const mm_u256 hash = layout_id(source);
    const mm_u256 rule = layout_at(LAYOUT_RULES, &target);
    const mm_u256 version_slot = layout_word(&rule, VERSION);
    const mm_u256 name_slot = layout_word(&rule, NAME);
    const mm_u256 source_slot = layout_word(&rule, SOURCE);
    const mm_u256 hashes = layout_word(&rule, HASH_AT);
    mm_u256 word;
    mm_u256 old_hash;
    HOST_TRY(host_load(call->host, &word, &version_slot));
    HOST_TRY(host_load(call->host, &old_hash, &rule));
    if (word.limb[0] == UINT64_MAX)
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    if (word.limb[0] == 0)
        HOST_TRY(add_target(call, &target));
    HOST_TRY(keep_before(call, &rule, &word));
    *version = word.limb[0] + 1;
    word = (mm_u256){ { *version, active_from, 0, 0 } };
    HOST_TRY(host_store(call->host, &rule, &hash));
    HOST_TRY(host_store(call->host, &version_slot, &word));
    if (*version == 1)
        HOST_TRY(storage_store_string(call, &name_slot, name));
    HOST_TRY(storage_store_string(call, &source_slot, source));
    const mm_u256 number = u256_from_u64(*version);
    const mm_u256 hash_slot = storage_at_word(&number, &hashes);
    HOST_TRY(host_store(call->host, &hash_slot, &hash));
    return abi_emit(call, &ainft_events[AINFT_RULE_CHANGED],
                    ABI_VALUES(abi_word(&target), abi_u64(*version), abi_word(&old_hash),
                               abi_word(&hash), abi_bytes(name), abi_bytes(source)));
}

/* ---- functions ---- */

/* args: name, source */
enum exec_status ainft_set_rule(struct abi_call *call)
{
    const mm_bytes name = call->args[0].bytes;
    struct rule_text text = { .target = layout_id(name),
                              .source = call->args[1].bytes,
                              .has_result = true,
                              .result = rule_type_of(RULE_BOOL) };
    struct rule_type type;
    struct rule_type result;
    uint64_t cost_max;
    uint64_t version;
    HOST_TRY(ainft_check_governor(call));
    HOST_TRY(rule_place_for(call, &text.place, &type, name));
    HOST_TRY(rule_check(call, &cost_max, &result, &text, type));
    HOST_TRY(rule_put(call, name, text.source, host_block(call->host)->number + 1, &version));
    call->results[0] = abi_word(&text.target);
    call->results[1] = abi_u64(version);
    return EXEC_OK;
}

/* args: target. All zero and empty when there is none. */
enum exec_status ainft_get_rule(struct abi_call *call)
{
    const mm_u256 rule = layout_at(LAYOUT_RULES, &call->args[0].word);
    const mm_u256 version_slot = layout_word(&rule, VERSION);
    const mm_u256 name_slot = layout_word(&rule, NAME);
    const mm_u256 source_slot = layout_word(&rule, SOURCE);
    mm_u256 word;
    HOST_TRY(storage_load_string(call, &call->results[0].bytes, &name_slot));
    HOST_TRY(storage_load_string(call, &call->results[1].bytes, &source_slot));
    HOST_TRY(host_load(call->host, &call->results[2].word, &rule));
    HOST_TRY(host_load(call->host, &word, &version_slot));
    call->results[3] = abi_u64(word.limb[0]);
    call->results[4] = abi_u64(word.limb[1]);
    return EXEC_OK;
}

/* args: target, version */
enum exec_status ainft_rule_hash(struct abi_call *call)
{
    const mm_u256 rule = layout_at(LAYOUT_RULES, &call->args[0].word);
    const mm_u256 hashes = layout_word(&rule, HASH_AT);
    const mm_u256 slot = storage_at_word(&call->args[1].word, &hashes);
    return host_load(call->host, &call->results[0].word, &slot);
}

enum exec_status ainft_rule_targets(struct abi_call *call)
{
    return ainft_give_array(call, LAYOUT_RULE_TARGETS);
}
