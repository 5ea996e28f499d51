/* Who keeps content, in threads: four add, two import, two mint, two collect, one verifies. For the race program and for the one that
 * kills them.
 *
 * Adders put files and folders, some of which others put as well, pin and unpin them, and pin again what may be gone. Importers take
 * CAR files, parts of which were there before and may be garbage. Those who mint leave a lease and a token that needs the content, and
 * end the lease. Each looks at what it holds now and then: whatever was acknowledged must be whole, or the program ends.
 * What adders hold is told to `report` (-1: nobody): a struct keepers_word after a pin is durable, and before it is let go. */
#ifndef TESTS_RACE_KEEPERS_H
#define TESTS_RACE_KEEPERS_H

#include "p2p/content/store.h"

struct keepers_word {
    bool is_held; /* else it is about to be let go */
    uint8_t owner;
    struct cid root;
};

void keepers_start(struct content *content, int report);
/* Ends the threads and says what they did; then every pin must verify, and the books must be right, before and after a collection. The
 * content is still the caller's to close. */
void keepers_stop(void);
/* That alone. */
void keepers_verify(struct content *content);
void keepers_collect(struct content *content);

#endif
