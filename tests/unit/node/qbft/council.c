#include "council.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct qbft_height height_of(const struct member *member)
{
    struct qbft_height height = { .height = member->head + 1, .set = member->council->set };
    if (member->head > 0)
        height.parent_builder = member->chain[member->head]->builder;
    return height;
}

static mm_hash32 head_hash(const struct member *member)
{
    return member->head == 0 ? member->council->domain.genesis_hash
                             : member->chain[member->head]->hash;
}

/* ---- the chain, as a machine sees it ---- */

struct qbft_block *council_block(struct council *council, size_t on, size_t builder)
{
    const struct member *member = &council->members[on];
    const mm_hash32 parent = head_hash(member);
    cr_assert_lt(council->block_count, COUNCIL_BLOCKS_MAX);
    struct qbft_block *block =
        stub_validator_block(member->head + 1, &parent, &council->members[builder].addr,
                             member->head + 1, council->block_count);
    council->blocks[council->block_count++] = qbft_block_ref(block);
    return block;
}

static struct qbft_block *build(void *ctx)
{
    struct member *member = ctx;
    if (member->builds == member->council->builds_max)
        return NULL;
    member->builds++;
    struct qbft_block *block = council_block(member->council, member->index, member->index);
    if (member->council->builds_invalid)
        member->council->invalid = block->hash;
    return block;
}

static enum qbft_look look(void *ctx, struct qbft_block *block)
{
    struct member *member = ctx;
    const mm_hash32 parent = stub_validator_parent(block);
    const mm_hash32 head = head_hash(member);
    if (member->is_shut)
        return QBFT_BLOCK_UNUSABLE;
    member->looks++;
    return block->height == member->head + 1 && mm_hash_equal(&parent, &head) &&
                   !mm_hash_equal(&block->hash, &member->council->invalid)
               ? QBFT_BLOCK_VALID
               : QBFT_BLOCK_INVALID;
}

static struct secp_signature sign(void *ctx, const mm_hash32 *digest)
{
    return stub_validator_sign(&((struct member *)ctx)->addr, digest);
}

/* ---- what a step leads to ---- */

static void post(struct council *council, size_t from, const struct qbft_send *send)
{
    cr_assert_lt(council->mail_count, COUNCIL_MAIL_MAX);
    struct letter *letter = &council->mail[council->mail_count++];
    *letter = (struct letter){ from, false, send->code, malloc(send->bytes.len), send->bytes.len };
    memcpy(letter->bytes, send->bytes.ptr, send->bytes.len);
}

static void write_record(struct member *member, const struct qbft_result *result)
{
    free(member->record);
    member->record = malloc(result->record.len);
    member->record_len = result->record.len;
    memcpy(member->record, result->record.ptr, result->record.len);
}

static void commit(struct member *member, const struct qbft_commit *commit)
{
    cr_assert_eq(commit->block->height, member->head + 1);
    cr_assert_lt(member->head + 1, COUNCIL_HEIGHTS_MAX);
    member->head++;
    member->chain[member->head] = qbft_block_ref(commit->block);
    member->certificates[member->head] = commit->certificate;
}

static void step(struct member *member, const struct qbft_event *event)
{
    struct qbft_result result;
    cr_assert_eq(qbft_step(member->machine, &result, event), MM_OK);
    member->steps++;
    member->deadline_ms = result.deadline_ms;
    if (result.has_record)
        write_record(member, &result);
    const bool has_commit = result.commit != NULL;
    if (has_commit)
        commit(member, result.commit);
    for (size_t i = 0; i < result.send_count; i++)
        post(member->council, member->index, &result.sends[i]);
    member->evidence_count += result.evidence_count;
    if (result.evidence_count > 0)
        member->evidence = result.evidence[result.evidence_count - 1];
    if (has_commit) {
        const struct qbft_height height = height_of(member);
        step(member, &(struct qbft_event){
                         .kind = QBFT_HEAD, .now_ms = member->council->now_ms, .head = &height });
    }
}

