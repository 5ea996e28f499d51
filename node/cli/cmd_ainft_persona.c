/* ainft persona: a token that answers, in one go: files, token or new specification, and the agent that speaks for it. */
#include <sodium.h>
#include <time.h>

#include "node/cli/ainft_calls.h"
#include "node/cli/commands.h"
#include "node/cli/persona_files.h"
#include "node/cli/secret.h"
#include "node/key_file.h"
#include "rpc/transcript/typed.h"
#include "state/crypto/address.h"
#include "state/crypto/personal.h"

enum { CONSENT_FOR_S = 60 * 60, DEV_AGENT = SECRET_DEV_ACCOUNTS - 1 };

struct making {
    struct persona_files files;
    struct secp_secret *agent;
    mm_u256 token;
    bool is_new;
};

/* The key of --agent-key; else the development account that nodes take. */
static int find_agent(struct cli_run *run, struct secp_secret **out)
{
    uint8_t key[KEY_FILE_BYTES];
    struct mm_reason reason = { .text = "" };
    const char *path = cli_text(run, "agent-key");
    if (path == NULL) {
        *out = secret_dev_account(DEV_AGENT);
        return *out != NULL ? CLI_OK : cli_fail(run, CLI_FAILED, "no locked memory");
    }
    if (key_file_read(key, path, &reason) != MM_OK)
        return cli_fail(run, CLI_FAILED, "%s", reason.text);
    *out = secp_secret_new(key);
    sodium_memzero(key, sizeof key);
    return *out != NULL ? CLI_OK : cli_fail(run, CLI_FAILED, "%s: no key", path);
}

/* What the owner opens sealed conversations with. */
static mm_hash32 opening_key(const struct secp_secret *secret)
{
    struct seal_keys keys;
    seal_keys_for(&keys, secret);
    const mm_hash32 public_key = keys.public_key;
    seal_keys_wipe(&keys);
    return public_key;
}

static int put_token(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                     struct making *m)
{
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    const mm_addr self = secp_secret_addr(secret);
    const mm_u256 digest = u256_from_hash(&m->files.spec_digest);
    const struct abi_value uri = abi_bytes(mm_bytes_str(m->files.spec_uri));
    struct calls_sent sent;
    mm_bytes data;
    if (!m->is_new) {
        REMOTE_TRY(calls_encode(run, &data, "setSpecification(uint256,string,bytes32)",
                                ABI_VALUES(abi_word(&m->token), uri, abi_word(&digest))));
        return calls_send(remote, &sent, secret, collection, data);
    }
    REMOTE_TRY(calls_encode(run, &data, "mint(address,string,string,bytes32)",
                            ABI_VALUES(abi_addr(&self), abi_bytes(mm_bytes_str(m->files.token_uri)),
                                       uri, abi_word(&digest))));
    REMOTE_TRY(calls_send(remote, &sent, secret, collection, data));
    const struct json *log = calls_find_log(
        &sent, collection, "Transfer(address indexed,address indexed,uint256 indexed)");
    return log != NULL && calls_topic(&m->token, log, 3)
               ? CLI_OK
               : cli_fail(run, CLI_FAILED, "the receipt names no token");
}

