/* Traits (ERC-7496): what a token has, by name; which there are, what they may be, and setting one.
 *
 *      kind       in the word                             in a rule
 *      uint       the number, from min to max             uint
 *      bool       0 or 1                                  bool
 *      bytes32    anything                                bytes, 32 of them
 *      string     up to 31 bytes, left-aligned, zeros     string */
#include "contracts-native/ainft/ainft_internal.h"
#include "state/codec/utf8.h"

enum { KIND, MIN, MAX, NAME }; /* words of TraitDef */

uint8_t trait_kind_of_word(const mm_u256 *word)
{
    const uint8_t kind = (uint8_t)word->limb[0];
    return kind <= AINFT_TRAIT_STRING ? kind : 0;
}

struct rule_type trait_type(uint8_t kind)
{
    switch (kind) {
    case AINFT_TRAIT_UINT:
        return rule_type_of(RULE_UINT);
    case AINFT_TRAIT_BOOL:
        return rule_type_of(RULE_BOOL);
    case AINFT_TRAIT_BYTES32:
        return rule_type_of(RULE_BYTES);
    case AINFT_TRAIT_STRING:
        return rule_type_of(RULE_STRING);
    default:
        return rule_type_of(RULE_NONE);
    }
}

enum exec_status trait_load(struct abi_call *call, struct trait_def *def, const mm_u256 *key)
{
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, key);
    mm_u256 word;
    *def = (struct trait_def){ .key = *key };
    HOST_TRY(host_load(call->host, &word, &slot));
    def->kind = trait_kind_of_word(&word);
    return EXEC_OK;
}

/* The bounds as well, of a trait that there must be: TraitDoesNotExist. */
static enum exec_status load_whole(struct abi_call *call, struct trait_def *def, const mm_u256 *key)
{
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, key);
    const mm_u256 min_slot = layout_word(&slot, MIN);
    const mm_u256 max_slot = layout_word(&slot, MAX);
    HOST_TRY(trait_load(call, def, key));
    if (def->kind == 0)
        return ainft_refuse(call, AINFT_TRAIT_DOES_NOT_EXIST, ABI_VALUES(abi_word(key)));
    if (def->kind != AINFT_TRAIT_UINT)
        return EXEC_OK;
    HOST_TRY(host_load(call->host, &def->min, &min_slot));
    return host_load(call->host, &def->max, &max_slot);
}

/* ---- values ---- */

/* The text that a word holds; false when something is behind its first zero, or it is no UTF-8. */
static bool text_of(mm_bytes *text, const uint8_t word[ABI_WORD])
{
    size_t len = 0;
    while (len < ABI_WORD && word[len] != 0)
        len++;
    for (size_t i = len; i < ABI_WORD; i++) {
        if (word[i] != 0)
            return false;
    }
    *text = mm_bytes_from(word, len);
    return len < ABI_WORD && utf8_is_valid(*text);
}

bool trait_word_is_valid(const struct trait_def *def, const mm_u256 *word)
{
    uint8_t bytes[ABI_WORD];
    mm_bytes text;
    switch (def->kind) {
    case AINFT_TRAIT_UINT:
        return u256_compare(word, &def->min) >= 0 && u256_compare(word, &def->max) <= 0;
    case AINFT_TRAIT_BOOL:
        return u256_fits_u64(word) && word->limb[0] <= 1;
    case AINFT_TRAIT_STRING:
        u256_to_be32(bytes, word);
        return text_of(&text, bytes);
    default:
        return true;
    }
}

