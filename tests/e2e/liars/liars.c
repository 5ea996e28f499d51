/* New nodes of a network in which one peer lies, as processes: e2e-liars MINTMARK [BLOCKS [SEED]]
 *
 *     first (the validator, a chain of BLOCKS blocks with tokens) ◄── second (observes; asleep until the lie is told)
 *                    ▲                                                   ▲
 *                    └── liar (bends one kind of answer) ◄── victim ─────┘      once for each lie, by blocks or with a snapshot
 *
 * Second is stopped in the middle of the victim's handshake with it, so it is the liar who is asked, and goes on once the lie is
 * told. Each victim ends with the honest nodes' head, block and roots; who told what no honest node can say is banned and does not
 * come up again; who is silent or has nothing is passed over, and keeps its link. Nobody else is banned by anyone. At last a few
 * liars at once, drawn by SEED, and one honest node that is awake. How long each took is printed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "state/base/assert.h"
#include "tests/e2e/liars/liar.h"
#include "tests/lib/live_chain.h"

enum {
    MINT_BLOCKS = 2,
    LIARS_AT_ONCE = 4,
    LIE_WAIT_MS = 20 * 1000,
    LINKED_MS = 5000, /* with a snapshot, links are opened twice */
    AFTER_MS =
        500, /* for a banned liar to come again, if it could: redialing begins after 250 to 310 ms */
};

static struct live_chain live;
static struct wire_domain domain;
static struct live_node first, second, victim;
static uint64_t blocks;
static uint8_t next_seed = 1;

static char log_path[LIVE_PATH_BYTES];        /* the victim's */
static char honest_log_path[LIVE_PATH_BYTES]; /* of first and second */

/* ---- logs ---- */

/* The whole of it, the caller's. */
static char *read_log(const char *path)
{
    struct mm_buf text;
    FILE *file = fopen(path, "rb");
    mm_buf_init(&text, 16 << 20);
    for (int c = 0; file != NULL && (c = fgetc(file)) != EOF;)
        mm_buf_add_byte(&text, (uint8_t)c);
    if (file != NULL)
        (void)fclose(file);
    mm_buf_add_byte(&text, '\0');
    char *copy = strdup((const char *)text.ptr);
    mm_buf_fini(&text);
    return copy;
}

static bool log_says(const char *path, const char *what)
{
    char *log = read_log(path);
    const bool says = strstr(log, what) != NULL;
    free(log);
    return says;
}

static bool is_one_of(const char *id, struct liar *const *liars, size_t count)
{
    bool is = false;
    for (size_t i = 0; i < count; i++)
        is = is || strncmp(id, liar_id(liars[i]), strlen(liar_id(liars[i]))) == 0;
    return is;
}

/* How many bans it tells of, all of them of these. */
static size_t count_bans(const char *path, struct liar *const *liars, size_t count)
{
    static const char words[] = "a peer is banned  id=";
    size_t bans = 0;
    char *log = read_log(path);
    for (const char *at = log; (at = strstr(at, words)) != NULL; bans++) {
        at += sizeof words - 1;
        if (!is_one_of(at, liars, count)) {
            (void)fprintf(stderr, "%s\n", log);
            live_fail("somebody honest is banned");
        }
    }
    free(log);
    return bans;
}

static void end_with_log(const char *what)
{
    char *log = read_log(log_path);
    (void)fprintf(stderr, "%s\n", log);
    free(log);
    live_fail(what);
}

/* ---- a run ---- */

static void start_victim(enum lie_sync sync, struct liar *const *liars, size_t count)
{
    unsigned ports[LIVE_PEERS_MAX];
    MM_ASSERT(count < LIVE_PEERS_MAX);
    for (size_t i = 0; i < count; i++)
        ports[i] = liar_port(liars[i]);
    ports[count] = second.process.p2p_port;
    (void)unlink(log_path);
    (void)live_node_start(
        &victim, &live,
        &(struct live_start){ .name = "victim",
                              .sync = sync == LIE_OF_BLOCKS ? "blocks" : "snapshot",
                              .log_path = log_path,
                              .ports = ports,
                              .port_count = count + 1 });
}
/* Until it has the head that who is honest has. */
/* The same head, roots and owners as who is honest. */
static void wait_for_victim(void)
{
    if (!node_wait(&victim.process, victim.folder, LIVE_READY_MS))
        end_with_log("a node does not begin among liars");
    live_wait_for_head(&victim, blocks);
}

static void end_victim(void)
{
    if (!node_stop(&victim.process))
        end_with_log("no orderly end");
    live_run("rm -rf '%s'%s", victim.folder, "");
}

static bool is_linked(const struct live_node *node, const char *id)
{
    char *answer = live_ask(node, "admin_peers", "[]");
    const bool is = strstr(answer, id) != NULL;
    free(answer);
    return is;
}

static void check_banned(const struct lie *lie, struct liar *liar)
{
    char found[120];
    const struct liar_seen seen = liar_seen(liar);
    (void)snprintf(found, sizeof found, "reason=\"%s\"", lie->found);
    if (count_bans(log_path, &liar, 1) == 0)
        end_with_log("a liar is not banned");
    if (!log_says(log_path, found))
        end_with_log("a lie is found for another reason");
    if (seen.downs == 0 || seen.end != LINKS_END_TOLD || seen.bye != BYE_BANNED)
        end_with_log("a liar's link did not end as a banned node's does");
    while (live_now_s() < seen.first_down_s + AFTER_MS / 1000.0)
        live_sleep_ms(10);
    if (is_linked(&victim, liar_id(liar)) || liar_seen(liar).ups > 1)
        end_with_log("a banned liar is linked again");
}

