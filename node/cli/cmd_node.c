/* node: from options to node_run. */
#include "node/cli/commands.h"
#include "node/node.h"

static void read_doors(const struct cli_run *run, struct node_options *options)
{
    const struct cli_value *gateway = cli_value(run, "gateway-port");
    const struct cli_value *api = cli_value(run, "api-port");
    options->gateway_port = gateway->number == UINT64_MAX ? -1 : (int32_t)gateway->number;
    options->api_port = api->number == UINT64_MAX ? -1 : (int32_t)api->number;
    options->gateway_port_asked = gateway->source >= CLI_VARIABLE;
    options->api_port_asked = api->source >= CLI_VARIABLE;
    options->api_token_path = cli_text(run, "api-token-file");
    options->content_quota_bytes = cli_number(run, "content-quota-mib") << 20;
    options->collect_every_ms = cli_number(run, "collect-every");
    options->gateway_trust_pages = cli_flag(run, "gateway-trust-html");
    options->gateway_subdomains = cli_flag(run, "gateway-subdomains");
}

static enum node_log_format log_format(const char *word)
{
    return strcmp(word, "json") == 0     ? NODE_LOG_JSON
           : strcmp(word, "logfmt") == 0 ? NODE_LOG_LOGFMT
                                         : NODE_LOG_TEXT;
}

static void read_lists(const struct cli_run *run, struct node_options *options)
{
    const struct cli_value *hosts = cli_value(run, "rpc-host");
    const struct cli_value *origins = cli_value(run, "origin");
    options->rpc_hosts = hosts->items;
    options->rpc_host_count = hosts->count;
    options->origins = origins->items;
    options->origin_count = origins->count;
}

static void read_membership(const struct cli_run *run, struct node_options *options)
{
    const struct cli_value *peers = cli_value(run, "peer");
    options->validator_key_path = cli_text(run, "validator-key");
    options->node_key_path = cli_text(run, "node-key");
    options->listen = cli_text(run, "listen");
    options->peers = peers->items;
    options->peer_count = peers->count;
    options->sync_snapshot = strcmp(cli_text(run, "sync"), "snapshot") == 0;
}

static void read_chat(const struct cli_run *run, struct node_options *options)
{
    options->chat_key_path = cli_text(run, "chat-key");
    options->chat_remote = cli_text(run, "chat-remote");
    options->chat_remote_key_path = cli_text(run, "chat-remote-key-file");
    options->chat_rate = (unsigned)cli_number(run, "chat-rate");
}

static int run_node(struct cli_run *run)
{
    if (run->argument_count > 0)
        return cli_misuse(run, "'%s' is no option; a command stands first: mintmark %s …",
                          run->arguments[0], run->arguments[0]);
    if (cli_number(run, "rpc-threads") < 1 || cli_number(run, "rpc-threads") > 64)
        return cli_misuse(run, "--rpc-threads: 1 to 64");
    if (cli_number(run, "rpc-body-mib") < 1 || cli_number(run, "rpc-body-mib") > 1024)
        return cli_misuse(run, "--rpc-body-mib: 1 to 1024");
    if (cli_number(run, "content-quota-mib") < 1 || cli_number(run, "content-quota-mib") > 1u << 30)
        return cli_misuse(run, "--content-quota-mib: 1 to 1073741824");
    if (cli_number(run, "cache-mib") < 1 || cli_number(run, "cache-mib") > 1u << 20)
        return cli_misuse(run, "--cache-mib: 1 to 1048576");
    if (cli_number(run, "chat-rate") < 1 || cli_number(run, "chat-rate") > 100000)
        return cli_misuse(run, "--chat-rate: 1 to 100000");
    if (cli_number(run, "port") > UINT16_MAX)
        return cli_misuse(run, "--port: 0 to 65535; the JSON-RPC door is never off");
    struct node_options options = node_options_default();
    options.data_dir = cli_text(run, "data");
    options.ephemeral = cli_flag(run, "ephemeral");
    options.genesis_path = cli_text(run, "genesis");
    options.host = cli_text(run, "host");
    options.port = (uint16_t)cli_number(run, "port");
    read_doors(run, &options);
    options.block_time_ms = cli_number(run, "block-time");
    options.proof_window = cli_number(run, "proof-window");
    options.cache_bytes = (size_t)cli_number(run, "cache-mib") << 20;
    options.chain_id = cli_number(run, "chain-id");
    options.rpc_threads = (unsigned)cli_number(run, "rpc-threads");
    options.rpc_body_bytes_max = (size_t)cli_number(run, "rpc-body-mib") << 20;
    read_lists(run, &options);
    options.client_version = cli_text(run, "client-version");
    options.allow_unlocked = cli_flag(run, "allow-unlocked");
    options.no_sync = cli_flag(run, "no-sync");
    options.quiet = cli_flag(run, "quiet");
    options.log_format = log_format(cli_text(run, "log-format"));
    options.ready_file = cli_text(run, "ready-file");
    read_membership(run, &options);
    read_chat(run, &options);
    return node_run(&options);
}