enum exec_status trait_to_value(struct abi_call *call, struct rule_value *value, uint8_t kind,
                                const mm_u256 *word)
{
    uint8_t *bytes;
    mm_bytes text = { 0 };
    if (kind == AINFT_TRAIT_UINT) {
        *value = rule_uint(word);
        return EXEC_OK;
    }
    if (kind == AINFT_TRAIT_BOOL) {
        *value = rule_bool(!u256_is_zero(word));
        return EXEC_OK;
    }
    bytes = mm_arena_alloc(host_arena(call->host), ABI_WORD);
    if (bytes == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    u256_to_be32(bytes, word);
    if (kind == AINFT_TRAIT_BYTES32)
        *value = rule_bytes(mm_bytes_from(bytes, ABI_WORD));
    else
        *value = rule_string(text_of(&text, bytes) ? text : mm_bytes_from(bytes, 0));
    return EXEC_OK;
}

bool trait_from_value(mm_u256 *word, uint8_t kind, const struct rule_value *value)
{
    uint8_t bytes[ABI_WORD] = { 0 };
    *word = (mm_u256){ { 0 } };
    switch (kind) {
    case AINFT_TRAIT_UINT:
        *word = value->number;
        return true;
    case AINFT_TRAIT_BOOL:
        word->limb[0] = value->is_true ? 1 : 0;
        return true;
    default:
        if (value->bytes.len > 0)
            memcpy(bytes, value->bytes.ptr,
                   value->bytes.len < ABI_WORD ? value->bytes.len : ABI_WORD);
        *word = u256_from_be32(bytes);
        return kind == AINFT_TRAIT_BYTES32 ? value->bytes.len == ABI_WORD
                                           : value->bytes.len < ABI_WORD;
    }
}

static enum exec_status refuse_value(struct abi_call *call, const mm_u256 *key, const mm_u256 *word)
{
    return ainft_refuse(call, AINFT_TRAIT_VALUE_INVALID, ABI_VALUES(abi_word(key), abi_word(word)));
}

enum exec_status trait_put(struct abi_call *call, bool *changed, const struct trait_def *def,
                           const mm_u256 *token, const mm_u256 *word)
{
    const mm_u256 slot = layout_trait_value(token, &def->key);
    struct trait_def whole;
    mm_u256 old;
    *changed = false;
    HOST_TRY(load_whole(call, &whole, &def->key));
    if (!trait_word_is_valid(&whole, word))
        return refuse_value(call, &def->key, word);
    HOST_TRY(host_load(call->host, &old, &slot));
    *changed = !u256_equal(&old, word);
    if (!*changed)
        return EXEC_OK;
    HOST_TRY(host_store(call->host, &slot, word));
    return abi_emit(call, &ainft_events[AINFT_TRAIT_UPDATED],
                    ABI_VALUES(abi_word(&def->key), abi_word(token), abi_word(word)));
}

/* ---- functions ---- */

/* args: token, key */
enum exec_status ainft_get_trait_value(struct abi_call *call)
{
    const mm_u256 slot = layout_trait_value(&call->args[0].word, &call->args[1].word);
    struct trait_def def;
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    HOST_TRY(load_whole(call, &def, &call->args[1].word));
    return host_load(call->host, &call->results[0].word, &slot);
}

/* args: token, keys */
enum exec_status ainft_get_trait_values(struct abi_call *call)
{
    const struct abi_value *keys = &call->args[1];
    uint8_t *words = mm_arena_alloc(host_arena(call->host), keys->bytes.len);
    mm_addr owner;
    if (words == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    for (size_t i = 0; i < keys->bytes.len / ABI_WORD; i++) {
        const mm_u256 key = abi_array_at(keys, i);
        const mm_u256 slot = layout_trait_value(&call->args[0].word, &key);
        struct trait_def def;
        mm_u256 word;
        HOST_TRY(load_whole(call, &def, &key));
        HOST_TRY(host_load(call->host, &word, &slot));
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    call->results[0] = abi_bytes(mm_bytes_from(words, keys->bytes.len));
    return EXEC_OK;
}

/* args: token, key, value */
enum exec_status ainft_set_trait(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    const mm_u256 *word = &call->args[2].word;
    const mm_u256 slot = layout_trait_value(token, &call->args[1].word);
    struct rule_subject subject = { .caller = *host_caller(call->host), .token = *token };
    struct trait_def def;
    mm_u256 old;
    bool changed;
    HOST_TRY(erc721_owner_of(call, &subject.owner, token));
    HOST_TRY(load_whole(call, &def, &call->args[1].word));
    if (!trait_word_is_valid(&def, word))
        return refuse_value(call, &def.key, word);
    HOST_TRY(host_load(call->host, &old, &slot));
    if (u256_equal(&old, word))
        return ainft_refuse(call, AINFT_TRAIT_VALUE_UNCHANGED, NULL);
    const mm_u256 def_slot = layout_at(LAYOUT_TRAIT_DEFS, &def.key);
    const mm_u256 name_slot = layout_word(&def_slot, NAME);
    HOST_TRY(storage_load_string(call, &def.name, &name_slot));
    subject.trait_type = trait_type(def.kind);
    HOST_TRY(trait_to_value(call, &subject.old_value, def.kind, &old));
    HOST_TRY(trait_to_value(call, &subject.new_value, def.kind, word));
    HOST_TRY(rule_require(call, "trait", def.name, &subject));
    HOST_TRY(trait_put(call, &changed, &def, token, word));
    return ainft_metadata_update(call, token);
}

/* ---- which there are ---- */

static enum exec_status check_bounds(struct abi_call *call, const struct trait_def *def,
                                     const mm_u256 *kind)
{
    if (!u256_fits_u64(kind) || kind->limb[0] < AINFT_TRAIT_UINT ||
        kind->limb[0] > AINFT_TRAIT_STRING)
        return refuse_value(call, &def->key, kind);
    if (def->kind == AINFT_TRAIT_UINT)
        return u256_compare(&def->min, &def->max) <= 0 ? EXEC_OK
                                                       : refuse_value(call, &def->key, &def->min);
    if (!u256_is_zero(&def->min))
        return refuse_value(call, &def->key, &def->min);
    return u256_is_zero(&def->max) ? EXEC_OK : refuse_value(call, &def->key, &def->max);
}

static enum exec_status add_key(struct abi_call *call, const mm_u256 *key)
{
    const mm_u256 keys = layout_slot(LAYOUT_TRAIT_KEYS);
    const mm_u256 limit = u256_from_u64(AINFT_TRAITS_MAX);
    const mm_u256 valid_slot = layout_trait_key_is_valid(key);
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &keys));
    if (u256_compare(&length, &limit) >= 0)
        return ainft_refuse_limit(call, "traits", AINFT_TRAITS_MAX);
    HOST_TRY(storage_array_push(call, &keys, key));
    return storage_store_bool(call, &valid_slot, true);
}

static enum exec_status put_def(struct abi_call *call, const struct trait_def *def)
{
    const mm_u256 slot = layout_at(LAYOUT_TRAIT_DEFS, &def->key);
    const mm_u256 min_slot = layout_word(&slot, MIN);
    const mm_u256 max_slot = layout_word(&slot, MAX);
    const mm_u256 name_slot = layout_word(&slot, NAME);
    const mm_u256 word = u256_from_u64((uint64_t)def->kind | UINT64_C(1) << 8);
    HOST_TRY(host_store(call->host, &slot, &word));
    HOST_TRY(host_store(call->host, &min_slot, &def->min));
    HOST_TRY(host_store(call->host, &max_slot, &def->max));
    return storage_store_string(call, &name_slot, def->name);
}

/* args: name, kind, min, max. A trait that there is keeps its kind, by which rules were compiled; its bounds may change, and hold
 * for what is set from then on. */
enum exec_status ainft_define_trait(struct abi_call *call)
{
    const struct trait_def def = {
        .key = layout_id(call->args[0].bytes),
        .kind = (uint8_t)call->args[1].word.limb[0],
        .min = call->args[2].word,
        .max = call->args[3].word,
        .name = call->args[0].bytes,
    };
    struct trait_def old;
    HOST_TRY(ainft_check_governor(call));
    HOST_TRY(ainft_check_name(call, def.name));
    HOST_TRY(check_bounds(call, &def, &call->args[1].word));
    HOST_TRY(trait_load(call, &old, &def.key));
    if (old.kind == 0)
        HOST_TRY(add_key(call, &def.key));
    else if (old.kind != def.kind)
        return refuse_value(call, &def.key, &call->args[1].word);
    HOST_TRY(put_def(call, &def));
    HOST_TRY(abi_emit(call, &ainft_events[AINFT_TRAIT_DEFINED],
                      ABI_VALUES(abi_word(&def.key), abi_bytes(def.name), abi_u64(def.kind),
                                 abi_word(&def.min), abi_word(&def.max))));
    call->results[0] = abi_word(&def.key);
    return abi_emit(call, &ainft_events[AINFT_TRAIT_METADATA_URI_UPDATED], NULL);
}

enum exec_status ainft_trait_keys(struct abi_call *call)
{
    return ainft_give_array(call, LAYOUT_TRAIT_KEYS);
}
