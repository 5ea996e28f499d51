/* What happened, as a hash always and as text when asked for. */
#include <inttypes.h>

#include "state/base/endian.h"
#include "tests/sim/sim_internal.h"

const char *sim_fault_name(enum sim_fault fault)
{
    static const char *const names[] = {
#define X(name, text) text,
        SIM_FAULTS(X)
#undef X
    };
    return names[fault];
}

static const char *code_name(unsigned code)
{
    switch (code) {
    case QBFT_PROPOSAL:
        return "PROPOSAL";
    case QBFT_PREPARE:
        return "PREPARE";
    case QBFT_COMMIT:
        return "COMMIT";
    case QBFT_ROUND_CHANGE:
        return "ROUND-CHANGE";
    case QBFT_DECIDED:
        return "DECIDED";
    }
    const struct frame_rule *rule = frame_rule_of(code);
    return rule == NULL ? "?" : rule->name;
}

static void print(struct sim *sim, enum sim_trace_kind kind, size_t node, uint64_t a, uint64_t b)
{
    FILE *out = sim->options.trace;
    fprintf(out, "%12.6f  n%-2zu ", (double)sim->now_us / 1e6, node);
    switch (kind) {
    case TRACE_BOOT:
        fprintf(out, "boots at head %" PRIu64 "%s\n", a, b != 0 ? " with a record" : "");
        return;
    case TRACE_CRASH:
        fprintf(out, "crashes; head %" PRIu64 "\n", a);
        return;
    case TRACE_RECORD:
        fprintf(out, "writes its record, %" PRIu64 " bytes\n", a);
        return;
    case TRACE_COMMIT:
        fprintf(out, "commits %" PRIu64 " of round %" PRIu64 "\n", a, b);
        return;
    case TRACE_IMPORT:
        fprintf(out, "imports %" PRIu64 " blocks up to %" PRIu64 "\n", b, a);
        return;
    case TRACE_TICK:
        fprintf(out, "ticks\n");
        return;
    case TRACE_FAULT:
        fprintf(out, "is struck: %s\n", sim_fault_name((enum sim_fault)a));
        return;
    case TRACE_TX:
        fprintf(out, "has transaction %" PRIu64 " of account %" PRIu64 "\n", b, a);
        return;
    case TRACE_LIE:
        fprintf(out, "lies: %s\n", sim_fault_name((enum sim_fault)a));
        return;
    case TRACE_HEAL:
        fprintf(out, "all is healed\n");
        return;
    case TRACE_EVIDENCE:
        fprintf(out, "has evidence: two of %s\n", code_name((unsigned)a));
        return;
    case TRACE_LINK:
        fprintf(out, "is linked with n%" PRIu64 ", link %" PRIu64 "\n", a, b);
        return;
    case TRACE_BYE:
        fprintf(out, "ends its link with n%" PRIu64 ": %s\n", a,
                bye_reason_text((enum bye_reason)b));
        return;
    case TRACE_STUCK:
        fprintf(out, "is stuck at %" PRIu64 "\n", a);
        return;
    case TRACE_SEND:
    case TRACE_GET:
    case TRACE_LOST:
        return;
    }
}

static void mix(struct sim *sim, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t hash = sim_mix(sim->trace_hash, sim->now_us);
    hash = sim_mix(hash, a);
    hash = sim_mix(hash, b);
    hash = sim_mix(hash, c);
    sim->trace_hash = sim_mix(hash, d);
}

void sim_trace(struct sim *sim, enum sim_trace_kind kind, size_t node, uint64_t a, uint64_t b)
{
    mix(sim, kind, node, a, b);
    if (sim->options.trace != NULL)
        print(sim, kind, node, a, b);
}

static void print_letter(FILE *out, const struct sim_letter *letter)
{
    struct payload_status status;
    if (letter->code == FRAME_STATUS &&
        payload_status_decode(&status, sim_letter_bytes(letter)) == RLP_OK)
        fprintf(out, " head %" PRIu64 ", round %" PRIu64, status.height, status.round);
    else if (!sim_is_consensus(letter->code))
        fprintf(out, " %zu bytes", letter->len);
    else if (letter->state != LETTER_READ)
        fprintf(out, " (not authentic)");
    else if (letter->code == QBFT_DECIDED)
        fprintf(out, " %" PRIu64 " %08" PRIx32, letter->message->block->height,
                mm_get_be32(letter->message->block->hash.b));
    else if (letter->code != QBFT_ROUND_CHANGE)
        fprintf(out, " (%" PRIu64 ", %" PRIu64 ") %08" PRIx32, letter->message->vote.height,
                letter->message->vote.round, mm_get_be32(letter->message->vote.digest.b));
    else if (letter->message->change.is_prepared)
        fprintf(out, " (%" PRIu64 ", %" PRIu64 ") prepared in %" PRIu64 " %08" PRIx32,
                letter->message->change.height, letter->message->change.round,
                letter->message->change.prepared_round,
                mm_get_be32(letter->message->change.prepared_digest.b));
    else
        fprintf(out, " (%" PRIu64 ", %" PRIu64 ") not prepared", letter->message->change.height,
                letter->message->change.round);
}

void sim_trace_letter(struct sim *sim, enum sim_trace_kind kind, size_t node, size_t peer,
                      const struct sim_letter *letter)
{
    mix(sim, kind, node << 8 | peer, letter->code, letter->id);
    FILE *out = sim->options.trace;
    if (out == NULL)
        return;
    fprintf(out, "%12.6f  n%-2zu %s n%zu %s", (double)sim->now_us / 1e6, node,
            kind == TRACE_SEND   ? "→"
            : kind == TRACE_LOST ? "✗"
                                 : "←",
            peer, code_name(letter->code));
    print_letter(out, letter);
    fputc('\n', out);
}

/* Where everyone stands: for who reads why there is no progress. */
void sim_trace_nodes(const struct sim *sim)
{
    FILE *out = sim->options.trace;
    for (size_t i = 0; out != NULL && i < sim->node_count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        const bool is_member = validators_has(&sim->checker.state.set, &node->addr);
        struct qbft_status status = { .height = 0 };
        if (node->is_up)
            sim_world_of(node)->read_status(node, &status);
        fprintf(out,
                "n%-2zu %s%s%s%s head %" PRIu64 ", height %" PRIu64 ", round %" PRIu64
                "%s%s%s%s, %zu changes, %zu prepares, %zu commits\n",
                i, !node->is_up ? "down" : "up", is_member ? ", validator" : "",
                node->is_liar ? ", liar" : "", node->may_forget ? ", may forget" : "",
                node->state.height, status.height, status.round, status.is_due ? ", due" : "",
                status.is_proposed ? ", proposed" : "", status.is_prepared ? ", prepared" : "",
                status.can_sign ? "" : ", cannot sign", status.changes, status.prepares,
                status.commits);
    }
}
