/* Evidence against validators on disk: the notes qbft/evidence/NUMBER (20 digits), the newest EVIDENCE_KEPT of them. */
#include <stdio.h>

#include "node/log/log.h"
#include "node/writer/writer_internal.h"
#include "state/codec/hex.h"

#define EVIDENCE_NOTE "qbft/evidence/"
enum { NAME_BYTES = sizeof EVIDENCE_NOTE + 20, EVIDENCE_BYTES_MAX = 4096 };

static void name_of(char name[NAME_BYTES], uint64_t number)
{
    (void)snprintf(name, NAME_BYTES, EVIDENCE_NOTE "%020llu", (unsigned long long)number);
}

struct counting {
    uint64_t last;
};

static mm_err count_one(void *ctx, mm_bytes name, mm_bytes value)
{
    mm_u256 number;
    (void)value;
    if (!u256_from_decimal(&number, name) || !u256_fits_u64(&number))
        return MM_ERR_CORRUPT;
    ((struct counting *)ctx)->last = number.limb[0];
    return MM_OK;
}

mm_err writer_load_evidence(struct writer *writer)
{
    struct counting counting = { 0 };
    MM_TRY(ledger_each_note(chain_ledger(writer->chain), EVIDENCE_NOTE, count_one, &counting));
    writer->network->last_evidence = counting.last;
    return MM_OK;
}

static void say(const struct qbft_evidence *evidence)
{
    static struct log_limit lines = LOG_LIMIT;
    const bool is_change = evidence->code == QBFT_ROUND_CHANGE;
    const struct qbft_vote *vote = &evidence->votes[0];
    const struct qbft_change *change = &evidence->changes[0];
    char signer[2 * sizeof(mm_addr) + 1] = "";
    hex_encode(signer, mm_bytes_addr(is_change ? &change->signer : &vote->signer));
    log_limited(&lines, LOG_WARN, "a validator signed two different messages",
                "validator=0x%s code=0x%x height=%llu round=%llu", signer, (unsigned)evidence->code,
                (unsigned long long)(is_change ? change->height : vote->height),
                (unsigned long long)(is_change ? change->round : vote->round));
}

mm_err writer_keep_evidence(struct writer *writer, const struct qbft_evidence *evidence)
{
    uint8_t memory[EVIDENCE_BYTES_MAX];
    struct mm_buf encoded = mm_buf_over(memory, sizeof memory);
    char names[2][NAME_BYTES];
    const uint64_t number = ++writer->network->last_evidence;
    say(evidence);
    qbft_evidence_encode(&encoded, evidence);
    MM_TRY(mm_buf_err(&encoded));
    name_of(names[0], number);
    name_of(names[1], number > EVIDENCE_KEPT ? number - EVIDENCE_KEPT : 0);
    const struct ledger_note notes[] = { { names[0], mm_buf_bytes(&encoded) },
                                         { .name = names[1] } };
    return ledger_set_notes(chain_ledger(writer->chain), notes, MM_COUNT_OF(notes));
}

struct listing {
    struct qbft_evidence *items;
    size_t max;
    size_t count;
    struct seal_domain domain;
};

static mm_err list_one(void *ctx, mm_bytes name, mm_bytes value)
{
    struct listing *listing = ctx;
    (void)name;
    if (listing->count == listing->max)
        return MM_OK;
    if (!qbft_evidence_decode(&listing->items[listing->count], value, &listing->domain,
                              &QBFT_SECP256K1))
        return MM_ERR_CORRUPT;
    listing->count++;
    return MM_OK;
}

mm_err writer_evidence(struct chain *chain, struct qbft_evidence *out, size_t max, size_t *count)
{
    struct listing listing = { out, max, 0, chain_seal_domain(chain) };
    const mm_err err = ledger_each_note(chain_ledger(chain), EVIDENCE_NOTE, list_one, &listing);
    *count = listing.count;
    return err;
}
