/* Frames on their way. Many get the same letter; it is decoded and authenticated once for all of them, which changes nothing
 * but the time that it takes, since both are functions of its bytes. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

uint64_t sim_mix(uint64_t hash, uint64_t value)
{
    uint64_t x = hash ^ (value + UINT64_C(0x9e3779b97f4a7c15) + (hash << 6) + (hash >> 2));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return x ^ (x >> 27);
}

uint64_t sim_hash_bytes(mm_bytes bytes)
{
    uint64_t hash = bytes.len;
    size_t at = 0;
    for (; at + 8 <= bytes.len; at += 8)
        hash = sim_mix(hash, mm_get_be64(bytes.ptr + at));
    for (; at < bytes.len; at++)
        hash = sim_mix(hash, bytes.ptr[at]);
    return hash;
}

static struct sim_letter *new_letter(unsigned code, size_t len)
{
    struct sim_letter *letter = mm_heap_alloc(sizeof *letter + len);
    MM_ASSERT(letter != NULL);
    *letter = (struct sim_letter){ .users = 1, .code = code, .len = len };
    return letter;
}

struct sim_letter *sim_letter_new(unsigned code, mm_bytes bytes)
{
    struct sim_letter *letter = new_letter(code, bytes.len);
    if (bytes.len > 0)
        memcpy(letter->bytes, bytes.ptr, bytes.len);
    letter->id = sim_mix(sim_hash_bytes(bytes), code);
    return letter;
}

struct sim_letter *sim_letter_known(struct sim *sim, unsigned code, mm_bytes bytes)
{
    const uint64_t id = sim_mix(sim_hash_bytes(bytes), code);
    struct sim_letter **place = &sim->letters[id % SIM_LETTERS];
    if (*place != NULL && (*place)->id == id && (*place)->code == code &&
        mm_bytes_equal(mm_bytes_from((*place)->bytes, (*place)->len), bytes))
        return sim_letter_ref(*place);
    sim_letter_unref(*place);
    *place = sim_letter_new(code, bytes);
    return sim_letter_ref(*place);
}

struct sim_letter *sim_letter_of(const struct qbft_message *message)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 2 * (size_t)QBFT_MESSAGE_BYTES_MAX);
    qbft_message_encode(&buf, message);
    MM_ASSERT(mm_buf_err(&buf) == MM_OK);
    struct sim_letter *letter = sim_letter_new(message->code, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return letter;
}

struct sim_letter *sim_letter_ref(struct sim_letter *letter)
{
    letter->users++;
    return letter;
}

void sim_letter_unref(struct sim_letter *letter)
{
    if (letter == NULL || --letter->users > 0)
        return;
    if (letter->message != NULL)
        qbft_message_fini(letter->message);
    mm_heap_free(letter->message);
    mm_heap_free(letter);
}

const struct qbft_message *sim_letter_read(const struct sim *sim, struct sim_letter *letter)
{
    enum rlp_verdict verdict;
    MM_ASSERT(sim_is_consensus(letter->code));
    if (letter->state == LETTER_CLOSED) {
        letter->message = mm_heap_alloc(sizeof *letter->message);
        MM_ASSERT(letter->message != NULL);
        if (!qbft_message_decode(letter->message, letter->code, sim_letter_bytes(letter), &verdict))
            letter->state = LETTER_GARBLED;
        else if (qbft_message_authenticate(letter->message, &sim->domain, &sim->crypto, NULL))
            letter->state = LETTER_READ;
        else
            letter->state = LETTER_REFUSED;
    }
    return letter->state == LETTER_READ ? letter->message : NULL;
}

unsigned sim_letter_code(const struct sim_letter *letter)
{
    return letter->code;
}

uint64_t sim_letter_height(const struct sim_letter *letter)
{
    return letter->state == LETTER_READ ? qbft_message_height(letter->message) : 0;
}

uint64_t sim_letter_round(const struct sim_letter *letter)
{
    return letter->state == LETTER_READ ? qbft_message_round(letter->message) : 0;
}

size_t sim_letter_signer(const struct sim_letter *letter)
{
    size_t i = 0;
    while (letter->state == LETTER_READ && i < SIM_NODES_MAX) {
        const mm_addr addr = stub_validator_addr(i);
        if (mm_addr_equal(&addr, qbft_message_signer(letter->message)))
            return i;
        i++;
    }
    return SIM_NODES_MAX;
}

uint64_t sim_letter_id(const struct sim_letter *letter)
{
    return letter->id;
}
