/* Collection in a loop beside adders, importers and mints (keepers.h), then every pin verifies.
 *
 *     race-gc                    a few seconds, in memory: for ThreadSanitizer and for each build
 *     race-gc SECONDS [FOLDER]   as long as that, over a database in the folder: by hand */
#include <stdlib.h>
#include <time.h>

#include "tests/race/check.h"
#include "tests/race/keepers.h"

int main(int argc, char **argv)
{
    struct content *content;
    const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 4;
    const struct content_options options = { .path = argc > 2 ? argv[2] : NULL };
    CHECK(content_open(&content, &options, NULL) == MM_OK);
    keepers_start(content, -1);
    (void)nanosleep(&(struct timespec){ .tv_sec = seconds }, NULL);
    keepers_stop();
    content_close(content);
    return 0;
}
