/* Blocks: as they are when they are asked for as such, and those of other codecs than files are made of. */
#include "rpc/gateway/page.h"
#include "rpc/gateway/visit.h"

/* The block into the body. false: refused. */
static bool get_block(struct visit *visit, const struct cid *cid)
{
    if (!multihash_is_supported(&cid->hash)) {
        visit_fail_read(visit, READ_UNSUPPORTED);
        return false;
    }
    visit->response.body.bytes_max = BLOCK_BYTES_MAX;
    const mm_err err = content_get(visit->gateway->content, &visit->response.body, cid);
    if (err == MM_OK)
        return true;
    visit_fail_read(visit, err == MM_ERR_NOT_FOUND ? READ_NO_BLOCK
                           : err == MM_ERR_CORRUPT ? READ_CORRUPT
                                                   : READ_FAILED);
    return false;
}

void visit_raw(struct visit *visit, const struct cid *cid)
{
    if (!get_block(visit, cid))
        return;
    visit_set_etag(visit, "", cid, ".raw");
    if (visit_send_body(visit, form_media_type(&visit->form)))
        visit_disposition_cid(visit, VISIT_SAVED, cid, ".bin");
}

/* Pages about documents are for people; only they ask for HTML. */
static void serve_page(struct visit *visit)
{
    visit_set_etag(visit, "DagIndex-" PAGE_VERSION "_CID-", &visit->node.cid, "");
    struct mm_buf block = visit->response.body;
    mm_buf_init(&visit->response.body, GATEWAY_LISTING_BYTES_MAX);
    if (!visit_is_known(visit, VISIT_CACHE_A_WEEK)) {
        struct mm_buf title;
        const struct page_place place = visit_page_place(visit, &title);
        const enum read_verdict verdict = page_write_document(
            &visit->response.body, &visit->node.cid, mm_buf_bytes(&block), &place);
        if (verdict != READ_OK)
            visit_fail_read(visit, verdict);
        else
            visit_headers(visit, "text/html; charset=utf-8", VISIT_CACHE_A_WEEK);
        mm_buf_fini(&title);
    }
    mm_buf_fini(&block);
}

/* As it is stored. dag-json is JSON and dag-cbor is CBOR, so those forms fit both; nothing else fits what it is not. */
void visit_block(struct visit *visit)
{
    // clang-format off
    static const struct {
        uint64_t          codec;
        enum form_kind    form, wider_form;
        const char       *media_type, *extension;
        enum visit_saving saving;
    } codecs[] = {
        { CID_JSON,     FORM_JSON,     FORM_JSON, "application/json",              ".json", VISIT_NAMED },
        { CID_DAG_JSON, FORM_DAG_JSON, FORM_JSON, "application/vnd.ipld.dag-json", ".json", VISIT_NAMED },
        { CID_CBOR,     FORM_CBOR,     FORM_CBOR, "application/cbor",              ".cbor", VISIT_SAVED },
        { CID_DAG_CBOR, FORM_DAG_CBOR, FORM_CBOR, "application/vnd.ipld.dag-cbor", ".cbor", VISIT_SAVED },
    };
    // clang-format on
    const struct form *form = &visit->form;
    const struct cid *cid = &visit->node.cid;
    size_t at = 0;
    while (at < MM_COUNT_OF(codecs) && codecs[at].codec != cid->codec)
        at++;
    if (at == MM_COUNT_OF(codecs) || (form->kind != FORM_CONTENT && form->kind != codecs[at].form &&
                                      form->kind != codecs[at].wider_form)) {
        visit_fail_codec(visit);
        return;
    }
    if (!get_block(visit, cid))
        return;
    if (form->wants_page && (cid->codec == CID_DAG_JSON || cid->codec == CID_DAG_CBOR)) {
        serve_page(visit);
        return;
    }
    const bool is_wider = form->kind == codecs[at].wider_form && form->kind != codecs[at].form;
    visit_set_etag(visit, "", cid, is_wider ? codecs[at].extension : "");
    if (visit_send_body(visit, is_wider ? form_media_type(form) : codecs[at].media_type))
        visit_disposition_cid(visit, codecs[at].saving, cid, codecs[at].extension);
}
