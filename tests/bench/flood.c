#include "tests/bench/flood.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "tests/bench/lib/gauge.h"

struct sender {
    struct flood *flood;
    size_t node;
    struct door door;
    pthread_t thread;
    mm_bytes *batches; /* requests without the last bracket */
    size_t count;
    size_t next;
};

struct flood {
    struct crew *crew;
    struct sender senders[FLOOD_ACCOUNTS];
    size_t sender_count;
    double begun_ms;
    double per_s;
    size_t under_way;
    atomic_bool is_over;
    atomic_size_t sent;  /* of all senders, since the start */
    atomic_size_t mined; /* on all nodes */
    size_t sent_before;  /* when it was begun */
    uint64_t head;
    uint64_t counted; /* transactions up to `head` */
};

/* ---- signing ---- */

static void add_batch(struct flood *flood, struct sender *sender, size_t account, uint64_t *number)
{
    mm_bytes *request = &sender->batches[sender->count++];
    door_begin(&sender->door);
    for (size_t i = 0; i < FLOOD_BATCH; i++)
        door_call(&sender->door, "eth_sendRawTransaction",
                  crew_sign_mint(flood->crew, account, (*number)++));
    MM_ASSERT(mm_arena_copy(&flood->crew->arena, request, mm_buf_bytes(&sender->door.request)) ==
              MM_OK);
}

struct flood *flood_new(struct crew *crew, size_t mints)
{
    struct flood *flood = calloc(1, sizeof *flood);
    const size_t rounds = mints / ((size_t)FLOOD_BATCH * FLOOD_ACCOUNTS) + 1;
    const size_t nodes = crew->testnet->validators;
    uint64_t number = 0;
    MM_ASSERT(flood != NULL);
    flood->crew = crew;
    flood->sender_count = nodes < FLOOD_ACCOUNTS ? nodes : FLOOD_ACCOUNTS;
    for (size_t i = 0; i < flood->sender_count; i++) {
        struct sender *sender = &flood->senders[i];
        *sender = (struct sender){ .flood = flood, .node = i };
        sender->batches = calloc(rounds * FLOOD_ACCOUNTS, sizeof *sender->batches);
        MM_ASSERT(sender->batches != NULL);
        door_init(&sender->door);
    }
    for (size_t i = 0; i < rounds; i++) {
        for (size_t j = 0; j < FLOOD_ACCOUNTS; j++)
            add_batch(flood, &flood->senders[j % flood->sender_count], FLOOD_ACCOUNT + j, &number);
    }
    return flood;
}

void flood_free(struct flood *flood)
{
    for (size_t i = 0; i < flood->sender_count; i++) {
        door_fini(&flood->senders[i].door);
        free(flood->senders[i].batches);
    }
    free(flood);
}

/* ---- sending ---- */

static void send_batch(struct sender *sender, mm_bytes request)
{
    const struct json *answers;
    size_t count;
    struct door *door = &sender->door;
    mm_buf_reset(&door->request);
    mm_buf_add(&door->request, request);
    MM_ASSERT(door_send(door, &answers, &count) && count == FLOOD_BATCH);
    for (size_t i = 0; i < count; i++)
        MM_ASSERT(json_find(&answers[i], "result") != NULL);
}

static bool has_room(const struct flood *flood)
{
    const size_t sent = atomic_load(&flood->sent);
    if (flood->per_s > 0)
        return (double)(sent - flood->sent_before) <
               (gauge_now_ms() - flood->begun_ms) * flood->per_s / 1e3;
    return sent - atomic_load(&flood->mined) < flood->under_way;
}

static void *run(void *arg)
{
    struct sender *sender = arg;
    struct flood *flood = sender->flood;
    while (!atomic_load(&flood->is_over) && sender->next < sender->count) {
        if (!has_room(flood)) {
            gauge_pause_ms(2);
            continue;
        }
        atomic_fetch_add(&flood->sent, FLOOD_BATCH);
        send_batch(sender, sender->batches[sender->next++]);
    }
    return NULL;
}

void flood_begin(struct flood *flood, double per_s, size_t under_way)
{
    flood->begun_ms = gauge_now_ms();
    flood->per_s = per_s;
    flood->under_way = under_way;
    flood->sent_before = atomic_load(&flood->sent);
    atomic_store(&flood->is_over, false);
    for (size_t i = 0; i < flood->sender_count; i++) {
        struct sender *sender = &flood->senders[i];
        MM_ASSERT(door_connect(&sender->door, flood->crew->testnet->nodes[sender->node].rpc_port));
        MM_ASSERT(pthread_create(&sender->thread, NULL, run, sender) == 0);
    }
}

void flood_end(struct flood *flood)
{
    atomic_store(&flood->is_over, true);
    for (size_t i = 0; i < flood->sender_count; i++)
        (void)pthread_join(flood->senders[i].thread, NULL);
}

size_t flood_sent(const struct flood *flood)
{
    return atomic_load(&flood->sent);
}

/* ---- counting ---- */

static uint64_t lowest_head(struct crew *crew)
{
    uint64_t lowest = UINT64_MAX;
    for (size_t i = 0; i < crew->testnet->validators; i++) {
        const uint64_t head = crew_head(crew, i);
        lowest = head < lowest ? head : lowest;
    }
    return lowest;
}

uint64_t flood_look(struct flood *flood)
{
    const uint64_t head = lowest_head(flood->crew);
    while (flood->head < head) {
        char params[32];
        uint64_t count = 0;
        (void)snprintf(params, sizeof params, "[\"0x%llx\"]", (unsigned long long)++flood->head);
        MM_ASSERT(hex_read_u64(
            &count,
            crew_ask(flood->crew, 0, "eth_getBlockTransactionCountByNumber", params)->text));
        flood->counted += count;
    }
    atomic_store(&flood->mined, flood->counted);
    return flood->counted;
}

uint64_t flood_head(const struct flood *flood)
{
    return flood->head;
}
