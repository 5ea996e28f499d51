/* mintmark rule: what it says of a text, where it points, and what it makes of facts. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/node/cli/program.h"

TestSuite(rule, .init = program_begin, .fini = program_end, .timeout = 60);

/* Exactly this on standard output. */
static void says(int status, const char *command, const char *out)
{
    struct said said = expect(status, "%s", command);
    cr_assert_str_eq(said.out, out, "%s\n%s", command, said.out);
    cr_assert_str_empty(said.err, "%s", said.err);
    said_free(&said);
}

static void misuses(const char *command, const char *with)
{
    struct said said = expect(2, "%s", command);
    cr_assert_not_null(strstr(said.err, with), "%s: %s", command, said.err);
    cr_assert_str_empty(said.out);
    said_free(&said);
}

Test(rule, check_says_what_a_rule_gives_and_can_cost)
{
    says(0, "mintmark rule check \"caller == owner && history.count('chat') >= 10u\"",
         "✓ gives bool, costs at most 2143\n");
    says(0, "mintmark rule check --target trait:level --trait level=uint 'new == old + 1u' --json",
         "{\"valid\":true,\"type\":\"bool\",\"costMax\":25}\n");
    says(0, "echo 'size(kind)' > r && mintmark rule check --file r",
         "✓ gives int, costs at most 16\n");
    says(0, "echo 1u | mintmark rule check --file - --type uint",
         "✓ gives uint, costs at most 5\n");
    says(0, "mintmark rule cost 'args.all(x, x < 10u)'", "330\n");
}

Test(rule, an_error_points_at_its_place)
{
    says(3, "mintmark rule check 'caller == (owner'",
         "✗ column 17: expected ')' to close '(' at column 11, but the rule ends\n"
         "    caller == (owner\n"
         "                    ^\n");
    says(3, "printf 'true &&\\n\\tcalle == owner' | mintmark rule check -f -",
         "✗ line 2, column 2: no such name: 'calle'; is it 'caller'?\n"
         "    \tcalle == owner\n"
         "    \t^~~~~\n");
    says(3, "mintmark rule check \"'é' + 1\"",
         "✗ column 5: '+' does not take string and int\n"
         "    'é' + 1\n"
         "        ^\n");
    says(3, "mintmark rule check --target mint 'supply' --json",
         "{\"valid\":false,\"error\":{\"verdict\":\"type\",\"text\":\"the rule must give bool, not "
         "uint\",\"line\":1,\"column\":1,\"offset\":0,\"length\":6}}\n");
    says(3, "mintmark rule cost 'args.all(x, args.all(y, history.count(kind) > x))' --json",
         "{\"valid\":false,\"error\":{\"verdict\":\"cost\",\"text\":\"the rule can cost 544250, at "
         "most 100000 may be\",\"line\":1,\"column\":1,\"offset\":0,\"length\":49}}\n");
    says(3, "mintmark rule check \"$(printf '\\033[31m')\"",
         "✗ column 1: unexpected byte 0x1b\n"
         "    \\u001b[31m\n"
         "    ^\n");
}

Test(rule, eval_runs_on_facts)
{
    says(0, "mintmark rule eval \"trait('level') + 1u\" --set trait.level=4",
         "value         5u\ncost          2120 of at most 2120\n");
    says(0, "mintmark rule eval 'caller == owner'",
         "value         true\ncost          18 of at most 18\n");
    says(0, "mintmark rule eval 'args.map(x, x * 2u)' --set 'args=[1,2]' --json",
         "{\"valid\":true,\"type\":\"list(uint)\",\"value\":[\"2\",\"4\"],\"cost\":70,\"costMax\":"
         "490}\n");
    says(0,
         "echo '{\"caller\":\"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\",\"history\":{\"chat\":"
         "{\"count\":12}},\"credits\":{\"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266\":\"9\"},"
         "\"trait\":{\"frozen\":true,\"name\":\"Ada\"}}' > facts.json && mintmark rule eval "
         "\"trait('frozen') && trait('name') == 'Ada' && credits(caller) == 9u && "
         "history.count('chat') == 13u\" --facts facts.json --set history.chat.count=13 --json",
         "{\"valid\":true,\"type\":\"bool\",\"value\":true,\"cost\":8488,\"costMax\":8488}\n");
    says(0, "mintmark rule eval 'new' --target trait:mark --trait mark=bytes32 --type any",
         "value         0x0000000000000000000000000000000000000000000000000000000000000000\n"
         "cost          5 of at most 5\n");
}

Test(rule, a_fault_is_no_value_and_points_at_its_place)
{
    says(3, "mintmark rule eval 'token - 1u > 0u'",
         "✗ column 7: the result does not fit\n"
         "    token - 1u > 0u\n"
         "          ^\n"
         "cost          25 of at most 25\n");
    says(3, "mintmark rule eval '1 % 0' --json",
         "{\"valid\":true,\"type\":\"int\",\"fault\":{\"code\":2,\"text\":\"division by "
         "zero\",\"line\":1,\"column\":3,\"offset\":2,\"length\":0},\"cost\":20,\"costMax\":20}\n");
}

Test(rule, facts_that_are_none_are_misuse)
{
    misuses("mintmark rule eval 'caller == owner' --set caller=5", "caller=5 is no address");
    misuses("mintmark rule eval 'value > 1u' --set value=-1", "value=-1 is no uint");
    misuses("mintmark rule eval 'true' --set nothing=1", "no rule asks for 'nothing'");
    misuses("mintmark rule eval 'true' --set nothing", "it is NAME=VALUE");
    misuses("mintmark rule eval \"history.count('chat') > 1u\" --set history.chat.count=x",
            "history.chat.count=x is no uint");
    misuses("mintmark rule check true --trait level=int", "KIND is uint, bool, bytes32 or string");
    misuses("mintmark rule check true --target nowhere", "--target nowhere");
    misuses("mintmark rule check", "RULE is missing");
    misuses("mintmark rule check true --file r", "one too many");
    struct said said = expect(1, "mintmark rule check --file nothing");
    cr_assert_not_null(strstr(said.err, "No such file"));
    said_free(&said);
}
