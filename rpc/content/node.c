/* version, id, swarm/peers: who this node is, and whom it is linked with. */
#include "rpc/content/api_internal.h"

#include <stdio.h>

static void respond_version(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    struct http_response response;
    api_open_json(&response, 4096);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "Version");
    json_add_text(&json, call->api->options.version);
    json_key(&json, "Commit");
    json_add_text(&json, "");
    json_key(&json, "Repo");
    json_add_text(&json, "1");
    json_key(&json, "System");
    json_add_text(&json, "amd64/linux");
    json_key(&json, "Golang");
    json_add_text(&json, "");
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

/* A peer id is the multihash of a public key; a key this short is its own (identity) hash. Written in base58btc without the
 * prefix of multibase: 12D3Koo… (libp2p peer-ids specification). */
static void add_peer_id(struct json_writer *json, const mm_hash32 *key)
{
    uint8_t id[2 + 4 + sizeof key->b] = { 0x00, 0x24, 0x08, 0x01, 0x12, 0x20 };
    memcpy(id + 6, key->b, sizeof key->b);
    char text[MULTIBASE_TEXT_MAX + 1];
    const size_t len = base58btc_encode(text, MM_BYTES_OF(id));
    json_add_string(json, mm_bytes_from(text, len));
}

static void respond_id(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    char agent[128];
    (void)snprintf(agent, sizeof agent, "mintmark/%s", call->api->options.version);
    struct http_response response;
    api_open_json(&response, 4096);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "ID");
    add_peer_id(&json, &call->api->options.peer_key);
    json_key(&json, "PublicKey");
    json_add_text(&json, "");
    json_key(&json, "Addresses");
    json_open_array(&json);
    json_close_array(&json);
    json_key(&json, "AgentVersion");
    json_add_text(&json, agent);
    json_key(&json, "Protocols");
    json_open_array(&json);
    json_close_array(&json);
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static void add_peer(struct json_writer *json, const struct content_api_peer *peer)
{
    json_open_object(json);
    json_key(json, "Addr");
    json_add_text(json, peer->address);
    json_key(json, "Peer");
    add_peer_id(json, &peer->key);
    json_key(json, "Latency");
    json_add_text(json, "");
    json_key(json, "Muxer");
    json_add_text(json, "");
    json_key(json, "Direction");
    json_add_u64(json, peer->is_inbound ? 0 : 1);
    json_key(json, "Streams");
    json_add_null(json);
    json_close_object(json);
}

static void respond_peers(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    if (call == NULL)
        return;
    const struct content_api_options *options = &call->api->options;
    const struct content_api_peer *peers = NULL;
    size_t count = 0;
    const mm_err err = options->peers == NULL ? MM_OK
                                              : options->peers(options->peers_context,
                                                               http_arena(request), &peers, &count);
    if (err != MM_OK) {
        api_fail_err(request, err);
        return;
    }
    struct http_response response;
    api_open_json(&response, 1 << 20);
    struct json_writer json = json_writer_over(&response.body);
    json_open_object(&json);
    json_key(&json, "Peers");
    json_open_array(&json);
    for (size_t i = 0; i < count; i++)
        add_peer(&json, &peers[i]);
    json_close_array(&json);
    json_close_object(&json);
    mm_buf_add_byte(&response.body, '\n');
    http_answer(request, &response);
}

static const struct api_option VERSION_OPTIONS[] = {
    { "number", "n", API_IGNORED, NULL, NULL },
    { "commit", NULL, API_IGNORED, NULL, NULL },
    { "repo", NULL, API_IGNORED, NULL, NULL },
    { "all", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_VERSION = {
    .name = "version",
    .arguments = "",
    .options = VERSION_OPTIONS,
    .option_count = MM_COUNT_OF(VERSION_OPTIONS),
    .summary = "{Version, Commit, Repo, System, Golang}",
    .respond = respond_version,
};

static const struct api_option ID_OPTIONS[] = {
    { "format", "f", API_IGNORED, NULL, NULL },
    { "peerid-base", NULL, API_ONLY, "b58mh", "how the id is written" },
};

const struct api_command API_CMD_ID = {
    .name = "id",
    .arguments = "",
    .options = ID_OPTIONS,
    .option_count = MM_COUNT_OF(ID_OPTIONS),
    .summary = "{ID, PublicKey, Addresses, AgentVersion, Protocols}; the ID tells nodes apart",
    .respond = respond_id,
};

static const struct api_option PEERS_OPTIONS[] = {
    { "verbose", "v", API_IGNORED, NULL, NULL },   { "streams", NULL, API_IGNORED, NULL, NULL },
    { "latency", NULL, API_IGNORED, NULL, NULL },  { "direction", "d", API_IGNORED, NULL, NULL },
    { "identify", NULL, API_IGNORED, NULL, NULL },
};

const struct api_command API_CMD_SWARM_PEERS = {
    .name = "swarm/peers",
    .arguments = "",
    .options = PEERS_OPTIONS,
    .option_count = MM_COUNT_OF(PEERS_OPTIONS),
    .summary = "the nodes of its network that this one is linked with, {Peers: [{Addr, Peer, …}]}",
    .respond = respond_peers,
};
