/* Votes (ERC-5805, ERC-6372): one a token, counted for the account that its owner names, for himself when he names nobody; and what
 * they were at any time before. As OpenZeppelin's ERC721Votes with the time as its clock, but for whom they count at first: holders
 * who never named anybody would make a quorum impossible. So naming the zero address is naming oneself. */
#include "contracts-native/ainft/ainft_internal.h"
#include "contracts-native/checkpoints/checkpoints.h"

enum { CLOCK_BITS = 48 };

enum exec_status votes_clock(struct abi_call *call, uint64_t *now)
{
    *now = host_block(call->host)->timestamp;
    return *now <= CHECKPOINTS_KEY_MAX
               ? EXEC_OK
               : ainft_refuse(call, AINFT_CAST_OVERFLOWED,
                              ABI_VALUES(abi_u64(CLOCK_BITS), abi_u64(*now)));
}

enum exec_status votes_delegate_of(struct abi_call *call, mm_addr *delegate, const mm_addr *account)
{
    const mm_u256 slot = layout_delegate(account);
    HOST_TRY(storage_load_addr(call, delegate, &slot));
    if (mm_addr_is_zero(delegate))
        *delegate = *account;
    return EXEC_OK;
}

/* ---- counting ---- */

struct change {
    mm_u256 before;
    mm_u256 after;
};

/* So many more or less from now on; Panic(0x11) below zero or beyond 208 bits. */
static enum exec_status push(struct abi_call *call, struct change *change, const mm_u256 *slot,
                             const mm_u256 *amount, bool more)
{
    struct checkpoint latest;
    struct checkpoint next;
    HOST_TRY(checkpoints_latest(call, &latest, slot));
    const bool fits = more ? u256_add(&next.value, &latest.value, amount)
                           : u256_sub(&next.value, &latest.value, amount);
    if (!fits || !checkpoint_value_fits(&next.value))
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    HOST_TRY(votes_clock(call, &next.key));
    *change = (struct change){ .before = latest.value, .after = next.value };
    return checkpoints_push(call, slot, &next);
}

static enum exec_status count_for(struct abi_call *call, const mm_addr *delegate,
                                  const mm_u256 *amount, bool more)
{
    const mm_u256 slot = layout_votes(delegate);
    struct change change;
    if (mm_addr_is_zero(delegate))
        return EXEC_OK;
    HOST_TRY(push(call, &change, &slot, amount, more));
    return abi_emit(
        call, &ainft_events[AINFT_DELEGATE_VOTES_CHANGED],
        ABI_VALUES(abi_addr(delegate), abi_word(&change.before), abi_word(&change.after)));
}

static enum exec_status move_votes(struct abi_call *call, const mm_addr *from, const mm_addr *to,
                                   const mm_u256 *amount)
{
    if (mm_addr_equal(from, to) || u256_is_zero(amount))
        return EXEC_OK;
    HOST_TRY(count_for(call, from, amount, false));
    return count_for(call, to, amount, true);
}

enum exec_status votes_move(struct abi_call *call, const mm_addr *from, const mm_addr *to)
{
    const mm_u256 total = layout_total_votes();
    const mm_u256 one = u256_from_u64(1);
    struct change change;
    mm_addr of_from;
    mm_addr of_to;
    if (mm_addr_is_zero(from))
        HOST_TRY(push(call, &change, &total, &one, true));
    if (mm_addr_is_zero(to))
        HOST_TRY(push(call, &change, &total, &one, false));
    HOST_TRY(votes_delegate_of(call, &of_from, from));
    HOST_TRY(votes_delegate_of(call, &of_to, to));
    return move_votes(call, &of_from, &of_to, &one);
}

/* ---- naming a delegate ---- */

static enum exec_status put_delegate(struct abi_call *call, const mm_addr *account,
                                     const mm_addr *named)
{
    const mm_addr *next = mm_addr_is_zero(named) ? account : named;
    const mm_u256 slot = layout_delegate(account);
    const mm_u256 balance_slot = storage_at_addr(account, &ERC721_BALANCES);
    mm_addr before;
    mm_u256 balance;
    HOST_TRY(votes_delegate_of(call, &before, account));
    HOST_TRY(storage_store_addr(call, &slot, next));
    HOST_TRY(abi_emit(call, &ainft_events[AINFT_DELEGATE_CHANGED],
                      ABI_VALUES(abi_addr(account), abi_addr(&before), abi_addr(next))));
    if (mm_addr_is_zero(account)) /* as its balanceOf says, in an eth_call without `from` */
        return erc721_refuse_addr(call, ERC721_INVALID_OWNER, account);
    HOST_TRY(host_load(call->host, &balance, &balance_slot));
    return move_votes(call, &before, next, &balance);
}