void council_give(struct council *council, size_t to, const struct qbft_event *event)
{
    struct qbft_event timed = *event;
    timed.now_ms = council->now_ms;
    if (council->members[to].machine != NULL)
        step(&council->members[to], &timed);
}

/* ---- life ---- */

struct qbft_block *council_find_block(void *ctx, const mm_hash32 *hash)
{
    const struct council *council = ctx;
    for (size_t i = 0; i < council->block_count; i++) {
        if (mm_hash_equal(&council->blocks[i]->hash, hash))
            return qbft_block_ref(council->blocks[i]);
    }
    return NULL;
}

void council_revive(struct council *council, size_t index)
{
    struct member *member = &council->members[index];
    struct qbft_options options = council->options;
    options.host = (struct qbft_host){ member, build, look, sign };
    options.has_key = index < council->count;
    options.self = member->addr;
    cr_assert_null(member->machine);
    cr_assert_eq(qbft_new(&member->machine, &options), MM_OK);
    if (member->record != NULL) {
        const mm_bytes record = mm_bytes_from(member->record, member->record_len);
        if (!qbft_restore(member->machine, record, council_find_block, council))
            qbft_forget(member->machine);
    } else if (member->head > 0) {
        qbft_forget(member->machine);
    }
    const struct qbft_height height = height_of(member);
    council_give(council, index, &(struct qbft_event){ .kind = QBFT_HEAD, .head = &height });
}

void council_kill(struct council *council, size_t index)
{
    qbft_free(council->members[index].machine);
    council->members[index].machine = NULL;
    council->members[index].deadline_ms = UINT64_MAX;
}

struct council *council_new(size_t count)
{
    struct council *council = calloc(1, sizeof *council);
    council->count = count;
    council->builds_max = SIZE_MAX;
    council->set = stub_validator_set(count);
    council->domain = (struct seal_domain){ 31337, { { 7, 7, 7 } } };
    council->options = (struct qbft_options){ .crypto = STUB_VALIDATOR_CRYPTO,
                                              .domain = council->domain,
                                              .base_timeout_ms = QBFT_BASE_TIMEOUT_MS,
                                              .cap_timeout_ms = QBFT_CAP_TIMEOUT_MS,
                                              .resend_ms = QBFT_RESEND_MS };
    for (size_t i = 0; i <= count; i++) {
        council->members[i].council = council;
        council->members[i].index = i;
        council->members[i].addr = stub_validator_addr(i);
        council_revive(council, i);
    }
    return council;
}

void council_free(struct council *council)
{
    for (size_t i = 0; i <= council->count; i++) {
        struct member *member = &council->members[i];
        qbft_free(member->machine);
        for (uint64_t height = 1; height <= member->head; height++)
            qbft_block_unref(member->chain[height]);
        free(member->record);
    }
    for (size_t i = 0; i < council->mail_count; i++)
        free(council->mail[i].bytes);
    for (size_t i = 0; i < council->block_count; i++)
        qbft_block_unref(council->blocks[i]);
    free(council);
}

/* ---- events ---- */

void council_pending(struct council *council, bool is_pending)
{
    for (size_t i = 0; i <= council->count; i++)
        council_give(council, i, &(struct qbft_event){ .kind = QBFT_PENDING, .flag = is_pending });
}

static void read_letter(const struct letter *letter, struct qbft_message *message)
{
    enum rlp_verdict verdict;
    cr_assert(qbft_message_decode(message, letter->code, mm_bytes_from(letter->bytes, letter->len),
                                  &verdict),
              "%s", rlp_verdict_text(verdict));
}

static void deliver_letter(struct council *council, struct letter *letter)
{
    letter->was_sent = true;
    for (size_t i = 0; i <= council->count; i++) {
        struct qbft_message message;
        if (i == letter->from || council->members[i].machine == NULL)
            continue;
        read_letter(letter, &message);
        cr_assert(qbft_message_authenticate(&message, &council->domain, &STUB_VALIDATOR_CRYPTO,
                                            &council->set));
        council_give(council, i, &(struct qbft_event){ .kind = QBFT_MESSAGE, .message = &message });
        qbft_message_fini(&message);
    }
}

