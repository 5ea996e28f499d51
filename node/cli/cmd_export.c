/* export genesis: the state of a stopped chain as the genesis of another. */
#include <errno.h>

#include "contracts-native/nft/nft.h"
#include "node/cli/commands.h"
#include "node/cli/stopped.h"
#include "node/cli/whole_state.h"
#include "state/chain/genesis.h"
#include "state/codec/hex.h"
#include "state/exec/block_run.h"
#include "state/exec/genesis_run.h"

enum {
    BLOCK_ARENA_MAX = 1 << 30,
    CODE_BYTES_MAX = 24576, /* EIP-170 */
    PROGRESS_BLOCKS = 64,
};

struct export
{
    struct cli_run *run;
    struct stopped stopped;
    struct whole_state state;
    struct mm_arena arena; /* of the block in work */
    struct header head;
    mm_hash32 head_hash;
    mm_bytes code; /* for collections; empty: their marker */
};

/* ---- executing the chain again ---- */

static mm_err run_txs(struct block_run *block_run, const struct block *block,
                      struct edit_senders senders, bool *is_same)
{
    for (size_t i = 0; i < block->tx_count && *is_same; i++) {
        struct tx tx = block->txs[i];
        struct exec_outcome outcome = { .verdict = edits_sender(&senders, &tx, i) };
        if (outcome.verdict == TX_OK)
            MM_TRY(block_run_add(block_run, &outcome, &tx));
        *is_same = outcome.verdict == TX_OK;
    }
    return MM_OK;
}

static mm_err run_block(struct export *e, const struct block *block, mm_bytes edits, bool *is_same)
{
    const struct exec_view view = whole_state_view(&e->state);
    struct block_run *block_run = NULL;
    struct block_result result;
    struct block_run_options options = {
        .view = &view,
        .natives = chain_natives(e->stopped.chain),
        .chain_id = ledger_chain_id(chain_ledger(e->stopped.chain)),
        .parent = &e->head,
        .parent_hash = e->head_hash,
        .timestamp = block->header.timestamp,
        .gas_limit = block->header.gas_limit,
        .coinbase = block->header.coinbase,
    };
    if (edits.len > 0)
        MM_TRY(edits_decode(&e->arena, &options.edits, &options.edit_count, edits));
    MM_TRY(block_run_new(&e->arena, &block_run, &options));
    const struct edit_senders senders = { options.edits, options.edit_count, 0 };
    MM_TRY(run_txs(block_run, block, senders, is_same));
    MM_TRY(block_run_finish(block_run, &result));
    *is_same =
        *is_same && mm_hash_equal(&result.header.receipts_root, &block->header.receipts_root);
    MM_TRY(whole_state_apply(&e->state, &result.changes));
    e->head = block->header;
    e->head_hash = block->hash;
    return MM_OK;
}

static mm_err run_genesis(struct export *e, struct mm_reason *reason)
{
    struct exec_changes changes;
    const struct genesis *genesis = chain_genesis(e->stopped.chain);
    MM_TRY(exec_genesis(&e->arena, &changes, genesis, chain_natives(e->stopped.chain), reason));
    MM_TRY(whole_state_apply(&e->state, &changes));
    struct ledger_view *view = ledger_acquire(chain_ledger(e->stopped.chain));
    const mm_err err = ledger_header(view, &e->head, &e->head_hash, 0);
    ledger_release(view);
    return err;
}

static int execute(struct export *e)
{
    struct ledger *ledger = chain_ledger(e->stopped.chain);
    const uint64_t last = ledger_stored(ledger);
    struct mm_reason reason = { .text = "" };
    bool is_same = true;
    if (ledger_begins(ledger) > 0)
        return cli_fail(e->run, CLI_FAILED,
                        "the node began with a snapshot at block %llu: slot numbers are found by "
                        "executing the whole chain, which is not here; use a node that has it",
                        (unsigned long long)ledger_begins(ledger));
    mm_err err = run_genesis(e, &reason);
    for (uint64_t block_num = 1; block_num <= last && err == MM_OK && is_same; block_num++) {
        struct block block;
        struct certificate certificate;
        mm_bytes edits;
        mm_arena_reset(&e->arena);
        if (block_num % PROGRESS_BLOCKS == 0)
            stopped_progress("block", block_num, last);
        err = ledger_stored_block(ledger, &e->arena, &block, &certificate, &edits, block_num);
        if (err == MM_OK)
            err = run_block(e, &block, edits, &is_same);
    }
    stopped_progress("block", 0, 0);
    if (err != MM_OK)
        return cli_fail(e->run, CLI_FAILED, "block %llu, executed again: %s",
                        (unsigned long long)e->head.number + 1,
                        reason.text[0] != '\0' ? reason.text : mm_err_text(err));
    mm_hash32 root;
    err = whole_state_root(&e->state, &root);
    if (err != MM_OK)
        return cli_fail(e->run, CLI_FAILED, "%s", mm_err_text(err));
    if (!is_same || !mm_hash_equal(&root, &e->head.state_root))
        return cli_fail(e->run, CLI_UNVERIFIED,
                        "executing the chain again gives another state than block %llu says",
                        (unsigned long long)e->head.number);
    return CLI_OK;
}

