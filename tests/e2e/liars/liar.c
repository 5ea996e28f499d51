#include "tests/e2e/liars/liar.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"
#include "tests/lib/live_chain.h"

/* Who asked, and with which id. */
struct asked {
    uint64_t peer;
    uint64_t id;
};

struct liar {
    const struct lie *lie;
    struct node_key *key;
    char id[17];
    struct links *links;

    pthread_mutex_t mutex; /* guards: */
    uint64_t honest;       /* the peer; 0: not linked */
    struct mm_buf status;  /* its last; empty: none yet */
    struct asked asked[LIAR_ASKED];
    uint64_t next_id;
    unsigned passed; /* answers of the lie's kind that were passed on before it begins */
    struct liar_seen seen;
};

/* ---- lies ---- */

/* What is said to a peer instead of it. */
static void say_bent(struct liar *liar, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    const struct lie *lie = liar->lie;
    struct mm_buf out;
    enum lie_bent bent = LIE_TRUE;
    mm_buf_init(&out, FRAME_BYTES_MAX);
    pthread_mutex_lock(&liar->mutex);
    const bool is_time = kind == lie->kind && liar->passed == lie->after;
    liar->passed += kind == lie->kind && !is_time;
    if (is_time)
        bent = lie->bend(&out, payload);
    if (bent != LIE_TRUE && liar->seen.lies++ == 0)
        liar->seen.first_lie_s = live_now_s();
    pthread_mutex_unlock(&liar->mutex);
    MM_ASSERT(mm_buf_err(&out) == MM_OK);
    if (bent != LIE_WITHHELD)
        (void)links_send(liar->links, peer, kind, bent == LIE_BENT ? mm_buf_bytes(&out) : payload);
    mm_buf_fini(&out);
}

/* ---- of the honest node ---- */

/* Said on to all who listen, and back: who is where the honest node is, is asked nothing by it. */
static void take_status(struct liar *liar, mm_bytes payload)
{
    struct links_peer peers[LINKS_PEERS_MAX];
    size_t count = links_list(liar->links, peers, LINKS_PEERS_MAX);
    pthread_mutex_lock(&liar->mutex);
    const uint64_t honest = liar->honest;
    mm_buf_reset(&liar->status);
    mm_buf_add(&liar->status, payload);
    pthread_mutex_unlock(&liar->mutex);
    (void)links_send(liar->links, honest, FRAME_STATUS, payload);
    for (size_t i = 0; i < count && i < LINKS_PEERS_MAX; i++) {
        if (peers[i].peer != honest)
            say_bent(liar, peers[i].peer, FRAME_STATUS, payload);
    }
}

static void take_answer(struct liar *liar, enum frame_kind kind, mm_bytes payload)
{
    struct mm_buf own;
    struct mm_buf theirs;
    uint64_t id;
    uint64_t again;
    mm_buf_init(&own, FRAME_BYTES_MAX);
    mm_buf_init(&theirs, FRAME_BYTES_MAX);
    MM_ASSERT(lie_with_id(&own, &id, payload, 0));
    pthread_mutex_lock(&liar->mutex);
    const struct asked asked = liar->asked[id % LIAR_ASKED];
    pthread_mutex_unlock(&liar->mutex);
    MM_ASSERT(lie_with_id(&theirs, &again, payload, asked.id) && mm_buf_err(&theirs) == MM_OK);
    say_bent(liar, asked.peer, kind, mm_buf_bytes(&theirs));
    mm_buf_fini(&own);
    mm_buf_fini(&theirs);
}

static void hear_honest(struct liar *liar, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_STATUS:
        take_status(liar, frame->payload);
        return;
    case FRAME_HEADERS:
    case FRAME_BODIES:
    case FRAME_STATE:
    case FRAME_VALIDATORS:
        take_answer(liar, frame->kind, frame->payload);
        return;
    default: /* not a liar's business */
        return;
    }
}

/* ---- of victims ---- */

static void pass_on(struct liar *liar, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct mm_buf twisted;
    struct mm_buf own;
    struct asked asked = { .peer = peer };
    mm_buf_init(&twisted, FRAME_BYTES_MAX);
    mm_buf_init(&own, FRAME_BYTES_MAX);
    if (kind == FRAME_GET_STATE && liar->lie->twist != NULL)
        liar->lie->twist(&twisted, payload);
    else
        mm_buf_add(&twisted, payload);
    pthread_mutex_lock(&liar->mutex);
    const uint64_t id = liar->next_id++;
    MM_ASSERT(lie_with_id(&own, &asked.id, mm_buf_bytes(&twisted), id));
    liar->asked[id % LIAR_ASKED] = asked;
    const uint64_t honest = liar->honest;
    pthread_mutex_unlock(&liar->mutex);
    MM_ASSERT(mm_buf_err(&own) == MM_OK);
    (void)links_send(liar->links, honest, kind, mm_buf_bytes(&own));
    mm_buf_fini(&twisted);
    mm_buf_fini(&own);
}