void council_deliver_code(struct council *council, unsigned code)
{
    for (size_t i = 0; i < council->mail_count; i++) { /* what is posted meanwhile is at the end */
        if (!council->mail[i].was_sent && (code == 0 || council->mail[i].code == code))
            deliver_letter(council, &council->mail[i]);
    }
}

void council_deliver(struct council *council)
{
    council_deliver_code(council, 0);
}

void council_drop(struct council *council)
{
    for (size_t i = 0; i < council->mail_count; i++)
        council->mail[i].was_sent = true;
}

void council_wait(struct council *council, uint64_t ms)
{
    const uint64_t end = council->now_ms + ms;
    for (;;) {
        size_t next = 0;
        for (size_t i = 1; i <= council->count; i++) {
            if (council->members[i].deadline_ms < council->members[next].deadline_ms)
                next = i;
        }
        if (council->members[next].deadline_ms > end)
            break;
        if (council->members[next].deadline_ms > council->now_ms)
            council->now_ms = council->members[next].deadline_ms;
        council_give(council, next, &(struct qbft_event){ .kind = QBFT_TICK });
        cr_assert_gt(council->members[next].deadline_ms, council->now_ms,
                     "a deadline must move on");
    }
    council->now_ms = end;
}

bool council_tell(struct council *council, size_t to, const struct qbft_message *message)
{
    struct mm_buf buf;
    struct qbft_message read;
    enum rlp_verdict verdict;
    mm_buf_init(&buf, 2 * QBFT_MESSAGE_BYTES_MAX);
    qbft_message_encode(&buf, message);
    const bool is_read = qbft_message_decode(&read, message->code, mm_buf_bytes(&buf), &verdict);
    mm_buf_fini(&buf);
    if (!is_read)
        return false;
    const bool is_authentic =
        qbft_message_authenticate(&read, &council->domain, &STUB_VALIDATOR_CRYPTO, &council->set);
    if (is_authentic)
        council_give(council, to, &(struct qbft_event){ .kind = QBFT_MESSAGE, .message = &read });
    qbft_message_fini(&read);
    return is_authentic;
}

/* ---- what validators sign ---- */

struct qbft_vote council_vote(const struct council *council, size_t signer, enum qbft_code code,
                              uint64_t height, uint64_t round, const mm_hash32 *digest)
{
    struct qbft_vote vote = { .height = height, .round = round, .digest = *digest };
    const mm_hash32 signed_digest = qbft_vote_digest(&council->domain, code, &vote);
    vote.signer = council->members[signer].addr;
    vote.signature = stub_validator_sign(&vote.signer, &signed_digest);
    return vote;
}

struct qbft_change council_change(const struct council *council, size_t signer, uint64_t height,
                                  uint64_t round, const uint64_t *prepared_round,
                                  const mm_hash32 *prepared_digest)
{
    struct qbft_change change = { .height = height, .round = round };
    if (prepared_round != NULL) {
        change.is_prepared = true;
        change.prepared_round = *prepared_round;
        change.prepared_digest = *prepared_digest;
    }
    const mm_hash32 digest = qbft_change_digest(&council->domain, &change);
    change.signer = council->members[signer].addr;
    change.signature = stub_validator_sign(&change.signer, &digest);
    return change;
}

/* ---- looking ---- */

bool council_last(struct council *council, size_t from, unsigned code, struct qbft_message *message)
{
    for (size_t i = council->mail_count; i-- > 0;) {
        if (council->mail[i].from == from && council->mail[i].code == code) {
            read_letter(&council->mail[i], message);
            return true;
        }
    }
    return false;
}

size_t council_count_sent(const struct council *council, size_t from, unsigned code)
{
    size_t count = 0;
    for (size_t i = 0; i < council->mail_count; i++)
        count += council->mail[i].from == from && council->mail[i].code == code;
    return count;
}

struct qbft_status council_status(const struct council *council, size_t index)
{
    struct qbft_status status;
    qbft_read_status(council->members[index].machine, &status);
    return status;
}
