/* What a node keeps, from outside: tokens, pins, collections, profile pictures. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/node/cli/program.h"

#define BOB "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

static void set_up(void)
{
    program_begin();
    struct said said = expect(
        0, "printf '\\211PNG\\r\\n\\032\\n a cat' > cat.png; printf 'GIF89a a dog' > dog.gif; "
           "head -c 700000 /dev/urandom > large");
    said_free(&said);
}

TestSuite(kept, .init = set_up, .fini = program_end, .timeout = 150);

static void says(const char *command, const char *text)
{
    struct said said = expect(0, "%s", command);
    cr_assert_not_null(strstr(said.out, text), "%s: no %s in:\n%s%s", command, text, said.out,
                       said.err);
    said_free(&said);
}

static void refuses(const char *command, const char *text)
{
    struct said said = expect(5, "%s", command);
    cr_assert_not_null(strstr(said.err, text), "%s: %s", command, said.err);
    said_free(&said);
}

/* Until the command's output has so many lines of a kind; the node follows its chain within a second. */
static void wait_for(int lines, const char *kind)
{
    char command[256];
    (void)snprintf(
        command, sizeof command,
        "for i in $(seq 100); do [ \"$(mintmark pin ls | grep -c '  %s$')\" = %d ] && exit "
        "0; sleep 0.1; done; mintmark pin ls; exit 1",
        kind, lines);
    struct said said = expect(0, "%s", command);
    said_free(&said);
}

Test(kept, a_token_holds_its_content_until_a_day_after_it_is_burned)
{
    program_node("--data chain --collect-every 0");
    says("mintmark mint cat.png --name Cat", "token         1");
    wait_for(2, "chain,upload");
    says("for c in $(mintmark pin ls | cut -d' ' -f1); do mintmark pin rm $c; done; mintmark repo "
         "gc",
         "0 blocks");
    wait_for(2, "chain");
    refuses("mintmark pin rm $(mintmark pin ls | head -1 | cut -d' ' -f1)",
            "a token on the chain holds it");
    cr_assert_eq(program_node_stop(), 0);
    program_node("--data chain --collect-every 0"); /* it knows where it was */
    says("mintmark show 1 --output out.png && cmp out.png cat.png && mintmark burn 1",
         "it is gone");
    says("sleep 2; mintmark repo gc", "0 blocks (0 B) removed");
    wait_for(2, "chain");
}

Test(kept, a_token_that_is_taken_back_holds_nothing_and_one_that_comes_again_does)
{
    program_node("--ephemeral --collect-every 0");
    says("mintmark rpc evm_snapshot", "0x1");
    says("mintmark mint cat.png --name Cat", "token         1");
    wait_for(2, "chain,upload");
    says("mintmark rpc evm_revert 0x1", "true");
    says("mintmark mint dog.gif --name Dog", "token         1");
    wait_for(4, "chain,upload"); /* the cat's for its day */
    says("curl -s $MINTMARK_RPC/metrics", "mintmark_content_pins{kind=\"chain\"} ");
}

Test(kept, what_nobody_pins_is_listed_and_then_removed)
{
    program_node("--ephemeral --collect-every 0");
    says("mintmark add large | tee cid", "bafk");
    says("mintmark pin ls", "  recursive  user");
    says("mintmark repo gc", "0 blocks (0 B) removed");
    says("mintmark pin rm $(cat cid)", "bafk");
    says("mintmark repo gc --dry-run", "683.6 KiB");
    says("mintmark repo stat", "683.6 KiB");
    says("mintmark repo gc --list", "1 blocks (683.6 KiB) removed");
    says("mintmark repo verify", "0 blocks, 0 B, 0 pinned roots: all there");
    refuses("mintmark pin add $(cat cid)", "not found locally");
    says("mintmark add large && mintmark pin add $(cat cid) --name mine && mintmark pin ls",
         "mine");
}

Test(kept, a_profile_picture_is_set_changed_and_given)
{
    program_node("--ephemeral --collect-every 0");
    refuses("mintmark avatar get " BOB, "no profile picture was set");
    says("mintmark avatar set cat.png --from 1", "bafk");
    says("mintmark avatar get " BOB " | cmp - cat.png && echo same", "same");
    says("sleep 1.1; mintmark avatar set dog.gif --from 1 --json", "\"type\":\"image/gif\"");
    says("mintmark avatar get " BOB " | cmp - dog.gif && echo same", "same");
    says("mintmark repo gc", "1 blocks");
    refuses("echo '<svg></svg>' > x.svg; mintmark avatar set x.svg --from 1", "SVG");
}
