/* {cid}.ipfs.localhost: an origin for each root. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/rpc/gateway/house.h"

TestSuite(gateway_origins, .init = house_open, .fini = house_close, .timeout = 60);

static char host[200];
static char text[600];

static struct cid add_site(void)
{
    const struct cid page = house_put(CID_RAW, MM_BYTES_LIT("<script src=app.js></script>"));
    const struct cid script = house_put(CID_RAW, MM_BYTES_LIT("alert(1)"));
    const struct house_entry below[] = { { "art.svg", page }, { "b c.txt", script } };
    const struct house_entry entries[] = { { "app.js", script },
                                           { "below", house_directory(below, 2) },
                                           { "index.html", page },
                                           { "ipfs", house_directory(below, 2) } };
    const struct cid site = house_directory(entries, MM_COUNT_OF(entries));
    (void)snprintf(host, sizeof host, "%s.ipfs.localhost:8080", house_text(&site));
    return site;
}

static void expect_no_sandbox(const char *target)
{
    struct reply reply = house_get_at(host, target, "");
    cr_expect_eq(reply.status, 200, "%s: %s", target, reply.head);
    cr_expect_null(strstr(reply.head, "Content-Security-Policy"), "%s", target);
    reply_free(&reply);
}

Test(gateway_origins, serve_the_root_that_the_host_names)
{
    const struct cid site = add_site();
    (void)snprintf(text, sizeof text, "X-Ipfs-Path: /ipfs/%s/below/b%%20c.txt", house_text(&site));
    house_expect_at(host, "/below/b%20c.txt", "", 200, text);
    (void)snprintf(text, sizeof text, "Etag: \"%s\"", house_text(&site));
    house_expect_at(host, "/", "", 200, text);
    house_expect_at(host, "/", "", 200, "Content-Type: text/html; charset=utf-8");
    house_expect_at(host, "/ipfs/art.svg", "", 200, "Content-Type: image/svg+xml");
    house_expect_at(host, "/below?x=1", "", 301, "Location: /below/?x=1");
    house_expect_at(host, "/nothing", "", 404, NULL);
    house_expect_at(host, "//", "", 400, NULL);
    house_expect_at(host, "//app.js", "", 400, NULL);
    house_expect_at(host, "/below/../app.js", "", 400, NULL);
    house_expect_at(host, "/app.js?format=raw", "", 200, "Content-Type: application/vnd.ipld.raw");
    house_expect_at(host, "/?format=car", "", 200, NULL);
}

Test(gateway_origins, let_pages_run_where_they_have_only_themselves_to_harm)
{
    const struct cid site = add_site();
    expect_no_sandbox("/");
    expect_no_sandbox("/below/art.svg");
    expect_no_sandbox("/below/");
    house_expect_at(host, "/", "", 200, "Origin-Agent-Cluster: ?1");
    house_expect_at(host, "/app.js", "Service-Worker: script\r\n", 200, NULL);
    struct reply reply = house_get(&site, "/", "");
    cr_expect_not_null(strstr(reply.head, "Content-Security-Policy: sandbox"));
    reply_free(&reply);
    house_expect(&site, "/", "Service-Worker: script\r\n", 400, NULL);
}

Test(gateway_origins, have_listings_with_links_within_the_root)
{
    const struct cid site = add_site();
    struct reply reply = house_get_at(host, "/below/", "");
    const char *body = (const char *)reply.body;
    cr_expect_not_null(strstr(body, "<a href=\"/below/b%20c.txt\">b c.txt</a>"), "%s", body);
    cr_expect_not_null(strstr(body, "<a href=\"/\">..</a>"));
    (void)snprintf(text, sizeof text, "Index of /ipfs/%s/below/", house_text(&site));
    cr_expect_not_null(strstr(body, text));
    reply_free(&reply);
    const struct house_entry entry = { "a", site };
    const struct cid top = house_directory(&entry, 1);
    (void)snprintf(host, sizeof host, "%s.ipfs.localhost", house_text(&top));
    reply = house_get_at(host, "/", "");
    cr_expect_null(strstr((const char *)reply.body, "\">..</a>"));
    reply_free(&reply);
}

Test(gateway_origins, send_other_ways_of_writing_a_cid_to_the_one_that_is_used)
{
    const struct cid site = add_site();
    struct cid v0;
    char other[CID_TEXT_MAX + 40];
    cr_assert(cid_as_v0(&v0, &site));
    (void)snprintf(other, sizeof other, "%s.ipfs.localhost:8080", house_text(&v0));
    (void)snprintf(text, sizeof text, "Location: http://%s/below/b%%20c.txt?x=%%20", host);
    house_expect_at(other, "/below/b%20c.txt?x=%20", "", 301, text);
    char base36[CID_TEXT_MAX + 1];
    (void)cid_to_text(base36, &site, MULTIBASE_BASE36);
    (void)snprintf(other, sizeof other, "%s.ipfs.localhost:8080", base36);
    (void)snprintf(text, sizeof text, "Location: http://%s/", host);
    house_expect_at(other, "/", "", 301, text);
    house_expect_at("x.ipfs.localhost", "/", "", 400, NULL);
    house_expect_at("www.ipfs.localhost:8080", "/ipfs/bafkqaaa", "", 400, NULL);
}

Test(gateway_origins, do_not_take_clients_of_paths_unless_asked_to)
{
    const struct cid site = add_site();
    char target[300];
    (void)snprintf(target, sizeof target, "/ipfs/%s/below/b%%20c.txt?x=1", house_text(&site));
    house_expect_at("localhost:8080", target, "", 200, NULL);
    house.gateway.redirects = true;
    (void)snprintf(text, sizeof text, "Location: http://%s/below/b%%20c.txt?x=1", host);
    house_expect_at("localhost:8080", target, "", 301, text);
    house_expect_at("127.0.0.1:8080", target, "", 200, NULL);
    house_expect_at("localhost:8080", target, "Accept: application/vnd.ipld.raw\r\n", 200, NULL);
    (void)snprintf(target, sizeof target, "/ipfs/%s", house_text(&site));
    (void)snprintf(text, sizeof text, "Location: http://%s/", host);
    house_expect_at("localhost:8080", target, "", 301, text);
    house_expect_at("localhost:8080", "/ipfs/bafkqaaa?format=raw", "", 200, NULL);
    house.gateway.redirects = false;
}

Test(gateway_origins, are_named_by_an_absolute_target_as_well)
{
    (void)add_site();
    char target[300];
    (void)snprintf(target, sizeof target, "http://%s/app.js", host);
    struct reply reply = house_get_at("localhost", target, "");
    cr_expect_eq(reply.status, 200);
    cr_expect(reply_body_is(&reply, "alert(1)"));
    reply_free(&reply);
}

Test(gateway_origins, leave_everything_outside_of_ipfs_alone)
{
    house_expect_at("localhost", "/", "", 404, NULL);
    house_expect_at("localhost", "/ipfs", "", 404, NULL);
    house_expect_at("localhost", "/ipns/example.com/", "", 404, NULL);
    house_expect_at("localhost", "/etc/passwd", "", 404, NULL);
    house_expect_at("app.localhost", "/ipfs/bafkqaaa", "", 200, NULL);
}