static void check_passed_over(struct liar *liar)
{
    if (count_bans(log_path, &liar, 1) > 0)
        end_with_log("who is slow, or has nothing, is banned");
    for (unsigned ms = 0; !is_linked(&victim, liar_id(liar)); ms += 20) {
        if (ms > LINKED_MS)
            end_with_log("who is slow, or has nothing, is not linked any more");
        live_sleep_ms(20);
    }
}

static void run_one(const struct lie *lie)
{
    struct liar *liar = liar_new(lie, &domain, first.process.p2p_port, next_seed++);
    const double at = live_now_s();
    (void)kill(second.process.pid, SIGSTOP);
    start_victim(lie->sync, &liar, 1);
    for (unsigned ms = 0; liar_seen(liar).lies == 0; ms++) {
        if (ms == LIE_WAIT_MS)
            end_with_log("a liar was not asked");
        live_sleep_ms(1);
    }
    (void)kill(second.process.pid, SIGCONT);
    wait_for_victim();
    const double end = live_now_s();
    live_compare(&live, &first, &victim);
    if (lie->end == LIE_IS_BANNED)
        check_banned(lie, liar);
    else
        check_passed_over(liar);
    const struct liar_seen seen = liar_seen(liar);
    end_victim();
    printf("  %-9s %-32s %5.2f s  ", lie->sync == LIE_OF_BLOCKS ? "blocks" : "snapshot", lie->name,
           end - at);
    if (lie->end == LIE_IS_BANNED)
        printf("banned after %.3f s: %s\n", seen.first_down_s - seen.first_lie_s, lie->found);
    else
        printf("passed over, %zu times\n", seen.lies);
    (void)fflush(stdout);
    liar_free(liar);
}

/* Different lies at once, and one honest node. */
static void run_crowd(enum lie_sync sync, struct test_random *random)
{
    struct liar *liars[LIARS_AT_ONCE];
    bool is_drawn[64] = { false };
    MM_ASSERT(LIE_COUNT <= MM_COUNT_OF(is_drawn));
    for (size_t i = 0; i < LIARS_AT_ONCE;) {
        const size_t drawn = test_random_below(random, LIE_COUNT);
        if (is_drawn[drawn] || LIES[drawn].sync != sync)
            continue;
        is_drawn[drawn] = true;
        printf("  %-9s with others: %s\n", sync == LIE_OF_BLOCKS ? "blocks" : "snapshot",
               LIES[drawn].name);
        liars[i++] = liar_new(&LIES[drawn], &domain, first.process.p2p_port, next_seed++);
    }
    const double at = live_now_s();
    start_victim(sync, liars, LIARS_AT_ONCE);
    wait_for_victim();
    const double end = live_now_s();
    live_compare(&live, &first, &victim);
    const size_t bans = count_bans(log_path, liars, LIARS_AT_ONCE);
    end_victim();
    printf("  %-9s %d liars at once %28.2f s  %zu of them banned\n",
           sync == LIE_OF_BLOCKS ? "blocks" : "snapshot", LIARS_AT_ONCE, end - at, bans);
    (void)fflush(stdout);
    for (size_t i = 0; i < LIARS_AT_ONCE; i++)
        liar_free(liars[i]);
}

/* ---- all of them ---- */

static void make_chain(const char *binary)
{
    static const char *const names[] = { "first", "second", NULL };
    live_chain_fill(&live, binary, &(struct live_plan){ blocks, MINT_BLOCKS });
    const struct seal_domain chain = chain_seal_domain(live.dev.chain);
    domain = (struct wire_domain){ chain.chain_id, chain.genesis_hash };
    live_chain_lay(&live, names);
    (void)snprintf(log_path, sizeof log_path, "%s/victim.log", live.root);
    (void)snprintf(honest_log_path, sizeof honest_log_path, "%s/honest.log", live.root);
}

static void start_honest(void)
{
    const struct live_start validator = {
        .name = "first", .is_validator = true, .log_path = honest_log_path, .wait_ms = LIVE_READY_MS
    };
    if (!live_node_start(&first, &live, &validator))
        live_fail("a node with a chain does not start");
    const struct live_start observer = { .name = "second",
                                         .log_path = honest_log_path,
                                         .ports = &first.process.p2p_port,
                                         .port_count = 1,
                                         .wait_ms = LIVE_READY_MS };
    if (!live_node_start(&second, &live, &observer))
        live_fail("a node with a chain does not start");
    live_wait_for_head(&second, blocks);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        live_fail("usage: e2e-liars MINTMARK [BLOCKS [SEED]]");
    blocks = argc > 2 ? strtoull(argv[2], NULL, 10) : 600;
    const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    struct test_random random = { seed };
    double at = live_now_s();
    make_chain(argv[1]);
    printf("a chain of %llu blocks and %llu tokens: %.1f s; seed %llu\n",
           (unsigned long long)blocks, (unsigned long long)live.dev.minted, live_now_s() - at,
           (unsigned long long)seed);
    (void)fflush(stdout);
    start_honest();
    at = live_now_s();
    for (size_t i = 0; i < LIE_COUNT; i++)
        run_one(&LIES[i]);
    run_crowd(LIE_OF_BLOCKS, &random);
    run_crowd(LIE_OF_SNAPSHOT, &random);
    if (count_bans(honest_log_path, NULL, 0) > 0 || !node_stop(&second.process) ||
        !node_stop(&first.process))
        live_fail("no orderly end");
    live_chain_fini(&live);
    printf("%zu lies in %.1f s: the same roots everywhere, nobody honest banned\n", LIE_COUNT,
           live_now_s() - at);
    return 0;
}
