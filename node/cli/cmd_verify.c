/* verify: a token's owner, URI, metadata and picture, from a block hash alone. */
#include <time.h>

#include "contracts-native/nft/nft.h"
#include "node/cli/check_content.h"
#include "node/cli/commands.h"
#include "node/cli/follow.h"
#include "node/cli/proof.h"
#include "node/cli/steps.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

enum { OWNERS_SLOT = 2, TOKEN_URIS_SLOT = 6 };

struct verify {
    struct cli_run *run;
    struct remote remote;
    struct follow follow;
    struct proof proof;
    mm_u256 id;
    mm_bytes uri;
    struct steps steps;
};

/* ---- the chain's part ---- */

static int check_trusted(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "trusted");
    const mm_hash32 *hash = &cli_value(v->run, "trust")->hash;
    step_add_hash(&v->steps, step, "blockHash", hash);
    const int status = follow_trust(&v->follow, &v->remote, hash);
    if (status == CLI_OK)
        step_add_number(&v->steps, step, "blockNumber", v->follow.light.head.number);
    return steps_end(&v->steps, step, status, v->follow.reason.text);
}

/* --block, else what the node says its head is. That it lies behind the trusted block is checked here. */
static int choose_target(struct verify *v, uint64_t *block_num)
{
    const uint64_t trusted = v->follow.light.head.number;
    const bool is_given = cli_is_given(v->run, "block");
    *block_num = is_given ? cli_number(v->run, "block") : v->follow.head;
    if (*block_num >= trusted)
        return CLI_OK;
    if (is_given)
        return cli_fail(
            v->run, CLI_FAILED,
            "block %llu is before the trusted one, %llu: seals prove later blocks alone",
            (unsigned long long)*block_num, (unsigned long long)trusted);
    (void)mm_fail(&v->follow.reason, MM_ERR_INVALID,
                  "the node says that its head is block %llu, which is before the trusted one",
                  (unsigned long long)*block_num);
    return CLI_UNVERIFIED;
}

static int check_chain(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "chain");
    uint64_t target;
    v->follow.every_seal = cli_flag(v->run, "every-seal");
    int status = choose_target(v, &target);
    if (status == CLI_OK)
        status = follow_to(&v->follow, target);
    const struct light_counts *counts = &v->follow.light.counts;
    step_add_number(&v->steps, step, "headers", counts->headers);
    step_add_number(&v->steps, step, "certificates", counts->certificates);
    step_add_number(&v->steps, step, "seals", counts->seals);
    step_add_number(&v->steps, step, "setChanges", counts->set_changes);
    step_add_thousandths(&v->steps, step, "seconds", (int64_t)v->follow.took_ms);
    if (status == CLI_OK)
        proof_begin(&v->proof, &v->remote, &v->follow.light.head, &v->follow.light.hash);
    return steps_end(&v->steps, step, status, v->follow.reason.text);
}

/* The newest block that a node shows need not be the newest that there is: its age is for the reader, or --max-age, to judge. */
static int check_age(struct verify *v, struct step *step)
{
    char why[160];
    const uint64_t now = (uint64_t)time(NULL);
    const uint64_t made = v->proof.header.timestamp;
    const uint64_t age = now > made ? now - made : 0;
    step_add_number(&v->steps, step, "timestamp", made);
    step_add_number(&v->steps, step, "ageSeconds", age);
    if (!cli_is_given(v->run, "max-age") || age <= cli_number(v->run, "max-age") / 1000)
        return steps_end(&v->steps, step, CLI_OK, "");
    snprintf(why, sizeof why,
             "block %llu is %llu s old: the node is behind, or keeps newer blocks to itself",
             (unsigned long long)v->proof.header.number, (unsigned long long)age);
    return steps_end(&v->steps, step, CLI_UNVERIFIED, why);
}

static int check_header(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "header");
    const uint64_t block_num = cli_number(v->run, "block");
    int status = CLI_OK;
    if (!cli_is_given(v->run, "trust"))
        status =
            proof_open(&v->proof, &v->remote, cli_is_given(v->run, "block") ? &block_num : NULL);
    step_add_hash(&v->steps, step, "blockHash", &v->proof.block_hash);
    if (status != CLI_OK)
        return steps_end(&v->steps, step, status, v->proof.reason.text);
    step_add_number(&v->steps, step, "blockNumber", v->proof.header.number);
    step_add_hash(&v->steps, step, "stateRoot", &v->proof.header.state_root);
    return check_age(v, step);
}

static mm_hash32 collection_code_hash(void)
{
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, NFT_COLLECTION_MODULE, NFT_VERSION);
    return keccak256(MM_BYTES_OF(marker));
}

