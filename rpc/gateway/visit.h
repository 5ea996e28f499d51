/* What the files of the gateway share: one request on its way. Private to rpc/gateway.
 *
 *     gateway.c          where the request goes: its root, path and form
 *       visit_content.c  a file, a directory, a symlink: as browsers want it
 *       visit_block.c    a block as it is, or of another codec
 *       visit_archive.c  a CAR, a tar archive
 *       visit.c          the headers and refusals that all of them give
 *
 * A visit owns its answer until http_answer takes it. What it borrows lives as long as the request. */
#ifndef RPC_GATEWAY_VISIT_H
#define RPC_GATEWAY_VISIT_H

#include "p2p/content/reader.h"
#include "rpc/gateway/form.h"
#include "rpc/gateway/gateway.h"
#include "rpc/gateway/page.h"
#include "rpc/gateway/source.h"
#include "rpc/http/range.h"

enum { ETAG_BYTES = CID_TEXT_MAX + 128 };

#define VISIT_CACHE_FOR_GOOD "public, max-age=29030400, immutable"
#define VISIT_CACHE_A_WEEK "public, max-age=604800, stale-while-revalidate=2678400"

struct visit {
    const struct gateway *gateway;
    struct http_request *request;
    struct http_response response;
    struct source *source;         /* owned, as the reader over it */
    struct content_reader *reader; /* NULL, as the source, when a body has taken it */
    struct form form;
    bool is_late;    /* a block is at another node, and did not come in time */
    bool has_origin; /* the root's own: {cid}.ipfs.localhost */
    struct cid root;
    mm_bytes path;            /* behind the root, decoded, without a slash in front */
    bool has_slash;           /* the path ends with one */
    struct content_node node; /* what the path leads to */
    mm_bytes name;            /* the last segment, decoded; empty for a bare root */
    struct mm_buf place;      /* /ipfs/{root}/{path}, as sent: X-Ipfs-Path */
    struct mm_buf roots;      /* X-Ipfs-Roots */
    char etag[ETAG_BYTES];
};

void visit_header(struct visit *visit, const char *name, const char *value);
/* Refuses: the answer becomes one line of text. */
void visit_fail(struct visit *visit, unsigned status, const char *text);
/* A block that is missing, wrong or odd: what the client is told. */
void visit_fail_read(struct visit *visit, enum read_verdict verdict);

/* Cache-Control: only-if-cached. */
bool visit_is_cached_only(struct visit *visit);

/* For content_resolve: the CIDs on the way become X-Ipfs-Roots. */
struct content_path_listener visit_listener(struct visit *visit);
/* "{prefix}{cid}{suffix}", quoted. */
void visit_set_etag(struct visit *visit, const char *prefix, const struct cid *cid,
                    const char *suffix);
/* What every good answer has. media_type: a literal, or NULL. */
void visit_headers(struct visit *visit, const char *media_type, const char *cache_control);
/* 304, answered, when the client has it already. */
bool visit_is_known(struct visit *visit, const char *cache_control);

/* The range that is asked for of a body of `total` bytes. HTTP_RANGE_OUTSIDE: refused. */
enum http_range_verdict visit_range(struct visit *visit, struct http_range *range, uint64_t total);
/* 206 and its headers, when only a part is sent; said after visit_headers. */
void visit_range_headers(struct visit *visit, enum http_range_verdict verdict,
                         const struct http_range *range, uint64_t total);

enum visit_saving {
    VISIT_SHOWN, /* nothing is said unless the request says something */
    VISIT_NAMED, /* shown, and saved under the name */
    VISIT_SAVED, /* not shown */
};
/* Content-Disposition. ?filename= and ?download=true go before what is given here. name: to save under; may be empty. */
void visit_disposition(struct visit *visit, enum visit_saving saving, mm_bytes name);
/* The same with the CID and an extension (".bin") as the name. */
void visit_disposition_cid(struct visit *visit, enum visit_saving saving, const struct cid *cid,
                           const char *extension);

/* Sends what is in visit->response.body, or the range of it that is asked for, with visit->etag and this type. false: refused, or the
 * client has it. */
bool visit_send_body(struct visit *visit, const char *media_type);
/* 406: the content is of another codec than the request wants. */
void visit_fail_codec(struct visit *visit);
/* Where the page of a request stands. title: what it borrows from, to be finished. */
struct page_place visit_page_place(const struct visit *visit, struct mm_buf *title);

/* visit_content.c: what visit->node is, as it is. */
void visit_content(struct visit *visit);
/* visit_block.c: visit->node, which is of another codec. */
void visit_block(struct visit *visit);
/* The block of this CID, as a block. */
void visit_raw(struct visit *visit, const struct cid *cid);
/* visit_archive.c: root and path as a CAR. */
void visit_car(struct visit *visit);
/* visit->node and what is below it as a tar archive. */
void visit_tar(struct visit *visit);

#endif
