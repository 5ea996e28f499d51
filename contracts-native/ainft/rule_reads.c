/* What a rule sees of the chain: variables, which cost what reading them costs, and reads, which the rule counts (docs/RULES.md):
 * the first of a place in the transaction 2 100, again 100. A read that needs several slots is the first when one of them is. */
#include "contracts-native/ainft/ainft_internal.h"
#include "contracts-native/checkpoints/checkpoints.h"
#include "contracts-native/credit/credit.h"
#include "state/base/assert.h"

/* ---- variables ---- */

static struct rule_value address(struct mm_arena *arena, const mm_addr *addr)
{
    mm_bytes copy = { 0 };
    if (mm_arena_copy(arena, &copy, mm_bytes_addr(addr)) != MM_OK)
        return rule_bytes((mm_bytes){ 0 }); /* an empty one: rule_load_variables looks */
    return rule_bytes(copy);
}

static enum exec_status load_word(struct abi_call *call, mm_u256 *word, enum layout_field field)
{
    const mm_u256 slot = layout_slot(field);
    return host_load(call->host, word, &slot);
}

static enum exec_status load_variable(struct abi_call *call, struct rule_value *value,
                                      enum rule_chain_variable variable,
                                      const struct rule_subject *s)
{
    struct mm_arena *arena = host_arena(call->host);
    const struct exec_block *block = host_block(call->host);
    const mm_u256 wallet_slot = layout_at(LAYOUT_AGENT_WALLET, &s->token);
    const mm_u256 total_slot = layout_total_votes();
    struct checkpoint total;
    mm_u256 word = { { 0 } };
    mm_addr addr;
    switch (variable) {
    case RULE_VAR_CALLER:
        *value = address(arena, &s->caller);
        return EXEC_OK;
    case RULE_VAR_OWNER:
        *value = address(arena, &s->owner);
        return EXEC_OK;
    case RULE_VAR_CREATOR:
        HOST_TRY(load_word(call, &word, LAYOUT_CREATOR));
        addr = u256_to_addr(&word);
        *value = address(arena, &addr);
        return EXEC_OK;
    case RULE_VAR_SERVICE:
        HOST_TRY(storage_load_addr(call, &addr, &wallet_slot));
        *value = address(arena, &addr);
        return EXEC_OK;
    case RULE_VAR_TOKEN:
        *value = rule_uint(&s->token);
        return EXEC_OK;
    case RULE_VAR_SUPPLY:
        HOST_TRY(load_word(call, &word, LAYOUT_SUPPLY));
        *value = rule_uint(&word);
        return EXEC_OK;
    case RULE_VAR_TOTAL_VOTES:
        HOST_TRY(checkpoints_latest(call, &total, &total_slot));
        *value = rule_uint(&total.value);
        return EXEC_OK;
    case RULE_VAR_VALUE:
        *value = rule_uint(host_value(call->host));
        return EXEC_OK;
    case RULE_VAR_BLOCK_NUMBER:
        *value = rule_u64(block->number);
        return EXEC_OK;
    case RULE_VAR_BLOCK_TIMESTAMP:
        *value = rule_u64(block->timestamp);
        return EXEC_OK;
    case RULE_VAR_AUTHOR:
        *value = address(arena, &s->author);
        return EXEC_OK;
    case RULE_VAR_KIND:
        *value = rule_string(s->kind);
        return EXEC_OK;
    case RULE_VAR_FORM:
        *value = rule_u64(s->form);
        return EXEC_OK;
    case RULE_VAR_WEIGHT:
        *value = rule_u64(s->weight);
        return EXEC_OK;
    case RULE_VAR_LENGTH:
        *value = rule_u64(s->length);
        return EXEC_OK;
    case RULE_VAR_OLD:
        *value = s->old_value;
        return EXEC_OK;
    case RULE_VAR_NEW:
        *value = s->new_value;
        return EXEC_OK;
    case RULE_VAR_TO:
        *value = address(arena, &s->to);
        return EXEC_OK;
    case RULE_VAR_FROM:
        *value = address(arena, &s->from);
        return EXEC_OK;
    case RULE_VAR_ARGS:
        *value = rule_list(rule_type_of(RULE_UINT), s->args, s->arg_count);
        return EXEC_OK;
    case RULE_VAR_COUNT:
        break;
    }
    MM_UNREACHABLE();
}

