/* A redacted entry: what this node saved for it is let go, so that the next collection removes it.
 *
 *     HistoryRedacted(token, index) ──► HistoryAppended of that index: its CID ──► the pin of that history
 *
 * Only a pin of this very history goes (rpc/transcript/pin.h), and only when no entry of it that stands names the same content:
 * whoever writes somebody else's CID into a history of his own and redacts that takes nothing away. Pins of the operator's and of
 * tokens hold as ever.
 *
 * The chain is asked as of its head, so that nothing is let go but what is redacted in committed state. Said again, as a start
 * after a crash does, it changes nothing; a chain that is taken back (a development chain) does not bring back what was let go.
 * Of a chain that begins with a snapshot the events before are not there: what was saved then stays. */
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/ainft/history_log.h"
#include "node/content/follow_internal.h"
#include "node/log/log.h"
#include "rpc/transcript/pin.h"

struct redaction {
    struct follow_round *round;
    mm_addr collection;
    mm_u256 token;
    mm_u256 index;
    struct cid cid;
    bool is_found; /* the entry, and its content is a CID */
    bool stands;   /* another entry that names it */
};

/* Of each entry of the history so far. */
static mm_err look(struct redaction *r, log_hit_fn hit)
{
    const struct ledger *ledger = r->round->follow->options.ledger;
    const uint64_t begins = ledger_begins(ledger);
    const mm_hash32 appended = history_log_appended();
    const mm_hash32 token = u256_to_hash(&r->token);
    struct log_filter filter = { .from_block = begins == 0 ? 0 : begins + 1,
                                 .to_block = ledger_head(r->round->view),
                                 .addrs = &r->collection,
                                 .addr_count = 1,
                                 .topic_count = 2 };
    filter.topics[0].any_of = &appended;
    filter.topics[0].count = 1;
    filter.topics[1].any_of = &token;
    filter.topics[1].count = 1;
    const mm_err err = ledger_logs(r->round->view, &filter, hit, r);
    return err == MM_ERR_STOPPED ? MM_OK : err;
}

static bool read_cid(struct history_appended *entry, struct cid *cid, const struct log *log)
{
    return history_log_read(entry, log->topics, log->topic_count, log->data) &&
           entry->form == AINFT_CID && cid_decode(cid, entry->content) == CID_OK;
}

static mm_err find_entry(void *ctx, const struct log_hit *hit)
{
    struct redaction *r = ctx;
    struct history_appended entry;
    struct cid cid;
    const bool is_cid = read_cid(&entry, &cid, &hit->log);
    if (!u256_equal(&entry.index, &r->index))
        return MM_OK;
    r->is_found = is_cid;
    r->cid = cid;
    return MM_ERR_STOPPED;
}

/* The redacted entry too: what the head does not say was not redacted. */
static mm_err find_standing(void *ctx, const struct log_hit *hit)
{
    struct redaction *r = ctx;
    struct history_appended entry;
    struct cid cid;
    if (!read_cid(&entry, &cid, &hit->log) || !multihash_equal(&cid.hash, &r->cid.hash))
        return MM_OK;
    MM_TRY(follow_ask_stands(r->round, &r->stands, &r->collection, &r->token, &entry.index));
    return r->stands ? MM_ERR_STOPPED : MM_OK;
}

static mm_err has_pin(struct redaction *r, bool *has, mm_bytes owner)
{
    struct content_pins *pins = content_pins_new(r->round->follow->options.content, &r->cid);
    struct content_pin pin;
    mm_err err = MM_OK;
    *has = false;
    if (pins == NULL)
        return MM_ERR_NO_MEMORY;
    while (!*has && (err = content_pins_next(pins, &pin)) == MM_OK)
        *has = pin.kind == CONTENT_PIN_USER && mm_bytes_equal(pin.owner, owner);
    content_pins_free(pins);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err let_go(struct redaction *r, mm_bytes owner)
{
    char text[CID_TEXT_MAX + 1];
    MM_TRY(content_pin_del(r->round->follow->options.content, &r->cid, CONTENT_PIN_USER, owner));
    (void)cid_to_text(text, &r->cid, MULTIBASE_BASE32);
    log_event(LOG_INFO, "a saved conversation was redacted: it is not held any more", "cid=%s",
              text);
    return MM_OK;
}

mm_err follow_hear_redaction(struct follow_round *round, const struct log *log)
{
    struct redaction r = { .round = round,
                           .collection = log->addr,
                           .token = u256_from_hash(&log->topics[1]),
                           .index = u256_from_hash(&log->topics[2]) };
    char name[TRANSCRIPT_PIN_OWNER_MAX + 1];
    const size_t len = transcript_pin_owner(name, &r.collection, &r.token);
    const mm_bytes owner = mm_bytes_from((const uint8_t *)name, len);
    bool has = false;
    if (len == 0)
        return MM_OK;
    MM_TRY(look(&r, find_entry));
    if (r.is_found)
        MM_TRY(has_pin(&r, &has, owner));
    if (!has)
        return MM_OK;
    MM_TRY(look(&r, find_standing));
    return r.stands ? MM_OK : let_go(&r, owner);
}