static const struct cli_option OPTIONS[] = {
    CLI_OPTION_DATA,
    { "ephemeral", 0, CLI_FLAG, NULL, "keep everything in memory; nothing is left afterwards",
      NULL },
    { "genesis", 'g', CLI_FILE, "FILE",
      "the chain's genesis.json; else the one in the data folder, or the built-in one", NULL },
    { "host", 0, CLI_TEXT, "HOST", "the address to listen on", "127.0.0.1" },
    { "port", 'p', CLI_NUMBER, "PORT", "JSON-RPC over HTTP; 0 picks a free one", "8545" },
    { "gateway-port", 0, CLI_DOOR, "PORT",
      "the content gateway, /ipfs/…; 0 picks a free one, off closes it", "8080" },
    { "gateway-subdomains", 0, CLI_FLAG, NULL,
      "send browsers from localhost/ipfs/CID to CID.ipfs.localhost, an origin for each root",
      NULL },
    { "gateway-trust-html", 0, CLI_FLAG, NULL,
      "let HTML, SVG, XML and PDF under /ipfs/ run scripts: all content that is here is your own; "
      "such pages may use the node's other doors as you may",
      NULL },
    { "api-port", 0, CLI_DOOR, "PORT",
      "the content API, /api/v0; 0 picks a free one, off closes it", "5001" },
    { "api-token-file", 0, CLI_FILE, "FILE",
      "a token that requests to the content API must bring; without one that door opens on "
      "loopback alone",
      NULL },
    { "content-quota-mib", 0, CLI_NUMBER, "MIB",
      "bytes of pictures and metadata beyond which no upload is taken", "10240" },
    { "collect-every", 0, CLI_SECONDS, "SECONDS",
      "remove content that nothing pins every so often, and when 80 % of the quota are used; 0: "
      "only at mintmark repo gc",
      "3600" },
    { "block-time", 'b', CLI_SECONDS, "SECONDS",
      "a block every so often, empty or not; 0 seals as soon as a transaction is there", "0" },
    { "chain-id", 0, CLI_NUMBER, "N", "instead of the genesis file's; 0 takes that", "0" },
    { "cache-mib", 0, CLI_NUMBER, "MIB",
      "what the chain's caches may grow to as its state does; they begin with 52", "640" },
    { "proof-window", 0, CLI_ALL, "N",
      "blocks before the head at which eth_getProof answers, or all", "1024" },
    { "validator-key", 0, CLI_FILE, "FILE",
      "take part in a network as the validator of this key (64 hex digits); without, observe",
      NULL },
    { "peer", 0, CLI_LIST, "[ID@]HOST:PORT", "a node of the network to be linked with", NULL },
    { "listen", 0, CLI_TEXT, "HOST:PORT",
      "where other nodes reach this one, or off; in a network 127.0.0.1:30303", NULL },
    { "sync", 0, CLI_CHOICE, "blocks|snapshot",
      "how an empty folder is filled: every block from genesis on, or a recent state and what "
      "follows it",
      "blocks" },
    { "node-key", 0, CLI_FILE, "FILE",
      "who this node is to others (64 hex digits); else node.key in the data folder", NULL },
    { "rpc-threads", 0, CLI_NUMBER, "N", "threads that answer requests", "2" },
    { "rpc-body-mib", 0, CLI_NUMBER, "MIB", "the longest request that is read", "5" },
    { "rpc-host", 0, CLI_LIST, "NAME",
      "a Host name that is answered besides loopback ones; * for all", NULL },
    { "origin", 0, CLI_LIST, "ORIGIN",
      "a web origin that may sign and control besides loopback ones", NULL },
    { "chat-key", 0, CLI_FILE, "FILE",
      "the key that speaks for tokens whose agent wallet it is (64 hex digits); without, "
      "development account 9, or nobody",
      NULL },
    { "chat-rate", 0, CLI_NUMBER, "N", "requests a minute of one who talks with tokens", "60" },
    { "chat-remote", 0, CLI_URL, "URL",
      "a remote model with OpenAI's API, http://HOST:PORT/v1, for personas of that engine", NULL },
    { "chat-remote-key-file", 0, CLI_FILE, "FILE",
      "its API key is the first line; else the variable MINTMARK_CHAT_REMOTE_KEY", NULL },
    { "client-version", 0, CLI_TEXT, "TEXT",
      "what web3_clientVersion says, for tools that only talk to names they know", NULL },
    { "allow-unlocked", 0, CLI_FLAG, NULL,
      "sign with the development accounts although others can reach the node", NULL },
    { "no-sync", 0, CLI_FLAG, NULL,
      "do not wait for the disk: for benchmarks; a crash loses blocks", NULL },
    { "quiet", 'q', CLI_FLAG, NULL, "log warnings and errors alone", NULL },
    { "log-format", 0, CLI_CHOICE, "text|logfmt|json", "how log lines look", "text" },
    { "ready-file", 0, CLI_FILE, "FILE",
      "written when the doors are open: a JSON line with their ports", NULL },
};

const struct cli_command CLI_CMD_NODE = {
    .name = "node",
    .arguments = "",
    .arguments_max = 1, /* for a better message than "too many" */
    .summary = "run a node; also what mintmark without a command does",
    .details = "Runs a development node until SIGINT or SIGTERM: one validator that seals a block "
               "as soon as a transaction is there, "
               "ten funded accounts of the well-known test mnemonic, chain id 31337, JSON-RPC on "
               "127.0.0.1:8545, where a browser finds the node's page, pictures on "
               "port 8080.\nWith --validator-key, --peer, --listen or --node-key it is a node of a "
               "network "
               "instead: blocks come from the validators that the genesis names, and signing with "
               "development accounts and dev control are off.\nPorts 8080 and 5001 do not stop the "
               "node when they are taken, unless "
               "they were asked for; the JSON-RPC port does.",
    .example = "mintmark node --data ./chain --block-time 2\nmintmark --ephemeral --port 0 "
               "--ready-file ready.json",
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .run = run_node,
};