enum exec_status rule_load_variables(struct abi_call *call, struct rule_value *values,
                                     const struct rule *rule, const struct rule_subject *subject)
{
    for (size_t i = 0; i < RULE_VAR_COUNT; i++) {
        if (!rule_uses(rule, i))
            continue;
        HOST_TRY(load_variable(call, &values[i], (enum rule_chain_variable)i, subject));
        if (rule_type_is(values[i].type, RULE_BYTES) && values[i].bytes.ptr == NULL)
            return host_fail(call->host, MM_ERR_LIMIT);
    }
    return EXEC_OK;
}

/* ---- reads ---- */

/* One slot of the collection, or of another account. */
static enum exec_status look_at(struct rule_reading *r, mm_u256 *word, bool *is_first,
                                const mm_addr *addr, const mm_u256 *slot)
{
    bool was_cold;
    HOST_TRY(host_look(r->call->host, word, &was_cold, addr, slot));
    *is_first = *is_first || was_cold;
    return EXEC_OK;
}

static enum exec_status look(struct rule_reading *r, mm_u256 *word, bool *is_first,
                             const mm_u256 *slot)
{
    return look_at(r, word, is_first, host_self(r->call->host), slot);
}

/* An address that a rule names: of another size it is nobody's. */
static mm_addr account_of(const struct rule_value *value)
{
    mm_addr addr = { { 0 } };
    if (value->bytes.len == sizeof addr.b)
        memcpy(addr.b, value->bytes.ptr, sizeof addr.b);
    return addr;
}

static enum exec_status read_trait(struct rule_reading *r, struct rule_value *value, bool *is_first,
                                   mm_bytes name)
{
    const mm_u256 key = layout_id(name);
    const mm_u256 def_slot = layout_at(LAYOUT_TRAIT_DEFS, &key);
    const mm_u256 slot = layout_trait_value(&r->subject->token, &key);
    bool ignored = false; /* the compiler paid for the definition */
    mm_u256 def;
    mm_u256 word;
    HOST_TRY(look(r, &def, &ignored, &def_slot));
    HOST_TRY(look(r, &word, is_first, &slot));
    return trait_to_value(r->call, value, trait_kind_of_word(&def), &word);
}

static enum exec_status read_stats(struct rule_reading *r, struct rule_value *value, bool *is_first,
                                   mm_bytes kind, size_t limb)
{
    const mm_u256 id = layout_id(kind);
    const mm_u256 slot = layout_at2(LAYOUT_STATS, &r->subject->token, &id);
    mm_u256 word;
    HOST_TRY(look(r, &word, is_first, &slot));
    *value = rule_u64(word.limb[limb]);
    return EXEC_OK;
}

static enum exec_status read_count_by(struct rule_reading *r, struct rule_value *value,
                                      bool *is_first, const struct rule_value *args)
{
    const mm_u256 id = layout_id(args[0].bytes);
    const mm_addr author = account_of(&args[1]);
    const mm_u256 of_kind = layout_at2(LAYOUT_COUNT_BY, &r->subject->token, &id);
    const mm_u256 slot = storage_at_addr(&author, &of_kind);
    mm_u256 word;
    HOST_TRY(look(r, &word, is_first, &slot));
    *value = rule_uint(&word);
    return EXEC_OK;
}

/* What the newest checkpoint of a delegate says. */
static enum exec_status read_votes(struct rule_reading *r, struct rule_value *value, bool *is_first,
                                   const mm_addr *account)
{
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 slot = layout_votes(account);
    mm_u256 word;
    HOST_TRY(look(r, &word, is_first, &slot));
    if (u256_is_zero(&word)) {
        *value = rule_u64(0);
        return EXEC_OK;
    }
    const mm_u256 last = u256_wrapping_sub(&word, &one);
    const mm_u256 at = storage_array_slot(&slot, &last);
    HOST_TRY(look(r, &word, is_first, &at));
    const struct checkpoint latest = checkpoint_from_word(&word);
    *value = rule_uint(&latest.value);
    return EXEC_OK;
}

static enum exec_status read_credits(struct rule_reading *r, struct rule_value *value,
                                     bool *is_first, const mm_addr *account)
{
    const mm_u256 credit_slot = layout_slot(LAYOUT_CREDIT);
    const mm_u256 slot = credit_balance_slot(account);
    mm_u256 word;
    HOST_TRY(look(r, &word, is_first, &credit_slot));
    const mm_addr credit = u256_to_addr(&word);
    HOST_TRY(look_at(r, &word, is_first, &credit, &slot));
    *value = rule_uint(&word);
    return EXEC_OK;
}

