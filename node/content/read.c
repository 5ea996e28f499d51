/* A chain that begins with a snapshot has no logs of what was minted before. Its state has the tokens: those of collections that
 * the genesis names, and of those that its factories made. */
#include "node/content/follow_internal.h"
#include "state/chain/genesis.h"

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

static mm_err begin_contract(struct follow_round *round, struct follow_reading *at,
                             const mm_addr *contract)
{
    at->contract = *contract;
    at->token = 0;
    MM_TRY(count(round, &at->end, contract, "nextTokenId()"));
    at->has_contract = at->end > 0;
    return MM_OK;
}

static mm_err read_token(struct follow_round *round, struct follow_reading *at)
{
    struct content_token token = { .contract = at->contract };
    const mm_u256 id = u256_from_u64(at->token);
    u256_to_be32(token.token_id.b, &id);
    at->has_contract = ++at->token < at->end;
    return follow_set_token(round, &token);
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
    mm_u256 word;
    bool has;
    const struct follow_question question = { account->addr, "collections(uint256)",
                                              at->collection - 1 };
    MM_TRY(follow_ask_word(round->follow, &has, &word, round->view, &question));
    at->collection++;
    const mm_addr contract = u256_to_addr(&word);
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