/* args: delegate */
enum exec_status ainft_delegate(struct abi_call *call)
{
    const mm_addr named = u256_to_addr(&call->args[0].word);
    return put_delegate(call, host_caller(call->host), &named);
}

/* Who signed Delegation(delegatee, nonce, expiry) with these v, r, s: as OpenZeppelin's ECDSA.recover. */
static enum exec_status find_signer(struct abi_call *call, mm_addr *signer,
                                    const struct abi_value *args)
{
    const mm_bytes type =
        MM_BYTES_LIT("Delegation(address delegatee,uint256 nonce,uint256 expiry)");
    const mm_u256 words[] = { eip712_hash(type), args[0].word, args[1].word, args[2].word };
    const mm_u256 struct_hash = eip712_hash_words(words, MM_COUNT_OF(words));
    const mm_hash32 s = u256_to_hash(&args[5].word);
    uint8_t signature[EIP712_SIGNATURE_BYTES];
    mm_bytes name;
    u256_to_be32(signature, &args[4].word);
    memcpy(signature + ABI_WORD, s.b, sizeof s.b);
    signature[2 * ABI_WORD] = (uint8_t)args[3].word.limb[0];
    if (!eip712_is_low_s(&s))
        return ainft_refuse(call, AINFT_ECDSA_INVALID_SIGNATURE_S, &args[5]);
    HOST_TRY(storage_load_string(call, &name, &ERC721_NAME));
    const mm_hash32 digest = eip712_digest(call, name, &struct_hash);
    HOST_TRY(eip712_signer(call, signer, &digest, MM_BYTES_OF(signature)));
    return mm_addr_is_zero(signer) ? ainft_refuse(call, AINFT_ECDSA_INVALID_SIGNATURE, NULL)
                                   : EXEC_OK;
}

static enum exec_status use_nonce(struct abi_call *call, const mm_addr *account,
                                  const mm_u256 *nonce)
{
    const mm_u256 slot = layout_nonce(account);
    mm_u256 current;
    HOST_TRY(storage_count(call, &current, &slot, true));
    return u256_equal(&current, nonce)
               ? EXEC_OK
               : ainft_refuse(call, AINFT_INVALID_ACCOUNT_NONCE,
                              ABI_VALUES(abi_addr(account), abi_word(&current)));
}

/* args: delegate, nonce, expiry, v, r, s */
enum exec_status ainft_delegate_by_sig(struct abi_call *call)
{
    const struct abi_value *args = call->args;
    const mm_u256 now = u256_from_u64(host_block(call->host)->timestamp);
    const mm_addr named = u256_to_addr(&args[0].word);
    mm_addr signer;
    if (u256_compare(&now, &args[2].word) > 0)
        return ainft_refuse(call, AINFT_VOTES_EXPIRED_SIGNATURE, &args[2]);
    HOST_TRY(find_signer(call, &signer, args));
    HOST_TRY(use_nonce(call, &signer, &args[1].word));
    return put_delegate(call, &signer, &named);
}

/* ---- views ---- */

enum exec_status ainft_clock(struct abi_call *call)
{
    uint64_t now;
    HOST_TRY(votes_clock(call, &now));
    call->results[0] = abi_u64(now);
    return EXEC_OK;
}

enum exec_status ainft_clock_mode(struct abi_call *call)
{
    call->results[0] = abi_bytes(MM_BYTES_LIT("mode=timestamp"));
    return EXEC_OK;
}

/* args: account */
enum exec_status ainft_delegates(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    mm_addr delegate;
    HOST_TRY(votes_delegate_of(call, &delegate, &account));
    call->results[0] = abi_addr(&delegate);
    return EXEC_OK;
}

/* args: account */
enum exec_status ainft_get_votes(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    const mm_u256 slot = layout_votes(&account);
    struct checkpoint latest;
    HOST_TRY(checkpoints_latest(call, &latest, &slot));
    call->results[0] = abi_word(&latest.value);
    return EXEC_OK;
}

/* Only what is over does not change any more: ERC5805FutureLookup. */
static enum exec_status give_past(struct abi_call *call, const mm_u256 *slot, const mm_u256 *time)
{
    uint64_t now;
    HOST_TRY(votes_clock(call, &now));
    if (!u256_fits_u64(time) || time->limb[0] >= now)
        return ainft_refuse(call, AINFT_FUTURE_LOOKUP, ABI_VALUES(abi_word(time), abi_u64(now)));
    return checkpoints_at(call, &call->results[0].word, slot, time->limb[0]);
}

/* args: account, time */
enum exec_status ainft_get_past_votes(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    const mm_u256 slot = layout_votes(&account);
    return give_past(call, &slot, &call->args[1].word);
}

/* args: time */
enum exec_status ainft_get_past_total_supply(struct abi_call *call)
{
    const mm_u256 slot = layout_total_votes();
    return give_past(call, &slot, &call->args[0].word);
}