/* The agent agrees by its signature, and the owner names it. */
static int put_agent(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                     const struct making *m)
{
    const mm_addr *collection = &cli_value(run, "collection")->addr;
    struct typed_domain domain = { .collection = *collection };
    struct typed_wallet wallet = { .token = m->token,
                                   .wallet = secp_secret_addr(m->agent),
                                   .deadline = (uint64_t)time(NULL) + CONSENT_FOR_S };
    uint8_t signature[SECP_SIGNATURE_BYTES];
    struct abi_value value;
    struct calls_sent sent;
    struct json chain;
    mm_bytes data;
    REMOTE_TRY(remote_call(remote, &chain, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u64(remote, &domain.chain_id, &chain, "chain id"));
    REMOTE_TRY(calls_view(remote, &value, "string", collection, "name()", NULL));
    domain.name = value.bytes;
    REMOTE_TRY(calls_view(remote, &value, "address", collection, "ownerOf(uint256)",
                          ABI_VALUES(abi_word(&m->token))));
    wallet.owner = u256_to_addr(&value.word);
    const mm_hash32 digest = typed_wallet_digest(&domain, &wallet);
    typed_sign(signature, m->agent, &digest);
    REMOTE_TRY(
        calls_encode(run, &data, "setAgentWallet(uint256,address,uint256,bytes)",
                     ABI_VALUES(abi_word(&m->token), abi_addr(&wallet.wallet),
                                abi_u64(wallet.deadline), abi_bytes(MM_BYTES_OF(signature)))));
    return calls_send(remote, &sent, secret, collection, data);
}

static int print(struct cli_run *run, const struct making *m)
{
    const mm_addr agent = secp_secret_addr(m->agent);
    char id[U256_DECIMAL_MAX + 1];
    char addr[ADDRESS_TEXT + 1];
    u256_to_decimal(id, &m->token);
    address_to_text(addr, &agent);
    if (!cli_flag(run, "json")) {
        cli_field(run, "token", mm_bytes_str(id));
        cli_field(run, "specification", mm_bytes_str(m->files.spec_uri));
        cli_field(run, "agent", mm_bytes_str(addr));
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_token(&w, &m->token);
    json_key(&w, "tokenURI");
    json_add_text(&w, m->files.token_uri);
    json_key(&w, "specification");
    json_add_text(&w, m->files.spec_uri);
    json_key(&w, "digest");
    json_add_data(&w, mm_bytes_hash(&m->files.spec_digest));
    cli_json_addr(&w, "agentWallet", &agent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}

static int make(struct cli_run *run, struct remote *remote, const struct secp_secret *secret,
                const void *ctx)
{
    const bool is_sealed = strcmp(cli_text(run, "privacy"), "encrypted") == 0;
    const mm_hash32 owner = opening_key(secret);
    struct making m = { .is_new = run->argument_count == 0 };
    (void)ctx;
    if (!m.is_new && !cli_token_id(run, &m.token, run->arguments[0]))
        return CLI_USAGE;
    REMOTE_TRY(persona_files_make(run, &m.files, is_sealed ? &owner : NULL));
    REMOTE_TRY(find_agent(run, &m.agent));
    int status = persona_files_upload(remote, &m.files);
    if (status == CLI_OK)
        status = put_token(run, remote, secret, &m);
    if (status == CLI_OK)
        status = put_agent(run, remote, secret, &m);
    if (status == CLI_OK)
        status = print(run, &m);
    secp_secret_free(m.agent);
    return status;
}

static int run_persona(struct cli_run *run)
{
    REMOTE_TRY(ainft_collection_given(run));
    return calls_with_signer(run, make, NULL);
}

static const struct cli_option OPTIONS[] = {
    { "script", 's', CLI_FILE, "FILE", "a script of your own; else the shipped curator's", NULL },
    { "name", 'n', CLI_TEXT, "TEXT", "what it is called", "Vera" },
    { "greeting", 'g', CLI_TEXT, "TEXT", "what it says first", NULL },
    { "image", 'i', CLI_TEXT, "URI", "its picture, for the metadata", NULL },
    { "privacy", 0, CLI_CHOICE, "public|encrypted|commitment",
      "how conversations are saved: for all, for author and owner, or as a hash alone", "public" },
    { "hold", 0, CLI_NUMBER, "N", "of the collection's credits who talks must hold so many", NULL },
    { "model", 'm', CLI_TEXT, "ID",
      "a remote model's name instead of a script; the node's operator allows one with "
      "--chat-remote",
      NULL },
    { "instructions", 0, CLI_TEXT, "TEXT", "what a remote model is told to be", NULL },
    { "agent-key", 0, CLI_FILE, "FILE",
      "the node's --chat-key, which agrees to speak for the token; else development account 9",
      NULL },
    CLI_OPTION_API,
    CLI_OPTION_AINFT,
    CLI_OPTIONS_SIGNER,
};

const struct cli_command CLI_CMD_AINFT_PERSONA = {
    .name = "ainft persona",
    .arguments = "[ID]",
    .arguments_max = 1,
    .summary = "mint a token that can be talked with, or make one of a token",
    .details = "Puts script, specification and metadata into the node's content store, mints a "
               "token with them or gives token ID the new specification, and names the agent "
               "that speaks for it. Then: mintmark ainft chat ID.",
    .example = "mintmark ainft persona -c 0x…\nmintmark ainft persona 1 -c 0x… --script mine.json "
               "--name Iris --greeting \"Yes?\"",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_persona,
};
