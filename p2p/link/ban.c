#include "p2p/link/ban.h"

#include <stdio.h>

static bool is_same(const struct ban *a, const struct ban *b)
{
    if (a->is_node != b->is_node)
        return false;
    return a->is_node ? node_id_equal(&a->id, &b->id) : strcmp(a->host, b->host) == 0;
}

static void add(struct bans *bans, const struct ban *new)
{
    struct ban *place = &bans->items[0];
    for (size_t i = 0; i < LINKS_BANS_MAX; i++) {
        struct ban *item = &bans->items[i];
        if (item->until_ms != 0 && is_same(item, new)) {
            if (item->until_ms < new->until_ms)
                item->until_ms = new->until_ms;
            return;
        }
        if (item->until_ms < place->until_ms)
            place = item;
    }
    *place = *new;
}

static bool has(const struct bans *bans, const struct ban *wanted, uint64_t now_ms)
{
    for (size_t i = 0; i < LINKS_BANS_MAX; i++) {
        if (bans->items[i].until_ms > now_ms && is_same(&bans->items[i], wanted))
            return true;
    }
    return false;
}

static struct ban of_host(const char *host, uint64_t until_ms)
{
    struct ban ban = { .until_ms = until_ms };
    (void)snprintf(ban.host, sizeof ban.host, "%s", host);
    return ban;
}

void bans_add_node(struct bans *bans, const node_id *id, uint64_t until_ms)
{
    add(bans, &(struct ban){ .is_node = true, .id = *id, .until_ms = until_ms });
}

void bans_add_host(struct bans *bans, const char *host, uint64_t until_ms)
{
    const struct ban ban = of_host(host, until_ms);
    add(bans, &ban);
}

bool bans_has_node(const struct bans *bans, const node_id *id, uint64_t now_ms)
{
    return has(bans, &(struct ban){ .is_node = true, .id = *id }, now_ms);
}

bool bans_has_host(const struct bans *bans, const char *host, uint64_t now_ms)
{
    const struct ban ban = of_host(host, 0);
    return has(bans, &ban, now_ms);
}
