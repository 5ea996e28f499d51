/* Who comes up: one link a node, no more peers than wanted, nobody who is banned. */
#include "p2p/link/link_internal.h"

static void refuse_silently(struct link *link, enum bye_reason why)
{
    link_end(link, &(struct link_reason){ .end = LINKS_END_SAID, .bye = why });
}

/* Whether another link that we dialed is about to come up with this node. */
static bool is_awaited(const struct link *link, const node_id *id)
{
    for (const struct link *other = link->links->first; other != NULL; other = other->next) {
        if (other != link && other->state == LINK_HALF_OPEN && other->is_met &&
            node_id_equal(&other->id, id))
            return true;
    }
    return false;
}

/* The node that answered has heard nothing of us yet: leaving now costs neither side a link. */
bool link_may_meet(struct link *link, const node_id *id)
{
    struct links *links = link->links;
    if (link->state != LINK_HALF_OPEN)
        return false;
    if (link->target != NULL) {
        link->target->learned = *id;
        link->target->has_learned = true;
    }
    if (bans_has_node(links->bans, id, clock_ms())) {
        refuse_silently(link, BYE_BANNED);
        return false;
    }
    if (link_find_id(links, id) != NULL || is_awaited(link, id)) {
        refuse_silently(link, BYE_DUPLICATE);
        return false;
    }
    link->id = *id;
    link->is_met = true;
    return true;
}

/* Of two links with one node: whether the new one takes the old one's place. Both sides come to the same answer when both dialed:
 * what the smaller id dialed stays. When the other node dialed both, it may have lost the old one without our knowing: the newer
 * stays. When we dialed both there would be no second: link_may_meet has seen to that. */
static bool takes_over(const struct link *new, const struct link *old)
{
    if (new->is_inbound == old->is_inbound)
        return new->is_inbound;
    const bool is_own_smaller = node_id_compare(&new->links->id, &new->id) < 0;
    return new->is_inbound != is_own_smaller;
}

bool link_admit(struct link *link)
{
    struct links *links = link->links;
    if (link->state != LINK_HALF_OPEN)
        return false;
    if (bans_has_node(links->bans, &link->id, clock_ms())) {
        link_leave(link, BYE_BANNED);
        return false;
    }
    struct link *old = link_find_id(links, &link->id);
    if (old != NULL && !takes_over(link, old)) {
        link_leave(link, BYE_DUPLICATE);
        return false;
    }
    if (old != NULL)
        link_leave(old, BYE_DUPLICATE);
    if (link_count_state(links, LINK_PEER) >= links->options.peers_max) {
        link_leave(link, BYE_TOO_MANY_PEERS);
        return false;
    }
    link->state = LINK_PEER;
    link->number = ++links->last_number;
    link->up_ms = clock_ms();
    keeper_wake(links); /* from now on silence counts */
    return true;
}
