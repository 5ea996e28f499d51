/* Two headers of a request for the page: whatever Host says, the policy has the directives that it always has and no character that could
 * begin another one; whatever Accept says, it is a page or it is not. */
#include <string.h>

#include "rpc/web/web.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(const char *text, char c)
{
    size_t found = 0;
    for (; *text != '\0'; text++)
        found += *text == c;
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char usual[WEB_POLICY_BYTES_MAX];
    char policy[WEB_POLICY_BYTES_MAX];
    const mm_bytes text = mm_bytes_from(data, size);
    const size_t len = web_policy(policy, text, 8080, 5001);
    (void)web_policy(usual, MM_BYTES_LIT("localhost:8545"), 8080, 5001);
    MM_ASSERT(len == strlen(policy) && len < sizeof policy);
    MM_ASSERT(count(policy, ';') == count(usual, ';') && count(policy, '\'') == count(usual, '\''));
    MM_ASSERT(count(policy, ',') == 0 && count(policy, '\r') == 0 && count(policy, '\n') == 0);
    MM_ASSERT(count(policy, ' ') <= count(usual, ' '));
    (void)web_takes_page(text);
    return 0;
}
