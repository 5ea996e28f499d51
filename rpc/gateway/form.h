/* Form: in which shape a request wants what its path leads to.
 *
 *     ?format=raw, car, tar, json, cbor, dag-json, dag-cbor said in the URL: wins, and is met or refused
 *     Accept: application/vnd.ipld.car; dups=y              else what Accept names with the greatest weight, the first of equals
 *     neither, or text/html, an image type, a star …        the content itself, as browsers and wallets want it
 *
 * A CAR has parameters: dag-scope and entity-bytes in the URL; version, order and dups in the URL (car-version …) or, where that
 * is silent, in Accept. entity-bytes implies dag-scope=entity. Blocks come depth first whatever order is asked for, "unk" being
 * any, and each once unless dups=y. Version 2 is refused: it has its length in front, so all of it would be read before its first byte.
 *
 * Pure functions over the texts of a request.
 * Source: Trustless Gateway and Path Gateway specifications; IPIP-288, IPIP-402, IPIP-412, IPIP-523, IPIP-524. */
#ifndef RPC_GATEWAY_FORM_H
#define RPC_GATEWAY_FORM_H

#include "p2p/content/car_export.h"

enum form_kind {
    FORM_CONTENT = 0, /* a file's bytes, a directory's page, a block as it is stored */
    FORM_RAW,         /* the block that the path ends at */
    FORM_CAR,
    FORM_TAR,  /* files and folders, as an archive */
    FORM_JSON, /* the others: the content, and only if it is of this codec */
    FORM_CBOR,
    FORM_DAG_JSON,
    FORM_DAG_CBOR,
};

/* What a request says; ptr is NULL where it says nothing. Query values are decoded. */
struct form_request {
    mm_bytes accept;
    mm_bytes format;
    mm_bytes dag_scope;
    mm_bytes entity_bytes;
    mm_bytes car_version;
    mm_bytes car_order;
    mm_bytes car_dups;
};

struct form {
    enum form_kind kind;
    bool by_accept;                /* Accept decided something: kind, or a parameter of the CAR */
    bool wants_page;               /* FORM_CONTENT: whoever asks can show HTML */
    struct car_export_options car; /* FORM_CAR */
};

enum form_verdict {
    FORM_OK = 0,
    FORM_UNKNOWN,     /* a format that is not served: 406 */
    FORM_BAD_SCOPE,   /* the others: 400 */
    FORM_BAD_RANGE,   /* entity-bytes */
    FORM_BAD_VERSION, /* of a CAR: not 1 */
    FORM_BAD_ORDER,   /* neither dfs nor unk */
    FORM_BAD_DUPS,    /* neither y nor n */
};

MM_MUST_USE enum form_verdict form_parse(struct form *form, const struct form_request *request);
/* What is told to the client. Never NULL. */
const char *form_verdict_text(enum form_verdict verdict);

/* "raw", as ?format= has it; NULL for FORM_CONTENT. */
const char *form_name(enum form_kind kind);
/* "application/vnd.ipld.raw"; of a CAR with its parameters. NULL for FORM_CONTENT. */
const char *form_media_type(const struct form *form);

#endif