static int check_account(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "account");
    const mm_addr *collection = &cli_value(v->run, "collection")->addr;
    const mm_hash32 code_hash = collection_code_hash();
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, collection);
    step_add_text(&v->steps, step, "collection", text);
    int status = proof_account(&v->proof, collection);
    if (status == CLI_OK) {
        step_add_hash(&v->steps, step, "storageRoot", &v->proof.account.storage_root);
        step_add_hash(&v->steps, step, "codeHash", &v->proof.account.code_hash);
        if (!mm_hash_equal(&code_hash, &v->proof.account.code_hash))
            return steps_end(&v->steps, step, CLI_UNVERIFIED,
                             "its code is not that of a native collection");
    }
    return steps_end(&v->steps, step, status, v->proof.reason.text);
}

static int check_owner(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "owner");
    const mm_u256 slot = proof_mapping_slot(&v->id, OWNERS_SLOT);
    const mm_hash32 key = u256_to_hash(&slot);
    mm_u256 word;
    char text[ADDRESS_TEXT + 1];
    step_add_hash(&v->steps, step, "slot", &key);
    const int status = proof_slots(&v->proof, &word, &slot, 1);
    if (status != CLI_OK)
        return steps_end(&v->steps, step, status, v->proof.reason.text);
    if (u256_is_zero(&word))
        return steps_end(&v->steps, step, CLI_UNVERIFIED,
                         "the state proves that there is no such token");
    if (u256_bit_len(&word) > 160)
        return steps_end(&v->steps, step, CLI_UNVERIFIED, "the slot holds no address");
    const mm_addr owner = u256_to_addr(&word);
    address_to_text(text, &owner);
    step_add_text(&v->steps, step, "owner", text);
    return steps_end(&v->steps, step, CLI_OK, "");
}

static int check_uri(struct verify *v)
{
    struct step *step = steps_begin(&v->steps, "tokenURI");
    const mm_u256 slot = proof_mapping_slot(&v->id, TOKEN_URIS_SLOT);
    const mm_hash32 key = u256_to_hash(&slot);
    step_add_hash(&v->steps, step, "slot", &key);
    const int status = proof_string(&v->proof, &v->uri, &slot);
    if (status == CLI_OK)
        step_add(&v->steps, step, "tokenURI", v->uri);
    return steps_end(&v->steps, step, status, v->proof.reason.text);
}

/* ---- the result ---- */

static int check_all(struct verify *v)
{
    if (cli_is_given(v->run, "trust")) {
        REMOTE_TRY(check_trusted(v));
        REMOTE_TRY(check_chain(v));
    }
    REMOTE_TRY(check_header(v));
    REMOTE_TRY(check_account(v));
    REMOTE_TRY(check_owner(v));
    REMOTE_TRY(check_uri(v));
    return check_content(&v->steps, &v->remote, v->uri);
}

static int run_verify(struct cli_run *run)
{
    struct verify *v = MM_ARENA_NEW(&run->arena, struct verify);
    if (v == NULL)
        return cli_fail(run, CLI_FAILED, "out of memory");
    v->run = run;
    v->steps.run = run;
    if (!cli_token_id(run, &v->id, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(remote_open(&v->remote, run));
    const int status = check_all(v);
    remote_close(&v->remote);
    return steps_tell(&v->steps, &v->id, status);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_TRUST,
    { "block", 0, CLI_NUMBER, "N", "prove what was true after this block, not after the newest",
      NULL },
    { "every-seal", 0, CLI_FLAG, NULL,
      "check the certificate of each block on the way, also where the proof needs none", NULL },
    { "max-age", 0, CLI_SECONDS, "SECONDS", "refuse a block that is older", NULL },
    CLI_OPTIONS_READER,
};

const struct cli_command CLI_CMD_VERIFY = {
    .name = "verify",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .summary = "prove a token's owner, metadata and picture",
    .details =
        "Walks from a block hash to the picture and believes the node at no step: the "
        "header must hash to the block hash, Merkle "
        "proofs must lead from its state root to the collection and from there to the slots "
        "of owner and token URI, and metadata and picture must "
        "hash to the CIDs that the URI and the metadata name.\nWith --trust the hash is one "
        "that you know from elsewhere, of the genesis block or a later one. Headers are followed "
        "from there to the newest block or to --block, each by its parent's hash; a quorum of the "
        "validators must have sealed each change of their set, and the block whose state is "
        "proven. What is still trusted: that block, and that of no set on the way more than a "
        "third lies or has lost its keys. A node can keep its newest blocks to itself: the age of "
        "the block is shown, and --max-age refuses an old one.\n"
        "Without --trust the node's word is taken for the block hash, and for it alone. Exit "
        "status 3: a step does not hold.",
    .example = "mintmark verify 1\nmintmark verify 1 --trust 0x5f…c2 --json\n"
               "mintmark verify 1 --trust 0x5f…c2 --block 1000",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_verify,
};