static void hear_victim(struct liar *liar, uint64_t peer, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_GET_HEADERS:
    case FRAME_GET_BODIES:
    case FRAME_GET_STATE:
    case FRAME_GET_VALIDATORS:
        pass_on(liar, peer, frame->kind, frame->payload);
        return;
    default:
        return;
    }
}

/* ---- links ---- */

static void come_up(struct liar *liar, const struct links_event *event)
{
    struct mm_buf status;
    mm_buf_init(&status, 1024);
    pthread_mutex_lock(&liar->mutex);
    if (event->is_inbound) {
        liar->seen.ups++;
        mm_buf_add(&status, mm_buf_bytes(&liar->status));
    } else {
        liar->honest = event->peer;
    }
    pthread_mutex_unlock(&liar->mutex);
    if (status.len > 0)
        say_bent(liar, event->peer, FRAME_STATUS, mm_buf_bytes(&status));
    mm_buf_fini(&status);
}

static void go_down(struct liar *liar, const struct links_event *event)
{
    pthread_mutex_lock(&liar->mutex);
    if (!event->is_inbound) {
        liar->honest = 0;
    } else if (liar->seen.downs++ == 0) {
        liar->seen.first_down_s = live_now_s();
        liar->seen.end = event->end;
        liar->seen.bye = event->bye;
    }
    pthread_mutex_unlock(&liar->mutex);
}

static void hear(void *ctx, const struct links_event *event)
{
    struct liar *liar = ctx;
    switch (event->kind) {
    case LINKS_UP:
        come_up(liar, event);
        return;
    case LINKS_FRAME:
        if (event->is_inbound)
            hear_victim(liar, event->peer, event->frame);
        else
            hear_honest(liar, event->frame);
        return;
    case LINKS_DOWN:
        go_down(liar, event);
        return;
    case LINKS_REFUSED:
        return;
    }
}

/* ---- life ---- */

static bool has_status(struct liar *liar)
{
    pthread_mutex_lock(&liar->mutex);
    const bool has = liar->status.len > 0;
    pthread_mutex_unlock(&liar->mutex);
    return has;
}

struct liar *liar_new(const struct lie *lie, const struct wire_domain *domain, unsigned honest_port,
                      uint8_t seed)
{
    enum {
        NOWHERE = 1 /* a port where nobody answers: only victims are to come */,
        WAIT_MS = 20000
    };
    static const char *const urls[] = { "tcp://127.0.0.1:0" };
    struct liar *liar = mm_heap_zeroed(1, sizeof *liar);
    uint8_t key[NODE_KEY_SEED_BYTES];
    char url[64];
    struct mm_reason reason;
    MM_ASSERT(liar != NULL);
    memset(key, seed, sizeof key);
    MM_ASSERT(node_key_new(&liar->key, key) == MM_OK);
    const node_id id = node_key_id(liar->key);
    hex_encode(liar->id, mm_bytes_from(id.b, 8));
    liar->lie = lie;
    (void)pthread_mutex_init(&liar->mutex, NULL);
    mm_buf_init(&liar->status, 1024);
    const struct links_options options = { .listen_urls = urls,
                                           .listen_count = 1,
                                           .key = liar->key,
                                           .domain = *domain,
                                           .told_port = NOWHERE,
                                           .client = "mintmark/liar",
                                           .ctx = liar,
                                           .event = hear };
    (void)snprintf(url, sizeof url, "tcp://127.0.0.1:%u", honest_port);
    if (links_open(&liar->links, &options, &reason) != MM_OK ||
        links_dial(liar->links, url, NULL, &reason) != MM_OK)
        live_fail(reason.text);
    for (unsigned ms = 0; !has_status(liar); ms++) {
        if (ms == WAIT_MS)
            live_fail("a liar finds no honest node");
        live_sleep_ms(1);
    }
    return liar;
}

void liar_free(struct liar *liar)
{
    if (liar == NULL)
        return;
    links_close(liar->links);
    node_key_free(liar->key);
    mm_buf_fini(&liar->status);
    (void)pthread_mutex_destroy(&liar->mutex);
    mm_heap_free(liar);
}

unsigned liar_port(const struct liar *liar)
{
    return links_port(liar->links, 0);
}

const char *liar_id(const struct liar *liar)
{
    return liar->id;
}

struct liar_seen liar_seen(struct liar *liar)
{
    pthread_mutex_lock(&liar->mutex);
    const struct liar_seen seen = liar->seen;
    pthread_mutex_unlock(&liar->mutex);
    return seen;
}
