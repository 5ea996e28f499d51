/* A chain that begins with a snapshot has no logs of what was minted before. Its state has the tokens: those of collections that
 * the genesis names, and of those that its factories made. Of an AINFT it has the specification that holds; the files of older ones and
 * of the history stood in logs alone. */
#include "contracts-native/ainft/layout.h"
#include "node/content/follow_internal.h"
#include "state/chain/genesis.h"
#include "state/crypto/keccak.h"

enum { CALLS_A_STEP = 256 };

/* A number of 64 bits that a view gives; 0 where there is no such view. */
static mm_err count(struct follow_round *round, uint64_t *number, const mm_addr *contract,
                    const char *signature)
{
    mm_u256 word;
    bool has;
    *number = 0;
    const struct follow_question question = { *contract, signature, 0 };
    MM_TRY(follow_ask_word(round->follow, &has, &word, round->view, &question));
    if (has && u256_fits_u64(&word))
        *number = word.limb[0];
    return MM_OK;
}

/* The number behind the last token of an AINFT collection, which has no function that says it; 0 of any other contract. */
static mm_err next_token(struct follow_round *round, uint64_t *number, const mm_addr *contract)
{
    struct ledger_state state;
    mm_u256 word;
    uint8_t slot[32];
    const mm_u256 number_slot = layout_slot(LAYOUT_NEXT_TOKEN_ID);
    u256_to_be32(slot, &number_slot);
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(contract));
    const mm_hash32 slot_key = keccak256(MM_BYTES_OF(slot));
    ledger_state_init(&state, round->view, ledger_head(round->view));
    const struct exec_view view = ledger_exec_view(&state);
    const mm_err err = view.slot(view.ctx, &word, &addr_key, &slot_key);
    ledger_state_fini(&state);
    *number = err == MM_OK && u256_fits_u64(&word) ? word.limb[0] : 0;
    return err;
}

static mm_err begin_contract(struct follow_round *round, struct follow_reading *at,
                             const mm_addr *contract)
{
    at->contract = *contract;
    at->token = 0;
    MM_TRY(follow_set_contract(round, contract));
    MM_TRY(count(round, &at->end, contract, "nextTokenId()"));
    at->is_ainft = at->end == 0;
    if (at->is_ainft)
        MM_TRY(next_token(round, &at->end, contract));
    at->has_contract = at->end > 0;
    return MM_OK;
}

/* A token that was burned still has a specification, which nobody needs. */
static mm_err read_specification(struct follow_round *round, const struct content_token *token,
                                 uint64_t number)
{
    const struct follow_question question = { token->contract, "ownerOf(uint256)", number };
    mm_u256 owner;
    bool has;
    MM_TRY(follow_ask_word(round->follow, &has, &owner, round->view, &question));
    return has ? follow_ask_specification(round, token) : MM_OK;
}

static mm_err read_token(struct follow_round *round, struct follow_reading *at)
{
    struct content_token token = { .contract = at->contract };
    const uint64_t number = at->token++;
    const mm_u256 id = u256_from_u64(number);
    u256_to_be32(token.token_id.b, &id);
    at->has_contract = at->token < at->end;
    MM_TRY(follow_set_token(round, &token));
    return at->is_ainft ? read_specification(round, &token, number) : MM_OK;
}

/* Collection number `index` of a factory, of either kind. */
static mm_err ask_collection(struct follow_round *round, bool *has, mm_addr *collection,
                             const mm_addr *factory, uint64_t index)
{
    static const char *const VIEWS[] = { "collections(uint256)", "collectionAt(uint256)" };
    mm_u256 word;
    *has = false;
    for (size_t i = 0; i < MM_COUNT_OF(VIEWS) && !*has; i++) {
        const struct follow_question question = { *factory, VIEWS[i], index };
        MM_TRY(follow_ask_word(round->follow, has, &word, round->view, &question));
    }
    *collection = *has ? u256_to_addr(&word) : (mm_addr){ { 0 } };
    return MM_OK;
}

/* The account itself, then the collections that it made. */
static mm_err read_account(struct follow_round *round, struct follow_reading *at,
                           const struct genesis_account *account)
{
    if (at->collection == 0) {
        at->collection = 1;
        return account->native == NULL ? MM_OK : begin_contract(round, at, &account->addr);
    }
    uint64_t made = 0;
    if (account->native != NULL)
        MM_TRY(count(round, &made, &account->addr, "collectionCount()"));
    if (at->collection > made) {
        at->collection = 0;
        at->account++;
        return MM_OK;
    }
    mm_addr contract;
    bool has;
    MM_TRY(ask_collection(round, &has, &contract, &account->addr, at->collection - 1));
    at->collection++;
    return has ? begin_contract(round, at, &contract) : MM_OK;
}

mm_err follow_read_state(struct follow_round *round, bool *is_over)
{
    const struct genesis *genesis = round->follow->options.genesis;
    struct follow_reading *at = &round->follow->reading;
    *is_over = false;
    for (size_t i = 0; i < CALLS_A_STEP && !*is_over; i++) {
        if (at->has_contract)
            MM_TRY(read_token(round, at));
        else if (genesis != NULL && at->account < genesis->account_count)
            MM_TRY(read_account(round, at, &genesis->accounts[at->account]));
        else
            *is_over = true;
    }
    return MM_OK;
}
