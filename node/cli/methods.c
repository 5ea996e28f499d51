/* The list of JSON-RPC methods, from the server's own table: for people (help --methods, docs/RPC.md) and for completions. */
#include "node/cli/command.h"
#include "rpc/eth/eth.h"

enum { PARAMS_COLUMN = 42 };

/* A parameter's name as one word, in brackets when it may be left out. */
static void add_param(FILE *out, const struct rpc_eth_param_doc *param)
{
    fputs(param->is_optional ? " [" : " ", out);
    for (const char *c = param->name; *c != '\0'; c++)
        fputc(*c == ' ' ? '-' : *c, out);
    if (param->is_optional)
        fputc(']', out);
}

static void add_line(FILE *out, const struct rpc_eth_method_doc *doc, const char *prefix,
                     const char *rest)
{
    const int len = fprintf(out, "%s%s", prefix, rest);
    if (doc->param_count > 0 || doc->is_dev_only)
        fprintf(out, "%*s", PARAMS_COLUMN - len - 1, "");
    for (size_t i = 0; i < doc->param_count; i++)
        add_param(out, &doc->params[i]);
    if (doc->is_dev_only)
        fputs(" (development)", out);
    fputc('\n', out);
}

void cli_methods(FILE *out)
{
    for (size_t i = 0; i < rpc_eth_method_count(); i++) {
        const struct rpc_eth_method_doc doc = rpc_eth_method(i);
        add_line(out, &doc, "", doc.name);
        if (doc.twin != NULL)
            add_line(out, &doc, doc.twin, strchr(doc.name, '_') + 1);
    }
}

void cli_method_words(FILE *out)
{
    for (size_t i = 0; i < rpc_eth_method_count(); i++) {
        const struct rpc_eth_method_doc doc = rpc_eth_method(i);
        fprintf(out, "%s ", doc.name);
        if (doc.twin != NULL)
            fprintf(out, "%s%s ", doc.twin, strchr(doc.name, '_') + 1);
    }
}