/* ---- writing ---- */

static bool is_collection(mm_bytes code)
{
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, NFT_COLLECTION_MODULE, NFT_VERSION);
    return mm_bytes_equal(code, MM_BYTES_OF(marker));
}

static void write_hex(FILE *out, mm_bytes bytes)
{
    char digits[2 * 64];
    fputs("0x", out);
    for (size_t at = 0; at < bytes.len; at += 64) {
        const size_t len = bytes.len - at < 64 ? bytes.len - at : 64;
        hex_encode(digits, mm_bytes_from(bytes.ptr + at, len));
        fwrite(digits, 1, 2 * len, out);
    }
}

static void write_word(FILE *out, const mm_u256 *word)
{
    const mm_hash32 bytes = u256_to_hash(word);
    write_hex(out, mm_bytes_hash(&bytes));
}

/* Without leading zeros, as quantities are written. */
static void write_quantity(FILE *out, const mm_u256 *value)
{
    char digits[64];
    size_t zeros = 0;
    const mm_hash32 bytes = u256_to_hash(value);
    hex_encode(digits, mm_bytes_hash(&bytes));
    while (zeros < sizeof digits - 1 && digits[zeros] == '0')
        zeros++;
    fprintf(out, "0x%.*s", (int)(sizeof digits - zeros), digits + zeros);
}

/* Straight to the file: a large collection's storage need not be in memory twice. */
static void write_storage(FILE *out, const struct whole_account *account)
{
    bool is_first = true;
    for (size_t i = 0; i < account->slot_count; i++) {
        const struct whole_slot *slot = &account->slots[i];
        if (u256_is_zero(&slot->value))
            continue;
        fputs(is_first ? ",\n      \"storage\": {\n        \"" : ",\n        \"", out);
        write_word(out, &slot->slot);
        fputs("\": \"", out);
        write_word(out, &slot->value);
        fputs("\"", out);
        is_first = false;
    }
    if (!is_first)
        fputs("\n      }", out);
}

static void write_account(FILE *out, const struct export *e, const struct whole_account *account)
{
    mm_bytes code = whole_state_code(&e->state, &account->account.code_hash);
    if (e->code.len > 0 && is_collection(code))
        code = e->code;
    fputs("    \"", out);
    write_hex(out, mm_bytes_addr(&account->addr));
    fputs("\": {\n      \"balance\": \"", out);
    write_quantity(out, &account->account.balance);
    fprintf(out, "\",\n      \"nonce\": \"0x%llx\"", (unsigned long long)account->account.nonce);
    if (code.len > 0) {
        fputs(",\n      \"code\": \"", out);
        write_hex(out, code);
        fputs("\"", out);
    }
    write_storage(out, account);
    fputs("\n    }", out);
}

/* `config` stands as the chain's own genesis has it, but for the chain id, which --chain-id may have set. */
static int write_config(FILE *out, struct export *e)
{
    struct json genesis;
    struct mm_buf text;
    const struct json_options options = { .unique_keys = true };
    if (json_parse(&e->run->arena, &genesis, mm_buf_bytes(&e->stopped.genesis), &options, NULL) !=
        JSON_OK)
        return cli_fail(e->run, CLI_FAILED, "genesis.json: out of memory");
    const struct json *config = json_find(&genesis, "config");
    mm_buf_init(&text, 1 << 20);
    struct json_writer w = json_writer_over(&text);
    json_open_object(&w);
    json_key(&w, "chainId");
    json_add_u64(&w, ledger_chain_id(chain_ledger(e->stopped.chain)));
    for (size_t i = 0; config != NULL && i < config->count; i++) {
        if (mm_bytes_equal(config->members[i].key, MM_BYTES_LIT("chainId")))
            continue;
        json_key_bytes(&w, config->members[i].key);
        json_add_value(&w, &config->members[i].value);
    }
    json_close_object(&w);
    const bool ok = mm_buf_err(&text) == MM_OK;
    fprintf(out, "{\n  \"config\": %.*s,\n", ok ? (int)text.len : 0, (const char *)text.ptr);
    mm_buf_fini(&text);
    return ok ? CLI_OK : cli_fail(e->run, CLI_FAILED, "config is too large");
}

