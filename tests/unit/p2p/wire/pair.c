#include "pair.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct node_key *pair_key(uint8_t seed)
{
    uint8_t bytes[NODE_KEY_SEED_BYTES];
    struct node_key *key;
    memset(bytes, seed, sizeof bytes);
    cr_assert_eq(node_key_new(&key, bytes), MM_OK);
    return key;
}

struct handshake_options pair_options(enum handshake_role role, const struct node_key *key,
                                      uint8_t ephemeral)
{
    struct handshake_options options = {
        .role = role,
        .key = key,
        .hello = { .domain = { 31337, { { 1, 2, 3 } } }, .listen_port = 30303, .client = "test/1" },
    };
    memset(options.ephemeral_secret, ephemeral, sizeof options.ephemeral_secret);
    return options;
}

void pair_init(struct pair *pair)
{
    *pair = (struct pair){ .frame_count = 0 };
    for (int i = 0; i < 2; i++) {
        pair->keys[i] = pair_key((uint8_t)(1 + i));
        pair->options[i] = pair_options((enum handshake_role)i, pair->keys[i], (uint8_t)(101 + i));
        mm_buf_init(&pair->wire[i], 64 << 20);
    }
}

void pair_start(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(session_new(&pair->sessions[i], &pair->options[i]), MM_OK);
        session_start(pair->sessions[i], &pair->wire[i]);
    }
}

void pair_fini(struct pair *pair)
{
    for (size_t i = 0; i < pair->frame_count; i++)
        frame_unref(pair->frames[i]);
    for (int i = 0; i < 2; i++) {
        session_free(pair->sessions[i]);
        node_key_free(pair->keys[i]);
        mm_buf_fini(&pair->wire[i]);
    }
}

/* One piece, in memory of its own, so that a read past its end is seen. */
static enum session_event feed_piece(struct pair *pair, int to, mm_bytes piece)
{
    uint8_t *copy = malloc(piece.len + 1);
    mm_bytes in = mm_bytes_from(copy, piece.len);
    memcpy(copy, piece.ptr, piece.len);
    enum session_event event;
    do {
        struct frame *frame;
        event = session_feed(pair->sessions[to], &in, &frame, &pair->wire[to]);
        pair->met_count += event == SESSION_MET;
        pair->up_count[to] += event == SESSION_UP;
        cr_assert_eq(frame != NULL, event == SESSION_FRAME);
        if (frame != NULL) {
            cr_assert_lt(pair->frame_count, PAIR_FRAMES_MAX);
            pair->frames[pair->frame_count++] = frame;
        }
    } while (event != SESSION_MORE && event != SESSION_ENDED);
    cr_assert(event == SESSION_ENDED || in.len == 0);
    free(copy);
    return event;
}

enum session_event pair_feed(struct pair *pair, int to, mm_bytes bytes, size_t piece)
{
    enum session_event event = SESSION_MORE;
    for (size_t at = 0; at < bytes.len && event == SESSION_MORE; at += piece) {
        const size_t left = bytes.len - at;
        event = feed_piece(pair, to, mm_bytes_from(bytes.ptr + at, left < piece ? left : piece));
    }
    return event;
}

mm_bytes pair_take(struct pair *pair, int from)
{
    const mm_bytes bytes = mm_buf_bytes(&pair->wire[from]);
    uint8_t *copy = malloc(bytes.len + 1);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    mm_buf_reset(&pair->wire[from]);
    return mm_bytes_from(copy, bytes.len);
}

void pair_run(struct pair *pair, size_t piece)
{
    for (bool is_quiet = false; !is_quiet;) {
        is_quiet = true;
        for (int from = 0; from < 2; from++) {
            if (mm_buf_bytes(&pair->wire[from]).len == 0)
                continue;
            const mm_bytes bytes = pair_take(pair, from);
            is_quiet = false;
            (void)pair_feed(pair, 1 - from, bytes, piece);
            free((void *)bytes.ptr);
        }
    }
}

void pair_up(struct pair *pair, bool is_plain)
{
    pair_init(pair);
    pair->options[PAIR_A].is_plain = is_plain;
    pair->options[PAIR_B].is_plain = is_plain;
    pair_start(pair);
    pair_run(pair, SIZE_MAX / 2);
    cr_assert(session_is_up(pair->sessions[PAIR_A]) && session_is_up(pair->sessions[PAIR_B]));
}

void pair_seal(struct pair *pair, int from, enum frame_kind kind, mm_bytes payload)
{
    session_seal(pair->sessions[from], kind, payload, &pair->wire[from]);
    cr_assert_eq(mm_buf_err(&pair->wire[from]), MM_OK);
}