/* As ERC-721 has it: the owner, an operator of his, or who is approved for the token. Nobody is none of them. */
static enum exec_status read_approved(struct rule_reading *r, struct rule_value *value,
                                      bool *is_first, const mm_addr *account)
{
    const struct rule_subject *s = r->subject;
    const mm_u256 of_owner = storage_at_addr(&s->owner, &ERC721_OPERATOR_APPROVALS);
    const mm_u256 operator_slot = storage_at_addr(account, &of_owner);
    const mm_u256 approval_slot = storage_at_word(&s->token, &ERC721_TOKEN_APPROVALS);
    mm_u256 is_operator;
    mm_u256 word;
    HOST_TRY(look(r, &is_operator, is_first, &operator_slot));
    HOST_TRY(look(r, &word, is_first, &approval_slot));
    const mm_addr approved = u256_to_addr(&word);
    const bool may = mm_addr_equal(account, &s->owner) || (is_operator.limb[0] & 0xff) != 0 ||
                     mm_addr_equal(account, &approved);
    *value = rule_bool(may && !mm_addr_is_zero(account) && !mm_addr_is_zero(&s->owner));
    return EXEC_OK;
}

static enum exec_status read_number(struct rule_reading *r, struct rule_value *value,
                                    bool *is_first, const mm_u256 *slot)
{
    mm_u256 word;
    HOST_TRY(look(r, &word, is_first, slot));
    *value = rule_uint(&word);
    return EXEC_OK;
}

static enum exec_status read_one(struct rule_reading *r, struct rule_value *value, bool *is_first,
                                 enum rule_chain_read read, const struct rule_value *args)
{
    const mm_u256 *token = &r->subject->token;
    mm_addr account;
    mm_u256 slot;
    switch (read) {
    case RULE_READ_TRAIT:
        return read_trait(r, value, is_first, args[0].bytes);
    case RULE_READ_HISTORY_COUNT:
    case RULE_READ_HISTORY_WEIGHT:
    case RULE_READ_HISTORY_AUTHORS:
    case RULE_READ_HISTORY_LAST:
        return read_stats(r, value, is_first, args[0].bytes,
                          (size_t)read - RULE_READ_HISTORY_COUNT);
    case RULE_READ_HISTORY_COUNT_BY:
        return read_count_by(r, value, is_first, args);
    case RULE_READ_HISTORY_LENGTH:
        slot = layout_at(LAYOUT_HISTORY, token);
        return read_number(r, value, is_first, &slot);
    case RULE_READ_CREDITS:
        account = account_of(&args[0]);
        return read_credits(r, value, is_first, &account);
    case RULE_READ_TOKEN_CREDIT:
        slot = layout_at(LAYOUT_TOKEN_CREDIT, token);
        return read_number(r, value, is_first, &slot);
    case RULE_READ_VOTES:
        account = account_of(&args[0]);
        return read_votes(r, value, is_first, &account);
    case RULE_READ_BALANCE:
        account = account_of(&args[0]);
        slot = storage_at_addr(&account, &ERC721_BALANCES);
        return read_number(r, value, is_first, &slot);
    case RULE_READ_APPROVED:
        account = account_of(&args[0]);
        return read_approved(r, value, is_first, &account);
    case RULE_READ_SPEC_VERSION:
        slot = layout_at(LAYOUT_SPECS, token);
        slot = layout_word(&slot, 1);
        HOST_TRY(read_number(r, value, is_first, &slot));
        *value = rule_u64(value->number.limb[0]);
        return EXEC_OK;
    case RULE_READ_COUNT:
        break;
    }
    MM_UNREACHABLE();
}

_Static_assert(RULE_READ_HISTORY_LAST - RULE_READ_HISTORY_COUNT == 3,
               "count, weight, authors, last: as the words of Stats");

mm_err rule_read(void *ctx, struct rule_value *value, bool *is_first,
                 const struct rule_reader *reader, const struct rule_value *args)
{
    struct rule_reading *r = ctx;
    *is_first = false;
    r->status = read_one(r, value, is_first, (enum rule_chain_read)reader->id, args);
    return r->status == EXEC_OK ? MM_OK : MM_ERR_STOPPED;
}