static int write_genesis(FILE *out, struct export *e)
{
    const struct header *head = &e->head;
    bool is_first = true;
    const int status = write_config(out, e);
    if (status != CLI_OK)
        return status;
    fprintf(out, "  \"nonce\": \"0x0\",\n  \"timestamp\": \"0x%llx\",\n  \"extraData\": \"",
            (unsigned long long)head->timestamp);
    write_hex(out, mm_bytes_from(head->extra, head->extra_len));
    fprintf(out, "\",\n  \"gasLimit\": \"0x%llx\",\n  \"difficulty\": \"0x0\",\n  \"mixHash\": \"",
            (unsigned long long)head->gas_limit);
    write_word(out, &(mm_u256){ { 0 } });
    fputs("\",\n  \"coinbase\": \"", out);
    write_hex(out, mm_bytes_addr(&head->coinbase));
    fputs("\",\n  \"baseFeePerGas\": \"", out);
    write_quantity(out, &head->base_fee);
    fputs("\",\n  \"alloc\": {\n", out);
    for (size_t i = 0; i < e->state.count; i++) {
        if (!e->state.accounts[i].exists)
            continue;
        if (!is_first)
            fputs(",\n", out);
        write_account(out, e, &e->state.accounts[i]);
        is_first = false;
    }
    fputs("\n  }\n}\n", out);
    return CLI_OK;
}

static int write_all(struct export *e)
{
    const char *path = cli_text(e->run, "output");
    FILE *out = path == NULL ? stdout : fopen(path, "wbe");
    if (out == NULL)
        return cli_fail(e->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    int status = write_genesis(out, e);
    const bool is_bad = ferror(out) != 0;
    if (path == NULL)
        return status;
    if ((fclose(out) != 0 || is_bad) && status == CLI_OK)
        status = cli_fail(e->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    if (status == CLI_OK)
        cli_note(e->run, "state of block %llu, %zu accounts, written to %s",
                 (unsigned long long)e->head.number, e->state.count, path);
    return status;
}

/* Runtime code in hexadecimal, as `solc --bin-runtime` prints it. */
static int read_code(struct export *e, const char *path)
{
    char text[2 * CODE_BYTES_MAX + 64];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cli_fail(e->run, CLI_FAILED, "%s: %s", path, strerror(errno));
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r' || text[len - 1] == ' '))
        len--;
    const size_t from = len >= 2 && memcmp(text, "0x", 2) == 0 ? 2 : 0;
    uint8_t *bytes = mm_arena_alloc(&e->run->arena, len / 2 + 1);
    if (len - from < 2 || bytes == NULL || len - from > 2 * CODE_BYTES_MAX ||
        !hex_decode(bytes, mm_bytes_from(text + from, len - from)))
        return cli_fail(e->run, CLI_FAILED, "%s is no code of 1 to %d bytes in hexadecimal", path,
                        CODE_BYTES_MAX);
    e->code = mm_bytes_from(bytes, (len - from) / 2);
    return CLI_OK;
}

static int run_export(struct cli_run *run)
{
    struct export e = { .run = run };
    int status = cli_is_given(run, "code") ? read_code(&e, cli_text(run, "code")) : CLI_OK;
    if (status == CLI_OK)
        status = stopped_open(&e.stopped, run);
    if (status != CLI_OK)
        return status;
    mm_arena_init(&e.arena, BLOCK_ARENA_MAX);
    status = execute(&e);
    if (status == CLI_OK)
        status = write_all(&e);
    mm_arena_fini(&e.arena);
    whole_state_fini(&e.state);
    stopped_close(&e.stopped);
    return status;
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_DATA,
    { "output", 'o', CLI_FILE, "FILE", "write to a file instead of standard output", NULL },
    { "code", 0, CLI_FILE, "FILE",
      "runtime code in hexadecimal to stand at every collection, for nodes with an EVM", NULL },
};

const struct cli_command CLI_CMD_EXPORT_GENESIS = {
    .name = "export genesis",
    .arguments = "",
    .summary = "write a stopped chain's state as a genesis.json",
    .details = "Executes the chain of a stopped node again, checks that the state root comes out, "
               "and writes the state as a genesis file in "
               "the shape of geth's and Besu's: balances, nonces, code and storage.\nNative "
               "contracts keep their storage, which is laid out as "
               "Solidity's, and have their marker for code, so that mintmark itself can start from "
               "the file; with --code "
               "every collection has that code instead, and another node can.",
    .example = "mintmark export genesis --data mintmark-data --output genesis.json\nmintmark "
               "export genesis --code collection.hex -o geth.json",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_export,
};
